import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peacetalks.clean.openings import held_by, opening_of, openings
from peacetalks.clean.rules import load_rules

PATTERNS = sorted({pattern for rule in load_rules().rules for pattern in rule.patterns})


@pytest.mark.parametrize(
    ("pattern", "starts", "held"),
    [
        ("share this", {"sha"}, "share this"),
        ("(?:no|zero) ?comments?", {"no ", "noc", "zer"}, "comment"),
        (r"\d{1,2} min", {"0"}, " min"),
        (r"(?:[a-z]+-){1,6}x", set("abcdefghijklmnopqrstuvwxyz"), "-"),
        (r"(?:back )?to (?:top|home)", {"bac", "to "}, "to "),
        (r".{0,9}rights", {"", "rig"}, "rights"),
        (r"[\W_]{1,9}", {"\0"}, ""),
        (r"a[\W_]b", {"a"}, "a"),
        (r"©|\(c\)", {"©", "(c)"}, ""),
        (r"(?=x)y", {""}, ""),
    ],
)
def test_a_pattern_tells_how_its_matches_begin_and_what_they_hold(pattern: str, starts: set[str], held: str) -> None:
    assert openings(pattern) == starts
    assert held_by(pattern) == held


@given(
    st.sampled_from(PATTERNS).flatmap(
        lambda pattern: st.tuples(st.just(pattern), st.from_regex(pattern, fullmatch=True))
    )
)
@settings(max_examples=400)
def test_no_match_of_a_rule_begins_otherwise_or_lacks_what_it_holds(case: tuple[str, str]) -> None:
    pattern, line = case
    starts = openings(pattern)
    begins = opening_of(line)
    assert any(begins[:size] in starts for size in range(len(begins) + 1)) or (
        "\0" in starts and not line[:1].isalnum()
    )
    assert held_by(pattern) in line
