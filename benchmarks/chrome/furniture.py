"""Make furniture lines in the words of furniture.toml: share bars, bylines, captions, notices and whole small pages."""

import random
import re
import tomllib
from functools import cache
from pathlib import Path

_SLOT = re.compile(r"\{(\w+)\}")
_LABELS = {
    "title": "title",
    "standfirst": "title",
    "subhead": "body",
    "body": "body",
    "meta": "meta",
    "caption": "caption",
    "chrome": "chrome",
    "clock": "chrome",
    "teaser": "chrome",
    "notice": "chrome",
    "comment": "chrome",
    "bio": "chrome",
    "list": "body",
    "pair": "body",
}


@cache
def _tables() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads(Path(__file__).with_name("furniture.toml").read_text("utf-8"))


def languages() -> list[str]:
    """Return the languages that there is furniture in."""
    return [name for name in _tables() if name != "slots"]


def has_body(language: str) -> bool:
    """Say whether the furniture of a language has paragraphs of its own."""
    return "body" in _tables()[language]


def label_of(kind: str) -> str:
    """Return the label that lines of a kind carry."""
    return _LABELS[kind]


def make_line(language: str, kind: str, chance: random.Random, fixed: dict[str, str] | None = None) -> str:
    """Return one line of a kind with its slots filled; `fixed` holds slots that must agree over a page."""
    return _fill(chance.choice(_tables()[language][kind]), language, chance, fixed or {})


def make_lines(language: str, kind: str, count: int, chance: random.Random, fixed: dict[str, str]) -> list[str]:
    """Return up to `count` different lines of a kind."""
    forms = _tables()[language][kind]
    return [_fill(form, language, chance, fixed) for form in chance.sample(forms, min(count, len(forms)))]


def make_talk(language: str, count: int, chance: random.Random) -> list[tuple[str, str]]:
    """Return up to `count` pairs of a question and its answer."""
    pairs = make_lines(language, "pair", count, chance, {})
    return [(question.strip(), answer.strip()) for question, _, answer in (pair.partition("\u27c2") for pair in pairs)]


def fix_slots(language: str, chance: random.Random) -> dict[str, str]:
    """Return the slots that stay the same over a page: its site and its author."""
    slots = _tables()["slots"]
    return {"site": chance.choice(slots["site"]), "name": chance.choice(_tables()[language].get("name", slots["name"]))}


def _fill(form: str, language: str, chance: random.Random, fixed: dict[str, str]) -> str:
    tables = _tables()

    def fill(match: re.Match[str]) -> str:
        slot = match[1]
        if slot in fixed and (slot != "name" or chance.random() < 0.7):
            return fixed[slot]
        if slot == "n":
            return str(chance.choice([0, 1, 2, 3, 4, 5, 6, 8, 12, 24, 38, 117, 1204]))
        if slot == "year":
            return str(chance.randint(2011, 2025))
        return chance.choice(tables[language].get(slot) or tables["slots"][slot])

    return _SLOT.sub(fill, form)
