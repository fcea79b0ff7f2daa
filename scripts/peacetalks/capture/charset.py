"""Reconcile what a byte order mark, HTTP, the markup and the bytes themselves say of a page's encoding."""

import codecs
import re

from peacetalks.capture.text import find_encoding

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_HEAD = 4096  # bytes that are searched for a declaration; browsers read 1,024, some pages need more
_META = re.compile(rb"<meta[^>]{0,300}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.-]{2,40})", re.IGNORECASE)
_XML = re.compile(rb"^\s*<\?xml[^>]{0,100}encoding\s*=\s*[\"']([A-Za-z0-9_:.-]{2,40})", re.IGNORECASE)
# What browsers take a label for (WHATWG Encoding Standard), where Python's codec of that name is narrower.
_WIDER = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "hz": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "johab": "cp949",
    "big5": "big5hkscs",
    "koi8-r": "koi8-u",
}
_ESCAPED = frozenset({"iso2022_jp", "iso2022_jp_1", "iso2022_jp_2", "iso2022_jp_3", "iso2022_kr"})
_NOT_OF_PAGES = frozenset(
    {"utf-7", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"}
    # Codecs of Python that no page is in: they raise on bytes that are not theirs, or read escapes.
    | {"idna", "punycode", "unicode-escape", "raw-unicode-escape"}
)
_MOST_CONTROLS = 0.01  # of the letters beyond ASCII; a wrong single-byte table makes controls and symbols of them
_C1 = re.compile("[\x80-\x9f\ufffd]")


def read_as_utf8(data: bytes, charset: str | None = None) -> tuple[bytes, str]:
    """Return an HTML page in UTF-8 and the name of the encoding that it was in; `charset` is what HTTP said.

    A mark decides, then UTF-8 where the bytes are nothing else, then the first declaration that fits them, then the
    bytes alone. A byte that fits nothing becomes U+FFFD. CaptureError where the bytes are no text.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _recode(data, encoding), encoding
    declared = [name for label in (charset, _stated(data)) if label and (name := _codec(label))]
    if declared and declared[0] in _ESCAPED and b"\x1b" in data:
        return _recode(data, declared[0]), declared[0]
    if b"\x00" not in data[:_HEAD]:
        try:
            data.decode("utf-8")
        except UnicodeDecodeError:
            pass
        else:
            return data, "utf-8"
        for encoding in declared:
            if _fits(data, encoding):
                return _recode(data, encoding), encoding
    encoding = find_encoding(data)
    return _recode(data, encoding), encoding


def _recode(data: bytes, encoding: str) -> bytes:
    return data.decode(encoding, errors="replace").encode("utf-8", "ignore")


def _stated(data: bytes) -> str | None:
    found = _META.search(data, 0, _HEAD) or _XML.match(data, 0, _HEAD)
    return found[1].decode("ascii") if found else None


def _codec(label: str) -> str | None:
    """Return Python's name of the encoding that browsers read a label as, or None where it can't be one of a page."""
    try:
        name = codecs.lookup(label.strip(" \t\"';").lower()).name
    except (LookupError, ValueError):
        return None
    name = _WIDER.get(name, name)
    try:
        "".encode(name)  # codecs that turn bytes into bytes are no encodings
    except (LookupError, UnicodeError):
        return None
    return None if name in _NOT_OF_PAGES else name


def _fits(data: bytes, encoding: str) -> bool:
    """Return whether bytes look like text in an encoding."""
    if encoding == "utf-8":
        return False  # found broken before; find_encoding tells how badly
    text = data.decode(encoding, errors="replace")
    foreign = sum(character > "\x7f" for character in text)
    return len(_C1.findall(text)) <= _MOST_CONTROLS * foreign
