"""Assign clusters to splits so that none straddles two, and no article ever moves: the ledger remembers."""

import datetime
import hashlib
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from itertools import accumulate
from pathlib import Path

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from peacetalks.curate.candidates import Indices
from peacetalks.curate.column_files import ColumnFile, Counts, Mask, slices
from peacetalks.curate.ids import Ids, find_sorted, id_name, id_names
from peacetalks.curate.ledger import NOWHERE, SPLITS, Ledger, new_rows
from peacetalks.curate.shares import Clusters, Groups, Numbers, fill_shares
from peacetalks.record import Split

NO_DAY = np.iinfo(np.int32).min
EPOCH = datetime.date(1970, 1, 1)
_HASHED = 1 << 12  # names that are Python's objects at a time


class Leak(Struct, frozen=True, kw_only=True):
    """Articles of different splits that later versions found to be copies; those of the smaller side are withheld."""

    cluster: str
    kept: Split
    sizes: dict[Split, int]
    withheld: list[str]


class Clustered(Struct, frozen=True, kw_only=True, eq=False):
    """Articles by number, of which some are `chosen`: for each the number of one that stands for its cluster.

    `strata` are numbers of any kind, equal in one stratum; `records` are the ids of the catalogue's records of the
    pages of some, by number. `cluster` is written: the id of the cluster of each chosen one. `folder` is there to work
    in, and what is left there may be removed.
    """

    id: ColumnFile
    clusters: Clusters
    strata: ColumnFile
    chosen: Mask
    cluster: ColumnFile
    records: Mapping[int, int]
    folder: Path


class Splits(Struct, frozen=True, kw_only=True, eq=False):
    """By article its split, or NOWHERE, and that of most of its cluster; the leaks, and what the ledger gains.

    `added` are its rows sorted by id, some at a time, for as long as the columns of the articles are open.
    """

    split: Numbers
    of_cluster: Numbers
    added: Iterator[Ledger]
    leaks: list[Leak]


def assign_splits(articles: Clustered, ledger: Ledger, version: str) -> Splits:
    """Return the splits of articles.

    An article keeps its split for ever, and one that joins an old cluster inherits its split. New clusters fill the
    shares, counted in articles, year by year and language by language as far as whole clusters allow, in an order that
    depends on ids alone. From three clusters on no split is left empty. A cluster is named by its oldest member, so
    that a copy that comes later renames nothing.

    Where old clusters of different splits grow together, the side of most articles is kept (of equal ones that with
    the scarcer split), and the others are withheld from every split: they have a row in the ledger, and no split.

    Where the ledger has the record of an article's page and not yet the article, the article counts as one that is in
    that split. Memory is some 20 bytes an article, and as many for a row of the ledger; a cluster is looked at whole.
    """
    old = ledger.by_id()
    published, known = _known(articles, old)
    of_cluster = _split_clusters(articles, known, old)
    withheld = (known != NOWHERE) & (known != of_cluster)
    split = np.where(withheld, np.int8(NOWHERE), of_cluster)
    return Splits(
        split=split,
        of_cluster=of_cluster,
        added=_added(articles, split, articles.chosen & (published == NOWHERE) & ~withheld, version),
        leaks=_leaks(articles, known, of_cluster, withheld),
    )


def temporal_splits(days: NDArray[np.int32], clusters: Ids, cut: datetime.date) -> Numbers:
    """Return for each article the number of train before the cut and of test from it on, or NOWHERE.

    `days` are since 1970, NO_DAY where none is known. In no split are the undated, and copies after the cut of a story
    that ran before it: it is known by then.
    """
    early = (days != NO_DAY) & (days < (cut - EPOCH).days)
    late = (days != NO_DAY) & ~early & ~np.isin(clusters, clusters[early])
    split = np.full(len(days), NOWHERE, np.int8)
    split[early], split[late] = SPLITS.index("train"), SPLITS.index("test")
    return split


def default_cut(days: Mapping[datetime.date, int]) -> datetime.date | None:
    """Return the day from which the last fifth of articles lies, by how many each day has; None for fewer than two."""
    ordered = sorted(days)
    if len(ordered) <= 1:
        return None
    at = sum(days.values()) * 4 // 5
    cut = next(day for day, upto in zip(ordered, accumulate(days[day] for day in ordered), strict=True) if upto > at)
    return max(cut, ordered[1])


def _split_clusters(articles: Clustered, known: Numbers, old: Ledger) -> Numbers:
    """Return the split of the cluster of each chosen article."""
    first, groups = _group(articles, known, old)
    placed = fill_shares(groups)
    found = np.full(len(known), NOWHERE, np.int8)
    for some in slices(len(known)):
        inside = articles.chosen[some]
        found[some][inside] = placed[np.searchsorted(first, articles.clusters[some][inside])]
    return found


