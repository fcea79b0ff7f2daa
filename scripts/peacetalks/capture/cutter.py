"""Cut the bytes of WARC or WET into records as they come, and find the next one after what is damaged."""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from peacetalks.capture.digests import matches_digest
from peacetalks.capture.members import Broken

MAX_RECORD = 32_000_000  # bytes of a record that are kept: a page's and its headers'
_MAX_HEADER = 1 << 16
_LONGEST = 1_000_000_000  # bytes that a record may claim, where the file is compressed and its length does not tell
_HEAD = 1 << 16  # of a longer record, what is kept to tell its kind

MAGIC = b"WARC/"
_FIRST = re.compile(rb"WARC/\d\.\d+\r?\n")
_FIRST_LENGTH = len("WARC/1.0\r\n")
_NEXT = re.compile(rb"(?<=\n)WARC/\d\.\d+\r?\n")
_HEADER_END = re.compile(rb"\r?\n\r?\n")
RECORD_END = re.compile(rb"\r?\n\r?\n")
_FIELD = re.compile(rb"^([!-9;-~]+)[ \t]*:[ \t]*(.*?)[ \t]*\r?$", re.MULTILINE)
_PADDING = b"\r\n\x00"
_INSIDE = b"\nWARC/"
_CUT = frozenset({"warc-truncated", "warc-segment-number"})
_LENGTH = re.compile(r"\d{1,18}")


class Record(NamedTuple):
    """One record: its header by lower-case names, and its block; of one too long to keep, only the first bytes."""

    fields: dict[str, str]
    block: bytes
    offset: str
    is_whole: bool = True


class Lost(NamedTuple):
    """One record that is cut or damaged: what of its header could be read, its bytes, and what is wrong with it."""

    fields: dict[str, str]
    data: bytes
    offset: str
    reason: str
    detail: str


def starts_warc(data: bytes | bytearray) -> bool:
    """Tell whether bytes start like a WARC file; line ends before the first record do no harm."""
    return _FIRST.match(data.lstrip(b"\r\n")) is not None


