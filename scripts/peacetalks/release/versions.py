"""Compare two releases, and say which version number a change asks for.

The rule is that of Croissant 1.1: PATCH where the data is the same; MINOR where something was added and the old data
can still be got as it was; MAJOR where rows were edited, removed or moved to another split. What was added can be told
by the ledger, which names the version that each article is of.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import pyarrow.compute as pc
from msgspec import Struct

from peacetalks._arrow import pa
from peacetalks.curate.version_names import version_key
from peacetalks.errors import ReleaseError
from peacetalks.release.history import STABLE, list_versions
from peacetalks.release.lines import json_lines
from peacetalks.release.manifest import NAME
from peacetalks.release.parquet import read_table

Bump = Literal["none", "patch", "minor", "major"]
Row = dict[str, Any]
Key = tuple[str, ...]
Tables = Mapping[str, Mapping[Any, pa.Table]]  # by name and split

KEYS: dict[str, Key] = {
    "articles": ("id",),
    "mentions": ("article", "field", "start", "end", "conference", "series"),
    "segments": ("article", "n"),
    "temporal": ("id",),
    "catalogue": ("id",),
    "conferences": ("id",),
    "outlets": ("role", "id"),
    "excluded": ("id", "source"),
}


class Correction(Struct, frozen=True, kw_only=True):
    """One field of one row that changed."""

    field: str
    old: Any
    new: Any


class TableDiff(Struct, frozen=True, kw_only=True):
    """What changed in one table, by the key of each row; `columns` are those added (+name) or removed (-name).

    `unlisted` counts, by the names of these lists, the rows that were too many to be listed.
    """

    added: list[str] = []
    removed: list[str] = []
    corrected: dict[str, list[Correction]] = {}
    moved: dict[str, tuple[str, str]] = {}
    columns: list[str] = []
    unlisted: dict[str, int] = {}

    def count(self, what: str) -> int:
        """Return how many rows were added, removed, corrected or moved."""
        return len(getattr(self, what)) + self.unlisted.get(what, 0)


class Diff(Struct, frozen=True, kw_only=True):
    """What changed between two releases, by table; tables without a change are left out."""

    tables: dict[str, TableDiff] = {}

    @property
    def bump(self) -> Bump:
        """The kind of change that this is."""
        changed = self.tables.values()
        # The list of what was set aside is a record of the build, not data that a reader cites.
        rows = [table for name, table in self.tables.items() if name != "excluded"]
        if any(table.removed or table.corrected or table.moved for table in rows):
            return "major"
        if any(column.startswith("-") for table in changed for column in table.columns):
            return "major"
        return "minor" if self.tables else "patch"


def find_parent(out: Path, version: str) -> Path | None:
    """Return the newest stable release below a version; ReleaseError where a newer one than the version is there."""
    wanted, versions = version_key(version), list_versions(out)
    if versions and version_key(versions[-1]) > wanted and version not in versions:
        raise ReleaseError(f"version {version} is lower than {versions[-1]}, which is in {out} already")
    stable = [name for name in versions if STABLE <= version_key(name) < wanted]
    return out / stable[-1] if stable else None


def read_tables(folder: Path) -> Tables:
    """Return the tables of a release on disk by name and split; ReleaseError where one can't be read."""
    tables: dict[str, dict[str, pa.Table]] = {}
    for (name, split), paths in find_data(folder).items():
        parts = [_read(path) for path in paths]
        tables.setdefault(name, {})[split] = parts[0] if len(parts) == 1 else pa.concat_tables(parts)
    return tables


def find_data(folder: Path) -> dict[tuple[str, str], list[Path]]:
    """Return the data files of a release by table and split, in order; ReleaseError where it is none."""
    if not (folder / NAME).exists():
        raise ReleaseError(f"{folder}: no {NAME}, so this is no release; name a folder such as corpus/1.0.0")
    return data_paths(folder)


def data_paths(folder: Path) -> dict[tuple[str, str], list[Path]]:
    """Return the data files below a folder by table and split, in order."""
    found: dict[tuple[str, str], list[Path]] = {}
    for path in sorted((folder / "data").glob("*/*.parquet")):
        found.setdefault((path.parent.name, path.name.partition("-")[0]), []).append(path)
    return found


