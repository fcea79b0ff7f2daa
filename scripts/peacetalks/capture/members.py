"""Take compression off in bounded memory, member by member, and tell what was cut, damaged, or made to burst."""

import io
import re
from collections.abc import Callable, Generator, Iterator
from typing import BinaryIO, Literal, NamedTuple

from peacetalks.capture.codings import (
    ERRORS,
    GZIP,
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
from peacetalks.capture.window import CHUNK, Window
from peacetalks.errors import CaptureError

_BURST = 1000  # more bytes than that out of one is a bomb: text gives 3 to 10, a list of one row 300
_FREE = 100_000_000  # bytes that may come out before that is asked
_DICTIONARY_LIMIT = 10_000_000
_HEAD = 4096
_GZIP = re.compile(re.escape(GZIP))  # among packed bytes twice as fast as `find`
_LEAST_PACKED = 4096  # bytes of a member that is worth leaving packed
_LOOKS = 8  # at what reads like the next member; by chance one comes in 16 MB
_MOST_MEMBERS = 10_000  # of one page


class Start(NamedTuple):
    """A member starts: what is compressed on its own, or the whole of a file that is not compressed."""

    offset: int


class Claim(NamedTuple):
    """What the first bytes of a member say: its record's header by names, where the block starts, and all bytes."""

    fields: dict[str, str]
    start: int
    size: int


class Packed(NamedTuple):
    """A member that is left as it is: its place, its bytes, and what it claims to hold."""

    offset: int
    data: bytes
    claim: Claim


class End(NamedTuple):
    """The member ended, and its checksum is right."""


class Broken(NamedTuple):
    """The member is cut or damaged; what came out of it since its start may be wrong."""

    reason: Literal["truncated", "damaged", "too-large"]
    detail: str


def read_members(
    stream: BinaryIO,
    coding: Coding,
    is_start: Callable[[bytes], bool] | None = None,
    claim_of: Callable[[bytes], Claim | None] | None = None,
) -> Iterator[Start | bytes | End | Broken | Packed]:
    """Yield what a stream holds, member by member: Start, its bytes in chunks, then End or Broken.

    After damage it goes on at the next member whose first bytes `is_start` knows; without it the stream is at its end.
    A gzip member for whose first bytes `claim_of` knows a claim is given as it is, a Packed, where the bytes up to
    the next start, or to the end, close with the length that is claimed. Nothing else of it is checked.
    """
    if coding == "":
        yield Start(0)
        while chunk := stream.read(CHUNK):
            yield chunk
        yield End()
        return
    window = Window(stream)
    dictionary = _read_dictionary(window) if coding == "zstd" else None
    mark = MARK_OF[coding]
    while window.start_member():
        packed = _leave_packed(window, is_start, claim_of) if coding == "gzip" and is_start and claim_of else None
        if packed is not None:
            yield packed
            continue
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
    broken = yield from _read_member(Window(stream), make_decoder(coding, data=data), coding)
    if broken:
        yield broken


def _read_member(window: Window, decoder: Decoder, coding: Coding) -> Generator[bytes, None, Broken | None]:
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
        except ERRORS as error:
            return Broken("damaged", f"{coding} data: {error}")
        if not data and not decoder.ended:
            return Broken("truncated", f"the {coding} data end early")
    window.give_back(len(decoder.rest))
    return None


def _leave_packed(
    window: Window, is_start: Callable[[bytes], bool], claim_of: Callable[[bytes], Claim | None]
) -> Packed | None:
    """Return the member as it is; None where its bytes do not tell that it ends before the next start."""
    end = _find_end(window, is_start)
    if end is None:
        return None
    claim = claim_of(decompress_head(window.peek(_HEAD), "gzip", _HEAD))
    if claim is None or int.from_bytes(window.peek(4, end - 4), "little") != claim.size:
        return None
    data = window.peek(end)
    window.step(end)
    return Packed(window.member, data, claim)


def _find_end(window: Window, is_start: Callable[[bytes], bool]) -> int | None:
    """Return how far ahead the next member starts, or the stream ends; None where neither is near, or both too near."""
    ahead = 0
    for _ in range(_LOOKS):
        ahead += 1
        found = window.find(_GZIP, len(GZIP), ahead)
        if found is None or found < _LEAST_PACKED:
            return None
        head = window.peek(_HEAD, found)
        if not head or is_start(decompress_head(head, "gzip", _HEAD)):
            return found
        ahead = found
    return None


def _find_next(
    window: Window, coding: Coding, dictionary: Dictionary | None, is_start: Callable[[bytes], bool]
) -> bool:
    """Go to the next place that a member starts at, be it inside the broken one: what broke may be its length."""
    mark = MARK_OF[coding]
    window.rewind()
    while window.seek_mark(mark):
        if is_start(decompress_head(window.peek(_HEAD), coding, _HEAD, dictionary)):
            return True
        window.step()
    return False


def _read_dictionary(window: Window) -> Dictionary | None:
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
