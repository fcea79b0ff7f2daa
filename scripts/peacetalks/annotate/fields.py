"""The fields of an article as linking reads them: folded, and with the names that stand in them."""

from bisect import bisect_right
from typing import NamedTuple

from peacetalks.annotate.index import Index
from peacetalks.annotate.lexicon import Hit, Item


class Field(NamedTuple):
    """A field (title or text): `hits` are all places where a name may begin, `telling` the names that matter anywhere.

    What other words mean is asked only of the sentences that may speak of a meeting: of most texts that is a fifth.
    """

    name: str
    text: str
    folded: str
    hits: list[Hit]
    telling: list[Item]


def read_field(name: str, text: str, folded: str, index: Index) -> Field:
    """Return a field with what was found in it."""
    hits, telling = index.words.search(folded), index.telling
    return Field(name, text, folded, hits, index.words.read(text, folded, [hit for hit in hits if telling[hit[0]]]))


def names_in(field: Field, spans: list[tuple[int, int]], index: Index) -> list[Item]:
    """Return all names that start in some stretches of a field, in order of start and then longest first."""
    telling, starts = index.telling, [start for start, _ in spans]
    inside = []
    for hit in field.hits:
        if not telling[hit[0]]:
            rank = bisect_right(starts, hit[1]) - 1
            if rank >= 0 and hit[1] <= spans[rank][1]:
                inside.append(hit)
    return sorted([*field.telling, *index.words.read(field.text, field.folded, inside)], key=_by_place_and_name)


def _by_place_and_name(item: Item) -> tuple[int, int, str, str]:
    return item.start, -item.end, item.kind, item.value
