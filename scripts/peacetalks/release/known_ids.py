"""Know of a whole release, by a number a row, which ids there are, which appear again, and in which split."""

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow.compute as pc
from msgspec import Struct
from numpy.typing import NDArray

from peacetalks._arrow import pa
from peacetalks.curate.ids import Ids, find_sorted, id_numbers
from peacetalks.curate.ledger import NOWHERE, SPLITS, Ledger
from peacetalks.release.opened import Opened

_ID = re.compile("[0-9a-f]{16}")
_FACTOR = np.uint64(0x9E3779B97F4A7C15)  # odd, so that no two numbers become one
_SHIFT = np.uint64(29)
_NONE = b"\xff"  # no text is these bytes

Key = tuple[object, ...]


class Homes(Struct, frozen=True, kw_only=True, eq=False):
    """The ids of a table, sorted, each once, and the split that each stands in last, as a place in `splits`."""

    ids: Ids
    split: NDArray[np.int8]
    splits: list[str]

    def of(self, ids: Ids) -> NDArray[np.int8]:
        """Return the place of the split of each id, NOWHERE where the table does not have it."""
        place = find_sorted(self.ids, ids)
        found: NDArray[np.int8] = np.append(self.split, np.int8(NOWHERE))[place]
        return found

    def find(self, name: str) -> str | None:
        """Return the split of an id, None where the table does not have it."""
        (place,) = self.of(numbers_of(pa.chunked_array([[name]]))).tolist()
        return None if place == NOWHERE else self.splits[place]


def numbers_of(values: pa.ChunkedArray) -> Ids:
    """Return a number for each value: that of an id, which sorts as it does, or a digest of what is none."""
    if pa.types.is_integer(values.type):
        found: Ids = np.asarray(values.cast(pa.int64()).to_numpy()).astype(np.uint64)
        return found
    if not values.null_count and pc.all(pc.match_substring_regex(values, "^[0-9a-f]{16}$")).as_py() in (True, None):
        return id_numbers(values) if len(values) else np.zeros(0, np.uint64)
    whole = values.combine_chunks().dictionary_encode(null_encoding="encode")
    places: NDArray[np.int32] = whole.indices.to_numpy()
    return np.array([_number(value) for value in whole.dictionary.to_pylist()], np.uint64)[places]


def read_numbers(release: Opened, table: str, column: str, split: str | None = None) -> Ids:
    """Return the numbers of a column, in file order: of all splits, or of one."""
    parts = [numbers_of(batch[column]) for _, batch in release.batches(table, column, split=split)]
    return np.concatenate([*parts, np.zeros(0, np.uint64)])


def find_homes(release: Opened, table: str) -> Homes:
    """Return the split of each id of a table."""
    splits = release.splits(table)
    parts = [(numbers_of(batch["id"]), splits.index(split)) for split, batch in release.batches(table, "id")]
    ids = np.concatenate([*(part for part, _ in parts), np.zeros(0, np.uint64)])
    places = np.repeat(np.array([place for _, place in parts], np.int8), [len(part) for part, _ in parts])
    last = last_of_each(ids)
    return Homes(ids=ids[last], split=places[last], splits=splits)


def last_of_each(ids: Ids) -> NDArray[np.int64]:
    """Return where each id stands last, in the order of the ids."""
    order = np.argsort(ids, kind="stable")
    ends = np.append(ids[order][1:] != ids[order][:-1], True)[: len(ids)]
    found: NDArray[np.int64] = order[ends]
    return found


def names_of(release: Opened, table: str, column: str, wanted: Ids, split: str | None = None) -> Iterator[str]:
    """Yield the values of a column whose numbers are wanted, in file order, each once."""
    seen: set[str] = set()
    if len(wanted):
        for _, batch in release.batches(table, column, split=split):
            chosen = batch[column].filter(pa.array(np.isin(numbers_of(batch[column]), wanted)))
            for value in chosen.to_pylist():
                if value not in seen:
                    seen.add(value)
                    yield value


