"""Open a release for checking: its manifest, and every table of it that can be read, a batch at a time."""

import json
from collections.abc import Iterator
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from msgspec import Struct

from peacetalks._arrow import pa
from peacetalks.curate.version_names import is_version
from peacetalks.release.batches import Source, read_batches
from peacetalks.release.manifest import FileEntry, Manifest, list_files, read_manifest
from peacetalks.release.schema import TABLE_NAMES, fields, json_schema
from peacetalks.release.versions import data_paths

Row = dict[str, Any]  # as Arrow reads it: whether its values are of their type is what is checked


class Stored(Struct, frozen=True, kw_only=True):
    """One split of a table on disk: the files of it that can be read, the schema that fits all, and their rows."""

    paths: list[Path]
    schema: pa.Schema
    rows: int


class Opened(Struct, dict=True, kw_only=True):
    """A release on disk: `tables` by (table, split) in the order of the files, `unreadable` files with what was said.

    Nothing of the rows is kept: each check reads what it needs of them, as often as it needs it.
    """

    folder: Path
    manifest: Manifest
    tables: dict[tuple[str, str], Stored]
    unreadable: dict[str, str]

    @cached_property
    def files(self) -> dict[str, FileEntry]:
        """The files that are there, with their digests."""
        return list_files(self.folder)

    @cached_property
    def schemas(self) -> dict[str, Row]:
        """The JSON Schema of each table, as this release holds it."""
        found: dict[str, Row] = {}
        for path in sorted((self.folder / "schema").glob("*.schema.json")):
            try:
                schema = json.loads(path.read_bytes())
            except (OSError, ValueError, RecursionError):
                continue
            if isinstance(schema, dict):
                found[path.name.removesuffix(".schema.json")] = schema
        return found

    @property
    def parent_folder(self) -> Path | None:
        """The folder of the release that this one follows, where it stands beside it."""
        parent = self.manifest.parent
        if parent is None or not is_version(parent.version):
            return None
        folder = self.folder.parent / parent.version
        return folder if folder.exists() else None

    def columns(self, table: str) -> list[str] | None:
        """Return the columns that the release's own schema gives a table; None where it has none."""
        schema = self.schemas.get(table, {})
        records = schema.get("$defs")
        record = records.get(str(schema.get("$ref")).removeprefix("#/$defs/")) if isinstance(records, dict) else None
        properties = record.get("properties") if isinstance(record, dict) else None
        return list(properties) if isinstance(properties, dict) else None

    def is_current(self, table: str) -> bool:
        """Return whether the table's schema is the one that this program writes."""
        return table in TABLE_NAMES and self.schemas.get(table) == json_schema(table, self.manifest.edition)

    def count(self, table: str) -> int:
        """Return how many rows a table has."""
        return sum(stored.rows for (name, _), stored in self.tables.items() if name == table)

    def splits(self, table: str) -> list[str]:
        """Return the splits of a table, in the order of the files."""
        return [split for name, split in self.tables if name == table]

    def sources(self, *names: str, columns: tuple[str, ...] = ()) -> dict[tuple[str, str], Source]:
        """Return splits of tables as they are stored, whole or by some columns."""
        return {
            place: Source(
                schema=_chosen(stored.schema, columns),
                size=sum(path.stat().st_size for path in stored.paths),
                read=partial(_read, stored, columns),
            )
            for place, stored in self.tables.items()
            if place[0] in names
        }

    def batches(self, table: str, *columns: str, split: str | None = None) -> Iterator[tuple[str, pa.Table]]:
        """Yield the rows of a table in file order, each batch with its split: all splits, or one; all columns, or some.

        A column that came after the release was made is empty in each row: null, or a list of nothing.
        """
        for (name, own), stored in self.tables.items():
            if name != table or split not in (None, own):
                continue
            later = [field for field in self._later(name, stored) if not columns or field.name in columns]
            for batch in _read(stored, columns):
                whole = batch
                for field in later:
                    whole = whole.append_column(field, _nothing(field.type, whole.num_rows))
                yield own, whole

    def rows(self, table: str, *columns: str, split: str | None = None) -> Iterator[Row]:
        """Yield the rows of a table one by one, as `batches` does."""
        for _, batch in self.batches(table, *columns, split=split):
            yield from batch.to_pylist()

    def _later(self, name: str, stored: Stored) -> list[pa.Field]:
        if name not in TABLE_NAMES:
            return []
        there = set(stored.schema.names)
        known = fields(name, self.manifest.edition)
        return [pa.field(field.name, field.type) for field in known if field.name not in there]


def open_release(folder: Path) -> Opened:
    """Return the release, of which every row was read once; ReleaseError where there is no manifest to go by."""
    folder = folder.resolve()  # what stands beside it is looked up as well
    manifest = read_manifest(folder)
    tables: dict[tuple[str, str], Stored] = {}
    unreadable: dict[str, str] = {}
    for place, files in data_paths(folder).items():
        found = []
        for path in files:
            try:
                found.append(_examine(path))
            except (pa.ArrowException, OSError, ValueError, OverflowError) as error:  # the last two: days, broken names
                unreadable[path.relative_to(folder).as_posix()] = f"{error} ".splitlines()[0].strip()
        if found:
            tables[place] = Stored(
                paths=[path for stored in found for path in stored.paths],
                schema=_joined([stored.schema for stored in found]),
                rows=sum(stored.rows for stored in found),
            )
    return Opened(folder=folder, manifest=manifest, tables=tables, unreadable=unreadable)


def _examine(path: Path) -> Stored:
    """Return a file all of whose values can be read, and made Python's."""
    schema: pa.Schema | None = None
    rows = 0
    for batch in read_batches(path):
        schema = batch.schema if schema is None else schema
        batch.validate(full=True)
        batch.select([field.name for field in schema if not _is_plain(field.type)]).to_pylist()
        rows += batch.num_rows
    # What a reader makes of the metadata is not always what the schema of the file says.
    return Stored(paths=[path], schema=schema or pq.ParquetFile(path).read().schema, rows=rows)


def _is_plain(kind: pa.DataType) -> bool:
    """Return whether every valid value of a type is a value of Python's: not so a day that no calendar has."""
    if pa.types.is_list(kind):
        return _is_plain(kind.value_type)
    if pa.types.is_struct(kind):
        return len({field.name for field in kind}) == kind.num_fields and all(_is_plain(field.type) for field in kind)
    return bool(pa.types.is_string(kind) or pa.types.is_integer(kind) or pa.types.is_float64(kind))


def _joined(schemas: list[pa.Schema]) -> pa.Schema:
    if len({str(schema) for schema in schemas}) == 1:
        return schemas[0]
    return pa.concat_tables([schema.empty_table() for schema in schemas], promote_options="permissive").schema


def _chosen(schema: pa.Schema, columns: tuple[str, ...]) -> pa.Schema:
    return pa.schema([field for field in schema if not columns or field.name in columns], schema.metadata)


def _read(stored: Stored, columns: tuple[str, ...]) -> Iterator[pa.Table]:
    schema = _chosen(stored.schema, columns)
    for path in stored.paths:
        for batch in read_batches(path, columns or None):
            if batch.schema.equals(schema):
                yield batch
            else:
                yield pa.concat_tables([schema.empty_table(), batch], promote_options="permissive")


def _nothing(kind: pa.DataType, rows: int) -> pa.Array:
    if pa.types.is_list(kind):
        return pa.ListArray.from_arrays(
            pa.array([0] * (rows + 1), pa.int32()), pa.array([], kind.value_type), type=kind
        )
    return pa.nulls(rows, kind)
