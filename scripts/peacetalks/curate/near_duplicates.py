"""Cluster near-duplicates: candidates by LSH over MinHash and by winnowing, each verified by its exact likeness."""

from collections.abc import Iterable, Iterator
from concurrent.futures import Executor
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from peacetalks.curate.candidates import Limits, Numbers, PairFiles, Pairs, pair_sharing, split_pairs
from peacetalks.curate.column_files import ColumnFile, Counts, places_by_kind, slices
from peacetalks.curate.rarity import find_limits
from peacetalks.curate.shingles import WINDOW, Hashes, Sketches, differ, sketch_texts
from peacetalks.curate.sketches import Shingled, SketchFiles

_JACCARD = 0.5
_CONTAINED = 0.8
_LEAST = WINDOW  # shingles that a text needs to count as contained: any sentence stands in some longer text
_RAREST = 0.5  # of a text's fingerprints, and one more, propose it
_SHARED = 0.25  # of them that a pair must share to be looked at, and
_OF_BAND = 2  # bands and fingerprints that are enough where a band is one: by chance texts meet in one and no more
_BATCH = 1024


def cluster_sketches(sketches: SketchFiles, ids: ColumnFile) -> Numbers:
    """Return for each text the row of one text of its cluster, the same for all of a cluster; `ids` break ties.

    Two texts are near-duplicates where their word 5-grams have a Jaccard likeness of 0.5 or more, or where 0.8 of
    the shorter's stand in the longer: a wire story that an outlet cut, or that a round-up holds. A cluster is a
    connected component. Which texts are together does not depend on their order. Memory is some 20 bytes a text; what
    is compared stands on disk, and `ids` as well, if they are hashes.
    """
    rank = _rank(sketches.counts, ids)
    parent = _join_equal(sketches.words, rank)
    pairs = _propose(sketches, rank, parent)
    order = np.empty_like(rank)
    for some in slices(len(rank)):
        order[rank[some]] = np.arange(some.start, some.stop)
    del rank  # which is the other way round
    for found in pairs:
        _join_verified(found, sketches, order, parent)
    flatten(parent)
    roots = np.empty_like(order)
    for some in slices(len(order)):
        roots[order[some]] = order[parent[some]]
    return roots


def cluster_texts(texts: Iterable[tuple[str, str]], executor: Executor | None = None) -> list[list[str]]:
    """Return the clusters of texts (id and text) as sorted lists of ids, sorted; order and workers change nothing."""
    names: list[str] = []
    with TemporaryDirectory(prefix="peacetalks-") as place, ExitStack() as stack:
        folder = Path(place)
        sketches = stack.enter_context(SketchFiles(folder, _BATCH))
        for number, (batch, found) in enumerate(_sketch_batches(texts, executor)):
            names += batch
            path = folder / f"shingles-{number}"
            found.shingles.tofile(path)
            sketches.add(found, Shingled(str(path), 0))
        ids = stack.enter_context(ColumnFile(folder / "ids", np.uint64))
        places = np.empty(len(names), np.uint64)
        places[np.argsort(np.array(names, object), kind="stable")] = np.arange(len(names), dtype=np.uint64)
        ids.add(places)
        roots = cluster_sketches(sketches, ids).tolist()
    clusters: dict[int, list[str]] = {}
    for name, root in zip(names, roots, strict=True):
        clusters.setdefault(root, []).append(name)
    return sorted(sorted(members) for members in clusters.values())


def find_root(parent: Numbers, place: int) -> int:
    """Return the root above a place of a forest, and shorten the way to it; a root is its own parent."""
    while parent[place] != place:
        parent[place] = parent[parent[place]]
        place = int(parent[place])
    return place


def flatten(parent: Numbers) -> None:
    """Let each place of a forest, in which no parent comes behind its children, point at its root."""
    for some in slices(len(parent)):
        while not np.array_equal(parent[some], higher := parent[parent[some]]):
            parent[some] = higher


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


