"""Read EDTF (ISO 8601-2) as far as the corpus uses it: a day, a month, a year, or an interval of them."""

import calendar
import datetime
import re

_EDTF = re.compile(r"(\d{4})-(\d{2})(?:-(\d{2}))?")
_YEAR = re.compile(r"\d{4}")

Days = tuple[datetime.date, datetime.date]


def interval(edtf: str | None) -> Days | None:
    """Return the first and the last day of a day, a month or an interval in EDTF; None for None, or what is neither."""
    if edtf is None:
        return None
    first, _, last = edtf.partition("/")
    start, end = _ends(first), _ends(last or first)
    return (start[0], end[1]) if start is not None and end is not None else None


def _ends(edtf: str) -> Days | None:
    match = _EDTF.fullmatch(edtf)
    if match is None and _YEAR.fullmatch(edtf):
        return datetime.date(int(edtf), 1, 1), datetime.date(int(edtf), 12, 31)
    if match is None:
        return None
    year, month, day = int(match[1]), int(match[2]), match[3]
    try:
        if day:
            return (datetime.date(year, month, int(day)),) * 2
        return datetime.date(year, month, 1), datetime.date(year, month, calendar.monthrange(year, month)[1])
    except ValueError:
        return None
