"""Read the number of a conference: digits, or a Roman numeral."""

import re

_ONES = ("", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix")
ROMAN = [tens + ones for tens in ("", "x", "xx") for ones in _ONES][1:26]
NUMBER_AFTER = re.compile(rf"[\s\-\"]{{0,2}}(\d{{1,2}}|{'|'.join(sorted(ROMAN, key=len, reverse=True))})(?!\w)")


def number_value(word: str) -> int | None:
    """Return the value of digits or of a Roman numeral, folded, or None."""
    if word.isdigit():
        return int(word)
    return ROMAN.index(word) + 1 if word in ROMAN else None
