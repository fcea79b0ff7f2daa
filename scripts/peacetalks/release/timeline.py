"""Place the names of conferences above a time line so that none meets another, and shorten those that are long."""

import datetime
import re
import textwrap
from functools import cache

from peacetalks.release.statistics import Event

WIDTH = 9.0  # inches of a figure
LABEL = 8  # points
_AXES = 0.9 * WIDTH * 72  # points that the axes are wide at the least; the rest is for their labels
_MARKS = 18  # labels along the time line
_LONGEST = 44  # characters of a name
_ASIDE = re.compile(r" \([^()]*\)$")  # what a long name says in brackets goes first


def stagger(events: list[Event], first: datetime.date, last: datetime.date) -> dict[Event, int]:
    """Return the row of each label above the time line: above those of all later events that begin under it.

    So no label meets another, and no line that leads down from one crosses another.
    """
    a_day = _AXES / (last - first).days
    rows: dict[Event, int] = {}
    for event in sorted(events, key=lambda event: (event.start, event.name), reverse=True):
        end = event.start + datetime.timedelta(_label_width(event) / a_day)
        rows[event] = max((row + 1 for later, row in rows.items() if later.start <= end), default=0)
    return rows


def room(event: Event, first: datetime.date) -> datetime.date:
    """Return the day that the time line has to reach, so that the label of an event ends within it."""
    days = (event.start - first).days / (1 - min(0.8, _label_width(event) / _AXES))
    return first + datetime.timedelta(int(days) + 1)


def _label_width(event: Event) -> float:
    return _width(short_name(event.name)) + 12


@cache
def _width(name: str) -> float:
    from matplotlib.textpath import TextPath

    return float(TextPath((0, 0), name, size=LABEL).get_extents().width)


def mark_days(first: datetime.date, last: datetime.date) -> list[tuple[datetime.date, str]]:
    """Return the days that a time line is marked at, 18 at the most: each month of a short one, or years."""
    months = [datetime.date(year, month, 1) for year in range(first.year, last.year + 1) for month in range(1, 13)]
    inside = [day for day in months if first <= day <= last]
    if len(inside) <= _MARKS:
        return [(day, f"{day:%m}/{day.year}" if day.month == 1 or day == inside[0] else f"{day:%m}") for day in inside]
    years = [day for day in inside if day.month == 1]
    return [(day, str(day.year)) for day in years[:: -(-len(years) // _MARKS)]]


def bar_width(first: datetime.date, last: datetime.date) -> float:
    """Return the days that a bar is wide: a month, or as much as can be seen."""
    return max(25, (last - first).days / 250)


def short_name(name: str) -> str:
    """Return a name of 44 characters at the most; what a longer one says in brackets at its end is left out first."""
    if len(name) > _LONGEST:
        name = _ASIDE.sub("", name)
    return textwrap.shorten(name, _LONGEST, placeholder=" …")
