"""What a description says that may tell one event from another, gathered once before events are weighed."""

from collections.abc import Iterable
from dataclasses import dataclass

from peacetalks.annotate.descriptions import Description, Tense
from peacetalks.annotate.index import Index, Key, name_key
from peacetalks.annotate.when import Days, When

_IN_LINE = frozenset({"next", "last", "previous"})


@dataclass(frozen=True, slots=True)
class Clues:
    """The values of a description by kind; `near` ones stand elsewhere in its sentence, outside other descriptions."""

    noun: str | None
    key: Key
    events: frozenset[str]
    series: frozenset[str]
    series_near: frozenset[str]
    numbers: tuple[int, ...]
    ordinals: tuple[int, ...]
    places: frozenset[str]
    places_near: frozenset[str]
    tags: frozenset[str]
    tags_near: frozenset[str]
    actors: frozenset[str]
    actors_near: frozenset[str]
    persons_near: frozenset[str]
    party: frozenset[str]
    members: bool  # told by its members, such as ministers, without their names
    sides: bool  # the government and the opposition
    bilateral: bool
    days: tuple[Days, ...]
    days_near: tuple[Days, ...]
    days_exact: tuple[Days, ...]  # those of them that name their year
    tense: Tense | None
    of_peace: bool  # told as peace talks
    asked: bool  # for the next or the last of a line, however far that is


def gather_clues(one: Description, index: Index) -> Clues:
    """Return what the description and its sentence say."""
    party = one.party
    both_sides = {"government", "opposition"} <= party
    tags = ({*one.values("tag")} | party) & index.tags
    if "government" in party:
        tags -= {"opposition"}  # the two sides at one table make no meeting of the opposition
    actors = ({*one.values("actor")} | party) & index.actors
    beside: dict[str, set[str]] = {"actor": set(), "series": set(), "place": set(), "tag": set()}
    for item in one.near:
        kind = "actor" if item.kind == "subject" else item.kind
        if kind in beside:
            beside[kind].add(item.value)
    near = beside["actor"] & index.actors
    tense = one.tense
    series, places = one.series, frozenset(one.values("place"))
    if one.noun != "process" and "process" in one.values("noun"):  # "the summit in the Astana format"
        for place in places:
            if named := index.called_series.get(frozenset({("noun", "process"), ("place", place)})):
                series, places = series | named, places - {place}
    return Clues(
        noun=one.noun,
        key=name_key(one.items),
        events=frozenset(one.values("event")),
        series=series,
        series_near=frozenset(beside["series"]),
        numbers=tuple(map(int, one.values("number"))),
        ordinals=() if is_superlative(one) else tuple(map(int, one.values("ordinal"))),
        places=places,
        places_near=frozenset(beside["place"]),
        tags=frozenset(tags - {"parallel"}),
        tags_near=frozenset(beside["tag"] if one.noun == "meeting" else ()),
        actors=frozenset(actors),
        actors_near=frozenset(near - actors),
        persons_near=frozenset(near & index.persons),
        party=party,
        members=bool(party) and not party & index.actors,
        sides=both_sides,
        bilateral=(bool(party & index.actors) and not both_sides) or "parallel" in one.values("tag"),
        days=told_days(one.times, None),
        days_near=told_days(one.sentence.times, tense),
        days_exact=tuple(when.days for when in one.sentence.times if when.exact and when.days),
        tense=tense,
        of_peace="peace" in one.values("subject"),
        asked=not _IN_LINE.isdisjoint(one.values("relative")),
    )


def told_days(times: Iterable[When], tense: Tense | None) -> tuple[Days, ...]:
    """Return the days that times mean; a weekday may be the coming one where the sentence does not look back."""
    days = [when.days for when in times if when.days]
    if tense != "ahead":
        days += [when.gone for when in times if when.gone]
    if tense != "held":
        days += [when.coming for when in times if when.coming]
    return tuple(days)


def is_track(one: Description) -> bool:
    """Say whether the sentence speaks of a series as something that goes on, and not of one meeting."""
    if one.noun == "process":
        return True
    return "tense" in one.sentence.kinds and any(i.kind == "tense" and i.value == "track" for i in one.sentence.items)


def is_plural(one: Description) -> bool:
    """Say whether the description speaks of several meetings."""
    if "plural" not in one.sentence.kinds:
        return False
    return any(item.kind == "plural" and one.covers(item) for item in one.sentence.items)


def is_superlative(one: Description) -> bool:
    """Say whether "first" tells that there were none before, as in "the first direct talks", and numbers no round."""
    first = one.values("ordinal") == ["1"] and not one.values("place")
    return first and (one.noun in ("talks", "consultations") or (one.noun == "meeting" and bool(one.party)))
