"""The sites that the pages stand on: each with its own furniture, bylines, forms of dates, credits and captions."""

import random
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from bench.phrases import Form, compile_form, compile_forms, furniture, pools, words

# How many sites a language has, and so what share of the pages.
_MANY = {"en": 16, "ar": 8, "fr": 8, "de": 8, "es": 8, "ru": 6, "tr": 5, "fa": 5}
_SEED = 20140122
_DATES = ("{d} {month} {y}", "{d:02}/{m:02}/{y}", "{y}-{m:02}-{d:02}", "{d:02}.{m:02}.{y}")


class Site(NamedTuple):
    """A site and the style of its house. Forms hold {by} and {day} where a page puts its author and its date."""

    language: str
    name: str
    host: str
    date: str
    section: str
    top: list[Form]
    signs: list[Form]  # byline, then date
    signs_first: bool
    dateline: Form | None
    caption: list[Form]
    share: list[Form]
    credit: Form | None
    related: str
    teasers: list[Form]
    many_teasers: int
    foot: list[Form]
    gap: str  # between the blocks of a page of text
    joined: bool  # the menu as one line
    straight: bool  # typewriter quotes
    bullet: str


@cache
def sites() -> list[Site]:
    """Return all sites, those of a language one after the other; they are the same in every run."""
    return [_furnish(language, number) for language, many in _MANY.items() for number in range(many)]


@cache
def others(site: int) -> list[int]:
    """Return the numbers of the other sites in the language of one."""
    return [n for n, other in enumerate(sites()) if other.language == sites()[site].language and n != site]


def _furnish(language: str, number: int) -> Site:
    chance = random.Random(f"{_SEED} {language} {number}")  # noqa: S311  a benchmark repeats itself
    table, shared = words()[language], furniture()[language]
    first, second = table["papers"][number % len(table["papers"])], table["outside"][number % len(table["outside"])]
    name = first.replace("{town}", second)
    found = {**pools(language), "site": [name], "date": ["{day}"], "name": ["{by}"]}

    def some(kind: str, least: int, most: int, kinds: Sequence[str] = ()) -> list[Form]:
        wanted = [form for form in shared[kind] if not kinds or any(k in form for k in kinds)]
        return compile_forms(chance.sample(wanted, min(chance.randint(least, most), len(wanted))), found, language)

    agency = chance.choice([None, *pools(language)["agency"][:8]])
    credit = chance.choice([None, *(form for form in shared["meta"] if "{agency}" in form)])
    found["agency"] = [agency] if agency else found["agency"]
    lines = [form for form in shared["dateline"] if "{place}" in form and "{date}" not in form]
    return Site(
        language=language,
        name=name,
        host=f"{language}-{number}.example",
        date=chance.choice([*table["dates"], *_DATES]),
        section=chance.choice(pools(language)["section"]),
        top=some("chrome", 0, 6),
        signs=[*some("meta", 1, 1, ("{name}",)), *some("meta", 1, 1, ("{date}",))],
        signs_first=chance.random() < 0.7,
        dateline=compile_form(chance.choice(lines), found, language) if lines and chance.random() < 0.6 else None,
        caption=some("caption", 1, 6) if chance.random() < 0.6 else [],
        share=some("chrome", 0, 2),
        credit=compile_form(credit, found, language) if credit and chance.random() < 0.5 else None,
        related=chance.choice([form for form in shared["chrome"] if "{" not in form]),
        teasers=compile_forms(shared["teaser"], {**pools(language), "site": [name]}, language),
        many_teasers=chance.choice([0, 0, 1, 2, 3]),
        foot=[*some("notice", 0, 1), *some("chrome", 0, 3)],
        gap=chance.choice(["\n", "\n\n", "\n\n"]),
        joined=chance.random() < 0.5,
        straight=language == "en" and chance.random() < 0.5,
        bullet=chance.choice(["", "", "• ", "- ", "  * "]),
    )
