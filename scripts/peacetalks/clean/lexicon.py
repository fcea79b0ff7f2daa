"""The words of rules/vocabulary.toml as a hash table that arrays of words are looked up in."""

import re
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from peacetalks.clean.alphabet import Kind, tables
from peacetalks.errors import VocabularyError
from peacetalks.registry.vocabulary import read_toml, require_known_keys

Hashes = npt.NDArray[np.uint64]

PREFIX = 5
_BASE = 0x9E3779B97F4A7C15 | 1
_INVERSE = pow(_BASE, -1, 2**64)
_PAIR = np.uint64(0xC2B2AE3D27D4EB4F)
_MIX = np.uint64(0xD6E8FEB86659FD93)
_STAR = np.uint64(0x5851F42D4C957F2D)
_BEGINNING = np.uint64(46)  # bits that are left aside of where a hash begins
_WORDS = re.compile(r"\S+")
_YEARS = range(1990, 2036)
_DAYS = range(1, 32)


class Words(NamedTuple):
    """The words of a text: where each starts and ends, and the hash of its folded letters."""

    start: npt.NDArray[np.int64]
    end: npt.NDArray[np.int64]
    hash: Hashes
    sums: Hashes


class Lexicon(NamedTuple):
    """Sorted hashes; entry n is in the columns `columns[first[n] : first[n + 1]]`.

    Columns are languages of function words first, then kinds of words. `places` holds for what hashes may begin with
    the first entry that does, or their number where none does; no more than `alike` entries begin the same.
    """

    hashes: Hashes
    first: npt.NDArray[np.int64]
    columns: npt.NDArray[np.int64]
    places: npt.NDArray[np.unsignedinteger]
    alike: int
    languages: tuple[str, ...]
    kinds: tuple[str, ...]


@cache
def _powers(size: int) -> tuple[Hashes, Hashes]:
    up = np.full(size, _BASE, np.uint64)
    down = np.full(size, _INVERSE, np.uint64)
    up[0] = down[0] = 1
    return np.cumprod(up, dtype=np.uint64), np.cumprod(down, dtype=np.uint64)


def hash_spans(sums: Hashes, start: npt.NDArray[np.int64], end: npt.NDArray[np.int64]) -> Hashes:
    """Return the hashes of spans of a text, from the sums that `find_words` returns."""
    down = _powers(_rounded(len(sums)))[1]
    mixed = (sums[end] - sums[start]) * down[start]
    mixed ^= mixed >> np.uint64(29)
    return mixed * _MIX


def hash_pairs(hashes: Hashes) -> Hashes:
    """Return the hash of each word together with the next; one shorter than the argument."""
    return (hashes[:-1] * _PAIR) ^ hashes[1:]


def hash_prefixes(words: Words, chosen: npt.NDArray[np.int64]) -> Hashes:
    """Return the hashes of the first letters of the chosen words, as entries with a star are looked up."""
    return hash_spans(words.sums, words.start[chosen], words.start[chosen] + PREFIX) ^ _STAR


def find_words(kinds: npt.NDArray[np.uint8], folded: npt.NDArray[np.uint16]) -> Words:
    """Return the runs of letters and digits; the text must begin and end with something else."""
    inside = kinds - np.uint8(Kind.LOWER) <= Kind.DIGIT - Kind.LOWER  # what is below wraps around to more
    edges = np.flatnonzero(inside[1:] != inside[:-1]) + 1
    start, end = edges[0::2], edges[1::2]
    sums = np.zeros(len(folded) + 1, np.uint64)
    np.cumsum(folded * _powers(_rounded(len(folded) + 1))[0][: len(folded)], out=sums[1:])
    return Words(start, end, hash_spans(sums, start, end), sums)


def look_up(lexicon: Lexicon, hashes: Hashes) -> npt.NDArray[np.int64]:
    """Return the entry of each hash; the number of entries where it is none of the lexicon's."""
    found = np.full(len(hashes), len(lexicon.hashes), np.int64)
    places = lexicon.places.take((hashes >> _BEGINNING).view(np.int64))
    maybe = np.flatnonzero(places < len(lexicon.hashes))
    likely, place = hashes.take(maybe), places.take(maybe).astype(np.int64)
    for _ in range(lexicon.alike - 1):
        place += lexicon.hashes.take(place, mode="clip") < likely
    hits = lexicon.hashes.take(place, mode="clip") == likely
    found[maybe[hits]] = place[hits]
    return found


@cache
def load_lexicon(path: Path | None = None) -> Lexicon:
    """Return the lexicon of a vocabulary file; VocabularyError names file, table and rule."""
    path = path or Path(__file__).with_name("rules") / "vocabulary.toml"
    document = read_toml(path)
    require_known_keys(path, document, {"function_words", "words"})
    languages = _read_table(path, document, "function_words")
    kinds = _read_table(path, document, "words")
    kinds["year"] = [str(year) for year in _YEARS]
    kinds["day"] = [form for day in _DAYS for form in {str(day), f"{day:02d}"}]
    columns: dict[int, set[int]] = {}
    cells = [(column, entry) for column, found in enumerate([*languages.values(), *kinds.values()]) for entry in found]
    for (column, _), key in zip(cells, _hash_entries(path, [entry for _, entry in cells]), strict=True):
        columns.setdefault(key, set()).add(column)
    ordered = sorted(columns)
    first = np.cumsum([0, *(len(columns[key]) for key in ordered)])
    rows = np.array([column for key in ordered for column in sorted(columns[key])], np.int64)
    hashes = np.array(ordered, np.uint64)
    begun = np.bincount((hashes >> _BEGINNING).astype(np.int64), minlength=2**18)
    places = np.where(begun > 0, np.cumsum(begun) - begun, len(hashes))
    places = places.astype(np.min_scalar_type(len(hashes)))
    return Lexicon(hashes, first, rows, places, int(begun.max()), tuple(languages), tuple(kinds))


def _read_table(path: Path, document: dict[str, Any], name: str) -> dict[str, list[str]]:
    table = document.get(name)
    if not isinstance(table, dict) or not all(isinstance(words, str) for words in table.values()):
        raise VocabularyError(f"{path.name}: table {name!r} must map names to strings of words")
    return {key: _WORDS.findall(words) for key, words in table.items()}


def _hash_entries(path: Path, entries: list[str]) -> list[int]:
    """Return the key of each entry: the hash of its word, of its two words, or of the beginning of its word."""
    stems = [entry.removesuffix("*") for entry in entries]
    codes = np.frombuffer("\n".join(["", *stems, ""]).replace("_", " ").encode("utf-32-le"), np.uint32)
    characters = tables()
    words = find_words(characters.kind[codes], characters.fold[codes])
    firsts = np.searchsorted(words.start, np.cumsum([1, *(len(stem) + 1 for stem in stems)]))
    counts = np.diff(firsts).tolist()
    pairs = hash_pairs(words.hash).tolist()
    keys: list[int] = []
    for entry, stem, first, count in zip(entries, stems, firsts.tolist(), counts, strict=False):
        if stem != entry:
            if len(stem) < PREFIX or count != 1:
                raise VocabularyError(f"{path.name}: {entry!r}: a star follows one word of {PREFIX} letters or more")
            keys.append(int(hash_prefixes(words, np.array([first]))[0]))
        elif count in (1, 2):
            keys.append(pairs[first] if count == 2 else int(words.hash[first]))
        else:
            raise VocabularyError(f"{path.name}: {entry!r}: an entry is one word, or two joined by an underscore")
    return keys


def _rounded(size: int) -> int:
    return max(1 << 16, 1 << (size - 1).bit_length())
