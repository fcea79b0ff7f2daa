"""Find words and names in a folded text where they stand whole: no letter or digit joins them to what is around."""

from collections.abc import Iterable
from operator import itemgetter

from ahocorasick_rs import AhoCorasick, MatchKind

from peacetalks.annotate.fold import blank_signs

Hit = tuple[int, int, int]  # the number of what was looked for, and two offsets

_CJK = range(0x3040, 0xA000)
_FIRST_CJK = chr(_CJK.start)
_by_end = itemgetter(2, 1)


class WholeWords:
    """Folded words and names, ready to be found."""

    def __init__(self, words: Iterable[str]) -> None:
        """Compile the words; at the blanks that part one from others the search leaves most of a text at once."""
        spelt: dict[str, list[tuple[int, str, int]]] = {}
        for number, word in enumerate(words):
            before, after = _blank_beside(word[0]), _blank_beside(word[-1])
            spelt.setdefault(f"{before}{blank_signs(word)}{after}", []).append((number, word, len(before)))
        self._words = [*spelt.values()]
        self._matcher = AhoCorasick(spelt, matchkind=MatchKind.Standard)

    def find(self, folded: str) -> list[Hit]:
        """Return where they stand, overlapping ones included, in order of their ends and then the longest first."""
        bounded = f"\n{folded}\n"
        found = [
            (number, at - 1, at - 1 + len(word))
            for pattern, start, _ in self._matcher.find_matches_as_indexes(blank_signs(bounded), overlapping=True)
            for number, word, blanks in self._words[pattern]
            if bounded.startswith(word, at := start + blanks) and _is_whole(bounded, at, at + len(word))
        ]
        return sorted(found, key=_by_end)


def _blank_beside(letter: str) -> str:
    """Return the blank that stands beside a whole word which begins or ends so, or nothing where there may be none."""
    return " " if letter.isalnum() and not _is_cjk(letter) else ""


def _is_whole(bounded: str, start: int, end: int) -> bool:
    return not (_joins(bounded[start - 1], bounded[start]) or _joins(bounded[end - 1], bounded[end]))


def _joins(left: str, right: str) -> bool:
    """Tell whether two neighbouring characters are of one word; Chinese and Japanese do not part words."""
    return left.isalnum() and right.isalnum() and (left < _FIRST_CJK or not (_is_cjk(left) and _is_cjk(right)))


def _is_cjk(letter: str) -> bool:
    return ord(letter) in _CJK
