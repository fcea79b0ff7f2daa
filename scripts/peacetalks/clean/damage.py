"""Find the lines of a batch that need repair, by a look-up of each character together with the one after it.

The table is derived from ftfy's own pattern of mojibake. Each of its alternatives holds two characters in a row that
good text seldom has; where they stand the pattern itself decides.
"""

import re
import unicodedata
from functools import cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from ftfy.badness import BADNESS_RE
from ftfy.chardata import LIGATURES

SPACES = "\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000\t\x0b\x0c\x85"
BREAKS = "\r\n\u2028\u2029"
INVISIBLE = (
    "\u00ad\u034f\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffc\ufdd0-\ufdef\ufffe\uffff"
)
JOINERS = "\u200c\u200d"
CONTROLS = "\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f"

_REACH = 8  # characters in a row that the pattern matches are fewer
# What a pair of characters says of its line: hurt for certain, mojibake perhaps, untidy perhaps, not in NFC perhaps.
_HURT, _DOUBTFUL, _UNTIDY, _DECOMPOSED = 1, 2, 4, 8
_EDGE = "\ud800"  # stands between lines, which hold no surrogates
_PLANE = 0x10000  # the place of all characters beyond the basic plane
# Elsewhere in the plane are only Chinese characters, Hangul syllables, surrogates and what is for private use.
_MIXED = [*range(0x3400), *range(0xA000, 0xAC00), *range(0xF900, _PLANE)]
_ANY = r"[\s\S]"
Marked = npt.NDArray[np.bool_]

_LAYOUT = re.compile(r"(\[(?:\\.|[^]\\])*\]|\\.)|#[^\n]*|\s")
_SPELT = re.compile(r"\[([^\\^][^\\]*)\]|([^\\.])")  # a class without escapes, or a character
_ITEM = re.compile(r"\^|(\[(?:\\.|[^]\\])*\]|\\.|[^\\])(\??)")
# The scripts and the signs that the pattern names. What it makes of the last one, it makes of all characters elsewhere.
_NAMED = "".join(map(chr, [*range(0x530), *range(0x2000, 0x2600), 0xF8FF, 0xFB01, 0xFB02, 0xFFFD, 0x4E00]))
_EACH_NAMED = frozenset(_NAMED)


class Damage(NamedTuple):
    """The numbers of the lines that are hurt, of those that may be untidy, and of those that may not be in NFC."""

    hurt: list[int]
    untidy: list[int]
    decomposed: list[int]


class _Table(NamedTuple):
    """The class of each character, and what each pair of classes says, at `first * width + second`."""

    classes: npt.NDArray[np.uint16]
    pairs: npt.NDArray[np.uint8]
    width: int


def find_damage(lines: list[str]) -> Damage:
    """Return which lines are hurt, untidy or perhaps decomposed, and may be several of these; none hold surrogates."""
    table = _load_table()
    lengths = np.fromiter(map(len, lines), np.int64, len(lines))
    edges = np.cumsum(lengths + 1) - lengths - 1
    joined = "\n".join(["", *lines, ""])
    codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), np.uint32).copy()
    codes[edges] = codes[-1] = ord(_EDGE)  # to encode it takes longer than to write it here
    classes = table.classes.take(codes, mode="clip")
    says = table.pairs.take(classes[:-1] * np.uint16(table.width) + classes[1:])
    places = np.flatnonzero(says != 0)
    of = np.searchsorted(edges, places, "right") - 1
    bits = says[places]
    hurt = set(of[bits & _HURT > 0].tolist())
    doubtful = bits & _DOUBTFUL > 0
    for line, place in zip(of[doubtful].tolist(), (places - edges[of] - 1)[doubtful].tolist(), strict=True):
        mojibake = _mojibake_in_lines() if "\n" in lines[line] else BADNESS_RE
        if line not in hurt and mojibake.search(lines[line], max(place - _REACH, 0), place + _REACH):
            hurt.add(line)
    untidy, decomposed = (sorted({*of[bits & bit > 0].tolist()}) for bit in (_UNTIDY, _DECOMPOSED))
    return Damage(sorted(hurt), untidy, decomposed)


@cache
def _mojibake_in_lines() -> re.Pattern[str]:
    """Return the pattern that knows of line breaks, which few lines hold; to compile it takes as long as ftfy's own."""
    return re.compile(BADNESS_RE.pattern, re.VERBOSE | re.MULTILINE)


