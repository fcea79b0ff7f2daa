"""Decode the bytes of a page: what its encoding is, or why it is no text."""

import codecs
import hashlib
import re

from peacetalks.errors import CaptureError
from peacetalks.record import Excluded

MAX_BYTES = 20_000_000
MAX_CHARACTERS = 2_000_000
MAX_LINE = 1_000_000

_SIGNATURES = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark is its prefix
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_BINARY = {
    b"%PDF-": "a PDF document",
    b"PK\x03\x04": "a ZIP archive or an office document",
    b"\x1f\x8b": "gzip data",
    b"\x89PNG": "a PNG picture",
    b"GIF8": "a GIF picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"PAR1": "a Parquet file",
    b"\x7fELF": "a program",
}
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_CONTROL_SHARE = 0.01  # text holds a stray control character at most; random bytes hold eleven in a hundred
_NULLS_OF_UTF16 = 0.3  # of the high bytes; Latin script has nearly all of them zero, Arabic its spaces and digits
_DAMAGE = 0.1  # broken sequences among the non-ASCII ones that a page of UTF-8 may have and still be one


def decode(data: bytes) -> tuple[str, str]:
    """Return the text and the name of its encoding; CaptureError where the bytes are no text.

    A byte that does not fit the encoding becomes U+FFFD: it is kept and can be counted, never guessed.
    """
    check_bytes(data)
    encoding = find_encoding(data)
    text = data.decode(encoding, errors="replace")
    check_text(text)
    return text, encoding


def check_bytes(data: bytes) -> None:
    """Raise CaptureError where bytes are too many, none, or of a format that is no text."""
    if len(data) > MAX_BYTES:
        raise CaptureError("too-large", f"{len(data):,} bytes; the limit is {MAX_BYTES:,}")
    if not data or data.isspace():
        raise CaptureError("empty", "no bytes" if not data else "nothing but white space")
    for magic, what in _BINARY.items():
        if data.startswith(magic):
            raise CaptureError("not-text", f"starts like {what}")


def check_text(text: str) -> None:
    """Raise CaptureError where a decoded page is empty, binary, or larger than a page can be."""
    if not text or text.isspace():
        raise CaptureError("empty", "nothing but white space")
    controls = len(_CONTROL.findall(text))
    if controls > max(1, _CONTROL_SHARE * len(text)):
        raise CaptureError("not-text", f"{controls:,} control characters among {len(text):,}")
    if len(text) > MAX_CHARACTERS:
        raise CaptureError("too-large", f"{len(text):,} characters; the limit is {MAX_CHARACTERS:,}")
    if len(text) > MAX_LINE and (longest := max(map(len, text.split("\n")))) > MAX_LINE:
        raise CaptureError("too-large", f"a line of {longest:,} characters; the limit is {MAX_LINE:,}")


def capture_id(data: bytes) -> str:
    """Return the id of a capture: the first 16 hex digits of the SHA-256 of its bytes."""
    return hashlib.sha256(data).hexdigest()[:16]


def exclude(data: bytes, source: str, error: CaptureError) -> Excluded:
    """Return the row that records why a capture is no page."""
    return Excluded(id=capture_id(data), source=source, reason=error.reason, detail=error.detail)


def find_encoding(data: bytes) -> str:
    """Return the name of the encoding that fits bytes of text best; CaptureError where they are binary."""
    for mark, encoding in _SIGNATURES:
        if data.startswith(mark):
            return encoding
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    else:
        if b"\x00" not in data:
            return "utf-8"
    sample = data[:20_000]
    for offset, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        high = sample[offset::2]
        if high.count(0) > _NULLS_OF_UTF16 * len(high) and sample[1 - offset :: 2].count(0) == 0:
            return encoding
    if _is_damaged_utf8(data):
        return "utf-8"
    if len(_CONTROL.findall(sample.decode("latin-1"))) > _CONTROL_SHARE * len(sample):
        raise CaptureError("not-text", "binary data")
    from charset_normalizer import from_bytes  # few pages need it, and it takes long to import

    best = from_bytes(data).best()
    return best.encoding if best is not None else "cp1252"


def _is_damaged_utf8(data: bytes) -> bool:
    text = data.decode("utf-8", errors="replace")
    foreign = sum(character > "\x7f" for character in text)
    return text.count("\ufffd") <= _DAMAGE * foreign
