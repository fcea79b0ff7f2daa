"""What a process does of a release: sort a run of rows, or go through a table for its digest or its files.

It loads nothing that these do without, for it starts when all pages are done and the rest waits for it.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from peacetalks._arrow import give_back, pa
from peacetalks._files import naming
from peacetalks.assemble.blocks import SPLIT, TEMPORAL, Kept, read_block, tombstones
from peacetalks.assemble.runs import Block, Run, Stretches, merge_runs, read_runs, sort_rows, write_run
from peacetalks.curate.ledger import SPLITS
from peacetalks.record import Split
from peacetalks.release.batches import ID_COLUMNS
from peacetalks.release.data_files import Sizes, TableFiles, in_order
from peacetalks.release.inputs import Captures, InputCount
from peacetalks.release.lines import RowsDigest, sorted_lines
from peacetalks.release.schema import arrow_schema
from peacetalks.release.statistics import Counting
from peacetalks.release.tables import Tables

KEYS = {name: ID_COLUMNS[name] for name in ("articles", "mentions", "segments", "excluded")}
# The tables that are made of the rows of one, and by which column these go to a split; the dearest come first.
MADE_OF: dict[str, dict[str, str | None]] = {
    "segments": {"segments": SPLIT},
    "articles": {"articles": SPLIT, "temporal": TEMPORAL},
    "mentions": {"mentions": SPLIT},
    "excluded": {"excluded": None},  # all to one
}


def make_run(
    shards: Sequence[Kept],
    gone: list[str],
    path: str,
    stretches: Stretches,
    last: bool,  # noqa: FBT001  a call by place
) -> tuple[Run, Counting]:
    """Write a run of what is kept of some shards, and count it; the `last` one holds the rows of what is gone."""
    give_back()
    block = sort_block(shards, gone, last=last)
    counting = Counting()
    counting.add(split_up(block))
    return write_run(Path(path), block, KEYS, stretches), counting


def merge(path: str, runs: Sequence[Run], stretches: Stretches) -> Run:
    """Write some runs as one."""
    return merge_runs(Path(path), runs, KEYS, stretches)


def digest_rows(runs: Sequence[Run], rows: str, scratch: str) -> dict[str, str]:
    """Return the digests of the tables that are made of some rows."""
    return digest_tables(_read(runs, rows), MADE_OF[rows], Path(scratch))


def write_lines(runs: Sequence[Run], path: str) -> None:
    """Write what is digested of one stretch of the segments: they come in order, and their lines are most of all."""
    (part,) = _read(runs, "segments")
    with naming(Path(path)):
        Path(path).write_bytes(sorted_lines(in_order(part["segments"])))


def write_rows(runs: Sequence[Run], rows: str, folder: str) -> dict[str, Sizes]:
    """Write the files of the tables that are made of some rows, and return how much they hold."""
    return write_parts(_read(runs, rows), MADE_OF[rows], Path(folder))


def write_known(known: Tables, folder: str, scratch: str) -> tuple[dict[str, str], dict[str, Sizes]]:
    """Write the files of tables that are given as they are; return the digest of each, and how much it holds."""
    return digest_tables([known], known, Path(scratch)), write_parts([known], known, Path(folder))


def count_inputs(articles: Sequence[Run], excluded: Sequence[Run]) -> Captures:
    """Return what came in, by what became articles and what did not."""
    count = InputCount()
    tables = (read_runs(runs, name, KEYS[name]) for runs, name in ((articles, "articles"), (excluded, "excluded")))
    for kept, set_aside in zip(*tables, strict=True):
        count.add({"articles": {"train": kept}, "excluded": {"train": set_aside}})
    return count.finish()


def _read(runs: Sequence[Run], rows: str) -> Iterator[Tables]:
    return map(partial(_made_of, rows=rows), read_runs(runs, rows, KEYS[rows]))  # which holds no table that was used


def digest_tables(parts: Iterable[Tables], names: Iterable[str], scratch: Path) -> dict[str, str]:
    """Return the digest of each table that comes in parts."""
    digests = {name: RowsDigest(scratch, name) for name in names}
    for part in parts:
        for name, by_split in part.items():
            digests[name].add(in_order(by_split))
    return {name: digest.finish() for name, digest in digests.items()}


def write_parts(parts: Iterable[Tables], names: Iterable[str], folder: Path) -> dict[str, Sizes]:
    """Write the files of each table that comes in parts, and return how much they hold."""
    files = {name: TableFiles(folder, name) for name in names}
    for part in parts:
        for name, by_split in part.items():
            files[name].add(by_split)
    return {name: found.finish() for name, found in files.items()}


def sort_block(shards: Sequence[Kept], gone: list[str], *, last: bool) -> Block:
    """Return the rows of what is kept of some shards, sorted; the `last` ones with the rows of what is gone."""
    missing = pa.array(gone, pa.string())
    blocks = [read_block(shard, missing) for shard in shards]
    if last:
        blocks.append({"excluded": tombstones(gone)})
    parts = {name: [block[name] for block in blocks if name in block] for name in KEYS}
    return {name: sort_rows(pa.concat_tables(found), KEYS[name]) for name, found in parts.items()}


def split_up(block: Block) -> Tables:
    """Return the tables of a release that rows belong to, by split."""
    return {name: found for rows, table in block.items() for name, found in _made_of(table, rows).items()}


def _made_of(table: pa.Table, rows: str) -> Tables:
    if rows == "excluded":
        return {rows: {"train": table.sort_by([("id", "ascending"), ("source", "ascending")])}}
    schema = arrow_schema(rows)
    bare = table.select(schema.names).cast(schema)
    return {name: _by_split(bare, table[column].to_numpy()) for name, column in MADE_OF[rows].items() if column}


def _by_split(table: pa.Table, numbers: NDArray[np.int8]) -> dict[Split, pa.Table]:
    return {split: table.take(pa.array(np.flatnonzero(numbers == n))) for n, split in enumerate(SPLITS)}
