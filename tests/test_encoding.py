import re
import unicodedata

import ftfy
import pytest
from ftfy.badness import BADNESS_RE
from ftfy.chardata import LIGATURES
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import read_cases
from peacetalks.clean.damage import CONTROLS, INVISIBLE, find_damage
from peacetalks.clean.encoding import repair_line, repair_lines

AWKWARD = st.text(
    st.sampled_from(
        "aéâ€™Ã©Ø³ÙˆÐ¡Ñ\u0301\u0327\u200b\u200c\u200d\u202e\ufeff\u00ad\u00a0\x81\x95\x85\t\x00"
        "&;#x26amplt<>¬•ﬁ“”'\" \ufffd\u0645\u06cc"
    ),
    max_size=40,
) | st.text(max_size=60)


@pytest.mark.parametrize("case", read_cases("repairs"))
def test_a_damaged_line_is_repaired(case: dict[str, str]) -> None:
    assert repair_line(case["raw"]) == case["clean"]


# A batch an example: compiling the gate's patterns costs more than matching a thousand lines.
LINES = st.lists(AWKWARD, min_size=10, max_size=40)


@given(LINES)
@settings(max_examples=200)
def test_repairing_twice_changes_nothing(lines: list[str]) -> None:
    once = repair_lines(lines)
    assert repair_lines(once) == once


@given(LINES)
@settings(max_examples=100)
def test_a_repaired_line_is_normal_and_holds_nothing_unseen(lines: list[str]) -> None:
    for clean in repair_lines(lines):
        assert unicodedata.is_normalized("NFC", clean)
        assert clean == clean.strip()
        assert not any(unicodedata.category(c) == "Cc" or c in "\ufeff\u200b\u202e\u00a0\u00ad" for c in clean)


@given(st.lists(AWKWARD, max_size=4))
@settings(max_examples=30)
def test_a_line_is_repaired_alike_alone_and_among_others(lines: list[str]) -> None:
    assert repair_lines(lines) == [repair_line(line) for line in lines]


_PLAIN = ftfy.TextFixerConfig(
    unescape_html=False, uncurl_quotes=False, fix_character_width=False, fix_line_breaks=False, explain=False
)


_MOJIBAKE = st.text(
    st.sampled_from("abz é’“”–…âÃÂ©€™œžŸš¡¿°ºªß½¼øØÐÑСТРвЂáàΓΞβ£¥§¬®×÷≈√ﬁĳǆ漢，！سورية"), min_size=1, max_size=30
)


@given(st.lists(_MOJIBAKE, min_size=20, max_size=60))
@settings(max_examples=200)
def test_the_gate_lets_pass_only_what_ftfy_leaves_alone(lines: list[str]) -> None:
    # Letters, signs and single spaces only: what the other steps change is not ftfy's business.
    tidy = [" ".join(line.split()) for line in lines]
    for line, clean in zip(tidy, repair_lines(tidy), strict=True):
        if clean == line:
            assert ftfy.fix_text(line, _PLAIN) == line


_SINGLE = re.compile(f"[&{CONTROLS}{INVISIBLE}{''.join(map(chr, LIGATURES))}]")


@given(st.lists(_MOJIBAKE | AWKWARD, min_size=20, max_size=60))
@settings(max_examples=200)
def test_the_table_of_pairs_finds_exactly_the_lines_that_the_patterns_find(lines: list[str]) -> None:
    hurt = [n for n, line in enumerate(lines) if _SINGLE.search(line) or BADNESS_RE.search(line)]
    assert find_damage(lines).hurt == hurt


def test_the_table_of_pairs_knows_every_character_that_ftfys_pattern_names() -> None:
    named = sorted({one for one in BADNESS_RE.pattern if one > "\x7f"})
    lines = [first + second for first in named for second in [*named, " ", "a"]]
    hurt = [n for n, line in enumerate(lines) if _SINGLE.search(line) or BADNESS_RE.search(line)]
    assert find_damage(lines).hurt == hurt


@pytest.mark.parametrize(
    "bait",
    [
        "a" + "\u0301\u0327" * 400_000,  # hours where they are composed before they are capped
        "\u0301\u200d" * 20_000,
        "&amp;" * 20_000 + "lt;",
        "a" + "&#769;" * 20_000,
        " \t" * 40_000,
    ],
    ids=["combining-marks", "joined-marks", "nested-ampersands", "marks-as-entities", "spaces"],
)
def test_a_bait_is_repaired_to_something_small_or_equal(bait: str) -> None:
    clean = repair_line(bait)
    assert len(clean) <= len(bait)
    assert max((sum(1 for _ in run) for run in _mark_runs(clean)), default=0) <= 30


def _mark_runs(text: str) -> list[list[str]]:
    runs: list[list[str]] = [[]]
    for character in text:
        if unicodedata.combining(character):
            runs[-1].append(character)
        elif runs[-1]:
            runs.append([])
    return runs