class Cutter:
    """The state of the cutting: what is at hand of the record that is read, and where it stands in the file."""

    def __init__(self, probe: Callable[[int], bool] | None) -> None:
        self._probe = probe
        self._buffer = bytearray()
        self._member = 0
        self._position = 0  # of the buffer's first byte, in its member
        self._fresh: int | None = None  # where in the buffer the newest member starts, until its first bytes are seen
        self._skip = 0
        self._lost = False  # after damage: go on at the next thing that reads like the start of a record
        self._next_member = 0

    @property
    def is_inside(self) -> bool:
        """Whether a record has begun that is not at its end."""
        return bool(self._buffer)

    @property
    def is_untouched(self) -> bool:
        """Whether nothing of the newest member has come."""
        return self._fresh == len(self._buffer)

    def start_member(self, offset: int) -> None:
        """Take note that what comes next is of a new member."""
        self._fresh = len(self._buffer)
        if not self._buffer:
            self._member, self._position = offset, 0
        self._next_member = offset

    def end_member(self) -> Iterator[Record | Lost]:
        """Yield the record that waited only for what follows it: what is wrong with the next member is not its own."""
        found = read_header(self._buffer) if self._fresh is None and not (self._skip or self._lost) else None
        if found is not None:
            fields, start, length = found
            if length <= MAX_RECORD and RECORD_END.match(self._buffer, start + length):
                yield self._take_block(fields, start, start + length)

    def end_before(self) -> Iterator[Record | Lost]:
        """Yield what is left of the members so far, where the next one is not to be cut but starts a record."""
        self._fresh = None
        yield from self.finish()

    def feed(self, data: bytes) -> Iterator[Record | Lost]:
        """Yield what is whole with these bytes, which come next."""
        if self._fresh is None and self._skip:
            dropped = min(self._skip, len(data))
            self._skip -= dropped
            self._position += dropped
            data = data[dropped:]
        self._buffer += data
        if self._fresh is not None:
            if len(self._buffer) - self._fresh < _FIRST_LENGTH:
                return
            # A member that starts like a record is one: what came before it and waits for more was cut.
            if starts_warc(self._buffer[self._fresh : self._fresh + _MAX_HEADER]):
                rest = self._buffer[self._fresh :]
                del self._buffer[self._fresh :]
                yield from self.finish()
                self._buffer, self._member, self._position = rest, self._next_member, 0
            self._fresh = None
        yield from self._cut(last=False)

    def finish(self) -> Iterator[Record | Lost]:
        """Yield what is left, when nothing follows."""
        yield from self._cut(last=True)
        self._buffer.clear()
        self._skip, self._lost = 0, False

    def give_up(self, broken: Broken) -> Lost:
        """Return the record that is read as lost."""
        end = _HEADER_END.search(self._buffer, 0, _MAX_HEADER)
        fields = _read_fields(self._buffer[: end.start()]) if end else {}
        lost = Lost(fields, bytes(self._buffer), self._where(), broken.reason, broken.detail)
        self._buffer.clear()
        self._fresh, self._skip, self._lost = None, 0, False
        return lost

    def _cut(self, *, last: bool) -> Iterator[Record | Lost]:
        while True:
            if self._skip:
                self._drop(min(self._skip, len(self._buffer)))
            if self._lost and not self._find_start(last=last):
                return
            self._drop_padding()
            if not self._buffer or (len(self._buffer) < len(MAGIC) and not last):
                return
            found = self._take(last=last)
            if found is None:
                return
            yield found

    def _take(self, *, last: bool) -> Record | Lost | None:
        """Return the record that the buffer starts with; None where more of it has to come."""
        if not self._buffer.startswith(MAGIC):
            is_cut = MAGIC.startswith(self._buffer)
            return self._lose({}, 0, "truncated" if is_cut else "damaged", "no record starts here")
        end = _HEADER_END.search(self._buffer, 0, _MAX_HEADER)
        if end is None:
            if len(self._buffer) < _MAX_HEADER and not last:
                return None
            reason, detail = ("truncated", "it ends in its header") if last else ("damaged", "its header does not end")
            return self._lose({}, 1, reason, detail)
        fields = _read_fields(self._buffer[: end.start()])
        claimed = fields.get("content-length", "")
        if not _FIRST.match(self._buffer) or not _LENGTH.fullmatch(claimed):
            return self._lose(fields, end.end(), "damaged", f"a header with the Content-Length {claimed[:40]!r}")
        length = int(claimed)
        if length > MAX_RECORD:
            return self._pass_long(fields, end.end(), length, last=last)
        if len(self._buffer) < end.end() + length + 4 and not last:
            return None
        return self._take_block(fields, end.end(), end.end() + length)

    def _take_block(self, fields: dict[str, str], start: int, stop: int) -> Record | Lost:
        """Return the record if its block ends where its header says, and does not swallow others."""
        there = len(self._buffer) - start
        if there < stop - start:
            return self._lose(fields, start, "truncated", f"{there:,} bytes of {stop - start:,} are there")
        after = RECORD_END.match(self._buffer, stop)
        if after is None and not self._buffer[stop:].strip(b"\r\n"):
            return self._lose(fields, start, "truncated", "the line ends after it are cut")
        if after is None:
            return self._lose(fields, start, "damaged", "its Content-Length is not its own")
        with memoryview(self._buffer) as whole:  # a slice of the buffer itself would be copied twice
            block = bytes(whole[start:stop])
        # The pattern is a hundred times as slow as a search of bytes, and that from the end takes half of the time.
        # Where a crawler cut a record itself, the digest may be of all that it had.
        holds_others = _CUT.isdisjoint(fields) and block.rfind(_INSIDE) >= 0 and _NEXT.search(block)
        if holds_others and not matches_digest(fields.get("warc-block-digest"), block, default=True):
            return self._lose(fields, start, "damaged", "it holds other records, and its digest is not its own")
        record = Record(fields, block, self._where())
        self._drop(after.end())
        return record

    def _pass_long(self, fields: dict[str, str], start: int, length: int, *, last: bool) -> Record | Lost | None:
        if len(self._buffer) < start + _HEAD and not last:
            return None
        stop = start + length
        if not (self._probe(self._position + stop) if self._probe else length <= _LONGEST):
            return self._lose(fields, start, "damaged", f"its Content-Length of {length:,} is not its own")
        record = Record(fields, bytes(self._buffer[start : start + _HEAD]), self._where(), is_whole=False)
        self._skip = stop
        return record

    def _lose(self, fields: dict[str, str], start: int, reason: str, detail: str) -> Lost:
        # Up to the next one only: of many that are none each would hold all that follow.
        inside = self._buffer.find(_INSIDE, start)
        found = _NEXT.search(self._buffer, inside) if inside >= 0 else None
        stop = found.start() if found else start + MAX_RECORD
        lost = Lost(fields, bytes(self._buffer[start:stop]), self._where(), reason, detail)
        self._drop(start)
        self._lost = True
        return lost

    def _find_start(self, *, last: bool) -> bool:
        found = _NEXT.search(self._buffer) if _INSIDE in self._buffer else None
        if found:
            self._drop(found.start())
            self._lost = False
            return True
        self._drop(len(self._buffer) if last else max(0, len(self._buffer) - 20))
        return False

    def _drop_padding(self) -> None:
        while self._buffer and self._buffer[0] in _PADDING:
            start = bytes(self._buffer[:_MAX_HEADER])
            self._drop(len(start) - len(start.lstrip(_PADDING)))

    def _drop(self, size: int) -> None:
        del self._buffer[:size]
        self._position += size
        self._skip = max(0, self._skip - size)

    def _where(self) -> str:
        return f"{self._member}" + (f"+{self._position}" if self._position else "")


def read_header(data: bytes | bytearray) -> tuple[dict[str, str], int, int] | None:
    """Return the fields of a record's header, where its block starts and how long it claims to be.

    None where no header stands there as a whole, or it claims no length.
    """
    end = _HEADER_END.search(data, 0, _MAX_HEADER)
    if end is None or not _FIRST.match(data):
        return None
    fields = _read_fields(data[: end.start()])
    claimed = fields.get("content-length", "")
    return (fields, end.end(), int(claimed)) if _LENGTH.fullmatch(claimed) else None


def _read_fields(header: bytes | bytearray) -> dict[str, str]:
    """Return the fields of a header by lower-case name; the first of a name counts."""
    unfolded = re.sub(rb"\r?\n[ \t]+", b" ", header)
    fields: dict[str, str] = {}
    for name, value in _FIELD.findall(unfolded):
        fields.setdefault(name.decode("ascii").lower(), value.decode("utf-8", errors="replace"))
    return fields
