"""Leave the pages of a crawl packed for whoever parses them: only their first bytes are looked at before.

Where a member ends can't be told without unpacking it. What is handed on as one ends where the next record starts, and
states as its length that of the record that it starts with; who unpacks it finds out whether it is one. It is but for
files that are made to mislead, and some that are damaged: these have to be read once more, and unpacked at once.
"""

import io

from msgspec import Struct

from peacetalks.capture.codings import ERRORS, make_decoder
from peacetalks.capture.cutter import MAX_RECORD, read_header, starts_warc
from peacetalks.capture.members import Broken, Claim, Packed, read_members
from peacetalks.capture.records import make_page, read_record, sort_record, source_of, why_no_page
from peacetalks.capture.warc import read_records
from peacetalks.record import Capture, Excluded

MISCUT = "miscut"  # the reason of what is no member, or holds more or less than one page; no release has it
_AFTER = b"\r\n\r\n"  # what a record ends with


class PackedPage(Struct, frozen=True, kw_only=True):
    """A member of a crawl that claims to be one page: what its first bytes say, all its bytes, and its place."""

    fields: dict[str, str]
    start: int
    size: int
    data: bytes
    file: str
    offset: str

    @property
    def source(self) -> str:
        """The name that it goes by."""
        return source_of(self.fields, self.file, self.offset)


def claim_page(head: bytes) -> Claim | None:
    """Return what the first bytes of a member claim, where it is of a record that holds a page."""
    found = read_header(head)
    if found is None:
        return None
    fields, start, length = found
    if not 0 < length <= MAX_RECORD or why_no_page(fields, head[start:]):
        return None
    return Claim(fields, start, start + length + len(_AFTER))


def name_packed(packed: Packed, file: str) -> PackedPage:
    """Return a member of a file as the page that it claims to be."""
    fields, start, size = packed.claim
    return PackedPage(fields=fields, start=start, size=size, data=packed.data, file=file, offset=str(packed.offset))


def read_packed(page: PackedPage) -> Capture | Excluded:
    """Return the capture of a page that was left packed, as if its record had been unpacked at once.

    It is an Excluded for the reason MISCUT where that can't be told from its bytes alone.
    """
    block = _unpack(page)
    if block is None:
        return _read_again(page)
    found = read_record(make_page(page.fields, block, page.source))
    # Where the digest of a block is not its own, it may hold others.
    return _read_again(page) if isinstance(found, Excluded) and found.reason == "damaged" else found


def is_one(page: PackedPage) -> bool:
    """Return whether the bytes of a page that was left packed are one member, which holds what it claims."""
    return _unpack(page) is not None


def miscut(page: PackedPage) -> Excluded:
    """Return the row of what is not known to be one member: what stands behind it may be a part of it."""
    return Excluded(id="0" * 16, source=page.source, reason=MISCUT, detail="no member with one page")


def _unpack(page: PackedPage) -> bytes | None:
    """Return the block of the record that the member holds; None where it is not one member with that alone."""
    decoder = make_decoder("gzip")
    try:
        decoder.take(page.data, page.start)
        block = decoder.take(b"", page.size - page.start - len(_AFTER))
        after = decoder.take(b"", len(_AFTER) + 1)
    except ERRORS:
        return None
    return block if after == _AFTER and decoder.ended and not decoder.rest else None


def _read_again(page: PackedPage) -> Capture | Excluded:
    """Return what a crawl of this member alone holds: a page, or one that is damaged."""
    pieces = read_members(io.BytesIO(page.data), "gzip", starts_warc)
    goes_on = any(isinstance(piece, Broken) and piece.reason == "truncated" for piece in pieces)
    records = [*read_records(io.BytesIO(page.data), "gzip")]
    one = MISCUT if goes_on or len(records) != 1 else sort_record(records[0]._replace(offset=page.offset), page.file)
    if isinstance(one, str):
        return miscut(page)
    return one if isinstance(one, Excluded) else read_record(one)