def _rank(counts: ColumnFile, ids: ColumnFile) -> Numbers:
    """Return the rank of each text: they are sorted by length, then by id."""
    lengths = counts.read()
    kinds = np.unique(np.concatenate([np.unique(lengths[some]) for some in slices(len(lengths))]))
    numbers = sum(
        (np.bincount(np.searchsorted(kinds, lengths[some]), minlength=len(kinds)) for some in slices(len(lengths))),
        start=np.zeros(len(kinds), np.int64),
    )
    ahead = np.cumsum(numbers) - numbers  # of each length: the rank of the next that has it
    rank = np.empty(len(lengths), np.uint32)
    for rows, found in ids.by_hash():
        sorted_rows = rows[np.argsort(found, kind="stable")]
        rank[sorted_rows] = places_by_kind(np.searchsorted(kinds, lengths[sorted_rows]), ahead)
    return rank


def _join_equal(words: ColumnFile, rank: Numbers) -> Numbers:
    """Return a forest that joins texts of the same words at once: a flood of copies costs no comparison."""
    parent = np.empty_like(rank)
    for rows, found in words.by_hash():
        ranks = rank[rows]
        order = np.lexsort((ranks, found))
        new = differ(found[order])
        parent[ranks[order]] = ranks[order][np.flatnonzero(new)][np.cumsum(new) - 1]
    return parent


def _propose(sketches: SketchFiles, rank: Numbers, parent: Numbers) -> Iterator[Pairs]:
    """Return the pairs that are worth a comparison, sorted, some at a time."""
    alone = parent == np.arange(len(parent), dtype=np.uint32)  # one text of each that have the same words
    limits, rarest = find_limits(_fingerprints(sketches, rank, alone), _by_rank(sketches.shared, rank), _RAREST)
    files = PairFiles(sketches.folder, len(parent))
    for pairs, of_band in _sharing(sketches, rank, alone, limits):
        files.add(pairs, sure=of_band)
    return _promising(files, rarest)


def _promising(files: PairFiles, rarest: Counts) -> Iterator[Pairs]:
    for pairs, times, sure in files.read():
        first, second = split_pairs(pairs)
        needed = _SHARED * np.minimum(rarest[first], rarest[second])
        needed[sure] = np.minimum(needed[sure], _OF_BAND)
        yield pairs[times >= needed]


def _by_rank(counts: ColumnFile, rank: Numbers) -> Counts:
    """Return counts by rank, each in as few bytes as the largest needs."""
    most = max((int(block.max()) for _, block in counts.blocks()), default=0)
    found = np.empty(len(rank), np.min_scalar_type(most))
    for start, block in counts.blocks():
        found[rank[start : start + len(block)]] = block
    return found


def _sharing(
    sketches: SketchFiles, rank: Numbers, alone: NDArray[np.bool_], limits: Limits
) -> Iterator[tuple[Pairs, bool]]:
    """Yield pairs that share a band or a rare fingerprint, some at a time, and whether it is a band."""
    lone = np.concatenate([alone[rank[some]] for some in slices(len(rank))])
    for band in sketches.bands:
        for rows, keys in band.by_hash(lone):
            yield from ((pairs, True) for pairs in pair_sharing(keys, rank[rows], len(rank)))
    for keys, ranks in _fingerprints(sketches, rank, alone):
        yield from ((pairs, False) for pairs in pair_sharing(keys, ranks, len(rank), limits))


def _fingerprints(sketches: SketchFiles, rank: Numbers, alone: NDArray[np.bool_]) -> Iterator[tuple[Hashes, Numbers]]:
    for keys, rows in sketches.fingerprints():
        ranks = rank[rows]
        inside = alone[ranks]
        yield keys[inside], ranks[inside]


def _join_verified(pairs: Pairs, sketches: SketchFiles, order: Numbers, parent: Numbers) -> None:
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
