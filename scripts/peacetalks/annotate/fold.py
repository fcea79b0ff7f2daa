"""Fold a text for matching, one code point to one, so that offsets stay those of the text as published."""

import sys
import unicodedata
from functools import cache

import numpy as np
from numpy.typing import NDArray

_SHORT = 40  # code points; to look up more of them in an array costs less than one by one
_RARE = 0.1  # bytes beyond one a letter, of a text that is all but ASCII
_LETTERS_END = 0x3000  # beyond it stand scripts without case or diacritics, which no vocabulary here uses
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
    folded = text.replace("İ", "i").lower()  # the only letter whose lower case is longer than itself
    if len(folded) < _SHORT:
        folded = folded.translate(_fold_table())
    else:
        codes = np.frombuffer(folded.encode("utf-32-le", "surrogatepass"), np.uint32)
        folded = _fold_array()[codes].tobytes().decode("utf-32-le", "surrogatepass")
    return folded.replace("`", "'") if "`" in folded and _is_foreign(text) else folded


def _is_foreign(text: str) -> bool:
    """Tell whether more than a few letters are beyond ASCII: only there a grave accent is taken for an apostrophe."""
    lowered = text.replace("İ", "i").lower()
    return len(lowered.encode("utf-8", "surrogatepass")) - len(lowered) >= _RARE * len(lowered)


@cache
def _fold_array() -> NDArray[np.uint32]:
    """Return what each code point folds to; its own number where that is itself."""
    array = np.arange(sys.maxunicode + 1, dtype=np.uint32)
    for code, folded in _fold_table().items():
        array[code] = ord(folded)
    return array


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