def in_many_splits(release: Opened, *tables: str, column: str) -> Iterator[tuple[str, list[str]]]:
    """Yield each value that tables have in more than one split with these, in the order that the values appear in."""
    seen: dict[str, list[Ids]] = defaultdict(list)
    for split, _, numbers in _values(release, tables, column):
        seen[split].append(np.unique(numbers))
    whole = np.concatenate([*(np.unique(np.concatenate(parts)) for parts in seen.values()), np.zeros(0, np.uint64)])
    values, counts = np.unique(whole, return_counts=True)
    shared = values[counts > 1]
    if not len(shared):
        return
    homes: dict[str, set[str]] = defaultdict(set)
    for split, found, numbers in _values(release, tables, column):
        for value in found.filter(pa.array(np.isin(numbers, shared))).to_pylist():
            homes[value].add(split)
    yield from ((value, sorted(splits)) for value, splits in homes.items() if len(splits) > 1)


def outside_ledger(release: Opened, table: str, ledger: Ledger) -> Iterator[tuple[str, str | None, str | None]]:
    """Yield the ids that a ledger has in another split, or not: the id, its split, and that of the ledger."""
    homes = find_homes(release, table)
    known = ledger.splits(homes.ids)
    own = np.array([SPLITS.index(split) if split in SPLITS else len(SPLITS) for split in homes.splits], np.int8)
    wrong = own[homes.split] != known if len(homes.ids) else np.zeros(0, np.bool_)
    by_ledger = Homes(ids=homes.ids, split=known, splits=[*SPLITS])
    for name in names_of(release, table, "id", homes.ids[wrong]):
        yield name, homes.find(name), by_ledger.find(name)


def repeated_keys(release: Opened, table: str, columns: tuple[str, ...]) -> Iterator[tuple[Key, int]]:
    """Yield each key of more than one row with their number, in the order that the keys appear in.

    Equal keys stand in one run of rows with the same first column, or that column has several runs: only rows of which
    one or the other may hold are looked at one by one.
    """
    heads, twice = _suspects(release, table, columns)
    if not len(heads) and not len(twice):
        return
    counts: Counter[Key] = Counter()
    for _, batch in release.batches(table, *columns):
        suspect = np.isin(numbers_of(batch[columns[0]]), heads) | np.isin(_key_numbers(batch, columns), twice)
        rows = batch.filter(pa.array(suspect)).to_pylist()
        counts.update(tuple(row[column] for column in columns) for row in rows)
    yield from ((key, count) for key, count in counts.items() if count > 1)


def _suspects(release: Opened, table: str, columns: tuple[str, ...]) -> tuple[Ids, Ids]:
    """Return the numbers of first columns that have several runs, and of keys that one run has twice."""
    heads: list[Ids] = []
    twice: list[Ids] = []
    before, tail = "", np.zeros(0, np.uint64)  # the split, and the keys of the last run so far
    for split, batch in release.batches(table, *columns):
        first, keys = numbers_of(batch[columns[0]]), _key_numbers(batch, columns)
        starts = np.flatnonzero(np.append(True, first[1:] != first[:-1]))
        goes_on = split == before and bool(heads) and heads[-1][-1] == first[0]
        window = np.concatenate([tail, keys]) if goes_on else keys
        values, counts = np.unique(window, return_counts=True)
        twice.append(values[counts > 1])
        heads.append(first[starts])
        if goes_on:
            heads[-2] = heads[-2][:-1]
        tail = window if len(starts) == 1 else keys[starts[-1] :]
        before = split
    runs, counts = np.unique(np.concatenate([*heads, np.zeros(0, np.uint64)]), return_counts=True)
    return runs[counts > 1], np.unique(np.concatenate([*twice, np.zeros(0, np.uint64)]))


def _key_numbers(batch: pa.Table, columns: Iterable[str]) -> Ids:
    found = np.zeros(batch.num_rows, np.uint64)
    for column in columns:
        found = (found ^ numbers_of(batch[column])) * _FACTOR
        found ^= found >> _SHIFT
    return found


def _values(release: Opened, tables: Iterable[str], column: str) -> Iterator[tuple[str, pa.ChunkedArray, Ids]]:
    for table in tables:
        for split, batch in release.batches(table, column):
            values = batch[column].drop_null()
            yield split, values, numbers_of(values)


def _number(value: str | None) -> int:
    if value is not None and _ID.fullmatch(value):
        return int(value, 16)
    data = _NONE if value is None else value.encode()
    return int.from_bytes(hashlib.sha256(data).digest()[:8], "big")
