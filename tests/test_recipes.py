"""The recipes of CONTRIBUTING.md are followed to the letter, on a copy of the project, by its own commands."""

import json
import os
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

from conftest import ROOT

GUIDE = (ROOT / "CONTRIBUTING.md").read_text("utf-8")


def recipe(heading: str, kind: str) -> str:
    """The first block of a section that starts with such a table."""
    section = GUIDE.split(f"## {heading}\n", 1)[1].split("\n## ")[0]
    blocks = re.findall(r"(?:^    .*\n|^\n(?=    ))+", section, re.MULTILINE)
    return next(textwrap.dedent(block) for block in blocks if f"[[{kind}]]" in block)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of what a contributor changes."""
    for name in ("scripts", "schema", "seeds"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "node_modules"))
    return tmp_path


def peacetalks(project: Path, *words: str, expected: int = 0) -> str:
    environment = {**os.environ, "PYTHONPATH": str(project / "scripts")}
    done = subprocess.run(
        [sys.executable, "-m", "peacetalks", *words],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == expected, done.stdout + done.stderr
    return done.stdout + done.stderr


def clean(project: Path, page: str) -> dict[str, Any]:
    (project / "page.txt").write_text(page, "utf-8")
    row: dict[str, Any] = json.loads(peacetalks(project, "clean", "page.txt"))
    return row


def append(path: Path, entry: str) -> None:
    path.write_text(f"{path.read_text('utf-8')}\n{entry}", "utf-8")


PAGE = """The second round of the Example talks on Syria

Published: 2 March 2015

The second round of the Example talks opened in Example City on Monday, with envoys of the Syrian government there.

Diplomats said that Example II would last for three days. "Nobody expects much of it," one of them said.

Today in Example City: 21 °C

© 2015 The Example Gazette
"""


def test_a_conference_is_linked_once_the_recipe_is_followed(project: Path) -> None:
    assert "example-talks-2-2015" not in clean(project, PAGE)["conferences"]
    append(project / "schema/conferences.toml", recipe("Add a conference", "event"))
    row = clean(project, PAGE)
    assert "example-talks-2-2015" in row["conferences"]
    assert "Example II" in {mention["surface"] for mention in row["mentions"]}


def test_an_outlet_is_found_once_the_recipe_is_followed(project: Path) -> None:
    assert clean(project, PAGE)["outlet"] is None
    append(project / "schema/outlets.toml", recipe("Add an outlet or an agency", "outlet"))
    assert clean(project, PAGE)["outlet"] == "example-gazette"


def test_a_chrome_rule_labels_its_line_once_the_recipe_is_followed(project: Path) -> None:
    append(project / "scripts/peacetalks/clean/rules/chrome.toml", recipe("Add a chrome rule", "rule"))
    (project / "page.txt").write_text(PAGE, "utf-8")
    assert re.search(
        r"- chrome +weather-box +Today in Example City: 21 °C",
        peacetalks(project, "clean", "page.txt", "--format", "diff"),
    )


def test_a_capture_with_gold_is_scored_and_released_once_the_recipe_is_followed(project: Path) -> None:
    append(project / "schema/conferences.toml", recipe("Add a conference", "event"))
    page = project / "seeds/captures/005_example.txt"
    page.write_text(PAGE, "utf-8")
    found = json.loads(peacetalks(project, "clean", str(page)))
    lines = PAGE.splitlines(keepends=True)
    labels = ["title", "blank", "meta", "blank", "body", "blank", "body", "blank", "chrome", "blank", "chrome"]
    gold = {
        name: found[name]
        for name in ("id", "source", "url", "title", "captions", "outlet", "agency", "authors", "dateline", "published")
    }
    gold |= {
        name: found[name]
        for name in ("published_edtf", "published_basis", "published_evidence", "language", "mentions")
    }
    gold |= {"annotator": "a contributor", "on_topic": True}
    gold["segments"] = [{"raw": raw, "label": label} for raw, label in zip(lines, labels, strict=True)]
    page.parent.with_name("gold").joinpath("005_example.json").write_text(json.dumps(gold), "utf-8")
    assert "labels" in peacetalks(project, "evaluate", "--gold", "seeds/gold")
    peacetalks(project, "build", "seeds/captures", "--gold", "seeds/gold", "--out", "build/try")
    assert peacetalks(
        project, "validate", next((project / "build/try").glob("*/manifest.json")).parent.as_posix()
    ).endswith("no findings\n")


def test_an_entry_that_breaks_a_rule_is_named_with_its_file(project: Path) -> None:
    event = recipe("Add a conference", "event")
    append(project / "schema/conferences.toml", event[event.index("[[event]]") :])
    (project / "page.txt").write_text(PAGE, "utf-8")
    told = peacetalks(project, "clean", "page.txt", expected=2)
    assert "conferences.toml: event 'example-talks-2-2015': series 'example-talks' is no series" in told
