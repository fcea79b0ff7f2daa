"""What the gazetteer and the grammar together say of each event, computed once for a language."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from peacetalks.annotate.entries import Entry, grammar_entries
from peacetalks.annotate.fold import fold
from peacetalks.annotate.lexicon import Item, Lexicon
from peacetalks.registry.actors import Actor
from peacetalks.registry.gazetteer import Event, Gazetteer, Series
from peacetalks.registry.grammar import Grammar, Language, load_grammar

_FEW_SIDES = frozenset({"preparatory-or-bilateral-meeting", "summit"})
_SIDES = {3: "trilateral", 4: "quadrilateral"}
MATTER = "matter"  # the subject that an article of the process speaks of, such as its country
_ONES = ("", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix")
ROMAN = [tens + ones for tens in ("", "x", "xx") for ones in _ONES][1:26]
NUMBER_AFTER = re.compile(rf"[\s\-\"]{{0,2}}(\d{{1,2}}|{'|'.join(sorted(ROMAN, key=len, reverse=True))})(?!\w)")
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


Form = tuple[str, bool, bool]


class Profile(Struct, frozen=True, gc=False):
    """What may identify an event in a description of it."""

    event: Event
    places: frozenset[str]
    numbered: frozenset[tuple[str, int]]  # such as Geneva, 2
    actors: frozenset[str]
    hosts: frozenset[str]
    tags: frozenset[str]
    sides: bool  # the government takes part, so that it can face its opposition
    form: Form  # its kind, whether it is a part of a conference, whether it was no more than an idea


class Calendar:
    """The days of every event as numbers, plans beside them; one object for one index, so that it can be a key."""

    __slots__ = ("_longest", "_planned", "_profiles", "_spans", "_starts")

    def __init__(self, profiles: dict[str, Profile]) -> None:
        """Turn the days into numbers once; `profiles` are in order of their first days."""
        self._profiles = [*profiles.values()]
        self._spans = {name: _numbered_days(profile.event) for name, profile in profiles.items()}
        self._starts = [start for start, _, _ in self._spans.values()]
        self._longest = max((end - start for start, end, _ in self._spans.values()), default=0)
        self._planned = [profile for profile in self._profiles if profile.event.planned_days]

    def away(self, name: str, low: int, high: int) -> int:
        """Return how many days an event is from the days `low` to `high`.

        Where it is yet to start, a plan of it that still held is as good.
        """
        start, end, plans = self._spans[name]
        if start <= high:
            return max(0, low - end)
        return min([start - high, *(max(0, first - high, low - last) for first, last in plans if last >= low)])

    def near(self, low: int, high: int, days: int) -> list[Profile]:
        """Return the events at most so many days away, in order of their first days."""
        beyond = bisect_right(self._starts, high + days)
        found = self._profiles[bisect_left(self._starts, low - days - self._longest) : beyond]
        found += [profile for profile in self._planned if self._spans[profile.event.id][0] > high + days]
        return [profile for profile in found if self.away(profile.event.id, low, high) <= days]


def _numbered_days(event: Event) -> tuple[int, int, list[tuple[int, int]]]:
    """Return the first and the last day of an event and of each plan of it as numbers."""
    plans = [(first.toordinal(), last.toordinal()) for first, last in event.planned_days]
    return event.start.toordinal(), event.end.toordinal(), plans


class Index(Struct, frozen=True, gc=False):
    """Everything that linking in one language needs, with the gazetteer that it was made from."""

    gazetteer: Gazetteer
    grammar: Grammar
    language: Language
    words: Lexicon
    telling: list[bool]  # by pattern: whether a word of it promises a meeting, or says what an article is about
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


def number_value(word: str) -> int | None:
    """Return the value of digits or of a Roman numeral, folded, or None."""
    if word.isdigit():
        return int(word)
    return ROMAN.index(word) + 1 if word in ROMAN else None


def _build(gazetteer: Gazetteer, grammar: Grammar, rules: Language) -> Index:
    names = [*_literal_names(gazetteer, grammar, rules), *_look_alikes(gazetteer, rules.id)]
    names += [
        Entry(n, "epithet", line.id) for line in gazetteer.series.values() for n in line.epithets.get(rules.id, [])
    ]
    own = grammar_entries(grammar, gazetteer.actors, rules.id)
    english = grammar.language("en")
    english_words = Lexicon(english, grammar_entries(grammar, gazetteer.actors, "en"))
    events = sorted(gazetteer.events.values(), key=lambda event: (event.start, event.id))
    tags = {name: _tags_of(line, english_words) for name, line in gazetteer.series.items()}
    profiles = {event.id: _profile(event, tags[event.series], gazetteer, grammar, english_words) for event in events}
    for name, profile in profiles.items():
        whole = profiles.get(profile.event.part_of or "")
        if whole is not None:  # "the first round of Geneva II"
            profiles[name] = replace(profile, numbered=profile.numbered | whole.numbered)
    entries = [*own, *names]
    words = Lexicon(rules, entries)
    country = sorted({fold(e.name) for e in entries if e.kind == "subject" and e.value == MATTER}, key=_by_length)
    return Index(
        gazetteer=gazetteer,
        grammar=grammar,
        language=rules,
        words=words,
        telling=words.patterns.beginning(_is_telling),
        own=Lexicon(rules, filter(is_own, entries), few=True),
        matter=tuple(country[:_SHORTEST]),
        profiles=profiles,
        calendar=Calendar(profiles),
        by_place=_by_place(profiles.values()),
        by_number=_by_number(profiles.values()),
        lines={name: gazetteer.events_of(name) for name in gazetteer.series},
        by_series={name: _of_series(gazetteer, name, profiles.values()) for name in gazetteer.series},
        called_series=_called(gazetteer.series.values(), rules, words),
        called=_called(gazetteer.events.values(), rules, words),
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


def is_round(event: Event) -> bool:
    """Say whether an event is a round: a track's first ones still carry the name of what it grew from."""
    return event.kind == "negotiation-round"


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


