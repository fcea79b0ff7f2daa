"""Assign clusters to splits so that none straddles two, and no article ever moves: the ledger remembers."""

import datetime
import hashlib
from collections.abc import Iterator, Mapping
from itertools import accumulate
from pathlib import Path

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from peacetalks.curate.candidates import Indices
from peacetalks.curate.candidates import Numbers as Clusters
from peacetalks.curate.column_files import ColumnFile, Mask, places_by_kind, slices
from peacetalks.curate.ids import Ids, find_sorted, id_name, id_names
from peacetalks.curate.ledger import NOWHERE, SPLITS, Ledger, new_rows
from peacetalks.record import Split

SHARES = (0.8, 0.1, 0.1)  # of train, validation and test
NO_DAY = np.iinfo(np.int32).min
_EPOCH = datetime.date(1970, 1, 1)
_HASHED = 1 << 12  # names that are Python's objects at a time

Numbers = NDArray[np.int8]  # of splits


class Leak(Struct, frozen=True, kw_only=True):
    """Articles of different splits that later versions found to be copies; those of the smaller side are withheld."""

    cluster: str
    kept: Split
    sizes: dict[Split, int]
    withheld: list[str]


class Clustered(Struct, frozen=True, kw_only=True, eq=False):
    """Articles by number, of which some are `chosen`: for each the number of one that stands for its cluster.

    `strata` are numbers of any kind, equal in one stratum; `cluster` takes the id of the cluster of each chosen one;
    `records` are the ids of the catalogue's records of the pages of some, by number. `folder` is there to work in.
    """

    id: ColumnFile
    clusters: Clusters
    strata: ColumnFile
    chosen: Mask
    cluster: ColumnFile
    records: Mapping[int, int]
    folder: Path


class Splits(Struct, frozen=True, kw_only=True, eq=False):
    """By article its split, or NOWHERE, and that of most of its cluster; rows that the ledger gains, and the leaks."""

    split: Numbers
    of_cluster: Numbers
    added: Ledger
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
    that split. Memory is some 25 bytes an article, and as much for a row of the ledger.
    """
    published, known = _known(articles, ledger)
    of_cluster = _split_clusters(articles, known, ledger)
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
    early = (days != NO_DAY) & (days < (cut - _EPOCH).days)
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


def _split_clusters(articles: Clustered, known: Numbers, ledger: Ledger) -> Numbers:
    """Return the split of the cluster of each chosen article."""
    groups = _Groups(articles, known, ledger)
    placed = _place(groups)
    found = np.full(len(known), NOWHERE, np.int8)
    for some in slices(len(known)):
        inside = articles.chosen[some]
        found[some][inside] = placed[np.searchsorted(groups.first, articles.clusters[some][inside])]
    return found


class _Groups:
    """What of each cluster decides where it goes, sorted by the number `first` of the article that stands for it."""

    def __init__(self, articles: Clustered, known: Numbers, ledger: Ledger) -> None:
        most = int(np.count_nonzero(articles.chosen))
        self.first, self.size = np.empty(most, np.uint32), np.empty(most, np.uint32)
        self.stratum, self.inherited = np.empty(most, np.int32), np.empty(most, np.int8)
        numbers: dict[int, int] = {}
        count = 0
        names, digests = (ColumnFile(articles.folder / name, np.uint64) for name in ("names", "digests"))
        old = ledger.by_id()
        seniority = np.append(old.seniority(), len(old.versions))
        for own in _by_cluster(articles):
            ids = articles.id.take(own)
            first, home = np.unique(articles.clusters[own], return_inverse=True)
            head = _oldest(ids, home, seniority[find_sorted(old.id, ids)])
            articles.cluster.put(own, ids[head][home])
            names.add(ids[head])
            digests.add(_digests(ids[head]))
            some = slice(count, count := count + len(first))
            self.first[some], self.size[some] = first, np.bincount(home)
            self.inherited[some] = _inherit(known[own], home, len(first))
            strata = articles.strata.take(own)[head].tolist()
            self.stratum[some] = [numbers.setdefault(stratum, len(numbers)) for stratum in strata]
        for name in ("first", "size", "stratum", "inherited"):
            setattr(self, name, getattr(self, name)[:count])
        self.order = _shuffle(names, digests)
        names.close()
        digests.close()


def _known(articles: Clustered, ledger: Ledger) -> tuple[Numbers, Numbers]:
    """Return the split that the ledger has of each chosen article, and that which it has of it or of its record."""
    published = np.full(len(articles.chosen), NOWHERE, np.int8)
    if len(ledger):
        old = ledger.by_id()
        splits = np.append(old.split, np.int8(NOWHERE))
        for start, ids in articles.id.blocks():
            published[start : start + len(ids)] = splits[find_sorted(old.id, ids)]
        published[~articles.chosen] = NOWHERE
    known = published.copy()
    pages = np.array([*articles.records], np.int64)
    of_records = ledger.splits(np.array([*articles.records.values()], np.uint64))
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


def _added(articles: Clustered, split: Numbers, new: Mask, version: str) -> Ledger:
    """Return the rows of articles that are new, sorted by id."""
    rows = new_rows(np.empty(int(np.count_nonzero(new)), np.uint64), split[new], version)
    count = 0
    for own, ids in articles.id.by_hash(new):
        order = np.argsort(ids)
        some = slice(count, count := count + len(own))
        rows.id[some], rows.split[some] = ids[order], split[own[order]]
    return rows


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


def _place(groups: _Groups) -> Numbers:
    """Return a split for each cluster, its own or a new one: whole shares of its stratum first, then of everything."""
    found = groups.inherited.copy()
    quotas = _less(_quotas(groups.size), groups.size, groups.inherited)
    rest: list[int] = []
    for members in _by_stratum(groups):
        sizes, inherited = groups.size[members], groups.inherited[members]
        total = int(sizes.sum())
        whole = _less([int(share * total + 1e-9) for share in SHARES], sizes, inherited)
        new = np.flatnonzero(inherited == NOWHERE)
        for some in slices(len(new)):
            own = members[new[some]]
            for cluster, size in zip(own.tolist(), groups.size[own].tolist(), strict=True):
                choice = _fitting(size, [min(room) for room in zip(whole, quotas, strict=True)])
                if choice == NOWHERE:
                    rest.append(cluster)
                    continue
                found[cluster] = choice
                whole[choice] -= size
                quotas[choice] -= size
    place = _places(groups.order, rest)
    for cluster in sorted(rest, key=place.__getitem__):
        size = int(groups.size[cluster])
        choice = max(0, _fitting(size, quotas))  # what fits nowhere is for training
        found[cluster] = choice
        quotas[choice] -= size
    _fill_empty(found, groups)
    return found


def _places(order: Clusters, clusters: list[int]) -> dict[int, int]:
    """Return the places of some clusters in an order."""
    wanted = np.zeros(len(order), np.bool_)
    wanted[clusters] = True
    found = [some.start + np.flatnonzero(wanted[order[some]]) for some in slices(len(order))]
    return {
        cluster: place
        for places in found
        for cluster, place in zip(order[places].tolist(), places.tolist(), strict=True)
    }


def _less(rooms: list[int], sizes: Clusters, inherited: Numbers) -> list[int]:
    """Return what is left of each split's room beside the clusters that are in it already."""
    return [room - int(sizes[inherited == split].sum()) for split, room in enumerate(rooms)]


