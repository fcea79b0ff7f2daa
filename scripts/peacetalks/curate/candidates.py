"""Propose pairs of texts that may be near-duplicates, from the keys that they share."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from peacetalks.curate.part_files import PartFiles
from peacetalks.curate.shingles import differ

Indices = NDArray[np.int64]
Keys = NDArray[np.uint64]
Numbers = NDArray[np.uint32]
Limits = NDArray[np.uint16]
Pairs = NDArray[np.uint64]  # the smaller index in the high half, the larger in the low

REACH = 32  # pairs that a text makes with the texts behind it that share a key: bounds what a flood of copies costs
NO_LIMIT = np.iinfo(np.uint16).max  # of the texts that may bear a key
_ONE = np.uint64(1)
_LOW = np.uint64(32)
_PART = 1 << 15  # keys that are sorted at a time,
_PAIRED = 1 << 15  # bearers that are paired and pairs that are yielded at a time, and
_TEXTS = 500  # smaller indices that pairs are counted of at a time: all bound the memory of a large corpus
_MOST_FILES = 512  # that these are spread over


class Bearers(NamedTuple):
    """Keys and the index of one that bears each, a row for each bearer, with the number of bearers of the key."""

    keys: Keys
    owners: Keys
    number: Indices


class PairFiles:
    """Pairs, each as often as it was found, on disk: texts that share phrases make dozens each.

    The files stand in a folder that the caller removes; `texts` is the number of indices, 2 ** 31 at the most.
    """

    def __init__(self, folder: Path, texts: int) -> None:
        self._parts = min(1 + texts // _TEXTS, _MOST_FILES)
        self._texts = texts
        self._files = PartFiles(folder, "pairs", np.dtype(np.uint64), self._parts)

    def add(self, pairs: Pairs, *, sure: bool = False) -> None:
        """Take in pairs; one that is `sure` once is sure however often it was found."""
        part = (pairs >> _LOW) * np.uint64(self._parts) // np.uint64(self._texts)
        self._files.add((pairs << _ONE) | np.uint64(sure), part)

    def read(self) -> Iterator[tuple[Pairs, Indices, NDArray[np.bool_]]]:
        """Yield sorted pairs, how often each was found and whether it is sure, some at a time, and remove them."""
        for found in self._files.read():
            found.sort()
            ends = np.append(np.flatnonzero((found[1:] ^ found[:-1]) > _ONE) + 1, len(found))[: len(found)]
            times = np.diff(ends, prepend=0)
            for start in range(0, len(ends), _PAIRED):
                stretch = slice(start, start + _PAIRED)
                last = found[ends[stretch] - 1]
                yield last >> _ONE, times[stretch], (last & _ONE).astype(np.bool_)


def pair_sharing(keys: Keys, owners: Numbers, texts: int, limits: Limits | None = None) -> Iterator[Pairs]:
    """Yield a pair for each key that two owners share, as often as they share one; `texts` is the number of indices.

    Owners of one key are paired with the 32 next to them, in the order of their indices, so that a key that a
    thousand texts bear makes 32 thousand pairs and not half a million; copies still form one chain. Where `limits` are
    given, an owner makes none with those behind it by a key that more bear than its limit, unless that is NO_LIMIT.
    """
    for bearers in group_bearers(keys, owners, texts):
        proposing = np.arange(len(bearers.keys))
        if limits is not None:
            proposing = np.flatnonzero(np.minimum(bearers.number, NO_LIMIT) <= limits[bearers.owners])
        for start in range(0, len(proposing), _PAIRED):
            yield from _pair_next(bearers, proposing[start : start + _PAIRED])


def group_bearers(keys: Keys, owners: Numbers, texts: int) -> Iterator[Bearers]:
    """Yield the bearers of each key that two or more have, by key and index, some keys at a time."""
    # Key and index in one number are sorted ten times as fast as two. That drops the key's highest bits: two keys of a
    # large corpus may be taken for one, which proposes a pair too many.
    bits = np.uint64(texts.bit_length())
    mask = (_ONE << bits) - _ONE
    both = keys << bits
    both |= owners
    both.sort()
    start = 0
    while start < len(both):
        last = both[min(start + _PART, len(both)) - 1]
        end = int(np.searchsorted(both, last | mask, side="right"))  # with all bearers of the last key
        found = both[start:end] >> bits
        number = np.diff(np.flatnonzero(differ(found)), append=len(found))
        number = np.repeat(number, number)
        shared = number > 1
        yield Bearers(found[shared], both[start:end][shared] & mask, number[shared])
        start = end


def _pair_next(bearers: Bearers, places: Indices) -> Iterator[Pairs]:
    """Yield the pairs of the bearers at some places with the next, then with the second behind them, and so on."""
    keys, owners = bearers.keys, bearers.owners
    for distance in range(1, REACH + 1):
        places = places[: np.searchsorted(places, len(keys) - distance)]
        places = places[keys[places] == keys[places + distance]]
        if not len(places):
            break
        yield (owners[places] << _LOW) | owners[places + distance]


def split_pairs(pairs: Pairs) -> tuple[Indices, Indices]:
    """Return the smaller and the larger index of each pair."""
    return (pairs >> _LOW).astype(np.int64), (pairs & np.uint64(0xFFFFFFFF)).astype(np.int64)
