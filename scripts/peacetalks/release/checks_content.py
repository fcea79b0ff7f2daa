"""Checks of a release's rows: that each is valid, that text and offsets agree, and that the tables fit together."""

import datetime
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

import msgspec

from peacetalks.clean.audit import audit
from peacetalks.clean.encoding import repair_lines
from peacetalks.errors import AuditError
from peacetalks.record import TABLES, Mention, Segment
from peacetalks.registry.reasons import load_reasons
from peacetalks.release.opened import Opened
from peacetalks.release.write import input_digest

Row = dict[str, Any]

_KEYS: dict[str, tuple[str, ...]] = {
    "articles": ("id",),
    "mentions": ("article", "field", "start", "end", "conference", "series"),
    "segments": ("article", "n"),
    "conferences": ("id",),
    "outlets": ("role", "id"),
    "excluded": ("id", "source"),
}
_MENTION = Mention.__struct_fields__
_EARLIEST = datetime.date(1990, 1, 1)


def record_valid(release: Opened) -> Iterator[str]:
    """Require that every row fits its record type: patterns, closed lists of values, ranges."""
    for name, rows in release.rows.items():
        for row in rows:
            try:
                msgspec.convert(row, TABLES[name])
            except msgspec.ValidationError as error:
                yield f"{name} {_key(name, row)}: {error}"


def id_unique(release: Opened) -> Iterator[str]:
    """Require that keys are unique over all splits."""
    for name, rows in release.rows.items():
        counts = Counter(_key(name, row) for row in rows)
        yield from (f"{name} {key}: appears {count} times" for key, count in counts.items() if count > 1)


def sorted_rows(release: Opened) -> Iterator[str]:
    """Require that rows stand in the order of their keys, a title's mentions before the text's."""
    for (name, split), table in release.tables.items():
        keys = [_order(name, row) for row in table.to_pylist()]
        if keys != sorted(keys):
            yield f"{name}/{split}: rows are not sorted by {', '.join(_KEYS[name])}"


def reconcile(release: Opened) -> Iterator[str]:
    """Require that what came in was kept or excluded, each capture once, with a reason of the closed list."""
    kept, excluded, inputs = release.rows["articles"], release.rows["excluded"], release.manifest.inputs
    if (len(kept), len(excluded), len(kept) + len(excluded)) != (inputs.kept, inputs.excluded, inputs.captures):
        yield f"{inputs.captures} captures came in, {len(kept)} are kept and {len(excluded)} excluded"
    if input_digest([(row["id"], row["source"]) for row in (*kept, *excluded)]) != inputs.sha256:
        yield "the ids and sources of articles and excluded are not those that came in"
    for row in excluded:
        if row["reason"] not in load_reasons():
            yield f"excluded {row['id']}: reason {row['reason']!r} is not in the closed list"


def dates_in_range(release: Opened) -> Iterator[str]:
    """Require that a publication day is of the time of the web, has a basis and evidence, and fits its EDTF form."""
    segments = {(row["article"], row["n"]) for row in release.rows["segments"]}
    for row in release.rows["articles"]:
        day, edtf = row["published"], row["published_edtf"]
        if day is not None and day < _EARLIEST:
            yield f"article {row['id']}: published {day}, before {_EARLIEST}"
        if day is not None and edtf != day.isoformat():
            yield f"article {row['id']}: published {day}, but published_edtf {edtf}"
        if (edtf is None) != (row["published_basis"] == "none"):
            yield f"article {row['id']}: published_edtf {edtf} with basis {row['published_basis']}"
        for n in row["published_evidence"]:
            if (row["id"], n) not in segments:
                yield f"article {row['id']}: published_evidence names segment {n}, which it does not have"


def text_clean(release: Opened) -> Iterator[str]:
    """Require that texts, titles and captions are as repairing leaves them: repairing once more changes nothing."""
    for row in release.rows["articles"]:
        for text in (row["title"] or "", row["text"], *row["captions"]):
            lines = text.split("\n")
            if repair_lines(lines) != lines:
                yield f"article {row['id']}: {text[:60]!r} changes when it is repaired once more"


