"""The model on pages of our own words: many house styles in eight languages, none of them in its training data.

The part `aside` was written apart from the rest, full of furniture that reads like text, and scored once.
"""

import json
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from conftest import ROOT
from peacetalks.clean.chrome import label_pages, label_segments
from peacetalks.clean.features import Page as Measured
from peacetalks.clean.judge import Draft, judge_pages, measure_names, own_weights
from peacetalks.clean.model import LABELS, judge_lines
from peacetalks.clean.segments import tile
from peacetalks.evaluate.scores import Score, compare_sets

Page = dict[str, Any]
PAGES: list[Page] = [
    json.loads(line) for line in (ROOT / "tests/cases/chrome_pages.jsonl").read_text("utf-8").splitlines()
]


KNOWN = [page for page in PAGES if page["part"] != "aside"]
ASIDE = [page for page in PAGES if page["part"] == "aside"]
C4_LINE = re.compile(r"""[.!?"”؟۔]\s*$""")


def kept_lines(page: Page) -> set[str]:
    """Return the lines of a page that the cleaning keeps as body."""
    raw = "".join(segment["raw"] for segment in page["segments"])
    return {segment.clean for segment in label_segments(tile(raw)) if segment.label == "body"}


def sentences(page: Page) -> set[str]:
    """Return the lines that C4's line rule keeps: five words or more that end like a sentence."""
    lines = {line.strip() for line in "".join(s["raw"] for s in page["segments"]).splitlines()}
    return {line for line in lines if len(line.split()) >= 5 and C4_LINE.search(line)}


def score(pages: list[Page], keep: Callable[[Page], set[str]]) -> Score:
    gold = ({" ".join(s["raw"].split()) for s in page["segments"] if s["label"] == "body"} for page in pages)
    return sum((compare_sets(keep(page), lines) for page, lines in zip(pages, gold, strict=True)), Score())


def test_body_lines_of_pages_in_eight_languages_are_told_from_furniture() -> None:
    assert len({page["language"] for page in KNOWN}) >= 8
    assert score(KNOWN, kept_lines).f1 >= 0.95


def test_on_pages_full_of_furniture_that_reads_like_text_the_model_is_far_ahead_of_a_rule_for_sentences() -> None:
    ours, rule = score(ASIDE, kept_lines), score(ASIDE, sentences)
    assert ours.f1 >= 0.88
    assert ours.f1 - rule.f1 >= 0.15


def test_rules_lose_no_body_line_of_more_than_one_page_in_fifty() -> None:
    losers = 0
    for page in PAGES:
        body = {" ".join(s["raw"].split()) for s in page["segments"] if s["label"] == "body"}
        labelled = label_segments(tile("".join(segment["raw"] for segment in page["segments"])))
        losers += any(s.clean in body and s.label != "body" and s.reason != "model" for s in labelled)
    assert losers <= len(PAGES) / 50


@given(st.lists(st.sampled_from(PAGES), min_size=1, max_size=5))
@settings(max_examples=20)
def test_a_page_is_labelled_alike_alone_and_in_a_batch(pages: list[dict[str, list[dict[str, str]]]]) -> None:
    tiled = [tile("".join(segment["raw"] for segment in page["segments"])) for page in pages]
    assert label_pages(tiled) == [label_segments(page) for page in tiled]


@pytest.mark.parametrize("kind", ["text", "html"])
@given(st.lists(st.integers(1, 700), min_size=1, max_size=9), st.integers(0, 2**32 - 1))
@example([3, 1, 5], 2)
@example([257, 1], 6)
@settings(max_examples=20, deadline=None)
def test_the_chances_of_a_page_are_the_same_to_the_bit_whatever_is_beside_it(
    kind: str, sizes: list[int], seed: int
) -> None:
    of_html = kind == "html"
    weights = own_weights(of_html=of_html)
    chosen = np.random.default_rng(seed)
    values = np.unique(weights.threshold)
    pages = [chosen.choice(values, (size, len(measure_names(of_html=of_html)))) for size in sizes]
    forced = [chosen.choice([-1, -1, -1, 2, 4], size) for size in sizes]
    beside = judge_lines(np.concatenate(pages), np.array(sizes), np.concatenate(forced), weights)
    alone = [
        judge_lines(page, np.array([len(page)]), rules, weights) for page, rules in zip(pages, forced, strict=True)
    ]
    assert np.array_equal(beside, np.concatenate(alone))


@pytest.mark.parametrize("teaser", ["Read more: Who is who at the talks", "Related stories"])
def test_a_teaser_between_two_paragraphs_is_chrome_and_tells_nothing_of_the_lines_around_it(teaser: str) -> None:
    lines = [
        "Truce holds in most of Syria",
        "26 February 2016",
        "A cessation of hostilities that the United States and Russia had worked out began at midnight on 27 February.",
        "The Security Council had endorsed it an hour before, in resolution 2268.",
        teaser,
        "Islamic State and the Nusra Front are no part of it.",
        "Damascus and Aleppo were quiet at first, people who live there said.",
        "Comments are closed on this page.",
    ]
    segments = label_segments(tile("\n".join(lines)))
    (chances,) = judge_pages([Draft(Measured(lines, [0] * (len(lines) + 1)), None, [-1] * len(lines))])
    assert (segments[4].label, segments[4].score) == ("chrome", 1.0)
    for n in (0, 1, 2, 3, 5, 6, 7):
        assert segments[n].score == pytest.approx(chances[n, LABELS.index(segments[n].label)], abs=1e-4)
