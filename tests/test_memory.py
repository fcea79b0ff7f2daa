"""Ten times the corpus takes the memory of one: pages go through, and nothing of them stays."""

import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from faults.table import Record, times
from test_resume import BODY

# Runs a command whose bounds are a hundredth of what they are, so that a hundredth of a large corpus meets them, and
# says on standard output what it and its workers took at most, in kilobytes.
MEASURED = r"""
import re, resource, sys
from importlib import import_module
from peacetalks.cli import main
from peacetalks.engine import shards
shards._PAGES = 64
for place in sys.argv.pop(1).split():
    module = import_module(f"peacetalks.{place.rpartition('.')[0]}")
    bound = place.rpartition(".")[2]
    setattr(module, bound, getattr(module, bound) // 100)
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
# What the system counts as this process's own peak begins with that of the one which started it.
own = re.search(r"VmHWM:\s+(\d+)", open("/proc/self/status").read())[1]
print([int(own), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss])
"""
BOUNDS = [
    "assemble.parts._RUN",
    "assemble.parts._STRETCH",
    "curate.candidates._PAIRED",
    "curate.candidates._PART",
    "curate.candidates._TEXTS",
    "curate.column_files._BLOCK",
    "curate.column_files._RANGE",
    "curate.part_files._HELD",
    "curate.sketches._TEXTS",
    "release.data_files.FILE_BYTES",
    "release.data_files.PART_BYTES",
    "release.lines._BATCH",
]


class Peak(NamedTuple):
    """The most memory that a command took, and the largest of its workers, in MB."""

    command: float
    worker: float


def write(path: Path, count: int) -> Path:
    """Write so many pages, each of words of its own, so that whatever is kept of a page is kept for none else."""
    with path.open("w", encoding="utf-8") as file:
        for number in range(count):
            pick = random.Random(number)  # noqa: S311  words, no secret
            words = ["".join(pick.choices("abcdefghilmnoprstu", k=pick.randint(3, 9))) for _ in range(200)]
            runs = [words[start : start + 20] for start in range(0, 200, 20)]
            lines = [f"{' '.join(run).capitalize()} in Geneva, said {run[0].title()}." for run in runs]
            text = "\n\n".join([f"Envoys return to Geneva for talk {number}", *BODY, *lines])
            file.write(json.dumps({"id": str(number), "text": text}) + "\n")
    return path


def build(inputs: Path, out: Path) -> Peak:
    words = ["build", inputs, "--out", out, "--version", "0.1.0", "--keep-off-topic", "--json"]
    command = [sys.executable, "-c", MEASURED, " ".join(BOUNDS), *map(str, words)]
    done = subprocess.run(command, env=os.environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return Peak(*(kilobytes / 1000 for kilobytes in json.loads(done.stdout.splitlines()[-1])))


@pytest.mark.skipif(sys.platform != "linux", reason="other systems count in other units")
def test_ten_times_the_corpus_takes_the_memory_of_one(tmp_path: Path, fault: Record) -> None:
    """A build that keeps what came of its pages until all are done fails here, and so does a worker that leaks."""
    count = times(1_000, 200)
    one, ten = (build(write(tmp_path / f"{n}.jsonl", n), tmp_path / f"{n}") for n in (count, 10 * count))
    assert ten.command < 1.2 * one.command
    assert ten.worker < 1.2 * one.worker
    peaks = f"the build {one.command:.0f} and {ten.command:.0f} MB, its worker {one.worker:.0f} and {ten.worker:.0f} MB"
    fault("F17", f"a corpus of {count:,} pages, and one ten times as large", 2, peaks)
