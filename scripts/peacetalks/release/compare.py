"""Compare two releases on disk, however large: both are read in the order of their ids, a stretch at a time."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq

from peacetalks._arrow import pa
from peacetalks.errors import ReleaseError
from peacetalks.release.versions import Diff, TableDiff, data_paths, diff_tables

_STRETCH = 16_000_000  # bytes of the files of a table, of both sides, that are compared at a time
_KEYS = {"articles": "id", "mentions": "article", "segments": "article", "temporal": "id", "excluded": "id"}
_LISTS = ("added", "removed", "corrected", "moved")


def diff_data(old: Path, new: Path, most: int | None = None) -> Diff:
    """Return what changed, table by table; of each kind of change `most` rows are listed, and the rest is counted."""
    before, after = data_paths(old), data_paths(new)
    found: dict[str, TableDiff] = {}
    for name in sorted({table for table, _ in (*before, *after)}):
        sides = [{s: paths for (table, s), paths in side.items() if table == name} for side in (before, after)]
        size = sum(path.stat().st_size for side in sides for paths in side.values() for path in paths)
        bounds = _bounds(1 + size // _STRETCH) if name in _KEYS else [None]
        cursors = [{s: _Cursor(paths, _KEYS.get(name, "")) for s, paths in side.items()} for side in sides]
        for bound in bounds:
            parts = [{s: cursor.read_to(bound) for s, cursor in side.items()} for side in cursors]
            for diff in diff_tables({name: parts[0]}, {name: parts[1]}).tables.values():
                found[name] = _joined(found.get(name, TableDiff()), diff, most)
    return Diff(tables=found)


class _Cursor:
    """A split that is read from its first row to its last, by its key."""

    def __init__(self, paths: list[Path], key: str) -> None:
        self._batches = _read(paths)
        self._key = key
        schema = pq.read_schema(paths[0])
        self._empty = schema.empty_table()
        self._waiting: list[pa.Table] = []

    def read_to(self, bound: str | None) -> pa.Table:
        """Return the rows that are left below a bound; None for all."""
        while bound is None or not self._waiting or _last(self._waiting[-1], self._key) < bound:
            batch = next(self._batches, None)
            if batch is None:
                break
            self._waiting.append(batch)
        table = pa.concat_tables([self._empty, *self._waiting])
        if bound is None:
            self._waiting = []
            return table
        below = pc.sum(pc.less(table[self._key], bound)).as_py() or 0
        self._waiting = [table.slice(below)] if below < table.num_rows else []
        return table.slice(0, below)


def _read(paths: list[Path]) -> Iterator[pa.Table]:
    for path in paths:
        try:
            with pq.ParquetFile(path, page_checksum_verification=True) as file:
                for batch in file.iter_batches():
                    table = pa.Table.from_batches([batch])
                    table.validate(full=True)
                    yield table
        except (pa.ArrowException, OSError) as error:
            raise ReleaseError(f"{path}: {str(error).splitlines()[0]}") from None


def _last(table: pa.Table, key: str) -> str:
    return str(table[key][-1].as_py())


def _bounds(stretches: int) -> list[str | None]:
    return [*(f"{(n << 64) // stretches:016x}" for n in range(1, stretches)), None]


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
