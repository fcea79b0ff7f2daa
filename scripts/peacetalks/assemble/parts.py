"""Write the data files of a release from a corpus: rows are sorted in runs, then each table is gone through by itself.

Both are work for as many processes as there are, each of which has a run or a stretch of one table in memory.
"""

import hashlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future
from itertools import islice
from math import isqrt
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import numpy as np

from peacetalks.assemble.corpus import KEPT, Corpus
from peacetalks.assemble.keeping import keep_of_shards
from peacetalks.assemble.placing import Placed
from peacetalks.assemble.runs import Run, Stretches
from peacetalks.assemble.writing import (
    KEYS,
    MADE_OF,
    count_inputs,
    digest_rows,
    make_run,
    merge,
    sort_block,
    split_up,
    write_known,
    write_lines,
    write_rows,
)
from peacetalks.release.data_files import Sizes, complete_tables
from peacetalks.release.inputs import Captures
from peacetalks.release.known_figures import draw_all
from peacetalks.release.statistics import Counting
from peacetalks.release.tables import Tables
from peacetalks.release.write import Data, write_tables

_RUN = 20_000_000  # bytes of rows that are sorted at a time
_MANY = 150  # runs that are read side by side: to merge more of them takes less time than to read as many pieces
_STRETCH = 16_000_000  # bytes of rows that are written at a time
_SET_ASIDE = 150  # bytes of the row of a page that was set aside
_READ = 1 << 20  # bytes of lines that are digested at a time
_AHEAD = 32  # calls that are under way or wait to be taken up

T = TypeVar("T")
Call = tuple[Any, ...]  # a function that a process can import, and what it gets


class Parts:
    """What of a corpus goes into a release: `known` are tables that it holds as they are, `gone` the ids taken down."""

    def __init__(self, corpus: Corpus, placed: Placed, gone: Sequence[str], known: Tables) -> None:
        self._corpus, self._placed, self._gone, self._known = corpus, placed, [*gone], known

    def write(self, folder: Path, scratch: Path, executor: Executor | None) -> Data:
        """Write the data files to a folder, by the processes of an executor or by this one; work in `scratch`."""
        sizes = _bytes_of_shards(self._corpus)
        if sum(sizes) <= _STRETCH:
            block = sort_block([*keep_of_shards(self._corpus, self._placed)], self._gone, last=True)
            return write_tables(folder, [{**split_up(block), **self._known}])
        with TemporaryDirectory(prefix="runs-", dir=scratch) as place:
            return self._write_sorted(folder, Path(place), executor or _Here(), sizes)

    def _write_sorted(self, folder: Path, scratch: Path, executor: Executor, sizes_of_shards: Sequence[int]) -> Data:
        counting = Counting()
        counting.add(self._known)
        stretches = 1 + sum(sizes_of_shards) // _STRETCH
        lengths = _share_out(sizes_of_shards, _RUN)
        together = isqrt(len(lengths)) if len(lengths) > _MANY else 1
        runs: list[Run] = []
        for run, counted in run_calls(executor, self._make_runs(scratch, lengths, Stretches(stretches, together))):
            runs.append(run)
            counting.join(counted)
        if together > 1:
            runs = _merge(runs, scratch, executor, Stretches(stretches, together))
        digests, sizes, captures = _go_through(runs, folder, scratch, executor, stretches)
        # What these load takes more of this process than a few rows would.
        of_known = executor.submit(write_known, self._known, str(folder), str(scratch)).result()
        entries, configs = complete_tables(folder, "full", digests | of_known[0], sizes | of_known[1])
        statistics = counting.finish()
        figures = executor.submit(draw_all, statistics).result()
        return Data(entries=entries, sizes=configs, statistics=statistics, captures=captures, figures=figures)

    def _make_runs(self, scratch: Path, lengths: Sequence[int], stretches: Stretches) -> Iterator[Call]:
        shards = keep_of_shards(self._corpus, self._placed)
        for number, length in enumerate(lengths):
            path = str(scratch / f"run-{number}")
            yield make_run, [*islice(shards, length)], self._gone, path, stretches, number == len(lengths) - 1


def _bytes_of_shards(corpus: Corpus) -> list[int]:
    """Return some bytes of the rows that each shard gives."""
    return [
        int(np.where(corpus.fate[pages] == KEPT, corpus.size.take(pages), _SET_ASIDE).sum()) + _SET_ASIDE * set_aside
        for (_, pages, _), set_aside in zip(
            corpus.by_number(np.ones(len(corpus), np.bool_)), corpus.set_aside, strict=True
        )
    ]


def _share_out(sizes: Sequence[int], most: int) -> list[int]:
    """Return how many shards, one after the other, make each run: rows of so many bytes at the most, or one shard."""
    lengths = [0]
    size = 0
    for added in sizes:
        if lengths[-1] and size + added > most:
            lengths.append(0)
            size = 0
        lengths[-1] += 1
        size += added
    return lengths


def _merge(runs: Sequence[Run], scratch: Path, executor: Executor, stretches: Stretches) -> list[Run]:
    """Return runs each of which is one of a group, of as many as there are stretches together."""
    groups = [runs[start : start + stretches.together] for start in range(0, len(runs), stretches.together)]
    calls = ((merge, str(scratch / f"merged-{n}"), group, stretches) for n, group in enumerate(groups))
    merged: list[Run] = []
    for group, run in zip(groups, run_calls(executor, calls), strict=True):
        merged.append(run)
        for one in group:
            Path(one.path).unlink()
    return merged


def _go_through(
    runs: list[Run], folder: Path, scratch: Path, executor: Executor, stretches: int
) -> tuple[dict[str, str], dict[str, Sizes], Captures]:
    """Write the files of all that is in runs; return the digest of each table, how much it holds, and what came in.

    The lines of the segments take the longest by far, and so are made a stretch at a time beside all else.
    """
    of = {rows: [run.of(rows) for run in runs] for rows in KEYS}
    writing = [executor.submit(write_rows, of[rows], rows, str(folder)) for rows in MADE_OF]
    digesting = [executor.submit(digest_rows, of[rows], rows, str(scratch)) for rows in MADE_OF if rows != "segments"]
    counting = executor.submit(count_inputs, of["articles"], of["excluded"])
    segments = hashlib.sha256()
    paths = [scratch / f"segments-{stretch}" for stretch in range(stretches)]
    calls = ((write_lines, [run.of("segments", n) for run in runs], str(path)) for n, path in enumerate(paths))
    for path, _ in zip(paths, run_calls(executor, calls), strict=True):
        with path.open("rb") as file:
            while some := file.read(_READ):
                segments.update(some)
        path.unlink()
    digests = {name: digest for done in digesting for name, digest in done.result().items()}
    sizes = {name: size for done in writing for name, size in done.result().items()}
    return {**digests, "segments": segments.hexdigest()}, sizes, counting.result()


class _Here(Executor):
    """An executor that is this process: a call is done when it is handed in."""

    def submit(self, work: Callable[..., T], /, *arguments: Any, **named: Any) -> Future[T]:  # noqa: ANN401  as Executor
        """Return the future of a call that is done."""
        future: Future[T] = Future()
        future.set_result(work(*arguments, **named))
        return future


def run_calls(executor: Executor, calls: Iterable[Call]) -> Iterator[Any]:
    """Yield what calls return, in order; no more of them are handed in than keeps an executor busy."""
    waiting: deque[Future[Any]] = deque()
    try:
        for work, *arguments in calls:
            waiting.append(executor.submit(work, *arguments))
            if len(waiting) > _AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for future in waiting:
            future.cancel()
