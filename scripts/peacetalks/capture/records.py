"""Tell which records of a crawl are pages, and read those: responses with HTML, and texts that were taken from them."""

import datetime

from msgspec import Struct

from peacetalks.capture.cutter import MAX_RECORD, Lost, Record
from peacetalks.capture.digests import matches_digest
from peacetalks.capture.html import read_html
from peacetalks.capture.http import Response, body_forms, read_response
from peacetalks.capture.names import page_url, safe_name
from peacetalks.capture.text import capture_id, decode, exclude
from peacetalks.errors import CaptureError
from peacetalks.record import Capture, Excluded

_HTML = frozenset({"text/html", "application/xhtml+xml"})
_UNTOLD = frozenset({"", "application/octet-stream", "unknown/unknown"})
_NO_PAGES = frozenset({"warcinfo", "request", "metadata", "revisit", "resource", "continuation"})
_HEADS = (b"<!doctype html", b"<html")


class PageRecord(Struct, frozen=True, kw_only=True):
    """A record that holds a page: a response of status 200 with HTML, or with `is_text` a conversion to text."""

    fields: dict[str, str]
    block: bytes
    source: str
    is_text: bool


def sort_record(record: Record | Lost, file: str) -> PageRecord | Excluded | str:
    """Return the page of a record, or an Excluded if it is lost, or what kind of record it is if it holds no page."""
    fields = record.fields
    source = source_of(fields, file, record.offset)
    kind = _kind(fields)
    # Where a file ends early there may have been pages, whatever the record is that the cut is in.
    if kind in _NO_PAGES and not (isinstance(record, Lost) and record.reason == "truncated"):
        return kind if isinstance(record, Record) else f"{kind}, damaged"
    if isinstance(record, Lost):
        return exclude(record.data, source, CaptureError(record.reason, record.detail))
    if why := why_no_page(fields, record.block):
        return why
    if not record.is_whole:
        detail = f"{fields.get('content-length')} bytes; a record may have {MAX_RECORD:,}"
        return exclude(record.block, source, CaptureError("too-large", detail))
    return make_page(fields, record.block, source)


def make_page(fields: dict[str, str], block: bytes, source: str) -> PageRecord:
    """Return the page of a record that holds one."""
    return PageRecord(fields=fields, block=block, source=source, is_text=_kind(fields) == "conversion")


def source_of(fields: dict[str, str], file: str, offset: str) -> str:
    """Return the name that a record goes by: its own, or where it stands."""
    return safe_name(fields.get("warc-record-id", "").strip("<> "), f"{file}@{offset}")


def why_no_page(fields: dict[str, str], block: bytes) -> str:
    """Return what kind of record it is that holds no page, by its header and its block; empty where it holds one.

    The first bytes of a block that hold the headers of a response tell as well: then it may be one that is said to be
    no HTML, and is.
    """
    kind = _kind(fields)
    if kind in _NO_PAGES:
        return kind
    if kind == "response":
        response = read_response(block)
        if response is None:
            return "response, not of HTTP"
        if response.status != 200:
            return "response, status not 200"
        return "" if _is_html(response, fields) else "response, not HTML"
    if kind != "conversion":
        return "record of a kind unknown"
    return "" if fields.get("content-type", "").lower().startswith("text/plain") else "conversion, not text"


def _kind(fields: dict[str, str]) -> str:
    return fields.get("warc-type", "").strip().lower()


def read_record(record: PageRecord) -> Capture | Excluded:
    """Return the capture of a record; its id is the digest of the page, without what its transport added."""
    try:
        _check(record)
        return _read_text(record) if record.is_text else _read_response(record)
    except CaptureError as error:
        return exclude(record.block, record.source, error)


def _check(record: PageRecord) -> None:
    if "warc-truncated" in record.fields:
        why = safe_name(record.fields["warc-truncated"], "unspecified")
        raise CaptureError("truncated", f"the crawler cut it: {why}")
    if "warc-segment-number" in record.fields:
        raise CaptureError("truncated", "one segment of a page that fills several records")
    if not matches_digest(record.fields.get("warc-block-digest"), record.block, default=True):
        raise CaptureError("damaged", "its block digest is not its own")


def _read_text(record: PageRecord) -> Capture:
    text, encoding = decode(record.block)
    return Capture(
        id=capture_id(record.block),
        source=record.source,
        text=text,
        encoding=encoding,
        url=_url(record.fields),
        captured=_day(record.fields),
    )


def _read_response(record: PageRecord) -> Capture | Excluded:
    response = read_response(record.block)
    if response is None:
        raise CaptureError("damaged", "no response of HTTP")
    forms = body_forms(response)
    _check_payload(record.fields, forms)
    url, captured = _url(record.fields), _day(record.fields)
    return read_html(forms[-1], record.source, charset=response.charset, url=url, captured=captured)


def _is_html(response: Response, fields: dict[str, str]) -> bool:
    stated = response.media_type
    if stated in _UNTOLD:
        stated = fields.get("warc-identified-payload-type", "").partition(";")[0].strip().lower() or stated
    if stated in _UNTOLD:
        return response.body[:1000].removeprefix(b"\xef\xbb\xbf").lstrip().lower().startswith(_HEADS)
    return stated in _HTML


def _check_payload(fields: dict[str, str], forms: list[bytes]) -> None:
    # Where the block has a digest, its bytes are known to be right. Tools differ in which form they take the payload's
    # of: any will do.
    stated = fields.get("warc-payload-digest")
    if "warc-block-digest" not in fields and not any(matches_digest(stated, form, default=True) for form in forms):
        raise CaptureError("damaged", "its payload digest is not its own")


def _url(fields: dict[str, str]) -> str | None:
    return page_url(fields.get("warc-target-uri", "").strip("<> "))


def _day(fields: dict[str, str]) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(fields.get("warc-date", "").strip()[:10])
    except ValueError:
        return None
