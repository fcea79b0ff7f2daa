"""What an article says of conferences is linked to the event or the series that it means."""

import json
import time
from collections import defaultdict
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peacetalks.annotate.linking import link_mentions
from peacetalks.capture.gold import read_gold
from peacetalks.clean.audit import body_text
from peacetalks.clean.segments import tile_gold
from peacetalks.evaluate.scores import compare_sets
from peacetalks.registry.gazetteer import load_gazetteer

_CASES = Path(__file__).parent / "cases"
_GAZETTEER = load_gazetteer()
_LANGUAGES = st.sampled_from(["en", "fr", "de", "es", "ru", "ar", "tr", "fa", "ka"])
_WORDS = st.sampled_from(
    [
        *(
            "Syria",
            "Syria's",
            "the next",
            "first",
            "five rounds",
            "round of talks",
            "in Geneva-2",
            "Geneva II",
            "Astana 6",
        ),
        *(
            "conference",
            "meeting with Kerry",
            "between",
            "Lavrov and",
            "on Friday",
            "in June 2012",
            "held in",
            ". ",
            ", ",
        ),
        *(
            "scheduled for Jan. 25",
            "nuclear",
            "Женева-2",
            "переговоры по Сирии",
            "مؤتمر جنيف ٢",
            "بشأن سوريا",
            "99999 -",
        ),
        *(
            "Astana 6",
            "99999 -",
            ", ",
            "Cenevre görüşmeleri",
            "İstanbul’da",
            "مذاکرات آستانه",
            "“",
            "”",
            "(",
            ")",
            "\n\n",
        ),
    ]
)


def _cases(name: str) -> list[Any]:
    lines = (_CASES / name).read_text("utf-8").splitlines()
    return [
        pytest.param(
            case, id=case["id"], marks=pytest.mark.xfail(strict=True, reason=case["fails"]) if "fails" in case else ()
        )
        for case in map(json.loads, lines)
    ]


def _days(case: dict[str, Any]) -> tuple[date, date] | None:
    return (date.fromisoformat(case["published"]),) * 2 if case["published"] else None


@pytest.mark.parametrize(
    "case",
    [
        *_cases("linking-examples.jsonl"),
        *_cases("linking-hard-cases.jsonl"),
        *_cases("linking-days.jsonl"),
        *_cases("linking-days-aside.jsonl"),
        *_cases("linking-sentences.jsonl"),
        *_cases("linking-sentences-aside.jsonl"),
        *_cases("linking-articles.jsonl"),
        *_cases("linking-articles-aside.jsonl"),
    ],
)
def test_each_mention_is_linked_to_what_it_means(case: dict[str, Any]) -> None:
    mentions = link_mentions(
        case["title"], case["text"], language=case["language"], published=_days(case), gazetteer=_GAZETTEER
    )
    found = {(mention.surface, mention.conference or mention.series) for mention in mentions}
    assert found == {(surface, meaning) for surface, meaning in case["mentions"]}


@pytest.mark.parametrize(
    ("part", "conferences", "surfaces"),
    [
        ("open", 0.95, 0.915),
        ("aside", 0.92, 0.88),
        ("open-2", 0.97, 0.98),
        ("open-3", 0.96, 0.94),
        ("aside-2", 0.86, 0.92),
    ],
)
def test_whole_articles_are_linked_as_their_gold_says(part: str, conferences: float, surfaces: float) -> None:
    found, gold = (defaultdict[str, set[Any]](set) for _ in range(2))
    for entry in read_gold(_CASES.parent / "gold" / part).values():
        text = body_text(tile_gold(entry.segments))
        day = entry.published
        mentions = link_mentions(
            entry.title, text, language=entry.language, published=day and (day, day), gazetteer=_GAZETTEER
        )
        for table, told in ((found, mentions), (gold, entry.mentions)):
            table["conferences"] |= {(entry.id, mention.conference) for mention in told if mention.conference}
            table["surfaces"] |= {(entry.id, mention.field, mention.start, mention.end) for mention in told}
    scores = {name: compare_sets(found[name], gold[name]).f1 for name in ("conferences", "surfaces")}
    assert scores["conferences"] >= conferences
    assert scores["surfaces"] >= surfaces


