"""Fill the shares of the splits with clusters: stratum by stratum, in an order that hangs on nothing else."""

from collections.abc import Iterator

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from peacetalks.curate.column_files import Counts, places_by_kind, slices
from peacetalks.curate.ledger import NOWHERE, SPLITS

SHARES = (0.8, 0.1, 0.1)  # of train, validation and test

Clusters = NDArray[np.uint32]
Numbers = NDArray[np.int8]  # of splits


class Groups(Struct, frozen=True, kw_only=True, eq=False):
    """What of each cluster decides where it goes: its articles, its stratum, the split that it has or NOWHERE.

    `order` are the clusters as they are placed, one after the other.
    """

    size: Counts
    stratum: Counts
    inherited: Numbers
    order: Clusters


def fill_shares(groups: Groups) -> Numbers:
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


def _less(rooms: list[int], sizes: Counts, inherited: Numbers) -> list[int]:
    """Return what is left of each split's room beside the clusters that are in it already."""
    return [room - int(sizes[inherited == split].sum()) for split, room in enumerate(rooms)]


def _by_stratum(groups: Groups) -> Iterator[Clusters]:
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


def _fill_empty(found: Numbers, groups: Groups) -> None:
    """Give each empty split the smallest new cluster of one that can spare it; of equal ones the first by place."""
    for split in range(len(SPLITS)):
        counts = np.array([np.count_nonzero(found == n) for n in range(len(SPLITS))])
        if counts[split] or len(found) < len(SPLITS):
            continue
        spare = groups.order[((groups.inherited == NOWHERE) & (counts[found] > 1))[groups.order]]
        if len(spare):
            found[spare[np.argmin(groups.size[spare])]] = split


def _quotas(sizes: Counts) -> list[int]:
    total, least = int(sizes.sum()), int(len(sizes) >= len(SPLITS))
    validation, test = (max(least, round(share * total)) for share in SHARES[1:])
    return [total - validation - test, validation, test]
