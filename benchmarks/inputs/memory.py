"""Measure how much memory reading a large crawl takes, in the process that reads and in the workers.

    python benchmarks/inputs/memory.py [--gigabytes 2] [--workers 2] [--coding gzip] [--folder DIR]

It writes a crawl of generated pages (seeded, no two alike; deleted afterwards), then prints peak memory and CPU of

- reading alone, by this process,
- and every stage on every page with workers, each finished shard written to disk.
"""

import argparse
import os
import random
import resource
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from peacetalks.capture.inputs import find_files, read_files
from peacetalks.engine.executors import make_executor
from peacetalks.engine.finish import Task, finish_shards, open_shard
from peacetalks.engine.progress import say_nothing
from peacetalks.engine.store import open_store
from peacetalks.record import Excluded

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))
from crawls import CrawlPage, crawl, pack

_WORDS = [
    "envoys",
    "delegations",
    "mediator",
    "government",
    "opposition",
    "ceasefire",
    "council",
    "ministers",
    "talks",
    "round",
    "proposal",
    "convoy",
    "siege",
    "border",
    "aid",
    "prisoners",
    "constitution",
    "committee",
    "transition",
    "elections",
    "sanctions",
    "observers",
    "guarantors",
    "agreement",
    "draft",
]
_PLACES = ("Geneva", "Astana", "Sochi", "Vienna", "Lausanne", "Riyadh", "Cairo", "Moscow", "New York", "Ankara")
_MB = 1 << 20


def pages(seed: int) -> Iterator[CrawlPage]:
    """Yield pages of about 100 kB without end: menus, scripts and thirty paragraphs, as news sites have them."""
    pick = random.Random(seed)  # noqa: S311  a benchmark repeats itself
    number = 0
    while True:
        number += 1
        menu = "".join(f"<li><a href='/s{n}'>{_phrase(pick, 2)}</a></li>" for n in range(150))
        body = "".join(f"<p>{pick.choice(_PLACES)} – {_phrase(pick, 45)}.</p>\n" for _ in range(30))
        related = "".join(
            f"<div class='teaser'><h3>{_phrase(pick, 7)}</h3><p>{_phrase(pick, 15)}</p></div>" for _ in range(40)
        )
        script = "".join(f"window.v{n}={pick.getrandbits(64)};" for n in range(1800))
        html = (
            f"<!DOCTYPE html><html lang='en'><head><meta charset='utf-8'><title>{_phrase(pick, 8)}</title>"
            f"<script>{script}</script></head><body><nav><ul>{menu}</ul></nav><article><h1>{_phrase(pick, 8)}</h1>"
            f"<p class='date'>{1 + number % 28} March 2016</p>{body}</article><aside>{related}</aside></body></html>"
        )
        yield CrawlPage(f"p{number}", f"https://gazette.example/{number}", "utf-8", html.encode())


def write_crawl(path: Path, size: int, coding: str) -> int:
    """Write a crawl of so many bytes, as they stand in the file, and return how many pages it has."""
    found = pages(1)
    count = 0
    with path.open("wb") as file:
        while file.tell() < size:
            batch = list(islice(found, 20))
            records = crawl(batch)
            count += len(batch)
            file.write(pack(records, coding))
    return count


class Peaks:
    """The most memory that each process has had, and the CPU time of all."""

    def __init__(self) -> None:
        self.of: dict[int, int] = {}
        self._over = threading.Event()

    def watch(self) -> None:
        """Look at this process and its children again and again, until it is told to stop."""
        while not self._over.wait(0.2):
            for process in (os.getpid(), *_children(os.getpid())):
                self.of[process] = max(self.of.get(process, 0), _peak(process))

    def stop(self) -> None:
        """End the watch."""
        self._over.set()


@contextmanager
def measured(what: str, count: Counter[str]) -> Iterator[None]:
    """Print the peaks and the time of what is done inside."""
    peaks = Peaks()
    watcher = threading.Thread(target=peaks.watch)
    _forget_peak()
    wall, cpu = time.perf_counter(), _cpu()
    watcher.start()
    yield
    peaks.stop()
    watcher.join()
    own = peaks.of.pop(os.getpid(), 0)
    workers = ", ".join(f"{size / _MB:,.0f}" for size in sorted(peaks.of.values(), reverse=True)) or "none"
    seconds = time.perf_counter() - wall
    print(f"{what:<18} peak MB here {own / _MB:,.0f}, workers {workers}", end="; ")
    print(f"{seconds:,.0f} s, CPU here {_cpu() - cpu:,.0f} s; {dict(count)}", flush=True)


def main() -> None:
    """Generate, measure, print, delete."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--gigabytes", type=float, default=2)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--coding", choices=["", "gzip"], default="")
    parser.add_argument("--folder", type=Path, default=None)
    options = parser.parse_args()
    with TemporaryDirectory(prefix="peacetalks-", dir=options.folder) as folder:
        path = Path(folder) / ("crawl.warc.gz" if options.coding else "crawl.warc")
        written = write_crawl(path, int(options.gigabytes * 1e9), options.coding)
        print(f"{path.name}: {path.stat().st_size:,} bytes, {written:,} pages", flush=True)
        files = find_files([path])
        count: Counter[str] = Counter()
        with measured("reading alone", count):
            for _, found in read_files(files, count):
                for raw in found:
                    count["pages"] += not isinstance(raw, Excluded)
        count = Counter()
        with (
            make_executor("local", options.workers, None) as executor,
            open_store(Path(folder), "benchmark") as store,
            measured("every stage", count),
        ):
            for name in finish_shards(files, store, executor, say_nothing, task=Task()):
                shard = open_shard(store.path(name))
                count["kept"] += shard.facts.pages
                count.update(shard.facts.excluded)


def _phrase(pick: random.Random, words: int) -> str:
    return " ".join(pick.choices(_WORDS, k=words)).capitalize() + f" {pick.randrange(10**6)}"


def _children(process: int) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError):
            continue  # it has ended meanwhile
        if parent == process:
            found.append(int(stat.parent.name))
    return found


def _peak(process: int) -> int:
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) << 10 for line in lines if line.startswith("VmHWM")), 0)


def _forget_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
