"""Cluster near-duplicates: candidates by LSH over MinHash and by winnowing, each verified by its exact likeness."""

from collections.abc import Iterable, Iterator
from concurrent.futures import Executor
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from peacetalks._ahead import made_ahead
from peacetalks.curate.candidates import Indices, PairFiles, Pairs, pair_sharing, split_pairs
from peacetalks.curate.shingles import BANDS, WINDOW, Hashes, Sketches, sketch_texts
from peacetalks.curate.sketches import Shingled, SketchFiles

_JACCARD = 0.5
_CONTAINED = 0.8
_LEAST = WINDOW  # shingles that a text needs to count as contained: any sentence stands in some longer text
_SHARED = 0.25  # of the shorter's fingerprints that a pair must share to be looked at
_ALWAYS = 1 << 24  # times that a pair counts as shared which a band has: more than any text has fingerprints
_BATCH = 1024


def cluster_sketches(sketches: SketchFiles, ids: NDArray[np.uint64]) -> Indices:
    """Return for each text the row of one text of its cluster, the same for all of a cluster; `ids` break ties.

    Two texts are near-duplicates where their word 5-grams have a Jaccard likeness of 0.5 or more, or where 0.8 of
    the shorter's stand in the longer: a wire story that an outlet cut, or that a round-up holds. A cluster is a
    connected component. Which texts are together does not depend on their order. Memory is some 60 bytes a text; the
    pairs that are looked at stand on disk.
    """
    order = np.lexsort((ids, sketches.counts))  # by rank: sorted by length, then id
    rank = np.empty(len(ids), np.uint32)
    rank[order] = np.arange(len(ids), dtype=np.uint32)
    parent = np.arange(len(ids))
    _join_equal(sketches.words[order], parent)
    for pairs in _candidates(sketches, order, rank, parent):
        _join_verified(pairs, sketches, order, parent)
    roots = np.array([find_root(parent, n) for n in range(len(parent))], np.int64)
    found: Indices = order[roots[rank]]
    return found


def cluster_texts(texts: Iterable[tuple[str, str]], executor: Executor | None = None) -> list[list[str]]:
    """Return the clusters of texts (id and text) as sorted lists of ids, sorted; order and workers change nothing."""
    names: list[str] = []
    with TemporaryDirectory(prefix="peacetalks-") as place:
        folder = Path(place)
        sketches = SketchFiles(folder)
        try:
            for number, (batch, found) in enumerate(_sketch_batches(texts, executor)):
                names += batch
                path = folder / f"shingles-{number}"
                found.shingles.tofile(path)
                sketches.add(found, Shingled(path, 0))
            sketches.seal()
            ids = np.empty(len(names), np.uint64)
            ids[np.argsort(np.array(names, object), kind="stable")] = np.arange(len(names), dtype=np.uint64)
            roots = cluster_sketches(sketches, ids).tolist()
        finally:
            sketches.close()
    clusters: dict[int, list[str]] = {}
    for name, root in zip(names, roots, strict=True):
        clusters.setdefault(root, []).append(name)
    return sorted(sorted(members) for members in clusters.values())


def find_root(parent: Indices, place: int) -> int:
    """Return the root above a place of a forest, and shorten the way to it; a root is its own parent."""
    while parent[place] != place:
        parent[place] = parent[parent[place]]
        place = int(parent[place])
    return place


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


def _candidates(sketches: SketchFiles, order: Indices, rank: NDArray[np.uint32], parent: Indices) -> Iterator[Pairs]:
    """Yield the pairs that are worth a comparison, sorted, some at a time."""
    needed = _SHARED * sketches.shared[order]
    files = PairFiles(sketches.folder, len(parent))
    for pairs, times in made_ahead(_sharing(sketches, order, rank, parent)):
        files.add(pairs, times)
    for pairs, shared in made_ahead(files.read()):
        first, second = split_pairs(pairs)
        yield pairs[shared >= np.minimum(needed[first], needed[second])]


def _sharing(
    sketches: SketchFiles, order: Indices, rank: NDArray[np.uint32], parent: Indices
) -> Iterator[tuple[Pairs, int]]:
    """Yield pairs that share a band or a fingerprint, some at a time, and how many times each counts for that."""
    alone = parent == np.arange(len(parent))  # one text of each that have the same words
    lone = np.flatnonzero(alone).astype(np.uint32)
    rows_of_lone = order[lone]
    for n in range(BANDS):
        yield from ((pairs, _ALWAYS) for pairs in pair_sharing(sketches.band(n)[rows_of_lone], lone))
    for keys, rows in sketches.fingerprints():
        yield from ((pairs, 1) for pairs in pair_sharing(keys, rank[rows], alone))


def _join_verified(pairs: Pairs, sketches: SketchFiles, order: Indices, parent: Indices) -> None:
    at, shingles = -1, np.zeros(0, np.uint64)
    for first, second in zip(*(side.tolist() for side in split_pairs(pairs)), strict=True):
        low, high = sorted((find_root(parent, first), find_root(parent, second)))
        if low == high:
            continue
        if first != at:
            at, shingles = first, sketches.shingles(int(order[first]))
        if _are_copies(shingles, sketches.shingles(int(order[second]))):
            parent[high] = low


def _are_copies(first: Hashes, second: Hashes) -> bool:
    shared = len(np.intersect1d(first, second, assume_unique=True))
    shorter = min(len(first), len(second))
    jaccard = shared / (len(first) + len(second) - shared)
    return jaccard >= _JACCARD or (shorter >= _LEAST and shared >= _CONTAINED * shorter)
