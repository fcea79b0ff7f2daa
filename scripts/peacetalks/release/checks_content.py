"""Checks of a release's rows: that each is valid, complete, in order, and accounted for."""

import datetime
import re
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import msgspec
import pyarrow.parquet as pq
from referencing import Registry
from referencing.exceptions import Unresolvable

from peacetalks.registry.reasons import load_reasons
from peacetalks.release.data_files import PART_BYTES
from peacetalks.release.opened import Opened, Row
from peacetalks.release.parquet import open_writer, read_table, write_rows, write_table
from peacetalks.release.provenance import library_versions
from peacetalks.release.schema import record_type
from peacetalks.release.versions import KEYS, read_tables
from peacetalks.release.write import input_digest

_EARLIEST = datetime.date(1990, 1, 1)
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|\d{3}))?(-[a-z0-9]{5,8})*")  # BCP 47, as it is used
_COUNTRY = re.compile(r"[A-Z]{2}")
_REQUIRED = {"articles": ("text",), "segments": (), "mentions": ("sentence",), "conferences": ("name",)}
_NULLS_MAY_SHIFT = 0.2
_ENOUGH = 50  # articles from which on a share says something


def reconcile(release: Opened) -> Iterator[str]:
    """Require that what came in was kept or excluded, each capture once, with a reason of the closed list."""
    kept, excluded, inputs = release.rows["articles"], release.rows["excluded"], release.manifest.inputs
    if (len(kept), len(excluded), len(kept) + len(excluded)) != (inputs.kept, inputs.excluded, inputs.captures):
        yield f"{inputs.captures} captures came in, {len(kept)} are kept and {len(excluded)} excluded"
    if input_digest([(row["id"], row["source"]) for row in (*kept, *excluded)]) != inputs.sha256:
        yield "the ids and sources of articles and excluded are not those that came in"
    articles = {row["id"] for row in kept}
    for row in excluded:
        if row["reason"] not in load_reasons():
            yield f"excluded {row['id']}: reason {row['reason']!r} is not in the closed list"
        if row["id"] in articles and row["reason"] != "duplicate-capture":
            yield f"excluded {row['id']}: is an article as well"


def id_unique(release: Opened) -> Iterator[str]:
    """Require that keys are unique over all splits."""
    for name, rows in release.rows.items():
        counts = Counter(_key(name, row) for row in rows)
        yield from (f"{name} {key}: appears {count} times" for key, count in counts.items() if count > 1)


def sorted_deterministic(release: Opened) -> Iterator[str]:
    """Require that rows stand in the order of their keys, and that writing them again gives the same bytes.

    The second holds for one version of the library that writes, and is asked only of a release written by it.
    """
    for name, split in release.tables:
        keys = [_order(name, row) for row in release.parsed[name, split]]
        if keys != sorted(keys):
            yield f"{name}/{split}: rows are not sorted by {', '.join(KEYS[name])}"
    if release.manifest.provenance.made_with.get("pyarrow") != library_versions()["pyarrow"]:
        return
    with tempfile.TemporaryDirectory(prefix="peacetalks-") as folder:
        again = Path(folder, "again.parquet")
        for (name, split), paths in release.paths.items():
            if (name, split) in release.tables and not all(_is_as_written(path, again) for path in paths):
                yield f"{name}/{split}: is not written as declared (compression, row groups, page index, checksums)"


def _is_as_written(path: Path, again: Path) -> bool:
    """Return whether a file has the bytes that its rows give, as a whole or in parts that are large enough."""
    write_table(read_table(path), again)
    if again.read_bytes() == path.read_bytes():
        return True
    with pq.ParquetFile(path) as file:
        groups = [file.metadata.row_group(n).total_byte_size for n in range(file.num_row_groups)]
        if len(groups) < 2 or min(groups[:-1]) < PART_BYTES // 2:  # encoded they take less
            return False
        with again.open("wb") as copy, open_writer(copy, file.schema_arrow) as writer:
            for number in range(len(groups)):
                write_rows(writer, file.read_row_group(number))
    return again.read_bytes() == path.read_bytes()


