"""Checking a release, taking the words out of it and putting them back is possible where they do not fit in memory."""

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

from peacetalks.capture.inputs import find_files
from peacetalks.engine.progress import say_nothing
from peacetalks.evaluate.report import score_gold
from peacetalks.pipeline import build
from peacetalks.release.manifest import Options
from peacetalks.release.standoff import write_standoff
from peacetalks.release.write import Order

PAGES = 100
# Says how many bytes of Arrow's the checks of a release, or its stand-off edition, held at most. Bounds are far
# below what they are, so that a small corpus meets them, but parts are some articles each: a table takes some kilobytes
# even where it is empty, and many of these count for more than what is in them. The library that `loadable` asks has
# its own.
HELD = r"""
import sys
from pathlib import Path
import pyarrow as pa
from peacetalks.release import batches, checks_content, checks_files, data_files, edition
from peacetalks.release.opened import open_release
from peacetalks.release.standoff import write_standoff
from peacetalks.release.validate import CHECKS
batches._BATCH, batches._PART, edition._WRITTEN = 10_000, 40_000, 60_000
checks_files._STRETCH, checks_content.PART_BYTES, data_files.PART_BYTES = 10_000, 20_000, 20_000
release = open_release(Path(sys.argv[1]))
if len(sys.argv) > 2:
    write_standoff(release.folder, Path(sys.argv[2]))
for name in () if len(sys.argv) > 2 else CHECKS.keys() - {"loadable"}:
    assert name == "language-agrees" or not list(CHECKS[name].run(release)), name  # the words are no language's
print(pa.default_memory_pool().max_memory())
"""
# Says how many bytes of Python's, and of Arrow's, a stand-off edition that gets its words back holds at most, whenever
# captures are there or a part of the rows is written. What is loaded on the way is there before: it is done twice.
PUT_BACK = r"""
import sys, tracemalloc
from pathlib import Path
import pyarrow as pa
from peacetalks.capture.inputs import find_files
from peacetalks.engine import shards
from peacetalks.engine.work import read_captures
from peacetalks.record import Capture
from peacetalks.release import batches, data_files, edition, find_pages, rehydrate
shards._PAGES, batches._BATCH, edition._WRITTEN, data_files.PART_BYTES = 4, 10_000, 150_000, 50_000
find_pages.BARE_PART = rehydrate.BARE_PART = 2_000
held = []
def measured(step):
    def call(*words):
        held.append((tracemalloc.get_traced_memory()[0], pa.total_allocated_bytes()))
        return step(*words)
    return call
rehydrate.find_pages = measured(rehydrate.find_pages)
data_files.DataFiles.add = measured(data_files.DataFiles.add)
bare, pages, out = map(Path, sys.argv[1:])
for name in ("first", "second"):
    captures = (item for item in read_captures(find_files([pages])) if isinstance(item, Capture))
    held.clear()
    assert rehydrate.rehydrate(bare, captures, out / name).identical
    tracemalloc.start()
assert len(held) > 5
print(*map(max, zip(*held)))
"""


def write(path: Path, pages: int, lines: int) -> Path:
    """Write pages of so many lines, whose words are their own."""
    with path.open("w", encoding="utf-8") as file:
        for number in range(pages):
            pick = random.Random(number)  # noqa: S311  words, no secret
            words = ["".join(pick.choices("abcdefghilmnoprstu", k=pick.randint(3, 9))) for _ in range(20 * lines)]
            runs = [words[start : start + 20] for start in range(0, 20 * lines, 20)]
            said = [f"{' '.join(run).capitalize()} in Geneva, said {run[0].title()}." for run in runs]
            text = "\n\n".join(
                [f"Envoys return to Geneva for talk {number}", f"{1 + number % 28} February 2016", *said]
            )
            file.write(json.dumps({"id": str(number), "text": text}) + "\n")
    return path


def build_release(folder: Path, pages: int, lines: int) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("peacetalks.assemble.parts._STRETCH", 20_000)
        patch.setattr("peacetalks.release.data_files.PART_BYTES", 20_000)
        return build(
            find_files([write(folder / "pages.jsonl", pages, lines)]),
            folder / "out",
            Order(version="0.1.0", options=Options(keep_off_topic=True)),  # few of the words speak of the talks
            gold={},
            score=score_gold,
            executor=None,
            tell=say_nothing,
            page={},
        ).path


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release of some pages with few words."""
    return build_release(tmp_path_factory.mktemp("small"), PAGES, 10)


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory, small: Path) -> list[Path]:
    """A release, and one of as many articles with four times the words."""
    return [small, build_release(tmp_path_factory.mktemp("long"), PAGES, 40)]


def held(*words: Path, program: str = HELD) -> list[int]:
    done = subprocess.run([sys.executable, "-c", program, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [*map(int, done.stdout.split())]


def test_what_the_checks_hold_does_not_grow_with_the_texts(releases: list[Path]) -> None:
    """A check that keeps a column of text fails here."""
    (small,), (large,) = map(held, releases)
    assert large < 1.2 * small


def test_what_a_stand_off_edition_is_made_from_is_held_in_parts(releases: list[Path], tmp_path: Path) -> None:
    (small,), (large,) = (held(release, tmp_path / f"{number}") for number, release in enumerate(releases))
    assert large < 1.2 * small


def test_words_are_put_back_in_parts_and_captures_wait_on_disk(small: Path, tmp_path: Path) -> None:
    """What keeps the captures, or the edition, grows by as much as the texts do, or by more."""
    taken, texts = [], []
    for release in (small, build_release(tmp_path, 5 * PAGES, 16)):
        pages, out = release.parent.parent / "pages.jsonl", tmp_path / f"{len(taken)}"
        taken.append(held(write_standoff(release, out), pages, out, program=PUT_BACK))
        texts.append(pages.stat().st_size)
    grown = texts[1] - texts[0]
    (python, arrow), (more_python, more_arrow) = taken
    assert more_python - python < grown / 2
    assert more_arrow - arrow < 2 * grown  # rows take four times what their texts do
