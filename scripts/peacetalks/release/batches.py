"""Read the data files of a release a batch at a time, in the order of the files or side by side in that of the ids."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq
from msgspec import Struct

from peacetalks._arrow import pa
from peacetalks.errors import ReleaseError
from peacetalks.release.versions import find_data

_BATCH = 1 << 20  # bytes of the rows that are in memory at a time, of one file
_PART = 1_000_000  # bytes of the files of a release whose rows are in memory at a time
BARE_PART = 250_000  # and of an edition without words, whose files are a quarter of those with them
_BUFFER = 1 << 16  # bytes of a column that are read from a file at a time
# The column of ids that the rows of a table are sorted by; the other tables are small.
ID_COLUMNS = {
    "articles": "id",
    "mentions": "article",
    "segments": "article",
    "temporal": "id",
    "catalogue": "id",
    "excluded": "id",
}

Tables = dict[str, dict[Any, pa.Table]]  # by name and split


class Source(Struct, frozen=True, kw_only=True):
    """One split of a table that can be read as often as needed: its schema, bytes on disk, and rows in batches."""

    schema: pa.Schema
    size: int
    read: Callable[[], Iterator[pa.Table]]


def read_batches(path: Path, columns: Sequence[str] | None = None) -> Iterator[pa.Table]:
    """Yield the rows of a file in order, page checksums verified; of all columns, or of those named that it has.

    However large its row groups are, a few pages of each column are in memory.
    """
    with pq.ParquetFile(path, page_checksum_verification=True, pre_buffer=False, buffer_size=_BUFFER) as file:
        rows = max(1, min(_BATCH, _BATCH * file.metadata.num_rows // max(1, _size(file.metadata))))
        for batch in file.iter_batches(rows, columns=columns):
            if batch.num_rows:
                yield pa.Table.from_batches([batch])


def data_size(path: Path) -> int:
    """Return how many bytes the rows of a file take, uncompressed."""
    return _size(pq.read_metadata(path))


def read_sound(paths: Sequence[Path], columns: Sequence[str] | None = None) -> Iterator[pa.Table]:
    """Yield the rows of files as `read_batches` does, fully checked; ReleaseError where one can't be read."""
    for path in paths:
        try:
            for batch in read_batches(path, columns):
                batch.validate(full=True)
                yield batch
        except (pa.ArrowException, OSError) as error:
            raise ReleaseError(f"{path}: {str(error).splitlines()[0]}") from None


def source_of(paths: Sequence[Path]) -> Source:
    """Return files as one split; ReleaseError where the first can't be read."""
    try:
        schema = pq.read_schema(paths[0])
    except (pa.ArrowException, OSError) as error:
        raise ReleaseError(f"{paths[0]}: {str(error).splitlines()[0]}") from None
    return Source(schema=schema, size=sum(path.stat().st_size for path in paths), read=lambda: read_sound(paths))


def read_stretches(sources: Mapping[tuple[str, str], Source], stretch: int) -> Iterator[Tables]:
    """Yield the rows of tables that are sorted by their ids, a stretch of the ids at a time.

    A stretch is some `stretch` bytes of the files, and holds all rows of its ids. A table without a column of ids comes
    as a whole with the first.
    """
    size = sum(source.size for (name, _), source in sources.items() if name in ID_COLUMNS)
    cursors = {place: Cursor(source, ID_COLUMNS.get(place[0])) for place, source in sources.items()}
    for bound in id_bounds(1 + size // stretch):
        tables: Tables = {}
        for (name, split), cursor in cursors.items():
            tables.setdefault(name, {})[split] = cursor.read_to(bound)
        yield tables


def read_parts(release: Path, size: int | None = None) -> Iterator[Tables]:
    """Yield the tables of a release in parts that hold all rows of their ids; ReleaseError where these are no order.

    `size` is how many bytes of the files are a part. Tables without a column of ids come with the first part.
    """
    last = ""
    sources = {place: source_of(paths) for place, paths in find_data(release).items()}
    for part in read_stretches(sources, size or _PART):
        ids = [table[ID_COLUMNS[name]] for name in part if name in ID_COLUMNS for table in part[name].values()]
        ends = [pc.min_max(column).as_py() for column in ids if len(column)]
        if any(end["min"] <= last for end in ends):
            raise ReleaseError(
                f"{release}: rows are not in the order of their ids; check it with `peacetalks validate`"
            )
        last = max((end["max"] for end in ends), default=last)
        yield part


def id_bounds(stretches: int) -> list[str | None]:
    """Return the bounds that divide ids, which are digests, into as many stretches; None is the last."""
    return [*(f"{(n << 64) // stretches:016x}" for n in range(1, stretches)), None]


class Cursor:
    """A split that is read from its first row to its last, by its key; without one it is read as a whole."""

    def __init__(self, source: Source, key: str | None) -> None:
        self._batches = source.read()
        self._key = key
        self._empty = source.schema.empty_table()
        self._waiting: list[pa.Table] = []

    def read_to(self, bound: str | None) -> pa.Table:
        """Return the rows that are left below a bound; None for all."""
        last = None if self._key is None else bound
        while last is None or not self._waiting or self._last() < last:
            batch = next(self._batches, None)
            if batch is None:
                break
            self._waiting.append(batch)
        table = pa.concat_tables([self._empty, *self._waiting])
        if last is None:
            self._waiting = []
            return table
        below = pc.sum(pc.less(table[self._key], last)).as_py() or 0
        self._waiting = [table.slice(below)] if below < table.num_rows else []
        return table.slice(0, below)

    def _last(self) -> str:
        return str(self._waiting[-1][self._key][-1].as_py())


def _size(metadata: pq.FileMetaData) -> int:
    return sum(metadata.row_group(number).total_byte_size for number in range(metadata.num_row_groups))