def _called(entries: Iterable[Event] | Iterable[Series], rules: Language, words: Lexicon) -> dict[Key, frozenset[str]]:
    """Return the events or series by what each of their names says, for names of two features and more."""
    table: dict[Key, set[str]] = {}
    for entry in entries:
        for name in entry.aliases.get(rules.id, []):
            key = name_key(words.find(name, fold(name)))
            if len({kind for kind, _ in key} - {"subject"}) > 1:
                table.setdefault(key, set()).add(entry.id)
    return {key: frozenset(events) for key, events in table.items()}


def _look_alikes(gazetteer: Gazetteer, language: str) -> list[Entry]:
    entries = []
    for entry in gazetteer.look_alikes.values():
        entries += [Entry(name, "look-alike", entry.id) for name in entry.aliases.get(language, [])]
        entries += [Entry(name, "cue", entry.id) for name in entry.cues.get(language, [])]
    return entries


def _tags_of(line: Series, words: Lexicon) -> list[str]:
    names = (line.name, *line.aliases.get("en", []))
    return [item.value for name in names for item in words.find(name, fold(name)) if item.kind == "tag"]


def _profile(event: Event, of_series: list[str], gazetteer: Gazetteer, grammar: Grammar, words: Lexicon) -> Profile:
    own = {
        place.id
        for place in gazetteer.actors.places
        if {place.city, *place.cities} & set(event.cities) or (place.country and place.country == event.country)
    }
    places, tags, numbered = set(own), {*of_series}, set[tuple[str, int]]()
    for name in (event.name, *event.aliases.get("en", []), *event.also_numbered):
        folded = fold(name)
        for item in words.find(name, folded):
            if item.kind == "tag":
                tags.add(item.value)
            elif item.kind == "place":
                places.add(item.value)
                match = NUMBER_AFTER.fullmatch(folded, item.end)
                value = number_value(match[1]) if match else None
                if value is not None and not item.start:
                    numbered.add((item.value, value))
    if event.kind in grammar.tags:
        tags.add(grammar.tags[event.kind])
    if event.kind in _FEW_SIDES and (tag := _SIDES.get(len(event.participants))):
        tags.add(tag)
    hosts = _actors(event.convener or "", gazetteer.actors.actors, words)
    actors = hosts | _actors(
        "; ".join((event.name.partition("(")[0], *event.participants)), gazetteer.actors.actors, words
    )
    parties = _actors("; ".join(event.participants), gazetteer.actors.actors, words)
    sides = not parties.isdisjoint({"government", MATTER})
    form = (event.kind, event.part_of is not None, event.status == "proposed-never-held")
    return Profile(event, frozenset(places), frozenset(numbered), actors, hosts, frozenset(tags), sides, form)


def _actors(told: str, actors: list[Actor], words: Lexicon) -> frozenset[str]:
    found = [item for item in words.find(told, fold(told)) if item.kind in ("actor", "subject")]
    named = {item.value for item in found if item.value != "peace" and not _in_title(told, item)}
    states = {state for actor in actors if actor.id in named for state in actor.states}
    return frozenset(named | states)


def _in_title(told: str, item: Item) -> bool:
    """Say whether a subject is what the meeting is about, as in "talks on Syria", and no party to it."""
    return item.kind == "subject" and told[max(0, item.start - 3) : item.start] == "on "
