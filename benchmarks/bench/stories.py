"""Tell a story: the title, the paragraphs and the day of a report, from forms and the conferences of the gazetteer."""

import datetime
import random
import tomllib
from functools import cache
from pathlib import Path
from typing import NamedTuple

from bench.phrases import Draw, Form, compile_forms, fill, form_date, furniture, pools, words

_SCHEMA = Path(__file__).resolve().parents[2] / "schema"
# Letters of a body that weigh about 2,400 bytes; those of other scripts take more bytes each.
_LETTERS = {"ru": 1300, "ar": 1330, "fa": 1330}
_LATIN = 2250
_SPREAD = (0.55, 1.45)


class Event(NamedTuple):
    """A conference that was held, in the words of one language."""

    names: list[str]
    in_city: str
    city: str
    start: datetime.date
    end: datetime.date


class Story(NamedTuple):
    """What a report tells, apart from the page that it stands on."""

    language: str
    title: str
    standfirst: str
    paragraphs: list[str]
    subhead: str
    author: str
    day: datetime.date
    city: str


class _Forms(NamedTuple):
    patterns: list[Form]
    local: list[Form]
    facts: list[str]
    leads: list[Form]
    titles: list[Form]
    background: list[Form]
    subheads: list[Form]
    standfirsts: list[Form]


def tell(language: str, seed: int, *, on_topic: bool = True) -> Story:
    """Return the story of a seed: always the same one. Off topic it is about a town's pool, library or tram."""
    draw = random.Random(seed).random  # noqa: S311  a benchmark repeats itself
    forms, found = _forms(language), _events(language)
    event, other = found[int(draw() * len(found))], found[int(draw() * len(found))]
    day = event.start + datetime.timedelta(days=int(draw() * 20) - 8)
    patterns = forms.patterns if on_topic else forms.local
    paragraphs = [_lead(forms, language, event, day, draw) if on_topic else fill(patterns[0], draw)]
    size = len(paragraphs[0])
    wanted = _LETTERS.get(language, _LATIN) * (_SPREAD[0] + draw() * (_SPREAD[1] - _SPREAD[0]))
    last = -1
    while size < wanted:
        sentences = []
        for _ in range(1 + int(draw() * 2.6)):
            at = int(draw() * len(patterns))
            last = at if at != last else (at + 1) % len(patterns)
            sentences.append(fill(patterns[last], draw))
        if on_topic and (len(paragraphs) == 1 or draw() < 0.1):
            told = forms.facts[int(draw() * len(forms.facts))]
            about = event if len(paragraphs) == 1 or draw() < 0.4 else other
            sentences.insert(0, _tell_event(told, language, about, draw))
        paragraphs.append(" ".join(sentences))
        size += len(paragraphs[-1])
    if on_topic and draw() < 0.3:
        paragraphs.append(_pick(forms.background, draw))
    title = _tell_event(_pick(forms.titles, draw), language, event, draw) if on_topic else fill(patterns[1], draw)
    return Story(
        language=language,
        title=title.rstrip("."),
        standfirst=_pick(forms.standfirsts, draw) if on_topic and draw() < 0.2 else "",
        paragraphs=paragraphs,
        subhead=_pick(forms.subheads, draw) if draw() < 0.35 else "",
        author=pools(language)["name"][int(draw() * len(pools(language)["name"]))],
        day=day,
        city=event.city,
    )


def _lead(forms: _Forms, language: str, event: Event, day: datetime.date, draw: Draw) -> str:
    told = _tell_event(_pick(forms.leads, draw), language, event, draw)
    return told.replace("{published}", _say(day, language, draw))


def _tell_event(told: str, language: str, event: Event, draw: Draw) -> str:
    if "{" not in told:
        return told
    name = event.names[int(draw() * len(event.names))]
    told = told.replace("{event}", name).replace("{in_city}", event.in_city)
    told = told.replace("{start}", _say(event.start, language, draw)).replace("{end}", _say(event.end, language, draw))
    return told[0].upper() + told[1:] if language != "tr" else told


def _say(day: datetime.date, language: str, draw: Draw) -> str:
    forms = words()[language]["dates"]
    return form_date(day, forms[int(draw() * len(forms))], language)


def _pick(forms: list[Form], draw: Draw) -> str:
    return fill(forms[int(draw() * len(forms))], draw)


@cache
def _forms(language: str) -> _Forms:
    table, found, shared = words()[language], pools(language), furniture()[language]
    local = {**found, "matter": table["local_matter"], "town": table["local_town"]}
    return _Forms(
        patterns=compile_forms(table["patterns"], found, language),
        local=compile_forms(table["patterns"], local, language),
        facts=table["facts"],
        leads=compile_forms(table["leads"], found, language),
        titles=compile_forms(table["titles"], found, language),
        background=compile_forms(shared["body"], found, language),
        subheads=compile_forms(shared["subhead"], found, language),
        standfirsts=compile_forms(shared["standfirst"], found, language),
    )


@cache
def _events(language: str) -> list[Event]:
    """Return the conferences with a day and a city that have a name in the language."""
    rows = tomllib.loads((_SCHEMA / "conferences.toml").read_text("utf-8"))["event"]
    cities, table = words()["cities"], words()[language]
    found = []
    for row in rows:
        names = row.get("aliases", {}).get(language)
        if row["status"] == "held" and names and row.get("city") in cities:
            at = cities.index(row["city"])
            found.append(Event(names, table["in_city"][at], table["city"][at], row["start"], row["end"]))
    return found
