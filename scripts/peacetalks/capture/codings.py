"""The codings that captures come in, each taken off a step at a time."""

import sys
from typing import Literal, Protocol

import brotli
from zlib_ng import zlib_ng as zlib

if sys.version_info >= (3, 14):
    from compression.zstd import ZstdDecompressor, ZstdDict, ZstdError
else:
    from backports.zstd import ZstdDecompressor, ZstdDict, ZstdError

Coding = Literal["", "gzip", "zstd", "deflate", "br"]
Dictionary = ZstdDict

GZIP = b"\x1f\x8b\x08"
ZSTD = b"\x28\xb5\x2f\xfd"
# In a .warc.zst the frame with this mark comes first, where there is one, and holds the dictionary of the others.
ZSTD_DICTIONARY = b"\x5d\x2a\x4d\x18"
MARK_OF: dict[Coding, bytes] = {"gzip": GZIP, "zstd": ZSTD}

# Its own types say that the error is an exception, and not a kind of it.
_ZLIB_ERROR: type[Exception] = zlib.error  # type: ignore[assignment]
ERRORS = (_ZLIB_ERROR, ZstdError, EOFError, brotli.error)


class Decoder(Protocol):
    """What takes a coding off one member: `ended` tells that it is whole, and `rest` what follows it."""

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
    def __init__(self, dictionary: Dictionary | None) -> None:
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


def decompress_head(data: bytes, coding: Coding, size: int, dictionary: Dictionary | None = None) -> bytes:
    """Return the first bytes of what is compressed, as many as the data give up to `size`; none if it is damaged."""
    try:
        return make_decoder(coding, dictionary, data).take(data, size)
    except ERRORS:
        return b""


def make_decoder(coding: Coding, dictionary: Dictionary | None = None, data: bytes = b"") -> Decoder:
    """Return what takes the coding off; the first bytes tell which of two forms `deflate` has."""
    if coding == "zstd":
        return _Zstd(dictionary)
    if coding == "br":
        return _Brotli()
    if coding == "gzip":
        return _Zlib(16 + zlib.MAX_WBITS)
    # "deflate" is the zlib format by the standard, and bare data by the habit of some servers.
    has_header = len(data) > 1 and data[0] & 15 == zlib.DEFLATED and int.from_bytes(data[:2], "big") % 31 == 0
    return _Zlib(zlib.MAX_WBITS if has_header else -zlib.MAX_WBITS)


def make_dictionary(content: bytes) -> Dictionary | None:
    """Return the dictionary of zstd frames, or None where the bytes are none."""
    try:
        return ZstdDict(content)
    except (ValueError, ZstdError):
        return None
