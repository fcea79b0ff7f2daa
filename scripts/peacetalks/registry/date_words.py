"""The words around dates, by language: CLDR's months and weekdays, and what dates.toml adds to them."""

from functools import cache
from pathlib import Path
from typing import Annotated

import msgspec
from babel import Locale, UnknownLocaleError
from msgspec import Meta, Struct

from peacetalks._files import schema_folder
from peacetalks.errors import VocabularyError
from peacetalks.registry.vocabulary import read_toml

Words = dict[str, list[str]]
Months = dict[str, dict[str, Annotated[int, Meta(ge=1, le=12)]]]


class DateWords(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole of dates.toml; each table is keyed by language."""

    published: Words
    updated: Words
    other: Words
    months: Months
    jalali_months: Months
    weekdays: dict[str, dict[str, Annotated[int, Meta(ge=0, le=6)]]]
    variants: Words
    ages: dict[str, dict[str, Annotated[int, Meta(ge=0, le=7)]]]
    ago: Words
    joiners: Words
    ahead: Words
    past: Words
    not_last: Words
    late: Words
    not_places: Words
    cities: Words
    ended: Words
    opened: Words
    today: Words


@cache
def load_date_words(path: Path | None = None) -> DateWords:
    """Return the validated table; VocabularyError names file and rule. Default: the package's own."""
    path = path or schema_folder() / "dates.toml"
    try:
        return msgspec.convert(read_toml(path), DateWords)
    except msgspec.ValidationError as error:
        raise VocabularyError(f"{path.name}: {error}") from None


@cache
def month_names(language: str) -> dict[str, int]:
    """Return the names of the months of a language as written, long, short and stand-alone, to 1-12."""
    names: dict[str, int] = {}
    for locale in _locales(language):
        for forms in locale.months.values():
            for width in ("wide", "abbreviated"):
                names.update({name.rstrip("."): number for number, name in forms[width].items()})
    names.update(load_date_words().months.get(language, {}))
    return {name: number for name, number in names.items() if not name[0].isdigit()}


@cache
def weekday_names(language: str, *, short: bool) -> dict[str, int]:
    """Return the names of the weekdays of a language as written, to 0 (Monday) to 6; the short ones on request."""
    names: dict[str, int] = {}
    widths = ("wide", "abbreviated") if short else ("wide",)
    for locale in _locales(language):
        for forms in locale.days.values():
            for width in widths:
                names.update({name.rstrip("."): number for number, name in forms[width].items()})
    names.update(load_date_words().weekdays.get(language, {}))
    return names


def _locales(language: str) -> list[Locale]:
    known = []
    for tag in (language, *load_date_words().variants.get(language, [])):
        try:
            known.append(Locale.parse(tag, sep="_" if "_" in tag else "-"))
        except (UnknownLocaleError, ValueError):
            continue
    return known
