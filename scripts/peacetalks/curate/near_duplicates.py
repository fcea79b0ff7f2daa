"""Cluster near-duplicates: candidates by LSH over MinHash and by winnowing, each verified by its exact likeness."""

import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor
from itertools import islice
from typing import BinaryIO

import numpy as np
from msgspec import Struct, structs
from numpy.typing import NDArray

from peacetalks.curate.candidates import Indices, Pairs, pair_sharing, split_pairs
from peacetalks.curate.shingles import BANDS, WINDOW, Hashes, Sketches, sketch_texts

_JACCARD = 0.5
_CONTAINED = 0.8
_LEAST = WINDOW  # shingles that a text needs to count as contained: any sentence stands in some longer text
_SHARED = 0.25  # of the shorter's fingerprints that a pair must share to be looked at
_BATCH = 1024


class _Corpus(Struct, frozen=True, kw_only=True):
    """The sketches of all texts, by rank: the texts sorted by length, then id. Shingles stay on disk.

    `bands` are in the order that the texts came in; `order` holds their row by rank.
    """

    ids: list[str]
    order: Indices
    words: Hashes
    bands: Hashes
    fingerprints: Hashes
    owners: NDArray[np.uint32]  # of the fingerprints
    shingles: BinaryIO
    starts: Indices
    counts: Indices


def cluster_texts(texts: Iterable[tuple[str, str]], executor: Executor | None = None) -> list[list[str]]:
    """Return the clusters of texts (id and text) as sorted lists of ids, sorted; order and workers change nothing.

    Two texts are near-duplicates where their word 5-grams have a Jaccard likeness of 0.5 or more, or where 0.8 of
    the shorter's stand in the longer: a wire story that an outlet cut, or that a round-up holds. A cluster is a
    connected component. Memory is about 1.5 kB a text of 400 words; shingles go to a temporary file.
    """
    with tempfile.TemporaryFile(prefix="peacetalks-") as file:
        corpus = _sketch(texts, file, executor)
        if corpus is None:
            return []
        parent = np.arange(len(corpus.ids))
        _join_equal(corpus.words, parent)
        _join_verified(_candidates(corpus, parent), corpus, parent)
    clusters: dict[int, list[str]] = {}
    for rank, name in enumerate(corpus.ids):
        clusters.setdefault(_root(parent, rank), []).append(name)
    return sorted(sorted(members) for members in clusters.values())


def _sketch(texts: Iterable[tuple[str, str]], file: BinaryIO, executor: Executor | None) -> _Corpus | None:
    ids: list[str] = []
    parts: list[Sketches] = []
    # What is large goes by way of a file, so that it is never in memory as parts and as a whole.
    with tempfile.TemporaryFile() as bands, tempfile.TemporaryFile() as fingerprints:
        for names, sketches in _sketch_batches(texts, executor):
            ids += names
            file.write(sketches.shingles.tobytes())
            bands.write(sketches.bands.tobytes())
            fingerprints.write(sketches.fingerprints.tobytes())
            bare = np.zeros(0, np.uint64)
            parts.append(structs.replace(sketches, shingles=bare, bands=bare, fingerprints=bare))
        if not ids:
            return None
        counts = np.concatenate([part.shingle_counts for part in parts])
        order = np.lexsort((np.array(ids), counts))
        rank = np.empty(len(ids), np.uint32)
        rank[order] = np.arange(len(ids), dtype=np.uint32)
        return _Corpus(
            ids=[ids[i] for i in order],
            order=order,
            words=np.concatenate([part.words for part in parts])[order],
            bands=_read(bands).reshape(-1, BANDS),
            fingerprints=_read(fingerprints),
            owners=np.repeat(rank, np.concatenate([part.fingerprint_counts for part in parts])),
            shingles=file,
            starts=(np.cumsum(counts) - counts)[order],
            counts=counts[order],
        )


def _read(file: BinaryIO) -> Hashes:
    file.seek(0)
    return np.fromfile(file, np.uint64)


def _sketch_batches(
    texts: Iterable[tuple[str, str]], executor: Executor | None
) -> Iterator[tuple[list[str], Sketches]]:
    rows = iter(texts)
    workers = 1 if executor is None else 4  # batches in flight: a map over everything would read it all at once
    while batches := [batch for _ in range(workers) if (batch := list(islice(rows, _BATCH)))]:
        found = [[text for _, text in batch] for batch in batches]
        sketches = map(sketch_texts, found) if executor is None else executor.map(sketch_texts, found)
        for batch, sketch in zip(batches, sketches, strict=True):
            yield [name for name, _ in batch], sketch


def _join_equal(words: Hashes, parent: Indices) -> None:
    """Join texts of the same words at once: a flood of copies costs no comparison."""
    _, first, inverse = np.unique(words, return_index=True, return_inverse=True)
    parent[:] = first[inverse]


def _candidates(corpus: _Corpus, parent: Indices) -> Pairs:
    alone = parent == np.arange(len(parent))  # one text of each that have the same words
    lone = np.flatnonzero(alone).astype(np.uint32)
    found = [np.unique(pair_sharing(corpus.bands[corpus.order[lone], band], lone)) for band in range(BANDS)]
    pairs, shared = np.unique(pair_sharing(corpus.fingerprints, corpus.owners, alone), return_counts=True)
    needed = _SHARED * np.bincount(corpus.owners, minlength=len(parent))
    first, second = split_pairs(pairs)
    enough = shared >= np.minimum(needed[first], needed[second])
    return np.unique(np.concatenate([*found, pairs[enough]]))


def _join_verified(pairs: Pairs, corpus: _Corpus, parent: Indices) -> None:
    at, shingles = -1, np.zeros(0, np.uint64)
    for first, second in zip(*(side.tolist() for side in split_pairs(pairs)), strict=True):
        low, high = sorted((_root(parent, first), _root(parent, second)))
        if low == high:
            continue
        if first != at:
            at, shingles = first, _unique_shingles(corpus, first)
        if _are_copies(shingles, _unique_shingles(corpus, second)):
            parent[high] = low


def _unique_shingles(corpus: _Corpus, rank: int) -> Hashes:
    corpus.shingles.seek(8 * int(corpus.starts[rank]))
    return np.unique(np.fromfile(corpus.shingles, np.uint64, int(corpus.counts[rank])))


def _are_copies(first: Hashes, second: Hashes) -> bool:
    shared = len(np.intersect1d(first, second, assume_unique=True))
    shorter = min(len(first), len(second))
    jaccard = shared / (len(first) + len(second) - shared)
    return jaccard >= _JACCARD or (shorter >= _LEAST and shared >= _CONTAINED * shorter)


def _root(parent: Indices, rank: int) -> int:
    while parent[rank] != rank:
        parent[rank] = parent[parent[rank]]
        rank = int(parent[rank])
    return rank
