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
    party, told, noun, sentence, tense = one.party, one.told, one.noun, one.sentence, one.tense
    both_sides = {"government", "opposition"} <= party
    tags = party.union(told["tag"]) & index.tags if "tag" in told else party & index.tags
    if "government" in party:
        tags -= {"opposition"}  # the two sides at one table make no meeting of the opposition
    actors = (party.union(told["actor"]) if "actor" in told else party) & index.actors
    beside: dict[str, set[str]] = {"actor": set(), "series": set(), "place": set(), "tag": set()}
    for item in one.near:
        kind = "actor" if item.kind == "subject" else item.kind
        if kind in beside:
            beside[kind].add(item.value)
    near = index.actors & beside["actor"]
    series, places = one.series, frozenset(told.get("place", ()))
    if noun != "process" and "process" in told.get("noun", ()):  # "the summit in the Astana format"
        for place in places:
            if named := index.called_series.get(frozenset({("noun", "process"), ("place", place)})):
                series, places = series | named, places - {place}
    parallel = "parallel" in told.get("tag", ())
    return Clues(
        noun=noun,
        key=name_key(one.items),
        events=frozenset(told.get("event", ())),
        series=series,
        series_near=frozenset(beside["series"]),
        numbers=tuple(map(int, told.get("number", ()))),
        ordinals=() if "ordinal" not in told or is_superlative(one) else tuple(map(int, told["ordinal"])),
        places=places,
        places_near=frozenset(beside["place"]),
        tags=tags - {"parallel"} if parallel else tags,
        tags_near=frozenset(beside["tag"] if noun == "meeting" else ()),
        actors=actors,
        actors_near=near - actors,
        persons_near=near & index.persons,
        party=party,
        members=bool(party) and not party & index.actors,
        sides=both_sides,
        bilateral=parallel or (bool(party & index.actors) and not both_sides),
        days=told_days(one.times, None) if one.times else (),
        days_near=told_days(sentence.times, tense) if sentence.times else (),
        days_exact=tuple([when.days for when in sentence.times if when.exact and when.days]),
        tense=tense,
        of_peace="peace" in told.get("subject", ()),
        asked="relative" in told and not _IN_LINE.isdisjoint(told["relative"]),
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
