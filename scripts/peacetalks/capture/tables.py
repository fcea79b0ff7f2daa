"""Read the rows of a table: each holds the text or the HTML of a page and what is known of it; JSONL has one a line."""

import datetime
import hashlib
from collections.abc import Iterator
from functools import cache
from typing import Any, BinaryIO

import msgspec
from msgspec import Struct, structs

from peacetalks.capture.codings import Coding
from peacetalks.capture.html import read_html
from peacetalks.capture.members import Broken, read_members
from peacetalks.capture.names import page_url, safe_name
from peacetalks.capture.text import MAX_BYTES, capture_id, check_text, exclude
from peacetalks.errors import CaptureError
from peacetalks.record import Capture, Excluded, PageFacts

MAX_ROW = 64_000_000  # bytes: a page whose letters JSON escapes takes three times its own
_MARK = b"\xef\xbb\xbf"


class Columns(Struct, frozen=True, kw_only=True):
    """What the columns of a table are called, in JSONL and in Parquet."""

    text: str = "text"
    html: str = "html"
    id: str = "id"
    url: str = "url"
    published: str = "published"
    captured: str = "captured"


class Line(Struct, frozen=True, kw_only=True):
    """One line of a JSONL file, and where it stands."""

    data: bytes
    source: str
    columns: Columns


class Row(Struct, frozen=True, kw_only=True):
    """One row of a table; text or HTML is there, or the row is broken."""

    text: str | None = None
    html: str | bytes | None = None
    id: str | int | None = None
    url: str | None = None
    published: str | None = None
    captured: str | None = None


class ParquetRow(Struct, frozen=True, kw_only=True):
    """One row as its bytes stand in the file, so that a string that is no UTF-8 costs its own row alone."""

    cells: dict[str, bytes | None]
    source: str
    html_is_bytes: bool


def read_lines(stream: BinaryIO, coding: Coding, source: str, columns: Columns) -> Iterator[Line | Excluded]:
    """Yield the lines of a JSONL file that are not blank, and an Excluded for what is cut or longer than MAX_ROW."""
    parts = _Parts()
    found = 0
    # Bytes are split on the line feed alone: U+2028 and U+0085 may stand inside a JSON string.
    for piece in read_members(stream, coding):
        if isinstance(piece, Broken):
            error = CaptureError(piece.reason, f"{piece.detail}; what follows line {parts.number - 1} is lost")
            yield exclude(bytes(parts.data), f"{source}#{parts.number}", error)
            return
        if isinstance(piece, bytes):
            *ended, rest = piece.split(b"\n")
            for data in ended:
                if not data and parts.is_empty:
                    parts.number += 1
                    continue
                parts.add(data)
                for line in parts.take(source, columns):
                    found += 1
                    yield line
            parts.add(rest)
    for line in parts.take(source, columns):
        found += 1
        yield line
    if not found:
        yield exclude(b"", source, CaptureError("empty", "no rows"))


def read_line(line: Line) -> Capture | Excluded:
    """Return the capture of a line, or an Excluded with the reason why it is none."""
    try:
        found = _decoder(line.columns).decode(line.data)
        row = Row(**{name: getattr(found, name) for name in Row.__struct_fields__})
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        return exclude(line.data, line.source, CaptureError("broken-row", str(error)))
    if row.text is None and row.html is None:
        detail = f"no {line.columns.text!r} or {line.columns.html!r}; name yours with --column text=NAME"
        return exclude(b"", _name(row, line.source), CaptureError("broken-row", detail))
    return read_row(row, line.source)


def read_parquet_row(row: ParquetRow) -> Capture | Excluded:
    """Return the capture of a row, or an Excluded with the reason why it is none."""
    cells: dict[str, Any] = dict(row.cells)
    for name, value in row.cells.items():
        if value is not None and not (name == "html" and row.html_is_bytes):
            try:
                cells[name] = value.decode("utf-8")
            except UnicodeDecodeError as error:
                return exclude(value, row.source, CaptureError("broken-row", f"{name}: {error}"))
    return read_row(Row(**cells), row.source)


def read_row(row: Row, source: str) -> Capture | Excluded:
    """Return the capture of a row: its HTML where there is some, else its text; its name is the row's id or `source`.

    A capture's id is the digest of what was read, as UTF-8 where it came as a string.
    """
    source = _name(row, source)
    try:
        found = _read_html(row, source) if row.html else _read_text(row, source)
    except ValueError as error:
        return exclude(_bytes_of(row), source, CaptureError("broken-row", str(error)))
    except CaptureError as error:
        return exclude(_bytes_of(row), source, error)
    if isinstance(found, Excluded) or not row.published:
        return found
    facts = found.facts or PageFacts()
    return structs.replace(found, facts=structs.replace(facts, published=facts.published or row.published))


def _name(row: Row, source: str) -> str:
    return source if row.id is None else safe_name(str(row.id), source)


def _read_html(row: Row, source: str) -> Capture | Excluded:
    html, charset = (row.html.encode(), "utf-8") if isinstance(row.html, str) else (row.html or b"", None)
    return read_html(html, source, charset=charset, url=page_url(row.url), captured=_day(row))


def _read_text(row: Row, source: str) -> Capture:
    if row.text is None:
        raise CaptureError("broken-row", "the row has neither text nor HTML")
    if len(row.text) > MAX_BYTES:
        raise CaptureError("too-large", f"{len(row.text):,} characters")
    check_text(row.text)
    return Capture(
        id=capture_id(row.text.encode()),
        source=source,
        text=row.text,
        encoding="utf-8",
        url=page_url(row.url),
        captured=_day(row),
    )


def _day(row: Row) -> datetime.date | None:
    return datetime.date.fromisoformat(row.captured[:10]) if row.captured else None


def _bytes_of(row: Row) -> bytes:
    content = row.html or row.text or ""
    return content if isinstance(content, bytes) else content.encode("utf-8", errors="surrogatepass")


@cache
def _decoder(columns: Columns) -> msgspec.json.Decoder[Any]:
    """Return what reads the fields of these names and passes over all others."""
    kinds: dict[str, Any] = {"id": str | int | None, **dict.fromkeys(("text", "html"), str | None)}
    fields = [(name, kinds.get(name, str | None), None) for name in Row.__struct_fields__]
    return msgspec.json.Decoder(msgspec.defstruct("Fields", fields, rename=structs.asdict(columns)))


class _Parts:
    """The line that is read, as far as it is there; of one that is too long, its digest alone."""

    def __init__(self) -> None:
        self.number = 1
        self.data = bytearray()
        self._length = 0
        self._digest = hashlib.sha256()

    @property
    def is_empty(self) -> bool:
        return not self._length

    def add(self, data: bytes) -> None:
        self._length += len(data)
        if self._length > MAX_ROW:
            self._digest.update(self.data)
            self._digest.update(data)
            self.data.clear()
        else:
            self.data += data

    def take(self, source: str, columns: Columns) -> Iterator[Line | Excluded]:
        """Yield the line unless it is blank, and start the next one."""
        where = f"{source}#{self.number}"
        if self._length > MAX_ROW:
            detail = f"a row of {self._length:,} bytes; the limit is {MAX_ROW:,}"
            yield Excluded(id=self._digest.hexdigest()[:16], source=where, reason="too-large", detail=detail)
        else:
            line = bytes(self.data).removeprefix(_MARK if self.number == 1 else b"")
            if line.strip():
                yield Line(data=line, source=where, columns=columns)
        self.number += 1
        self.data, self._length, self._digest = bytearray(), 0, hashlib.sha256()
