"""Infer a publication day that no page states: from weekdays, from days named, and from the events told of."""

import datetime
import re
from collections.abc import Iterator
from functools import cache

from msgspec import Struct

from peacetalks.annotate.days import WrittenDate
from peacetalks.annotate.fold import fold
from peacetalks.annotate.time_clues import Sentence, says
from peacetalks.registry.gazetteer import Event, Gazetteer

_ONE_DAY = datetime.timedelta(1)
_WEEK = 7
_YEAR = 366
_FIRST_YEAR = 2011  # before it there was nothing to negotiate
_LAST_YEAR = 2026
_LEAD = 4  # paragraphs from the dateline in which "on Monday" is the day of the report or the day before it
_NEAR_EVENT = 400  # days between a report and the events that it speaks of, for a year to rest on them
_NEAR_DAY = 200  # days between a report and the whole dates that it names
_PARTIES = 2
_OF_PERSONS = frozenset({"preparatory-or-bilateral-meeting", "summit"})  # its participants are persons by name
_WORD = re.compile(r"\w+")


class Window(Struct, frozen=True, kw_only=True):
    """The first and the last day on which a page can be of; `evidence` numbers the segments that say so."""

    first: datetime.date
    last: datetime.date
    evidence: tuple[int, ...]


def resolve_year(
    sentences: list[Sentence],
    written: WrittenDate,
    language: str,
    captured: datetime.date | None,
    gazetteer: Gazetteer,
) -> tuple[datetime.date, tuple[int, ...]] | None:
    """Return the day that a day and month mean, and the segments that give its year: by weekdays, days and events.

    `sentences` hold the events that they name. None where the evidence fixes no single year.
    """
    if written.day is None:
        return None
    paragraphs = sorted({sentence.n for sentence in sentences})[:_LEAD]
    lead = {weekday.day for s in sentences if s.n in paragraphs for weekday in s.weekdays}
    last = captured.year if captured is not None else _LAST_YEAR
    days = [day for year in range(_FIRST_YEAR, last + 1) if (day := _make_day(year, written.month, written.day))]
    if written.weekday is not None:
        days = [day for day in days if day.weekday() == written.weekday]
    elif lead:
        days = [day for day in days if day.weekday() in lead or (day - _ONE_DAY).weekday() in lead]
    anchors = [
        *((_NEAR_DAY, day, day, s.n) for s in sentences for day in s.days if day.year >= _FIRST_YEAR),
        *((_NEAR_EVENT, event.start, event.end, s.n) for s in sentences for event in _events(s, gazetteer)),
    ]
    near = [
        (distance, day, n)
        for day in days
        for reach, first, end, n in anchors
        if (distance := max(0, (first - day).days, (day - end).days)) <= reach
    ]
    same_day = [one for one in near if one[1].weekday() in lead]
    best = min(same_day or near, default=None)
    if best is not None:
        return best[1], (best[2],)
    if anchors or len(days) > 1:
        days = _on_a_meeting(days, sentences, paragraphs, language, gazetteer)
        days = [day for day in days if day.weekday() in lead] or days
    return (days[0], tuple(paragraphs[:1])) if len(days) == 1 else None


def _on_a_meeting(
    days: list[datetime.date], sentences: list[Sentence], lead: list[int], language: str, gazetteer: Gazetteer
) -> list[datetime.date]:
    """Return the days on which, or the day after which, a meeting was held in a city that the first paragraphs name."""
    text = " ".join(sentence.folded for sentence in sentences if sentence.n in lead)
    cities = {city for city, names in _city_names(language.partition("-")[0], gazetteer).items() if names.search(text)}
    spans = [
        (event.start, event.end + _ONE_DAY)
        for event in gazetteer.events.values()
        if event.status == "held" and event.start_confidence != "low" and cities.intersection(event.cities)
    ]
    return [day for day in days if any(first <= day <= last for first, last in spans)]


def _city_names(language: str, gazetteer: Gazetteer) -> dict[str, re.Pattern[str]]:
    """Return what finds each city that hosts meetings in a folded text of a language, by its names in actors.toml."""
    found = {}
    for place in gazetteer.actors.places:
        if place.city:
            names = (place.city, *place.cities, *place.names.get(language, [])[:2])  # later ones are epithets
            for city in (place.city, *place.cities):
                found[city] = _name_pattern(names)
    return found


@cache
def _name_pattern(names: tuple[str, ...]) -> re.Pattern[str]:
    folded = "|".join(sorted({re.escape(fold(name)) for name in names}, key=len, reverse=True))
    return re.compile(rf"(?<!\w)(?:{folded})(?!\w)")


def may_tell(sentences: list[Sentence]) -> bool:
    """Tell whether the sentences can leave a window, whatever events they name: linking these costs most."""
    if any(s.weekdays and not s.days for s in sentences):
        return True
    ahead = any(s.ahead and not s.past for s in sentences)
    return ahead and any(not s.ahead and (s.days or s.past) for s in sentences)


def infer_window(
    sentences: list[Sentence], language: str, captured: datetime.date | None, gazetteer: Gazetteer
) -> Window | None:
    """Return the days that the words of an undated page leave, less than a year; None where they leave more.

    A meeting whose weekday a sentence names as past puts the page into the six days after it, and "late on Monday"
    on that day or the next. Otherwise what is told as past sets the first day, what is told as ahead the last.
    """
    window = _after_a_meeting(sentences, language, gazetteer) or _between(sentences, gazetteer, language)
    if window is None:
        return None
    last = window.last if captured is None else min(window.last, captured)
    return None if window.first > last else Window(first=window.first, last=last, evidence=window.evidence)


