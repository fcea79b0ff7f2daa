"""Label Studio itself: what we write it takes, and what it exports we read, an annotator's changes with it."""

import json
import os
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs
from typer.testing import CliRunner

from conftest import CAPTURES, GOLD
from peacetalks.capture.gold import read_gold
from peacetalks.cli import app
from peacetalks.record import Gold
from servers import label_studio as served
from servers.label_studio import LabelStudio

SEED = "2da0afbf66b59619"


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabelStudio]:
    reason = served.missing_label_studio()
    if reason and os.environ.get("PEACETALKS_TEST_ALL"):
        pytest.fail(reason)
    if reason:
        pytest.skip(reason)
    with served.run_label_studio(tmp_path_factory.mktemp("label-studio")) as running:
        yield running


def run(*words: str | Path) -> None:
    done = CliRunner().invoke(app, ["annotate", *map(str, words)])
    assert done.exit_code == 0, done.output


def hand_out(studio: LabelStudio, source: Path, folder: Path) -> int:
    run("export", source, folder, "--to", "label-studio")
    return studio.make_project((folder / "config.xml").read_bytes(), (folder / "tasks.json").read_bytes())


def take_back(studio: LabelStudio, project: int, folder: Path, annotator: str) -> dict[str, Gold]:
    (folder / "exported.json").write_bytes(studio.export(project))
    run("import", folder / "exported.json", "-o", folder / "back", "--annotator", annotator)
    back = folder / "back" / annotator
    return read_gold(back) if back.exists() else {}


def region(result: list[dict[str, Any]], surface: str, tag: str) -> dict[str, Any]:
    return next(one for one in result if one["from_name"] == tag and one["value"].get("text") == surface)


def test_gold_comes_back_as_it_was_handed_out(studio: LabelStudio, gold: dict[str, Gold], tmp_path: Path) -> None:
    project = hand_out(studio, GOLD, tmp_path / "out")
    assert take_back(studio, project, tmp_path / "out", "A1") == gold


def test_what_an_annotator_changes_is_what_changes(studio: LabelStudio, gold: dict[str, Gold], tmp_path: Path) -> None:
    project = hand_out(studio, GOLD, tmp_path / "out")
    task = next(task for task in studio.tasks(project) if task["data"]["article"] == SEED)
    made = task["annotations"][0]
    result = deepcopy(made["result"])
    removed = region(result, "this forum", "mention")["id"]
    result = [one for one in result if one["id"] != removed]
    region(result, "A proposed international peace conference on Syria", "link")["value"]["taxonomy"] = [["geneva"]]
    region(result, "A proposed international peace conference on Syria", "basis")["value"]["choices"] = ["series"]
    stage = region(result, "A proposed international peace conference on Syria", "stage")
    result.remove(stage)
    caption = next(one for one in result if one["value"].get("labels") == ["chrome"])
    caption["value"]["labels"] = ["caption"]
    next(one for one in result if one["from_name"] == "outlet")["value"]["text"] = ["reuters"]
    studio.ask("PATCH", f"/api/annotations/{made['id']}/", {"result": result})

    taken = take_back(studio, project, tmp_path / "out", "A2")[SEED]

    was = gold[SEED]
    changed = next(n for n, part in enumerate(was.segments) if part.label == "chrome" and part.raw.strip())
    assert [n for n, part in enumerate(taken.segments) if part != was.segments[n]] == [changed]
    assert taken.segments[changed].label == "caption"
    assert taken.captions == [was.segments[changed].raw.strip()]
    assert (taken.annotator, taken.outlet) == ("A2", "reuters")
    surfaces = [mention.surface for mention in was.mentions]
    surfaces.remove("this forum")
    assert [mention.surface for mention in taken.mentions] == surfaces
    first = next(mention for mention in taken.mentions if mention.field == "text")
    assert (first.conference, first.series, first.basis, first.stage) == (None, "geneva", "series", None)


def test_the_programs_reading_is_a_prediction_until_somebody_takes_it(studio: LabelStudio, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    project = hand_out(studio, CAPTURES, folder)
    assert take_back(studio, project, folder, "A2") == {}
    task = studio.tasks(project)[0]
    (proposed,) = studio.ask("GET", f"/api/predictions/?task={task['id']}")
    studio.ask("POST", f"/api/tasks/{task['id']}/annotations/", {"result": proposed["result"], "lead_time": 60})
    taken = take_back(studio, project, folder, "A2")
    handed = {row["id"]: row for row in map(json.loads, (folder / "pages.jsonl").read_text("utf-8").splitlines())}
    assert list(taken) == [task["data"]["article"]]
    (page,) = taken.values()
    assert page.outlet == handed[page.id]["outlet"]
    proposals = [(m["start"], m["end"], m["surface"], m["conference"]) for m in handed[page.id]["mentions"]]
    assert [(m.start, m.end, m.surface, m.conference) for m in page.mentions] == proposals
    assert all(mention.score is None for mention in page.mentions)


def test_letters_of_every_kind_keep_their_place(studio: LabelStudio, gold: dict[str, Gold], tmp_path: Path) -> None:
    """Letters beyond the first plane stand before the mentions, where counting in UTF-16 would move them."""
    page = gold[SEED]
    first = next(n for n, part in enumerate(page.segments) if part.label == "body")
    astral = "\U00010900\U0001f54a e\u0301 \u0661\u0662 "
    segments = [*page.segments]
    segments[first] = structs.replace(segments[first], raw=astral + segments[first].raw)
    # One accent is joined to its letter in the text.
    by = len(astral) - 1
    mentions = [
        structs.replace(mention, start=mention.start + by, end=mention.end + by) if mention.field == "text" else mention
        for mention in page.mentions
    ]
    (tmp_path / "gold").mkdir()
    from peacetalks.annotation.files import gold_bytes

    moved = structs.replace(page, segments=segments, mentions=mentions)
    (tmp_path / "gold" / "000.json").write_bytes(gold_bytes(moved))
    project = hand_out(studio, tmp_path / "gold", tmp_path / "out")
    assert take_back(studio, project, tmp_path / "out", "A1") == {SEED: moved}
