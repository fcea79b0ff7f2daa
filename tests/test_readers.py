"""Every command that reads captures leaves the parsing to workers: a page that kills its reader costs itself alone."""

import json
import os
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pyarrow.parquet as pq
import pytest

from conftest import CAPTURES, GOLD
from faults.table import LONG, Record
from peacetalks.capture.inputs import find_files
from peacetalks.evaluate.cases import make_cases
from peacetalks.evaluate.report import report_as_json
from peacetalks.evaluate.scores import score_cases
from peacetalks.record import Gold
from peacetalks.release.standoff import write_standoff

POISON = b"<!DOCTYPE html><html><body><p>do-kill: envoys met in Geneva on Wednesday.</p></body></html>"
# What Python runs first, in a command as in its workers: from there on a page can kill whoever parses it.
DEADLY = """
    import os
    from peacetalks.capture import pages

    real = pages.read_html

    def read_html(data, *words, **more):
        if b"do-kill" in data:
            os.kill(os.getpid(), 9)
        return real(data, *words, **more)

    pages.read_html = read_html
"""


OFTEN = pytest.mark.skipif(not LONG, reason="the other commands are tried by `make faults`")


class Place(NamedTuple):
    """A folder with the seeds and the poison among them, and what runs a command there."""

    folder: Path
    run: Callable[..., subprocess.CompletedProcess[str]]

    def __truediv__(self, name: str) -> Path:
        return self.folder / name


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    folder = tmp_path_factory.mktemp("readers")
    (folder / "deadly").mkdir()
    (folder / "deadly" / "sitecustomize.py").write_text(textwrap.dedent(DEADLY))
    shutil.copytree(CAPTURES, folder / "captures")
    (folder / "captures" / "2-poison.html").write_bytes(POISON)

    def run(*words: str | Path) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "peacetalks", *map(str, words)]
        variables = {**os.environ, "PYTHONPATH": str(folder / "deadly")}
        return subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, check=False)

    return Place(folder, run)


@pytest.fixture(scope="module")
def poisoned(place: Place) -> Path:
    """A release that was built with the poison among its captures."""
    built = place.run("build", "captures", "--gold", GOLD, "--version", "0.1.0", "--out", "poisoned")
    assert built.returncode == 0, built.stderr
    return place / "poisoned/0.1.0"


def test_the_page_kills_whoever_reads_it(place: Place) -> None:
    program = "from peacetalks.capture import pages; pages.read_html(b'do-kill', 'a')"
    variables = {**os.environ, "PYTHONPATH": str(place / "deadly")}
    assert subprocess.run([sys.executable, "-c", program], env=variables, check=False).returncode == -9


@OFTEN
def test_a_build_sets_it_aside_and_its_neighbours_do_not_change(poisoned: Path, release: Path, fault: Record) -> None:
    """A build that parses in its own process ends with exit code -9, and releases nothing."""
    (row,) = pq.read_table(poisoned / "data/excluded").to_pylist()
    assert (row["source"], row["reason"], row["detail"]) == ("2-poison.html", "crashed", "its worker died of SIGKILL")
    for table in ("articles", "mentions", "segments"):
        assert pq.read_table(poisoned / "data" / table).equals(pq.read_table(release / "data" / table))
    fault("F7", "a page that kills its reader, in `build`", 1, "set aside as `crashed`, the others as without it")


def test_evaluate_scores_what_it_scores_without_it(place: Place, gold: dict[str, Gold], fault: Record) -> None:
    """A command that parses in its own process ends with exit code -9, as this one did."""
    done = place.run("evaluate", "--gold", GOLD, "--captures", "captures", "--json")
    assert done.returncode == 0, done.stderr
    alone = report_as_json(score_cases(make_cases(find_files([CAPTURES]), gold, None)))
    assert json.loads(done.stdout) == {**alone, "calibration": json.loads(done.stdout)["calibration"]}
    fault("F7", "a page that kills its reader, in `evaluate`", 1, "the scores are those without it")


def test_rehydrate_puts_every_word_back_without_it(place: Place, release: Path, fault: Record) -> None:
    """A command that parses in its own process ends with exit code -9, as this one did."""
    write_standoff(release, place / "bare")
    done = place.run("rehydrate", "bare/0.1.0", "captures", "full")
    assert done.returncode == 0, done.stderr
    assert "recovered 5, changed 0, missing 0" in done.stdout
    fault("F7", "a page that kills its reader, in `rehydrate`", 1, "every article is recovered")


@OFTEN
@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["clean", "captures", "-o", "pages.jsonl"], 1),
        (["validate", "poisoned/0.1.0", "--rebuild", "captures", "--gold", str(GOLD)], 0),
        (["annotate", "export", "captures", "handed-out", "--to", "brat"], 0),
    ],
    ids=["clean", "validate", "annotate"],
)
def test_other_commands_go_on_without_it(
    place: Place, poisoned: Path, words: list[str], code: int, fault: Record
) -> None:
    """A command that parses in its own process ends with exit code -9."""
    assert poisoned.exists()
    done = place.run(*words)
    assert done.returncode == code, done.stderr
    if words[0] == "clean":
        assert len((place / "pages.jsonl").read_text("utf-8").splitlines()) == 5
    fault("F7", f"a page that kills its reader, in `{words[0]}`", 1, "it goes on")
