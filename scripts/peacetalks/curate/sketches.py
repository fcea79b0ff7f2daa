"""Keep the sketches of a corpus on disk, laid out as they are compared: a file a band, fingerprints by their keys."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from peacetalks.curate.column_files import ColumnFile
from peacetalks.curate.part_files import PartFiles
from peacetalks.curate.shingles import BANDS, Hashes, Sketches, differ

_TEXTS, _MOST_PARTS = 4000, 1024  # texts whose fingerprints are compared alone, and files that these are spread over
_PAIR = np.dtype([("key", "<u8"), ("owner", "<u4")])
_IN_BATCH = 1 << 40  # more than any batch has shingles


class Shingled(NamedTuple):
    """Where the shingles of a batch of texts stand: the path of a file, and the place of the first in it, in bytes."""

    path: str
    start: int


class SketchFiles:
    """The sketches of all texts, by row in the order that they came in.

    They are kept in a folder that the caller removes; `texts` is how many there are at the most, as far as is known.
    """

    def __init__(self, folder: Path, texts: int) -> None:
        self.folder = folder
        self._stack = ExitStack()

        def column(name: str, kind: type[np.generic]) -> ColumnFile:
            return self._stack.enter_context(ColumnFile(folder / name, kind))

        with self._stack:  # closes what is open if one can't be opened
            self.bands = [column(f"band-{n}", np.uint64) for n in range(BANDS)]
            self.words = column("words", np.uint64)  # names the words of a text
            self.counts = column("counts", np.uint32)  # of the shingles
            self.shared = column("shared", np.uint32)  # how many fingerprints there are
            self._starts = column("starts", np.int64)
            self._stack = self._stack.pop_all()
        self._parts = min(1 + texts // _TEXTS, _MOST_PARTS)
        self._fingerprints = PartFiles(folder, "fingerprints", _PAIR, self._parts)
        self._places: list[Shingled] = []

    def __enter__(self) -> "SketchFiles":
        return self

    def __exit__(self, *error: object) -> None:
        """Close every file."""
        self._stack.close()

    def __len__(self) -> int:
        return len(self.words)

    def add(self, sketches: Sketches, shingled: Shingled, kept: NDArray[np.bool_] | None = None) -> None:
        """Add a batch of texts, or those of it that are `kept`; its shingles are read where they stand."""
        counts = sketches.shingle_counts
        starts = np.cumsum(counts) - counts
        rows = np.arange(len(counts)) if kept is None else np.flatnonzero(kept)
        owners = np.repeat(np.arange(len(counts)), sketches.fingerprint_counts)
        place = np.full(len(counts), -1)
        place[rows] = len(self) + np.arange(len(rows))
        inside = place[owners] >= 0
        pairs = np.empty(int(inside.sum()), _PAIR)
        pairs["key"], pairs["owner"] = sketches.fingerprints[inside], place[owners[inside]]
        self._fingerprints.add(pairs, pairs["key"] % np.uint64(self._parts))
        for column, band in zip(self.bands, sketches.bands[rows].T, strict=True):
            column.add(band)
        self.words.add(sketches.words[rows])
        self.counts.add(counts[rows])
        self.shared.add(sketches.fingerprint_counts[rows])
        # A row's batch and the place of its shingles there, in one number.
        self._starts.add(len(self._places) * _IN_BATCH + starts[rows])
        self._places.append(shingled)

    def fingerprints(self) -> Iterator[tuple[Hashes, NDArray[np.uint32]]]:
        """Yield keys and the rows that have them; equal keys are in one part."""
        for pairs in self._fingerprints.read(keep=True):
            yield pairs["key"], pairs["owner"]

    def shingles(self, row: int) -> Hashes:
        """Return the shingles of a row, sorted, each once."""
        batch, start = divmod(int(self._starts.read(row, 1)[0]), _IN_BATCH)
        with Path(self._places[batch].path).open("rb", buffering=0) as file:
            file.seek(self._places[batch].start + 8 * start)
            shingles = np.frombuffer(bytearray(file.read(8 * int(self.counts.read(row, 1)[0]))), np.uint64)
        shingles.sort()
        return shingles[differ(shingles)]
