"""An article is on topic by its mentions and by the names of the process."""

import json
from pathlib import Path

import pytest

from peacetalks.curate.topic import judge_topic
from peacetalks.errors import VocabularyError
from peacetalks.record import Mention
from peacetalks.registry.topic import load_topic

_CASES = [json.loads(line) for line in (Path(__file__).parent / "cases/topic.jsonl").read_text("utf-8").splitlines()]


@pytest.mark.parametrize("case", _CASES, ids=lambda case: case["id"])
def test_topic_is_judged_by_the_names_of_the_process(case: dict[str, object]) -> None:
    on_topic, evidence = judge_topic(str(case["text"]), None, [])
    assert on_topic is case["on_topic"], evidence


def test_one_mention_of_a_conference_is_enough() -> None:
    mention = Mention(
        field="text",
        start=0,
        end=8,
        surface="Geneva-2",
        conference="geneva-2-2014",
        series="geneva",
        basis="alias",
        stage=None,
    )
    on_topic, evidence = judge_topic("Geneva-2 is near.", None, [mention])
    assert on_topic
    assert evidence == "mentions geneva-2-2014"


def test_the_evidence_says_so_where_there_is_none() -> None:
    assert judge_topic("Peel the onions.", "Soup", []) == (
        False,
        "mentions no conference and names no one of the process",
    )


def test_a_group_without_points_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "topic.toml"
    path.write_text(
        'enough = 1.0\nevent = 1.0\nseries = 1.0\n[[group]]\nid = "a"\npoints = 0.0\nnames.en = ["x"]\n', "utf-8"
    )
    with pytest.raises(VocabularyError, match=r"topic\.toml"):
        load_topic(path)
