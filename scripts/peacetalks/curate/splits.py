"""Assign clusters to splits so that none straddles two, and no article ever moves: the ledger remembers."""

import datetime
import hashlib

import numpy as np
from msgspec import Struct
from numpy.typing import ArrayLike, NDArray

from peacetalks.curate.candidates import Indices
from peacetalks.curate.ids import Ids, find_ids, id_name, id_names
from peacetalks.curate.ledger import NOWHERE, SPLITS, Ledger, new_rows
from peacetalks.record import Split

SHARES = (0.8, 0.1, 0.1)  # of train, validation and test
NO_DAY = np.iinfo(np.int32).min
_EPOCH = datetime.date(1970, 1, 1)
_HASHED = 1 << 16  # names that are Python's objects at a time
_TOLD_APART = 16  # bytes of a digest that tell it from any other

Numbers = NDArray[np.int8]  # of splits


class Leak(Struct, frozen=True, kw_only=True):
    """Articles of different splits that later versions found to be copies; those of the smaller side are withheld."""

    cluster: str
    kept: Split
    sizes: dict[Split, int]
    withheld: list[str]


class Splits(Struct, frozen=True, kw_only=True, eq=False):
    """The whole ledger, the split (or NOWHERE) and the cluster of each article of this version, and the leaks."""

    ledger: Ledger
    split: Numbers
    cluster: Ids
    leaks: list[Leak]


