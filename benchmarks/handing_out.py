"""Measure what the reading process of a build does for a page: `python benchmarks/handing_out.py [--form jsonl warc]`.

In one process, without a cluster, so that it holds on a busy machine too: CPU of reading, of naming a shard by its
content, of packing it for a worker, and of keeping what comes back; beside it, what the worker does with the page. What
Dask itself takes to move a shard is not in it: `feeding.py` measures that as well.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

from peacetalks.capture.inputs import find_files
from peacetalks.engine.columns import join_shards
from peacetalks.engine.shards import cut_shards, digest_circumstances, name_shard
from peacetalks.engine.store import Store
from peacetalks.engine.tasks import Call, PerPage, join_lists
from peacetalks.engine.work import work_shard

sys.path.insert(0, str(Path(__file__).parent))
from bench.results import FOLDER, keep
from bench.writing import FORMS, Form, write_captures

_SEED = 8
_PAGES: dict[Form, int] = {"txt": 1_000, "jsonl": 1_000, "html": 150, "warc": 150}
_TURNS = 3

Result = TypeVar("Result")


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--form", choices=FORMS, nargs="+", default=["jsonl", "warc"])
    parser.add_argument("--results", type=Path, default=FOLDER)
    options = parser.parse_args()
    print("| captures | sent, bytes a page | back | read, us | name | pack | keep | all | MB/s | worker, us | fed |")
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    for form in options.form:
        with tempfile.TemporaryDirectory(prefix="peacetalks-bench-") as folder:
            row = _measure(Path(folder), form)
        own = sum(row[step] for step in ("read", "name", "pack", "keep"))
        print(
            f"| {form} | {row['sent']:,.0f} | {row['back']:,.0f} | {row['read']:,.0f} | {row['name']:,.0f} | "
            f"{row['pack']:,.0f} | {row['keep']:,.0f} | {own:,.0f} | {row['sent'] / own:,.0f} | {row['worker']:,.0f} | "
            f"{row['worker'] / own:,.0f} |",
            flush=True,
        )
        keep("handing_out", {"form": form, **{name: round(value, 1) for name, value in row.items()}}, options.results)


def _measure(folder: Path, form: Form) -> dict[str, float]:
    """Return microseconds of CPU and bytes, of a page."""
    pages = _PAGES[form]
    files = find_files(write_captures(folder / "captures", form, pages, seed=_SEED))
    work = PerPage(partial(work_shard, gold={}, vocabularies=None, known=False), join_lists)
    circumstances = digest_circumstances(None, known=False)
    read, shards = _least(lambda: list(cut_shards(files, at_once=frozenset())))
    name, _ = _least(lambda: [name_shard(shard.digests, circumstances) for shard in shards])
    pack, calls = _least(lambda: [Call.of(work, shard.pages) for shard in shards])
    worker, parts = _least(lambda: [work_shard(shard.pages, {}, None, known=False) for shard in shards])
    store = Store(folder)
    kept, _ = _least(lambda: [store.put(str(n), join_shards(part)) for n, part in enumerate(parts)])
    seconds = {"read": read, "name": name, "pack": pack, "keep": kept, "worker": worker}
    sent, back = sum(len(call.packed) for call in calls), sum(len(data) for part in parts for data in part)
    return {"sent": sent / pages, "back": back / pages, **{step: s / pages * 1e6 for step, s in seconds.items()}}


def _least(work: Callable[[], Result]) -> tuple[float, Result]:
    """Return the CPU seconds of the turn that was disturbed least, and what came of it."""
    costs = []
    for _ in range(_TURNS):
        start = time.process_time()
        result = work()
        costs.append(time.process_time() - start)
    return min(costs), result


if __name__ == "__main__":
    main()
