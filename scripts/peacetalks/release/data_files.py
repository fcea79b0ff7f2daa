"""Write the Parquet files of a release as its rows come in, part by part in the order of their ids."""

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO

import pyarrow.compute as pc
import pyarrow.parquet as pq
from msgspec import Struct

from peacetalks._arrow import give_back, pa
from peacetalks._files import naming, sync_folder
from peacetalks.curate.ledger import SPLITS
from peacetalks.record import Split
from peacetalks.release.lines import RowsDigest
from peacetalks.release.manifest import TableEntry
from peacetalks.release.parquet import open_writer, write_rows
from peacetalks.release.schema import TABLE_NAMES, Edition, arrow_schema
from peacetalks.release.tables import Tables

FILE_BYTES = 400_000_000  # of uncompressed data, after which a split goes on in another file
PART_BYTES = 16_000_000  # of a row group, where a release comes in parts
_WAITING = 16  # tables that wait for a row group: one takes 30 kilobytes beside its rows

Sizes = dict[Split, tuple[int, int]]  # rows, and bytes in memory, of each split that has any


class ConfigSize(Struct, frozen=True, kw_only=True):
    """One config: the digest of its rows, and rows and bytes in memory of each split that has any."""

    name: str
    digest: str
    splits: Sizes


class DataFiles:
    """The data files of one release under way; `scratch` is a folder for what is sorted on disk."""

    def __init__(self, folder: Path, edition: Edition, scratch: Path) -> None:
        self._folder, self._edition = folder, edition
        self._digests: dict[str, RowsDigest] = {name: RowsDigest(scratch, name) for name in TABLE_NAMES}
        self._files: dict[str, TableFiles] = {name: TableFiles(folder, name) for name in TABLE_NAMES}

    def add(self, tables: Tables) -> None:
        """Take in a part: rows sorted as the release has them, which come after those of the parts before."""
        with ThreadPoolExecutor(1, "peacetalks-digest") as thread:  # which takes about as long as to write the files
            digested = thread.submit(self._digest, tables)
            for name, by_split in tables.items():
                self._files[name].add(by_split)
            digested.result()

    def _digest(self, tables: Tables) -> None:
        for name, by_split in tables.items():
            self._digests[name].add(in_order(by_split))

    def finish(self) -> tuple[dict[str, TableEntry], list[ConfigSize]]:
        """Complete the files; return the manifest's entry and the card's sizes of each table."""
        sizes = {name: files.finish() for name, files in self._files.items()}
        digests = {name: digest.finish() for name, digest in self._digests.items()}
        return complete_tables(self._folder, self._edition, digests, sizes)


class TableFiles:
    """The files of one table under way, those of each split that has rows."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder / "data" / name
        self._files: dict[Split, tuple[_SplitFiles, _Size]] = {}

    def add(self, by_split: Mapping[Split, pa.Table]) -> None:
        """Take in rows that come after those before."""
        for split in SPLITS:
            if split in by_split and by_split[split].num_rows:
                if split not in self._files:
                    self._files[split] = _SplitFiles(self._folder, split), _Size()
                for taker in self._files[split]:
                    taker.add(by_split[split])

    def finish(self) -> Sizes:
        """Complete the files, and return how much they hold."""
        for files, _ in self._files.values():
            files.finish()
        return {split: (size.rows, size.bytes) for split, (_, size) in self._files.items()}


def in_order(by_split: Mapping[Split, pa.Table]) -> list[pa.Table]:
    """Return the rows of the splits that have any, in the order of these."""
    return [by_split[split] for split in SPLITS if split in by_split and by_split[split].num_rows]


def complete_tables(
    folder: Path, edition: Edition, digests: Mapping[str, str], sizes: Mapping[str, Sizes]
) -> tuple[dict[str, TableEntry], list[ConfigSize]]:
    """Return the manifest's entry and the card's sizes of each table, once its files are written."""
    entries: dict[str, TableEntry] = {}
    configs: list[ConfigSize] = []
    for name in TABLE_NAMES:
        # An empty split can't be loaded, so it is left out; a table that is empty as a whole keeps one file.
        found = {split: sizes[name][split] for split in SPLITS if split in sizes.get(name, {})}
        if not found:
            empty = _SplitFiles(folder / "data" / name, "train")
            empty.add(arrow_schema(name, edition).empty_table())
            empty.finish()
        rows: dict[str, int] = {split: count for split, (count, _) in found.items()}
        entries[name] = TableEntry(digest=digests[name], rows=rows or {"train": 0})
        configs.append(ConfigSize(name=name, digest=digests[name], splits=found))
    return entries, configs


def data_file(table: str, split: str, number: int = 0, of: int = 1) -> str:
    """Return the path of a table's file below the release."""
    return f"data/{table}/{split}-{number:05}-of-{of:05}.parquet"


