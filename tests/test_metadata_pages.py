"""Outlet, agency, authors, dates and language of whole pages, as captured: many house styles in twelve languages.

The texts are of our own words about true facts. A third of the publishers, by a checksum of their ids, was set aside
until the rules stood. First scored, its 44 pages had outlet right on 43, agency on 38, published on 42, authors on 42
and language on 44, and no interval without the truth; then its faults were mended. The later pages, of 24 more
publishers, were written after that: first scored, they had outlet, agency and published right on 23 each, authors and
language on 24. The fresh pages, of 71 more, came in three parts, each scored before its faults were mended: of 26,
outlet was right on 23, agency on 21, published on 23, authors on 23; of 25, outlet on 23 (one invented), agency on 21,
published on 23, authors on 24; of 20, outlet on 18 and the rest on all. The last 14, scored once when all that stood,
had outlet right on 13, agency, published and language on 14, authors on 11, dateline on 13; then they were mended too.
"""

import datetime
import zlib
from typing import Any

import pytest

from conftest import read_cases
from peacetalks.annotate.edtf import interval
from peacetalks.engine.page import Page, process_captures
from peacetalks.evaluate.scores import Score, compare_intervals, compare_values
from peacetalks.record import Article, Capture
from peacetalks.registry.outlets import load_outlets

SETS = ("metadata-pages", "metadata-pages-aside", "metadata-pages-later", "metadata-pages-fresh", "metadata-pages-last")
Pages = list[tuple[dict[str, Any], Article]]


def read_rows(name: str) -> list[dict[str, Any]]:
    return [case.values[0] for case in read_cases(name)]


def annotate(rows: list[dict[str, Any]]) -> Pages:
    captures = [
        Capture(
            id=f"{n:016x}",
            source=row["id"],
            text=row["text"],
            encoding="utf-8",
            url=row.get("url"),
            captured=datetime.date.fromisoformat(row["captured"]) if "captured" in row else None,
        )
        for n, row in enumerate(rows)
    ]
    done = zip(rows, process_captures(captures, {}), strict=True)
    return [(row, outcome.article) for row, outcome in done if isinstance(outcome, Page)]


@pytest.fixture(scope="module")
def pages() -> dict[str, Pages]:
    return {name: annotate(read_rows(name)) for name in SETS}


def found_in(article: Article, field: str) -> object:
    value = getattr(article, field)
    return value.isoformat() if isinstance(value, datetime.date) else value


@pytest.mark.parametrize("name", SETS)
def test_each_page_becomes_an_article(pages: dict[str, Pages], name: str) -> None:
    assert len(pages[name]) >= 0.95 * len(read_cases(name))


@pytest.mark.parametrize(
    "field", ["outlet", "agency", "published", "authors", "published_basis", "language", "dateline"]
)
@pytest.mark.parametrize("name", SETS)
def test_a_field_is_right_on_95_of_100_pages(pages: dict[str, Pages], name: str, field: str) -> None:
    wrong = [
        (row["id"], row["expected"][field], found_in(article, field))
        for row, article in pages[name]
        if found_in(article, field) != row["expected"][field]
    ]
    assert len(wrong) <= 0.05 * len(pages[name]), wrong


@pytest.mark.parametrize("name", SETS)
def test_no_outlet_is_invented(pages: dict[str, Pages], name: str) -> None:
    scores = [compare_values(article.outlet, row["expected"]["outlet"]) for row, article in pages[name]]
    assert sum(scores, Score()).invented == 0


@pytest.mark.parametrize("name", SETS)
def test_the_interval_holds_the_truth_on_99_of_100_pages(pages: dict[str, Pages], name: str) -> None:
    scores = [
        compare_intervals(article.published_edtf, row["expected"]["published_edtf"]) for row, article in pages[name]
    ]
    total = sum(scores, Score())
    assert total.wrong <= 0.01 * (total.right + total.wrong)


@pytest.mark.parametrize("name", SETS)
def test_a_date_has_the_segments_that_give_it(pages: dict[str, Pages], name: str) -> None:
    for row, article in pages[name]:
        dated = article.published_edtf is not None and "url" not in row
        assert bool(article.published_evidence) == dated, row["id"]


@pytest.mark.parametrize("name", SETS)
def test_no_day_is_after_the_capture(pages: dict[str, Pages], name: str) -> None:
    for row, article in pages[name]:
        days = interval(article.published_edtf)
        assert "captured" not in row or days is None or days[1].isoformat() <= row["captured"], row["id"]


@pytest.mark.parametrize("case", read_cases("metadata-furniture"))
def test_what_a_site_puts_around_a_page_changes_nothing_on_97_of_100(
    pages: dict[str, Pages], case: dict[str, str]
) -> None:
    before = [pair for name in SETS[2:] for pair in pages[name]]
    texts = [f"{case['above']}\n\n{row['text'].rstrip()}\n\n{case['below']}\n".lstrip() for row, _ in before]
    after = annotate([row | {"text": text} for (row, _), text in zip(before, texts, strict=True)])
    found = {row["id"]: article for row, article in after}
    fields = ("outlet", "agency", "published_edtf", "authors")
    changed = [
        (row["id"], field, found_in(article, field), found_in(found[row["id"]], field))
        for row, article in before
        for field in fields
        if row["id"] in found and found_in(article, field) != found_in(found[row["id"]], field)
    ]
    assert len({name for name, *_ in changed}) <= 0.03 * len(before), changed


def test_no_publisher_of_the_pages_set_aside_has_pages_among_the_others() -> None:
    def publishers(name: str) -> set[str]:
        rows = [case.values[0] for case in read_cases(name)]
        return {row["expected"]["outlet"] or row["id"] for row in rows}

    kept, aside = (publishers(name) for name in SETS[:2])
    assert all(zlib.crc32(name.encode()) % 3 for name in kept)
    assert not any(zlib.crc32(name.encode()) % 3 for name in aside)


def test_every_expected_outlet_is_in_the_vocabulary() -> None:
    outlets = load_outlets()
    for name in SETS:
        for case in read_cases(name):
            expected = case.values[0]["expected"]
            assert all(expected[field] is None or outlets.get(expected[field]) for field in ("outlet", "agency"))
