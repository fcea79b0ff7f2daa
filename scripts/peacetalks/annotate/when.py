"""Read the time words of a description as intervals of days, as far as the publication day allows."""

import re
from calendar import monthrange
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from functools import lru_cache

from msgspec import Struct

from peacetalks.annotate.lexicon import Item

Days = tuple[date, date]
Span = tuple[int, int]

_RANGE = r"(?:\s?-\s?|\s(?:and|et|y|и|und|ve|و) ?)"
_DAY_BEFORE = re.compile(rf"(\d(?<!\d\d)\d?)(?:{_RANGE}(\d{{1,2}}))?(?:st|nd|rd|th|er|\.)?\s+(?:de |of )?(?:de )?$")
_DAY_AFTER = re.compile(rf"\.?\s+(\d{{1,2}})(?:st|nd|rd|th)?(?:{_RANGE}(\d{{1,2}}))?(?!\d)")
_YEAR_AFTER = re.compile(r"\.?,?\s+(?:de |of |del )?((?:19|20)\d\d)(?!\d)")
_SPAN_GAP = re.compile(r"\s(?:of |de l'|del? |des |من )?")
_YEAR_ALONE = re.compile(r"20[012]\d(?<![\d.,/-]....)(?![\d/-]|[.,]\d)")  # its letters first, to be skipped to
_PART_GAP = re.compile(r"[\s\-]{1,2}(?:de |of |in )?")
_PARTS = {"early": (1, 10), "middle": (10, 20), "late": (20, 31)}
_LONGEST_MONTH = 31
_DIGITS = re.compile(r"\d{1,2}(?!\d)")


class When(Struct, frozen=True, gc=False):
    """A stretch of text that names days; `days` is None where the year can't be told."""

    start: int
    end: int
    days: Days | None
    exact: bool  # names a year
    month: bool  # names a month, and not only a weekday or a distance
    gone: Days | None  # the same month or weekday of the past, where that is another
    coming: Days | None  # and of the future
    free: bool  # may follow a noun; a weekday or "today" goes with its verb


def read_times(folded: str, span: Span, items: Sequence[Item], published: Days | None) -> list[When]:
    """Return the time expressions of a sentence in order; days without a year are taken nearest to publication."""
    found: list[When | None] = []
    for item in items:
        if item.kind == "month":
            found.append(_month(folded, item, items, published))
        elif published is None:
            continue
        elif item.kind == "weekday":
            found.append(_weekday(item, items, folded, published))
        elif item.kind in ("day", "span"):
            found.append(_relative(folded, item, items, published))
        elif item.kind == "ago":
            found.append(_ago(folded, item, items, published))
    if folded.find("20", *span) >= 0:
        found += [_year(match, items) for match in _YEAR_ALONE.finditer(folded, *span)]
    return _longest([when for when in found if when is not None]) if found else []


def _month(folded: str, item: Item, items: Iterable[Item], published: Days | None) -> When:
    start, end, month = item.start, item.end, int(item.value)
    first, last = 1, 31
    before = _DAY_BEFORE.search(folded, max(0, start - 16), start)
    after = _DAY_AFTER.match(folded, end)
    if before and 1 <= int(before[1]) <= _LONGEST_MONTH:
        first, last, start = int(before[1]), int(before[2] or before[1]), before.start(1)
    elif after and 1 <= int(after[1]) <= _LONGEST_MONTH:
        first, last, end = int(after[1]), int(after[2] or after[1]), after.end()
    else:
        for part in items:
            if part.kind == "part" and _PART_GAP.fullmatch(folded, part.end, start):
                (first, last), start = _PARTS[part.value], part.start
    year = _YEAR_AFTER.match(folded, end)
    if year:
        return When(
            start,
            year.end(),
            _days(int(year[1]), month, first, last),
            exact=True,
            month=True,
            gone=None,
            coming=None,
            free=True,
        )
    if published is not None and (beside := _year_beside(folded, start, end, items)):
        begin, stop, years = beside
        day = _days(min(max(published[1].year + years, 1), date.max.year), month, first, last)
        return When(begin, stop, day, exact=True, month=True, gone=None, coming=None, free=True)
    nearest = _nearest_year(month, first, last, published, (-1, 0, 1))
    gone = _nearest_year(month, first, last, published, (-1, 0))
    if nearest is not None and published is not None and nearest[0] <= published[1]:
        gone = None
    return When(start, end, nearest, exact=False, month=True, gone=gone, coming=None, free=True)


def _year_beside(folded: str, start: int, end: int, items: Iterable[Item]) -> tuple[int, int, int] | None:
    """Return the start and end of a month with "last year" beside it, and how many years that is from publication."""
    for item in items:
        if item.kind == "span" and item.value.startswith("year"):
            years = int(item.value.removeprefix("year"))
            if _SPAN_GAP.fullmatch(folded, end, item.start):
                return start, item.end, years
            if item.end <= start and folded[item.end : start] == " ":
                return item.start, end, years
    return None


