"""What a description says that may tell one event from another, gathered once before events are weighed."""

from collections.abc import Iterable

from msgspec import Struct

from peacetalks.annotate.descriptions import Description, Tense
from peacetalks.annotate.index import Index, Key, name_key
from peacetalks.annotate.when import Days, When

_IN_LINE = frozenset({"next", "last", "previous"})
_BESIDE = {"actor": "actor", "subject": "actor", "series": "series", "place": "place", "tag": "tag"}
_ACTS = frozenset({"holding", "tense"})
_NOTHING = frozenset[str]()


class Clues(Struct, frozen=True, gc=False):
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
    both_sides = "government" in party and "opposition" in party
    tags = index.tags & party.union(told.get("tag", ())) if party or "tag" in told else _NOTHING
    if "government" in party:
        tags -= {"opposition"}  # the two sides at one table make no meeting of the opposition
    actors = index.actors & party.union(told.get("actor", ())) if party or "actor" in told else _NOTHING
    named = bool(party) and not party.isdisjoint(index.actors)
    beside: dict[str, set[str]] = {}
    for item in one.near:
        if item.kind in _BESIDE:
            beside.setdefault(_BESIDE[item.kind], set()).add(item.value)
    near = index.actors & beside["actor"] if "actor" in beside else _NOTHING
    series, places = one.series, frozenset(told.get("place", ()))
    if noun != "process" and "process" in told.get("noun", ()):  # "the summit in the Astana format"
        for place in places:
            if called := index.called_series.get(frozenset({("noun", "process"), ("place", place)})):
                series, places = series | called, places - {place}
    places |= places_in_clause(one)
    parallel = "parallel" in told.get("tag", ())
    return Clues(
        noun=noun,
        key=name_key(one.items),
        events=frozenset(told.get("event", ())),
        series=series,
        series_near=frozenset(beside.get("series", ())),
        numbers=tuple(map(int, told.get("number", ()))),
        ordinals=() if "ordinal" not in told or is_superlative(one) else tuple(map(int, told["ordinal"])),
        places=places,
        places_near=frozenset(beside.get("place", ())),
        tags=tags - {"parallel"} if parallel else tags,
        tags_near=frozenset(beside.get("tag", ()) if noun == "meeting" else ()),
        actors=actors,
        actors_near=near - actors,
        persons_near=near & index.persons,
        party=party,
        members=bool(party) and not named,
        sides=both_sides,
        bilateral=parallel or (named and not both_sides),
        days=told_days(one.times, None) if one.times else (),
        days_near=told_days(sentence.times, tense) if sentence.times else (),
        days_exact=tuple([when.days for when in sentence.times if when.exact and when.days]) if sentence.times else (),
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


def places_in_clause(one: Description) -> frozenset[str]:
    """Return where its relative clause lets it begin or end, as in "the talks that open in Geneva on Thursday"."""
    if one.clause is None:
        return _NOTHING
    start, end = one.clause
    if not any(item.kind in _ACTS and start <= item.start < end for item in one.sentence.items):
        return _NOTHING
    return frozenset(item.value for item in one.near if item.kind == "place" and start <= item.start < end)


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
