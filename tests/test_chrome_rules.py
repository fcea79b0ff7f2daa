from pathlib import Path

import pytest

from peacetalks.clean.chrome import label_segments
from peacetalks.clean.rules import OWN, Glue, Rule, load_rules
from peacetalks.clean.segments import tile
from peacetalks.errors import VocabularyError

RULES = load_rules(OWN)  # every pattern checked, as a start does without


@pytest.mark.parametrize("rule", RULES.rules, ids=lambda rule: rule.id)
def test_a_rule_finds_its_examples_and_not_its_counter_examples(rule: Rule) -> None:
    for line in rule.match:
        found = RULES.find([line])[0]
        assert found is not None, line
        assert found.label == rule.label, line
    for line in rule.no_match:
        found = RULES.find([line])[0]
        assert found is None or found.id != rule.id, line


@pytest.mark.parametrize("glue", RULES.glue, ids=lambda glue: glue.id)
def test_glued_furniture_is_cut_off_and_a_sentence_is_left_whole(glue: Glue) -> None:
    for pieces in glue.match:
        line = "".join(pieces)
        assert [line[start:end] for start, end, _ in RULES.cut(line)] == pieces
    for line in glue.no_match:
        assert [line[start:end] for start, end, _ in RULES.cut(line)] == [line]


def test_glued_furniture_becomes_a_segment_of_its_own() -> None:
    page = "Talks end\n\nThe delegations left on Friday, an official said. SHARE\n"
    segments = label_segments(tile(page))
    assert "".join(segment.raw for segment in segments) == page
    assert "The delegations left on Friday, an official said." in [s.clean for s in segments]


@pytest.mark.parametrize(
    ("line", "raws", "cleans"),
    [
        ("It\x92s on Friday. Share", ["It\x92s on Friday.", " Share"], ["It’s on Friday.", "Share"]),
        (
            "He said it â€œtwiceâ€\x9d. Share",
            ["He said it â€œtwiceâ€\x9d.", " Share"],
            ["He said it “twice”.", "Share"],
        ),
        ("Fish &amp; chips end. Share", ["Fish &amp; chips end.", " Share"], ["Fish & chips end.", "Share"]),
    ],
)
def test_glued_furniture_is_cut_off_a_line_that_was_repaired(line: str, raws: list[str], cleans: list[str]) -> None:
    segments = label_segments(tile(line))
    assert [segment.clean for segment in segments] == cleans
    assert "".join(segment.raw for segment in segments) == line
    assert [segment.raw.strip() for segment in segments] == [raw.strip() for raw in raws]


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ('[[rule]]\nid = "x"\nlabel = "chrome"\npatterns = ["("]\nmatch = ["("]\nno_match = ["a"]\n', "rule|pattern|x"),
        ('[[rule]]\nid = "x"\nlabel = "noise"\npatterns = ["a"]\nmatch = ["a"]\nno_match = ["b"]\n', "rule 'x'"),
        ('[[rule]]\nid = "x"\nlabel = "chrome"\npatterns = ["a"]\nmatch = ["a"]\n', "no_match"),
        ("[[rules]]\n", "unknown table 'rules'"),
        ("[[rule]\n", "not valid TOML"),
    ],
    ids=["bad-pattern", "unknown-label", "no-counter-example", "misspelt-table", "broken-toml"],
)
def test_a_bad_rule_stops_with_file_entry_and_rule(tmp_path: Path, table: str, message: str) -> None:
    for name in ("chrome.toml", "credits.toml", "glue.toml"):
        (tmp_path / name).write_text(table if name == "chrome.toml" else "", "utf-8")
    with pytest.raises(VocabularyError, match=message) as error:
        load_rules(tmp_path)
    assert "chrome.toml" in str(error.value)


@pytest.mark.parametrize(
    "tail",
    [
        "Read more →",
        "[Read more]",
        "SHARE THIS",
        "{{ad_inline_2}}",
        "Advertisement · Scroll to continue",
        "Comments (12)",
    ],
)
def test_what_a_line_rule_knows_is_cut_off_behind_a_sentence(tail: str) -> None:
    line = f"The talks ended on Friday. {tail}"
    assert [line[start:end].strip() for start, end, _ in RULES.cut(line)] == ["The talks ended on Friday.", tail]


@pytest.mark.parametrize("tail", ["ADVERTISEMENT", "PUBLICITÉ", "РЕКЛАМА"])
def test_a_label_in_capitals_is_cut_off_without_a_space(tail: str) -> None:
    line = f"The talks ended on Friday.{tail}"
    assert [line[start:end] for start, end, _ in RULES.cut(line)] == ["The talks ended on Friday.", tail]


@pytest.mark.parametrize(
    "line", ["He said so twice. Share of the vote", "“We go on.” Read more carefully, it ends there"]
)
def test_words_of_furniture_behind_a_sentence_stay_where_they_go_on(line: str) -> None:
    assert [line[start:end] for start, end, _ in RULES.cut(line)] == [line]


def test_ornaments_around_furniture_do_not_hide_it() -> None:
    assert [rule and rule.label for rule in RULES.find(["» Read more «", "[ Share ]", "(He did.)"])] == [
        "chrome",
        "chrome",
        None,
    ]