def _after_a_meeting(sentences: list[Sentence], language: str, gazetteer: Gazetteer) -> Window | None:
    """Return the week that begins with the weekday of a meeting, where all sentences that name one agree."""
    anchors = {(day, s.n) for s in sentences for day in _anchor(s, language, gazetteer)}
    if not anchors:
        return None
    first, latest = min(anchors)[0], max(anchors)[0]
    if (latest - first).days >= _WEEK:
        return None
    days = [latest + i * _ONE_DAY for i in range(_WEEK - (latest - first).days)]
    evidence = {n for _, n in anchors}
    for sentence in sentences:
        for weekday in sentence.weekdays:
            of_today = weekday.day == latest.weekday() and says(sentence, "today", language)
            left = [day for day in days if (day.weekday() - weekday.day) % _WEEK in ((0,) if of_today else (0, 1))]
            if (weekday.late or of_today) and left:
                days, evidence = left, {*evidence, sentence.n}
    return Window(first=days[0], last=days[-1], evidence=tuple(sorted(evidence)))


def _anchor(sentence: Sentence, language: str, gazetteer: Gazetteer) -> set[datetime.date]:
    """Return the day of the one meeting that a sentence singles out, by name or by who met where, and by weekday."""
    if not sentence.weekdays or sentence.days:
        return set()
    named = list(_events(sentence, gazetteer))
    spans = _days_told(sentence, named[0], language) if len(named) == 1 else []
    weekdays = {weekday.day for weekday in sentence.weekdays}
    found = {day for day in spans if day.weekday() in weekdays}
    if not found:
        found = _met(sentence, weekdays, gazetteer)
    return found if len(found) == 1 else set()


def _days_told(sentence: Sentence, event: Event, language: str) -> list[datetime.date]:
    """Return the days of an event that a sentence can mean: its last where it ended, its first where it began."""
    if event.status != "held" or "low" in (event.start_confidence, event.end_confidence):
        return []
    if says(sentence, "ended", language):
        return [event.end, event.end + _ONE_DAY]  # by night, or told the day after
    if says(sentence, "opened", language):
        return [event.start, event.start + _ONE_DAY]
    if sentence.ahead:
        return []
    length = (event.end - event.start).days + 1
    return [event.start + i * _ONE_DAY for i in range(length)] if length <= _WEEK else []


def _met(sentence: Sentence, weekdays: set[int], gazetteer: Gazetteer) -> set[datetime.date]:
    """Return the days of meetings of persons that a sentence names by two of them, by city and by weekday."""
    words = frozenset(_WORD.findall(sentence.folded))
    return {
        day
        for names, cities, days in _meetings(gazetteer)
        if len(names & words) >= _PARTIES and any(city in sentence.folded for city in cities)
        for day in days
        if day.weekday() in weekdays
    }


def _between(sentences: list[Sentence], gazetteer: Gazetteer, language: str) -> Window | None:
    """Return the days from what is told as past to what is told as ahead."""
    firsts: list[tuple[datetime.date, int]] = []
    lasts: list[tuple[datetime.date, int]] = []
    for s in sentences:
        known = [event for event in _events(s, gazetteer) if event.status == "held"]
        if s.ahead and not s.past:
            lasts += [(day, s.n) for day in s.days]
            lasts += [(event.start, s.n) for event in known]
        elif not s.ahead:
            firsts += [(day, s.n) for day in s.days if day.year >= _FIRST_YEAR]
            over = says(s, "ended", language)
            firsts += [(event.end if over else event.start, s.n) for event in known if s.past]
    if not firsts or not lasts:
        return None
    first, last = max(firsts), min(lasts)
    if not 0 <= (last[0] - first[0]).days < _YEAR:
        return None
    return Window(first=first[0], last=last[0], evidence=tuple(sorted({first[1], last[1]})))


def _events(sentence: Sentence, gazetteer: Gazetteer) -> Iterator[Event]:
    for name in sorted(sentence.events):
        yield gazetteer.events[name]


_Meeting = tuple[frozenset[str], list[str], list[datetime.date]]
_MEETINGS: dict[int, tuple[Gazetteer, list[_Meeting]]] = {}  # each holds its gazetteer, so that the id stays its own


def _meetings(gazetteer: Gazetteer) -> list[_Meeting]:
    """Return the surnames, cities and days of each meeting that was held and whose day is sourced."""
    if id(gazetteer) not in _MEETINGS:
        _MEETINGS[id(gazetteer)] = (gazetteer, [*_read_meetings(gazetteer)])
    return _MEETINGS[id(gazetteer)][1]


def _read_meetings(gazetteer: Gazetteer) -> Iterator[_Meeting]:
    for event in gazetteer.events.values():
        if event.status == "held" and event.start_confidence != "low" and event.kind in _OF_PERSONS:
            names = frozenset(words[-1] for name in event.participants if (words := _WORD.findall(fold(name))))
            days = [event.start + i * _ONE_DAY for i in range(min(_WEEK, (event.end - event.start).days + 1))]
            yield names, [fold(city) for city in event.cities], days


def _make_day(year: int, month: int, day: int) -> datetime.date | None:
    try:
        return datetime.date(year, month, day)
    except ValueError:
        return None
