"""Cut a WARC or WET file into its records, each checked; a damaged one costs only itself."""

from collections.abc import Callable, Iterator
from typing import BinaryIO, overload

from peacetalks.capture.codings import Coding
from peacetalks.capture.cutter import MAGIC, RECORD_END, Cutter, Lost, Record, starts_warc
from peacetalks.capture.digests import matches_digest
from peacetalks.capture.members import Broken, Claim, End, Packed, Start, read_members


@overload
def read_records(stream: BinaryIO, coding: Coding) -> Iterator[Record | Lost]: ...
@overload
def read_records(
    stream: BinaryIO, coding: Coding, claim_of: Callable[[bytes], Claim | None] | None
) -> Iterator[Record | Lost | Packed]: ...
def read_records(
    stream: BinaryIO, coding: Coding, claim_of: Callable[[bytes], Claim | None] | None = None
) -> Iterator[Record | Lost | Packed]:
    """Yield the records of a stream in order, and a Lost for each that is not as it was written.

    A record is given out when the checksum of its member was seen, or when the next one in that member is whole.
    Memory is bounded by MAX_RECORD, whatever the file holds. With `claim_of` a gzip member for whose first
    bytes it knows a claim is left packed where it seems to hold that one record: nothing of it is checked.
    """
    probe = (lambda at: _ends_record(stream, at)) if coding == "" and stream.seekable() else None
    cutter = Cutter(probe)
    held: list[Record | Lost] = []
    for piece in read_members(stream, coding, starts_warc, claim_of):
        if isinstance(piece, Packed):
            yield from cutter.end_before()
            yield piece
        elif isinstance(piece, bytes):
            for found in cutter.feed(piece):
                yield from held
                held = [found]
        elif isinstance(piece, Start):
            cutter.start_member(piece.offset)
        elif isinstance(piece, End):
            yield from held
            held = []
            yield from cutter.end_member()
        else:
            if cutter.is_untouched:  # what is at hand is of members that were sound
                yield from cutter.end_before()
            yield from _doubt(held, piece, goes_on=cutter.is_inside)
            lost = cutter.give_up(piece)
            yield from [] if held and not lost.fields else [lost]
            held = []
    yield from cutter.finish()


def _doubt(held: list[Record | Lost], broken: Broken, *, goes_on: bool) -> Iterator[Record | Lost]:
    """Yield the record before the damage: as it is where that can't have touched it, or else as lost."""
    for item in held:
        if isinstance(item, Lost) or _is_sound(item, broken, goes_on=goes_on):
            yield item
        else:
            yield Lost(item.fields, item.block, item.offset, broken.reason, broken.detail)


def _is_sound(record: Record, broken: Broken, *, goes_on: bool) -> bool:
    # What is cut is right up to the cut; a wrong checksum says nothing of where in the member the damage is.
    if broken.reason == "truncated":
        return goes_on
    return matches_digest(record.fields.get("warc-block-digest"), record.block)


def _ends_record(stream: BinaryIO, at: int) -> bool:
    here = stream.tell()
    stream.seek(at)
    tail = stream.read(64)
    stream.seek(here)
    found = RECORD_END.match(tail)
    return found is not None and (tail[found.end() :].startswith(MAGIC) or len(tail) == found.end())
