"""Propose pairs of texts that may be near-duplicates, from the keys that they share."""

import numpy as np
from numpy.typing import NDArray

Indices = NDArray[np.int64]
Pairs = NDArray[np.uint64]  # the smaller index in the high half, the larger in the low

_REACH = 32  # pairs that a text makes with the texts behind it that share a key: bounds what a flood of copies costs
_LOW = np.uint64(32)
_PART = 4_000_000  # keys that are sorted at a time: bounds the memory of a large corpus


def pair_sharing(
    keys: NDArray[np.uint64], owners: NDArray[np.uint32], wanted: NDArray[np.bool_] | None = None
) -> Pairs:
    """Return a pair for each key that two owners share, as often as they share one; of the `wanted` owners, if given.

    Owners of one key are paired with the 32 next to them, in the order of their indices, so that a key that a
    thousand texts bear makes 32 thousand pairs and not half a million; copies still form one chain.
    """
    parts = min(1 + len(keys) // _PART, 1 << 16)
    part = (keys % np.uint64(parts)).astype(np.uint16)  # a key's owners are all in one part: each is sorted alone
    found = []
    for n in range(parts):
        inside = np.flatnonzero(part == n)
        if wanted is not None:
            inside = inside[wanted[owners[inside]]]
        found.append(_pair_part(keys[inside], owners[inside]))
    return np.concatenate(found)


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
