"""Keep names and addresses that come with captures harmless: no path, no control character, no endless string."""

import re
import unicodedata

_LONGEST = 300
_LONGEST_URL = 2000
_URL = re.compile(r"https?://[^\s<>\"\\\x00-\x20\x7f]+", re.IGNORECASE)
_OUT_OF_FOLDER = re.compile(r"^[/\\~]|^[A-Za-z]:[/\\]|(?:^|[/\\])\.\.(?:[/\\]|$)")
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_JOINERS = frozenset("\u200c\u200d")  # part of how Persian and Indic words are written


def safe_name(name: str, fallback: str) -> str:
    """Return a name from inside a capture, or the fallback where it is empty, too long, or could lead anywhere."""
    name = name.strip()
    if not name or len(name) > _LONGEST or _OUT_OF_FOLDER.search(name) or name != visible(name):
        return fallback
    return name


def visible(name: str) -> str:
    """Return a name with U+FFFD for each character that can't be seen, or that no text can hold."""
    if name.isprintable():  # as nearly all are
        return name
    return "".join("\ufffd" if _is_unseen(character) else character for character in name)


def page_url(stated: str | None) -> str | None:
    """Return the address of a page, or None where it is no address of the web."""
    stated = (stated or "").strip()
    is_one = len(stated) <= _LONGEST_URL and _URL.fullmatch(stated) and stated == visible(stated)
    return stated if is_one else None


def _is_unseen(character: str) -> bool:
    return unicodedata.category(character) in _UNSEEN and character not in _JOINERS
