"""Find dates in figures: in a line, and in an address."""

import re

from peacetalks.annotate.calendar_words import read_calendar
from peacetalks.annotate.days import WrittenDate, is_day_of_month, make_day
from peacetalks.annotate.jalali import is_jalali_year

_FIGURES = re.compile(
    r"(?<![\d.])(?:(\d{4}) ?([-/.]) ?(\d{1,2}) ?\2 ?(\d{1,2})(?!\d)"
    r"|(\d{1,2}) ?([-/.]) ?(\d{1,2}) ?\6 ?(\d{4}|\d{2})(?!\d)"
    r"|(?:(\d{4}) ?[年년] ?)?(\d{1,2}) ?[月월] ?(\d{1,2}) ?[日일号])"
)
_PARTED = re.compile(r"\d ?[-/.월月]")  # stands in each of them, and is looked for at digits alone
_ADDRESS = re.compile(
    r"[/_-](\d{4})([/_-]?)(\d{1,2}|[a-z]{3,9})\2(\d{1,2})(?=[/_.?#-]|$|t\d)|[/_-](\d{4})(\d{2})(\d{2})(?=[/_.?#-]|\d|$)"
)
_ADDRESS_MONTH = re.compile(r"/(\d{4})[/-](\d{1,2})(?=/)")


def find_in_figures(folded: str) -> list[WrittenDate]:
    """Return the dates that a folded line writes in figures, whatever the order of day, month and year."""
    found: list[WrittenDate] = []
    for match in _FIGURES.finditer(folded) if _PARTED.search(folded) is not None else ():
        year, _, month, day, first, _, second, last, cjk_year, cjk_month, cjk_day = match.groups()
        start, end = match.span()
        if year:
            date = WrittenDate(start=start, end=end, year=int(year), month=int(month), day=int(day))
        elif cjk_month:
            number = int(cjk_year) if cjk_year else None
            date = WrittenDate(start=start, end=end, year=number, month=int(cjk_month), day=int(cjk_day))
        else:
            date = _day_first(start, end, int(first), int(second), last)
        if (date.date is not None) if date.year is not None else is_day_of_month(date.month, date.day):
            found.append(date)
    return found


def find_address_date(url: str) -> WrittenDate | None:
    """Return the day, or else the month, that an address holds."""
    address = url.lower()
    for match in _ADDRESS.finditer(address):
        year, _, month, day, *compact = match.groups()
        if year is None:
            year, month, day = compact
        number = int(month) if month.isdigit() else read_calendar("en").months.get(month, 0)
        if make_day(int(year), number, int(day)):
            return WrittenDate(start=match.start(), end=match.end(), year=int(year), month=number, day=int(day))
    for match in _ADDRESS_MONTH.finditer(address):
        if make_day(int(match[1]), int(match[2]), 1) and not is_jalali_year(int(match[1])):
            return WrittenDate(start=match.start(), end=match.end(), year=int(match[1]), month=int(match[2]))
    return None


def _day_first(start: int, end: int, first: int, second: int, last: str) -> WrittenDate:
    year = int(last) if len(last) == 4 else 2000 + int(last)
    day, month = (second, first) if second > 12 else (first, second)
    swapped = make_day(year, day, month) if day <= 12 and day != month and second <= 12 else None
    short = len(last) == 2
    return WrittenDate(start=start, end=end, year=year, month=month, day=day, swapped=swapped, short_year=short)
