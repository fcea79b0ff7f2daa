"""The kinds of elements of rules/marks.toml: what the words of an element's names and its tag say that it is for."""

import re
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from peacetalks.errors import VocabularyError
from peacetalks.registry.vocabulary import read_toml, require_known_keys

_PARTS = re.compile(r"[A-ZÀ-Þ]{2,}(?![^\W\d_A-ZÀ-Þ])|[A-ZÀ-Þ]?[^\W\d_A-ZÀ-Þ]+")
_SMALL = re.compile("[a-z]+")  # the same parts, of marks without capitals and accents: most are so
_LONGEST = 300  # characters of an element's names that are read
_MOST = 62  # kinds, as bits of a signed integer


class Kinds(NamedTuple):
    """The names of the kinds, of which bit n is the nth, and the bits of each word and of each tag."""

    names: tuple[str, ...]
    words: dict[str, int]
    tags: dict[str, int]


@lru_cache(maxsize=1 << 16)
def read_marks(marks: str) -> int:
    """Return the bits of the kinds that the words of an element's names are of; sites use the same ones again."""
    words, bits = load_kinds().words, 0
    marks = marks[:_LONGEST]
    plain = marks.isascii() and marks.islower()
    for part in _SMALL.findall(marks) if plain else map(str.lower, _PARTS.findall(marks)):
        bits |= words.get(part, 0)
    return bits


@cache
def load_kinds(path: Path | None = None) -> Kinds:
    """Return the kinds of a file; VocabularyError names the word that is in two of them."""
    path = path or Path(__file__).with_name("rules") / "marks.toml"
    document = read_toml(path)
    require_known_keys(path, document, {"words", "tags"})
    names: list[str] = []
    tables: list[dict[str, int]] = []
    for table in ("words", "tags"):
        bits: dict[str, int] = {}
        for kind, words in document[table].items():
            for word in words.split():
                if word in bits:
                    raise VocabularyError(f"{path.name}: {word!r} of {table}.{kind} is of another kind already")
                bits[word] = 1 << len(names)
            names.append(f"{table}-{kind}")
        tables.append(bits)
    if len(names) > _MOST:
        raise VocabularyError(f"{path.name}: {len(names)} kinds; the most is {_MOST}")
    return Kinds(tuple(names), tables[0], tables[1])
