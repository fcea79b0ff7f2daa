"""Keep the sketches of a corpus on disk, laid out as they are compared: a file a band, fingerprints by their keys."""

from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from peacetalks.curate.shingles import BANDS, Hashes, Sketches

Counts = NDArray[np.int64]

_PARTS = 64  # of the fingerprints, each of which is compared alone
_OPEN = 64  # files of shingles that are open at a time
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
        self._words: list[Hashes] = []
        self._counts: list[Counts] = []
        self._shared: list[Counts] = []
        self._places: list[Shingled] = []
        self._starts: list[Counts] = []
        self._files: OrderedDict[int, BinaryIO] = OrderedDict()
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
        part = pairs["key"] % np.uint64(_PARTS)
        ends = np.cumsum(np.bincount(part.astype(np.int64), minlength=_PARTS))
        parts = np.split(pairs[np.argsort(part, kind="stable")], ends[:-1])
        for file, found in zip(self._fingerprints, parts, strict=True):
            file.write(found.tobytes())
        for file, band in zip(self._bands, sketches.bands[rows].T, strict=True):
            file.write(np.ascontiguousarray(band).tobytes())
        self._words.append(sketches.words[rows])
        self._counts.append(counts[rows])
        self._shared.append(sketches.fingerprint_counts[rows])
        # A row's batch and the place of its shingles there, in one number.
        self._starts.append((np.int64(len(self._places)) << np.int64(40)) | (starts[rows]))
        self._places.append(shingled)
        self.rows += len(rows)

    def seal(self) -> None:
        """Make ready for reading."""
        whole, none = np.zeros(0, np.uint64), np.zeros(0, np.int64)
        self.words, self.counts = np.concatenate([*self._words, whole]), np.concatenate([*self._counts, none])
        self.shared, self.starts = np.concatenate([*self._shared, none]), np.concatenate([*self._starts, none])
        self._words, self._counts, self._shared, self._starts = [], [], [], []
        for file in (*self._bands, *self._fingerprints):
            file.flush()

    def close(self) -> None:
        """Close every file."""
        for file in (*self._bands, *self._fingerprints, *self._files.values()):
            file.close()

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
        file = self._file(batch)
        file.seek(self._places[batch].start + 8 * start)
        return np.unique(np.frombuffer(file.read(8 * int(self.counts[row])), np.uint64))

    def _file(self, batch: int) -> BinaryIO:
        file = self._files.pop(batch, None)
        if file is None:
            file = self._places[batch].path.open("rb")
            if len(self._files) == _OPEN:
                self._files.popitem(last=False)[1].close()
        self._files[batch] = file
        return file


def _read(file: BinaryIO, kind: "np.dtype[Any]") -> "NDArray[Any]":
    file.seek(0)
    return np.fromfile(file, kind)
