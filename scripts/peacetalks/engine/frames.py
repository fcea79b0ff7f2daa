"""Messages between a worker and who started it: a length, then as many bytes, over a socket of their own."""

import socket
import time
from struct import Struct

_LENGTH = Struct("<Q")
_AT_ONCE = 1 << 24  # bytes of memory that a message is given before they have come


class Deadline:
    """A moment by which something has to be done, by a clock that nobody sets."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Return how many seconds are left; TimeoutError where there are none."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left


def send(channel: socket.socket, message: bytes, deadline: Deadline | None = None) -> None:
    """Send a message; TimeoutError where the other side does not take it in time."""
    channel.settimeout(deadline.left() if deadline else None)
    channel.sendall(_LENGTH.pack(len(message)))
    channel.sendall(message)


def receive(channel: socket.socket, deadline: Deadline | None = None, most: int | None = None) -> bytearray:
    """Return the next message; EOFError where the other side is gone, TimeoutError where it is late.

    A message that says to be longer than `most` bytes is an EOFError too: its sender can't be trusted any further.
    """
    (length,) = _LENGTH.unpack(_read(channel, _LENGTH.size, deadline))
    if most is not None and length > most:
        raise EOFError(f"a message of {length:,} bytes")
    return _read(channel, length, deadline)


def _read(channel: socket.socket, size: int, deadline: Deadline | None) -> bytearray:
    read = bytearray(min(size, _AT_ONCE))  # no more than has come: a length alone must not take memory
    filled = 0
    while filled < size:
        if filled == len(read):
            read += bytes(min(size - filled, filled))
        channel.settimeout(deadline.left() if deadline else None)
        with memoryview(read) as place:
            count = channel.recv_into(place[filled:])
        if not count:
            raise EOFError
        filled += count
    return read
