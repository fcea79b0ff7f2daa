"""Checks of what ties the tables of a release together: offsets, audit, references and splits."""

from collections import defaultdict
from collections.abc import Iterator

from peacetalks.clean.audit import audit
from peacetalks.curate.ledger import read_ledger
from peacetalks.curate.splits import temporal_splits
from peacetalks.curate.version_names import version_key
from peacetalks.errors import AuditError, ReleaseError
from peacetalks.record import Segment
from peacetalks.release.opened import Opened, Row

_SEGMENT = Segment.__struct_fields__


def spans_valid(release: Opened) -> Iterator[str]:
    """Require that each mention's surface stands at its offsets, and `mentions` repeats what `articles` holds."""
    flat: dict[str, list[Row]] = defaultdict(list)
    for row in release.rows["mentions"]:
        flat[row["article"]].append(row)
        if not 0 <= row["start"] < row["end"]:
            yield f"mentions {row['article']}: offsets {row['start']} to {row['end']} are no span"
        if row["conference"] is None and row["series"] is None:
            yield f"mentions {row['article']}: {row['start']} has neither conference nor series"
    for article in release.rows["articles"]:
        own = flat[article["id"]]
        if release.manifest.edition == "full":
            yield from _surfaces(article)
            if not _repeats(own, article["mentions"]):
                yield f"article {article['id']}: its rows in mentions are not those of the article"
        elif any(row["field"] == "text" and row["end"] > article["text_length"] for row in own):
            yield f"article {article['id']}: a mention ends behind the end of its text"
        if sorted({row["conference"] for row in own if row["conference"]}) != article["conferences"]:
            yield f"article {article['id']}: conferences are not those of its mentions"


def audit_rebuild(release: Opened) -> Iterator[str]:
    """Require that the segments of each article tile a capture, and those that are body are its text."""
    pages: dict[str, list[Row]] = defaultdict(list)
    for row in release.rows["segments"]:
        pages[row["article"]].append(row)
    for article in release.rows["articles"]:
        rows = pages[article["id"]]
        if release.manifest.edition != "full":
            ends = [0, *(row["end"] for row in rows)]
            if [(row["n"], row["start"]) for row in rows] != list(enumerate(ends[:-1])):
                yield f"article {article['id']}: its segments do not tile a capture"
            continue
        segments = [Segment(**{name: row[name] for name in _SEGMENT}) for row in rows]
        try:
            audit("".join(segment.raw for segment in segments), segments, article["text"])
        except AuditError as error:
            yield f"article {article['id']}: {error}"


def references(release: Opened) -> Iterator[str]:
    """Require that every id that a row refers to is there: articles, conferences, outlets, agencies, clusters."""
    ids = {name: {row["id"] for row in release.rows[name]} for name in ("articles", "conferences", "outlets")}
    series = {row["series"] for row in release.rows["conferences"]}
    excluded = {row["id"] for row in release.rows["excluded"]}
    for row in release.rows["articles"]:
        for field in ("outlet", "agency"):
            if row[field] is not None and row[field] not in ids["outlets"]:
                yield f"article {row['id']}: {field} {row[field]!r} is not in outlets"
        if row["cluster"] not in ids["articles"] | excluded:
            yield f"article {row['id']}: cluster {row['cluster']} is no article"
    for row in release.rows["mentions"]:
        if row["conference"] is not None and row["conference"] not in ids["conferences"]:
            yield f"article {row['article']}: conference {row['conference']!r} is not in conferences"
        if row["series"] is not None and row["series"] not in series:
            yield f"article {row['article']}: series {row['series']!r} is that of no conference"
    yield from _repeated(release)
    for name, key in (("mentions", "article"), ("segments", "article"), ("temporal", "id")):
        for orphan in sorted({row[key] for row in release.rows[name]} - ids["articles"]):
            yield f"{name}: article {orphan} is not in articles"


def splits_no_leak(release: Opened) -> Iterator[str]:
    """Require that no cluster, article or address stands in two splits, and that all tables and the ledger agree."""
    for table, key in (
        ("articles", "cluster"),
        ("articles", "id"),
        ("articles", "url"),
        ("mentions", "article"),
        ("segments", "article"),
        ("temporal", "cluster"),
    ):
        homes: dict[str, set[str]] = defaultdict(set)
        for (name, split), rows in release.tables.items():
            if name == table:
                for value in filter(None, rows[key].to_pylist()):
                    homes[value].add(split)
        yield from (f"{table}: {key} {v} is in {' and '.join(sorted(s))}" for v, s in homes.items() if len(s) > 1)
    home = _homes(release, "articles")
    for (name, split), rows in release.tables.items():
        if name in ("mentions", "segments"):
            for article in sorted(set(rows["article"].to_pylist())):
                if home.get(article) != split:
                    yield f"{name}/{split}: article {article} is in {home.get(article)}"
    yield from _against_ledger(release, home)
    yield from _against_cut(release)


def _repeated(release: Opened) -> Iterator[str]:
    whole = {row["id"]: row for row in release.rows["articles"]}
    for row in release.rows["temporal"]:
        if row["id"] in whole and row != whole[row["id"]]:
            yield f"temporal: article {row['id']} is not as it is in articles"


def _repeats(flat: list[Row], nested: list[Row]) -> bool:
    """Return whether rows of mentions say what the article does, by the fields that the article's have."""
    return len(flat) == len(nested) and all(
        row[name] == value for row, held in zip(flat, nested, strict=True) for name, value in held.items()
    )


def _surfaces(article: Row) -> Iterator[str]:
    for mention in article["mentions"]:
        field = article["text"] if mention["field"] == "text" else article["title"] or ""
        if field[mention["start"] : mention["end"]] != mention["surface"]:
            yield (
                f"article {article['id']}: {mention['surface']!r} is not at {mention['start']} of {mention['field']}"
            )


def _against_ledger(release: Opened, home: dict[str, str]) -> Iterator[str]:
    try:
        ledger = read_ledger(release.folder / "splits.csv")
    except ReleaseError as error:
        yield str(error)
        return
    known = ledger.split_of()
    for article, split in home.items():
        if known.get(article) != split:
            yield f"articles: {article} is in {split}, the ledger has {known.get(article)}"
    late = (row for row in ledger.rows() if version_key(row.since) > version_key(release.manifest.version))
    yield from (f"splits.csv: {row.article} is since {row.since}, after this version" for row in late)


def _against_cut(release: Opened) -> Iterator[str]:
    cut, articles = release.manifest.options.cut, release.rows["articles"]
    expected = {}
    if cut is not None:
        published = {row["id"]: row["published"] for row in articles}
        expected = temporal_splits(published, {row["id"]: row["cluster"] for row in articles}, cut)
    found = _homes(release, "temporal")
    for article in sorted(found.keys() | expected.keys()):
        if found.get(article) != expected.get(article):
            yield f"temporal: {article} is in {found.get(article)}, by its day it belongs to {expected.get(article)}"


def _homes(release: Opened, table: str) -> dict[str, str]:
    return {
        row: split for (name, split), rows in release.tables.items() if name == table for row in rows["id"].to_pylist()
    }
