"""Sort the rows of a corpus by id on disk: runs that fit in memory are sorted and kept, then read side by side.

Ids are hashes, and so spread evenly: a run is kept in as many stretches of the ids as the corpus will be written in.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from peacetalks._arrow import pa
from peacetalks.curate.ids import id_numbers

_RUN_BYTES = 96_000_000

Block = Mapping[str, pa.Table]  # tables by name: each has the rows of the same shard, or of the same stretch


class Runs:
    """Rows of some tables, given in any order, and read back stretch by stretch.

    A stretch is in the order of the ids, and rows of one id in the order that they were given in within a block.
    """

    def __init__(self, folder: Path, keys: Mapping[str, str], stretches: int) -> None:
        self._folder, self._keys, self._stretches = folder, keys, stretches
        self._waiting: list[Block] = []
        self._bytes = 0
        self._files: list[dict[str, Path]] = []

    def add(self, block: Block) -> None:
        """Take in rows."""
        self._waiting.append(block)
        self._bytes += sum(table.nbytes for table in block.values())
        if self._bytes >= _RUN_BYTES:
            self._flush()

    def read(self) -> Iterator[Block]:
        """Yield the stretches in the order of the ids; what is on disk is removed at the end."""
        if not self._files and self._stretches == 1:  # a small corpus never leaves memory
            yield self._joined(self._waiting)
            return
        self._flush()
        sources = [{n: pa.OSFile(str(path)) for n, path in files.items()} for files in self._files]
        readers = [{n: pa.ipc.open_file(source) for n, source in named.items()} for named in sources]
        for number in range(self._stretches):
            parts = [
                {n: pa.Table.from_batches([reader.get_batch(number)]) for n, reader in named.items()}
                for named in readers
            ]
            yield self._joined(parts)
        for named, files in zip(sources, self._files, strict=True):
            for name, path in files.items():
                named[name].close()
                path.unlink()

    def _joined(self, blocks: Sequence[Block]) -> Block:
        parts = {name: [block[name] for block in blocks if name in block] for name in self._keys}
        return {name: self._sorted(name, pa.concat_tables(found)) for name, found in parts.items() if found}

    def _sorted(self, name: str, table: pa.Table) -> pa.Table:
        order = np.argsort(id_numbers(table[self._keys[name]]), kind="stable")
        if not len(order) or (np.diff(order) == 1).all():
            return table.combine_chunks()
        return table.take(pa.array(order)).combine_chunks()

    def _flush(self) -> None:
        if not self._waiting:
            return
        files = {}
        whole, self._waiting, self._bytes = self._joined(self._waiting), [], 0
        for name, table in whole.items():
            files[name] = self._folder / f"run-{len(self._files)}-{name}"
            ends = np.searchsorted(id_numbers(table[self._keys[name]]), self._bounds())
            options = pa.ipc.IpcWriteOptions(compression="lz4")
            with pa.ipc.new_file(str(files[name]), table.schema, options=options) as writer:
                for start, end in zip([0, *ends.tolist()], [*ends.tolist(), table.num_rows], strict=True):
                    writer.write_batch(_one_batch(table.slice(start, end - start)))
        self._files.append(files)

    def _bounds(self) -> NDArray[np.uint64]:
        return np.array([(n << 64) // self._stretches for n in range(1, self._stretches)], np.uint64)


def _one_batch(table: pa.Table) -> pa.RecordBatch:
    batches = table.combine_chunks().to_batches()
    if batches:
        return batches[0]
    return pa.RecordBatch.from_arrays([pa.array([], field.type) for field in table.schema], schema=table.schema)
