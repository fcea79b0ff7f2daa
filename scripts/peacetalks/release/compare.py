"""Compare two releases on disk, however large: both are read in the order of their ids, a stretch at a time."""

from pathlib import Path

from peacetalks.release.batches import ID_COLUMNS, Cursor, id_bounds, source_of
from peacetalks.release.versions import Diff, TableDiff, data_paths, diff_tables

_STRETCH = 16_000_000  # bytes of the files of a table, of both sides, that are compared at a time
_LISTS = ("added", "removed", "corrected", "moved")


def diff_data(old: Path, new: Path, most: int | None = None) -> Diff:
    """Return what changed, table by table; of each kind of change `most` rows are listed, and the rest is counted."""
    before, after = data_paths(old), data_paths(new)
    found: dict[str, TableDiff] = {}
    for name in sorted({table for table, _ in (*before, *after)}):
        sides = [{s: paths for (table, s), paths in side.items() if table == name} for side in (before, after)]
        size = sum(path.stat().st_size for side in sides for paths in side.values() for path in paths)
        bounds = id_bounds(1 + size // _STRETCH) if name in ID_COLUMNS else [None]
        cursors = [{s: Cursor(source_of(paths), ID_COLUMNS.get(name)) for s, paths in side.items()} for side in sides]
        for bound in bounds:
            parts = [{s: cursor.read_to(bound) for s, cursor in side.items()} for side in cursors]
            for diff in diff_tables({name: parts[0]}, {name: parts[1]}).tables.values():
                found[name] = _joined(found.get(name, TableDiff()), diff, most)
    return Diff(tables=found)


def _joined(found: TableDiff, more: TableDiff, most: int | None) -> TableDiff:
    joined = TableDiff(
        added=found.added + more.added,
        removed=found.removed + more.removed,
        corrected=found.corrected | more.corrected,
        moved=found.moved | more.moved,
        columns=found.columns or more.columns,
        unlisted=found.unlisted,
    )
    if most is None:
        return joined
    unlisted = {what: joined.count(what) - min(most, len(getattr(joined, what))) for what in _LISTS}
    return TableDiff(
        added=joined.added[:most],
        removed=joined.removed[:most],
        corrected=dict(list(joined.corrected.items())[:most]),
        moved=dict(list(joined.moved.items())[:most]),
        columns=joined.columns,
        unlisted={what: count for what, count in unlisted.items() if count},
    )
