"""Write and read the Parquet files of a release: one explicit schema, the same bytes for the same rows."""

from collections.abc import Sequence
from io import RawIOBase
from itertools import chain
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import numpy as np
import pyarrow.parquet as pq
from msgspec import Struct

from peacetalks._arrow import pa
from peacetalks.release.schema import Edition, arrow_schema

if TYPE_CHECKING:  # no module of a running Python 3.11
    from _typeshed import ReadableBuffer as Buffer

GROUP_BYTES = 100_000_000  # of uncompressed data; what the Hub's own writer aims at
_CHUNKING = {"min_chunk_size": 256 * 1024, "max_chunk_size": 1024 * 1024, "norm_level": 0}


def to_table(name: str, rows: Sequence[Struct], edition: Edition = "full") -> pa.Table:
    """Return the rows as an Arrow table of that table's schema."""
    schema = arrow_schema(name, edition)
    return pa.Table.from_arrays([to_column(rows, field.name, field.type) for field in schema], schema=schema)


def to_column(rows: Sequence[Struct], field: str, kind: pa.DataType) -> pa.Array:
    """Return one field of the rows as an Arrow array of that type; lists of records in it are taken apart."""
    values = [*map(attrgetter(field), rows)]
    if not (pa.types.is_list(kind) and pa.types.is_struct(kind.value_type)):
        return pa.array(values, kind)
    records, fields = [*chain.from_iterable(values)], kind.value_type.fields
    columns = [to_column(records, inner.name, inner.type) for inner in fields]
    starts = pa.array(np.cumsum([0, *map(len, values)]), pa.int32())
    return pa.ListArray.from_arrays(starts, pa.StructArray.from_arrays(columns, fields=fields), type=kind)


def open_writer(file: BinaryIO | RawIOBase, schema: pa.Schema) -> pq.ParquetWriter:
    """Return a writer of a data file: zstd, page index, page checksums, no clock."""
    return pq.ParquetWriter(
        file,
        schema,
        compression="zstd",
        compression_level=3,
        use_dictionary=False,
        write_page_index=True,
        write_page_checksum=True,
        use_content_defined_chunking=_CHUNKING,
    )


def write_rows(writer: pq.ParquetWriter, table: pa.Table) -> None:
    """Write rows as row groups of their own, by bytes."""
    # A table without rows gets no row group: a group of none can't be read as a stream.
    if table.num_rows:
        rows = max(1, GROUP_BYTES * table.num_rows // max(1, table.nbytes))
        writer.write_table(table, row_group_size=rows)


class Comparing(RawIOBase):
    """A file that keeps nothing: what is written to it is compared with what another one holds."""

    def __init__(self, other: BinaryIO) -> None:
        self._other = other
        self._at, self._same = 0, True

    def writable(self) -> bool:
        """Return that it can be written to."""
        return True

    def tell(self) -> int:
        """Return how many bytes were written."""
        return self._at

    def write(self, data: "Buffer") -> int:
        """Compare some bytes with those that come next in the other file."""
        count = memoryview(data).nbytes
        self._same = self._same and self._other.read(count) == data
        self._at += count
        return count

    def is_same(self) -> bool:
        """Return whether all that was written is all that the other file holds."""
        return self._same and not self._other.read(1)


def read_table(path: Path) -> pa.Table:
    """Return the table of a Parquet file, its page checksums verified, its values fully checked."""
    table = pq.ParquetFile(path, page_checksum_verification=True).read()
    table.validate(full=True)
    return table