def _read(path: Path) -> pa.Table:
    try:
        return read_table(path)
    except (pa.ArrowException, OSError) as error:
        raise ReleaseError(f"{path}: {str(error).splitlines()[0]}") from None


def diff_tables(old: Tables, new: Tables) -> Diff:
    """Return what changed, table by table; a table that only one side has counts row by row."""
    found = {name: _diff_table(name, old.get(name, {}), new.get(name, {})) for name in sorted(old.keys() | new.keys())}
    return Diff(tables={name: diff for name, diff in found.items() if diff != TableDiff()})


def smallest_legal(old: str, diff: Diff) -> str:
    """Return the smallest version that may follow the old one; a preview promises nothing and takes any."""
    major, minor, patch = version_key(old)
    if (major, minor, patch) < STABLE:
        return f"{major}.{minor}.{patch + 1}"
    if diff.bump == "major":
        return f"{major + 1}.0.0"
    return f"{major}.{minor + 1}.0" if diff.bump == "minor" else f"{major}.{minor}.{patch + 1}"


def require_legal(old: str, new: str, diff: Diff) -> None:
    """Raise ReleaseError where the new version is too small for what changed since the old one."""
    least = smallest_legal(old, diff)
    if version_key(new) < version_key(least):
        raise ReleaseError(
            f"version {new} is too small: since {old} there is a {diff.bump} change ({summarise(diff)}), "
            f"so that the smallest legal version is {least}"
        )


def summarise(diff: Diff) -> str:
    """Return the counts of each table in one line."""
    parts = []
    for name, table in diff.tables.items():
        counts = {
            **{what: table.count(what) for what in ("added", "removed", "corrected", "moved")},
            "columns": len(table.columns),
        }
        parts.append(f"{name}: {', '.join(f'{count} {word}' for word, count in counts.items() if count)}")
    return "; ".join(parts) or "no row differs"


def _diff_table(name: str, old: Mapping[Any, pa.Table], new: Mapping[Any, pa.Table]) -> TableDiff:
    columns = [_columns(tables) for tables in (old, new)]
    shared_columns = [column for column in columns[0] if column in columns[1]]
    changed = _without_equal(old, new, shared_columns), _without_equal(new, old, shared_columns)
    before, after = (_by_key(name, tables) for tables in changed)
    shared = [key for key in before if key in after]
    corrected = {}
    for key in shared:
        (_, was), (_, now) = before[key], after[key]
        fields = [field for field in was if field in now and was[field] != now[field]]
        if fields:
            corrected[key] = [Correction(field=field, old=was[field], new=now[field]) for field in fields]
    return TableDiff(
        added=[key for key in after if key not in before],
        removed=[key for key in before if key not in after],
        corrected=corrected,
        moved={key: (before[key][0], after[key][0]) for key in shared if before[key][0] != after[key][0]},
        columns=[
            *(f"+{field}" for field in columns[1] if old and field not in columns[0]),
            *(f"-{field}" for field in columns[0] if new and field not in columns[1]),
        ],
    )


def _without_equal(
    tables: Mapping[Any, pa.Table], others: Mapping[Any, pa.Table], columns: list[str]
) -> Mapping[Any, pa.Table]:
    """Return the rows that the other side has not in the same split, by the columns that both have."""
    found = {}
    for split, table in tables.items():
        if split not in others or not columns or not table.num_rows:
            found[split] = table
            continue
        lines, known = (json_lines(side.select(columns)) for side in (table, others[split]))
        found[split] = table.filter(pc.invert(pc.is_in(lines, value_set=known)))
    return found


def _by_key(name: str, tables: Mapping[Any, pa.Table]) -> dict[str, tuple[str, Row]]:
    rows: dict[str, tuple[str, Row]] = {}
    for split, table in tables.items():
        keys = [column for column in KEYS.get(name, ()) if column in table.column_names] or table.column_names[:1]
        for row in table.to_pylist():
            rows[" ".join(str(row[column]) for column in keys)] = split, row
    return rows


def _columns(tables: Mapping[Any, pa.Table]) -> list[str]:
    return next((table.column_names for table in tables.values()), [])
