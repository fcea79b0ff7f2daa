"""Read streams of any kind: those that can't go back, or know no size, as well."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryFile
from typing import BinaryIO, cast

from peacetalks.capture.formats import HEAD
from peacetalks.errors import CaptureError

_CHUNK = 1 << 20
_LARGEST_COPY = 10_000_000_000


def look_ahead(stream: BinaryIO) -> tuple[bytes, BinaryIO]:
    """Return the first bytes of a stream, and a stream that still has them."""
    head = read_up_to(stream, HEAD)
    # A file of a web server that knows no ranges says that it can seek, and has no size.
    if stream.seekable() and getattr(stream, "size", 0) is not None:
        stream.seek(0)
        return head, stream
    return head, cast("BinaryIO", io.BufferedReader(_Joined(head, stream)))


def read_up_to(stream: BinaryIO, size: int) -> bytes:
    """Return so many bytes, or all that are left: some streams give fewer at a time."""
    parts: list[bytes] = []
    while size > 0 and (part := stream.read(size)):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


@contextmanager
def seekable(stream: BinaryIO) -> Iterator[BinaryIO]:
    """Yield a stream that can be read at any place, from a file of its own where this one can't."""
    if stream.seekable():
        yield stream
        return
    with TemporaryFile(prefix="peacetalks-") as copy:
        while chunk := stream.read(_CHUNK):
            copy.write(chunk)
            if copy.tell() > _LARGEST_COPY:
                raise CaptureError("too-large", f"more than {_LARGEST_COPY:,} bytes from a server without ranges")
        copy.seek(0)
        yield cast("BinaryIO", copy)


class _Joined(io.RawIOBase):
    """A stream with the bytes that were read of it put back."""

    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        super().__init__()
        self._head = head
        self._rest = rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview") -> int:  # type: ignore[override]
        if not self._head:
            self._head = self._rest.read(len(buffer))
        part, self._head = self._head[: len(buffer)], self._head[len(buffer) :]
        buffer[: len(part)] = part
        return len(part)
