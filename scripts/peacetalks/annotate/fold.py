"""Fold a text for matching, one code point to one, so that offsets stay those of the text as published."""

import sys
import unicodedata
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

_SHORT = 40  # code points; to look up more of them in an array costs less than one by one
_REMEMBERED = 8192  # words: the same ones are asked for on page after page
_RARE = 0.1  # bytes beyond one a letter, of a text that is all but ASCII
_LETTERS_END = 0x3000  # beyond it stand scripts without case or diacritics, which no vocabulary here uses
_CASE_ENDS = 0x20000  # beyond the first two planes no letter has case
_ARABIC_FORMS = range(0xFB50, 0xFF00)
_DIGIT_ZEROS = (0x0660, 0x06F0)
_SIGNS = {
    "'": "‘’‚‛ʼʻ´′ʹ",
    '"': "“”„‟«»‹›″❝❞",
    "-": "‐‑‒–—―−",
    " ": "\u00a0\u202f\u205f" + "".join(map(chr, range(0x2000, 0x2010))),
    "ا": "ٱ",
    "ي": "یىېے",
    "ك": "کگ",
    "ه": "ةۀەھہ",
    "i": "ı",
    "o": "ø",
    "l": "ł",
    "d": "đ",
    "σ": "ς",
}


def fold(text: str) -> str:
    """Return the text lower-cased, without diacritics and variants of quotes, dashes, Arabic letters and digits.

    The result has as many code points as the text, so that an offset in one is an offset in the other.
    """
    if text.isascii():
        return text.lower()
    if len(text) < _SHORT:
        return _fold_word(text)
    return _without_grave_accents(_look_up(text, _fold_array()), text)


def blank_signs(text: str) -> str:
    """Return the text with a blank for each code point that is neither letter nor digit."""
    return _look_up(text, _blank_array())


def _look_up(text: str, array: NDArray[np.uint32]) -> str:
    """Return the text with what an array holds at the number of each code point."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    return array.take(codes).tobytes().decode("utf-32-le", "surrogatepass")


@lru_cache(_REMEMBERED)
def _fold_word(word: str) -> str:
    return _without_grave_accents(_lower(word).translate(_fold_table()), word)


def _lower(text: str) -> str:
    return text.replace("İ", "i").lower()  # the only letter whose lower case is longer than itself


def _without_grave_accents(folded: str, text: str) -> str:
    """Return what a text folds to with apostrophes for grave accents, if more than a few letters are beyond ASCII."""
    if "`" not in folded:
        return folded
    lowered = _lower(text)
    beyond = len(lowered.encode("utf-8", "surrogatepass")) - len(lowered)
    return folded.replace("`", "'") if beyond >= _RARE * len(lowered) else folded


@cache
def _fold_array() -> NDArray[np.uint32]:
    """Return what each code point folds to, its lower case looked up already; its own number where that is itself."""
    array = np.arange(sys.maxunicode + 1, dtype=np.uint32)
    for code, folded in _fold_table().items():
        array[code] = ord(folded)
    every = np.arange(_CASE_ENDS, dtype=np.uint32).tobytes().decode("utf-32-le", "surrogatepass")
    array[:_CASE_ENDS] = array.take(np.frombuffer(_lower(every).encode("utf-32-le", "surrogatepass"), np.uint32))
    return array


@cache
def _blank_array() -> NDArray[np.uint32]:
    every = np.arange(sys.maxunicode + 1, dtype=np.uint32)
    return np.where(np.strings.isalnum(every.view("U1")), every, np.uint32(ord(" ")))


@cache
def _fold_table() -> dict[int, str]:
    table: dict[str, str] = {}
    for code in (*range(0x80, _LETTERS_END), *_ARABIC_FORMS):
        character = chr(code)
        base = _base(character)
        if base != character:
            table[character] = base
    for target, variants in _SIGNS.items():
        table.update(dict.fromkeys(variants, target))
    for zero in _DIGIT_ZEROS:
        table.update({chr(zero + digit): str(digit) for digit in range(10)})
    return {ord(character): table.get(base, base) for character, base in table.items()}


def _base(character: str) -> str:
    """Return the letter that stands under the marks of this one, or the letter itself where there is not just one."""
    forms = ord(character) in _ARABIC_FORMS
    parts = unicodedata.normalize("NFKD", character) if forms else unicodedata.normalize("NFD", character)
    letters = [part for part in parts if not unicodedata.combining(part)]
    return letters[0].lower() if len(letters) == 1 and len(letters[0].lower()) == 1 else character
