"""Keep captures on disk while those of an edition's articles are looked for: what is in memory is where each stands."""

from array import array
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from peacetalks._files import naming
from peacetalks.curate.ids import Ids
from peacetalks.curate.takedowns import text_digest
from peacetalks.record import Capture

_NUMBER = 16  # hex digits of a digest that are kept of it, as many as an id has


class Shelf:
    """Byte strings in a file, each known by its number; eight bytes of each are in memory."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = path.open("w+b")
        self._starts = array("Q", [0])

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._starts) - 1

    def add(self, data: bytes) -> None:
        """Put one behind the others."""
        with naming(self._path):
            self._file.write(data)
        self._starts.append(self._starts[-1] + len(data))

    def read(self, number: int) -> bytes:
        """Return one of them."""
        start, end = self._starts[number : number + 2]
        with naming(self._path):
            self._file.seek(start)
            return self._file.read(end - start)

    def close(self) -> None:
        """Let go of the file."""
        with naming(self._path):
            self._file.close()


class KeptCaptures(Struct, frozen=True, kw_only=True, eq=False):
    """Captures in the order that they came in: the id and the digest of the text of each, as numbers; the rest on disk.

    `folder` is where more can be written meanwhile.
    """

    ids: Ids
    digests: Ids
    folder: Path
    shelf: Shelf

    def read(self, number: int) -> Capture:
        """Return a capture by its place in the order."""
        return msgspec.msgpack.decode(self.shelf.read(number), type=Capture)


@contextmanager
def keep_captures(captures: Iterable[Capture], folder: Path) -> Iterator[KeptCaptures]:
    """Yield captures that were read once and are on disk, in a folder that is there."""
    ids, digests = array("Q"), array("Q")
    with closing(Shelf(folder / "captures")) as shelf:
        for capture in captures:
            ids.append(int(capture.id, 16))
            digests.append(digest_number(text_digest(capture.text)))
            shelf.add(msgspec.msgpack.encode(capture))
        yield KeptCaptures(ids=as_numbers(ids), digests=as_numbers(digests), folder=folder, shelf=shelf)


def digest_number(digest: str) -> int:
    """Return the number that a digest is known by."""
    return int(digest[:_NUMBER], 16)


def as_numbers(values: "array[int]") -> NDArray[np.uint64]:
    """Return numbers that were collected, as they stand in memory."""
    return np.frombuffer(values, np.uint64) if values else np.zeros(0, np.uint64)
