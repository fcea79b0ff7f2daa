"""What the gazetteer and the grammar together say of each event, computed once for a language."""

import re
from collections.abc import Iterable

from msgspec import Struct

from peacetalks.annotate.entries import Entry, grammar_entries
from peacetalks.annotate.fold import fold
from peacetalks.annotate.lexicon import Item, Lexicon
from peacetalks.annotate.numerals import ROMAN
from peacetalks.annotate.profiles import MATTER, Calendar, Profile, is_round, profiles_for
from peacetalks.registry.gazetteer import Event, Gazetteer, Series
from peacetalks.registry.grammar import Grammar, Language, load_grammar

_GLUE = re.compile(r"[^\W\d_]+")
_KEYED = frozenset({"noun", "place", "tag", "subject", "ordinal", "number", "series"})
_DESCRIPTIVE = frozenset({"noun", "place", "actor", "tag", "subject", "ordinal", "count", "relative", "series"})
_SHORTEST = 3  # names of the country

PROMISING = frozenset({"noun", "event", "series", "place", "meet", "ordinal"})
FOREIGN = frozenset({"cue", "look-alike"})  # what names another matter

Key = frozenset[tuple[str, str]]


def is_own(word: Item | Entry) -> bool:
    """Say whether a word names the process: its country, those who stand for it alone, or a name of an event."""
    return word.kind in ("gate", "event") or (word.kind == "subject" and word.value == MATTER)


def _is_telling(word: Entry) -> bool:
    return word.kind in PROMISING or word.kind in FOREIGN or is_own(word)


def _by_length(name: str) -> tuple[int, str]:
    return len(name), name


def name_key(items: Iterable[Item]) -> Key:
    """Return what a description says, apart from word order and inflection, to compare it with the known names."""
    return frozenset([(item.kind, item.value) for item in items if item.kind in _KEYED])


class Index(Struct, frozen=True, gc=False):
    """Everything that linking in one language needs, with the gazetteer that it was made from."""

    gazetteer: Gazetteer
    grammar: Grammar
    language: Language
    telling: Lexicon  # the words that promise a meeting, or say what an article is about
    others: Lexicon
    own: Lexicon  # those of the words that name the process itself
    matter: tuple[str, ...]  # its country's shortest names, folded
    profiles: dict[str, Profile]  # by first day and id, so that ties keep that order
    calendar: Calendar
    by_place: dict[str, list[Profile]]
    by_number: dict[int, list[Profile]]  # by round, or by another number that they bear
    lines: dict[str, list[Event]]  # the events of each series by their first day
    by_series: dict[str, list[Profile]]  # those of it and of the series below it, and the rounds of its parent
    called_series: dict[Key, frozenset[str]]
    called: dict[Key, frozenset[str]]  # events by the names of the gazetteer that are descriptions themselves
    tags: frozenset[str]
    actors: frozenset[str]
    countries: frozenset[str]  # places that are no city
    governments: frozenset[str]  # places whose name also means a government
    organisations: frozenset[str]  # actors that host more than they take part
    persons: frozenset[str]  # those actors who speak for a side
    families: dict[str, frozenset[str]]  # a series and those below it
    main: dict[tuple[str | None, bool], dict[str, Event]]  # what a noun alone may mean, kept when first asked for


_INDEXES: dict[tuple[int, str], Index] = {}


def index_for(gazetteer: Gazetteer, language: str) -> Index:
    """Return the index of a gazetteer in a language, made when first asked for."""
    grammar = load_grammar()
    rules = grammar.language(language)
    key = (id(gazetteer), rules.id)  # the index holds the gazetteer, so that its id stays its own
    if key not in _INDEXES:
        _INDEXES[key] = _build(gazetteer, grammar, rules)
    return _INDEXES[key]


