"""Find the dates that a line or an address states, in words or figures, in any calendar and script."""

import datetime
import re
from functools import cache

from msgspec import Struct

from peacetalks.annotate.fold import fold
from peacetalks.annotate.jalali import from_jalali, is_jalali_year
from peacetalks.registry.date_words import load_date_words, month_names, weekday_names

FIRST_YEAR, LAST_YEAR = 1990, 2100
_LONGEST_LINE = 2000
_WIDEST_GAP = 4  # " , " and the like between the parts of one date
_TOKEN = re.compile(r"\d+|[^\W\d_]+")
_FIGURES = re.compile(
    r"(?<![\d.])(?:(\d{4})([-/.])(\d{1,2})\2(\d{1,2})|(\d{1,2})([-/.])(\d{1,2})\6(\d{4}|\d{2})"
    r"|(?:(\d{4}) ?[年년] ?)?(\d{1,2}) ?[月월] ?(\d{1,2}) ?[日일号])(?!\d)"
)
_ADDRESS = re.compile(
    r"[/_-](\d{4})([/_-]?)(\d{1,2}|[a-z]{3,9})\2(\d{1,2})(?=[/_.?#-]|$|t\d)|[/_-](\d{4})(\d{2})(\d{2})(?=[/_.?#-]|\d|$)"
)
_ADDRESS_MONTH = re.compile(r"/(\d{4})[/-](\d{1,2})(?=/)")


class WrittenDate(Struct, frozen=True, kw_only=True):
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

    @property
    def agrees(self) -> bool | None:
        """Whether the weekday is that of the day; None where one of them is missing."""
        day = self.date
        return None if day is None or self.weekday is None else day.weekday() == self.weekday


class Token(Struct, frozen=True):
    """A word or a number of a folded line."""

    text: str
    start: int
    end: int


class Calendar(Struct, frozen=True):
    """The folded names of a language and of English: one or two words to a number."""

    months: dict[str, int]
    jalali: dict[str, int]
    weekdays: dict[str, int]
    joiners: frozenset[str]


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


def find_dates(line: str, language: str) -> list[WrittenDate]:
    """Return the dates of a line in order, at least day and month or month and year of each."""
    folded = fold(line[:_LONGEST_LINE])
    if not any(map(str.isdigit, folded)):
        return []
    calendar = read_calendar(language)
    tokens = tokenise(folded)
    found = [_with_weekday(date, tokens, calendar) for date in _in_figures(folded)]
    taken = {(date.start, date.end) for date in found}
    position = 0
    while position < len(tokens):
        date, after = _in_words(tokens, position, calendar)
        if date is not None and not any(date.start < end and start < date.end for start, end in taken):
            found.append(_with_weekday(date, tokens, calendar))
        position = after
    return sorted(found, key=lambda date: date.start)


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


def tokenise(folded: str) -> list[Token]:
    """Return the words and numbers of a folded line."""
    return [Token(match[0], match.start(), match.end()) for match in _TOKEN.finditer(folded)]


@cache
def read_calendar(language: str) -> Calendar:
    """Return the folded names of the months and weekdays of a language, English ones below them."""
    primary = language.partition("-")[0]
    words = load_date_words()
    months: dict[str, int] = {}
    weekdays: dict[str, int] = {}
    for tag in ("en", primary):
        months.update(_fold_names(month_names(tag)))
        weekdays.update(_fold_names(weekday_names(tag, short=True)))
    jalali = {fold(name): number for names in words.jalali_months.values() for name, number in names.items()}
    joiners = {fold(word) for tag in {primary, "en"} for word in words.joiners.get(tag, [])}
    return Calendar(months, {k: v for k, v in jalali.items() if k not in months}, weekdays, frozenset(joiners))


def _fold_names(names: dict[str, int]) -> dict[str, int]:
    return {" ".join(token.text for token in tokenise(fold(name))): number for name, number in names.items()}


def _in_figures(folded: str) -> list[WrittenDate]:
    found = []
    for match in _FIGURES.finditer(folded):
        year, _, month, day, first, _, second, last, cjk_year, cjk_month, cjk_day = match.groups()
        start, end = match.span()
        if year:
            date = WrittenDate(start=start, end=end, year=int(year), month=int(month), day=int(day))
        elif cjk_month:
            number = int(cjk_year) if cjk_year else None
            date = WrittenDate(start=start, end=end, year=number, month=int(cjk_month), day=int(cjk_day))
        else:
            date = _day_first(start, end, int(first), int(second), last)
        if (date.date is not None) if date.year is not None else _is_day_of_month(date.month, date.day):
            found.append(date)
    return found


def _day_first(start: int, end: int, first: int, second: int, last: str) -> WrittenDate:
    year = int(last) if len(last) == 4 else 2000 + int(last)
    day, month = (second, first) if second > 12 else (first, second)
    swapped = make_day(year, day, month) if day <= 12 and day != month and second <= 12 else None
    short = len(last) == 2
    return WrittenDate(start=start, end=end, year=year, month=month, day=day, swapped=swapped, short_year=short)


def _in_words(tokens: list[Token], position: int, calendar: Calendar) -> tuple[WrittenDate | None, int]:
    """Return the date around the month name at a position, and the position to go on from."""
    month, after, jalali = _month_at(tokens, position, calendar)
    if month is None:
        return None, position + 1
    left = _neighbour(tokens, position, -1, calendar)
    right = _neighbour(tokens, after - 1, +1, calendar)
    left_number, right_number = _number(tokens, left), _number(tokens, right)
    if left is not None and _is_day(left_number):
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
    return whole if number is None or _is_day_of_month(month, number) else None


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


def _number(tokens: list[Token], position: int | None) -> str:
    return "" if position is None else tokens[position].text


def _is_day(text: str) -> bool:
    return 1 <= len(text) <= 2 and text.isdecimal() and 1 <= int(text) <= 31


def _is_year(text: str, *, jalali: bool) -> bool:
    if len(text) != 4 or not text.isdecimal():
        return False
    return is_jalali_year(int(text)) if jalali else FIRST_YEAR <= int(text) <= LAST_YEAR


def _is_day_of_month(month: int, day: int | None) -> bool:
    return day is not None and 1 <= month <= 12 and 1 <= day <= 31 and make_day(2000, month, min(day, 31)) is not None


def _with_weekday(date: WrittenDate, tokens: list[Token], calendar: Calendar) -> WrittenDate:
    """Return the date with the weekday that stands right before it, or right after it."""
    inside = [n for n, token in enumerate(tokens) if token.start >= date.start and token.end <= date.end]
    if not inside:
        return date
    for position, step in ((inside[0], -1), (inside[-1], +1)):
        beside = _neighbour(tokens, position, step, calendar)
        if beside is None:
            continue
        weekday = calendar.weekdays.get(tokens[beside].text)
        pair = f"{tokens[beside - 1].text} {tokens[beside].text}" if step < 0 and beside else ""
        if step > 0 and beside + 1 < len(tokens):
            pair = f"{tokens[beside].text} {tokens[beside + 1].text}"
        weekday = calendar.weekdays.get(pair, weekday)
        if weekday is not None:
            return WrittenDate(
                start=date.start,
                end=date.end,
                month=date.month,
                year=date.year,
                day=date.day,
                weekday=weekday,
                swapped=date.swapped,
                short_year=date.short_year,
            )
    return date
