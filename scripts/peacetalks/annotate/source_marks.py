"""Find the marks of outlets that are no phrases but shapes of a line, such as "{date} / {time} / {age}"."""

import re
from functools import cache

from peacetalks.annotate.calendar_words import read_calendar
from peacetalks.annotate.fold import fold
from peacetalks.annotate.outlet_names import OutletNames
from peacetalks.registry.outlets import Mark, Outlet

_SHAPE_PARTS = {
    "time": r"\d{1,2}[:.]\d{2}(?: ?[ap]\.?m\.?)?(?: [a-z]{2,4})?",
    "age": r"(?:\d{1,3}|an?) [a-z]{3,8} ago",
    "day": r"\d{1,2}",
    "year": r"\d{4}",
    "digits": r"\d{3,8}",
    "number": r"\d{9,60}",
    "words": r"[^\d]{1,60}",
}
_LONGEST = 200


def find_shapes(folded: str, names: OutletNames) -> list[tuple[Outlet, Mark]]:
    """Return the marks whose shape a folded line with figures has, each with its outlet: nearly every line has none."""
    if len(folded) > _LONGEST or _any_shape(names).fullmatch(folded) is None:
        return []
    return [(outlet, mark) for outlet, mark in names.shapes if _shape(mark.text).fullmatch(folded)]


@cache
def _any_shape(names: OutletNames) -> re.Pattern[str]:
    """Return a pattern of what has the shape of some mark."""
    return re.compile("|".join(f"(?:{_pattern(mark.text)})" for _, mark in names.shapes) or r"(?!)")


@cache
def _shape(text: str) -> re.Pattern[str]:
    return re.compile(_pattern(text))


def _pattern(text: str) -> str:
    pieces = re.split(r"\{(\w+)\}", fold(text))
    return "".join(_parts()[piece] if n % 2 else re.escape(piece) for n, piece in enumerate(pieces))


@cache
def _parts() -> dict[str, str]:
    """Return the pattern of each placeholder of a shape."""
    months, weekdays = (_alternatives(table) for table in (read_calendar("en").months, read_calendar("en").weekdays))
    date = rf"(?:{months} \d{{1,2}}, \d{{4}}|\d{{1,2}} {months} \d{{4}})"
    return {**_SHAPE_PARTS, "month": months, "weekday": weekdays, "date": date}


def _alternatives(names: dict[str, int]) -> str:
    return f"(?:{'|'.join(sorted(map(re.escape, names), key=len, reverse=True))})"
