"""Read a stream of compressed members: what is at hand of the member so far, and what comes next."""

import re
from typing import BinaryIO

CHUNK = 1 << 18
BEHIND = 8 << 20  # compressed bytes in which the next member is looked for after damage
_STEP = 1 << 15  # compressed bytes that are taken at once: what follows a member is handed back each time


class Window:
    """The compressed bytes of a stream: those of the member so far, as far back as damage may be, and what is next."""

    def __init__(self, stream: BinaryIO) -> None:
        self.member = 0
        self._stream = stream
        self._buffer = bytearray()
        self._base = 0
        self._at = 0

    @property
    def passed(self) -> int:
        """How many bytes of the member were taken."""
        return self._base + self._at - self.member

    def start_member(self) -> bool:
        """Go past padding; False where nothing is left."""
        while self._fill(1):
            if self._buffer[self._at]:
                self.member = self._base + self._at
                return True
            rest = self._buffer[self._at :].lstrip(b"\x00")
            self._at = len(self._buffer) - len(rest)
        return False

    def peek(self, size: int, ahead: int = 0) -> bytes:
        """Return so many of the next bytes, or of those further ahead; fewer at the end of the stream."""
        self._fill(ahead + size)
        with memoryview(self._buffer) as whole:  # a slice of the buffer itself would be copied twice
            return bytes(whole[self._at + ahead : self._at + ahead + size])

    def step(self, size: int = 1) -> None:
        """Take bytes that were looked at."""
        self._at += size

    def advance(self) -> bytes:
        """Return the next bytes and take them; none at the end of the stream.

        They are as many wherever a member stands in the stream: of what is damaged as much comes out.
        """
        data = self.peek(_STEP)
        self._at += len(data)
        return data

    def give_back(self, size: int) -> None:
        """Have the last bytes that were taken come next."""
        self._at -= size

    def rewind(self) -> None:
        """Go back to the second byte of the member, or as near as is kept."""
        self._at = max(self.member + 1 - self._base, 0)

    def seek_mark(self, mark: bytes) -> bool:
        """Go to the next place of these bytes; False where there is none."""
        while (found := self._buffer.find(mark, self._at)) < 0:
            self._at = max(self._at, len(self._buffer) - len(mark) + 1)
            if not self._fill(len(self._buffer) - self._at + 1):
                return False
        self._at = found
        return True

    def find(self, mark: re.Pattern[bytes], length: int, ahead: int) -> int | None:
        """Return how far ahead a mark of that length stands, from a place on, or where the stream ends.

        None where it is further than BEHIND.
        """
        while (found := mark.search(self._buffer, self._at + ahead)) is None:
            there = len(self._buffer) - self._at
            if there > BEHIND:
                return None
            ahead = max(ahead, there - length + 1)
            if not self._fill(there + 1):
                return there
        return found.start() - self._at

    def _fill(self, size: int) -> bool:
        """Have so many bytes at hand; False where the stream has fewer."""
        while len(self._buffer) - self._at < size:
            chunk = self._stream.read(CHUNK)
            if not chunk:
                return False
            excess = min(self._at, max(self._at - BEHIND, self.member - self._base))
            if excess > len(self._buffer) - excess:  # what stays is moved, so never more than goes
                del self._buffer[:excess]
                self._base += excess
                self._at -= excess
            self._buffer += chunk
        return True
