"""The sentence of each mention: the one that holds it, or those that it reaches over, and no other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peacetalks.record import Article, Mention
from peacetalks.release.tables import mention_sentences, sentence_spans

TEXT = (
    "Round one ended. The Astana talks went on! Mr. Brahimi left Geneva II. \n\n"
    "The Sochi congress met; “it worked.” Riyadh 2\nended"
)


def article(text: str, *spans: tuple[int, int], title: str | None = None) -> Article:
    mentions = [
        Mention(
            field="title" if title else "text",
            start=start,
            end=end,
            surface=(title or text)[start:end],
            conference=None,
            series="astana",
            basis="series",
            stage=None,
        )
        for start, end in spans
    ]
    return Article(
        id="0" * 16,
        source="a.txt",
        title=title,
        text=text,
        language="en",
        mentions=mentions,
        cluster="0" * 16,
        annotation="automatic",
        rights="unknown",
        words=len(text.split()),
    )


@pytest.mark.parametrize(
    ("surface", "sentence"),
    [
        ("Round one", "Round one ended."),
        ("The Astana talks", "The Astana talks went on!"),
        ("Geneva II", "Mr. Brahimi left Geneva II."),
        ("The Sochi congress", "The Sochi congress met; “it worked.”"),
        ("Riyadh 2", "Riyadh 2"),
        ("went on! Mr. Brahimi", "The Astana talks went on! Mr. Brahimi left Geneva II."),
        ("Riyadh 2\nended", "Riyadh 2\nended"),
    ],
)
def test_a_mention_has_the_sentence_that_holds_it(surface: str, sentence: str) -> None:
    start = TEXT.index(surface)
    assert mention_sentences(article(TEXT, (start, start + len(surface)))) == [sentence]


def test_a_mention_in_the_title_has_the_title() -> None:
    title = "Astana, again. And again"
    assert mention_sentences(article(TEXT, (0, 6), title=title)) == [title]


@given(st.text("ab .!?\n”", min_size=1, max_size=40), st.data())
def test_each_sentence_of_a_text_is_that_of_all_that_it_holds(text: str, data: st.DataObject) -> None:
    spans = [(start, end) for start, end in sentence_spans(text) if start < end]
    if not spans:
        return
    start, end = data.draw(st.sampled_from(spans))
    first = data.draw(st.integers(start, end - 1))
    last = data.draw(st.integers(first + 1, end))
    assert mention_sentences(article(text, (first, last))) == [text[start:end]]
