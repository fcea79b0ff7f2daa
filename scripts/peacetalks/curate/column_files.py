"""Keep a number of each page or text on disk, where memory holds a stretch of them or a range of their values."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Values = NDArray[Any]
Rows = NDArray[np.int64]
Mask = NDArray[np.bool_]
Counts = NDArray[np.unsignedinteger[Any]]  # each in as few bytes as the largest needs

_BLOCK = 1 << 16  # rows that are read at a time
_RANGE = 1 << 17  # rows whose values are in a range, unless that made too many
_RANGES = 64  # each is a pass over the file


class ColumnFile:
    """A number for each row of a table, 0 for those that it begins with, in a folder that the caller removes."""

    def __init__(self, path: Path, kind: "np.dtype[Any] | type[np.generic]", rows: int = 0) -> None:
        self._file = path.open("w+b")
        self._kind = np.dtype(kind)
        self._rows = rows
        self._file.truncate(rows * self._kind.itemsize)

    def __len__(self) -> int:
        return self._rows

    def add(self, values: Values) -> None:
        """Add rows at the end."""
        self._file.seek(0, 2)
        self._file.write(np.ascontiguousarray(values, self._kind).data)
        self._rows += len(values)

    def __enter__(self) -> "ColumnFile":
        return self

    def __exit__(self, *error: object) -> None:
        """Close the file."""
        self._file.close()

    def read(self, start: int = 0, count: int | None = None) -> Values:
        """Return a stretch of the rows, or all; OSError where somebody has cut the file."""
        wanted = self._rows - start if count is None else min(count, self._rows - start)
        found = np.empty(wanted, self._kind)
        self._file.seek(start * self._kind.itemsize)
        if self._file.readinto(found.data) != found.nbytes:
            raise OSError(f"{self._file.name}: is shorter than it was written")
        return found

    def blocks(self) -> Iterator[tuple[int, Values]]:
        """Yield all rows, some at a time, with the number of the first of these."""
        for start in range(0, self._rows, _BLOCK):
            yield start, self.read(start, _BLOCK)

    def where(self, test: Callable[[Values], Mask]) -> Mask:
        """Return for which rows a test of values holds."""
        found = np.empty(self._rows, np.bool_)
        for start, block in self.blocks():
            found[start : start + len(block)] = test(block)
        return found

    def take(self, rows: Rows) -> Values:
        """Return the values of some rows, which are given in order."""
        found = np.empty(len(rows), self._kind)
        for inside, first, count in _blocks_of(rows):
            found[inside] = self.read(first, count)[rows[inside] - first]
        return found

    def put(self, rows: Rows, values: Values) -> None:
        """Give some rows, which are given in order, other values."""
        for inside, first, count in _blocks_of(rows):
            block = self.read(first, count)
            block[rows[inside] - first] = values[inside]
            self._file.seek(first * self._kind.itemsize)
            self._file.write(block.data)

    def between(self, low: int, high: int, chosen: Mask | None = None) -> tuple[Rows, Values]:
        """Return the rows, in order, whose value is in a range, both ends included, and these values.

        Where some are `chosen`, the others are left out.
        """
        rows, values = [np.zeros(0, np.int64)], [np.zeros(0, self._kind)]
        for start, block in self.blocks():
            inside = (block >= self._kind.type(low)) & (block <= self._kind.type(high))
            if chosen is not None:
                inside &= chosen[start : start + len(block)]
            found = np.flatnonzero(inside)
            rows.append(found + start)
            values.append(block[found])
        return np.concatenate(rows), np.concatenate(values)

    def by_hash(self, chosen: Mask | None = None) -> Iterator[tuple[Rows, Values]]:
        """Yield all rows, or those `chosen`, and their values, which are hashes of 64 bits: range after range.

        All rows of one value come together, however many there are.
        """
        ranges = min(1 + self._rows // _RANGE, _RANGES)
        for n in range(ranges):
            yield self.between((n << 64) // ranges, ((n + 1 << 64) // ranges) - 1, chosen)


def slices(rows: int) -> Iterator[slice]:
    """Yield the stretches of a table that are looked at together; of no rows, one that is empty."""
    return (slice(start, min(start + _BLOCK, rows)) for start in range(0, max(rows, 1), _BLOCK))


def places_by_kind(kinds: Rows, ahead: Rows) -> Rows:
    """Return the place of each of some rows where all of one kind are to stand together, in their order.

    `ahead` is the place of the next row of each kind; these are taken, so that the next rows come behind them.
    """
    order = np.argsort(kinds, kind="stable")
    numbers = np.bincount(kinds, minlength=len(ahead))
    places = np.empty(len(kinds), np.int64)
    places[order] = (ahead - np.cumsum(numbers) + numbers)[kinds[order]] + np.arange(len(kinds))
    ahead += numbers
    return places


def _blocks_of(rows: Rows) -> Iterator[tuple[slice, int, int]]:
    """Yield the rows of each block that has some, with the first of them and how many to read from there."""
    if not len(rows):
        return
    if (rows[1:] < rows[:-1]).any():
        raise ValueError("rows must be given in order")
    blocks = np.arange(rows[0] // _BLOCK + 1, rows[-1] // _BLOCK + 1) * _BLOCK
    ends = [*np.searchsorted(rows, blocks).tolist(), len(rows)]
    for start, end in zip([0, *ends], ends, strict=False):
        if start < end:
            first = int(rows[start])
            yield slice(start, end), first, int(rows[end - 1]) - first + 1