def required_not_null(release: Opened) -> Iterator[str]:
    """Require that what has to be there is, and that no column loses far more values than in the release before."""
    for name, columns in _REQUIRED.items():
        for row in release.rows[name]:
            for column in columns:
                if column in row and not (row[column] or "").strip():
                    yield f"{name} {_key(name, row)}: {column} is empty"
    parent = release.parent_folder
    if parent is None:
        return
    before_it = read_tables(parent)
    if min(sum(map(len, before_it.get("articles", {}).values())), len(release.rows["articles"])) < _ENOUGH:
        return
    for name, tables in before_it.items():
        old, new = [row for table in tables.values() for row in table.to_pylist()], release.rows.get(name, [])
        for column in old[0] if old and new else ():
            before, after = (sum(row.get(column) is None for row in rows) / len(rows) for rows in (old, new))
            if abs(after - before) > _NULLS_MAY_SHIFT:
                yield f"{name}: {column} is null in {after:.0%}, in {parent.name} in {before:.0%}"


def enums_ranges(release: Opened) -> Iterator[str]:
    """Require that every row fits its record type, and that languages, countries and days are such."""
    for name, rows in release.rows.items():
        yield from _misfits(release, name, rows)
    segments = {(row["article"], row["n"]) for row in release.rows["segments"]}
    for row in release.rows["articles"]:
        yield from (f"article {row['id']}: {fault}" for fault in _odd_dates(row, release.manifest.released))
        for n in row.get("published_evidence", ()):
            if (row["id"], n) not in segments:
                yield f"article {row['id']}: published_evidence names segment {n}, which it does not have"
        if not _LANGUAGE.fullmatch(row["language"] or ""):
            yield f"article {row['id']}: language {row['language']!r} is no BCP 47 tag"
    for name in ("conferences", "outlets"):
        for row in release.rows[name]:
            if row["country"] is not None and not _COUNTRY.fullmatch(row["country"]):
                yield f"{name} {row['id']}: country {row['country']!r} is no ISO 3166 code"


def _misfits(release: Opened, name: str, rows: list[Row]) -> Iterator[str]:
    if release.is_current(name):
        kind = record_type(name, release.manifest.edition)
        for row in rows:
            try:
                msgspec.convert(row, kind)
            except msgspec.ValidationError as error:
                yield f"{name} {_key(name, row)}: {error}"
        return
    # A registry of its own: a schema that refers to another address is not to make this program ask there.
    validator = jsonschema.Draft202012Validator(release.schemas[name], registry=Registry())
    declared = release.columns(name) or ()
    try:
        for row in rows:
            for fault in validator.iter_errors(msgspec.to_builtins({column: row[column] for column in declared})):
                yield f"{name} {_key(name, row)}: {fault.json_path}: {fault.message[:200]}"
    except (Unresolvable, re.error) as error:
        yield f"schema/{name}.schema.json: can't be applied: {error}"


def _odd_dates(row: Row, released: datetime.date) -> Iterator[str]:
    day, edtf = row["published"], row["published_edtf"]
    if day is not None and not _EARLIEST <= day <= released:
        yield f"published {day}, not between {_EARLIEST} and the release on {released}"
    if day is not None and edtf != day.isoformat():
        yield f"published {day}, but published_edtf {edtf}"
    if (edtf is None) != (row["published_basis"] == "none"):
        yield f"published_edtf {edtf} with basis {row['published_basis']}"


def _key(name: str, row: Row) -> tuple[object, ...]:
    return tuple(row[column] for column in KEYS[name])


def _order(name: str, row: Row) -> tuple[object, ...]:
    if name == "mentions":
        return (row["article"], row["field"] != "title", row["start"], row["end"], row["conference"] or "")
    return _key(name, row)
