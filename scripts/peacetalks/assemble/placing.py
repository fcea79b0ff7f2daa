"""Decide what of a corpus is published and where: takedowns, then splits, and the records of the catalogue."""

import datetime
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from peacetalks._arrow import give_back
from peacetalks.assemble.corpus import LEAK, TAKEN_DOWN, Corpus, Numbers
from peacetalks.curate.column_files import ColumnFile, slices
from peacetalks.curate.ids import id_name, id_names, read_ids
from peacetalks.curate.ledger import NOWHERE, SPLITS, Ledger, write_ledger
from peacetalks.curate.records import Beside, PlacedRecords, place_records
from peacetalks.curate.shares import Clusters
from peacetalks.curate.splits import EPOCH, NO_DAY, Clustered, Leak, assign_splits, temporal_splits
from peacetalks.curate.takedowns import Takedown
from peacetalks.engine.sections import read_section
from peacetalks.registry.catalogue import Record


class Placed(Struct, kw_only=True):
    """How pages and records are placed: by page the number of its split, and by some the id of their record.

    A page that is in no split is NOWHERE. `temporal` is the number of the split by its day. `records` places the
    catalogue, `leaks` and the file of the `ledger` are those of both; `article_of` is the article of a record's page,
    `details` says of each page that leaked why it is withheld.
    """

    split: NDArray[np.int8]
    temporal: NDArray[np.int8]
    record: dict[int, int]
    records: PlacedRecords
    ledger: Path
    leaks: list[Leak]
    article_of: dict[str, str]
    details: dict[int, str]


def take_down(
    corpus: Corpus, clusters: Clusters, takedowns: Sequence[Takedown], catalogued: frozenset[str]
) -> list[str]:
    """Set aside what is on the takedown list, with its copies; return the ids of all that is gone, sorted.

    `catalogued` are the ids of the records: what is listed of them was never an article.
    """
    listed = {row.digest for row in takedowns}
    if not listed:
        return []
    kept = corpus.kept
    numbers = read_ids(name for name in listed if len(name) == len(id_name(0)))
    named, gone = (
        column.where(lambda block: np.isin(block, numbers) & (block != 0)) for column in (corpus.id, corpus.address)
    )
    for shard, pages, rows in corpus.by_shard(kept):
        digests = read_section(shard.path, shard.footer, "articles")["text_digest"].take(rows)
        named[pages] |= np.array([digest in listed for digest in digests.to_pylist()], np.bool_)
    hit = np.zeros(len(corpus), np.bool_)
    hit[clusters[named & kept]] = True
    for some in slices(len(corpus)):
        gone[some] |= hit[clusters[some]]
    gone &= kept
    corpus.fate[gone] = TAKEN_DOWN
    tombstones = {row.digest for row in takedowns if row.kind == "article"} - catalogued
    return sorted(tombstones.union(corpus.ids(np.flatnonzero(gone))))


def place_pages(corpus: Corpus, clusters: Clusters, catalogue: list[Record], ledger: Ledger, version: str) -> Placed:
    """Place the kept pages of these clusters, and the records; pages that would leak between splits are set aside."""
    kept = corpus.kept
    record_of = _records_of(corpus, read_ids(record.id for record in catalogue))
    with _strata(corpus) as strata:
        articles = Clustered(
            id=corpus.id,
            clusters=clusters,
            strata=strata,
            chosen=kept,
            cluster=corpus.cluster,
            records=record_of,
            folder=corpus.folder,
        )
        splits = assign_splits(articles, ledger, version)
    give_back()
    of_records = {r.id: (r.days[0].year if r.days else None, r.language) for r in catalogue}
    article_of, beside = _beside(articles, splits.of_cluster)
    records = place_records(of_records, beside, ledger, version)
    leaked = kept & (splits.split == NOWHERE)
    corpus.fate[leaked] = LEAK
    path = corpus.folder / "splits.csv"
    write_ledger(path, chain([ledger], splits.added, [records.added]))
    shown = {int(number) for number in read_ids(records.split_of)}
    return Placed(
        split=splits.split,
        temporal=np.full(len(corpus), NOWHERE, np.int8),
        record={page: record for page, record in record_of.items() if record in shown and not leaked[page]},
        records=records,
        ledger=path,
        leaks=[*splits.leaks, *records.leaks],
        article_of={record: name for record, name in article_of.items() if record in records.split_of},
        details=_details(corpus, np.flatnonzero(leaked), splits.leaks),
    )


def published_days(corpus: Corpus) -> dict[datetime.date, int]:
    """Return how many kept pages are of each day."""
    count: Counter[int] = Counter()
    kept = corpus.kept
    for start, days in corpus.published.blocks():
        count.update(days[kept[start : start + len(days)]].tolist())
    return {EPOCH + datetime.timedelta(day): number for day, number in count.items() if day != NO_DAY}


def place_in_time(corpus: Corpus, placed: Placed, cut: datetime.date | None) -> None:
    """Place the kept pages before or after the cut."""
    if cut is None:
        return
    kept = corpus.kept
    for pages, clusters in corpus.cluster.by_hash(kept):
        placed.temporal[pages] = temporal_splits(corpus.published.take(pages), clusters, cut)


def _records_of(corpus: Corpus, known: NDArray[np.uint64]) -> dict[int, int]:
    """Return the id of the record of each kept page that has one: an address is its record's id."""
    found: dict[int, int] = {}
    kept = corpus.kept
    for start, addresses in corpus.address.blocks():
        pages = np.flatnonzero(np.isin(addresses, known) & (addresses != 0) & kept[start : start + len(addresses)])
        found |= zip((start + pages).tolist(), addresses[pages].tolist(), strict=True)
    return found


def _beside(articles: Clustered, of_cluster: NDArray[np.int8]) -> tuple[dict[str, str], dict[str, Beside]]:
    """Return by record the article of its page, the first by id, with the cluster and the split of that."""
    pages = np.array([*articles.records], np.int64)
    columns = (id_names(column.take(pages)).to_pylist() for column in (articles.id, articles.cluster))
    found = sorted(zip(*columns, pages.tolist(), strict=True), reverse=True)
    records = [id_name(articles.records[page]) for _, _, page in found]
    article_of = {record: article for record, (article, _, _) in zip(records, found, strict=True)}
    beside = {
        record: Beside(cluster, SPLITS[of_cluster[page]])
        for record, (_, cluster, page) in zip(records, found, strict=True)
    }
    return article_of, beside


@contextmanager
def _strata(corpus: Corpus) -> Iterator[ColumnFile]:
    """Yield a number for the year and the language of each page; no day is one in a year that no other is in."""
    with ColumnFile(corpus.folder / "strata", np.int64) as strata:
        for (_, days), (_, languages) in zip(corpus.published.blocks(), corpus.language.blocks(), strict=True):
            years = days.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64)
            strata.add(years * len(corpus.names) + languages)
        yield strata


def _details(corpus: Corpus, withheld: Numbers, leaks: list[Leak]) -> dict[int, str]:
    """Return why pages are withheld, by page."""
    why = {
        name: f"a copy of articles in {leak.kept}, as cluster {leak.cluster} has grown"
        for leak in leaks
        for name in leak.withheld
    }
    return {page: why[name] for page, name in zip(withheld.tolist(), corpus.ids(withheld), strict=True)}
