"""Tables over the characters of the basic plane: what kind each is, its folded form, and its script.

Characters beyond the basic plane are looked up as U+FFFF, which the tables count as a symbol.
"""

import unicodedata
from enum import IntEnum
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt


class Kind(IntEnum):
    """What a character is in a line of text."""

    OTHER = 0
    SPACE = 1
    LOWER = 2
    UPPER = 3
    CASELESS = 4
    CJK = 5
    DIGIT = 6
    PERIOD = 7
    QUESTION = 8
    ELLIPSIS = 9
    COMMA = 10
    COLON = 11
    SEMICOLON = 12
    QUOTE = 13
    OPENER = 14
    CLOSER = 15
    DASH = 16
    PIPE = 17
    BULLET = 18
    SLASH = 19
    AT = 20
    HASH = 21
    COPYRIGHT = 22
    CODE = 23
    SYMBOL = 24


class Script(IntEnum):
    """The scripts that a page's lines are told apart by."""

    LATIN = 0
    CYRILLIC = 1
    ARABIC = 2
    CJK = 3
    OTHER = 4
    DIGIT = 5


class Tables(NamedTuple):
    """Arrays of 65,536 entries: kind and script of a code point, and the code point it folds to.

    `packed` holds both kind (in the upper 16 bits) and fold.
    """

    kind: npt.NDArray[np.uint8]
    script: npt.NDArray[np.uint8]
    fold: npt.NDArray[np.uint16]
    packed: npt.NDArray[np.uint32]


_SPELT = {
    Kind.SPACE: "\t\n\v\f\r",
    Kind.PERIOD: ".。।॥۔።．｡",
    Kind.QUESTION: "!?！？؟՞¡¿",
    Kind.ELLIPSIS: "…",
    Kind.COMMA: ",،、，",
    Kind.COLON: ":：",
    Kind.SEMICOLON: ";؛；",
    Kind.QUOTE: "\"'“”„‟‘’‚‹›«»「」『』《》〈〉＂`´",
    Kind.OPENER: "([【（［",
    Kind.CLOSER: ")]】）］",
    Kind.DASH: "-‐‑‒–—―−ー~",
    Kind.PIPE: "|·∣¦｜•‧→←⟩>",
    Kind.BULLET: "*‣▪■□►▶●○◆★☆✓✔▸▼▲■",
    Kind.SLASH: "/\\",
    Kind.AT: "@",
    Kind.HASH: "#",
    Kind.COPYRIGHT: "©®™",
    Kind.CODE: "{}=_<&^$",
}
_BY_CATEGORY = {
    "Lu": Kind.UPPER,
    "Lt": Kind.UPPER,
    "Ll": Kind.LOWER,
    "Lo": Kind.CASELESS,
    "Lm": Kind.CASELESS,
    "Mn": Kind.CASELESS,
    "Mc": Kind.CASELESS,
    "Nd": Kind.DIGIT,
    "Zs": Kind.SPACE,
    "Zl": Kind.SPACE,
    "Zp": Kind.SPACE,
    "Pd": Kind.DASH,
    "Ps": Kind.OPENER,
    "Pe": Kind.CLOSER,
    "Pi": Kind.QUOTE,
    "Pf": Kind.QUOTE,
    "Sc": Kind.SYMBOL,
    "Sm": Kind.SYMBOL,
    "So": Kind.SYMBOL,
    "Cs": Kind.SYMBOL,
}
_SCRIPTS = {
    Script.LATIN: [(0x41, 0x24F), (0x1E00, 0x1EFF)],
    Script.CYRILLIC: [(0x400, 0x52F)],
    Script.ARABIC: [(0x600, 0x6FF), (0x750, 0x77F), (0xFB50, 0xFDFF), (0xFE70, 0xFEFF)],
    Script.CJK: [(0x1100, 0x11FF), (0x3040, 0x30FF), (0x3130, 0x318F), (0x3400, 0x9FFF), (0xAC00, 0xD7AF)],
}
# Written without spaces between words, so that its characters stand in for words. Hangul is not: it has spaces.
_UNSPACED = [(0x3040, 0x30FF), (0x3400, 0x9FFF), (0xF900, 0xFAFF), (0x0E00, 0x0E7F)]
# Joiners belong to the word around them in Persian and in Indic scripts.
_JOINERS = (0x200C, 0x200D)


@cache
def tables() -> Tables:
    """Return the tables, made once a process."""
    plane = np.arange(65536, dtype=np.uint32).tobytes().decode("utf-32-le", "surrogatepass")
    kinds = {category: int(kind) for category, kind in _BY_CATEGORY.items()}
    kind = np.array([kinds.get(category, 0) for category in map(unicodedata.category, plane)], np.uint8)
    small = plane.replace("İ", "i").lower()  # the only letter whose lower case is longer than itself
    fold = np.frombuffer(small.encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.uint16)
    fold[ord("İ")] = ord("İ")
    for first, last in _UNSPACED:
        span = kind[first : last + 1]
        span[span == Kind.CASELESS] = Kind.CJK
    for name, characters in _SPELT.items():
        kind[[ord(character) for character in characters]] = name
    kind[list(_JOINERS)] = Kind.CASELESS
    kind[0xFFFF] = Kind.SYMBOL
    for code in np.flatnonzero(kind == Kind.DIGIT).tolist():
        fold[code] = ord("0") + unicodedata.digit(chr(code))
    # Arabic and Persian keyboards write the same letters with different code points.
    for variant, letter in zip("يىكأإآةۀ", "ییکاااهه", strict=True):
        fold[ord(variant)] = ord(letter)
    script = np.full(65536, Script.OTHER, np.uint8)
    for writing, spans in _SCRIPTS.items():
        for first, last in spans:
            script[first : last + 1] = writing
    script[kind == Kind.DIGIT] = Script.DIGIT
    packed = (kind.astype(np.uint32) << np.uint32(16)) | fold.astype(np.uint32)
    return Tables(kind, script, fold, packed)