def spans_valid(release: Opened) -> Iterator[str]:
    """Require that each mention's surface stands at its offsets, and `mentions` repeats what `articles` holds."""
    flat: dict[str, list[Row]] = defaultdict(list)
    for row in release.rows["mentions"]:
        flat[row["article"]].append(row)
    for article in release.rows["articles"]:
        for mention in article["mentions"]:
            field = article["text"] if mention["field"] == "text" else article["title"] or ""
            where = f"article {article['id']}: {mention['surface']!r}"
            if field[mention["start"] : mention["end"]] != mention["surface"]:
                yield f"{where} is not at {mention['start']} of {mention['field']}"
            if mention["conference"] is None and mention["series"] is None:
                yield f"{where} has neither conference nor series"
        repeated = [{name: row[name] for name in _MENTION} for row in flat[article["id"]]]
        if repeated != article["mentions"]:
            yield f"article {article['id']}: its rows in mentions are not those of the article"
        named = sorted({m["conference"] for m in article["mentions"] if m["conference"]})
        if named != article["conferences"]:
            yield f"article {article['id']}: conferences are not those of its mentions"


def audit_rebuild(release: Opened) -> Iterator[str]:
    """Require that the segments of each article tile a capture, and those that are body are its text."""
    pages: dict[str, list[Row]] = defaultdict(list)
    for row in release.rows["segments"]:
        pages[row["article"]].append(row)
    for article in release.rows["articles"]:
        segments = [
            Segment(**{name: value for name, value in row.items() if name != "article"}) for row in pages[article["id"]]
        ]
        try:
            audit("".join(segment.raw for segment in segments), segments, article["text"])
        except AuditError as error:
            yield f"article {article['id']}: {error}"


def references(release: Opened) -> Iterator[str]:
    """Require that every id that a row refers to is there: articles, conferences, outlets, agencies, clusters."""
    ids = {name: {row["id"] for row in release.rows[name]} for name in ("articles", "conferences", "outlets")}
    series = {row["series"] for row in release.rows["conferences"]}
    for row in release.rows["articles"]:
        for field in ("outlet", "agency"):
            if row[field] is not None and row[field] not in ids["outlets"]:
                yield f"article {row['id']}: {field} {row[field]!r} is not in outlets"
        if row["cluster"] not in ids["articles"]:
            yield f"article {row['id']}: cluster {row['cluster']} is no article"
        for mention in row["mentions"]:
            if mention["conference"] is not None and mention["conference"] not in ids["conferences"]:
                yield f"article {row['id']}: conference {mention['conference']!r} is not in conferences"
            if mention["series"] is not None and mention["series"] not in series:
                yield f"article {row['id']}: series {mention['series']!r} is that of no conference"
    for name in ("mentions", "segments"):
        for orphan in sorted({row["article"] for row in release.rows[name]} - ids["articles"]):
            yield f"{name}: article {orphan} is not in articles"


def splits_no_leak(release: Opened) -> Iterator[str]:
    """Require that no cluster and no article stands in two splits, in any table."""
    for table, key in (("articles", "cluster"), ("articles", "id"), ("mentions", "article"), ("segments", "article")):
        homes: dict[str, set[str]] = defaultdict(set)
        for (name, split), rows in release.tables.items():
            if name == table:
                for value in rows[key].to_pylist():
                    homes[value].add(split)
        yield from (f"{table}: {key} {v} is in {' and '.join(sorted(s))}" for v, s in homes.items() if len(s) > 1)
    home = {
        row: split for (name, split), t in release.tables.items() if name == "articles" for row in t["id"].to_pylist()
    }
    for (name, split), rows in release.tables.items():
        if name in ("mentions", "segments"):
            for article in sorted(set(rows["article"].to_pylist())):
                if home.get(article) != split:
                    yield f"{name}/{split}: article {article} is in {home.get(article)}"


def _key(name: str, row: Row) -> tuple[object, ...]:
    return tuple(row[column] for column in _KEYS[name])


def _order(name: str, row: Row) -> tuple[object, ...]:
    if name == "mentions":
        return (row["article"], row["field"] != "title", row["start"], row["end"], row["conference"] or "")
    return _key(name, row)
