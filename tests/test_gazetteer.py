"""The gazetteer is whole: ids, days, parts, rounds and names hold together."""

from collections import defaultdict
from datetime import date
from pathlib import Path

import pytest

from peacetalks.annotate.fold import fold
from peacetalks.errors import VocabularyError
from peacetalks.registry.gazetteer import edtf_days, load_gazetteer

_GAZETTEER = load_gazetteer()
_EVENT = """
[[series]]
id = "s"
name = "S"
[[event]]
id = "e"
series = "s"
kind = "summit"
status = "held"
name = "E"
start = 2014-01-22
end = 2014-01-23
start_confidence = "high"
end_confidence = "high"
"""


def test_it_holds_the_process_from_2011_to_2024() -> None:
    years = {event.start.year for event in _GAZETTEER.events.values()}
    assert years == set(range(2011, 2025))
    assert len(_GAZETTEER.events) >= 145


def test_the_rounds_of_a_series_are_in_order() -> None:
    for series in _GAZETTEER.series:
        rounds = [
            event.round
            for event in _GAZETTEER.events_of(series)
            if event.round and event.part_of is None and event.kind == "negotiation-round"
        ]
        assert rounds == sorted(rounds), series


def test_a_name_of_two_events_can_be_told_by_its_date() -> None:
    owners = defaultdict(list)
    for event in _GAZETTEER.events.values():
        for language, names in event.aliases.items():
            for name in {fold(name) for name in names if event.part_of is None}:
                owners[language, name].append(event)
    for (language, name), events in owners.items():
        starts = [event.start for event in events]
        assert len(starts) == len(set(starts)), f"{language}: {name}"


def test_an_earlier_plan_lies_before_what_was_held_or_about_it() -> None:
    for event in _GAZETTEER.events.values():
        for first, last in event.planned_days:
            assert first <= last
            assert abs((first - event.start).days) < 300, event.id


def test_every_city_of_an_event_is_a_place_of_the_grammar() -> None:
    known = {city for place in _GAZETTEER.actors.places for city in (place.city, *place.cities)} | {"online"}
    cities = {city for event in _GAZETTEER.events.values() for city in event.cities}
    assert cities <= known


@pytest.mark.parametrize(
    ("value", "days"),
    [
        ("2013-11-23", (date(2013, 11, 23), date(2013, 11, 23))),
        ("2019-02", (date(2019, 2, 1), date(2019, 2, 28))),
        ("2013", (date(2013, 1, 1), date(2013, 12, 31))),
        ("2017-10-20/2017-11", (date(2017, 10, 20), date(2017, 11, 30))),
    ],
)
def test_edtf_plans_are_read_as_days(value: str, days: tuple[date, date]) -> None:
    assert edtf_days(value) == days


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (("start = 2014-01-22", "start = 2014-02-22"), "before it starts"),
        (('series = "s"', 'series = "t"'), "is no series"),
        (('name = "E"', 'name = "E"\nplanned = ["soon"]'), "no EDTF"),
        (('name = "E"', 'name = "E"\npart_of = "x"'), "is no event"),
        (('kind = "summit"', 'kind = "party"'), "event 'e'"),
        (("[[event]]", "[[events]]"), "unknown table"),
    ],
)
def test_a_broken_entry_is_refused_with_its_name(tmp_path: Path, change: tuple[str, str], rule: str) -> None:
    path = tmp_path / "conferences.toml"
    path.write_text(_EVENT.replace(*change), "utf-8")
    with pytest.raises(VocabularyError, match=rule):
        load_gazetteer(path)
