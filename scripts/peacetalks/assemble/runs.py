"""Sort the rows of a corpus by id on disk: runs that fit in memory are sorted and kept, then read side by side.

Ids are hashes, and so spread evenly: a run is kept in as many stretches of the ids as the corpus will be written in. A
stretch of a table in one run is a piece, packed by itself, and all pieces of a run are one file. Where runs are many, a
piece of each holds several stretches, and groups of them are merged to runs that have a piece of each stretch: so
pieces become as many as stretches times the root of the runs.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from peacetalks._arrow import give_back, pa
from peacetalks._files import naming
from peacetalks.curate.ids import id_numbers

_PACKING = pa.Codec("lz4_raw")
_READ_AHEAD = 1 << 13  # bytes of each run that is read

Block = Mapping[str, pa.Table]  # tables by name: each has the rows of the same shards, or of the same stretch
Pieces = NDArray[np.uint32]  # by stretch: the bytes of a piece in the file, and those once unpacked


class Stretches(Struct, frozen=True):
    """How many stretches the ids are cut into, and how many of them are `together` in a piece."""

    number: int
    together: int = 1

    def pieces(self) -> list[range]:
        """Return the stretches of each piece."""
        return [range(n, min(n + self.together, self.number)) for n in range(0, self.number, self.together)]

    def firsts(self, stretches: Iterable[int]) -> NDArray[np.uint64]:
        """Return the smallest number of an id in each of some stretches."""
        return np.array([(n << 64) // self.number for n in stretches], np.uint64)


class Run(Struct, frozen=True, kw_only=True):
    """A sorted run on disk: by table where in the file its schema stands and its pieces start, and what they take.

    There are many pieces, so that little may be kept of each.
    """

    path: str
    schemas: dict[str, int]
    starts: dict[str, int]
    pieces: dict[str, Pieces]

    def of(self, name: str, stretch: int | None = None) -> "Run":
        """Return the run with what is known of one table alone, or of one stretch of it."""
        start, pieces = self.starts[name], self.pieces[name]
        if stretch is not None:
            start += int(pieces[:stretch, 0].sum())
            pieces = pieces[stretch : stretch + 1]
        return Run(path=self.path, schemas={name: self.schemas[name]}, starts={name: start}, pieces={name: pieces})


def write_run(path: Path, block: Block, keys: Mapping[str, str], stretches: Stretches) -> Run:
    """Write sorted tables as a run, each by the column of its ids."""
    firsts = stretches.firsts(piece[0] for piece in stretches.pieces()[1:])
    return _write(path, {name: _cut(table, keys[name], firsts) for name, table in block.items()})


def merge_runs(path: Path, runs: Sequence[Run], keys: Mapping[str, str], stretches: Stretches) -> Run:
    """Write runs, in whose pieces stretches are `together`, as one that has a piece of each stretch."""
    firsts = [stretches.firsts(piece[1:]) for piece in stretches.pieces()]

    def pieces(name: str) -> Iterator[pa.Table]:
        for table, inside in zip(read_runs(runs, name, keys[name]), firsts, strict=True):
            yield from _cut(table, keys[name], inside)

    return _write(path, {name: pieces(name) for name in keys})


def read_runs(runs: Sequence[Run], name: str, key: str) -> Iterator[pa.Table]:
    """Yield a table piece by piece in the order of the ids; rows of one id come in the order of the runs."""
    with ExitStack() as stack:
        # A table's pieces stand one after the other: what is read ahead of one is the next.
        files = [stack.enter_context(Path(run.path).open("rb", buffering=_READ_AHEAD)) for run in runs]
        files[0].seek(runs[0].schemas[name])
        schema = pa.ipc.read_schema(pa.ipc.read_message(files[0]))
        for run, file in zip(runs, files, strict=True):
            file.seek(run.starts[name])
        for number in range(len(runs[0].pieces[name])):
            give_back()
            yield _read_stretch(files, [run.pieces[name][number] for run in runs], schema, key)


def _cut(table: pa.Table, key: str, firsts: NDArray[np.uint64]) -> Iterator[pa.Table]:
    """Yield the rows of a sorted table by the pieces that they belong to, where each but the first has its first id."""
    ends = [*np.searchsorted(id_numbers(table[key]), firsts).tolist(), table.num_rows]
    for start, end in zip([0, *ends], ends, strict=False):
        yield table.slice(start, end - start)


def _write(path: Path, tables: Mapping[str, Iterable[pa.Table]]) -> Run:
    """Write tables that come in pieces, of which each has one at least."""
    run = Run(path=str(path), schemas={}, starts={}, pieces={})
    with naming(path), path.open("wb") as file:
        for name, parts in tables.items():
            sizes: list[tuple[int, int]] = []
            for part in parts:
                if not sizes:
                    run.schemas[name] = file.tell()
                    run.starts[name] = run.schemas[name] + file.write(part.schema.serialize())
                plain = _one_batch(part).serialize()
                sizes.append((file.write(_PACKING.compress(plain, asbytes=True)), plain.size))
            run.pieces[name] = np.array(sizes, np.uint32)
    return run


def _read_stretch(files: Sequence[BinaryIO], pieces: Sequence[Pieces], schema: pa.Schema, key: str) -> pa.Table:
    batches = []
    for file, piece in zip(files, pieces, strict=True):
        length, size = piece.tolist()
        batches.append(pa.ipc.read_record_batch(_PACKING.decompress(file.read(length), size), schema))
    return sort_rows(pa.Table.from_batches(batches, schema), key)


def sort_rows(table: pa.Table, key: str) -> pa.Table:
    """Return rows sorted by the ids in a column; those of one id stay in their order."""
    order = np.argsort(id_numbers(table[key]), kind="stable")
    if not len(order) or (np.diff(order) == 1).all():
        return table.combine_chunks()
    return table.take(pa.array(order)).combine_chunks()


def _one_batch(table: pa.Table) -> pa.RecordBatch:
    batches = table.combine_chunks().to_batches()
    if batches:
        return batches[0]
    return pa.RecordBatch.from_arrays([pa.array([], field.type) for field in table.schema], schema=table.schema)
