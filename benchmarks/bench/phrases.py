"""Make sentences of phrases: the forms of words.toml and of the furniture, each slot filled from a list."""

import datetime
import itertools
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

Draw = Callable[[], float]  # a number from 0 up to 1, as random.Random.random gives
Pools = Mapping[str, list[str]]


class Form(NamedTuple):
    """A text with a %s for each of the lists that one entry is drawn of, and how long each list is."""

    text: str
    lists: list[tuple[list[str], int]]


# Slots that a page fills in, and that stay as they are in a form.
LATER = ("event", "in_city", "start", "end", "published", "by", "day")

_SLOT = re.compile(r"\{(\w+)(!c)?\}")
_FIRST_DAY, _LAST_DAY = datetime.date(2011, 3, 15), datetime.date(2024, 12, 8)
_STEP = 7  # every seventh name of three parts: so many that two reports seldom quote the same person


@cache
def words() -> dict[str, Any]:
    """Return the tables of words.toml."""
    return tomllib.loads(Path(__file__).with_name("words.toml").read_text("utf-8"))


@cache
def furniture() -> dict[str, dict[str, list[str]]]:
    """Return the furniture that the chrome model is trained with, by language and kind; `slots` fit any language."""
    path = Path(__file__).parent.parent / "chrome" / "furniture.toml"
    return tomllib.loads(path.read_text("utf-8"))


def languages() -> list[str]:
    """Return the languages that pages are made in."""
    return [name for name in words() if name != "cities"]


@cache
def pools(language: str) -> dict[str, list[str]]:
    """Return what the slots of a language are drawn from."""
    table, shared = words()[language], furniture()
    found = {**shared["slots"], **shared[language], **table}
    found["name"] = _names(table["given"], table["family"])
    found["other"] = found["name"]
    large = (f"{n:,}".replace(",", table["thousands"]) for n in range(1000, 90000, 131))
    found["n"] = [*map(str, range(2, 100)), *map(str, range(100, 1000)), *large]
    found["age"] = [str(age) for age in range(18, 93)]
    found["date"] = [form_date(day, form, language) for form in table["dates"] for day in _days()]
    found["month"] = table["months"]
    found["year"] = [str(year) for year in range(2011, 2025)]
    return found


def compile_form(form: str, found: Pools, language: str) -> Form:
    """Return the form ready to be drawn; slots that a page fills in stay as they are."""
    lists: list[tuple[list[str], int]] = []

    def take(match: re.Match[str]) -> str:
        slot, capital = match.groups()
        if slot in LATER:
            return match[0]
        wanted = [_capitalise(text, language) for text in found[slot]] if capital else found[slot]
        lists.append((wanted, len(wanted)))
        return "%s"

    return Form(_SLOT.sub(take, form.replace("%", "%%")), lists)


def compile_forms(forms: Iterable[str], found: Pools, language: str) -> list[Form]:
    """Return each form ready to be drawn."""
    return [compile_form(form, found, language) for form in forms]


def fill(form: Form, draw: Draw) -> str:
    """Return the text of a form, each list giving one of its own."""
    return form.text % tuple([found[int(draw() * size)] for found, size in form.lists])


def form_date(day: datetime.date, form: str, language: str) -> str:
    """Return a day in words."""
    return form.format(d=day.day, month=words()[language]["months"][day.month - 1], y=day.year)


def _capitalise(text: str, language: str) -> str:
    return ("İ" if language == "tr" and text[0] == "i" else text[0].upper()) + text[1:]


def _days() -> Iterable[datetime.date]:
    for n in range((_LAST_DAY - _FIRST_DAY).days + 1):
        yield _FIRST_DAY + datetime.timedelta(days=n)


def _names(given: list[str], family: list[str]) -> list[str]:
    short = [f"{first} {last}" for first, last in itertools.product(given, family)]
    long = (f"{first} {second} {last}" for last, first, second in itertools.product(family, given, given))
    return short + list(itertools.islice(long, 0, None, _STEP))
