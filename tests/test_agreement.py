"""What was read off a page beside what the catalogue has of it: every verdict, on every fact."""

from typing import Any

import msgspec
import pytest

from peacetalks.record import Article, CatalogueRow, MentionRow
from peacetalks.release.agreement import by_outlet, compare_records, count_verdicts
from peacetalks.release.tables import Tables, make_tables
from release_rows import build_rows

ARTICLE = {"id": "a" * 16, "source": "a.html", "text": "Text.", "language": "en", "cluster": "a" * 16,
           "annotation": "automatic", "rights": "unknown", "words": 1, "record": "b" * 16}  # fmt: skip
RECORD = {"id": "b" * 16, "url": "https://example.org/a", "host": "example.org", "outlet": None, "language": "en",
          "published": None, "published_edtf": None, "date_evidence": "none", "kind": "news", "agency": None,
          "credit": None, "conferences": [], "series": [], "basis": "both", "confidence": "high", "article": "a" * 16,
          "cluster": "a" * 16}  # fmt: skip
DAY = {"published_edtf": "2016-02-03"}
AGREED = {"language agrees": 1}


def rows_of(article: dict[str, Any], record: dict[str, Any], series: list[str]) -> Tables:
    row, known = msgspec.convert(ARTICLE | article, Article), msgspec.convert(RECORD | record, CatalogueRow)
    rows = build_rows([row], {row.id: []}, {row.id: "train"}, {}, {"train": [known]})
    rows["mentions"]["train"] = [
        MentionRow(article=row.id, field="text", start=0, end=4, surface="Text", conference=None, series=name,
                   basis="series", stage=None, sentence="Text.", published=None, outlet=None, language="en")
        for name in series
    ]  # fmt: skip
    return make_tables(rows)


@pytest.mark.parametrize(
    ("article", "record", "series", "expected"),
    [
        (DAY, DAY, [], AGREED | {"date agrees": 1}),
        ({"published_edtf": "2016-02"}, DAY, [], AGREED | {"date agrees": 1}),
        (DAY, {"published_edtf": "2016"}, [], AGREED | {"date agrees": 1}),
        ({"published_edtf": "2016-01-20/2016-02-03"}, DAY, [], AGREED | {"date agrees": 1}),
        ({"published_edtf": "2016-02-04"}, DAY, [], AGREED | {"date differs": 1}),
        ({}, DAY, [], AGREED | {"date unread": 1}),
        (DAY | {"published_basis": "catalogue"}, DAY, [], AGREED | {"date taken": 1}),
        (DAY, {}, [], AGREED),
        ({"agency": "afp"}, {"agency": "afp"}, [], AGREED | {"agency agrees": 1}),
        ({"agency": "ap"}, {"agency": "afp"}, [], AGREED | {"agency differs": 1}),
        ({}, {"agency": "afp"}, [], AGREED | {"agency unread": 1}),
        ({"agency": "ap"}, {}, [], AGREED),
        ({"outlet": "tass"}, {"outlet": "tass"}, [], AGREED | {"outlet agrees": 1}),
        ({"language": "pt-BR"}, {"language": "pt"}, [], AGREED),
        ({"language": "ru"}, {"language": "uk"}, [], {"language differs": 1}),
        (
            {"conferences": ["astana-4-2017", "geneva-3-2016"]},
            {"conferences": ["astana-4-2017", "vienna-2-2015"]},
            [],
            AGREED | {"conferences agrees": 1, "conferences differs": 1},
        ),
        ({"conferences": ["geneva-3-2016"]}, {"series": ["geneva"]}, [], AGREED | {"series agrees": 1}),
        ({}, {"series": ["astana", "geneva"]}, ["astana"], AGREED | {"series agrees": 1, "series differs": 1}),
    ],
)
def test_each_fact_has_its_verdict(
    article: dict[str, Any], record: dict[str, Any], series: list[str], expected: dict[str, int]
) -> None:
    assert count_verdicts(compare_records(rows_of(article, record, series))) == expected


def test_a_page_that_is_no_article_is_not_compared() -> None:
    assert compare_records(rows_of({}, {"article": None}, [])) == []
    assert by_outlet([]) == {}


def test_counts_are_kept_by_outlet() -> None:
    compared = compare_records(rows_of({"outlet": "tass"}, DAY | {"outlet": "tass"}, []))
    assert by_outlet(compared) == {"tass": {"pages": 1, "date unread": 1, "language agrees": 1, "outlet agrees": 1}}


def test_a_difference_names_both_sides() -> None:
    (one,) = [c for c in compare_records(rows_of({"published_edtf": "2016-02-04"}, DAY, [])) if c.topic == "date"]
    assert (one.read, one.known, one.url) == ("2016-02-04", "2016-02-03", "https://example.org/a")
