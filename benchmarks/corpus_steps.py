"""Measure what the steps of a corpus cost as it grows: `python benchmarks/corpus_steps.py [--articles 10000 100000]`.

Shards are made from a few that the pipeline made of generated pages: their rows under other ids, with sketches of their
own, every tenth a copy of the one before. So the steps see as many different articles as they are told, and no time
goes into pages. Each size runs in a process of its own; printed are CPU a page by step, and the peak of memory.
"""

import argparse
import json
import random
import resource
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa

from peacetalks.assemble.corpus import open_corpus
from peacetalks.capture.inputs import find_files
from peacetalks.curate import shingles
from peacetalks.curate.ids import id_names
from peacetalks.curate.shingles import Hashes
from peacetalks.engine.columns import ARRAYS
from peacetalks.engine.finish import Finished, Task, finish_shards, open_shard
from peacetalks.engine.progress import Restart, ShardDone, Step, say_nothing
from peacetalks.engine.sections import encode_sections, read_array, read_section
from peacetalks.engine.store import Store, open_store
from peacetalks.pipeline import release_corpus
from peacetalks.release.manifest import Options
from peacetalks.release.write import Order

_TEMPLATES = 8
_PAGES = 256
_COPIES = 10  # one text of so many is a copy of the one before
_SUBJECTS = ("The mediator", "A government delegate", "The opposition", "A diplomat", "The envoy", "Residents")
_VERBS = ("said", "told reporters", "insisted", "repeated", "denied", "confirmed")
_PLACES = ("Geneva", "Astana", "Sochi", "Vienna", "Montreux", "Damascus", "Aleppo", "Ankara", "Moscow")
_THINGS = ("a ceasefire", "the exchange of prisoners", "aid for besieged towns", "a constitution", "safe zones")


def write_pages(path: Path) -> None:
    """Write the pages that the templates are made of, of some 3 kB each."""
    pick = random.Random(11)  # noqa: S311  a benchmark repeats itself

    def sentence() -> str:
        number = pick.randrange(10**6)
        return (
            f"{pick.choice(_SUBJECTS)} {pick.choice(_VERBS)} in {pick.choice(_PLACES)} that {number} delegates would "
            f"speak of {pick.choice(_THINGS)} before {pick.choice(_THINGS)}."
        )

    with path.open("w", encoding="utf-8") as file:
        for number in range(_TEMPLATES * _PAGES):
            body = [" ".join(sentence() for _ in range(3)) for _ in range(8)]
            head = [
                f"Geneva II talks turn to {pick.choice(_THINGS)}",
                f"{1 + number % 28} January 201{number % 8}",
            ]
            row = {
                "id": f"p{number}",
                "text": "\n".join([*head, *body]),
                "url": f"https://s{number % 40}.example/{number}",
            }
            file.write(json.dumps(row) + "\n")


