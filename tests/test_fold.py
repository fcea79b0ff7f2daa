"""Folding is one table, whatever the length of the text; what is remembered or searched first changes no outcome."""

import tracemalloc
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peacetalks.annotate.fields import read_field
from peacetalks.annotate.fold import fold
from peacetalks.annotate.frame import read_frames
from peacetalks.annotate.index import index_for
from peacetalks.annotate.matter import judge_matter, names_none
from peacetalks.annotate.outlet_names import OutletNames
from peacetalks.record import Segment
from peacetalks.registry.gazetteer import load_gazetteer
from peacetalks.registry.outlets import load_outlets

_LINES = (
    ("chrome", "Home | Reuters – © 2016"),
    ("title", "Envoys meet"),
    ("meta", "By A. Name, AFP"),
    ("body", "Text."),
)


def _segments(lines: tuple[tuple[str, str], ...]) -> Iterator[Segment]:
    for n, (label, text) in enumerate(lines):
        yield Segment(n=n, start=0, end=0, raw=text, clean=text, label=label, reason="gold", score=1)  # type: ignore[arg-type]


@given(st.text(st.characters(exclude_characters="`"), max_size=120))
def test_a_text_folds_as_its_letters_do(text: str) -> None:
    folded = fold(text)
    assert len(folded) == len(text)
    assert folded.replace("ς", "σ") == "".join(map(fold, text)).replace("ς", "σ")


def test_a_line_that_was_read_before_reads_the_same() -> None:
    fresh, used = OutletNames(load_outlets()), OutletNames(load_outlets())
    other = (("meta", "By A. Name, AFP"), ("body", "Another text."), ("chrome", "Home | Reuters – © 2016"))
    read_frames([[*_segments(other)]], used)
    assert read_frames([[*_segments(_LINES)]], used) == read_frames([[*_segments(_LINES)]], fresh)


def test_what_is_remembered_of_names_does_not_grow_with_the_texts_that_are_asked_for() -> None:
    """What keeps each text that a page asks for fails here: a hostile one asks for whole paragraphs."""
    names = OutletNames(load_outlets())
    tracemalloc.start()
    try:
        for number in range(100):
            assert names.named(f"{number} " + "a" * 100_000) is None
        assert tracemalloc.get_traced_memory()[0] < 1_000_000
    finally:
        tracemalloc.stop()


def test_pages_read_together_read_as_each_does_alone() -> None:
    accented = (("title", "L`envoyé réunit"), ("meta", "By A. Name, AFP"), ("body", "Text."))
    pages = [[*_segments(lines)] for lines in (_LINES, accented, _LINES[1:])]
    names, each = OutletNames(load_outlets()), OutletNames(load_outlets())
    assert read_frames(pages, names) == [frame for page in pages for frame in read_frames([page], each)]


def test_furniture_that_tells_nothing_is_left_out_but_where_a_source_or_a_dateline_may_stand() -> None:
    menu, source, below, beside = (
        ("chrome", "Culture"),
        ("chrome", "Source:"),
        ("chrome", "The Example"),
        ("chrome", "A"),
    )
    page = (menu, *_LINES[:2], beside, *_LINES[2:], menu, source, below, menu)
    (frame,) = read_frames([[*_segments(page)]], OutletNames(load_outlets()))
    assert [line.rank for line in frame.lines] == [1, 2, 3, 4, 5, 7, 8]


@pytest.mark.parametrize("language", ["en", "fr", "ar", "ru", "de"])
@pytest.mark.parametrize("name", ["", "Syria", "Syrie", "سوريا", "Сирии", "Syrien"])
def test_what_names_none_is_of_no_matter(language: str, name: str) -> None:
    text = f"The bakery sells bread from seven until the flour is used up. {name} " * 8
    index = index_for(load_gazetteer(), language)
    of_none = judge_matter([read_field("text", text, fold(text), index)]) == "none"
    assert names_none([("text", text, fold(text))], index) == of_none
