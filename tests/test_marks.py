from pathlib import Path

import numpy as np
import pytest

from peacetalks.clean import markup
from peacetalks.clean.marks import load_kinds, read_marks
from peacetalks.clean.markup import Lines, measure_markup
from peacetalks.errors import VocabularyError
from peacetalks.record import Markup


def kinds_of(marks: str) -> set[str]:
    bits = read_marks(marks)
    return {name for n, name in enumerate(load_kinds().names) if bits >> n & 1}


@pytest.mark.parametrize(
    ("marks", "kinds"),
    [
        pytest.param("articleBody", {"words-article", "words-body"}, id="capitals"),
        pytest.param("c-article__body--wide", {"words-article", "words-body"}, id="signs"),
        pytest.param("SHARE_BAR2", {"words-share"}, id="all-capitals"),
        pytest.param("postArticles", {"words-article"}, id="a-longer-word-is-another"),
        pytest.param("share-bar", {"words-share"}, id="small-letters"),
        pytest.param("share-bär", {"words-share"}, id="an-accent"),
        pytest.param("x1 zz", set(), id="none"),
    ],
)
def test_the_words_of_a_name_tell_its_kind(marks: str, kinds: set[str]) -> None:
    assert kinds_of(marks) == kinds


def test_each_word_of_the_table_can_be_found() -> None:
    kinds = load_kinds()
    assert [word for word, bit in kinds.words.items() if not read_marks(f"x-{word}__y") & bit] == []


def test_a_word_of_two_kinds_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "marks.toml"
    path.write_text('[words]\none = "share"\ntwo = "share"\n[tags]\np = "p"\n')
    with pytest.raises(VocabularyError, match="'share'"):
        load_kinds(path)


def page(depth: int) -> Lines:
    """A page of two paragraphs in an article so deep, and a line of navigation."""
    tags = ["body", *["div"] * depth, "article", "p", "p", "nav", "a"]
    parent = [-1, *range(depth + 1), depth + 1, depth + 1, 0, depth + 4]
    count = len(tags)
    return Lines(
        Markup(
            tag=tags,
            parent=parent,
            marks=[""] * count,
            element=[count - 4, count - 3, count - 1],
            linked=[0, 0, 4],
            strong=[0, 0, 0],
            echoes=[0, 0, 0],
        ),
        [0, 1, 2],
    )


@pytest.mark.parametrize("depth", [0, 1, 40, 2_000])
def test_lines_are_measured_by_the_element_that_holds_most_text(depth: int) -> None:
    size = np.array([200, 300, 4])
    rows = measure_markup([page(depth)], size, size > 100)
    columns = {name: rows[:, n].tolist() for n, name in enumerate(markup.names())}
    assert columns["linked"] == [0, 0, 1]
    assert columns["in-tags-paragraph"] == [3, 3, 0]
    assert columns["in-tags-navigation"][2] > 0
    assert columns["kin-before"] == [0, 1, 0]
    if depth < 500:
        assert columns["in-tags-main_part"] == [2, 2, 0]
        assert columns["from-main"] == [0, 0, depth + 1]


def test_a_page_is_measured_alike_alone_and_among_others() -> None:
    size = np.array([200, 300, 4])
    alone = measure_markup([page(3)], size, size > 100)
    among = measure_markup([page(9), page(3), page(0)], np.tile(size, 3), np.tile(size > 100, 3))
    assert (among[3:6] == alone).all()