def test_pages_about_look_alikes_have_no_link() -> None:
    parts = ("open", "aside", "open-2", "aside-2")
    pages = [gold for part in parts for gold in read_gold(_CASES.parent / "gold" / part).values()]
    pages = [gold for gold in pages if not gold.on_topic]
    assert len(pages) >= 16
    for gold in pages:
        text, day = body_text(tile_gold(gold.segments)), gold.published
        days = day and (day, day)
        assert link_mentions(gold.title, text, language=gold.language, published=days, gazetteer=_GAZETTEER) == []


@settings(deadline=None)
@given(
    words=st.lists(_WORDS, max_size=60),
    title=st.none() | st.text(max_size=40),
    language=_LANGUAGES,
    day=st.none() | st.dates(),
)
def test_offsets_always_hold_the_surface(words: list[str], title: str | None, language: str, day: date | None) -> None:
    text = " ".join(words)
    mentions = link_mentions(title, text, language=language, published=day and (day, day), gazetteer=_GAZETTEER)
    for mention in mentions:
        body = (title or "") if mention.field == "title" else text
        assert body[mention.start : mention.end] == mention.surface
        assert mention.conference or mention.series
        if mention.conference:
            assert _GAZETTEER.events[mention.conference].series == mention.series
    keys = [(m.field != "title", m.start, m.end, m.conference or "") for m in mentions]
    assert keys == sorted(keys)


@settings(deadline=None)
@given(text=st.text(max_size=300), language=_LANGUAGES)
def test_any_text_can_be_read(text: str, language: str) -> None:
    days = (date(2017, 8, 22), date(2017, 8, 23))
    for mention in link_mentions(text, "Syria " + text, language=language, published=days, gazetteer=_GAZETTEER):
        assert mention.surface


def test_the_stage_is_that_of_the_publication_day() -> None:
    stages = [
        link_mentions(None, "Syria waits for Geneva-2.", language="en", published=days, gazetteer=_GAZETTEER)[0].stage
        for days in (
            (date(2013, 9, 9),) * 2,
            (date(2014, 1, 24),) * 2,
            (date(2014, 5, 1),) * 2,
            (date(2014, 1, 21), date(2014, 1, 22)),
            None,
        )
    ]
    assert stages == ["ahead", "under-way", "held", None, None]


def test_one_name_means_different_meetings_at_different_times() -> None:
    text = "The next round of Geneva talks on Syria is near."
    found = {
        link_mentions(None, text, language="en", published=(day, day), gazetteer=_GAZETTEER)[0].conference
        for day in (date(2016, 4, 1), date(2017, 3, 10), date(2017, 6, 1))
    }
    assert found == {"intra-syrian-geneva-3-2016", "intra-syrian-geneva-5-2017", "intra-syrian-geneva-7-2017"}


def test_an_article_that_never_names_the_country_is_not_read() -> None:
    text = "Talks in Geneva on fisheries ended; the next round of talks is in May. " * 20
    assert link_mentions("Fish", text, language="en", published=(date(2017, 5, 1),) * 2, gazetteer=_GAZETTEER) == []


@pytest.mark.parametrize(
    "piece",
    [
        "the next round of talks in Geneva and ",
        "Geneva I and II and III, ",
        "talks between the government and the opposition of Syria and ",
        "meeting Kerry in Geneva on Friday ",
        "conference",
        "the first, the second, ",
        '"talks "',
    ],
)
def test_a_longer_page_costs_in_proportion(piece: str) -> None:
    def cost(length: int) -> float:
        text = "Syria. " + piece * (length // len(piece))
        start = time.process_time()
        link_mentions(None, text, language="en", published=(date(2017, 5, 1),) * 2, gazetteer=_GAZETTEER)
        return time.process_time() - start

    def least(length: int) -> float:
        # The garbage of the tests before is collected in whichever turn it falls due.
        return min(cost(length) for _ in range(3))

    cost(2_000)
    assert least(32_000) < 16 * max(least(8_000), 0.002)


def test_what_one_page_may_cost_is_bounded() -> None:
    text = "the next round of Syria talks in Geneva and " * 20_000
    mentions = link_mentions(None, text, language="en", published=(date(2017, 5, 1),) * 2, gazetteer=_GAZETTEER)
    assert 1000 < len(mentions) < 4000
