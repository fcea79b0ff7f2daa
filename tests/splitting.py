"""Splits by name: what `assign_splits` does with numbers, for tests that tell articles by their ids."""

import datetime
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from peacetalks.curate.ids import Ids, id_names, read_ids
from peacetalks.curate.ledger import NOWHERE, SPLITS, Assignment, Ledger, new_rows
from peacetalks.curate.records import PlacedRecords, Stratum, place_records
from peacetalks.curate.splits import NO_DAY, Leak, Splits, assign_splits, temporal_splits
from peacetalks.record import Split


class Named(NamedTuple):
    """Splits with the articles that they are of."""

    ids: Ids
    splits: Splits
    ledger: list[Assignment]
    split_of: dict[str, Split]
    cluster_of: dict[str, str]
    leaks: list[Leak]


def assign_named(
    clusters: Iterable[Iterable[str]],
    strata: Mapping[str, Stratum],
    ledger: Iterable[Assignment],
    version: str,
    records: Mapping[str, str] = MappingProxyType({}),
) -> Named:
    """Return the splits of clusters of ids; `strata` is by article, `records` the record of an article's page."""
    homes = [(name, number) for number, members in enumerate(clusters) for name in members]
    names = [name for name, _ in homes]
    codes: dict[Stratum, int] = {}
    splits = assign_splits(
        read_ids(names),
        np.array([number for _, number in homes], np.int64),
        np.array([codes.setdefault(strata[name], len(codes)) for name in names], np.int64),
        make_ledger(ledger),
        version,
        read_ids(records.get(name, "0") for name in names),
    )
    return Named(
        ids=read_ids(names),
        splits=splits,
        ledger=[*splits.ledger.rows()],
        split_of={name: SPLITS[n] for name, n in zip(names, splits.split.tolist(), strict=True) if n != NOWHERE},
        cluster_of=dict(zip(names, id_names(splits.cluster).to_pylist(), strict=True)),
        leaks=splits.leaks,
    )


def place_named(
    strata: Mapping[str, Stratum], article_of: Mapping[str, str], articles: Named, version: str
) -> PlacedRecords:
    """Return how records are placed beside articles."""
    return place_records(strata, article_of, articles.ids, articles.splits, version)


def split_by_day(
    published: Mapping[str, datetime.date | None], cluster_of: Mapping[str, str], cut: datetime.date
) -> dict[str, Split]:
    """Return the temporal split of each article that has one."""
    days = [NO_DAY if day is None else (day - datetime.date(1970, 1, 1)).days for day in published.values()]
    clusters = read_ids(cluster_of[name] for name in published)
    found = temporal_splits(np.array(days, np.int32), clusters, cut).tolist()
    return {name: SPLITS[number] for name, number in zip(published, found, strict=True) if number != NOWHERE}


def make_ledger(rows: Iterable[Assignment]) -> Ledger:
    """Return a ledger of these rows."""
    ledger = Ledger()
    for row in rows:
        ledger = ledger.extended(
            new_rows(read_ids([row.article]), np.array([SPLITS.index(row.split)], np.int8), row.since)
        )
    return ledger
