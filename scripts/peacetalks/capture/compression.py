"""Take compression off in bounded memory, and tell what was cut, damaged, or made to burst."""

import sys
import zlib
from collections.abc import Callable, Generator, Iterator
from typing import BinaryIO, Literal, NamedTuple, Protocol

import brotli

from peacetalks.errors import CaptureError

if sys.version_info >= (3, 14):
    from compression.zstd import ZstdDecompressor, ZstdDict, ZstdError
else:
    from backports.zstd import ZstdDecompressor, ZstdDict, ZstdError

Coding = Literal["", "gzip", "zstd", "deflate", "br"]

GZIP = b"\x1f\x8b\x08"
ZSTD = b"\x28\xb5\x2f\xfd"
# In a .warc.zst the frame with this mark comes first, where there is one, and holds the dictionary of the others.
ZSTD_DICTIONARY = b"\x5d\x2a\x4d\x18"
_MARK_OF: dict[Coding, bytes] = {"gzip": GZIP, "zstd": ZSTD}

CHUNK = 1 << 18
_WINDOW = 8 << 20  # compressed bytes in which the next member is looked for after damage
_BURST = 1000  # more bytes than that out of one is a bomb: text gives 3 to 10, a list of one row 300
_FREE = 100_000_000  # bytes that may come out before that is asked
_DICTIONARY_LIMIT = 10_000_000
_HEAD = 4096

_ERRORS = (zlib.error, ZstdError, EOFError, brotli.error)


class Start(NamedTuple):
    """A member starts: what is compressed on its own, or the whole of a file that is not compressed."""

    offset: int


class End(NamedTuple):
    """The member ended, and its checksum is right."""


class Broken(NamedTuple):
    """The member is cut or damaged; what came out of it since its start may be wrong."""

    reason: Literal["truncated", "damaged", "too-large"]
    detail: str


class _Decoder(Protocol):
    rest: bytes
    ended: bool

    def take(self, data: bytes, size: int) -> bytes:
        """Return at most so many bytes more; nothing where it needs further data, which the next call brings."""


class _Zlib:
    def __init__(self, bits: int) -> None:
        self._inner = zlib.decompressobj(bits)
        self._kept = b""
        self.rest, self.ended = b"", False

    def take(self, data: bytes, size: int) -> bytes:
        found = self._inner.decompress(self._kept + data if self._kept else data, size)
        self._kept = self._inner.unconsumed_tail
        self.rest, self.ended = self._inner.unused_data, self._inner.eof
        return found


class _Zstd:
    def __init__(self, dictionary: ZstdDict | None) -> None:
        self._inner = ZstdDecompressor(zstd_dict=dictionary)
        self.rest, self.ended = b"", False

    def take(self, data: bytes, size: int) -> bytes:
        found = self._inner.decompress(data, size)
        self.rest, self.ended = self._inner.unused_data, self._inner.eof
        return found


class _Brotli:
    def __init__(self) -> None:
        self._inner = brotli.Decompressor()
        self.rest, self.ended = b"", False

    def take(self, data: bytes, size: int) -> bytes:
        found: bytes = self._inner.process(data, output_buffer_limit=size)
        self.ended = self._inner.is_finished()
        return found


def decompress(data: bytes, coding: Coding, limit: int) -> bytes:
    """Return the bytes without their coding; CaptureError where they are cut, damaged, or more than `limit`."""
    parts: list[bytes] = []
    while data:
        decoder = _make(coding, data=data)
        feed, data = data, b""
        while not decoder.ended:
            try:
                part = decoder.take(feed, limit + 1)
            except _ERRORS as error:
                raise CaptureError("damaged", f"{coding} data: {error}") from None
            feed = b""
            parts.append(part)
            if sum(map(len, parts)) > limit:
                raise CaptureError("too-large", f"more than {limit:,} bytes when decompressed")
            if not part and not decoder.ended:
                raise CaptureError("truncated", f"the {coding} data end early")
        # Several gzip members or zstd frames one after the other are one file; padding is none of them.
        data = decoder.rest.lstrip(b"\x00") if coding in _MARK_OF else b""
    return b"".join(parts)


def decompress_head(data: bytes, coding: Coding, size: int, dictionary: ZstdDict | None = None) -> bytes:
    """Return the first bytes of what is compressed, as many as the data give up to `size`; none if it is damaged."""
    try:
        return _make(coding, dictionary, data).take(data, size)
    except _ERRORS:
        return b""


