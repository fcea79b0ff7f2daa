"""Propose pairs of texts that may be near-duplicates, from the keys that they share."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Indices = NDArray[np.int64]
Pairs = NDArray[np.uint64]  # the smaller index in the high half, the larger in the low

_REACH = 32  # pairs that a text makes with the texts behind it that share a key: bounds what a flood of copies costs
_LOW = np.uint64(32)
_PART = 500_000  # keys that are sorted at a time, and
_TEXTS = 200  # smaller indices that pairs are summed up of at a time: both bound the memory of a large corpus
_MOST_FILES = 1_024  # that these are spread over
_FOUND = np.dtype([("pair", "<u8"), ("times", "<u4")])


class PairFiles:
    """Pairs and how many times each was found, on disk: texts that share phrases make hundreds of pairs each.

    The files stand in a folder that the caller removes; `texts` is the number of indices.
    """

    def __init__(self, folder: Path, texts: int) -> None:
        ranges = min(1 + texts // _TEXTS, _MOST_FILES)
        firsts = np.array([n * texts // ranges for n in range(1, ranges)], np.uint64)
        self._bounds = firsts << _LOW
        self._paths = [folder / f"pairs-{n}" for n in range(ranges)]

    def add(self, pairs: Pairs, times: int = 1) -> None:
        """Take in pairs, each as if it had been found so many times."""
        each, counts = np.unique(pairs, return_counts=True)
        found = np.empty(len(each), _FOUND)
        found["pair"], found["times"] = each, counts * times
        for path, part in zip(self._paths, np.split(found, np.searchsorted(each, self._bounds)), strict=True):
            if len(part):
                with path.open("ab") as file:
                    file.write(part.tobytes())

    def read(self) -> Iterator[tuple[Pairs, Indices]]:
        """Yield sorted pairs with their counts, a range of the smaller index at a time, in order, and remove them."""
        for path in self._paths:
            found = np.fromfile(path, _FOUND) if path.exists() else np.zeros(0, _FOUND)
            path.unlink(missing_ok=True)
            pairs, place = np.unique(found["pair"], return_inverse=True)
            times = np.zeros(len(pairs), np.int64)
            np.add.at(times, place, found["times"])
            yield pairs, times


def pair_sharing(
    keys: NDArray[np.uint64], owners: NDArray[np.uint32], wanted: NDArray[np.bool_] | None = None
) -> Iterator[Pairs]:
    """Yield a pair for each key that two owners share, as often as they share one; of the `wanted` owners, if given.

    Owners of one key are paired with the 32 next to them, in the order of their indices, so that a key that a
    thousand texts bear makes 32 thousand pairs and not half a million; copies still form one chain.
    """
    parts = min(1 + len(keys) // _PART, 1 << 16)
    part = (keys % np.uint64(parts)).astype(np.uint16)  # a key's owners are all in one part: each is sorted alone
    for n in range(parts):
        inside = np.flatnonzero(part == n)
        if wanted is not None:
            inside = inside[wanted[owners[inside]]]
        yield _pair_part(keys[inside], owners[inside])


def _pair_part(keys: NDArray[np.uint64], owners: NDArray[np.uint32]) -> Pairs:
    order = np.lexsort((owners, keys))
    keys, owners = keys[order], owners[order]
    found = []
    for distance in range(1, min(_REACH, len(keys) - 1) + 1):
        alike = np.flatnonzero(keys[distance:] == keys[:-distance])
        if not len(alike):
            break
        first, second = owners[alike].astype(np.uint64), owners[alike + distance].astype(np.uint64)
        found.append((first << _LOW) | second)
    return np.concatenate(found) if found else np.zeros(0, np.uint64)


def split_pairs(pairs: Pairs) -> tuple[Indices, Indices]:
    """Return the smaller and the larger index of each pair."""
    return (pairs >> _LOW).astype(np.int64), (pairs & np.uint64(0xFFFFFFFF)).astype(np.int64)
