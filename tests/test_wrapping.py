"""Pages whose lines were broken at a fixed width: their paragraphs are found, and judged as what they are."""

import json
import textwrap
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import ROOT
from peacetalks.clean.chrome import label_segments
from peacetalks.clean.segments import tile
from peacetalks.clean.wrapping import find_continuations
from peacetalks.record import Segment

CASES = [json.loads(line) for line in (ROOT / "tests/cases/wrapped-lines.jsonl").read_text("utf-8").splitlines()]
PAGES = [json.loads(line) for line in (ROOT / "tests/cases/chrome_pages.jsonl").read_text("utf-8").splitlines()]
KNOWN = [page for page in PAGES if page["part"] != "aside"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_a_line_goes_on_with_a_paragraph_where_its_first_word_had_no_room_above(case: dict[str, Any]) -> None:
    found = find_continuations(case["lines"])
    assert (None if found is None else [n for n, goes_on in enumerate(found) if goes_on]) == case["goes_on"]


@given(st.lists(st.text(max_size=120), max_size=40))
def test_the_first_line_and_those_beside_blank_ones_go_on_with_nothing(lines: list[str]) -> None:
    found = find_continuations(lines)
    for n, goes_on in enumerate(found or []):
        assert not goes_on or (n > 0 and lines[n].strip() and lines[n - 1].strip())


def test_pages_of_our_own_words_are_of_no_width() -> None:
    raws = ["".join(segment["raw"] for segment in page["segments"]).splitlines(keepends=True) for page in PAGES]
    assert all(find_continuations(lines) is None for lines in raws)


def wrapped(page: dict[str, Any]) -> tuple[str, list[str]]:
    """Return a page with its lines broken at 72 columns, and the label of each line that is not blank."""
    lines: list[str] = []
    labels: list[str] = []
    for segment in page["segments"]:
        pieces = textwrap.wrap(segment["raw"], 72, break_on_hyphens=False)
        lines += [*pieces, ""]
        labels += [segment["label"]] * len(pieces)
    return "\n".join(lines) + "\n", labels


def label_wrapped(page: dict[str, Any]) -> tuple[list[Segment], list[str]]:
    raw, labels = wrapped(page)
    segments = label_segments(tile(raw))
    assert "".join(segment.raw for segment in segments) == raw
    return [segment for segment in segments if segment.label != "blank"], labels


def test_a_page_of_72_columns_keeps_the_lines_of_its_report() -> None:
    right = lost = 0
    for page in KNOWN:
        raw, labels = wrapped(page)
        if find_continuations(raw.splitlines()) is None:  # too short to tell
            continue
        segments, _ = label_wrapped(page)
        if len(segments) == len(labels):  # nothing was glued
            pairs = [*zip(segments, labels, strict=True)]
            right += sum(segment.label == label == "body" for segment, label in pairs)
            lost += sum(segment.label != label == "body" for segment, label in pairs)
    assert right > 100
    assert lost <= right / 50


def test_lines_of_a_broken_paragraph_have_one_label_and_score() -> None:
    case = CASES[0]
    segments = label_segments(tile("\n".join(case["lines"])))
    for n in case["goes_on"]:
        assert (segments[n].label, segments[n].score) == (segments[n - 1].label, segments[n - 1].score)
    assert [segment.label for segment in segments[2:]].count("body") == sum(map(bool, case["lines"][2:]))


@pytest.mark.parametrize(
    "line",
    ["\u200b" * 60, "\x07" * 60, "\u200b" * 60 + "\nGeneva hosted the talks and then Vienna did so as well, twice"],
)
def test_lines_in_which_nothing_is_left_to_read_are_blank_whatever_their_width(line: str) -> None:
    raw = f"{line}\n" * 6
    segments = label_segments(tile(raw))
    assert "".join(segment.raw for segment in segments) == raw
    assert all((segment.label == "blank") == (not segment.clean) for segment in segments)
