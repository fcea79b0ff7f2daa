"""Write and read the Parquet files of a release: one explicit schema, the same bytes for the same rows."""

import datetime
import hashlib
import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
from msgspec import Struct

from peacetalks._files import replacing
from peacetalks.release.schema import Edition, arrow_schema

_GROUP_BYTES = 100_000_000  # of uncompressed data; what the Hub's own writer aims at
_CHUNKING = {"min_chunk_size": 256 * 1024, "max_chunk_size": 1024 * 1024, "norm_level": 0}


def to_table(name: str, rows: Sequence[Struct], edition: Edition = "full") -> pa.Table:
    """Return the rows as an Arrow table of that table's schema."""
    schema = arrow_schema(name, edition)
    columns = [to_array([getattr(row, field.name) for row in rows], field.type) for field in schema]
    return pa.Table.from_arrays(columns, schema=schema)


def to_array(values: Sequence[object], kind: pa.DataType) -> pa.Array:
    """Return the values of one column as an Arrow array of that type; records in them are taken apart."""
    nested = pa.types.is_list(kind) and pa.types.is_struct(kind.value_type)
    return pa.array(msgspec.to_builtins(values, builtin_types=(datetime.date,)) if nested else values, kind)


def write_table(table: pa.Table, path: Path) -> None:
    """Write a table: zstd, page index, page checksums, row groups by bytes, no clock."""
    options = {
        "compression": "zstd",
        "compression_level": 3,
        "use_dictionary": False,
        "write_page_index": True,
        "write_page_checksum": True,
        "use_content_defined_chunking": _CHUNKING,
    }
    with replacing(path) as file, pq.ParquetWriter(file, table.schema, **options) as writer:
        # A table without rows gets no row group: a group of none can't be read as a stream.
        if table.num_rows:
            rows = max(1, _GROUP_BYTES * table.num_rows // max(1, table.nbytes))
            writer.write_table(table, row_group_size=rows)


def read_table(path: Path) -> pa.Table:
    """Return the table of a Parquet file, its page checksums verified, its values fully checked."""
    table = pq.ParquetFile(path, page_checksum_verification=True).read()
    table.validate(full=True)
    return table


def digest_tables(tables: Iterable[pa.Table]) -> str:
    """Return the SHA-256 of all rows as JSON lines, sorted: it names the content, whatever library wrote it."""
    lines = sorted(
        json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
        for table in tables
        for row in table.to_pylist()
    )
    return hashlib.sha256("".join(f"{line}\n" for line in lines).encode()).hexdigest()
