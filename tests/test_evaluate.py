import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import CAPTURES, GOLD, ROOT
from peacetalks.capture.gold import check_gold, read_gold
from peacetalks.clean.audit import body_text
from peacetalks.clean.segments import tile_gold
from peacetalks.errors import GoldError
from peacetalks.evaluate.calibration import bin_scores
from peacetalks.evaluate.scores import Score, compare_sets, compare_values
from peacetalks.record import Capture, Gold


@pytest.mark.parametrize(
    ("found", "gold", "score"),
    [
        ("a", "a", Score(right=1)),
        ("a", "b", Score(wrong=1)),
        (None, "b", Score(missing=1)),
        ("a", None, Score(invented=1)),
        (None, None, Score()),
    ],
)
def test_a_value_is_right_wrong_missing_or_invented(found: str | None, gold: str | None, score: Score) -> None:
    assert compare_values(found, gold) == score


@given(st.sets(st.integers(0, 9)), st.sets(st.integers(0, 9)))
def test_precision_recall_and_f1_are_those_of_the_sets(found: set[int], gold: set[int]) -> None:
    score = compare_sets(found, gold)
    assert score.precision == (len(found & gold) / len(found) if found else 1)
    assert score.recall == (len(found & gold) / len(gold) if gold else 1)
    if found or gold:
        assert score.f1 == pytest.approx(2 * len(found & gold) / (len(found) + len(gold)))


def test_every_gold_annotation_fits_its_capture(gold: dict[str, Gold], captures: dict[str, Capture]) -> None:
    assert gold.keys() == captures.keys()
    for name, entry in gold.items():
        assert entry.source == captures[name].source
        check_gold(entry, captures[name], body_text(tile_gold(entry.segments)))


def test_gold_that_does_not_fit_stops_with_file_and_rule(tmp_path: Path) -> None:
    path = sorted(GOLD.glob("*.json"))[0]
    entry = json.loads(path.read_text("utf-8"))
    (tmp_path / "bad.json").write_text(json.dumps({**entry, "language": None}), "utf-8")
    with pytest.raises(GoldError, match=r"bad\.json: Expected `str`, got `null` - at `\$\.language`"):
        read_gold(tmp_path)


def test_evaluate_takes_any_folder_of_captures_with_gold(tmp_path: Path) -> None:
    seed = sorted(CAPTURES.iterdir())[0]
    (tmp_path / seed.name).write_bytes(seed.read_bytes())
    gold = GOLD / f"{seed.stem}.json"
    (tmp_path / gold.name).write_bytes(gold.read_bytes())
    command = [sys.executable, "-m", "peacetalks", "evaluate", "--gold", str(tmp_path), "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    report = json.loads(done.stdout)
    assert report["labels"].keys() == {"title", "meta", "body", "caption", "chrome", "all"}
    assert report["fields"]["language"]["right"] == 1
    assert report["mentions"].keys() == {"spans", "surfaces", "spans with link", "conferences"}


def test_calibration_tells_how_often_labels_of_a_score_are_right() -> None:
    bins = bin_scores([(0.55, True), (0.55, False), (0.97, True), (1.0, True), (1.0, True)])
    assert [(row.low, row.lines, row.score, row.right) for row in bins] == [
        (0.5, 2, 0.55, 0.5),
        (0.95, 1, 0.97, 1.0),
        (0.99, 2, 1.0, 1.0),
    ]
