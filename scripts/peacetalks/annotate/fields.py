"""The fields of an article as linking reads them: folded, and with the names that stand in them."""

from msgspec import Struct

from peacetalks.annotate.index import Index
from peacetalks.annotate.lexicon import Item

Span = tuple[int, int]


class Field(Struct, frozen=True, gc=False):
    """A field (title or text): `telling` are the names in it that matter anywhere.

    What other words mean is asked only of the sentences that may speak of a meeting: of most texts that is a fifth.
    """

    name: str
    text: str
    folded: str
    telling: list[Item]


def read_field(name: str, text: str, folded: str, index: Index) -> Field:
    """Return a field with what tells in it."""
    return Field(name, text, folded, index.telling.find(text, folded))


def names_in(field: Field, spans: list[Span], index: Index) -> list[Item]:
    """Return the names of a field in order of start and then longest first: all in some stretches, of others some."""
    text, folded, others = field.text, field.folded, index.others
    hits = [hit for low, high in _joined(spans, others.patterns.longest) for hit in others.search(folded, low, high)]
    return sorted([*field.telling, *others.read(text, folded, hits)], key=_by_place_and_name)


def _joined(spans: list[Span], reach: int) -> list[Span]:
    """Return spans, as one those that a name may reach across from one to the next, so that none is searched twice."""
    joined = spans[:1]
    for low, high in spans[1:]:
        if low - joined[-1][1] <= reach:
            joined[-1] = joined[-1][0], high
        else:
            joined.append((low, high))
    return joined


def _by_place_and_name(item: Item) -> tuple[int, int, str, str]:
    return item.start, -item.end, item.kind, item.value
