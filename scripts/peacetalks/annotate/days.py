"""Dates as lines state them, and the days that they mean, of the Gregorian or the Persian calendar."""

import datetime

from msgspec import Struct

from peacetalks.annotate.jalali import from_jalali, is_jalali_year

FIRST_YEAR, LAST_YEAR = 1990, 2100


class WrittenDate(Struct, frozen=True, kw_only=True, gc=False):
    """A date as a line states it; the parts that it leaves out are None.

    `swapped` is the day that the same figures give with day and month exchanged, where they can be.
    """

    start: int
    end: int
    month: int
    year: int | None = None
    day: int | None = None
    weekday: int | None = None
    swapped: datetime.date | None = None
    short_year: bool = False

    @property
    def date(self) -> datetime.date | None:
        """The full day, or None."""
        if self.year is None or self.day is None:
            return None
        return make_day(self.year, self.month, self.day)


def make_day(year: int, month: int, day: int) -> datetime.date | None:
    """Return the day, of the Persian calendar if its year says so, or None where there is none."""
    if is_jalali_year(year):
        return from_jalali(year, month, day)
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    try:
        return datetime.date(year, month, day)
    except ValueError:
        return None


def is_day_of_month(month: int, day: int | None) -> bool:
    """Tell whether a month of some year has that day."""
    return day is not None and 1 <= month <= 12 and 1 <= day <= 31 and make_day(2000, month, min(day, 31)) is not None