class Maker:
    """Makes shards of pages that no other shard has, from templates."""

    def __init__(self, templates: list[Finished]) -> None:
        self._tables = [
            {
                name: read_section(t.path, t.footer, name)
                for name in ("pages", "articles", "segments", "mentions", "excluded")
            }
            for t in templates
        ]
        self._lines = [read_array(t.path, t.footer, "lines") for t in templates]
        self._facts = [t.facts for t in templates]
        self._chance = np.random.default_rng(3)

    def make(self, number: int) -> bytes:
        """Return a shard."""
        tables, lines = dict(self._tables[number % len(self._tables)]), self._lines[number % len(self._lines)]
        pages = tables["pages"].num_rows
        ids = self._chance.integers(0, 2**64, pages, np.uint64, endpoint=False)
        names = id_names(ids)
        counts = tables["pages"]["shingles"].to_numpy().astype(np.int64)
        texts: list[Hashes] = []
        for place, count in enumerate(counts.tolist()):
            new = self._chance.integers(0, 2**64, count, np.uint64, endpoint=False)
            if place % _COPIES == _COPIES - 1:
                kept = min(count, len(texts[-1]))
                new[: kept - kept // 8] = texts[-1][: kept - kept // 8]
            texts.append(new)
        flat = np.concatenate(texts)
        fingerprints, of = shingles._winnow(flat, counts)  # noqa: SLF001  sketches as texts have them
        small = {
            "id": pa.array(ids),
            "page": pa.array(self._chance.integers(1, 2**64, pages, np.uint64, endpoint=False)),
            "words": pa.array(flat[np.cumsum(counts) - counts]),
            "fingerprints": pa.array(np.bincount(of, minlength=pages), pa.uint32()),
        }
        for name, column in small.items():
            tables["pages"] = _with(tables["pages"], name, column)
        sources = pa.array([f"{number}-{n}" for n in range(pages)], pa.string())
        for name, column in {"id": names, "cluster": names, "source": sources}.items():
            tables["articles"] = _with(tables["articles"], name, column)
        for name in ("segments", "mentions"):
            owners = np.repeat(np.arange(pages), tables["pages"][name].to_numpy())
            tables[name] = _with(tables[name], "article", names.take(pa.array(owners)))
        arrays = {
            "lines": self._chance.permutation(lines) ^ self._chance.integers(0, 2**64, dtype=np.uint64),
            "bands": shingles._bands(flat, counts).ravel(),  # noqa: SLF001
            "fingerprints": fingerprints,
            "shingles": flat,
        }
        facts = self._facts[number % len(self._facts)]
        return encode_sections(tables, {name: arrays[name] for name in ARRAYS}, facts)


def _with(table: pa.Table, name: str, column: pa.Array) -> pa.Table:
    at = table.schema.get_field_index(name)
    return table.set_column(at, table.schema.field(at), column)


class Steps:
    """The CPU time of each step, and the most memory during it, in MB."""

    def __init__(self) -> None:
        self.cpu: dict[str, float] = {}
        self.peak: dict[str, int] = {}
        self._name, self._since = "reading what is small", time.process_time()

    def __call__(self, event: ShardDone | Restart | Step) -> None:
        """End the step before where another begins."""
        if isinstance(event, Step):
            self.end()
            self._name = event.name

    def end(self) -> None:
        """End the step that is running."""
        now = time.process_time()
        self.cpu[self._name] = self.cpu.get(self._name, 0) + now - self._since
        self.peak[self._name] = _peak_since_last() >> 10
        self._since = now


def _peak_since_last() -> int:
    """Return the largest resident set since the last call, in kB, and begin anew."""
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    Path("/proc/self/clear_refs").write_text("5")
    return int(status["VmHWM"].split()[0])


def measure(folder: Path, articles: int) -> dict[str, object]:
    """Run the steps on so many articles, and return what they cost."""
    out = folder / f"corpus-{articles}"
    with open_store(out, "benchmark") as store:
        shards = sorted(path.stem for path in store.folder.glob("*.shard"))
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        steps = Steps()
        with open_corpus(shards, store) as corpus:
            built = release_corpus(
                corpus,
                out,
                Order(version="0.1.0", options=Options(keep_off_topic=True)),
                task=Task(),
                score=lambda _: {},
                executor=None,
                tell=steps,
                page={},
            )
        steps.end()
    kept = sum(built.statistics.articles.values())
    return {
        "articles": kept,
        "clusters": built.statistics.clusters,
        "before": before >> 10,
        "peak": max(steps.peak.values()),
        "peaks": steps.peak,
        "steps": {name: round(1e6 * cpu / kept) for name, cpu in steps.cpu.items()},
        "files": len([*(built.path / "data").glob("*/*.parquet")]),
    }


def make_shards(folder: Path, articles: int, templates: list[Finished]) -> float:
    """Write the shards of so many articles; return the CPU that it took."""
    cpu = time.process_time()
    maker = Maker(templates)
    work = folder / f"corpus-{articles}" / ".work" / "benchmark"
    work.mkdir(parents=True)
    store = Store(work)
    made = number = 0
    while made < articles:
        path = store.put(f"{number:08}", maker.make(number))
        made += open_shard(path).facts.pages
        number += 1
    return time.process_time() - cpu


def main() -> None:
    """Make the shards, measure each size in a process of its own, print a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--articles", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--folder", type=Path, default=None)
    parser.add_argument("--measure", type=int, default=0, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(measure(options.folder, options.measure)))
        return
    with TemporaryDirectory(prefix="peacetalks-", dir=options.folder) as place:
        folder = Path(place)
        write_pages(folder / "pages.jsonl")
        with open_store(folder / "templates", "benchmark") as store:
            made = finish_shards(find_files([folder / "pages.jsonl"]), store, None, say_nothing, task=Task())
            templates = [open_shard(store.path(name)) for name in made]
            for articles in options.articles:
                making = make_shards(folder, articles, templates)
                command = [sys.executable, __file__, "--measure", str(articles), "--folder", str(folder)]
                done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
                row = json.loads(done.stdout)
                total = sum(row["steps"].values())
                print(f"{row['articles']:,} articles, {row['clusters']:,} clusters, {row['files']} data files")
                print(f"  CPU a page: {total} microseconds; {json.dumps(row['steps'])}")
                grown = 1024 * (row["peak"] - row["before"]) / row["articles"]
                print(f"  peak {row['peak']:,} MB, {row['before']:,} MB before; {grown:.2f} kB an article")
                print(f"  MB by step: {json.dumps(row['peaks'])}", flush=True)
                print(f"  (making the shards took {making:.0f} s)", flush=True)


if __name__ == "__main__":
    main()
