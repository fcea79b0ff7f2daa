"""Checks of a release's rows: that each is valid, complete, in order, and accounted for."""

import datetime
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from operator import le
from pathlib import Path

import jsonschema
import msgspec
import numpy as np
import pyarrow.parquet as pq
from referencing import Registry
from referencing.exceptions import Unresolvable

from peacetalks._arrow import pa
from peacetalks.curate.ids import find_sorted
from peacetalks.registry.reasons import load_reasons
from peacetalks.release.batches import read_sound, read_stretches
from peacetalks.release.data_files import PART_BYTES
from peacetalks.release.inputs import InputCount, input_digest
from peacetalks.release.joined import join_articles
from peacetalks.release.known_ids import numbers_of, read_numbers, repeated_keys
from peacetalks.release.opened import Opened, Row
from peacetalks.release.parquet import GROUP_BYTES, Comparing, open_writer
from peacetalks.release.provenance import library_versions
from peacetalks.release.schema import TABLE_NAMES, TableName, record_type
from peacetalks.release.versions import KEYS, find_data

_EARLIEST = datetime.date(1990, 1, 1)
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|\d{3}))?(-[a-z0-9]{5,8})*")  # BCP 47, as it is used
_COUNTRY = re.compile(r"[A-Z]{2}")
_REQUIRED = {"articles": ("text",), "segments": (), "mentions": ("sentence",), "conferences": ("name",)}
_NULLS_MAY_SHIFT = 0.2
_STRETCH = 16_000_000  # bytes of the files whose ids and sources are read at a time
_ENOUGH = 50  # articles from which on a share says something


def reconcile(release: Opened) -> Iterator[str]:
    """Require that what came in was kept or excluded, each capture once, with a reason of the closed list."""
    kept, excluded, inputs = release.count("articles"), release.count("excluded"), release.manifest.inputs
    if (kept, excluded, kept + excluded) != (inputs.kept, inputs.excluded, inputs.captures):
        yield f"{inputs.captures} captures came in, {kept} are kept and {excluded} excluded"
    if not _has_inputs(release):
        yield "the ids and sources of articles and excluded are not those that came in"
    articles = np.sort(read_numbers(release, "articles", "id"))
    for _, batch in release.batches("excluded", "id", "reason"):
        is_article = find_sorted(articles, numbers_of(batch["id"])) >= 0
        for row, found in zip(batch.to_pylist(), is_article.tolist(), strict=True):
            if row["reason"] not in load_reasons():
                yield f"excluded {row['id']}: reason {row['reason']!r} is not in the closed list"
            elif found and not _may_be_kept_elsewhere(row["reason"]):
                yield f"excluded {row['id']}: is an article as well"


def id_unique(release: Opened) -> Iterator[str]:
    """Require that keys are unique over all splits, but those of captures: one may come in twice by the same name."""
    for name in TABLE_NAMES:
        for key, count in repeated_keys(release, name, KEYS[name]) if name != "excluded" else ():
            yield f"{name} {key}: appears {count} times"


def sorted_deterministic(release: Opened) -> Iterator[str]:
    """Require that rows stand in the order of their keys, and that writing them again gives the same bytes.

    The second holds for one version of the library that writes, and is asked only of a release written by it.
    """
    for name, split in release.tables:
        if not _is_sorted(release, name, split):
            yield f"{name}/{split}: rows are not sorted by {', '.join(KEYS[name])}"
    if release.manifest.provenance.made_with.get("pyarrow") != library_versions()["pyarrow"]:
        return
    for (name, split), stored in release.tables.items():
        if not all(_is_as_written(path) for path in stored.paths):
            yield f"{name}/{split}: is not written as declared (compression, row groups, page index, checksums)"


class _Nulls:
    """How many rows a table has, and how many of them have no value in a column; `columns` are those of the first."""

    def __init__(self) -> None:
        self.rows = 0
        self.columns: list[str] = []
        self._values: Counter[str] = Counter()

    def add(self, batches: Iterable[pa.Table]) -> None:
        for batch in batches:
            self.columns = self.columns or batch.column_names
            self.rows += batch.num_rows
            for column in batch.column_names:
                self._values[column] += batch.num_rows - batch[column].null_count

    def share(self, column: str) -> float:
        return (self.rows - self._values[column]) / self.rows


def _may_be_kept_elsewhere(reason: str) -> bool:
    """Tell whether a capture may be set aside where the same bytes are an article: under another name or in a crawl."""
    return reason == "duplicate-capture" or (reason != "missing-capture" and load_reasons()[reason].stage == "capture")


