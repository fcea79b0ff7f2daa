"""The model on pages of our own words: many house styles in eight languages, none of them in its training data."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import ROOT
from peacetalks.clean.chrome import label_pages, label_segments
from peacetalks.clean.segments import tile
from peacetalks.evaluate.scores import Score, compare_sets

PAGES = [json.loads(line) for line in (ROOT / "tests/cases/chrome_pages.jsonl").read_text("utf-8").splitlines()]


def test_body_lines_of_pages_in_eight_languages_are_told_from_furniture() -> None:
    score = Score()
    for page in PAGES:
        raw = "".join(segment["raw"] for segment in page["segments"])
        found = {segment.clean for segment in label_segments(tile(raw)) if segment.label == "body"}
        score += compare_sets(found, {s["raw"].strip() for s in page["segments"] if s["label"] == "body"})
    assert len({page["language"] for page in PAGES}) >= 8
    assert score.f1 >= 0.95


@given(st.lists(st.sampled_from(PAGES), min_size=1, max_size=5))
@settings(max_examples=20)
def test_a_page_is_labelled_alike_alone_and_in_a_batch(pages: list[dict[str, list[dict[str, str]]]]) -> None:
    tiled = [tile("".join(segment["raw"] for segment in page["segments"])) for page in pages]
    together = [[s.label for s in page] for page in label_pages(tiled)]
    assert together == [[s.label for s in label_segments(page)] for page in tiled]
