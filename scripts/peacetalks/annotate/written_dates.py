"""Find the dates that a line states, in words or figures, in any calendar and script."""

import re
from bisect import bisect_left, bisect_right
from functools import lru_cache
from operator import attrgetter

from msgspec.structs import replace

from peacetalks.annotate.calendar_words import Calendar, Token, may_name_month, read_calendar, tokenise
from peacetalks.annotate.date_figures import find_in_figures
from peacetalks.annotate.days import FIRST_YEAR, LAST_YEAR, WrittenDate, is_day_of_month
from peacetalks.annotate.fold import fold
from peacetalks.annotate.jalali import is_jalali_year

_DIGIT = re.compile(r"\d")
_LONGEST_LINE = 2000
_WIDEST_GAP = 4  # " , " and the like between the parts of one date
_START, _END = attrgetter("start"), attrgetter("end")
_REMEMBERED = 256  # lines: what asks for a line's dates asks for those of its page again


def find_dates(line: str, language: str) -> tuple[WrittenDate, ...]:
    """Return the dates of a line in order, at least day and month or month and year of each."""
    return _find(line[:_LONGEST_LINE], language) if _DIGIT.search(line) is not None else ()


@lru_cache(_REMEMBERED)
def _find(line: str, language: str) -> tuple[WrittenDate, ...]:
    folded = fold(line)
    calendar = read_calendar(language)
    figures = find_in_figures(folded)
    if not (figures or may_name_month(folded, line, calendar)):
        return ()
    tokens = tokenise(folded, line)
    found = [_with_weekday(date, tokens, calendar) for date in figures]
    taken = {(date.start, date.end) for date in found}
    position = 0
    while position < len(tokens):
        if tokens[position].text not in calendar.starts:
            position += 1
            continue
        date, after = _in_words(tokens, position, calendar)
        if date is not None and not any(date.start < end and start < date.end for start, end in taken):
            found.append(_with_weekday(date, tokens, calendar))
        position = after
    return tuple(sorted(found, key=lambda date: date.start))


def _in_words(tokens: list[Token], position: int, calendar: Calendar) -> tuple[WrittenDate | None, int]:
    """Return the date around the month name at a position, and the position to go on from."""
    month, after, jalali = _month_at(tokens, position, calendar)
    if month is None:
        return None, position + 1
    left = _neighbour(tokens, position, -1, calendar)
    right = _neighbour(tokens, after - 1, +1, calendar)
    left_number, right_number = _number(tokens, left), _number(tokens, right)
    if left is not None and _is_day(left_number) and not (_is_day(right_number) and _ends_clock(tokens, left)):
        year = right if right is not None and _is_year(right_number, jalali=jalali) else None
        return _date(tokens, left, after - 1 if year is None else year, month, left, year), after
    if right is not None and _is_day(right_number):
        beyond = _neighbour(tokens, right, +1, calendar)
        if beyond is not None and _is_year(_number(tokens, beyond), jalali=jalali):
            return _date(tokens, position, beyond, month, right, beyond), beyond + 1
        if left is not None and _is_year(left_number, jalali=jalali):
            return _date(tokens, left, right, month, right, left), right + 1
        return _date(tokens, position, right, month, right, None), right + 1
    if right is not None and _is_year(right_number, jalali=jalali):
        return _date(tokens, position, right, month, None, right), right + 1
    return None, after


def _date(
    tokens: list[Token], first: int, last: int, month: int, day: int | None, year: int | None
) -> WrittenDate | None:
    number = None if day is None else int(tokens[day].text)
    whole = WrittenDate(
        start=tokens[first].start,
        end=tokens[last].end,
        month=month,
        day=number,
        year=None if year is None else int(tokens[year].text),
    )
    if whole.year is not None and number is not None:
        return whole if whole.date else None
    return whole if number is None or is_day_of_month(month, number) else None


def _month_at(tokens: list[Token], position: int, calendar: Calendar) -> tuple[int | None, int, bool]:
    """Return the month named at a position, the position after it and after a second name of it, and its calendar."""
    for names, jalali in ((calendar.months, False), (calendar.jalali, True)):
        month, after = _name_at(tokens, position, names)
        if month is None:
            continue
        again, beyond = _name_at(tokens, after, names) if after < len(tokens) else (None, after)
        return month, beyond if again == month else after, jalali
    return None, position + 1, False


def _name_at(tokens: list[Token], position: int, names: dict[str, int]) -> tuple[int | None, int]:
    word = tokens[position].text
    if position + 1 < len(tokens):
        pair = names.get(f"{word} {tokens[position + 1].text}")
        if pair is not None:
            return pair, position + 2
    return names.get(word), position + 1


def _neighbour(tokens: list[Token], position: int, step: int, calendar: Calendar) -> int | None:
    """Return the position of the next token to one side that is no joiner, if it stands close."""
    for _ in range(3):
        following = position + step
        if not 0 <= following < len(tokens):
            return None
        left, right = sorted((position, following))
        if tokens[right].start - tokens[left].end > _WIDEST_GAP:
            return None
        position = following
        if tokens[position].text not in calendar.joiners:
            return position
    return None


def _ends_clock(tokens: list[Token], position: int) -> bool:
    """Tell whether a number is the minutes of "22:14, January 22"."""
    before = tokens[position - 1] if position else None
    return before is not None and before.text.isdecimal() and tokens[position].start - before.end == 1


def _number(tokens: list[Token], position: int | None) -> str:
    return "" if position is None else tokens[position].text


def _is_day(text: str) -> bool:
    return 1 <= len(text) <= 2 and text.isdecimal() and 1 <= int(text) <= 31


def _is_year(text: str, *, jalali: bool) -> bool:
    if len(text) != 4 or not text.isdecimal():
        return False
    return is_jalali_year(int(text)) if jalali else FIRST_YEAR <= int(text) <= LAST_YEAR


def _with_weekday(date: WrittenDate, tokens: list[Token], calendar: Calendar) -> WrittenDate:
    """Return the date with the weekday that stands right before it, or right after it."""
    first = bisect_left(tokens, date.start, key=_START)
    last = bisect_right(tokens, date.end, first, key=_END) - 1
    if first > last:
        return date
    for position, step in ((first, -1), (last, +1)):
        beside = _neighbour(tokens, position, step, calendar)
        if beside is None:
            continue
        weekday = calendar.weekdays.get(tokens[beside].text)
        pair = f"{tokens[beside - 1].text} {tokens[beside].text}" if step < 0 and beside else ""
        if step > 0 and beside + 1 < len(tokens):
            pair = f"{tokens[beside].text} {tokens[beside + 1].text}"
        weekday = calendar.weekdays.get(pair, weekday)
        if weekday is not None:
            return replace(date, weekday=weekday)
    return date