def read_members(
    stream: BinaryIO, coding: Coding, is_start: Callable[[bytes], bool] | None = None
) -> Iterator[Start | bytes | End | Broken]:
    """Yield what a stream holds, member by member: Start, its bytes in chunks, then End or Broken.

    After damage it goes on at the next member whose first bytes `is_start` knows; without it the stream is at its end.
    """
    if coding == "":
        yield Start(0)
        while chunk := stream.read(CHUNK):
            yield chunk
        yield End()
        return
    window = _Window(stream)
    dictionary = _read_dictionary(window) if coding == "zstd" else None
    mark = _MARK_OF[coding]
    while window.start_member():
        yield Start(window.member)
        head = window.peek(len(mark))
        if head == mark:
            broken = yield from _read_member(window, _make(coding, dictionary), coding)
        elif mark.startswith(head):
            broken = Broken("truncated", f"the {coding} data end early")
        else:
            broken = Broken("damaged", f"no {coding} data where they should go on")
        yield broken or End()
        if broken and not (is_start and _find_next(window, coding, dictionary, is_start)):
            return


def _read_member(window: "_Window", decoder: _Decoder, coding: Coding) -> Generator[bytes, None, Broken | None]:
    """Yield the bytes of one member and return None, or Broken where they can't be trusted."""
    given = 0
    while not decoder.ended:
        data = window.advance()
        try:
            part = decoder.take(data, CHUNK)
            while part:
                given += len(part)
                yield part
                if given > _FREE and given > _BURST * window.passed:
                    return Broken("too-large", f"a byte of {coding} data gives more than {_BURST:,}")
                part = b"" if decoder.ended else decoder.take(b"", CHUNK)
        except _ERRORS as error:
            return Broken("damaged", f"{coding} data: {error}")
        if not data and not decoder.ended:
            return Broken("truncated", f"the {coding} data end early")
    window.give_back(len(decoder.rest))
    return None


def _find_next(
    window: "_Window", coding: Coding, dictionary: ZstdDict | None, is_start: Callable[[bytes], bool]
) -> bool:
    """Go to the next place that a member starts at, be it inside the broken one: what broke may be its length."""
    mark = _MARK_OF[coding]
    window.rewind()
    while window.seek_mark(mark):
        if is_start(decompress_head(window.peek(_HEAD), coding, _HEAD, dictionary)):
            return True
        window.step()
    return False


def _make(coding: Coding, dictionary: ZstdDict | None = None, data: bytes = b"") -> _Decoder:
    if coding == "zstd":
        return _Zstd(dictionary)
    if coding == "br":
        return _Brotli()
    if coding == "gzip":
        return _Zlib(16 + zlib.MAX_WBITS)
    # "deflate" is the zlib format by the standard, and bare data by the habit of some servers.
    has_header = len(data) > 1 and data[0] & 15 == zlib.DEFLATED and int.from_bytes(data[:2], "big") % 31 == 0
    return _Zlib(zlib.MAX_WBITS if has_header else -zlib.MAX_WBITS)


def _read_dictionary(window: "_Window") -> ZstdDict | None:
    if window.peek(len(ZSTD_DICTIONARY)) != ZSTD_DICTIONARY:
        return None
    size = int.from_bytes(window.peek(8)[4:], "little")
    if size > _DICTIONARY_LIMIT:
        return None  # the frame is then read as data, and found to be none
    content = window.peek(8 + size)[8:]
    try:
        if content.startswith(ZSTD):
            content = decompress(content, "zstd", _DICTIONARY_LIMIT)
        dictionary = ZstdDict(content)
    except (CaptureError, ValueError, ZstdError):
        return None
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
            rest = self._buffer[self._at :].lstrip(b"\x00")
            self._at = len(self._buffer) - len(rest)
            if rest:
                self.member = self._base + self._at
                return True
        return False

    def peek(self, size: int) -> bytes:
        self._fill(size)
        return bytes(self._buffer[self._at : self._at + size])

    def step(self, size: int = 1) -> None:
        self._at += size

    def advance(self) -> bytes:
        """Return all bytes at hand, or else the next ones; none at the end of the stream."""
        self._fill(1)
        data = bytes(self._buffer[self._at :])
        self._at = len(self._buffer)
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
            chunk = self._stream.read(CHUNK)
            if not chunk:
                return False
            if self._at > _WINDOW:
                excess = self._at - _WINDOW
                del self._buffer[:excess]
                self._base += excess
                self._at = _WINDOW
            self._buffer += chunk
        return True
