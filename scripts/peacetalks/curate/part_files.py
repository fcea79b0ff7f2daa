"""Spread rows over files by what they have in common, where all are too many to be sorted at once."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[Any]  # of any kind, structured ones too

_HELD = 1 << 17  # rows that are in memory before they are written


class PartFiles:
    """Rows of one kind in so many parts, in a folder that the caller removes."""

    def __init__(self, folder: Path, name: str, kind: "np.dtype[Any]", parts: int) -> None:
        self._paths = [folder / f"{name}-{n}" for n in range(parts)]
        self._kind = kind
        self._held: list[tuple[Rows, NDArray[np.uint16]]] = []
        self._count = 0

    def add(self, rows: Rows, part: NDArray[np.integer[Any]]) -> None:
        """Take in rows, each with the number of its part."""
        self._held.append((rows, part.astype(np.uint16)))
        self._count += len(rows)
        if self._count >= _HELD:
            self._write()

    def read(self, *, keep: bool = False) -> Iterator[Rows]:
        """Yield the rows of each part, in the order that they came in, and remove them unless they are to `keep`."""
        self._write()
        for path in self._paths:
            rows = np.fromfile(path, self._kind) if path.exists() else np.zeros(0, self._kind)
            if not keep:
                path.unlink(missing_ok=True)
            yield rows

    def _write(self) -> None:
        if not self._held:
            return
        rows, part = (np.concatenate(side) for side in zip(*self._held, strict=True))
        self._held, self._count = [], 0
        order = np.argsort(part, kind="stable")
        ends = np.cumsum(np.bincount(part, minlength=len(self._paths)))
        for path, found in zip(self._paths, np.split(rows[order], ends[:-1]), strict=True):
            if len(found):
                with path.open("ab") as file:
                    found.tofile(file)
