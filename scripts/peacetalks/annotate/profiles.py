"""Profile the events: what may identify each in a description of it, and the days of it and of its plans."""

from bisect import bisect_left, bisect_right

from msgspec import Struct
from msgspec.structs import replace

from peacetalks.annotate.entries import grammar_entries
from peacetalks.annotate.fold import fold
from peacetalks.annotate.lexicon import Item, Lexicon
from peacetalks.annotate.numerals import NUMBER_AFTER, number_value
from peacetalks.registry.actors import Actor
from peacetalks.registry.gazetteer import Event, Gazetteer, Series
from peacetalks.registry.grammar import Grammar, load_grammar

MATTER = "matter"  # the subject that an article of the process speaks of, such as its country
_FEW_SIDES = frozenset({"preparatory-or-bilateral-meeting", "summit"})
_SIDES = {3: "trilateral", 4: "quadrilateral"}

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
    """The days of every event as numbers, plans beside them; one object for one gazetteer, so that it can be a key."""

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


_FOUND: dict[int, tuple[Gazetteer, dict[str, Profile], Calendar]] = {}


def profiles_for(gazetteer: Gazetteer) -> tuple[dict[str, Profile], Calendar]:
    """Return the profiles of all events by id, in order of first day and id, and their days: one for all languages."""
    if id(gazetteer) not in _FOUND:  # the entry holds the gazetteer, so that its id stays its own
        profiles = _find_profiles(gazetteer, load_grammar())
        _FOUND[id(gazetteer)] = (gazetteer, profiles, Calendar(profiles))
    _, profiles, calendar = _FOUND[id(gazetteer)]
    return profiles, calendar


def _find_profiles(gazetteer: Gazetteer, grammar: Grammar) -> dict[str, Profile]:
    english = grammar.language("en")
    words = Lexicon(english, grammar_entries(grammar, gazetteer.actors, "en"))
    events = sorted(gazetteer.events.values(), key=lambda event: (event.start, event.id))
    tags = {name: _tags_of(line, words) for name, line in gazetteer.series.items()}
    profiles = {event.id: _profile(event, tags[event.series], gazetteer, grammar, words) for event in events}
    for name, profile in profiles.items():
        whole = profiles.get(profile.event.part_of or "")
        if whole is not None:  # "the first round of Geneva II"
            profiles[name] = replace(profile, numbered=profile.numbered | whole.numbered)
    return profiles


def is_round(event: Event) -> bool:
    """Say whether an event is a round: a track's first ones still carry the name of what it grew from."""
    return event.kind == "negotiation-round"


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
