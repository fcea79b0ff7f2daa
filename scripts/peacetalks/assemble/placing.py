"""Decide what of a corpus is published and where: takedowns, then splits, and the records of the catalogue."""

import datetime
from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from peacetalks.assemble.corpus import LEAK, NO_DAY, TAKEN_DOWN, Corpus, Ids, Numbers
from peacetalks.curate.ledger import SPLITS, Assignment
from peacetalks.curate.records import place_records
from peacetalks.curate.splits import Leak, Splits, assign_splits
from peacetalks.curate.takedowns import Takedown
from peacetalks.engine.sections import read_section
from peacetalks.registry.catalogue import Record

_EPOCH = datetime.date(1970, 1, 1)
NOWHERE = -1  # a page that is in no split


class Placed(Struct, kw_only=True):
    """How pages and records are placed: by page the number of its split, its cluster's id, and its record's, or 0.

    `temporal` is the number of the split by its day. `records` places the catalogue, with the ledger and the leaks of
    both; `article_of` is the article of a record's page, `details` says of each page that leaked why it is withheld.
    """

    split: NDArray[np.int8]
    temporal: NDArray[np.int8]
    cluster: Ids
    record: Ids
    records: Splits
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
    of_listed_pages = [f"{int(address):016x}" in listed if address else False for address in corpus.address[kept]]
    gone |= np.array(of_listed_pages, np.bool_)
    corpus.fate[kept[gone]] = TAKEN_DOWN
    tombstones = {row.digest for row in takedowns if row.kind == "article"} - catalogued
    return sorted(tombstones | {name for name, out in zip(names, gone.tolist(), strict=True) if out})


def place_pages(
    corpus: Corpus, clusters: Numbers, catalogue: list[Record], ledger: list[Assignment], version: str
) -> Placed:
    """Place the kept pages of these clusters, and the records; pages that would leak between splits are set aside."""
    kept = corpus.kept
    ids = corpus.ids(kept)
    known = {record.id for record in catalogue}
    record_of = {
        name: record
        for name, address in zip(ids, corpus.address[kept].tolist(), strict=True)
        if address and (record := f"{address:016x}") in known
    }
    strata = _strata(corpus, kept, ids)
    splits = assign_splits(_groups(ids, clusters), strata, ledger, version, record_of)
    del strata
    of_records = {r.id: (r.days[0].year if r.days else None, r.language) for r in catalogue}
    article_of = {record: article for article, record in sorted(record_of.items(), reverse=True)}
    records = place_records(of_records, article_of, splits, version)
    placed = Placed(
        split=np.full(len(corpus.id), NOWHERE, np.int8),
        temporal=np.full(len(corpus.id), NOWHERE, np.int8),
        cluster=np.zeros(len(corpus.id), np.uint64),
        record=np.zeros(len(corpus.id), np.uint64),
        records=records,
        article_of={record: name for record, name in article_of.items() if record in records.split_of},
        details={},
    )
    withheld = {name: leak for leak in splits.leaks for name in leak.withheld}
    for page, name in zip(kept.tolist(), ids, strict=True):
        if name in withheld:
            placed.details[page] = _why(withheld[name])
            corpus.fate[page] = LEAK
            continue
        placed.split[page] = SPLITS.index(splits.split_of[name])
        placed.cluster[page] = int(splits.cluster_of[name], 16)
        own = record_of.get(name)
        if own is not None and own in records.split_of:
            placed.record[page] = int(own, 16)
    return placed


def published_days(corpus: Corpus) -> list[datetime.date]:
    """Return the known days of the kept pages."""
    days = corpus.published[corpus.kept]
    return [_EPOCH + datetime.timedelta(int(day)) for day in days[days != NO_DAY]]


def place_in_time(corpus: Corpus, placed: Placed, cut: datetime.date | None) -> None:
    """Place the kept pages before or after the cut."""
    if cut is None:
        return
    kept = corpus.kept
    days, clusters = corpus.published[kept], placed.cluster[kept]
    before = (days != NO_DAY) & (days < (cut - _EPOCH).days)
    after = (days != NO_DAY) & ~before & ~np.isin(clusters, clusters[before])
    placed.temporal[kept[before]], placed.temporal[kept[after]] = SPLITS.index("train"), SPLITS.index("test")


def _groups(ids: list[str], clusters: Numbers) -> list[list[str]]:
    groups: dict[int, list[str]] = {}
    for name, cluster in zip(ids, clusters.tolist(), strict=True):
        groups.setdefault(cluster, []).append(name)
    return sorted(sorted(members) for members in groups.values())


def _strata(corpus: Corpus, kept: Numbers, ids: list[str]) -> dict[str, tuple[int | None, str]]:
    known: dict[tuple[int, int], tuple[int | None, str]] = {}
    strata = {}
    for name, day, language in zip(ids, corpus.published[kept].tolist(), corpus.language[kept].tolist(), strict=True):
        if (day, language) not in known:
            year = None if day == NO_DAY else (_EPOCH + datetime.timedelta(day)).year
            known[day, language] = (year, corpus.names[language])
        strata[name] = known[day, language]
    return strata


def _why(leak: Leak) -> str:
    return f"a copy of articles in {leak.kept}, as cluster {leak.cluster} has grown"
