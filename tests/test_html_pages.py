"""Whole pages of HTML through the pipeline: own words about true facts in layouts that sites use."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import read_cases
from peacetalks.capture.html import read_html
from peacetalks.clean.audit import audit, body_text
from peacetalks.clean.chrome import label_segments
from peacetalks.clean.segments import tile
from peacetalks.engine.page import Page, process_captures
from peacetalks.record import Capture

CASES = read_cases("html-pages")


def process(markup: str) -> Page:
    capture = read_html(markup.encode(), "page.html")
    assert isinstance(capture, Capture)
    (page,) = process_captures([capture], {})
    assert isinstance(page, Page)
    return page


@pytest.mark.parametrize("case", CASES)
def test_a_page_becomes_its_article(case: dict[str, Any]) -> None:
    article, expected = process(case["html"]).article, case["expected"]
    assert article.title == expected["title"]
    assert article.text.split("\n\n") == expected["text"]
    assert str(article.published) == expected["published"]
    assert article.authors == expected["authors"]
    assert article.language == expected["language"]


@pytest.mark.parametrize("case", CASES)
def test_the_segments_tile_all_that_the_page_shows(case: dict[str, Any]) -> None:
    page = process(case["html"])
    audit(page.capture.text, page.segments, page.article.text)
    assert {segment.label for segment in page.segments} >= {"title", "body", "chrome"}
    assert page.segments[0].reason == "stated-headline"
    assert page.segments[0].score == 1.0


def test_pages_together_are_judged_as_alone() -> None:
    captures = [read_html(case.values[0]["html"].encode(), case.id or "") for case in CASES]
    together = list(process_captures([capture for capture in captures if isinstance(capture, Capture)], {}))
    assert [page.article.text for page in together if isinstance(page, Page)] == [
        process(case.values[0]["html"]).article.text for case in CASES
    ]
    texts = [[segment.label for segment in page.segments] for page in together if isinstance(page, Page)]
    assert texts == [[segment.label for segment in process(case.values[0]["html"]).segments] for case in CASES]


def test_markup_is_used_and_does_not_change_how_text_is_read() -> None:
    capture = read_html(CASES[0].values[0]["html"].encode(), "page.html")
    assert isinstance(capture, Capture)
    as_text = Capture(id=capture.id, source="page.txt", text=capture.text, encoding="utf-8")
    (html, text) = process_captures([capture, as_text], {})
    assert isinstance(html, Page)
    assert isinstance(text, Page)
    assert [segment.raw for segment in html.segments] == capture.text.splitlines(keepends=True)
    assert html.segments[0].reason != text.segments[0].reason


TAGS = ("<p>", "</p>", "<div class='article'>", "</div>", "<h1>", "<nav>", "<a href=x>", "</a>", "<br>", "<pre>")
TEXTS = ("The talks in Geneva went on for a third day without a result.", "Share", "&#8203;", "\n", "\u2028", "©")
FRAGMENTS = st.sampled_from([*TAGS, *TEXTS])


@given(st.lists(FRAGMENTS | st.text(max_size=20), max_size=40), st.booleans())
def test_any_page_is_tiled_by_its_segments(parts: list[str], stated: bool) -> None:  # noqa: FBT001
    head = "<title>Talks in Geneva</title>" if stated else ""
    capture = read_html((head + "".join(parts)).encode(), "page.html")
    if isinstance(capture, Capture):
        segments = label_segments(tile(capture.text), capture.markup)
        audit(capture.text, segments, body_text(segments))


def test_a_page_without_text_has_no_body() -> None:
    capture = read_html(b"<nav><a href=1>Home</a><a href=2>World</a></nav>", "page.html")
    assert isinstance(capture, Capture)
    (outcome,) = process_captures([capture], {})
    assert not isinstance(outcome, Page)
    assert outcome.reason == "no-body"