def _by_stratum(groups: _Groups) -> Iterator[Clusters]:
    """Yield the clusters of each stratum in their order, the strata in the order of their first."""
    numbers: dict[int, int] = {}
    for some in slices(len(groups.order)):
        for stratum in groups.stratum[groups.order[some]].tolist():
            numbers[stratum] = numbers.get(stratum, 0) + 1
    rank = np.argsort([*numbers])
    ends = np.cumsum([*numbers.values()])
    ahead = ends - [*numbers.values()]
    ordered = np.empty_like(groups.order)
    for some in slices(len(ordered)):
        clusters = groups.order[some]
        ordered[places_by_kind(rank[groups.stratum[clusters]], ahead)] = clusters
    yield from np.split(ordered, ends[:-1])


def _fitting(size: int, quotas: list[int]) -> int:
    """Return the split that lacks most by its share, of those that have room; NOWHERE where none has."""
    room = [split for split, quota in enumerate(quotas) if quota >= size]
    return max(room, key=lambda split: quotas[split] / SHARES[split], default=NOWHERE)


def _fill_empty(found: Numbers, groups: _Groups) -> None:
    """Give each empty split the smallest new cluster of one that can spare it; of equal ones the first by place."""
    for split in range(len(SPLITS)):
        counts = np.array([np.count_nonzero(found == n) for n in range(len(SPLITS))])
        if counts[split] or len(found) < len(SPLITS):
            continue
        spare = groups.order[((groups.inherited == NOWHERE) & (counts[found] > 1))[groups.order]]
        if len(spare):
            found[spare[np.argmin(groups.size[spare])]] = split


def _quotas(sizes: Clusters) -> list[int]:
    total, least = int(sizes.sum()), int(len(sizes) >= len(SPLITS))
    validation, test = (max(least, round(share * total)) for share in SHARES[1:])
    return [total - validation - test, validation, test]
