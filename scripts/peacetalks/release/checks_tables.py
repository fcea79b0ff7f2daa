"""Checks of what ties the tables of a release together: offsets, audit, references and splits."""

import hashlib
from collections.abc import Iterator

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from peacetalks._arrow import pa
from peacetalks.clean.audit import audit
from peacetalks.curate.ids import Ids, find_sorted
from peacetalks.curate.ledger import NOWHERE, SPLITS, read_ledger
from peacetalks.curate.splits import NO_DAY, temporal_splits
from peacetalks.errors import AuditError, ReleaseError
from peacetalks.record import Segment
from peacetalks.release.joined import join_articles
from peacetalks.release.known_ids import (
    Homes,
    find_homes,
    in_many_splits,
    last_of_each,
    names_of,
    numbers_of,
    outside_ledger,
    read_numbers,
)
from peacetalks.release.lines import json_lines
from peacetalks.release.opened import Opened, Row

_SEGMENT = Segment.__struct_fields__


def spans_valid(release: Opened) -> Iterator[str]:
    """Require that each mention's surface stands at its offsets, and `mentions` repeats what `articles` holds."""
    is_full = release.manifest.edition == "full"
    for row in release.rows("mentions", "article", "start", "end", "conference", "series"):
        if not 0 <= row["start"] < row["end"]:
            yield f"mentions {row['article']}: offsets {row['start']} to {row['end']} are no span"
        if row["conference"] is None and row["series"] is None:
            yield f"mentions {row['article']}: {row['start']} has neither conference nor series"
    held = ("text", "title", "mentions") if is_full else ("text_length",)
    for article, own in join_articles(release, "mentions", of_articles=("id", "conferences", *held), of_rows=()):
        if is_full:
            yield from _surfaces(article)
            if not _repeats(own, article["mentions"]):
                yield f"article {article['id']}: its rows in mentions are not those of the article"
        elif any(row["field"] == "text" and row["end"] > article["text_length"] for row in own):
            yield f"article {article['id']}: a mention ends behind the end of its text"
        if sorted({row["conference"] for row in own if row["conference"]}) != article["conferences"]:
            yield f"article {article['id']}: conferences are not those of its mentions"


def audit_rebuild(release: Opened) -> Iterator[str]:
    """Require that the segments of each article tile a capture, and those that are body are its text."""
    is_full = release.manifest.edition == "full"
    wanted = _SEGMENT if is_full else ("n", "start", "end")
    articles = ("id", "text") if is_full else ("id",)
    for article, rows in join_articles(release, "segments", of_articles=articles, of_rows=("article", *wanted)):
        if not is_full:
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
    articles = np.unique(read_numbers(release, "articles", "id"))
    known = np.unique(np.concatenate([articles, read_numbers(release, "excluded", "id")]))
    outlets = {row["id"] for row in release.rows("outlets", "id")}
    for _, batch in release.batches("articles", "id", "outlet", "agency", "cluster"):
        is_known = find_sorted(known, numbers_of(batch["cluster"])) >= 0
        for row, found in zip(batch.to_pylist(), is_known.tolist(), strict=True):
            for field in ("outlet", "agency"):
                if row[field] is not None and row[field] not in outlets:
                    yield f"article {row['id']}: {field} {row[field]!r} is not in outlets"
            if not found:
                yield f"article {row['id']}: cluster {row['cluster']} is no article"
    yield from _unknown_links(release)
    yield from _repeated(release)
    for name, key in (("mentions", "article"), ("segments", "article"), ("temporal", "id")):
        orphans = np.setdiff1d(_unique_numbers(release, name, key), articles)
        for orphan in sorted(names_of(release, name, key, orphans)):
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
        for value, splits in in_many_splits(release, table, column=key):
            if value:
                yield f"{table}: {key} {value} is in {' and '.join(splits)}"
    homes = find_homes(release, "articles")
    for name, split in release.tables:
        if name in ("mentions", "segments"):
            own = _unique_numbers(release, name, "article", split)
            here = homes.splits.index(split) if split in homes.splits else len(homes.splits)
            elsewhere = own[homes.of(own) != here]
            for article in sorted(names_of(release, name, "article", elsewhere, split=split)):
                yield f"{name}/{split}: article {article} is in {homes.find(article)}"
    yield from _against_ledger(release)
    yield from _against_cut(release)


