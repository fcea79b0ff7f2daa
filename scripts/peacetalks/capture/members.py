"""Take compression off in bounded memory, member by member, and tell what was cut, damaged, or made to burst."""

import io
from collections.abc import Callable, Generator, Iterator
from typing import BinaryIO, Literal, NamedTuple

from peacetalks.capture.codings import (
    ERRORS,
    MARK_OF,
    ZSTD,
    ZSTD_DICTIONARY,
    Coding,
    Decoder,
    Dictionary,
    decompress_head,
    make_decoder,
    make_dictionary,
)
from peacetalks.errors import CaptureError

_CHUNK = 1 << 18
_STEP = 1 << 15  # compressed bytes that are taken at once: what follows a member is handed back each time
_WINDOW = 8 << 20  # compressed bytes in which the next member is looked for after damage
_BURST = 1000  # more bytes than that out of one is a bomb: text gives 3 to 10, a list of one row 300
_FREE = 100_000_000  # bytes that may come out before that is asked
_DICTIONARY_LIMIT = 10_000_000
_HEAD = 4096
_MOST_MEMBERS = 10_000  # of one page


class Start(NamedTuple):
    """A member starts: what is compressed on its own, or the whole of a file that is not compressed."""

    offset: int


class End(NamedTuple):
    """The member ended, and its checksum is right."""


class Broken(NamedTuple):
    """The member is cut or damaged; what came out of it since its start may be wrong."""

    reason: Literal["truncated", "damaged", "too-large"]
    detail: str


def read_members(
    stream: BinaryIO, coding: Coding, is_start: Callable[[bytes], bool] | None = None
) -> Iterator[Start | bytes | End | Broken]:
    """Yield what a stream holds, member by member: Start, its bytes in chunks, then End or Broken.

    After damage it goes on at the next member whose first bytes `is_start` knows; without it the stream is at its end.
    """
    if coding == "":
        yield Start(0)
        while chunk := stream.read(_CHUNK):
            yield chunk
        yield End()
        return
    window = _Window(stream)
    dictionary = _read_dictionary(window) if coding == "zstd" else None
    mark = MARK_OF[coding]
    while window.start_member():
        yield Start(window.member)
        head = window.peek(len(mark))
        if head == mark:
            broken = yield from _read_member(window, make_decoder(coding, dictionary), coding)
        elif mark.startswith(head):
            broken = Broken("truncated", f"the {coding} data end early")
        else:
            broken = Broken("damaged", f"no {coding} data where they should go on")
        yield broken or End()
        if broken and not (is_start and _find_next(window, coding, dictionary, is_start)):
            return


def decompress(data: bytes, coding: Coding, limit: int) -> bytes:
    """Return the bytes without their coding; CaptureError where they are cut, damaged, or more than `limit`.

    Several gzip members or zstd frames one after the other are one file.
    """
    parts: list[bytes] = []
    length = members = 0
    stream = io.BytesIO(data)
    for piece in read_members(stream, coding) if coding in MARK_OF else _read_only_member(stream, data, coding):
        if isinstance(piece, Broken):
            raise CaptureError(piece.reason, piece.detail)
        if isinstance(piece, bytes):
            parts.append(piece)
            length += len(piece)
        members += isinstance(piece, Start)
        if length > limit or members > _MOST_MEMBERS:
            raise CaptureError("too-large", f"more than {limit:,} bytes, or {_MOST_MEMBERS:,} parts, when decompressed")
    return b"".join(parts)


def _read_only_member(stream: BinaryIO, data: bytes, coding: Coding) -> Iterator[bytes | Broken]:
    broken = yield from _read_member(_Window(stream), make_decoder(coding, data=data), coding)
    if broken:
        yield broken


def _read_member(window: "_Window", decoder: Decoder, coding: Coding) -> Generator[bytes, None, Broken | None]:
    """Yield the bytes of one member and return None, or Broken where they can't be trusted."""
    given = 0
    while not decoder.ended:
        data = window.advance()
        try:
            part = decoder.take(data, _CHUNK)
            while part:
                given += len(part)
                yield part
                if given > _FREE and given > _BURST * window.passed:
                    return Broken("too-large", f"a byte of {coding} data gives more than {_BURST:,}")
                part = b"" if decoder.ended else decoder.take(b"", _CHUNK)
        except ERRORS as error:
            return Broken("damaged", f"{coding} data: {error}")
        if not data and not decoder.ended:
            return Broken("truncated", f"the {coding} data end early")
    window.give_back(len(decoder.rest))
    return None


def _find_next(
    window: "_Window", coding: Coding, dictionary: Dictionary | None, is_start: Callable[[bytes], bool]
) -> bool:
    """Go to the next place that a member starts at, be it inside the broken one: what broke may be its length."""
    mark = MARK_OF[coding]
    window.rewind()
    while window.seek_mark(mark):
        if is_start(decompress_head(window.peek(_HEAD), coding, _HEAD, dictionary)):
            return True
        window.step()
    return False


def _read_dictionary(window: "_Window") -> Dictionary | None:
    """Return the dictionary that the stream starts with; a frame that holds none is left to be found broken."""
    if window.peek(len(ZSTD_DICTIONARY)) != ZSTD_DICTIONARY:
        return None
    size = int.from_bytes(window.peek(8)[4:], "little")
    if size > _DICTIONARY_LIMIT:
        return None
    content = window.peek(8 + size)[8:]
    try:
        dictionary = make_dictionary(
            decompress(content, "zstd", _DICTIONARY_LIMIT) if content.startswith(ZSTD) else content
        )
    except CaptureError:
        return None
    if dictionary is not None:
        window.step(8 + size)
    return dictionary


class _Window:
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

    def peek(self, size: int) -> bytes:
        self._fill(size)
        return bytes(self._buffer[self._at : self._at + size])

    def step(self, size: int = 1) -> None:
        self._at += size

    def advance(self) -> bytes:
        """Return the next bytes; none at the end of the stream."""
        self._fill(1)
        with memoryview(self._buffer) as whole:  # a slice of the buffer itself would be copied twice
            data = bytes(whole[self._at : self._at + _STEP])
        self._at += len(data)
        return data

    def give_back(self, size: int) -> None:
        self._at -= size

    def rewind(self) -> None:
        self._at = max(self.member + 1 - self._base, 0)

    def seek_mark(self, mark: bytes) -> bool:
        """Go to the next place of these bytes; False where there is none."""
        while (found := self._buffer.find(mark, self._at)) < 0:
            self._at = max(self._at, len(self._buffer) - len(mark) + 1)
            if not self._fill(len(self._buffer) - self._at + 1):
                return False
        self._at = found
        return True

    def _fill(self, size: int) -> bool:
        """Have so many bytes at hand; False where the stream has fewer."""
        while len(self._buffer) - self._at < size:
            chunk = self._stream.read(_CHUNK)
            if not chunk:
                return False
            if self._at > 2 * _WINDOW:  # each time what stays is moved, so not for every chunk
                excess = self._at - _WINDOW
                del self._buffer[:excess]
                self._base += excess
                self._at = _WINDOW
            self._buffer += chunk
        return True
