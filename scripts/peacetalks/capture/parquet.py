"""Read the rows of a Parquet file, a few at a time, whatever the size of its row groups."""

import datetime
from collections.abc import Iterator
from typing import BinaryIO

import pyarrow.parquet as pq
from msgspec import structs

from peacetalks._arrow import pa
from peacetalks.capture.names import visible
from peacetalks.capture.tables import Columns, ParquetRow
from peacetalks.capture.text import exclude
from peacetalks.errors import CaptureError
from peacetalks.record import Excluded

_BATCH = 16  # rows
_BUFFER = 1 << 20
_THRIFT_LIMIT = 100_000_000
_CONTENT = ("text", "html")


def read_rows(stream: BinaryIO, source: str, columns: Columns) -> Iterator[ParquetRow | Excluded]:
    """Yield the rows of a file in order, and an Excluded for the file or the row group that can't be read."""
    try:
        file = pq.ParquetFile(
            stream,
            pre_buffer=False,
            buffer_size=_BUFFER,
            page_checksum_verification=True,
            thrift_string_size_limit=_THRIFT_LIMIT,
            thrift_container_size_limit=1_000_000,
        )
        names, html_is_bytes = _choose(file.schema_arrow, columns)
    except (pa.ArrowException, OSError) as error:
        yield exclude(
            b"", source, CaptureError("damaged", f"no Parquet file can be read from it: {_first_line(error)}")
        )
        return
    except CaptureError as error:
        yield exclude(b"", source, error)
        return
    start = 0
    for group in range(file.num_row_groups):
        number = start
        stop = start = start + file.metadata.row_group(group).num_rows
        try:
            for batch in file.iter_batches(_BATCH, row_groups=[group], columns=list(names.values()), use_threads=False):
                for cells in _cells(batch, names):
                    number += 1
                    yield ParquetRow(cells=cells, source=f"{source}#{number}", html_is_bytes=html_is_bytes)
        except (pa.ArrowException, OSError) as error:
            detail = f"row group {group}, rows {number + 1} to {stop} lost: {_first_line(error)}"
            yield exclude(b"", f"{source}#{number + 1}", CaptureError("damaged", detail))
    if start == 0:
        yield exclude(b"", source, CaptureError("empty", "no rows"))


def _choose(schema: pa.Schema, columns: Columns) -> tuple[dict[str, str], bool]:
    """Return the columns that are there by what they hold, and whether the HTML is of bytes."""
    wanted = structs.asdict(columns)
    names = {what: name for what, name in wanted.items() if schema.get_field_index(name) >= 0}
    if not names.keys() & _CONTENT:
        there = visible(", ".join(schema.names)[:300])
        missing = f"no column {columns.text!r} or {columns.html!r}; name yours with --column text=NAME"
        detail = f"{missing}; there are {there}"
        raise CaptureError("broken-row", detail)
    for what, name in names.items():
        kind = _value_type(schema.field(name).type)
        if not (_is_text(kind) or _is_bytes(kind) or (what not in _CONTENT and _is_plain(kind))):
            raise CaptureError("broken-row", f"the column {visible(name)!r} is of type {kind}, which holds no {what}")
    return names, "html" in names and _is_bytes(_value_type(schema.field(names["html"]).type))


def _cells(batch: pa.RecordBatch, names: dict[str, str]) -> Iterator[dict[str, bytes | None]]:
    found = [[_as_bytes(value) for value in _decoded(batch.column(name)).to_pylist()] for name in names.values()]
    for values in zip(*found, strict=True):
        yield dict(zip(names, values, strict=True))


def _decoded(column: pa.Array) -> pa.Array:
    """Return strings as their bytes: turned into strings, one that is no UTF-8 would cost its neighbours."""
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    return column.cast(pa.large_binary()) if _is_text(column.type) else column


def _as_bytes(value: bytes | int | datetime.date | None) -> bytes | None:
    return value if value is None or isinstance(value, bytes) else str(value).encode()


def _value_type(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _is_bytes(kind: pa.DataType) -> bool:
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_binary_view(kind))


def _is_plain(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_date(kind) or pa.types.is_timestamp(kind))


def _first_line(error: Exception) -> str:
    return visible(str(error).partition("\n")[0][:200])
