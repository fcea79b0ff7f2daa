"""Read a page from the bytes that a file, a crawl or a table held for it: the part of reading that workers do."""

from msgspec import Struct

from peacetalks.capture.formats import Format
from peacetalks.capture.html import read_html
from peacetalks.capture.members import decompress
from peacetalks.capture.packed import PackedPage, read_packed
from peacetalks.capture.records import PageRecord, read_record
from peacetalks.capture.tables import Line, ParquetRow, read_line, read_parquet_row
from peacetalks.capture.text import MAX_BYTES, capture_id, decode, exclude
from peacetalks.errors import CaptureError
from peacetalks.record import Capture, Excluded


class PageFile(Struct, frozen=True, kw_only=True):
    """A file that is one page, of text or of HTML, as its bytes stand there."""

    data: bytes
    source: str
    format: Format


RawPage = PageFile | PageRecord | PackedPage | Line | ParquetRow


def read_page(raw: RawPage) -> Capture | Excluded:
    """Return the capture of a page, or an Excluded with the reason why it is none."""
    if isinstance(raw, PageFile):
        return _read_file(raw)
    if isinstance(raw, PageRecord):
        return read_record(raw)
    if isinstance(raw, PackedPage):
        return read_packed(raw)
    return read_line(raw) if isinstance(raw, Line) else read_parquet_row(raw)


def size_of(raw: RawPage) -> int:
    """Return how many bytes a page takes before it is read; of one that is packed, what it claims to take if more."""
    if isinstance(raw, PageRecord):
        return len(raw.block)
    if isinstance(raw, PackedPage):
        return max(raw.size, len(raw.data))
    if isinstance(raw, ParquetRow):
        return sum(len(cell or b"") for cell in raw.cells.values())
    return len(raw.data)


def give_up(raw: RawPage, error: CaptureError) -> Excluded:
    """Return the row of a page that can't be read; its id is the digest of its bytes as they are packed."""
    if isinstance(raw, PageRecord):
        data = raw.block
    elif isinstance(raw, ParquetRow):
        data = raw.cells.get("html") or raw.cells.get("text") or b""
    else:
        data = raw.data
    return exclude(data, raw.source, error)


def _read_file(file: PageFile) -> Capture | Excluded:
    """Return the page of a file; its id is the digest of the page, whatever it was packed with."""
    try:
        coding = file.format.coding
        data = decompress(file.data, coding, MAX_BYTES) if coding else file.data
        if file.format.form == "html":
            return read_html(data, file.source)
        text, encoding = decode(data)
    except CaptureError as error:
        return exclude(file.data, file.source, error)
    return Capture(id=capture_id(data), source=file.source, text=text, encoding=encoding)
