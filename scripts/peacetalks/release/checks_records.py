"""Check of the catalogue: that its records are those of their addresses, refer to what is there, and leak nothing."""

from collections import defaultdict
from collections.abc import Iterator

from peacetalks.curate.ledger import read_ledger
from peacetalks.errors import ReleaseError
from peacetalks.registry.addresses import find_page_id
from peacetalks.release.opened import Opened, Row


def records(release: Opened) -> Iterator[str]:
    """Require that records are of their addresses, refer to rows that are there, and share their articles' splits."""
    articles = {row["id"]: row for row in release.rows["articles"]}
    ids = {row["id"] for row in release.rows["catalogue"]}
    for row in release.rows["catalogue"]:
        yield from (f"catalogue {row['id']}: {fault}" for fault in _faults(row))
        article = articles.get(row["article"])
        if row["article"] is not None and (article is None or article.get("record") != row["id"]):
            yield f"catalogue {row['id']}: article {row['article']} does not refer to it"
        if row["cluster"] != (article["cluster"] if article else row["id"]):
            yield f"catalogue {row['id']}: cluster {row['cluster']} is neither its article's nor its own"
    for name, row in articles.items():
        if row.get("record") is not None and row["record"] not in ids:
            yield f"article {name}: record {row['record']} is not in catalogue"
        if row["published_basis"] == "catalogue" and row.get("record") is None:
            yield f"article {name}: has its date from the catalogue, and no record there"
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
    outlets = {row["id"] for row in release.rows["outlets"]}
    conferences = {row["id"] for row in release.rows["conferences"]}
    series = {row["series"] for row in release.rows["conferences"]}
    for row in release.rows["catalogue"]:
        given = {name for name in (row["outlet"], row["agency"]) if name is not None}
        for what, names, known in (
            ("outlet or agency", given, outlets),
            ("conference", {*row["conferences"]}, conferences),
            ("series", {*row["series"]}, series),
        ):
            yield from (f"catalogue {row['id']}: {what} {name!r} is in no table" for name in sorted(names - known))


def _leaks(release: Opened) -> Iterator[str]:
    """Yield clusters in two splits, over records and articles, and records that are elsewhere than the ledger says."""
    homes: dict[str, set[str]] = defaultdict(set)
    split_of: dict[str, str] = {}
    for (name, split), table in release.tables.items():
        if name in ("articles", "catalogue"):
            for cluster in table["cluster"].to_pylist():
                homes[cluster].add(split)
        if name == "catalogue":
            split_of |= dict.fromkeys(table["id"].to_pylist(), split)
    yield from (f"cluster {name} is in {' and '.join(sorted(s))}" for name, s in homes.items() if len(s) > 1)
    try:
        known = read_ledger(release.folder / "splits.csv").split_of()
    except ReleaseError:
        return  # splits-no-leak says so
    for name, split in split_of.items():
        if known.get(name) != split:
            yield f"catalogue {name}: is in {split}, the ledger has {known.get(name)}"
