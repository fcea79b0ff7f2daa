"""What linking asks of a part of a text, or of a few events, is what it would find if it asked of all."""

import json
from datetime import date, timedelta
from pathlib import Path

import pytest

from peacetalks.annotate.fields import names_in, read_field
from peacetalks.annotate.fold import fold
from peacetalks.annotate.index import index_for
from peacetalks.annotate.sentences import split_sentences
from peacetalks.annotate.vantage import days_between
from peacetalks.annotate.when import Days
from peacetalks.registry.gazetteer import Event, load_gazetteer

_LINES = (Path(__file__).parent / "cases/linking-articles.jsonl").read_text("utf-8").splitlines()
_ARTICLES = [json.loads(line) for line in _LINES]


@pytest.mark.parametrize("article", _ARTICLES, ids=lambda article: article["id"])
@pytest.mark.parametrize("step", [1, 2, 3])
def test_names_of_some_sentences_are_those_of_the_whole_text(article: dict[str, str], step: int) -> None:
    text, index = article["text"], index_for(load_gazetteer(), article["language"])
    field = read_field("text", text, fold(text), index)
    whole = names_in(field, [(0, len(text))], index)
    spans = [*split_sentences(field.folded, index.language)][::step]
    for low, high in spans:
        told = [item for item in names_in(field, spans, index) if low <= item.start < high]
        assert told == [item for item in whole if low <= item.start < high]


@pytest.mark.parametrize("day", ["2011-03-01", "2013-08-13", "2014-01-20", "2016-01-29", "2018-01-02", "2030-01-01"])
@pytest.mark.parametrize("length", [0, 30, 365])
@pytest.mark.parametrize("reach", [0, 3, 400])
def test_events_near_a_day_are_those_that_no_more_days_part_from_it(day: str, length: int, reach: int) -> None:
    index, first = index_for(load_gazetteer(), "en"), date.fromisoformat(day)
    days = first, first + timedelta(length)
    near = index.calendar.near(days[0].toordinal(), days[1].toordinal(), reach)
    events = [profile.event for profile in index.profiles.values()]
    assert [profile.event for profile in near] == [event for event in events if _away(event, days) <= reach]


def test_all_languages_share_what_is_known_of_the_events() -> None:
    english, arabic = (index_for(load_gazetteer(), language) for language in ("en", "ar"))
    assert english.profiles is arabic.profiles
    assert english.calendar is arabic.calendar


def _away(event: Event, days: Days) -> int:
    """Return the days to an event, or to a plan of it that still held while it was yet to start."""
    plans = [plan for plan in event.planned_days if event.start > days[1] and plan[1] >= days[0]]
    return min(days_between(span, days) for span in ((event.start, event.end), *plans))
