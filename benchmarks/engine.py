"""Measure what worker processes with limits cost, against a plain pool in the same run, and what a second one brings.

    python benchmarks/engine.py [--pages 2000] [--texts 20000] [--rounds 3] [--dask]

It generates pages of HTML (about 100 kB) and plain texts (about 3 kB), seeded and deleted afterwards, and puts each
through every stage. Engines take turns, and the best of the rounds counts. CPU is that of all processes, from their
start to their end; `here` is that of the process which reads and hands out, which bounds what more workers can bring.
"""

import argparse
import json
import resource
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import AbstractContextManager
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec import Struct

from peacetalks.capture.inputs import find_files
from peacetalks.engine.executors import make_executor
from peacetalks.engine.work import process_files

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
sys.path.insert(0, str(Path(__file__).resolve().parent / "inputs"))
from memory import pages

from crawls import crawl, pack


class Run(Struct, frozen=True):
    """What one run took: seconds by the clock, CPU here, and CPU of the workers."""

    wall: float
    here: float
    workers: float

    @property
    def cpu(self) -> float:
        """Return the CPU time of all processes."""
        return self.here + self.workers


ENGINES: dict[str, Callable[[], AbstractContextManager[Executor]]] = {
    "plain pool, 1": lambda: ProcessPoolExecutor(1, mp_context=get_context("spawn")),
    "plain pool, 2": lambda: ProcessPoolExecutor(2, mp_context=get_context("spawn")),
    "local, 1": lambda: make_executor("local", 1, None),
    "local, 2": lambda: make_executor("local", 2, None),
}
DASK: dict[str, Callable[[], AbstractContextManager[Executor]]] = {
    "dask, 1": lambda: make_executor("dask", 1, None),
    "dask, 2": lambda: make_executor("dask", 2, None),
}


def main() -> None:
    """Generate, measure, print, delete."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--pages", type=int, default=2_000)
    parser.add_argument("--texts", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--dask", action="store_true")
    options = parser.parse_args()
    engines = ENGINES | (DASK if options.dask else {})
    with TemporaryDirectory(prefix="peacetalks-") as folder:
        for path, count in ((Path(folder, "pages.warc"), options.pages), (Path(folder, "texts.jsonl"), options.texts)):
            write(path, count)
            best = {name: run(path, made) for name, made in engines.items()}
            for _ in range(options.rounds - 1):
                for name, made in engines.items():
                    best[name] = min(best[name], run(path, made), key=lambda one: one.cpu)
            show(path.name, count, best)


def write(path: Path, count: int) -> None:
    """Write so many pages as a crawl, or as a table of texts."""
    found = pages(1)
    if path.suffix == ".warc":
        with path.open("wb") as file:
            for _ in range(count):
                file.write(pack(crawl([next(found)]), ""))
        return
    with path.open("w", encoding="utf-8") as table:
        for text in texts(count):
            table.write(json.dumps({"text": text}) + "\n")


def texts(count: int) -> Iterator[str]:
    """Yield plain texts of about 3 kB: a headline, a date, and ten of the paragraphs of a page."""
    found = pages(2)
    for _ in range(0, count, 3):
        lines = [line for line in next(found).html.decode().split("\n") if "<p>" in line]
        bare = [line.rpartition("<p>")[2].partition("</p>")[0] for line in lines]
        for start in range(0, 30, 10):
            yield "\n".join(["Envoys meet for another round", "1 March 2016", *bare[start : start + 10]])


def run(path: Path, made: Callable[[], AbstractContextManager[Executor]]) -> Run:
    """Return what every stage on every page takes with that engine."""
    wall, here, workers = time.perf_counter(), cpu(resource.RUSAGE_SELF), cpu(resource.RUSAGE_CHILDREN)
    with made() as executor:
        for _ in process_files(find_files([path]), {}, executor=executor):
            pass
    return Run(time.perf_counter() - wall, cpu(resource.RUSAGE_SELF) - here, cpu(resource.RUSAGE_CHILDREN) - workers)


def show(name: str, count: int, best: dict[str, Run]) -> None:
    """Print a table of the engines."""
    base = best["plain pool, 1"]
    print(f"{name}: {count:,} pages", flush=True)
    print(f"  {'engine':<14} pages/s   CPU s  here s  pages/CPU s  CPU of the plain pool  times one worker")
    for engine, one in best.items():
        alone = best[engine.replace(", 2", ", 1")]
        print(
            f"  {engine:<14} {count / one.wall:7.1f} {one.cpu:7.1f} {one.here:7.1f} {count / one.cpu:12.1f}"
            f" {one.cpu / base.cpu:22.3f} {alone.wall / one.wall:17.2f}",
            flush=True,
        )


def cpu(whose: int) -> float:
    """Return the CPU time of this process, or of its children that have ended."""
    used = resource.getrusage(whose)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