def _has_inputs(release: Opened) -> bool:
    """Return whether ids and sources are those that came in: read in the order of the ids, or else all sorted."""
    sources = release.sources("articles", "excluded", columns=("id", "source"))
    counted = InputCount()
    for part in read_stretches(sources, _STRETCH) if sources else ():
        counted.add(part)
    if counted.finish().sha256 == release.manifest.inputs.sha256:
        return True
    rows = [
        (row["id"], row["source"]) for name in ("articles", "excluded") for row in release.rows(name, "id", "source")
    ]
    return input_digest(rows) == release.manifest.inputs.sha256


def _is_sorted(release: Opened, name: str, split: str) -> bool:
    last: list[tuple[object, ...]] = []
    for _, batch in release.batches(name, *KEYS[name], split=split):
        keys = [*last, *(_order(name, row) for row in batch.to_pylist())]
        if not all(map(le, keys, keys[1:])):
            return False
        last = keys[-1:]
    return True


def _is_as_written(path: Path) -> bool:
    """Return whether a file has the bytes that its rows give, as a whole or in parts that are large enough."""
    with pq.ParquetFile(path, page_checksum_verification=True) as file:
        encoded = [file.metadata.row_group(n).total_byte_size for n in range(file.num_row_groups)]
        rows = [file.metadata.row_group(n).num_rows for n in range(file.num_row_groups)]
        size, largest = 0, 0
        with path.open("rb") as written, Comparing(written) as again:
            with open_writer(again, file.schema_arrow) as writer:
                for number, count in enumerate(rows):
                    group = file.read_row_group(number)
                    writer.write_table(group, row_group_size=max(1, count))
                    size, largest = size + group.nbytes, max(largest, group.nbytes)
            if not (again.is_same() and all(rows)):
                return False
    if len(rows) > 1 and min(encoded[:-1]) >= PART_BYTES // 2 and largest <= GROUP_BYTES:  # encoded they take less
        return True
    as_one = GROUP_BYTES * sum(rows) // max(1, size)  # rows of a group; each that was read alone has an offset more
    return all(abs(count - as_one) <= 1 for count in rows[:-1]) and max(rows[-1:], default=0) <= as_one + 1


def required_not_null(release: Opened) -> Iterator[str]:
    """Require that what has to be there is, and that no column loses far more values than in the release before."""
    for name, columns in _REQUIRED.items():
        for row in release.rows(name, *KEYS[name], *columns) if columns else ():
            for column in columns:
                if column in row and not (row[column] or "").strip():
                    yield f"{name} {_key(name, row)}: {column} is empty"
    if release.parent_folder is not None:
        yield from _lost_values(release, release.parent_folder)


def enums_ranges(release: Opened) -> Iterator[str]:
    """Require that every row fits its record type, and that languages, countries and days are such."""
    for name in TABLE_NAMES:
        yield from _misfits(release, name)
    dates = ("published", "published_edtf", "published_basis", "published_evidence")
    articles = ("id", *dates, "language")
    for row, segments in join_articles(release, "segments", of_articles=articles, of_rows=("article", "n")):
        yield from (f"article {row['id']}: {fault}" for fault in _odd_dates(row, release.manifest.released))
        own = {segment["n"] for segment in segments}
        for n in row.get("published_evidence", ()):
            if n not in own:
                yield f"article {row['id']}: published_evidence names segment {n}, which it does not have"
        if not _LANGUAGE.fullmatch(row["language"] or ""):
            yield f"article {row['id']}: language {row['language']!r} is no BCP 47 tag"
    for name in ("conferences", "outlets"):
        for row in release.rows(name):
            if row["country"] is not None and not _COUNTRY.fullmatch(row["country"]):
                yield f"{name} {row['id']}: country {row['country']!r} is no ISO 3166 code"


def _lost_values(release: Opened, parent: Path) -> Iterator[str]:
    before_it: dict[str, _Nulls] = {}
    for (name, _), paths in find_data(parent).items():
        before_it.setdefault(name, _Nulls()).add(read_sound(paths))
    if min(before_it.get("articles", _Nulls()).rows, release.count("articles")) < _ENOUGH:
        return
    for name, old in before_it.items():
        new = _Nulls()
        new.add(batch for _, batch in release.batches(name))
        for column in old.columns if old.rows and new.rows else ():
            before, after = (side.share(column) for side in (old, new))
            if abs(after - before) > _NULLS_MAY_SHIFT:
                yield f"{name}: {column} is null in {after:.0%}, in {parent.name} in {before:.0%}"


def _misfits(release: Opened, name: TableName) -> Iterator[str]:
    if release.is_current(name):
        kind = record_type(name, release.manifest.edition)
        for row in release.rows(name):
            try:
                msgspec.convert(row, kind)
            except msgspec.ValidationError as error:
                yield f"{name} {_key(name, row)}: {error}"
        return
    # A registry of its own: a schema that refers to another address is not to make this program ask there.
    validator = jsonschema.Draft202012Validator(release.schemas[name], registry=Registry())
    declared = release.columns(name) or ()
    try:
        for row in release.rows(name):
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
