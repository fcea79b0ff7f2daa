"""Open a release for checking: its manifest and every table that can be read."""

from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa
from msgspec import Struct

from peacetalks.release.manifest import Manifest, read_manifest
from peacetalks.release.parquet import read_table
from peacetalks.release.schema import TABLE_NAMES

Rows = dict[str, list[dict[str, Any]]]  # as Arrow reads them: whether they are of their type is what is checked


class Opened(Struct, dict=True, kw_only=True):
    """A release on disk: `tables` by (table, split), `unreadable` files with the reader's words."""

    folder: Path
    manifest: Manifest
    tables: dict[tuple[str, str], pa.Table]
    unreadable: dict[str, str]

    @cached_property
    def rows(self) -> Rows:
        """The rows of each table, all splits together, in file order."""
        rows: Rows = {name: [] for name in TABLE_NAMES}
        for (name, _), table in self.tables.items():
            rows[name] += table.to_pylist()
        return rows


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
