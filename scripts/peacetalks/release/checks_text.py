"""Checks of the texts of a release: their characters, their size, their language, and what should not be in them."""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import tomli

from peacetalks.annotate.language import detect_language
from peacetalks.clean.encoding import repair_lines
from peacetalks.release.opened import Opened, Row
from peacetalks.release.provenance import library_versions

_RESIDUE = Path(__file__).with_name("residue.toml")

_BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_UNWANTED = re.compile(rf"[\x00-\x09\x0b-\x1f\x7f-\x9f{_BIDI}\ufeff\ufdd0-\ufdef\ufffe\uffff]")
_COMBINING = 30
_REPLACED = 0.001
_LONGEST_TEXT, _LONGEST_LINE = 2_000_000, 100_000
_PRINTABLE = 0.97
_REPEATED, _FEW_LINES = 0.5, 6
_DISAGREE = 0.1
_TELLING = 200  # characters that a detector needs
_RESIDUE_SHARE = 0.05
_WORST, _NAMED = 20, 5


def utf8_nfc(release: Opened) -> Iterator[str]:
    """Require that texts are valid UTF-8, without surrogates, and in normal form C."""
    for row, field, text in _texts(release):
        if not unicodedata.is_normalized("NFC", text):
            yield f"article {row['id']}: {field} is not in normal form C"
        if any("\ud800" <= character <= "\udfff" for character in text):
            yield f"article {row['id']}: {field} holds a surrogate"


def no_controls(release: Opened) -> Iterator[str]:
    """Require that texts hold no control, bidi control, byte order mark, noncharacter, or pile of combining marks."""
    for row, field, text in _texts(release):
        found = _UNWANTED.search(text)
        if found:
            yield f"article {row['id']}: {field} holds U+{ord(found[0]):04X} at {found.start()}"
        if _longest_pile(text) > _COMBINING:
            yield f"article {row['id']}: {field} piles more than {_COMBINING} combining marks on a letter"
        if text.count("\ufffd") > max(1, _REPLACED * len(text)):
            yield f"article {row['id']}: {field} holds {text.count(chr(0xFFFD))} replacement characters"


def clean_fixpoint(release: Opened) -> Iterator[str]:
    """Require that texts are as repairing leaves them: repairing once more changes nothing.

    It is asked of what this version of the program wrote: a later one may know of more that is broken.
    """
    then, now = release.manifest.provenance.made_with, library_versions()
    if any(then.get(name) != now[name] for name in ("peacetalks", "ftfy")):
        return
    for row, field, text in _texts(release):
        lines = text.split("\n")
        if repair_lines(lines) != lines:
            yield f"article {row['id']}: {field} {text[:60]!r} changes when it is repaired once more"


def size_bounds(release: Opened) -> Iterator[str]:
    """Require that texts have the size of articles, and neither one endless line nor one line over and over."""
    for row, field, text in _texts(release):
        lines = [line for line in text.split("\n") if line]
        where = f"article {row['id']}: {field}"
        if len(text) > _LONGEST_TEXT:
            yield f"{where} has {len(text):,} characters"
        if max(map(len, lines), default=0) > _LONGEST_LINE:
            yield f"{where} has a line of {max(map(len, lines)):,} characters"
        unprintable = sum(not (c.isprintable() or c == "\n") and unicodedata.category(c) != "Cf" for c in text)
        if unprintable > (1 - _PRINTABLE) * len(text):
            yield f"{where} has {unprintable} characters that can't be printed"
        if len(lines) >= _FEW_LINES and 1 - len(set(lines)) / len(lines) > _REPEATED:
            yield f"{where} repeats itself: {len(lines)} lines, {len(set(lines))} of them different"


def language_agrees(release: Opened) -> Iterator[str]:
    """Require that the detector agrees with the language of nine tenths of the texts in each language."""
    total: Counter[str] = Counter()
    differing: Counter[str] = Counter()
    first: dict[str, list[str]] = defaultdict(list)
    for row in release.rows("articles", "id", "text", "language"):
        if len(row["text"]) >= _TELLING:
            language = row["language"]
            total[language] += 1
            found = detect_language(row["text"])
            if found.partition("-")[0] != language.partition("-")[0]:
                differing[language] += 1
                if differing[language] <= _NAMED:
                    first[language].append(f"{row['id']} ({found})")
    for language, count in differing.items():
        if count > _DISAGREE * total[language]:
            named = ", ".join(first[language])
            yield f"{language}: {count} of {total[language]} texts read as another language: {named}"


def mojibake_chrome(release: Opened) -> Iterator[str]:
    """Require that hardly any text holds mojibake or a line of site chrome; where too many do, name the worst."""
    worst: list[tuple[int, str, str]] = []
    found = 0
    for row in release.rows("articles", "id", "text"):
        hits = [name for name, pattern in _residue().items() for _ in pattern.finditer(row["text"])]
        if hits:
            found += 1
            worst = sorted([*worst, (-len(hits), row["id"], ", ".join(sorted(set(hits))))])[:_WORST]
    if found > _RESIDUE_SHARE * release.count("articles"):
        yield from (f"article {name}: {-count} times {what}" for count, name, what in worst)


@cache
def _residue() -> dict[str, re.Pattern[str]]:
    rows = tomli.loads(_RESIDUE.read_text("utf-8"))["residue"]
    return {row["id"]: re.compile(row["pattern"], re.MULTILINE) for row in rows}


def _texts(release: Opened) -> Iterator[tuple[Row, str, str]]:
    for row in release.rows("articles", "id", "text", "title", "captions"):
        yield row, "text", row["text"]
        yield row, "title", row["title"] or ""
        yield from ((row, "captions", caption) for caption in row["captions"])


def _longest_pile(text: str) -> int:
    if text.isascii():
        return 0
    longest = run = 0
    for character in text:
        run = run + 1 if unicodedata.combining(character) else 0
        longest = max(longest, run)
    return longest
