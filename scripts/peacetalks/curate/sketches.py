"""Keep the sketches of a corpus on disk, laid out as they are compared: a file a band, fingerprints by their keys."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from peacetalks.curate.shingles import BANDS, Hashes, Sketches, differ

Counts = NDArray[np.int64]

_PARTS = 64  # of the fingerprints, each of which is compared alone
_PAIR = np.dtype([("key", "<u8"), ("owner", "<u4")])


class Shingled(NamedTuple):
    """Where the shingles of a batch of texts stand: the file, and the place of the first in it, in bytes."""

    path: Path
    start: int


class SketchFiles:
    """The sketches of all texts, by row in the order that they came in; a few numbers a text are in memory.

    What `add` is given of fingerprints and bands is kept in a folder that the caller removes.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._bands = [(folder / f"band-{n}").open("w+b") for n in range(BANDS)]
        self._fingerprints = [(folder / f"fingerprints-{n}").open("w+b") for n in range(_PARTS)]
        self._words, self._counts, self._shared, self._starts = (
            (folder / name).open("w+b") for name in ("words", "counts", "shared", "starts")
        )
        self._files = [*self._bands, *self._fingerprints, self._words, self._counts, self._shared, self._starts]
        self._places: list[Shingled] = []
        self.rows = 0

    def add(self, sketches: Sketches, shingled: Shingled, kept: NDArray[np.bool_] | None = None) -> None:
        """Add a batch of texts, or those of it that are `kept`; its shingles are read where they stand."""
        counts = sketches.shingle_counts
        starts = np.cumsum(counts) - counts
        rows = np.arange(len(counts)) if kept is None else np.flatnonzero(kept)
        owners = np.repeat(np.arange(len(counts)), sketches.fingerprint_counts)
        place = np.full(len(counts), -1)
        place[rows] = self.rows + np.arange(len(rows))
        inside = place[owners] >= 0
        pairs = np.empty(int(inside.sum()), _PAIR)
        pairs["key"], pairs["owner"] = sketches.fingerprints[inside], place[owners[inside]]
        part = (pairs["key"] % np.uint64(_PARTS)).astype(np.uint8)  # a byte is sorted by its value, in one go
        ends = np.cumsum(np.bincount(part, minlength=_PARTS))
        parts = np.split(pairs[np.argsort(part, kind="stable")], ends[:-1])
        for file, found in zip(self._fingerprints, parts, strict=True):
            file.write(found.tobytes())
        for file, band in zip(self._bands, sketches.bands[rows].T, strict=True):
            file.write(np.ascontiguousarray(band).tobytes())
        self._words.write(sketches.words[rows].tobytes())
        self._counts.write(counts[rows].astype(np.uint32).tobytes())
        self._shared.write(sketches.fingerprint_counts[rows].astype(np.uint32).tobytes())
        # A row's batch and the place of its shingles there, in one number.
        self._starts.write(((np.int64(len(self._places)) << np.int64(40)) | starts[rows]).tobytes())
        self._places.append(shingled)
        self.rows += len(rows)

    def seal(self) -> None:
        """Make ready for reading."""
        for file in self._files:
            file.flush()
        self.counts, self.shared = _read(self._counts, np.dtype(np.uint32)), _read(self._shared, np.dtype(np.uint32))
        self.starts = _read(self._starts, np.dtype(np.int64))

    def close(self) -> None:
        """Close every file."""
        for file in self._files:
            file.close()

    def words(self) -> Hashes:
        """Return what names the words of every row."""
        return _read(self._words, np.dtype(np.uint64))

    def band(self, number: int) -> Hashes:
        """Return a band of every row."""
        return _read(self._bands[number], np.dtype(np.uint64))

    def fingerprints(self) -> Iterator[tuple[Hashes, NDArray[np.uint32]]]:
        """Yield keys and the rows that have them; equal keys are in one part."""
        for file in self._fingerprints:
            pairs = _read(file, _PAIR)
            yield pairs["key"], pairs["owner"]

    def shingles(self, row: int) -> Hashes:
        """Return the shingles of a row, sorted, each once."""
        batch, start = divmod(int(self.starts[row]), 1 << 40)
        with self._places[batch].path.open("rb", buffering=0) as file:
            file.seek(self._places[batch].start + 8 * start)
            shingles = np.frombuffer(bytearray(file.read(8 * int(self.counts[row]))), np.uint64)
        shingles.sort()
        return shingles[differ(shingles)]


def _read(file: BinaryIO, kind: "np.dtype[Any]") -> "NDArray[Any]":
    file.seek(0)
    return np.fromfile(file, kind)