def assign_splits(
    ids: Ids, clusters: Indices, strata: Indices, ledger: Ledger, version: str, records: Ids | None = None
) -> Splits:
    """Return the splits of articles, in their order; `clusters` and `strata` are numbers of any kind, equal in one.

    An article keeps its split for ever, and one that joins an old cluster inherits its split. New clusters fill the
    shares, counted in articles, year by year and language by language as far as whole clusters allow, in an order that
    depends on ids alone. From three clusters on no split is left empty. A cluster is named by its oldest member, so
    that a copy that comes later renames nothing.

    Where old clusters of different splits grow together, the side of most articles is kept (of equal ones that with
    the scarcer split), and the others are withheld from every split: they have a row in the ledger, and no split.

    `records` names the catalogue's record of an article's page, or 0: where the ledger has that and not yet the
    article, the article counts as one that is in that split. Memory is some 200 bytes an article.
    """
    known = published = ledger.splits(ids)
    if records is not None:
        known = np.where((known == NOWHERE) & (records != 0), ledger.splits(records), known)
    _, home = np.unique(clusters, return_inverse=True)
    heads = _oldest(ids, home, ledger)
    names, sizes = ids[heads], np.bincount(home)
    sides = np.stack([np.bincount(home[known == n], minlength=len(names)) for n in range(len(SPLITS))], axis=1)
    scarcest = len(SPLITS) - 1 - np.argmax(sides[:, ::-1], axis=1)  # of equal sides
    inherited = np.where(sides.any(axis=1), scarcest, NOWHERE).astype(np.int8)
    of_cluster = _place(names, sizes, strata[heads], inherited)
    split = of_cluster[home]
    withheld = (known != NOWHERE) & (known != split)
    split[withheld] = NOWHERE
    new = np.flatnonzero((published == NOWHERE) & ~withheld)
    new = new[np.argsort(ids[new])]
    return Splits(
        ledger=ledger.extended(new_rows(ids[new], split[new], version)),
        split=split,
        cluster=names[home],
        leaks=_leaks(ids, home, withheld, names, of_cluster, sides),
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


def default_cut(days: ArrayLike) -> datetime.date | None:
    """Return the day from which the last fifth of the days lies; None where fewer than two differ."""
    ordered = np.sort(np.asarray(days, "datetime64[D]"))
    if not len(ordered) or ordered[0] == ordered[-1]:
        return None
    cut = ordered[len(ordered) * 4 // 5]
    if cut == ordered[0]:
        cut = ordered[np.searchsorted(ordered, cut, side="right")]
    day: datetime.date = cut.item()
    return day


def _oldest(ids: Ids, home: Indices, ledger: Ledger) -> Indices:
    """Return the article that names each cluster: the first of the oldest version that has any of them."""
    rows = find_ids(ledger.id, ids)
    seniority = np.append(ledger.seniority(), len(ledger.versions))[rows]
    order = np.lexsort((ids, seniority, home))
    first = np.concatenate([[True], np.diff(home[order]) != 0])[: len(order)]
    heads: Indices = order[first]
    return heads


def _leaks(
    ids: Ids, home: Indices, withheld: NDArray[np.bool_], names: Ids, of_cluster: Numbers, sides: Indices
) -> list[Leak]:
    """Return the clusters of which articles are withheld, sorted by their smallest ids."""
    inside = np.flatnonzero(np.isin(home, home[withheld]))
    inside = inside[np.lexsort((ids[inside], home[inside]))]
    groups = np.split(inside, np.flatnonzero(np.diff(home[inside])) + 1) if len(inside) else []
    leaks = []
    for members in sorted(groups, key=lambda members: int(ids[members[0]])):
        cluster = int(home[members[0]])
        sizes = {SPLITS[n]: count for n, count in enumerate(sides[cluster].tolist()) if count}
        leaks.append(
            Leak(
                cluster=id_name(int(names[cluster])),
                kept=SPLITS[of_cluster[cluster]],
                sizes=dict(sorted(sizes.items())),
                withheld=id_names(ids[members[withheld[members]]]).to_pylist(),
            )
        )
    return leaks


def _place(names: Ids, sizes: Indices, strata: Indices, inherited: Numbers) -> Numbers:
    """Return a split for each cluster, its own or a new one: whole shares of its stratum first, then of everything."""
    found = inherited.copy()
    quotas = _less(_quotas(sizes), sizes, inherited)
    shuffled = _shuffle(names)
    place = np.argsort(shuffled)
    rest: list[int] = []
    for members in _by_stratum(shuffled, strata):
        total = int(sizes[members].sum())
        whole = _less([int(share * total + 1e-9) for share in SHARES], sizes[members], inherited[members])
        new = members[inherited[members] == NOWHERE]
        for cluster, size in zip(new.tolist(), sizes[new].tolist(), strict=True):
            choice = _fitting(size, [min(room) for room in zip(whole, quotas, strict=True)])
            if choice == NOWHERE:
                rest.append(cluster)
                continue
            found[cluster] = choice
            whole[choice] -= size
            quotas[choice] -= size
    for cluster in sorted(rest, key=place.__getitem__):
        size = int(sizes[cluster])
        choice = max(0, _fitting(size, quotas))  # what fits nowhere is for training
        found[cluster] = choice
        quotas[choice] -= size
    _fill_empty(found, inherited == NOWHERE, sizes, place)
    return found


def _less(rooms: list[int], sizes: Indices, inherited: Numbers) -> list[int]:
    """Return what is left of each split's room beside the clusters that are in it already."""
    return [room - int(sizes[inherited == split].sum()) for split, room in enumerate(rooms)]


def _by_stratum(clusters: Indices, strata: Indices) -> list[Indices]:
    """Return the clusters of each stratum in their order, the strata in the order of their first."""
    _, first, inverse = np.unique(strata[clusters], return_index=True, return_inverse=True)
    rank = first[inverse]
    order = np.argsort(rank, kind="stable")
    return np.split(clusters[order], np.flatnonzero(np.diff(rank[order])) + 1)


def _fitting(size: int, quotas: list[int]) -> int:
    """Return the split that lacks most by its share, of those that have room; NOWHERE where none has."""
    room = [split for split, quota in enumerate(quotas) if quota >= size]
    return max(room, key=lambda split: quotas[split] / SHARES[split], default=NOWHERE)


def _fill_empty(found: Numbers, new: NDArray[np.bool_], sizes: Indices, place: Indices) -> None:
    """Give each empty split the smallest new cluster of one that can spare it; of equal ones the first by place."""
    for split in range(len(SPLITS)):
        counts = np.bincount(found, minlength=len(SPLITS))
        spare = np.flatnonzero(new & (counts[found] > 1))
        if not counts[split] and len(found) >= len(SPLITS) and len(spare):
            found[spare[np.lexsort((place[spare], sizes[spare]))[0]]] = split


def _quotas(sizes: Indices) -> list[int]:
    total, least = int(sizes.sum()), int(len(sizes) >= len(SPLITS))
    validation, test = (max(least, round(share * total)) for share in SHARES[1:])
    return [total - validation - test, validation, test]


def _shuffle(names: Ids) -> Indices:
    """Return an order of clusters that hangs on their names alone."""
    # Ids are hashes of captures, but a second hash keeps the order from following the id that names the cluster.
    digests = bytearray()
    for start in range(0, len(names), _HASHED):
        for name in names[start : start + _HASHED].tolist():
            digests += hashlib.sha256(f"split {id_name(name)}".encode()).digest()[:_TOLD_APART]
    order: Indices = np.lexsort(np.frombuffer(digests, ">u8").reshape(-1, _TOLD_APART // 8).T[::-1])
    return order
