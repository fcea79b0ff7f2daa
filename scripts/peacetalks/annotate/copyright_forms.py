"""Weigh what a copyright line says of a page's publisher and of the source of its text."""

import re
from collections.abc import Iterator
from functools import cache

from peacetalks.annotate.fold import fold
from peacetalks.annotate.frame import Line
from peacetalks.annotate.outlet_names import Found
from peacetalks.annotate.source_clues import Clue, of_agency
from peacetalks.registry.credits import all_words, load_credits

_FEWEST_OF_NAME, _MOST_OF_NAME = 2, 3  # words
_DIGIT = re.compile(r"\d")
_YEAR = re.compile(r"(?:19|20)\d\d")


def copyright_clues(line: Line, found: list[Found]) -> Iterator[Clue]:
    """Weigh who may copy: the first that is named, and whoever is said to have helped."""
    for place, hit in enumerate(hit for hit in found[:3] if not _is_photographers(line, hit)):
        helped = line.says("helped", 0, hit.start) or line.says("helped", hit.end, hit.end + 40)
        outlet = hit.outlet
        if helped:
            yield Clue(outlet, 0, 0.75, line.folded)
        elif place and outlet.id != found[0].outlet.id and outlet.kind != "agency":
            yield Clue(outlet, 0.3, 0, line.folded)
        elif outlet.kind != "agency":
            yield Clue(outlet, 0.85, 0, line.folded)
        elif outlet.wholesale or not (_YEAR.search(line.text) or line.says("copyright")):
            yield Clue(outlet, of_agency(outlet), 0.75, line.folded)
        else:
            yield Clue(outlet, 0.62, 0.65, line.folded)


def _is_photographers(line: Line, hit: Found) -> bool:
    """Tell whether a sign such as "© Agency A Photographer" reserves a picture: there is no year, but a person."""
    if hit.outlet.kind != "agency" or line.says("copyright") or _DIGIT.search(line.folded) is not None:
        return False
    words = f"{line.text[: hit.start]} {line.text[hit.end :]}".replace("©", " ").strip(" /.,:-").split()
    named = all(word[0].isupper() and word.isalpha() and fold(word) not in _not_names() for word in words)
    return named and _FEWEST_OF_NAME <= len(words) <= _MOST_OF_NAME


@cache
def _not_names() -> frozenset[str]:
    return frozenset(fold(word) for word in all_words(load_credits().not_names))
