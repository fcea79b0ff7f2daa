"""Decide what of a corpus is published and where: takedowns, then splits, and the records of the catalogue."""

import datetime
from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from peacetalks.assemble.corpus import LEAK, TAKEN_DOWN, Corpus, Numbers
from peacetalks.curate.ids import Ids, id_name, id_names, read_ids
from peacetalks.curate.ledger import NOWHERE, Ledger
from peacetalks.curate.records import PlacedRecords, place_records
from peacetalks.curate.splits import NO_DAY, Leak, assign_splits, temporal_splits
from peacetalks.curate.takedowns import Takedown
from peacetalks.engine.sections import read_section
from peacetalks.registry.catalogue import Record


class Placed(Struct, kw_only=True):
    """How pages and records are placed: by page the number of its split, its cluster's id, and its record's, or 0.

    A page that is in no split is NOWHERE. `temporal` is the number of the split by its day. `records` places the
    catalogue, with the ledger and the leaks of both; `article_of` is the article of a record's page, `details` says of
    each page that leaked why it is withheld.
    """

    split: NDArray[np.int8]
    temporal: NDArray[np.int8]
    cluster: Ids
    record: Ids
    records: PlacedRecords
    article_of: dict[str, str]
    details: dict[int, str]


def take_down(
    corpus: Corpus, clusters: Numbers, takedowns: Sequence[Takedown], catalogued: frozenset[str]
) -> list[str]:
    """Set aside what is on the takedown list, with its copies; return the ids of all that is gone, sorted.

    `catalogued` are the ids of the records: what is listed of them was never an article.
    """
    listed = {row.digest for row in takedowns}
    if not listed:
        return []
    kept = corpus.kept
    names = corpus.ids(kept)
    place = np.full(len(corpus.id), -1, np.int64)
    place[kept] = np.arange(len(kept))
    named = np.array([name in listed for name in names], np.bool_)
    for shard, pages in corpus.by_shard(kept):
        digests = read_section(shard.path, shard.footer, "articles")["text_digest"].take(corpus.row[pages])
        named[place[pages]] |= np.array([digest in listed for digest in digests.to_pylist()], np.bool_)
    gone = np.isin(clusters, clusters[named])
    of_listed_pages = [id_name(int(address)) in listed if address else False for address in corpus.address[kept]]
    gone |= np.array(of_listed_pages, np.bool_)
    corpus.fate[kept[gone]] = TAKEN_DOWN
    tombstones = {row.digest for row in takedowns if row.kind == "article"} - catalogued
    return sorted(tombstones | {name for name, out in zip(names, gone.tolist(), strict=True) if out})


def place_pages(corpus: Corpus, clusters: Numbers, catalogue: list[Record], ledger: Ledger, version: str) -> Placed:
    """Place the kept pages of these clusters, and the records; pages that would leak between splits are set aside."""
    kept = corpus.kept
    ids, addresses = corpus.id[kept], corpus.address[kept]
    known = read_ids(record.id for record in catalogue)
    record_of = np.where(np.isin(addresses, known), addresses, 0).astype(np.uint64)  # an address is its record's id
    splits = assign_splits(ids, clusters, _strata(corpus, kept), ledger, version, record_of)
    of_records = {r.id: (r.days[0].year if r.days else None, r.language) for r in catalogue}
    catalogued = np.flatnonzero(record_of)
    pairs = zip(*(id_names(column[catalogued]).to_pylist() for column in (ids, record_of)), strict=True)
    article_of = {record: article for article, record in sorted(pairs, reverse=True)}
    records = place_records(of_records, article_of, ids, splits, version)
    inside = splits.split != NOWHERE
    placed = Placed(
        split=np.full(len(corpus.id), NOWHERE, np.int8),
        temporal=np.full(len(corpus.id), NOWHERE, np.int8),
        cluster=np.zeros(len(corpus.id), np.uint64),
        record=np.zeros(len(corpus.id), np.uint64),
        records=records,
        article_of={record: name for record, name in article_of.items() if record in records.split_of},
        details=_details(corpus, kept[~inside], splits.leaks),
    )
    corpus.fate[kept[~inside]] = LEAK
    placed.split[kept] = splits.split
    placed.cluster[kept[inside]] = splits.cluster[inside]
    shown = read_ids(records.split_of)
    placed.record[kept] = np.where(inside & np.isin(record_of, shown), record_of, 0)
    return placed


def published_days(corpus: Corpus) -> NDArray[np.datetime64]:
    """Return the known days of the kept pages."""
    days = corpus.published[corpus.kept]
    known: NDArray[np.datetime64] = days[days != NO_DAY].astype("datetime64[D]")
    return known


def place_in_time(corpus: Corpus, placed: Placed, cut: datetime.date | None) -> None:
    """Place the kept pages before or after the cut."""
    if cut is None:
        return
    kept = corpus.kept
    placed.temporal[kept] = temporal_splits(corpus.published[kept], placed.cluster[kept], cut)


def _strata(corpus: Corpus, kept: Numbers) -> Numbers:
    """Return a number for the year and the language of each page; no day is one in a year that no other is in."""
    years = corpus.published[kept].astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64)
    strata: Numbers = years * len(corpus.names) + corpus.language[kept]
    return strata


def _details(corpus: Corpus, withheld: Numbers, leaks: list[Leak]) -> dict[int, str]:
    """Return why pages are withheld, by page."""
    why = {
        name: f"a copy of articles in {leak.kept}, as cluster {leak.cluster} has grown"
        for leak in leaks
        for name in leak.withheld
    }
    return {page: why[corpus.name(page)] for page in withheld.tolist()}
