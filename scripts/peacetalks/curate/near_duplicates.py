"""Cluster near-duplicates: MinHash over word 5-grams, candidates by LSH, each verified by its exact likeness.

The hashing is our own (xxh3 and fixed constants): library digests change between versions, clusters must not.
"""

import re
from collections import defaultdict
from itertools import combinations

import numpy as np
import xxhash
from numpy.typing import NDArray

_NGRAM = 5
_BANDS, _ROWS = 32, 4  # a pair of likeness 0.5 meets in a band with probability 0.87, of 0.7 with 0.9999
_THRESHOLD = 0.5
_CONTAINED = 0.8
_WORD = re.compile(r"\w+")

Shingles = NDArray[np.uint64]


def cluster_texts(texts: dict[str, str]) -> dict[str, list[str]]:
    """Return the clusters of texts (id to text) as smallest id to sorted member ids; their order changes nothing.

    Two texts are near-duplicates where their word 5-grams have a Jaccard likeness of 0.5 or more, or where 0.8 of
    the shorter's stand in the longer: a wire story that an outlet cut.
    """
    shingles = {name: _shingles(text) for name, text in sorted(texts.items())}
    parent = {name: name for name in shingles}

    def root(name: str) -> str:
        while parent[name] != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    for first, second in _candidates(shingles):
        if _are_copies(shingles[first], shingles[second]):
            low, high = sorted((root(first), root(second)))
            parent[high] = low
    clusters: dict[str, list[str]] = defaultdict(list)
    for name in shingles:
        clusters[root(name)].append(name)
    return dict(clusters)


def _shingles(text: str) -> Shingles:
    words = _WORD.findall(text.lower())
    hashes = np.fromiter((xxhash.xxh3_64_intdigest(word.encode()) for word in words), np.uint64, len(words))
    if len(hashes) < _NGRAM:
        return np.array([xxhash.xxh3_64_intdigest(" ".join(words).encode())], np.uint64)
    mixed = np.zeros(len(hashes) - _NGRAM + 1, np.uint64)
    for i in range(_NGRAM):
        mixed = mixed * np.uint64(0x9E3779B97F4A7C15) + hashes[i : len(hashes) - _NGRAM + 1 + i]
        mixed ^= mixed >> np.uint64(29)
    return np.unique(mixed)


def _candidates(shingles: dict[str, Shingles]) -> list[tuple[str, str]]:
    buckets: dict[tuple[int, bytes], list[str]] = defaultdict(list)
    for name, hashes in shingles.items():
        signature = _signature(hashes)
        for band in range(_BANDS):
            buckets[band, signature[band * _ROWS : (band + 1) * _ROWS].tobytes()].append(name)
    pairs = {pair for members in buckets.values() for pair in combinations(members, 2)}
    return sorted(pairs)


def _signature(hashes: Shingles) -> NDArray[np.uint64]:
    low = hashes & np.uint64(0xFFFFFFFF)
    signature: Shingles = (low[None, :] * _MULTIPLIERS[:, None] + _ADDENDS[:, None]).min(axis=1)
    return signature


def _are_copies(first: Shingles, second: Shingles) -> bool:
    shared = len(np.intersect1d(first, second, assume_unique=True))
    jaccard = shared / (len(first) + len(second) - shared)
    return jaccard >= _THRESHOLD or shared >= _CONTAINED * min(len(first), len(second))


def _constants(purpose: str) -> NDArray[np.uint64]:
    values = [xxhash.xxh3_64_intdigest(f"{purpose} {i}".encode()) | 1 for i in range(_BANDS * _ROWS)]
    return np.array(values, np.uint64)


_MULTIPLIERS = _constants("multiplier")
_ADDENDS = _constants("addend")
