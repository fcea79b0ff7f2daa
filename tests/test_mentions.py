"""Folding keeps offsets; a description is the noun phrase that stands for a meeting."""

import json
import sys
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peacetalks.annotate.fields import read_field
from peacetalks.annotate.fold import fold
from peacetalks.annotate.index import index_for
from peacetalks.annotate.mentions import find_descriptions, read_promising
from peacetalks.annotate.sentences import find_sentences, split_sentences
from peacetalks.errors import VocabularyError
from peacetalks.registry.gazetteer import load_gazetteer
from peacetalks.registry.grammar import load_grammar

_LINES = (Path(__file__).parent / "cases/mentions.jsonl").read_text("utf-8").splitlines()
_CASES = [json.loads(line) for line in _LINES]


def test_folding_keeps_every_code_point_one() -> None:
    assert [code for code in range(sys.maxunicode + 1) if len(fold(chr(code))) != 1] == []


@given(st.text())
def test_folding_keeps_the_length_and_is_stable(text: str) -> None:
    assert len(fold(text)) == len(text)
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Genève", "geneve"),
        ("Женёва", "женева"),
        ("İSTANBUL’da", "istanbul'da"),
        ("جنيف ٢", "جنيف 2"),
        ("ژنو ۲", "ژنو 2"),
    ],
)
def test_spellings_fold_to_one(text: str, folded: str) -> None:
    assert fold(text) == folded


@pytest.mark.parametrize("case", _CASES, ids=lambda case: case["id"])
def test_a_description_is_the_whole_noun_phrase(case: dict[str, object]) -> None:
    text, language = str(case["text"]), str(case["language"])
    index = index_for(load_gazetteer(), language)
    field = read_field("text", text, fold(text), index)
    days = (date(2017, 8, 22),) * 2
    found = find_descriptions(field, read_promising(field, find_sentences(field, index), index, days), index, days)
    assert [text[one.start : one.end] for one in found] == case["spans"]


def test_initials_and_abbreviations_end_no_sentence() -> None:
    text = "the u.s. envoy spoke on jan. 25. he left."
    spans = split_sentences(text, load_grammar().language("en"))
    assert [text[start:end].strip() for start, end in spans] == ["the u.s. envoy spoke on jan. 25.", "he left."]


def test_a_broken_expression_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "mentions.toml"
    path.write_text(
        '[[language]]\nid = "en"\nafter = "("\nordinal = ""\n'
        '[[term]]\nkind = "noun"\nvalue = "talks"\nnames.en = ["talks"]\n'
        "[ordinals]\n[counts]\n[months]\n[weekdays]\n[fits]\n[priors]\n[tags]\n[weights]\n",
        "utf-8",
    )
    with pytest.raises(VocabularyError, match=r"mentions\.toml: language 'en': after"):
        load_grammar(path)
