"""Open a release for checking: its manifest and every table that can be read."""

import json
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa
from msgspec import Struct

from peacetalks.release.manifest import Manifest, read_manifest
from peacetalks.release.parquet import read_table
from peacetalks.release.schema import TABLE_NAMES, json_schema

Row = dict[str, Any]
Rows = dict[str, list[Row]]  # as Arrow reads them: whether they are of their type is what is checked


class Opened(Struct, dict=True, kw_only=True):
    """A release on disk: `tables` by (table, split), `unreadable` files with the reader's words."""

    folder: Path
    manifest: Manifest
    tables: dict[tuple[str, str], pa.Table]
    unreadable: dict[str, str]

    @cached_property
    def rows(self) -> Rows:
        """The rows of each table, all splits together, in file order; none of a table that this release has not."""
        rows: Rows = {name: [] for name in {*TABLE_NAMES, *self.manifest.tables}}
        for (name, _), table in self.tables.items():
            rows[name] += table.to_pylist()
        return rows

    @cached_property
    def schemas(self) -> dict[str, dict[str, Any]]:
        """The JSON Schema of each table, as this release holds it."""
        found: dict[str, dict[str, Any]] = {}
        for path in sorted((self.folder / "schema").glob("*.schema.json")):
            try:
                schema = json.loads(path.read_bytes())
            except ValueError:
                continue
            if isinstance(schema, dict):
                found[path.name.removesuffix(".schema.json")] = schema
        return found

    def columns(self, table: str) -> list[str] | None:
        """Return the columns that the release's own schema gives a table; None where it has none."""
        schema = self.schemas.get(table, {})
        record = schema.get("$defs", {}).get(str(schema.get("$ref", "")).removeprefix("#/$defs/"))
        return list(record["properties"]) if isinstance(record, dict) and "properties" in record else None

    def is_current(self, table: str) -> bool:
        """Return whether the table's schema is the one that this program writes."""
        return table in TABLE_NAMES and self.schemas.get(table) == json_schema(table, self.manifest.edition)


def open_release(folder: Path) -> Opened:
    """Return the release; ReleaseError where there is no manifest to go by."""
    manifest = read_manifest(folder)
    tables: dict[tuple[str, str], pa.Table] = {}
    unreadable: dict[str, str] = {}
    for path in sorted((folder / "data").glob("*/*.parquet")):
        name, split = path.parent.name, path.name.partition("-")[0]
        try:
            tables[name, split] = read_table(path)
        except (pa.ArrowException, OSError) as error:
            unreadable[path.relative_to(folder).as_posix()] = str(error).splitlines()[0]
    return Opened(folder=folder, manifest=manifest, tables=tables, unreadable=unreadable)
