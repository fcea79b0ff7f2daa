"""How fast the machine is meanwhile: the CPU of one fixed piece of work, done again and again beside what is measured.

A shared host gives a core more or less in the course of an hour. What two stretches of it cost compares by what the
same piece cost in each.
"""

import select
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

_PAGES = 64
_EVERY = 4.0  # seconds between two pieces, of some 0.1 s each


@dataclass
class Pace:
    """What the pieces cost, in seconds of CPU each: none before the block ends."""

    pieces: list[float] = field(default_factory=list)

    @property
    def us(self) -> float:
        """Microseconds of CPU for a page of the piece, on the average."""
        return 1e6 * statistics.fmean(self.pieces) / _PAGES


@contextmanager
def pacing() -> Iterator[Pace]:
    """Do the piece in a process of its own while the block runs."""
    pace = Pace()
    command = [sys.executable, __file__]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        if process.stdout is None or process.stdout.readline() != "ready\n":
            raise RuntimeError("the piece that tells the pace can't be done")
        yield pace
        printed, _ = process.communicate()
        pace.pieces = [float(line) for line in printed.split()]


def main() -> None:
    """Print what each piece costs until the standard input is closed, after one that warms up."""
    sys.path.insert(0, str(Path(__file__).parents[1]))
    from bench.pages import make_text
    from peacetalks.capture.formats import Format
    from peacetalks.capture.pages import PageFile
    from peacetalks.engine.work import work_shard

    texts = [make_text(0, number).content.encode() for number in range(_PAGES)]
    pages = [PageFile(data=text, source=f"{n}.txt", format=Format("text")) for n, text in enumerate(texts)]
    work_shard(pages, {}, None, known=False)
    print("ready", flush=True)
    over = False
    while not over:
        began = time.process_time()
        work_shard(pages, {}, None, known=False)
        print(time.process_time() - began, flush=True)
        over = bool(select.select([sys.stdin], [], [], _EVERY)[0])


if __name__ == "__main__":
    main()
