"""The pipeline itself, never shown the gold, against the gold of the seeds."""

from functools import cache

import pytest

from conftest import CAPTURES, GOLD
from peacetalks.capture.gold import read_gold
from peacetalks.capture.inputs import find_files
from peacetalks.clean.audit import body_text
from peacetalks.clean.segments import tile_gold
from peacetalks.engine.page import Page, process_captures
from peacetalks.engine.work import read_captures
from peacetalks.record import Capture, Gold

SEEDS = sorted(path.name for path in CAPTURES.iterdir())
FIELDS = (
    "title",
    "captions",
    "outlet",
    "agency",
    "authors",
    "dateline",
    "published",
    "published_edtf",
    "published_basis",
    "language",
)


@cache
def processed() -> dict[str, tuple[Page, Gold]]:
    captures = [item for item in read_captures(find_files([CAPTURES])) if isinstance(item, Capture)]
    gold = read_gold(GOLD)
    pages = [page for page in process_captures(captures, {}) if isinstance(page, Page)]
    return {page.article.source: (page, gold[page.article.id]) for page in pages}


@pytest.mark.parametrize("seed", SEEDS)
def test_the_body_is_exactly_golds(seed: str) -> None:
    page, gold = processed()[seed]
    assert page.article.text == body_text(tile_gold(gold.segments))


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("seed", SEEDS)
def test_each_field_is_exactly_golds(seed: str, field: str) -> None:
    page, gold = processed()[seed]
    assert getattr(page.article, field) == getattr(gold, field)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_evidence_of_a_date_is_some_of_golds(seed: str) -> None:
    page, gold = processed()[seed]
    assert page.article.published_evidence
    assert set(page.article.published_evidence) <= set(gold.published_evidence)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_conferences_are_exactly_golds(seed: str) -> None:
    page, gold = processed()[seed]
    assert page.article.conferences == sorted({m.conference for m in gold.mentions if m.conference})


@pytest.mark.parametrize("seed", SEEDS)
def test_every_label_is_golds(seed: str) -> None:
    page, gold = processed()[seed]
    assert [(s.raw, s.label) for s in page.segments] == [(s.raw, s.label) for s in gold.segments]


@pytest.mark.parametrize("seed", SEEDS)
def test_the_seed_is_on_topic(seed: str) -> None:
    assert processed()[seed][0].on_topic
