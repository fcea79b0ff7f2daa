"""Cluster near-duplicates: candidates by LSH over MinHash and by winnowing, each verified by its exact likeness."""

from collections.abc import Iterable, Iterator
from concurrent.futures import Executor
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from peacetalks.curate.candidates import Indices, Numbers, PairFiles, Pairs, pair_sharing, split_pairs
from peacetalks.curate.rarity import find_limits
from peacetalks.curate.shingles import BANDS, WINDOW, Hashes, Sketches, differ, sketch_texts
from peacetalks.curate.sketches import Shingled, SketchFiles

_JACCARD = 0.5
_CONTAINED = 0.8
_LEAST = WINDOW  # shingles that a text needs to count as contained: any sentence stands in some longer text
_RAREST = 0.5  # of a text's fingerprints, and one more, propose it
_SHARED = 0.25  # of them that a pair must share to be looked at, and
_OF_BAND = 2  # bands and fingerprints that are enough where a band is one: by chance texts meet in one and no more
_BATCH = 1024


def cluster_sketches(sketches: SketchFiles, ids: NDArray[np.uint64]) -> Indices:
    """Return for each text the row of one text of its cluster, the same for all of a cluster; `ids` break ties.

    Two texts are near-duplicates where their word 5-grams have a Jaccard likeness of 0.5 or more, or where 0.8 of
    the shorter's stand in the longer: a wire story that an outlet cut, or that a round-up holds. A cluster is a
    connected component. Which texts are together does not depend on their order. Memory is some 100 bytes a text; the
    pairs that are looked at stand on disk.
    """
    order = np.lexsort((ids, sketches.counts)).astype(np.uint32)  # by rank: sorted by length, then id
    rank = np.empty(len(ids), np.uint32)
    rank[order] = np.arange(len(ids), dtype=np.uint32)
    parent = _join_equal(sketches.words()[order])
    for pairs in _candidates(sketches, order, rank, parent):
        _join_verified(pairs, sketches, order, parent)
    while not np.array_equal(parent, higher := parent[parent]):
        parent = higher
    found: Indices = order[parent[rank]].astype(np.int64)
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


def _join_equal(words: Hashes) -> Indices:
    """Return a forest that joins texts of the same words at once: a flood of copies costs no comparison."""
    order = np.argsort(words, kind="stable").astype(np.uint32)
    new = differ(words[order])
    parent = np.empty(len(words), np.int64)
    parent[order] = order[new][np.cumsum(new, dtype=np.uint32) - np.uint32(1)]
    return parent


def _candidates(sketches: SketchFiles, order: Numbers, rank: Numbers, parent: Indices) -> Iterator[Pairs]:
    """Yield the pairs that are worth a comparison, sorted, some at a time."""
    alone = parent == np.arange(len(parent))  # one text of each that have the same words
    limits, rarest = find_limits(_fingerprints(sketches, rank, alone), sketches.shared[order], _RAREST)
    files = PairFiles(sketches.folder, len(parent))
    for pairs, of_band in _sharing(sketches, order, rank, alone, limits):
        files.add(pairs, sure=of_band)
    for pairs, times, sure in files.read():
        first, second = split_pairs(pairs)
        needed = _SHARED * np.minimum(rarest[first], rarest[second])
        needed[sure] = np.minimum(needed[sure], _OF_BAND)
        yield pairs[times >= needed]


def _sharing(
    sketches: SketchFiles, order: Numbers, rank: Numbers, alone: NDArray[np.bool_], limits: Numbers
) -> Iterator[tuple[Pairs, bool]]:
    """Yield pairs that share a band or a rare fingerprint, some at a time, and whether it is a band."""
    for n in range(BANDS):
        keys, lone = sketches.band(n)[order[alone]], np.flatnonzero(alone).astype(np.uint32)
        yield from ((pairs, True) for pairs in pair_sharing(keys, lone, len(alone)))
    for keys, ranks in _fingerprints(sketches, rank, alone):
        yield from ((pairs, False) for pairs in pair_sharing(keys, ranks, len(alone), limits))


def _fingerprints(sketches: SketchFiles, rank: Numbers, alone: NDArray[np.bool_]) -> Iterator[tuple[Hashes, Numbers]]:
    for keys, rows in sketches.fingerprints():
        ranks = rank[rows]
        inside = alone[ranks]
        yield keys[inside], ranks[inside]


def _join_verified(pairs: Pairs, sketches: SketchFiles, order: Numbers, parent: Indices) -> None:
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
    """Tell whether two texts are near-duplicates by their shingles, of which none is in one of them twice."""
    both = np.concatenate([first, second])
    both.sort()
    shared = int(np.count_nonzero(both[1:] == both[:-1]))
    shorter = min(len(first), len(second))
    jaccard = shared / (len(first) + len(second) - shared)
    return jaccard >= _JACCARD or (shorter >= _LEAST and shared >= _CONTAINED * shorter)
