"""Infer a publication day that no page states: from weekdays, and from the events that the text tells of."""

import datetime
import re
from collections.abc import Iterator

from msgspec import Struct

from peacetalks.annotate.fold import fold
from peacetalks.annotate.linking import link_mentions
from peacetalks.annotate.written_dates import WrittenDate
from peacetalks.record import Segment
from peacetalks.registry.date_words import Words, load_date_words, weekday_names
from peacetalks.registry.gazetteer import Event, Gazetteer

_ONE_DAY = datetime.timedelta(1)
_WEEK = 7
_FIRST_YEAR = 2011  # before it there was nothing to negotiate
_LAST_YEAR = 2026
_LEAD = 4  # paragraphs from the dateline in which "on Monday" is the day of the report or the day before it
_NEAR_EVENT = 400  # days between a report and the events that it speaks of, for a year to rest on them
_PARTIES = 2
_OF_PERSONS = frozenset({"preparatory-or-bilateral-meeting", "summit"})  # its participants are persons by name
_BESIDE = 3  # words between a weekday and what qualifies it
_WORD = re.compile(r"\w+")
_SENTENCE = re.compile(r"[.!?؟。]\s+")


class Window(Struct, frozen=True, kw_only=True):
    """The first and the last day on which a page can be of; `evidence` numbers the segments that say so."""

    first: datetime.date
    last: datetime.date
    evidence: tuple[int, ...]


class _Weekday(Struct, frozen=True):
    n: int
    day: int
    late: bool
    sentence: str


def resolve_year(
    segments: list[Segment],
    written: WrittenDate,
    language: str,
    captured: datetime.date | None,
    gazetteer: Gazetteer,
) -> datetime.date | None:
    """Return the day that a day and month mean, its year from weekdays and from the events that the text names.

    None where the evidence fixes no single year.
    """
    if written.day is None:
        return None
    body = [segment for segment in segments if segment.label == "body"]
    lead = {weekday.day for weekday in _weekdays(body[:_LEAD], language)}
    last = captured.year if captured is not None else _LAST_YEAR
    days = [day for year in range(_FIRST_YEAR, last + 1) if (day := _make_day(year, written.month, written.day))]
    if written.weekday is not None:
        days = [day for day in days if day.weekday() == written.weekday]
    elif lead:
        days = [day for day in days if day.weekday() in lead or (day - _ONE_DAY).weekday() in lead]
    events = _named_events(segments, body, language, gazetteer)
    if not events:
        return days[0] if len(days) == 1 else None
    by_distance = sorted(days, key=lambda day: (min(_distance(day, event) for event in events), day))
    near = [day for day in by_distance if min(_distance(day, event) for event in events) <= _NEAR_EVENT]
    same_day = [day for day in near if day.weekday() in lead]
    return next(iter(same_day or near), None)


def infer_window(
    segments: list[Segment], language: str, captured: datetime.date | None, gazetteer: Gazetteer
) -> Window | None:
    """Return the days that the words of an undated page leave, at most a week; None where they leave more.

    The anchor is a meeting of the gazetteer that a sentence singles out by who met, where, and on which weekday: the
    page is of the six days after it. "Late on Monday" then leaves that Monday and the Tuesday.
    """
    body = [segment for segment in segments if segment.label == "body"]
    weekdays = list(_weekdays(body, language))
    anchors = {(day, weekday.n) for weekday in weekdays if (day := _anchor(weekday, gazetteer)) is not None}
    if len({day for day, _ in anchors}) != 1:
        return None
    anchor, n = min(anchors)
    days = [anchor + i * _ONE_DAY for i in range(_WEEK)]
    evidence = {n}
    for weekday in weekdays:
        if weekday.late:
            left = [day for day in days if (day.weekday() - weekday.day) % _WEEK in (0, 1)]
            if left:
                days, evidence = left, {*evidence, weekday.n}
    if captured is not None:
        days = [day for day in days if day <= captured]
    if not days:
        return None
    return Window(first=days[0], last=days[-1], evidence=tuple(sorted(evidence)))


def _anchor(weekday: _Weekday, gazetteer: Gazetteer) -> datetime.date | None:
    """Return the day of the one meeting whose people, city and weekday the sentence names."""
    words = frozenset(_WORD.findall(weekday.sentence))
    found = {
        day
        for names, cities, days in _meetings(gazetteer)
        if len(names & words) >= _PARTIES and any(city in weekday.sentence for city in cities)
        for day in days
        if day.weekday() == weekday.day
    }
    return next(iter(found)) if len(found) == 1 else None


def _meetings(gazetteer: Gazetteer) -> Iterator[tuple[frozenset[str], list[str], list[datetime.date]]]:
    """Yield the surnames, cities and days of each meeting that was held and whose day is sourced."""
    for event in gazetteer.events.values():
        if event.status == "held" and event.start_confidence != "low" and event.kind in _OF_PERSONS:
            names = frozenset(_WORD.findall(fold(name))[-1] for name in event.participants if _WORD.search(fold(name)))
            days = [event.start + i * _ONE_DAY for i in range(min(_WEEK, (event.end - event.start).days + 1))]
            yield names, [fold(city) for city in event.cities], days


def _weekdays(body: list[Segment], language: str) -> Iterator[_Weekday]:
    """Yield the weekdays that the text names as past, each with its sentence."""
    names = {fold(name): day for name, day in weekday_names(language, short=False).items()}
    coming, late = _folded(load_date_words().not_last, language), _folded(load_date_words().late, language)
    for segment in body:
        for sentence in _SENTENCE.split(fold(segment.clean)):
            words = _WORD.findall(sentence)
            for place, word in enumerate(words):
                if word in names:
                    beside = words[max(0, place - _BESIDE) : place + 2]
                    if not coming & {*beside}:
                        yield _Weekday(segment.n, names[word], bool(late & {*beside}), sentence)


def _named_events(segments: list[Segment], body: list[Segment], language: str, gazetteer: Gazetteer) -> list[Event]:
    title = next((segment.clean for segment in segments if segment.label == "title"), None)
    text = "\n\n".join(segment.clean for segment in body)
    mentions = link_mentions(title, text, language=language, published=None, gazetteer=gazetteer)
    ids = {mention.conference for mention in mentions if mention.conference and mention.basis == "alias"}
    return [gazetteer.events[name] for name in sorted(ids)]


def _distance(day: datetime.date, event: Event) -> int:
    """Return the days between a day and an event, none while it lasts."""
    return max(0, (event.start - day).days, (day - event.end).days)


def _folded(words: Words, language: str) -> frozenset[str]:
    return frozenset(fold(word) for word in words.get(language, []))


def _make_day(year: int, month: int, day: int) -> datetime.date | None:
    try:
        return datetime.date(year, month, day)
    except ValueError:
        return None
