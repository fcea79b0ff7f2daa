"""Write the data files of a release from a corpus: rows are sorted in runs, then each table is gone through by itself.

Both are work for as many processes as there are, each of which has a run or a stretch of one table in memory.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from peacetalks._arrow import give_back, pa
from peacetalks.assemble.blocks import SPLIT, TEMPORAL, Kept, kept_of_shards, read_block, tombstones
from peacetalks.assemble.corpus import Corpus
from peacetalks.assemble.placing import Placed
from peacetalks.assemble.runs import Block, Run, read_runs, sort_rows, write_run
from peacetalks.curate.ledger import SPLITS
from peacetalks.record import Split
from peacetalks.release.batches import ID_COLUMNS
from peacetalks.release.data_files import Sizes, TableFiles, complete_tables, in_order
from peacetalks.release.lines import RowsDigest
from peacetalks.release.schema import arrow_schema
from peacetalks.release.statistics import Counting
from peacetalks.release.tables import Tables
from peacetalks.release.write import Captures, Data, InputCount, write_tables

_RUN = 20_000_000  # bytes of rows that are sorted at a time
_STRETCH = 12_000_000  # and that are written at a time
_SET_ASIDE = 150  # bytes of the row of a page that was set aside
_AHEAD = 32  # calls that are under way or wait to be taken up
_KEYS = {name: ID_COLUMNS[name] for name in ("articles", "mentions", "segments", "excluded")}
# The tables that are made of the rows of one, and by which column these go to a split; the dearest come first.
_MADE_OF: dict[str, dict[str, str | None]] = {
    "segments": {"segments": SPLIT},
    "articles": {"articles": SPLIT, "temporal": TEMPORAL},
    "mentions": {"mentions": SPLIT},
    "excluded": {"excluded": None},  # all to one
}

Call = tuple[Any, ...]  # a function that a process can import, and what it gets


class Parts:
    """What of a corpus goes into a release: `known` are tables that it holds as they are, `gone` the ids taken down."""

    def __init__(self, corpus: Corpus, placed: Placed, gone: Sequence[str], known: Tables) -> None:
        self._corpus, self._placed, self._gone, self._known = corpus, placed, [*gone], known

    def write(self, folder: Path, scratch: Path, executor: Executor | None) -> Data:
        """Write the data files to a folder, by the processes of an executor or by this one; work in `scratch`."""
        corpus = self._corpus
        kept = corpus.kept
        set_aside = len(corpus.id) - len(kept) + sum(sum(shard.facts.excluded.values()) for shard in corpus.shards)
        size = int(corpus.size[kept].sum()) + _SET_ASIDE * set_aside
        if size <= _STRETCH:
            shards = [shard for shard, _ in kept_of_shards(corpus, self._placed)]
            return write_tables(folder, [{**_split_up(_sorted_block(shards, self._gone, last=True)), **self._known}])
        with TemporaryDirectory(prefix="runs-", dir=scratch) as place:
            return self._write_sorted(folder, Path(place), executor, 1 + size // _STRETCH)

    def _write_sorted(self, folder: Path, scratch: Path, executor: Executor | None, stretches: int) -> Data:
        counting = Counting()
        counting.add(self._known)
        runs: list[Run] = []
        for run, counted in run_calls(executor, self._make_runs(scratch, stretches)):
            runs.append(run)
            counting.join(counted)
        of = {rows: [run.of(rows) for run in runs] for rows in _KEYS}
        calls: list[Call] = [(count_inputs, of["articles"], of["excluded"])]
        for rows in _MADE_OF:
            calls += [(digest_rows, of[rows], rows, str(scratch)), (write_rows, of[rows], rows, str(folder))]
        captures, *done = run_calls(executor, calls)
        digests: dict[str, str] = {name: digest for found in done[::2] for name, digest in found.items()}
        sizes: dict[str, Sizes] = {name: size for found in done[1::2] for name, size in found.items()}
        for name, by_split in self._known.items():
            digests |= _digest([{name: by_split}], [name], scratch)
            sizes |= _write([{name: by_split}], [name], folder)
        entries, configs = complete_tables(folder, "full", digests, sizes)
        return Data(entries=entries, sizes=configs, statistics=counting.finish(), captures=captures)

    def _make_runs(self, scratch: Path, stretches: int) -> Iterator[Call]:
        number = size = 0
        waiting: list[Kept] = []
        for shard, added in kept_of_shards(self._corpus, self._placed):
            if waiting and size + added > _RUN:
                yield make_run, waiting, self._gone, str(scratch / f"run-{number}"), stretches, False
                waiting, size, number = [], 0, number + 1
            waiting.append(shard)
            size += added
        yield make_run, waiting, self._gone, str(scratch / f"run-{number}"), stretches, True


def make_run(shards: Sequence[Kept], gone: list[str], path: str, stretches: int, last: bool) -> tuple[Run, Counting]:  # noqa: FBT001  a call by place
    """Write a run of what is kept of some shards, and count it; the `last` one holds the rows of what is gone."""
    give_back()
    block = _sorted_block(shards, gone, last=last)
    counting = Counting()
    counting.add(_split_up(block))
    return write_run(Path(path), block, _KEYS, stretches), counting


def digest_rows(runs: Sequence[Run], rows: str, scratch: str) -> dict[str, str]:
    """Return the digests of the tables that are made of some rows."""
    return _digest(_read(runs, rows), _MADE_OF[rows], Path(scratch))


def write_rows(runs: Sequence[Run], rows: str, folder: str) -> dict[str, Sizes]:
    """Write the files of the tables that are made of some rows, and return how much they hold."""
    return _write(_read(runs, rows), _MADE_OF[rows], Path(folder))


def count_inputs(articles: Sequence[Run], excluded: Sequence[Run]) -> Captures:
    """Return what came in, by what became articles and what did not."""
    count = InputCount()
    tables = (read_runs(runs, name, _KEYS[name]) for runs, name in ((articles, "articles"), (excluded, "excluded")))
    for kept, set_aside in zip(*tables, strict=True):
        count.add({"articles": {"train": kept}, "excluded": {"train": set_aside}})
    return count.finish()


def run_calls(executor: Executor | None, calls: Iterable[Call]) -> Iterator[Any]:
    """Yield what calls return, in order; without an executor they are done by this process, one after the other."""
    waiting: deque[Future[Any]] = deque()
    try:
        for work, *arguments in calls:
            if executor is None:
                yield work(*arguments)
                continue
            waiting.append(executor.submit(work, *arguments))
            if len(waiting) > _AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for future in waiting:
            future.cancel()


def _read(runs: Sequence[Run], rows: str) -> Iterator[Tables]:
    return map(partial(_made_of, rows=rows), read_runs(runs, rows, _KEYS[rows]))  # which holds no table that was used


def _digest(parts: Iterable[Tables], names: Iterable[str], scratch: Path) -> dict[str, str]:
    digests = {name: RowsDigest(scratch, name) for name in names}
    for part in parts:
        for name, by_split in part.items():
            digests[name].add(in_order(by_split))
    return {name: digest.finish() for name, digest in digests.items()}


def _write(parts: Iterable[Tables], names: Iterable[str], folder: Path) -> dict[str, Sizes]:
    files = {name: TableFiles(folder, name) for name in names}
    for part in parts:
        for name, by_split in part.items():
            files[name].add(by_split)
    return {name: found.finish() for name, found in files.items()}


def _sorted_block(shards: Sequence[Kept], gone: list[str], *, last: bool) -> Block:
    missing = pa.array(gone, pa.string())
    blocks = [read_block(shard, missing) for shard in shards]
    if last:
        blocks.append({"excluded": tombstones(gone)})
    parts = {name: [block[name] for block in blocks if name in block] for name in _KEYS}
    return {name: sort_rows(pa.concat_tables(found), _KEYS[name]) for name, found in parts.items()}


def _split_up(block: Block) -> Tables:
    return {name: found for rows, table in block.items() for name, found in _made_of(table, rows).items()}


def _made_of(table: pa.Table, rows: str) -> Tables:
    if rows == "excluded":
        return {rows: {"train": table.sort_by([("id", "ascending"), ("source", "ascending")])}}
    schema = arrow_schema(rows)
    bare = table.select(schema.names).cast(schema)
    return {name: _by_split(bare, table[column].to_numpy()) for name, column in _MADE_OF[rows].items() if column}


def _by_split(table: pa.Table, numbers: NDArray[np.int8]) -> dict[Split, pa.Table]:
    return {split: table.take(pa.array(np.flatnonzero(numbers == n))) for n, split in enumerate(SPLITS)}