def _unknown_links(release: Opened) -> Iterator[str]:
    conferences = {row["id"] for row in release.rows("conferences", "id")}
    series = {row["series"] for row in release.rows("conferences", "series")}
    for row in release.rows("mentions", "article", "conference", "series"):
        if row["conference"] is not None and row["conference"] not in conferences:
            yield f"article {row['article']}: conference {row['conference']!r} is not in conferences"
        if row["series"] is not None and row["series"] not in series:
            yield f"article {row['article']}: series {row['series']!r} is that of no conference"


def _repeated(release: Opened) -> Iterator[str]:
    """Yield the articles of the temporal splits whose lines have other digests than in articles."""
    ids = read_numbers(release, "articles", "id")
    last = last_of_each(ids)
    ids, lines = ids[last], _line_digests(release, "articles")[last]
    at = 0
    digests = _line_digests(release, "temporal")
    for _, batch in release.batches("temporal", "id"):
        place = find_sorted(ids, numbers_of(batch["id"]))
        differs = (place >= 0) & (lines[place] != digests[at : at + batch.num_rows])
        at += batch.num_rows
        for name in batch["id"].filter(pa.array(differs)).to_pylist():
            yield f"temporal: article {name} is not as it is in articles"


def _line_digests(release: Opened, table: str) -> NDArray[np.uint64]:
    found = bytearray()
    for _, batch in release.batches(table):
        for line in json_lines(batch).to_pylist():
            found += hashlib.sha256(line.encode()).digest()[:8]
    return np.frombuffer(bytes(found), np.uint64)


def _unique_numbers(release: Opened, table: str, column: str, split: str | None = None) -> Ids:
    parts = [np.unique(numbers_of(batch[column])) for _, batch in release.batches(table, column, split=split)]
    return np.unique(np.concatenate([*parts, np.zeros(0, np.uint64)]))


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


def _against_ledger(release: Opened) -> Iterator[str]:
    try:
        ledger = read_ledger(release.folder / "splits.csv")
    except ReleaseError as error:
        yield str(error)
        return
    for article, split, known in outside_ledger(release, "articles", ledger):
        yield f"articles: {article} is in {split}, the ledger has {known}"
    for row in ledger.where(ledger.after(release.manifest.version)).rows():
        yield f"splits.csv: {row.article} is since {row.since}, after this version"


def _against_cut(release: Opened) -> Iterator[str]:
    """Yield the articles that are in another temporal split than their day asks for; undated ones are in none."""
    found, cut = find_homes(release, "temporal"), release.manifest.options.cut
    expected = Homes(ids=np.zeros(0, np.uint64), split=np.zeros(0, np.int8), splits=[*SPLITS])
    if cut is not None:
        ids, clusters = (read_numbers(release, "articles", column) for column in ("id", "cluster"))
        parts = [batch["published"].cast(pa.int32()) for _, batch in release.batches("articles", "published")]
        days = np.concatenate([*(pc.fill_null(part, NO_DAY).to_numpy() for part in parts), np.zeros(0, np.int32)])
        last = last_of_each(ids)
        ids, clusters, days = ids[last], clusters[last], days[last]
        split = temporal_splits(days, clusters, cut)
        inside = split != NOWHERE
        expected = Homes(ids=ids[inside], split=split[inside], splits=[*SPLITS])
    whole = np.union1d(found.ids, expected.ids)
    wrong = whole[_names(found, whole) != _names(expected, whole)]
    for article in sorted(
        {name for table in ("articles", "temporal") for name in names_of(release, table, "id", wrong)}
    ):
        yield f"temporal: {article} is in {found.find(article)}, by its day it belongs to {expected.find(article)}"


def _names(homes: Homes, ids: Ids) -> NDArray[np.str_]:
    return np.array([*homes.splits, ""])[homes.of(ids)]
