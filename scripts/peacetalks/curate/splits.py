"""Assign clusters to splits so that none straddles two, and no article ever moves: the ledger remembers."""

import datetime
import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from msgspec import Struct

from peacetalks.curate.ledger import SPLITS, Assignment, version_key
from peacetalks.record import Split

SHARES: dict[Split, float] = {"train": 0.8, "validation": 0.1, "test": 0.1}

Stratum = tuple[int | None, str]  # year and language


class Leak(Struct, frozen=True, kw_only=True):
    """Articles of different splits that later versions found to be copies; those of the smaller side are withheld."""

    cluster: str
    kept: Split
    sizes: dict[Split, int]
    withheld: list[str]


class Splits(Struct, frozen=True, kw_only=True):
    """The whole ledger, the split and the cluster of each article of this version, and the leaks."""

    ledger: list[Assignment]
    split_of: dict[str, Split]
    cluster_of: dict[str, str]
    leaks: list[Leak]


def assign_splits(
    clusters: Sequence[Sequence[str]],
    strata: dict[str, Stratum],
    ledger: list[Assignment],
    version: str,
    records: Mapping[str, str] = MappingProxyType({}),
) -> Splits:
    """Return the splits of the clusters (sorted ids); `strata` is by article, `ledger` what earlier versions held.

    An article keeps its split for ever, and one that joins an old cluster inherits its split. New clusters fill the
    shares, counted in articles, year by year and language by language as far as whole clusters allow, in an order that
    depends on ids alone. From three clusters on no split is left empty. A cluster is named by its oldest member, so
    that a copy that comes later renames nothing.

    Where old clusters of different splits grow together, the side of most articles is kept (of equal ones that with
    the scarcer split), and the others are withheld from every split: they have a row in the ledger, and no `split_of`.

    `records` names the catalogue's record of an article's page: where the ledger has that and not yet the article, the
    article counts as one that is in that split.
    """
    published = {row.article: row.split for row in ledger}
    known = {name: published[record] for name, record in records.items() if record in published} | published
    since = {row.article: version_key(row.since) for row in ledger}
    names = [min(members, key=lambda name: (name not in since, since.get(name, ()), name)) for members in clusters]
    sides = [Counter(known[name] for name in members if name in known) for members in clusters]
    inherited = {
        name: max(side, key=lambda split: (side[split], SPLITS.index(split)))
        for name, side in zip(names, sides, strict=True)
        if side
    }
    sizes = {name: len(members) for name, members in zip(names, clusters, strict=True)}
    split_of_cluster = inherited | _place(sizes, {name: strata[name] for name in names}, inherited)
    split_of: dict[str, Split] = {}
    leaks: list[Leak] = []
    for name, members, side in zip(names, clusters, sides, strict=True):
        split = split_of_cluster[name]
        withheld = [member for member in members if known.get(member, split) != split]
        split_of |= {member: split for member in members if member not in withheld}
        if withheld:
            leaks.append(Leak(cluster=name, kept=split, sizes=dict(sorted(side.items())), withheld=withheld))
    added = sorted(split_of.keys() - published.keys())
    return Splits(
        ledger=[*ledger, *(Assignment(article=name, split=split_of[name], since=version) for name in added)],
        split_of=split_of,
        cluster_of={member: name for name, members in zip(names, clusters, strict=True) for member in members},
        leaks=leaks,
    )


def temporal_splits(
    published: dict[str, datetime.date | None], cluster_of: dict[str, str], cut: datetime.date
) -> dict[str, Split]:
    """Return train for articles before the cut and test for those from it on.

    Left out are the undated, and copies after the cut of a story that ran before it: it is known by then.
    """
    early = {cluster_of[name] for name, day in published.items() if day is not None and day < cut}
    splits: dict[str, Split] = {}
    for name, day in published.items():
        if day is not None and day < cut:
            splits[name] = "train"
        elif day is not None and cluster_of[name] not in early:
            splits[name] = "test"
    return splits


def default_cut(days: Iterable[datetime.date]) -> datetime.date | None:
    """Return the day from which the last fifth of the days lies; None where fewer than two differ."""
    ordered = sorted(days)
    if not ordered or ordered[0] == ordered[-1]:
        return None
    cut = ordered[len(ordered) * 4 // 5]
    return cut if cut > ordered[0] else min(day for day in ordered if day > cut)


def _place(sizes: dict[str, int], strata: dict[str, Stratum], placed: dict[str, Split]) -> dict[str, Split]:
    """Return a split for each cluster that has none: whole shares of its stratum first, then of everything."""
    found: dict[str, Split] = {}
    quotas = _quotas(sizes)
    for name, split in placed.items():
        quotas[split] -= sizes[name]
    groups: dict[Stratum, list[str]] = defaultdict(list)
    for name in sorted(sizes, key=_shuffle_key):
        groups[strata[name]].append(name)
    rest: list[str] = []
    for members in groups.values():
        whole = {split: int(share * sum(sizes[name] for name in members) + 1e-9) for split, share in SHARES.items()}
        for name in members:
            if name in placed:
                whole[placed[name]] -= sizes[name]
        for name in members:
            if name not in placed:
                choice = _fitting(sizes[name], {split: min(whole[split], quotas[split]) for split in SPLITS})
                if choice is None:
                    rest.append(name)
                    continue
                found[name] = choice
                whole[choice] -= sizes[name]
                quotas[choice] -= sizes[name]
    for name in sorted(rest, key=_shuffle_key):
        choice = _fitting(sizes[name], quotas) or "train"
        found[name] = choice
        quotas[choice] -= sizes[name]
    _fill_empty(found, placed, sizes)
    return found


def _fitting(size: int, quotas: dict[Split, int]) -> Split | None:
    """Return the split that lacks most by its share, of those that have room."""
    room = [split for split in SPLITS if quotas[split] >= size]
    return max(room, key=lambda split: quotas[split] / SHARES[split], default=None)


def _fill_empty(found: dict[str, Split], placed: dict[str, Split], sizes: dict[str, int]) -> None:
    """Give each empty split the smallest new cluster of one that can spare it."""
    for split in SPLITS:
        counts = Counter([*placed.values(), *found.values()])
        spare = [name for name, home in found.items() if counts[home] > 1]
        if not counts[split] and len(sizes) >= len(SPLITS) and spare:
            found[min(spare, key=lambda name: (sizes[name], _shuffle_key(name)))] = split


def _quotas(sizes: dict[str, int]) -> dict[Split, int]:
    total = sum(sizes.values())
    least = int(len(sizes) >= len(SPLITS))
    quotas: dict[Split, int] = {split: max(least, round(SHARES[split] * total)) for split in ("validation", "test")}
    quotas["train"] = total - sum(quotas.values())
    return quotas


def _shuffle_key(cluster: str) -> bytes:
    # Ids are hashes of captures, but a second hash keeps the order from following the id that names the cluster.
    return hashlib.sha256(f"split {cluster}".encode()).digest()
