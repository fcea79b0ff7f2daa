"""Check of the catalogue: that its records are those of their addresses, refer to what is there, and leak nothing."""

from collections.abc import Iterator

import numpy as np

from peacetalks.curate.ids import find_sorted
from peacetalks.curate.ledger import read_ledger
from peacetalks.errors import ReleaseError
from peacetalks.registry.addresses import find_page_id
from peacetalks.release.known_ids import (
    in_many_splits,
    last_of_each,
    numbers_of,
    outside_ledger,
    read_numbers,
)
from peacetalks.release.opened import Opened, Row


def records(release: Opened) -> Iterator[str]:
    """Require that records are of their addresses, refer to rows that are there, and share their articles' splits."""
    articles = {column: read_numbers(release, "articles", column) for column in ("id", "record", "cluster")}
    last = last_of_each(articles["id"])
    known, record_of, cluster_of = (articles[column][last] for column in ("id", "record", "cluster"))
    for _, batch in release.batches("catalogue"):
        own, given, cluster = (numbers_of(batch[column]) for column in ("id", "article", "cluster"))
        place = find_sorted(known, given)
        refers_back = (place >= 0) & (np.append(record_of, 0)[place] == own)
        clusters = np.where(place >= 0, np.append(cluster_of, 0)[place], own)
        facts = zip(refers_back.tolist(), (clusters == cluster).tolist(), strict=True)
        for row, (has_article, has_cluster) in zip(batch.to_pylist(), facts, strict=True):
            yield from (f"catalogue {row['id']}: {fault}" for fault in _faults(row))
            if row["article"] is not None and not has_article:
                yield f"catalogue {row['id']}: article {row['article']} does not refer to it"
            if not has_cluster:
                yield f"catalogue {row['id']}: cluster {row['cluster']} is neither its article's nor its own"
    ids = np.unique(read_numbers(release, "catalogue", "id"))
    for _, batch in release.batches("articles", "id", "record", "published_basis"):
        is_known = find_sorted(ids, numbers_of(batch["record"])) >= 0
        for row, found in zip(batch.to_pylist(), is_known.tolist(), strict=True):
            if row["record"] is not None and not found:
                yield f"article {row['id']}: record {row['record']} is not in catalogue"
            if row["published_basis"] == "catalogue" and row["record"] is None:
                yield f"article {row['id']}: has its date from the catalogue, and no record there"
    yield from _unknown_ids(release)
    yield from _leaks(release)


def _faults(row: Row) -> Iterator[str]:
    if row["id"] != find_page_id(row["url"]):
        yield "is not the id of its address"
    if row["published"] is not None and row["published_edtf"] != row["published"].isoformat():
        yield f"published {row['published']}, but published_edtf {row['published_edtf']}"
    if (row["published_edtf"] is None) != (row["date_evidence"] == "none"):
        yield "has a date without evidence, or evidence without a date"


def _unknown_ids(release: Opened) -> Iterator[str]:
    outlets = {row["id"] for row in release.rows("outlets", "id")}
    conferences = {row["id"] for row in release.rows("conferences", "id")}
    series = {row["series"] for row in release.rows("conferences", "series")}
    for row in release.rows("catalogue", "id", "outlet", "agency", "conferences", "series"):
        given = {name for name in (row["outlet"], row["agency"]) if name is not None}
        for what, names, known in (
            ("outlet or agency", given, outlets),
            ("conference", {*row["conferences"]}, conferences),
            ("series", {*row["series"]}, series),
        ):
            yield from (f"catalogue {row['id']}: {what} {name!r} is in no table" for name in sorted(names - known))


def _leaks(release: Opened) -> Iterator[str]:
    """Yield clusters in two splits, over records and articles, and records that are elsewhere than the ledger says."""
    for name, splits in in_many_splits(release, "articles", "catalogue", column="cluster"):
        yield f"cluster {name} is in {' and '.join(splits)}"
    try:
        ledger = read_ledger(release.folder / "splits.csv")
    except ReleaseError:
        return  # splits-no-leak says so
    for name, split, known in outside_ledger(release, "catalogue", ledger):
        yield f"catalogue {name}: is in {split}, the ledger has {known}"
