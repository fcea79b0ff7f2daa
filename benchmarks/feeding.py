"""Measure how many workers one reading process can keep busy: `python benchmarks/feeding.py [--form warc]`.

A Dask scheduler and two workers are started by themselves, as on a cluster, and a build sends them its pages. CPU is
counted apart for the process that reads, hands out, takes in and writes, for the scheduler, and for the workers; it is
what a page adds between a small and a large build. What the workers spend for each second that the others spend is how
many of them can be kept busy.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import psutil

sys.path.insert(0, str(Path(__file__).parent))
from bench.measuring import last_json, measure
from bench.results import FOLDER, keep
from bench.writing import FORMS, Form, make_pages, write_captures

_SEED = 8
_WORKERS = 2
_PATIENCE = 120  # seconds in which the cluster has to be there
_PAGES = {"txt": (500, 3_000), "jsonl": (500, 3_000), "html": (60, 300), "warc": (60, 300)}


class Spent(NamedTuple):
    """Seconds of CPU of each part of a build."""

    parent: float
    scheduler: float
    workers: float


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--form", choices=FORMS, nargs="+", default=["jsonl", "warc"])
    parser.add_argument("--pages", type=int, nargs=2, help="of the small and of the large build")
    parser.add_argument("--results", type=Path, default=FOLDER)
    options = parser.parse_args()
    print(
        "| captures | bytes a page | parent, us a page | scheduler | workers | MB/s that a parent feeds | workers fed |"
    )
    print("|---|---|---|---|---|---|---|")
    for form in options.form:
        few, many = options.pages or _PAGES[form]
        size = _page_size(form)
        with (
            tempfile.TemporaryDirectory(prefix="peacetalks-bench-") as folder,
            _cluster(Path(folder)) as (address, apart),
        ):
            _build(Path(folder), form, few // 2, address, apart)  # the workers load what they need
            spent = [_build(Path(folder), form, pages, address, apart) for pages in (few, many)]
        parent, scheduler, workers = ((b - a) / (many - few) for a, b in zip(*spent, strict=True))
        fed = workers / max(parent, scheduler)
        print(
            f"| {form} | {size:,} | {parent * 1e6:,.0f} | {scheduler * 1e6:,.0f} | {workers * 1e6:,.0f} | "
            f"{size / parent / 1e6:,.0f} | {fed:,.0f} |",
            flush=True,
        )
        costs = {"parent_us": parent, "scheduler_us": scheduler, "workers_us": workers}
        row = {"form": form, "pages": many, "page_bytes": size, **{k: round(v * 1e6) for k, v in costs.items()}}
        keep("feeding", {**row, "workers_fed": round(fed, 1)}, options.results)


def _build(folder: Path, form: Form, pages: int, address: str, apart: list[psutil.Process]) -> Spent:
    captures = write_captures(folder / f"{form}-{pages}", form, pages, seed=_SEED)
    out = folder / f"corpus-{pages}"
    command = [
        sys.executable,
        "-m",
        "peacetalks",
        "build",
        *map(str, captures),
        "--out",
        str(out),
        "--version",
        "0.1.0",
    ]
    before = [_used(process) for process in apart]
    parent = measure([*command, "--engine", "dask", "--scheduler", address, "--json"]).cpu
    scheduler, *workers = (_used(process) - then for process, then in zip(apart, before, strict=True))
    return Spent(parent, scheduler, sum(workers))


@contextmanager
def _cluster(folder: Path) -> Iterator[tuple[str, list[psutil.Process]]]:
    """Yield the address of a scheduler, and its process and those of its workers."""
    told = folder / "scheduler.json"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    starts = ["dask_scheduler", "--port", "0", "--host", "127.0.0.1"]
    joins = ["dask_worker", "--nworkers", "1", "--nthreads", "1", "--local-directory", str(folder)]
    started = []
    try:
        for command in (starts, *[joins] * _WORKERS):
            module, *choice = command
            full = [sys.executable, "-m", f"distributed.cli.{module}", *choice]
            full += ["--scheduler-file", str(told), "--no-dashboard"]
            started.append(subprocess.Popen(full, **quiet))
            _wait_for(told)
        yield last_json(told.read_text().replace("\n", " "))["address"], [psutil.Process(p.pid) for p in started]
    finally:
        for process in reversed(started):
            process.terminate()
        for process in started:
            process.wait()


def _wait_for(path: Path) -> None:
    until = time.monotonic() + _PATIENCE
    while not (path.exists() and path.stat().st_size):
        if time.monotonic() > until:
            raise SystemExit(f"no scheduler within {_PATIENCE} s")
        time.sleep(0.1)


def _used(process: psutil.Process) -> float:
    """Return the CPU of a process and all below it, those that have ended as well."""
    times = [p.cpu_times() for p in (process, *process.children(recursive=True))]
    return sum(t.user + t.system + t.children_user + t.children_system for t in times)


def _page_size(form: Form) -> int:
    sizes = [len(page.content.encode()) for page in make_pages(form, _SEED, 0, 100)]
    return round(sum(sizes) / len(sizes))


if __name__ == "__main__":
    main()
