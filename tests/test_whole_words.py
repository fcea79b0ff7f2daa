"""Words are found where no letter or digit joins them to others, and with the very signs that they have."""

import pytest

from peacetalks.annotate.whole_words import WholeWords

_WORDS = ["news", "al-news", "the news", "(news)", "news inc.", "新華社", "abc 通信", "뉴스"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("news", [("news", 0)]),
        ("the news/news", [("the news", 0), ("news", 4), ("news", 9)]),
        ("newsroom, enews, news1", []),
        ("al news", [("news", 3)]),
        ("al-news", [("al-news", 0), ("news", 3)]),
        ("see (news)", [("news", 5), ("(news)", 4)]),
        ("\nnews inc.\n", [("news", 1), ("news inc.", 1)]),
        ("of news inc", [("news", 3)]),
        ("据新華社报道", [("新華社", 1)]),
        ("a新華社", []),
        ("abc 通信社", [("abc 通信", 0)]),
        ("xabc 通信", []),
        ("뉴스 뉴스룸", [("뉴스", 0)]),
        ("", []),
    ],
)
def test_whole_words_are_found_in_order_of_their_ends(text: str, found: list[tuple[str, int]]) -> None:
    hits = WholeWords(_WORDS).find(text)
    assert [(_WORDS[number], start) for number, start, _ in hits] == found
    assert all(text[start:end] == _WORDS[number] for number, start, end in hits)
