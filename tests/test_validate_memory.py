"""Checking a release, and taking the words out of it, is possible where its texts do not fit in memory."""

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


def write(path: Path, lines: int) -> Path:
    """Write pages of so many lines, whose words are their own."""
    with path.open("w", encoding="utf-8") as file:
        for number in range(PAGES):
            pick = random.Random(number)  # noqa: S311  words, no secret
            words = ["".join(pick.choices("abcdefghilmnoprstu", k=pick.randint(3, 9))) for _ in range(20 * lines)]
            runs = [words[start : start + 20] for start in range(0, 20 * lines, 20)]
            said = [f"{' '.join(run).capitalize()} in Geneva, said {run[0].title()}." for run in runs]
            text = "\n\n".join(
                [f"Envoys return to Geneva for talk {number}", f"{1 + number % 28} February 2016", *said]
            )
            file.write(json.dumps({"id": str(number), "text": text}) + "\n")
    return path


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """A release, and one of as many articles with four times the words."""
    built = []
    for lines in (10, 40):
        folder = tmp_path_factory.mktemp(f"lines-{lines}")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("peacetalks.assemble.parts._STRETCH", 20_000)
            patch.setattr("peacetalks.release.data_files.PART_BYTES", 20_000)
            built.append(
                build(
                    find_files([write(folder / "pages.jsonl", lines)]),
                    folder / "out",
                    Order(version="0.1.0", options=Options(keep_off_topic=True)),  # few of the words speak of the talks
                    gold={},
                    score=score_gold,
                    executor=None,
                    tell=say_nothing,
                    page={},
                ).path
            )
    return built


def held(*words: Path) -> int:
    done = subprocess.run([sys.executable, "-c", HELD, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


def test_what_the_checks_hold_does_not_grow_with_the_texts(releases: list[Path]) -> None:
    """A check that keeps a column of text fails here."""
    small, large = map(held, releases)
    assert large < 1.2 * small


def test_what_a_stand_off_edition_is_made_from_is_held_in_parts(releases: list[Path], tmp_path: Path) -> None:
    small, large = (held(release, tmp_path / f"{number}") for number, release in enumerate(releases))
    assert large < 1.2 * small
