"""Splits by name: what `assign_splits` does with numbers, for tests that tell articles by their ids."""

import datetime
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from peacetalks.curate.column_files import ColumnFile
from peacetalks.curate.ids import id_names, read_ids
from peacetalks.curate.ledger import NOWHERE, SPLITS, Assignment, Ledger, new_rows
from peacetalks.curate.records import Beside, Stratum, place_records
from peacetalks.curate.splits import NO_DAY, Clustered, Leak, assign_splits, temporal_splits
from peacetalks.record import Split


class Named(NamedTuple):
    """Splits with the articles that they are of."""

    before: Ledger
    whole: Ledger
    ledger: list[Assignment]
    split_of: dict[str, Split]
    kept_in: dict[str, Split]
    cluster_of: dict[str, str]
    leaks: list[Leak]


class NamedRecords(NamedTuple):
    """How records are placed, with the ledger and the leaks of articles and records."""

    ledger: Ledger
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
    firsts = {number: place for place, (_, number) in reversed([*enumerate(homes)])}
    codes: dict[Stratum, int] = {}
    with TemporaryDirectory() as place, ExitStack() as stack:
        folder = Path(place)
        ids, numbers, cluster = (
            stack.enter_context(ColumnFile(folder / name, np.uint64, rows))
            for name, rows in (("ids", 0), ("strata", 0), ("clusters", len(names)))
        )
        ids.add(read_ids(names))
        numbers.add(np.array([codes.setdefault(strata[name], len(codes)) for name in names], np.uint64))
        articles = Clustered(
            id=ids,
            clusters=np.array([firsts[number] for _, number in homes], np.uint32),
            strata=numbers,
            chosen=np.ones(len(names), np.bool_),
            cluster=cluster,
            records={place: int(records[name], 16) for place, name in enumerate(names) if name in records},
            folder=folder,
        )
        before = make_ledger(ledger)
        splits = assign_splits(articles, before, version)
        whole = before.extended(*splits.added)
        cluster_of = dict(zip(names, id_names(cluster.read()).to_pylist(), strict=True))
    return Named(
        before=before,
        whole=whole,
        ledger=[*whole.rows()],
        split_of={name: SPLITS[n] for name, n in zip(names, splits.split.tolist(), strict=True) if n != NOWHERE},
        kept_in={name: SPLITS[n] for name, n in zip(names, splits.of_cluster.tolist(), strict=True)},
        cluster_of=cluster_of,
        leaks=splits.leaks,
    )


def place_named(
    strata: Mapping[str, Stratum], article_of: Mapping[str, str], articles: Named, version: str
) -> NamedRecords:
    """Return how records are placed beside articles."""
    beside = {
        record: Beside(articles.cluster_of[article], articles.kept_in[article])
        for record, article in article_of.items()
        if article in articles.cluster_of
    }
    placed = place_records(strata, beside, articles.before, version)
    return NamedRecords(
        ledger=articles.whole.extended(placed.added),
        split_of=placed.split_of,
        cluster_of=placed.cluster_of,
        leaks=[*articles.leaks, *placed.leaks],
    )


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
