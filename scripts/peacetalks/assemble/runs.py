"""Sort the rows of a corpus by id on disk: runs that fit in memory are sorted and kept, then read side by side.

Ids are hashes, and so spread evenly: a run is kept in as many stretches of the ids as the corpus will be written in. A
stretch of a table in one run is a piece, packed by itself, and all pieces of a run are one file.
"""

from collections.abc import Iterator, Mapping, Sequence
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


class Run(Struct, frozen=True, kw_only=True):
    """A sorted run on disk: by table where its pieces start, what they take, and its schema, as Arrow serialises it.

    There are as many pieces as runs times stretches, so that little may be kept of each.
    """

    path: str
    starts: dict[str, int]
    pieces: dict[str, Pieces]
    schemas: dict[str, bytes]

    def of(self, name: str, stretch: int | None = None) -> "Run":
        """Return the run with what is known of one table alone, or of one stretch of it."""
        start, pieces = self.starts[name], self.pieces[name]
        if stretch is not None:
            start += int(pieces[:stretch, 0].sum())
            pieces = pieces[stretch : stretch + 1]
        return Run(path=self.path, starts={name: start}, pieces={name: pieces}, schemas={name: self.schemas[name]})


def write_run(path: Path, block: Block, keys: Mapping[str, str], stretches: int) -> Run:
    """Write sorted tables as a run, each by the column of its ids."""
    starts: dict[str, int] = {}
    pieces: dict[str, Pieces] = {}
    bounds = np.array([(n << 64) // stretches for n in range(1, stretches)], np.uint64)
    with naming(path), path.open("wb") as file:
        for name, table in block.items():
            ends = [*np.searchsorted(id_numbers(table[keys[name]]), bounds).tolist(), table.num_rows]
            starts[name] = file.tell()
            sizes = []
            for start, end in zip([0, *ends], ends, strict=False):
                plain = _one_batch(table.slice(start, end - start)).serialize()
                packed = _PACKING.compress(plain, asbytes=True)
                sizes.append((len(packed), plain.size))
                file.write(packed)
            pieces[name] = np.array(sizes, np.uint32)
    schemas = {name: table.schema.serialize().to_pybytes() for name, table in block.items()}
    return Run(path=str(path), starts=starts, pieces=pieces, schemas=schemas)


def read_runs(runs: Sequence[Run], name: str, key: str) -> Iterator[pa.Table]:
    """Yield a table stretch by stretch in the order of the ids; rows of one id come in the order of the runs."""
    schema = pa.ipc.read_schema(pa.py_buffer(runs[0].schemas[name]))
    with ExitStack() as stack:
        # A table's pieces stand one after the other: what is read ahead of one is the next.
        files = [stack.enter_context(Path(run.path).open("rb", buffering=_READ_AHEAD)) for run in runs]
        for run, file in zip(runs, files, strict=True):
            file.seek(run.starts[name])
        for stretch in range(len(runs[0].pieces[name])):
            give_back()
            yield _read_stretch(files, [run.pieces[name][stretch] for run in runs], schema, key)


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
