"""Open a release for checking: its manifest, and every table and schema of it that can be read."""

import json
from functools import cached_property
from pathlib import Path
from typing import Any

from msgspec import Struct

from peacetalks._arrow import pa
from peacetalks.curate.version_names import is_version
from peacetalks.release.manifest import Manifest, read_manifest
from peacetalks.release.parquet import read_table
from peacetalks.release.schema import TABLE_NAMES, fields, json_schema
from peacetalks.release.versions import data_paths

Row = dict[str, Any]
Rows = dict[str, list[Row]]  # as Arrow reads them: whether they are of their type is what is checked


class Opened(Struct, dict=True, kw_only=True):
    """A release on disk: `tables` and their rows by (table, split), `unreadable` files with the reader's words."""

    folder: Path
    manifest: Manifest
    paths: dict[tuple[str, str], list[Path]]
    tables: dict[tuple[str, str], pa.Table]
    parsed: dict[tuple[str, str], list[Row]]
    unreadable: dict[str, str]

    @cached_property
    def rows(self) -> Rows:
        """The rows of each table, all splits together, in file order; none of a table that this release has not.

        A column that came after the release was made is empty in each row: null, or a list of nothing.
        """
        rows: Rows = {name: [] for name in {*TABLE_NAMES, *self.manifest.tables}}
        for (name, split), found in self.parsed.items():
            later = self._later_columns(name, self.tables[name, split])
            rows[name] += [{**row, **later} for row in found] if later else found
        return rows

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

    def _later_columns(self, name: str, table: pa.Table) -> Row:
        if name not in TABLE_NAMES:
            return {}
        later = [field for field in fields(name, self.manifest.edition) if field.name not in table.column_names]
        return {field.name: [] if pa.types.is_list(field.type) else None for field in later}


def open_release(folder: Path) -> Opened:
    """Return the release; ReleaseError where there is no manifest to go by."""
    folder = folder.resolve()  # what stands beside it is looked up as well
    manifest = read_manifest(folder)
    tables: dict[tuple[str, str], pa.Table] = {}
    parsed: dict[tuple[str, str], list[Row]] = {}
    unreadable: dict[str, str] = {}
    paths = data_paths(folder)
    for key, files in paths.items():
        parts = []
        for path in files:
            try:
                table = read_table(path)
                table.to_pylist()
            except (pa.ArrowException, OSError, ValueError, OverflowError) as error:  # the last two: days, broken names
                unreadable[path.relative_to(folder).as_posix()] = f"{error} ".splitlines()[0].strip()
            else:
                parts.append(table)
        if parts:
            tables[key] = _joined(parts)
            parsed[key] = tables[key].to_pylist()
    return Opened(folder=folder, manifest=manifest, paths=paths, tables=tables, parsed=parsed, unreadable=unreadable)


def _joined(parts: list[pa.Table]) -> pa.Table:
    if len({str(part.schema) for part in parts}) == 1:
        return pa.concat_tables(parts).combine_chunks() if len(parts) > 1 else parts[0]
    return pa.concat_tables(parts, promote_options="permissive")
