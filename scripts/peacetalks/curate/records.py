"""Place the records of the catalogue: beside the article of their page, or on their own where there is none."""

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np
from msgspec import Struct

from peacetalks.curate.column_files import ColumnFile
from peacetalks.curate.ids import read_ids
from peacetalks.curate.ledger import NOWHERE, SPLITS, Ledger, new_rows
from peacetalks.curate.splits import Clustered, Leak, Splits, assign_splits
from peacetalks.record import Split

Stratum = tuple[int | None, str]  # year and language


class PlacedRecords(Struct, frozen=True, kw_only=True):
    """The split of each record that is not withheld, the cluster of each; rows that the ledger gains, and leaks."""

    added: Ledger
    split_of: dict[str, Split]
    cluster_of: dict[str, str]
    leaks: list[Leak]


class Beside(NamedTuple):
    """The cluster of the article of a record's page, and the split of that."""

    cluster: str
    split: Split


def place_records(
    strata: Mapping[str, Stratum], beside: Mapping[str, Beside], ledger: Ledger, version: str
) -> PlacedRecords:
    """Return how the records are placed; `strata` is by record, as is `beside` for those whose page has an article.

    A record with an article belongs to its cluster, so that the two never stand in different splits; one that an
    earlier version had elsewhere is withheld. A record without text is a cluster of its own, placed as those of
    articles are.
    """
    with_article = {name: beside[name] for name in sorted(beside) if name in strata}
    alone = sorted(strata.keys() - with_article.keys())
    placed, gained = _place_alone(alone, strata, ledger, version)
    split_of = {name: SPLITS[n] for name, n in zip(alone, placed.split.tolist(), strict=True) if n != NOWHERE}
    leaks: list[Leak] = []
    known = ledger.splits(read_ids(with_article))
    for (record, (cluster, split)), before in zip(with_article.items(), known.tolist(), strict=True):
        if before in (NOWHERE, SPLITS.index(split)):
            split_of[record] = split
        else:
            leaks.append(Leak(cluster=cluster, kept=split, sizes={SPLITS[before]: 1}, withheld=[record]))
    added = [name for name, before in zip(with_article, known.tolist(), strict=True) if before == NOWHERE]
    numbers = np.array([SPLITS.index(split_of[name]) for name in added], np.int8)
    return PlacedRecords(
        added=gained.extended(new_rows(read_ids(added), numbers, version)),
        split_of=split_of,
        cluster_of={name: name for name in alone} | {name: found.cluster for name, found in with_article.items()},
        leaks=[*placed.leaks, *leaks],
    )


def _place_alone(
    names: list[str], strata: Mapping[str, Stratum], ledger: Ledger, version: str
) -> tuple[Splits, Ledger]:
    """Return how records are placed, and the rows that the ledger gains."""
    codes: dict[Stratum, int] = {}
    with TemporaryDirectory(prefix="peacetalks-") as place, ExitStack() as stack:
        folder = Path(place)
        ids, of, cluster = (
            stack.enter_context(ColumnFile(folder / name, kind, rows))
            for name, kind, rows in (
                ("ids", np.uint64, 0),
                ("strata", np.int64, 0),
                ("clusters", np.uint64, len(names)),
            )
        )
        ids.add(read_ids(names))
        of.add(np.array([codes.setdefault(strata[name], len(codes)) for name in names], np.int64))
        articles = Clustered(
            id=ids,
            clusters=np.arange(len(names), dtype=np.uint32),
            strata=of,
            chosen=np.ones(len(names), np.bool_),
            cluster=cluster,
            records={},
            folder=folder,
        )
        placed = assign_splits(articles, ledger, version)
        return placed, Ledger().extended(*placed.added)
