import random

from hypothesis import given
from hypothesis import strategies as st

from peacetalks.curate.near_duplicates import cluster_texts
from peacetalks.record import Capture

WORDS = [f"word{n}" for n in range(400)]


def article(seed: int, length: int = 300) -> list[str]:
    chooser = random.Random(seed)  # noqa: S311  a test text, not a secret
    return [chooser.choice(WORDS) for _ in range(length)]


def together(first: str, second: str) -> bool:
    return len(cluster_texts({"a": first, "b": second})) == 1


def test_a_light_edit_is_a_near_duplicate() -> None:
    words = article(1)
    edited = [*words[:100], "new", "words", "here", *words[104:]]
    assert together(" ".join(words), " ".join(edited))


def test_a_cut_is_a_near_duplicate() -> None:
    words = article(2)
    assert together(" ".join(words), " ".join(words[:200]))


def test_reordered_paragraphs_are_near_duplicates() -> None:
    words = article(3)
    paragraphs = [" ".join(words[i : i + 50]) for i in range(0, 300, 50)]
    assert together("\n\n".join(paragraphs), "\n\n".join(reversed(paragraphs)))


def test_other_case_and_punctuation_are_near_duplicates() -> None:
    words = article(4)
    assert together(" ".join(words), ", ".join(words).upper())


def test_two_articles_are_two_clusters() -> None:
    assert not together(" ".join(article(5)), " ".join(article(6)))


def test_the_seeds_are_five_clusters(captures: dict[str, Capture]) -> None:
    assert len(cluster_texts({name: capture.text for name, capture in captures.items()})) == 5


@given(st.permutations(range(8)))
def test_the_order_of_texts_changes_nothing(order: list[int]) -> None:
    texts = {f"{n}": " ".join(article(n // 2)) + f" end {n}" for n in range(8)}
    expected = {"0": ["0", "1"], "2": ["2", "3"], "4": ["4", "5"], "6": ["6", "7"]}
    assert cluster_texts({f"{n}": texts[f"{n}"] for n in order}) == expected


def test_a_text_of_few_words_is_clustered_too() -> None:
    assert together("talks resume", "talks resume")
    assert not together("talks resume", "talks end")