@cache
def _load_table() -> _Table:
    """Return the table, made once a process."""
    hurt, marks, decomposed = _mark("&", CONTROLS, INVISIBLE, "".join(map(chr, LIGATURES))), _mark(), _mark()
    mixed = [*map(chr, _MIXED)]
    marks[[ord(one) for one in mixed if unicodedata.category(one)[0] == "M"]] = True
    decomposed[[ord(one) for one in mixed if not unicodedata.is_normalized("NFC", one)]] = True
    marks[_PLANE] = decomposed[_PLANE] = True
    decomposed[0x1160:0x1200] = True  # vowels and finals of Hangul join the letter before
    pairs_of = [_rarest_pair(items) for items in _alternatives(_LAYOUT.sub(r"\1", BADNESS_RE.pattern))]
    members = [_matching(item) for pair in pairs_of for item in pair]
    signs = dict.fromkeys(_NAMED, 0)
    for n, found in enumerate(members):
        for one in found:
            signs[one] |= 1 << n
    signatures = list(dict.fromkeys(signs.values()))
    number = {signature: n for n, signature in enumerate(signatures)}
    named = np.full(_PLANE + 1, number[signs[_NAMED[-1]]], np.int64)
    named[[*map(ord, _NAMED)]] = [number[signature] for signature in signs.values()]
    single = (hurt, _mark(SPACES, BREAKS, JOINERS), decomposed | marks, marks, _mark(" "), _mark(_EDGE))
    cells = named * 2 ** len(single) + sum(column * 2**n for n, column in enumerate(single))
    there = np.bincount(cells) > 0
    kinds, classes = np.flatnonzero(there), (np.cumsum(there) - 1)[cells]
    of = [kinds >> n & 1 > 0 for n in range(len(single))]
    signs_of = [signatures[kind] for kind in (kinds >> len(single)).tolist()]
    bits = [np.array([sign >> n & 1 > 0 for sign in signs_of]) for n in range(len(members))]
    pairs = np.zeros((len(kinds), len(kinds)), np.uint8)
    for says, chosen in zip((_HURT, _UNTIDY, _DECOMPOSED), of, strict=False):
        pairs[chosen] |= says
    _, _, _, mark, space, edge = of
    for first, second in ((mark, mark), (space, space), (space, edge), (edge, space)):
        pairs[np.ix_(first, second)] |= _UNTIDY
    for first, second in zip(bits[0::2], bits[1::2], strict=True):
        pairs[np.ix_(first, second)] |= _DOUBTFUL
    return _Table(classes.astype(np.uint16), pairs.reshape(-1), len(kinds))


def _alternatives(pattern: str) -> list[list[str]]:
    """Return the alternatives of a pattern without groups, each as what its characters in turn must match.

    An optional character parts what is around it, and so it is given as an empty string.
    """
    alternatives: list[list[str]] = [[]]
    for item in _ITEM.finditer(pattern):
        if item[0] == "|":
            alternatives.append([])
        elif item[1]:
            alternatives[-1].append("" if item[2] else item[1])
    return alternatives


def _rarest_pair(items: list[str]) -> tuple[str, str]:
    """Return the two items in a row that the fewest characters match; after a single item, any character may stand."""
    pairs = [(a, b) for a, b in pairwise(items) if a and b]
    return min(pairs, key=lambda pair: sum(len(_matching(item)) for item in pair), default=(items[0], _ANY))


@cache
def _matching(item: str) -> set[str]:
    """Return the named characters that an item of the pattern matches."""
    spelt = _SPELT.fullmatch(item)  # to compile a class takes longer than to read it
    return {*re.findall(item, _NAMED)} if spelt is None else _members(spelt[1] or spelt[2]) & _EACH_NAMED


def _mark(*bodies: str) -> Marked:
    """Return which characters are of classes, written as between the brackets of a pattern."""
    marked = np.zeros(_PLANE + 1, np.bool_)
    marked[[*map(ord, _members("".join(bodies)))]] = True
    return marked


def _members(body: str) -> set[str]:
    return {
        chr(code)
        for first, last, one in re.findall(r"(.)-(.)|(.)", body, re.DOTALL)
        for code in range(ord(first or one), ord(last or one) + 1)
    }
