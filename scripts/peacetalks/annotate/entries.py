"""List the words that linking looks for: those of the grammar, and those of one process."""

from msgspec import Struct

from peacetalks.registry.actors import Actors, Matter, Term
from peacetalks.registry.grammar import Grammar

_ENGLISH_NAMES = ("fr", "de", "es", "tr")  # languages whose pages write a name as English does


class Entry(Struct, frozen=True, gc=False):
    """A name of the vocabulary with what it stands for."""

    name: str
    kind: str
    value: str


def grammar_entries(grammar: Grammar, actors: Actors, language: str) -> list[Entry]:
    """Return the words of a language: those of the grammar, and those of one process."""
    tables = {
        "ordinal": grammar.ordinals,
        "count": grammar.counts,
        "month": grammar.months,
        "weekday": grammar.weekdays,
    }
    entries = [
        Entry(name, kind, str(position))
        for kind, table in tables.items()
        for position, names in enumerate(table.get(language, []), start=1)
        for name in names.split("|")
    ]
    terms: list[Term | Matter] = [*grammar.terms, *actors.terms]
    entries += [Entry(name, term.kind, term.value) for term in terms for name in term.names.get(language, [])]
    entries += [Entry(name, "place", place.id) for place in actors.places for name in _names(place.names, language)]
    return entries + [
        Entry(name, "actor", actor.id) for actor in actors.actors for name in _names(actor.names, language)
    ]


def _names(names: dict[str, list[str]], language: str) -> list[str]:
    return names.get(language) or (names.get("en", []) if language in _ENGLISH_NAMES else [])
