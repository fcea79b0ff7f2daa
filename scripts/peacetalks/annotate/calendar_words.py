"""The folded names of months and weekdays, and lines as the words and numbers that hold them."""

import re
from functools import cache
from itertools import pairwise

from msgspec import Struct

from peacetalks.annotate.fold import fold
from peacetalks.registry.date_words import load_date_words, month_names, weekday_names

_TOKEN = re.compile(r"(?:19|20)\d\d(?=\d{1,2}:\d\d)|\d+|[^\W\d_]+")  # a clock may be glued to the year

_CAPITAL_INSIDE = re.compile(r"[a-z](?=[A-Z][a-z])")  # a name glued to a date: "Associated PressApril 28"


class Token(Struct, frozen=True, gc=False):
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
    starts: frozenset[str]  # the first words of the months


def tokenise(folded: str, line: str | None = None) -> list[Token]:
    """Return the words and numbers of a folded line; a word is parted before a capital of the `line` as written."""
    tokens = [Token(match[0], match.start(), match.end()) for match in _TOKEN.finditer(folded)]
    if line is None or not _CAPITAL_INSIDE.search(line):
        return tokens
    parted: list[Token] = []
    for token in tokens:
        cuts = [match.end() for match in _CAPITAL_INSIDE.finditer(line, token.start, token.end)]
        bounds = [token.start, *cuts, token.end]
        parted += [Token(folded[a:b], a, b) for a, b in pairwise(bounds)]
    return parted


def may_name_month(folded: str, line: str, calendar: Calendar) -> bool:
    """Tell whether a folded line holds the beginning of a month's name: most lines with figures hold none."""
    return not calendar.starts.isdisjoint(_TOKEN.findall(folded)) or _CAPITAL_INSIDE.search(line) is not None


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
    starts = frozenset(name.partition(" ")[0] for name in (*months, *jalali))
    return Calendar(months, {k: v for k, v in jalali.items() if k not in months}, weekdays, frozenset(joiners), starts)


def _fold_names(names: dict[str, int]) -> dict[str, int]:
    return {" ".join(token.text for token in tokenise(fold(name))): number for name, number in names.items()}
