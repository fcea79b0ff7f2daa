"""The append-only ledger of splits: which split an article or a record went to, and the version that first had it."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow.compute as pc
from msgspec import Struct
from numpy.typing import NDArray

from peacetalks._arrow import pa
from peacetalks._files import replacing
from peacetalks.curate.column_files import slices
from peacetalks.curate.ids import Ids, find_ids, id_name, id_names, id_numbers
from peacetalks.curate.version_names import VERSION, version_key
from peacetalks.errors import ReleaseError
from peacetalks.record import Split

SPLITS: tuple[Split, ...] = ("train", "validation", "test")
NOWHERE = -1  # the number of no split
_HEADER = "article,split,since"
_ROW = rf"^([0-9a-f]{{16}}),({'|'.join(SPLITS)}),({VERSION.pattern})$"
_STRETCH = 10_000  # rows that are made text at a time
_READ = 1 << 18  # bytes of rows that are read at a time


class Assignment(NamedTuple):
    """One row of the ledger: the id of an article or of a record, its split, and the version that first had it."""

    article: str
    split: Split
    since: str


class Ledger(Struct, frozen=True, kw_only=True, eq=False):
    """Rows in the order that they came: ids, places in SPLITS, and places in `versions`; no id stands in it twice."""

    id: Ids = np.zeros(0, np.uint64)
    split: NDArray[np.int8] = np.zeros(0, np.int8)
    since: NDArray[np.int16] = np.zeros(0, np.int16)
    versions: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.id)

    def splits(self, ids: Ids) -> NDArray[np.int8]:
        """Return the number of the split that each id went to, NOWHERE where it has no row."""
        rows = find_ids(self.id, ids)
        return np.where(rows < 0, NOWHERE, np.append(self.split, NOWHERE)[rows]).astype(np.int8)

    def row(self, number: int) -> Assignment:
        """Return one row."""
        split = SPLITS[self.split[number]]
        return Assignment(id_name(int(self.id[number])), split, self.versions[self.since[number]])

    def rows(self) -> Iterator[Assignment]:
        """Yield each row."""
        return map(self.row, range(len(self)))

    def where(self, chosen: NDArray[np.bool_] | slice) -> "Ledger":
        """Return the rows that are chosen, in their order."""
        return Ledger(id=self.id[chosen], split=self.split[chosen], since=self.since[chosen], versions=self.versions)

    def by_id(self) -> "Ledger":
        """Return the rows sorted by id."""
        order = np.argsort(self.id)
        return Ledger(id=self.id[order], split=self.split[order], since=self.since[order], versions=self.versions)

    def seniority(self) -> NDArray[np.int64]:
        """Return for each row the rank of its version, the oldest first."""
        order = sorted(range(len(self.versions)), key=lambda place: version_key(self.versions[place]))
        ranks: NDArray[np.int64] = np.argsort(np.array(order, np.int64))[self.since]
        return ranks

    def before(self, version: str) -> NDArray[np.bool_]:
        """Return which rows are of an earlier version than this one."""
        return self._since({name for name in self.versions if version_key(name) < version_key(version)})

    def after(self, version: str) -> NDArray[np.bool_]:
        """Return which rows are of a later version than this one."""
        return self._since({name for name in self.versions if version_key(name) > version_key(version)})

    def _since(self, versions: set[str]) -> NDArray[np.bool_]:
        found: NDArray[np.bool_] = np.array([name in versions for name in self.versions], np.bool_)[self.since]
        return found

    def missing(self, other: "Ledger") -> NDArray[np.bool_]:
        """Return which rows of another ledger do not stand in this one as they are."""
        at = find_ids(self.id, other.id)
        place = {name: n for n, name in enumerate(self.versions)}
        since = np.array([place.get(name, -1) for name in other.versions], np.int64)[other.since]
        same = (np.append(self.split, NOWHERE)[at] == other.split) & (np.append(self.since, -1)[at] == since)
        found: NDArray[np.bool_] = (at < 0) | ~same
        return found

    def extended(self, *more: "Ledger") -> "Ledger":
        """Return these rows with more behind them, of ids that have none yet."""
        parts = (self, *more)
        versions = tuple(dict.fromkeys(name for part in parts for name in part.versions))
        return Ledger(
            id=np.concatenate([part.id for part in parts]),
            split=np.concatenate([part.split for part in parts]),
            since=np.concatenate([part.since_places(versions) for part in parts]),
            versions=versions,
        )

    def since_places(self, versions: Sequence[str]) -> NDArray[np.int16]:
        """Return for each row the place of its version among some that hold all of its own."""
        place = np.array([versions.index(name) for name in self.versions], np.int16)
        found = np.empty_like(self.since)
        for some in slices(len(self)):
            found[some] = place[self.since[some]]
        return found


def new_rows(ids: Ids, splits: NDArray[np.int8], version: str) -> Ledger:
    """Return the rows of ids that a version is the first to have."""
    return Ledger(id=ids, split=splits, since=np.zeros(len(ids), np.int16), versions=(version,))


def read_ledger(path: Path) -> Ledger:
    """Return the rows of splits.csv, none where the file does not exist; ReleaseError where a row is broken."""
    if not path.exists():
        return Ledger()
    parts, number = [Ledger()], 2
    try:
        with path.open(encoding="utf-8") as file:
            if file.readline().removesuffix("\n") != _HEADER:
                raise ReleaseError(f"{path}: the first line must be {_HEADER}")
            while lines := file.readlines(_READ):
                parts.append(_read_rows(path, [line.removesuffix("\n") for line in lines], number))
                number += len(lines)
    except (OSError, UnicodeDecodeError) as error:
        raise ReleaseError(f"{path}: can't be read: {error}") from None
    found = parts[0].extended(*parts[1:])
    del parts
    _require_once(path, found.id)
    return found


def _read_rows(path: Path, lines: list[str], number: int) -> Ledger:
    """Return the rows in some lines, of which the first has this number."""
    text = pa.array(lines, pa.string())
    broken = np.flatnonzero(~pc.match_substring_regex(text, _ROW).to_numpy(zero_copy_only=False))
    if len(broken):
        row = lines[broken[0]].split(",")
        raise ReleaseError(
            f"{path}: line {broken[0] + number}: expected article, one of {', '.join(SPLITS)}, version; got {row}"
        )
    rest = pc.split_pattern(pc.utf8_slice_codeunits(text, 17), ",")
    since = pc.list_element(rest, 1).dictionary_encode()
    return Ledger(
        id=id_numbers(pc.utf8_slice_codeunits(text, 0, 16)),
        split=pc.index_in(pc.list_element(rest, 0), pa.array(SPLITS)).to_numpy().astype(np.int8),
        since=since.indices.to_numpy().astype(np.int16),
        versions=tuple(since.dictionary.to_pylist()),
    )


def write_ledger(path: Path, parts: Iterable[Ledger]) -> None:
    """Write a ledger as splits.csv, in whose place it comes as a whole: the rows of its parts one after the other."""
    with replacing(path) as file:
        file.write(f"{_HEADER}\n".encode())
        for part in parts:
            for start in range(0, len(part), _STRETCH):
                lines = _lines(part.where(slice(start, start + _STRETCH)))
                file.write("".join(f"{line}\n" for line in lines).encode())


def _lines(ledger: Ledger) -> list[str]:
    columns = (
        id_names(ledger.id),
        pa.array(SPLITS).take(pa.array(ledger.split)),
        pa.array(ledger.versions).take(pa.array(ledger.since)),
    )
    lines: list[str] = pc.binary_join_element_wise(*columns, ",").to_pylist()
    return lines


def _require_once(path: Path, ids: Ids) -> None:
    order = np.argsort(ids, kind="stable")
    again = np.flatnonzero(ids[order][1:] == ids[order][:-1])
    if len(again):
        number = int(order[again + 1].min())
        raise ReleaseError(
            f"{path}: line {number + 2}: article {id_name(int(ids[number]))} appears twice; no article ever moves"
        )
