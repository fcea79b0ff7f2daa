"""Fold a text for matching, one code point to one, so that offsets stay those of the text as published."""

import re
import unicodedata
from functools import cache

_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
_RARE = 0.1  # a text with fewer letters beyond ASCII is searched for them, of others every letter is looked up
_LETTERS_END = 0x3000  # beyond it stand scripts without case or diacritics, which no vocabulary here uses
_ARABIC_FORMS = range(0xFB50, 0xFF00)
_DIGIT_ZEROS = (0x0660, 0x06F0)
_SIGNS = {
    "'": "‘’‚‛ʼʻ`´′ʹ",
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
    folded = text.replace("İ", "i").lower()  # the only letter whose lower case is longer than itself
    if folded.isascii():
        return folded
    table = _fold_table()
    rare = len(folded.encode("utf-8", "surrogatepass")) - len(folded) < _RARE * len(folded)
    for character in table.keys() & set(_BEYOND_ASCII.findall(folded) if rare else folded):
        folded = folded.replace(character, table[character])
    return folded


@cache
def _fold_table() -> dict[str, str]:
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
    return {character: table.get(base, base) for character, base in table.items()}


def _base(character: str) -> str:
    """Return the letter that stands under the marks of this one, or the letter itself where there is not just one."""
    forms = ord(character) in _ARABIC_FORMS
    parts = unicodedata.normalize("NFKD", character) if forms else unicodedata.normalize("NFD", character)
    letters = [part for part in parts if not unicodedata.combining(part)]
    return letters[0].lower() if len(letters) == 1 and len(letters[0].lower()) == 1 else character