def _build(gazetteer: Gazetteer, grammar: Grammar, rules: Language) -> Index:
    names = [*_literal_names(gazetteer, grammar, rules), *_look_alikes(gazetteer, rules.id)]
    names += [
        Entry(n, "epithet", line.id) for line in gazetteer.series.values() for n in line.epithets.get(rules.id, [])
    ]
    own = grammar_entries(grammar, gazetteer.actors, rules.id)
    profiles, calendar = profiles_for(gazetteer)
    entries = [*own, *names]
    telling, others = (Lexicon(rules, [e for e in entries if _is_telling(e) is told]) for told in (True, False))
    country = sorted({fold(e.name) for e in entries if e.kind == "subject" and e.value == MATTER}, key=_by_length)
    return Index(
        gazetteer=gazetteer,
        grammar=grammar,
        language=rules,
        telling=telling,
        others=others,
        own=Lexicon(rules, filter(is_own, entries), few=True),
        matter=tuple(country[:_SHORTEST]),
        profiles=profiles,
        calendar=calendar,
        by_place=_by_place(profiles.values()),
        by_number=_by_number(profiles.values()),
        lines={name: gazetteer.events_of(name) for name in gazetteer.series},
        by_series={name: _of_series(gazetteer, name, profiles.values()) for name in gazetteer.series},
        called_series=_called(gazetteer.series.values(), rules, (telling, others)),
        called=_called(gazetteer.events.values(), rules, (telling, others)),
        tags=frozenset(term.value for term in grammar.terms if term.kind == "tag"),
        actors=frozenset({actor.id for actor in gazetteer.actors.actors} | {MATTER}),
        countries=frozenset(place.id for place in gazetteer.actors.places if place.country),
        governments=frozenset(place.id for place in gazetteer.actors.places if place.government),
        organisations=frozenset(actor.id for actor in gazetteer.actors.actors if actor.organisation),
        persons=frozenset(actor.id for actor in gazetteer.actors.actors if actor.states),
        families={name: _family(gazetteer, name) for name in gazetteer.series},
        main={},
    )


def _by_place(profiles: Iterable[Profile]) -> dict[str, list[Profile]]:
    table: dict[str, list[Profile]] = {}
    for profile in profiles:
        for place in profile.places:
            table.setdefault(place, []).append(profile)
    return table


def _by_number(profiles: Iterable[Profile]) -> dict[int, list[Profile]]:
    table: dict[int, list[Profile]] = {}
    for profile in profiles:
        numbers = {number for _, number in profile.numbered}
        for number in numbers if profile.event.round is None else numbers | {profile.event.round}:
            table.setdefault(number, []).append(profile)
    return table


def _of_series(gazetteer: Gazetteer, name: str, profiles: Iterable[Profile]) -> list[Profile]:
    family, parent = _family(gazetteer, name), gazetteer.series[name].parent
    return [p for p in profiles if p.event.series in family or (p.event.series == parent and is_round(p.event))]


def _family(gazetteer: Gazetteer, name: str) -> frozenset[str]:
    children = [entry.id for entry in gazetteer.series.values() if entry.parent == name]
    return frozenset({name}.union(*(_family(gazetteer, child) for child in children)))


def _literal_names(gazetteer: Gazetteer, grammar: Grammar, rules: Language) -> list[Entry]:
    """Return the names that the grammar does not take apart by itself: series first, then events."""
    known = grammar_entries(grammar, gazetteer.actors, rules.id)
    joining = _Joining(rules)
    found: list[Entry] = []
    for kind, table in (("series", gazetteer.series), ("event", gazetteer.events)):
        words = Lexicon(rules, [*known, *found])
        for entry in table.values():
            names = entry.aliases.get(rules.id, [])
            found += [Entry(name, kind, entry.id) for name in names if not joining.is_description(name, words)]
    return found


class _Joining:
    """What may stand between the parts of a description in one language: ordinals, and words that join."""

    def __init__(self, rules: Language) -> None:
        self._ordinal = re.compile(rf"(?<!\w)(?:{rules.ordinal})(?!\w)")
        self._glue = {*map(fold, (*rules.links, *rules.definite, *rules.determiners, *rules.modifiers)), *ROMAN}

    def is_description(self, name: str, words: Lexicon) -> bool:
        """Say whether a name is made of no more than what the grammar takes apart by itself."""
        folded = fold(name)
        covered = [*folded]
        for item in words.find(name, folded):
            if item.kind in _DESCRIPTIVE:
                covered[item.start : item.end] = " " * (item.end - item.start)
        rest = self._ordinal.sub(" ", "".join(covered))
        return all(word in self._glue for word in _GLUE.findall(rest))


def _called(
    entries: Iterable[Event] | Iterable[Series], rules: Language, lexicons: Iterable[Lexicon]
) -> dict[Key, frozenset[str]]:
    """Return the events or series by what each of their names says, for names of two features and more."""
    table: dict[Key, set[str]] = {}
    for entry in entries:
        for name in entry.aliases.get(rules.id, []):
            key = name_key(item for words in lexicons for item in words.find(name, fold(name)))
            if len({kind for kind, _ in key} - {"subject"}) > 1:
                table.setdefault(key, set()).add(entry.id)
    return {key: frozenset(events) for key, events in table.items()}


def _look_alikes(gazetteer: Gazetteer, language: str) -> list[Entry]:
    entries = []
    for entry in gazetteer.look_alikes.values():
        entries += [Entry(name, "look-alike", entry.id) for name in entry.aliases.get(language, [])]
        entries += [Entry(name, "cue", entry.id) for name in entry.cues.get(language, [])]
    return entries