class _SplitFiles:
    """The files of one split: one, unless its rows are many."""

    def __init__(self, folder: Path, split: Split) -> None:
        self._folder, self._split = folder, split
        self._waiting: list[pa.Table] = []
        self._bytes = self._written = 0
        self._done: list[Path] = []
        self._file: BinaryIO | None = None
        self._writer: pq.ParquetWriter | None = None

    def add(self, table: pa.Table) -> None:
        # What waited is written when more comes: a split that comes as a whole is written as a whole.
        if self._waiting and self._bytes >= PART_BYTES:
            self._flush()
        if self._written >= FILE_BYTES:
            self._close()
        self._waiting.append(table)
        self._bytes += table.nbytes
        if len(self._waiting) > _WAITING:
            self._waiting = [self._joined()]

    def finish(self) -> None:
        self._flush()
        self._close()
        for number, path in enumerate(self._done):
            name = data_file("", self._split, number, len(self._done)).rpartition("/")[2]
            path.rename(self._folder / name)
        sync_folder(self._folder)

    def _flush(self) -> None:
        if not self._waiting:
            return
        table = self._joined()
        self._waiting = []  # whose rows are let go before as many are made of them again
        if self._writer is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._done.append(self._folder / f".{self._split}-{len(self._done):05}.partial")
            self._file = self._done[-1].open("wb")
            self._writer = open_writer(self._file, table.schema)
        with naming(self._done[-1]):
            write_rows(self._writer, table)
        self._written += self._bytes
        self._bytes = 0
        del table
        give_back()

    def _joined(self) -> pa.Table:
        return pa.concat_tables(self._waiting).combine_chunks()

    def _close(self) -> None:
        if self._writer is not None and self._file is not None:
            with naming(self._done[-1]), self._file as file:
                self._writer.close()
                file.flush()
                os.fsync(file.fileno())
        self._file, self._writer, self._written = None, None, 0


class _Size:
    """The rows of a split and the bytes that they take in memory as one table, counted as they come."""

    def __init__(self) -> None:
        self.rows = 0
        self._columns: dict[str, tuple[int, int, int, int]] = {}

    def add(self, table: pa.Table) -> None:
        self.rows += table.num_rows
        for name in table.column_names:
            for chunk in table[name].chunks:
                self._measure(name, chunk)

    @property
    def bytes(self) -> int:
        return sum(
            data + (4 * values if offsets else 0) + (-(-values // 8) if nulls else 0)
            for values, data, offsets, nulls in self._columns.values()
        )

    def _measure(self, name: str, array: pa.Array) -> None:
        kind, data, offsets = array.type, 0, 0
        if pa.types.is_string(kind):
            data, offsets = pc.sum(pc.binary_length(array)).as_py() or 0, 1
        elif pa.types.is_list(kind):
            offsets = 1
            self._measure(f"{name}.", array.flatten())
        elif pa.types.is_struct(kind):
            for number, part in enumerate(array.flatten()):
                self._measure(f"{name}.{kind.field(number).name}", part)
        else:
            data = len(array) * kind.bit_width // 8
        before = self._columns.get(name, (0, 0, 0, 0))
        now = (len(array), data, offsets, array.null_count)
        self._columns[name] = (before[0] + now[0], before[1] + now[1], offsets, before[3] + now[3])
