"""Tell what a file is, by how it starts and by its name; how it starts has the last word."""

import codecs
import re
from typing import Literal

from msgspec import Struct

from peacetalks.capture.codings import GZIP, ZSTD, ZSTD_DICTIONARY, Coding, decompress_head
from peacetalks.capture.cutter import starts_warc
from peacetalks.capture.tables import Columns

Form = Literal["text", "html", "warc", "jsonl", "parquet"]

HEAD = 1 << 14  # bytes of a file that are looked at
READABLE = ".txt, .html, .warc, .wet, .jsonl and .parquet"

_ENDINGS: dict[str, Form] = {
    ".txt": "text",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".warc": "warc",
    ".wet": "warc",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
}
_PACKED = (".gz", ".zst")
_PARQUET = b"PAR1"
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_HTML = re.compile(
    r"\s*(?:<\?xml[^>]{0,200}>\s*)?(?:<!--.{0,5000}?-->\s*)*<(?:!doctype\s+html|html|head)[\s>]", re.I | re.S
)
_OBJECT = re.compile(r'\s*\{\s*"')


class Format(Struct, frozen=True):
    """What a file holds, and what it is compressed with."""

    form: Form
    coding: Coding = ""


def find_format(name: str, head: bytes, columns: Columns) -> Format | None:
    """Return the format of a file of that name that starts with these bytes, or None where it is none that is read."""
    coding = _coding(head)
    inner = decompress_head(head, coding, HEAD) if coding else head
    by_name = _by_name(name)
    if coding == "zstd" and head.startswith(ZSTD_DICTIONARY):
        return Format("warc", "zstd")  # nothing else starts with a dictionary
    if starts_warc(inner):
        return Format("warc", coding)
    if inner.startswith(_PARQUET):
        return Format("parquet", coding) if not coding else None
    text = _as_text(inner)
    if _HTML.match(text):
        return Format("html", coding)
    if by_name in ("text", None) and _is_row(text, columns):
        return Format("jsonl", coding)
    if by_name is None or (coding and by_name == "parquet"):
        return None
    return Format(by_name, coding)


def _by_name(name: str) -> Form | None:
    stem = name.lower()
    for packed in _PACKED:
        stem = stem.removesuffix(packed)
    return next((form for ending, form in _ENDINGS.items() if stem.endswith(ending)), None)


def _coding(head: bytes) -> Coding:
    if head.startswith(GZIP):
        return "gzip"
    return "zstd" if head.startswith((ZSTD, ZSTD_DICTIONARY)) else ""


def _as_text(head: bytes) -> str:
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return head.removeprefix(mark).decode(encoding, errors="replace")
    return head.decode("latin-1")


def _is_row(text: str, columns: Columns) -> bool:
    keys = "|".join(map(re.escape, (columns.text, columns.html)))
    return _OBJECT.match(text) is not None and re.search(rf'"(?:{keys})"\s*:\s*"', text) is not None
