"""Turn days of the Persian solar calendar into those of the Gregorian."""

import datetime

_FIRST_YEAR, _LAST_YEAR = 1244, 1472
_CYCLE = 33
_LEAP_YEARS = (1, 5, 9, 13, 17, 22, 26, 30)
_KNOWN = (1395, datetime.date(2016, 3, 20))


def is_jalali_year(year: int) -> bool:
    """Tell whether a year is of the span in which the 33-year cycle agrees with the observed calendar."""
    return _FIRST_YEAR <= year <= _LAST_YEAR


def from_jalali(year: int, month: int, day: int) -> datetime.date | None:
    """Return the Gregorian day by the 33-year cycle of leap years, or None where there is no such day."""
    if not (is_jalali_year(year) and 1 <= month <= 12 and 1 <= day <= (31 if month <= 6 else 30)):
        return None
    if month == 12 and day == 30 and year % _CYCLE not in _LEAP_YEARS:
        return None
    known_year, known_day = _KNOWN
    days_before = 31 * (month - 1) if month <= 7 else 186 + 30 * (month - 7)
    days = _days_before_year(year) - _days_before_year(known_year) + days_before + day - 1
    return known_day + datetime.timedelta(days)


def _days_before_year(year: int) -> int:
    cycles, rest = divmod(year - 1, _CYCLE)
    leaps = len(_LEAP_YEARS) * cycles + sum(leap <= rest for leap in _LEAP_YEARS)
    return 365 * (year - 1) + leaps
