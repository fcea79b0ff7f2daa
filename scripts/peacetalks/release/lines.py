"""Name rows by their content: each as a line of JSON, the lines sorted, whatever library wrote the files.

The lines are those of Python's json with sorted keys and no blanks; they are made a column at a time, and what does not
fit in memory is sorted on disk.
"""

import hashlib
import heapq
import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow.compute as pc

from peacetalks._arrow import pa

_BATCH = 64 << 20  # bytes of rows that are made into lines at a time
_QUOTE = '"'
_CONTROLS = 32  # characters below are escaped
_SHORT = {"\\": "\\\\", '"': '\\"', "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}
_MERGED = 256  # files of lines that are open at a time
_IN_ORDER = "article"  # rows that are given by this column are given in the order of their lines


class RowsDigest:
    """The SHA-256 of all rows of a table as JSON lines, sorted.

    Rows may come in parts. Where the first key by name is the article's id, each part has to hold all rows of its
    articles, and the parts come in the order of these; other tables are sorted on disk, in `folder`, and so are those
    that are not said to come `in_order`.
    """

    def __init__(self, folder: Path, name: str, *, in_order: bool = True) -> None:
        self._digest = hashlib.sha256()
        self._folder, self._name, self._in_order = folder, name, in_order
        self._last: pa.Array | None = None
        self._runs: list[Path] = []
        self._spilled = 0

    def add(self, tables: list[pa.Table]) -> None:
        """Take in a part: the rows of all splits."""
        lines = _sorted_lines(tables)
        if self._in_order and tables and min(tables[0].column_names) == _IN_ORDER:
            self._digest.update(_bytes(lines))
            return
        if self._last is not None:
            self._spill(self._last)
        self._last = lines

    def finish(self) -> str:
        """Return the digest as 64 hex digits."""
        if self._last is not None and self._runs:
            self._spill(self._last)
        elif self._last is not None:
            self._digest.update(_bytes(self._last))
        for line in _merged(self._runs):
            self._digest.update(line)
        return self._digest.hexdigest()

    def _spill(self, lines: pa.Array) -> None:
        path = self._folder / f"lines-{self._name}-{self._spilled}"
        self._spilled += 1
        path.write_bytes(_bytes(lines))
        self._runs.append(path)
        if len(self._runs) == _MERGED:
            whole = path.with_name(f"{path.name}-merged")
            with whole.open("wb") as file:
                file.writelines(_merged(self._runs))
            self._runs = [whole]


def sorted_lines(tables: list[pa.Table]) -> memoryview | bytes:
    """Return the rows of tables as lines of JSON, sorted: what is digested of them where they come in order."""
    return _bytes(_sorted_lines(tables))


def json_lines(table: pa.Table) -> pa.Array:
    """Return each row as a line of JSON with its line end."""
    return _object({name: _words(table[name].combine_chunks()) for name in table.column_names}, end="\n")


def _sorted_lines(tables: list[pa.Table]) -> pa.Array:
    lines = pa.chunked_array([part for table in tables for part in _lines(table)], pa.large_string())
    lines = lines.combine_chunks() if lines.num_chunks else pa.array([], pa.large_string())
    return lines.take(pc.sort_indices(lines))


def _lines(table: pa.Table) -> Iterator[pa.Array]:
    rows = max(1, _BATCH * table.num_rows // max(1, table.nbytes))
    for start in range(0, table.num_rows, rows):
        yield json_lines(table.slice(start, rows))


def _merged(paths: list[Path]) -> Iterator[bytes]:
    """Yield the lines of sorted files, sorted; the files are removed at the end."""
    yield from heapq.merge(*map(_read, paths))
    for path in paths:
        path.unlink()


def _read(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from file  # a line holds no other line end: JSON escapes it


def _bytes(lines: pa.Array) -> memoryview | bytes:
    _, offsets, data = lines.buffers()
    if data is None:
        return b""
    ends = np.frombuffer(offsets, np.int64)
    return memoryview(data)[int(ends[lines.offset]) : int(ends[lines.offset + len(lines)])]


class _Words(NamedTuple):
    """Values as they stand in JSON, but for the quotes around each where they are yet to be `quoted`."""

    values: pa.Array
    quoted: bool


def _json(values: pa.Array) -> pa.Array:
    """Return each value as JSON."""
    words = _words(values)
    return _quote(words.values) if words.quoted else words.values


def _words(values: pa.Array) -> _Words:
    kind = values.type
    quoted = False
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        found, quoted = _escape(values.cast(pa.large_string())), True
    elif pa.types.is_date(kind):
        found, quoted = values.cast(pa.large_string()), True
    elif pa.types.is_floating(kind):
        unique = values.dictionary_encode()
        words = pa.array([json.dumps(value) for value in unique.dictionary.to_pylist()], pa.large_string())
        found = words.take(unique.indices)
    elif pa.types.is_list(kind):
        found = _list(values)
    elif pa.types.is_struct(kind):
        parts = values.flatten()
        found = _object({kind.field(n).name: _words(part) for n, part in enumerate(parts)})
        found = pc.if_else(values.is_valid(), found, _word(None))
    else:
        found = values.cast(pa.large_string())
    if not values.null_count:
        return _Words(found, quoted)
    return _Words(pc.fill_null(_quote(found) if quoted else found, "null"), quoted=False)


def _object(columns: dict[str, _Words], end: str = "") -> pa.Array:
    """Return objects, joined at once with the quotes around their values: each joining copies all of them."""
    parts: list[pa.Array | pa.Scalar] = []
    between = "{"
    for name in sorted(columns):
        values, quoted = columns[name]
        parts += [_word(f"{between}{json.dumps(name)}:{_QUOTE if quoted else ''}"), values]
        between = f"{_QUOTE if quoted else ''},"
    return pc.binary_join_element_wise(*parts, _word(f"{between[:-1]}}}{end}"), _word(""))


def _list(values: pa.Array) -> pa.Array:
    lengths = pc.fill_null(pc.list_value_length(values), 0)
    ends = pa.array(np.concatenate([[0], np.cumsum(lengths.to_numpy(zero_copy_only=False))]).astype(np.int32))
    words = pa.ListArray.from_arrays(ends, _json(values.flatten()).cast(pa.string()))
    joined = pc.binary_join(words, ",").cast(pa.large_string())
    found = pc.binary_join_element_wise(_word("["), joined, _word("]"), _word(""))
    return pc.if_else(values.is_valid(), found, _word(None))


def _escape(values: pa.Array) -> pa.Array:
    data = values.buffers()[2]
    there = np.frombuffer(data, np.uint8) if data is not None else np.zeros(0, np.uint8)
    marks = {*np.unique(there[there < _CONTROLS]).tolist()} | {mark for mark in b'\\"' if (there == mark).any()}
    for mark in map(chr, sorted(marks, reverse=True)):  # the backslash first: the rest is escaped by it
        values = pc.replace_substring(values, mark, _SHORT.get(mark, f"\\u{ord(mark):04x}"))
    return values


def _quote(values: pa.Array) -> pa.Array:
    return pc.binary_join_element_wise(_word(_QUOTE), values, _word(_QUOTE), _word(""))


def _word(text: str | None) -> pa.Scalar:
    return pa.scalar(text, pa.large_string())
