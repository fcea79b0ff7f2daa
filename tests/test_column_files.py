"""Numbers and rows on disk are what they would be in memory, wherever a block, a range or a part of them ends."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from peacetalks.curate import column_files, part_files
from peacetalks.curate.column_files import ColumnFile, places_by_kind, slices
from peacetalks.curate.part_files import PartFiles

HASHES = st.one_of(st.integers(0, 2**64 - 1), st.sampled_from([0, 1, 2**63 - 1, 2**63, 2**64 - 1]))
ROWS = st.lists(st.tuples(HASHES, st.booleans()), max_size=40)


@contextmanager
def column(values: NDArray[np.uint64], few: int) -> Iterator[ColumnFile]:
    """Yield a column of which few rows are looked at at a time."""
    with (
        TemporaryDirectory() as folder,
        pytest.MonkeyPatch.context() as patch,
        ColumnFile(Path(folder) / "column", np.uint64) as found,
    ):
        for bound in ("_BLOCK", "_RANGE"):
            patch.setattr(column_files, bound, few)
        for start in range(0, len(values), few):
            found.add(values[start : start + few])
        yield found


@given(ROWS)
@pytest.mark.parametrize("few", [1, 3, 64])
def test_what_is_read_and_changed_on_disk_is_as_in_memory(few: int, rows: list[tuple[int, bool]]) -> None:
    values = np.array([value for value, _ in rows], np.uint64)
    some = np.flatnonzero([chosen for _, chosen in rows])
    with column(values, few) as found:
        assert len(found) == len(values)
        assert found.read().tolist() == values.tolist()
        assert [(start, block.tolist()) for start, block in found.blocks()] == [
            (start, values[start : start + few].tolist()) for start in range(0, len(values), few)
        ]
        assert found.take(some).tolist() == values[some].tolist()
        found.put(some, values[some] // 2)
        values[some] //= 2
        assert found.read().tolist() == values.tolist()
        found.add(values)
        assert found.read().tolist() == 2 * values.tolist()


@given(ROWS)
@pytest.mark.parametrize("few", [1, 3, 64])
def test_all_rows_of_one_hash_come_together_and_none_is_lost(few: int, rows: list[tuple[int, bool]]) -> None:
    values = np.array([value for value, _ in rows], np.uint64)
    chosen = np.array([inside for _, inside in rows], np.bool_)
    with column(values, few) as found:
        ranges = [(r.tolist(), v.tolist()) for r, v in found.by_hash(chosen)]
        whole = [(r.tolist(), v.tolist()) for r, v in found.by_hash()]
    assert sorted(row for own, _ in ranges for row in own) == np.flatnonzero(chosen).tolist()
    assert sorted(row for own, _ in whole for row in own) == list(range(len(values)))
    for own, numbers in (*ranges, *whole):
        assert numbers == values[own].tolist()
    assert [set(a) & set(b) for n, (_, a) in enumerate(whole) for _, b in whole[:n] if set(a) & set(b)] == []


def test_rows_that_are_out_of_order_are_refused(tmp_path: Path) -> None:
    with ColumnFile(tmp_path / "column", np.int32, 4) as found:
        assert found.read().tolist() == [0] * 4
        for change in (found.take, lambda rows: found.put(rows, rows)):
            with pytest.raises(ValueError, match="in order"):
                change(np.array([2, 1]))


def test_a_file_that_somebody_has_cut_is_an_error_and_no_numbers(tmp_path: Path) -> None:
    with ColumnFile(tmp_path / "column", np.int64, 4) as found:
        found.read()
        (tmp_path / "column").write_bytes(bytes(17))
        with pytest.raises(OSError, match="column: is shorter than it was written"):
            found.read()


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 2**32)), max_size=40))
@pytest.mark.parametrize("few", [1, 5, 64])
def test_rows_are_in_the_part_that_they_were_given_to_in_the_order_that_they_came(
    few: int, rows: list[tuple[int, int]]
) -> None:
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(part_files, "_HELD", few)
        files = PartFiles(Path(folder), "rows", np.dtype(np.int64), 7)
        for start in range(0, len(rows), 3):
            part, number = zip(*rows[start : start + 3], strict=True)
            files.add(np.array(number, np.int64), np.array(part))
        wanted = [[number for part, number in rows if part == n] for n in range(7)]
        assert [found.tolist() for found in files.read(keep=True)] == wanted
        assert [found.tolist() for found in files.read()] == wanted
        assert list(Path(folder).iterdir()) == []


@given(st.lists(st.integers(0, 4), max_size=40))
def test_rows_are_placed_by_kind_as_a_stable_sort_places_them(kinds: list[int]) -> None:
    every = np.array(kinds, np.int64)
    ahead = np.cumsum(np.bincount(every, minlength=5)) - np.bincount(every, minlength=5)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(column_files, "_BLOCK", 7)
        places = [place for some in slices(len(every)) for place in places_by_kind(every[some], ahead).tolist()]
    assert sorted(range(len(kinds)), key=places.__getitem__) == np.argsort(every, kind="stable").tolist()