def _group(articles: Clustered, known: Numbers, old: Ledger) -> tuple[Clusters, Groups]:
    """Return the number that stands for each cluster, in order, and what decides where it goes; name the clusters."""
    most = int(np.count_nonzero(articles.chosen))
    first, size = np.empty(most, np.uint32), np.empty(most, np.uint32)
    stratum, inherited = np.empty(most, np.uint32), np.empty(most, np.int8)
    strata: dict[int, int] = {}
    count = 0
    seniority = np.append(old.seniority(), len(old.versions))
    with ExitStack() as stack:
        names, digests = (
            stack.enter_context(ColumnFile(articles.folder / name, np.uint64)) for name in ("names", "digests")
        )
        for own in _by_cluster(articles):
            ids = articles.id.take(own)
            found, home = np.unique(articles.clusters[own], return_inverse=True)
            head = _oldest(ids, home, seniority[find_sorted(old.id, ids)])
            articles.cluster.put(own, ids[head][home])
            names.add(ids[head])
            digests.add(_digests(ids[head]))
            some = slice(count, count := count + len(found))
            first[some], size[some], inherited[some] = found, np.bincount(home), _inherit(known[own], home, len(found))
            of_heads = articles.strata.take(own)[head].tolist()
            stratum[some] = [strata.setdefault(number, len(strata)) for number in of_heads]
        order = _shuffle(names, digests)
    groups = Groups(
        size=_narrow(size[:count]), stratum=_narrow(stratum[:count]), inherited=inherited[:count], order=order
    )
    return first[:count], groups


def _narrow(numbers: Counts) -> Counts:
    """Return numbers in as few bytes as the largest needs."""
    return numbers.astype(np.min_scalar_type(numbers.max(initial=0)))


def _known(articles: Clustered, old: Ledger) -> tuple[Numbers, Numbers]:
    """Return the splits of chosen articles in a ledger that is sorted by id, and those of them or of their records."""
    published = np.full(len(articles.chosen), NOWHERE, np.int8)
    if len(old):
        splits = np.append(old.split, np.int8(NOWHERE))
        for start, ids in articles.id.blocks():
            published[start : start + len(ids)] = splits[find_sorted(old.id, ids)]
        published[~articles.chosen] = NOWHERE
    known = published.copy()
    pages = np.array([*articles.records], np.int64)
    of_records = old.splits(np.array([*articles.records.values()], np.uint64))
    beside = (published[pages] == NOWHERE) & articles.chosen[pages]
    known[pages[beside]] = of_records[beside]
    return published, known


def _by_cluster(articles: Clustered) -> Iterator[Indices]:
    """Yield the chosen articles, in order, of some clusters and then of others."""
    for some in slices(len(articles.clusters)):
        inside = (articles.clusters >= some.start) & (articles.clusters < some.stop)
        own = np.flatnonzero(inside & articles.chosen)
        if len(own):
            yield own


def _oldest(ids: Ids, home: Indices, seniority: Indices) -> Indices:
    """Return the article that names each cluster: the first of the oldest version that has any of them."""
    order = np.lexsort((ids, seniority, home))
    heads: Indices = order[np.concatenate([[True], np.diff(home[order]) != 0])]
    return heads


def _inherit(known: Numbers, home: Indices, clusters: int) -> Numbers:
    """Return the split that each cluster has already: that of most of its articles, of equal ones the scarcest."""
    sides = np.stack([np.bincount(home[known == n], minlength=clusters) for n in range(len(SPLITS))], axis=1)
    scarcest = len(SPLITS) - 1 - np.argmax(sides[:, ::-1], axis=1)
    return np.where(sides.any(axis=1), scarcest, NOWHERE).astype(np.int8)


def _digests(names: Ids) -> Ids:
    # Ids are hashes of captures, but a second hash keeps the order from following the id that names the cluster.
    digests = bytearray()
    for start in range(0, len(names), _HASHED):
        for name in names[start : start + _HASHED].tolist():
            digests += hashlib.sha256(f"split {id_name(name)}".encode()).digest()[:8]
    return np.frombuffer(digests, ">u8")


def _shuffle(names: ColumnFile, digests: ColumnFile) -> Clusters:
    """Return an order of clusters that hangs on their names alone."""
    order = np.empty(len(names), np.uint32)
    count = 0
    for clusters, found in digests.by_hash():
        some = slice(count, count := count + len(clusters))
        order[some] = clusters[np.lexsort((names.take(clusters), found))]
    return order


def _added(articles: Clustered, split: Numbers, new: Mask, version: str) -> Iterator[Ledger]:
    """Yield the rows of articles that are new, sorted by id."""
    for own, ids in articles.id.by_hash(new):
        order = np.argsort(ids)
        yield new_rows(ids[order], split[own[order]], version)


def _leaks(articles: Clustered, known: Numbers, of_cluster: Numbers, withheld: Mask) -> list[Leak]:
    """Return the clusters of which articles are withheld, sorted by their smallest ids."""
    if not withheld.any():
        return []
    hit = np.zeros(len(withheld), np.bool_)
    hit[articles.clusters[withheld]] = True
    inside = np.flatnonzero(articles.chosen & hit[articles.clusters])
    ids, names, home = articles.id.take(inside), articles.cluster.take(inside), articles.clusters[inside]
    order = np.lexsort((ids, home))
    leaks = []
    for own in np.split(order, np.flatnonzero(np.diff(home[order])) + 1):
        members = inside[own]
        sizes = {split: int(np.count_nonzero(known[members] == n)) for n, split in enumerate(SPLITS)}
        leak = Leak(
            cluster=id_name(int(names[own[0]])),
            kept=SPLITS[of_cluster[members[0]]],
            sizes={split: size for split, size in sorted(sizes.items()) if size},
            withheld=id_names(ids[own[withheld[members]]]).to_pylist(),
        )
        leaks.append((int(ids[own[0]]), leak))
    return [leak for _, leak in sorted(leaks, key=lambda found: found[0])]
