"""Place the records of the catalogue: beside the article of their page, or on their own where there is none."""

from collections.abc import Collection, Mapping

import numpy as np
from msgspec import Struct

from peacetalks.curate.ids import Ids, find_ids, id_name, read_ids
from peacetalks.curate.ledger import NOWHERE, SPLITS, Ledger, new_rows
from peacetalks.curate.splits import Leak, Splits, assign_splits
from peacetalks.record import Split

Stratum = tuple[int | None, str]  # year and language


class PlacedRecords(Struct, frozen=True, kw_only=True):
    """The split of each record that is not withheld, the cluster of each; ledger and leaks of articles and records."""

    ledger: Ledger
    split_of: dict[str, Split]
    cluster_of: dict[str, str]
    leaks: list[Leak]


def place_records(
    strata: Mapping[str, Stratum], article_of: Mapping[str, str], ids: Ids, articles: Splits, version: str
) -> PlacedRecords:
    """Return how the records are placed, with the ledger of the articles and them, and the leaks of both.

    `strata` is by record, `article_of` the article of a record's page, `ids` are the articles and `articles` how they
    are placed. A record with an article belongs to its cluster, so that the two never stand in different splits; one
    that an earlier version had elsewhere is withheld. A record without text is a cluster of its own, placed as those of
    articles are.
    """
    cluster_of = _clusters_beside(strata, article_of, ids, articles)
    alone = sorted(strata.keys() - cluster_of.keys())
    placed = _place_alone(alone, strata, articles.ledger, version)
    split_of = {name: SPLITS[n] for name, n in zip(alone, placed.split.tolist(), strict=True) if n != NOWHERE}
    leaks: list[Leak] = []
    kept_in = _splits_of(cluster_of.values(), articles)
    known = articles.ledger.splits(read_ids(cluster_of))
    for (record, cluster), before in zip(cluster_of.items(), known.tolist(), strict=True):
        split = kept_in[cluster]
        if before in (NOWHERE, SPLITS.index(split)):
            split_of[record] = split
        else:
            leaks.append(Leak(cluster=cluster, kept=split, sizes={SPLITS[before]: 1}, withheld=[record]))
    added = [name for name, before in zip(cluster_of, known.tolist(), strict=True) if before == NOWHERE]
    numbers = np.array([SPLITS.index(split_of[name]) for name in added], np.int8)
    return PlacedRecords(
        ledger=placed.ledger.extended(new_rows(read_ids(added), numbers, version)),
        split_of=split_of,
        cluster_of={name: name for name in alone} | cluster_of,
        leaks=[*articles.leaks, *placed.leaks, *leaks],
    )


def _clusters_beside(
    strata: Mapping[str, Stratum], article_of: Mapping[str, str], ids: Ids, articles: Splits
) -> dict[str, str]:
    """Return the cluster of each record that has an article, by record, sorted."""
    records = [name for name in sorted(article_of) if name in strata]
    places = find_ids(ids, read_ids(article_of[name] for name in records))
    return {
        name: id_name(int(articles.cluster[place]))
        for name, place in zip(records, places.tolist(), strict=True)
        if place != NOWHERE
    }


def _place_alone(names: list[str], strata: Mapping[str, Stratum], ledger: Ledger, version: str) -> Splits:
    codes: dict[Stratum, int] = {}
    of = np.array([codes.setdefault(strata[name], len(codes)) for name in names], np.int64)
    return assign_splits(read_ids(names), np.arange(len(names)), of, ledger, version)


def _splits_of(clusters: Collection[str], articles: Splits) -> dict[str, Split]:
    """Return the split of each of these clusters: where those of its articles are that are not withheld."""
    members = np.flatnonzero(np.isin(articles.cluster, read_ids(clusters)) & (articles.split != NOWHERE))
    pairs = zip(articles.cluster[members].tolist(), articles.split[members].tolist(), strict=True)
    return {id_name(cluster): SPLITS[split] for cluster, split in pairs}
