"""Turn texts into what near-duplicates are found by: shingles, MinHash bands and winnowed fingerprints.

The hashing is our own (xxh3 and fixed constants): library digests change between versions, clusters must not.
"""

import re
from collections.abc import Sequence

import numpy as np
import xxhash
from msgspec import Struct
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]

NGRAM = 5
WINDOW = 16  # shingles; two texts that share a run of WINDOW + NGRAM - 1 words share a fingerprint for certain
BANDS, _ROWS = 40, 3  # a pair of likeness 0.5 meets in a band with probability 0.995, of 0.1 with 0.04

# Scripts that put no space between words count by the character: a sentence as one word would match nothing.
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[{_UNSPACED}]|[^\W{_UNSPACED}]+")
_MIX = np.uint64(0x9E3779B97F4A7C15)
_SHIFT = np.uint64(29)


class Sketches(Struct, frozen=True, kw_only=True):
    """What is kept of a batch of n texts; counts say how many rows of a flat array belong to each text.

    `bands` is n by BANDS. `words` names the sequence of words: equal where two texts differ in case and marks alone.
    """

    words: Hashes
    shingles: Hashes
    shingle_counts: NDArray[np.int64]
    bands: Hashes
    fingerprints: Hashes
    fingerprint_counts: NDArray[np.int64]


def sketch_texts(texts: Sequence[str]) -> Sketches:
    """Return the sketches of the texts, in their order."""
    known: dict[str, int] = {}
    words = [_hash_words(text, known) for text in texts]
    shingles = [_shingle(hashes) for hashes in words]
    fingerprints = [_winnow(hashes) for hashes in shingles]
    counts = np.array([len(hashes) for hashes in shingles], np.int64)
    flat = np.concatenate(shingles)
    return Sketches(
        words=np.array([xxhash.xxh3_64_intdigest(hashes.tobytes()) for hashes in words], np.uint64),
        shingles=flat,
        shingle_counts=counts,
        bands=_bands(flat, counts),
        fingerprints=np.concatenate(fingerprints),
        fingerprint_counts=np.array([len(hashes) for hashes in fingerprints], np.int64),
    )


def _hash_words(text: str, known: dict[str, int]) -> Hashes:
    hashes = []
    for word in _WORD.findall(text.lower()):
        value = known.get(word)
        if value is None:
            value = known[word] = xxhash.xxh3_64_intdigest(word.encode("utf-8", "surrogatepass"))
        hashes.append(value)
    return np.array(hashes, np.uint64)


def _shingle(words: Hashes) -> Hashes:
    """Return the hash of each run of NGRAM words, in text order; a text of fewer words is one shingle."""
    length = min(NGRAM, max(1, len(words)))
    padded = words if len(words) else np.zeros(1, np.uint64)
    mixed = np.zeros(len(padded) - length + 1, np.uint64)
    for i in range(length):
        mixed = mixed * _MIX + padded[i : len(padded) - length + 1 + i]
        mixed ^= mixed >> _SHIFT
    return mixed


def _winnow(shingles: Hashes) -> Hashes:
    """Return the smallest shingle of each window (winnowing; Schleimer, Wilkerson, Aiken 2003), each once."""
    if len(shingles) <= WINDOW:
        return np.array([shingles.min()], np.uint64)
    return np.unique(sliding_window_view(shingles, WINDOW).min(axis=1))


def _bands(shingles: Hashes, counts: NDArray[np.int64]) -> Hashes:
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    bands: Hashes = np.zeros((len(counts), BANDS), np.uint64)
    for n, (multiplier, addend) in enumerate(zip(_MULTIPLIERS, _ADDENDS, strict=True)):
        smallest = np.minimum.reduceat(shingles * multiplier + addend, starts)
        band = bands[:, n // _ROWS]
        band ^= smallest
        band *= _MIX
        band ^= band >> _SHIFT
    return bands


def _constants(purpose: str) -> Hashes:
    values = [xxhash.xxh3_64_intdigest(f"{purpose} {i}".encode()) | 1 for i in range(BANDS * _ROWS)]
    return np.array(values, np.uint64)


_MULTIPLIERS = _constants("multiplier")
_ADDENDS = _constants("addend")
