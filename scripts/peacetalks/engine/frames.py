"""Messages between a worker and who started it: a length, then as many bytes, over a socket of their own."""

import socket
import time
from struct import Struct

_LENGTH = Struct("<Q")
_PIECE = 1 << 20


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


def receive(channel: socket.socket, deadline: Deadline | None = None, most: int | None = None) -> bytes:
    """Return the next message; EOFError where the other side is gone, TimeoutError where it is late.

    A message that says to be longer than `most` bytes is an EOFError too: its sender can't be trusted any further.
    """
    (length,) = _LENGTH.unpack(_read(channel, _LENGTH.size, deadline))
    if most is not None and length > most:
        raise EOFError(f"a message of {length:,} bytes")
    return bytes(_read(channel, length, deadline))


def _read(channel: socket.socket, size: int, deadline: Deadline | None) -> bytearray:
    read = bytearray()
    while len(read) < size:
        channel.settimeout(deadline.left() if deadline else None)
        piece = channel.recv(min(_PIECE, size - len(read)))
        if not piece:
            raise EOFError
        read += piece
    return read