def _year(match: re.Match[str], items: Iterable[Item]) -> When:
    """Return "in 2015" as the days of that year."""
    year = int(match[0])
    days = (date(year, 1, 1), date(year, 12, 31))
    part = next((p.start for p in items if p.kind == "part" and p.end == match.start() - 1), match.start())
    return When(part, match.end(), days, exact=True, month=True, gone=None, coming=None, free=True)


@lru_cache(4096)
def _days(year: int, month: int, first: int, last: int) -> Days:
    longest = monthrange(year, month)[1]
    low, high = sorted((min(first, longest), min(last, longest)))
    return date(year, month, max(1, low)), date(year, month, max(1, high))


@lru_cache(4096)
def _nearest_year(month: int, first: int, last: int, published: Days | None, years: tuple[int, ...]) -> Days | None:
    if published is None:
        return None
    day = published[1]
    if not date.min.year < day.year < date.max.year:
        return None
    candidates = [_days(day.year + offset, month, first, last) for offset in years]
    if 1 not in years:
        candidates = [days for days in candidates if days[0] <= day]
    return min(candidates, key=lambda days: abs(days[0] - day))


def _weekday(item: Item, items: Iterable[Item], folded: str, published: Days) -> When:
    """Return the last such day up to publication, or the next one where the words say so."""
    target = int(item.value) - 1
    if any(i.kind == "relative" and i.value == "next" and folded[i.end : item.start] == " " for i in items):
        day = _shift(published[1], (target - published[1].weekday() - 1) % 7 + 1)
        day = day if day.weekday() == target else published[1]  # at the end of the calendar
        start = min(i.start for i in items if i.kind == "relative" and folded[i.end : item.start] == " ")
        return When(start, item.end, (day, day), exact=False, month=False, gone=None, coming=None, free=True)
    day = _shift(published[1], -((published[1].weekday() - target) % 7))
    day = day if day.weekday() == target else published[0]  # at its beginning
    ahead = _shift(day, 7)
    return When(
        item.start, item.end, (day, day), exact=False, month=False, gone=None, coming=(ahead, ahead), free=False
    )


def _relative(folded: str, item: Item, items: Iterable[Item], published: Days) -> When:
    first, last = _stretch(item.value, published)
    start = next((p.start for p in items if p.kind == "part" and _PART_GAP.fullmatch(folded, p.end, item.start)), None)
    if start is not None:
        return When(start, item.end, (first, last), exact=False, month=True, gone=None, coming=None, free=True)
    return When(
        item.start, item.end, (first, last), exact=False, month=False, gone=None, coming=None, free=item.kind == "span"
    )


def _stretch(value: str, published: Days) -> Days:
    """Return the days of "-6..6", counted from publication, or of "month-1" and "year-1", by the calendar."""
    if value.startswith("year"):
        year = published[0].year + int(value.removeprefix("year"))
        return date(max(1, year), 1, 1), date(max(1, year), 12, 31)
    if value.startswith("month"):
        months = published[0].year * 12 + published[0].month - 1 + int(value.removeprefix("month"))
        year, month = divmod(max(12, min(months, 9999 * 12 + 11)), 12)
        return _days(year, month + 1, 1, 31)
    low, _, high = value.partition("..")
    return _shift(published[0], int(low)), _shift(published[1], int(high or low))


def _ago(folded: str, item: Item, items: Iterable[Item], published: Days) -> When | None:
    """Return "ten days ago": a count right before or after a unit of the past, whose value is its length in days."""
    counts = [(other.start, other.end, int(other.value)) for other in items if other.kind == "count"]
    counts += [
        (match.start(), match.end(), int(match[0]))
        for match in _DIGITS.finditer(folded, max(0, item.start - 4), item.end)
    ]
    if not counts and folded.endswith("a ", 0, item.start):
        counts = [(item.start - len("a "), item.start - 1, 1)]
    for start, end, count in counts:
        if item.start <= start < item.end or (end <= item.start and not folded[end : item.start].strip()):
            unit = int(item.value)
            slack = unit // 3
            first, last = (_shift(day, -count * unit) for day in published)
            begin, stop = min(start, item.start), max(end, item.end)
            return When(
                begin,
                stop,
                (_shift(first, -slack), _shift(last, slack)),
                exact=False,
                month=False,
                gone=None,
                coming=None,
                free=True,
            )
    return None


def _shift(day: date, days: int) -> date:
    """Return the day some days away, held inside what a date can hold."""
    try:
        return day + timedelta(days=days)
    except OverflowError:
        return date.max if days > 0 else date.min


def _longest(found: Iterable[When]) -> list[When]:
    kept: list[When] = []
    for when in sorted(found, key=lambda when: (when.start, -when.end)):
        if not kept or when.start >= kept[-1].end:
            kept.append(when)
    return kept
