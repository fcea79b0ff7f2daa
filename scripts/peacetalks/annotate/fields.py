"""The fields of an article as linking reads them: folded, and with the names that stand in them."""

from bisect import bisect_left
from operator import itemgetter

from msgspec import Struct

from peacetalks.annotate.index import Index
from peacetalks.annotate.lexicon import Hit, Item

_end = itemgetter(2)


class Field(Struct, frozen=True, gc=False):
    """A field (title or text): `telling` are the names that matter anywhere, `others` where any other may begin.

    What other words mean is asked only of the sentences that may speak of a meeting: of most texts that is a fifth.
    """

    name: str
    text: str
    folded: str
    others: list[Hit]
    telling: list[Item]


def read_field(name: str, text: str, folded: str, index: Index) -> Field:
    """Return a field with what was found in it."""
    hits, telling = index.words.search(folded), index.telling
    others = [hit for hit in hits if not telling[hit[0]]]
    return Field(name, text, folded, others, index.words.read(text, folded, [hit for hit in hits if telling[hit[0]]]))


def names_in(field: Field, spans: list[tuple[int, int]], index: Index) -> list[Item]:
    """Return the names of a field in order of start and then longest first: all in some stretches, of others some."""
    hits, longest, last = field.others, index.words.patterns.longest, 0
    inside: list[Hit] = []
    for low, high in spans:  # hits are in order of their ends
        first = bisect_left(hits, low, last, key=_end)
        last = bisect_left(hits, high + longest, first, key=_end)
        inside += hits[first:last]
    return sorted([*field.telling, *index.words.read(field.text, field.folded, inside)], key=_by_place_and_name)


def _by_place_and_name(item: Item) -> tuple[int, int, str, str]:
    return item.start, -item.end, item.kind, item.value
