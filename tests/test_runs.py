"""Rows that were sorted on disk come back as if they had been sorted as one."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from peacetalks.assemble.runs import Run, Stretches, merge_runs, read_runs, sort_rows, write_run

KEYS = {"rows": "id", "others": "id"}
IDS = st.sampled_from(["0000000000000000", "00000000000000ff", "8000000000000000", "ffffffffffffffff"]) | st.integers(
    0, (1 << 64) - 1
).map(lambda number: f"{number:016x}")
RUNS = st.lists(st.lists(st.tuples(IDS, st.text(max_size=5)), max_size=12), min_size=1, max_size=4)


def table(rows: list[tuple[str, str]]) -> pa.Table:
    schema = pa.schema([("id", pa.string()), ("text", pa.string()), ("list", pa.list_(pa.string()))])
    return pa.Table.from_pylist([{"id": name, "text": text, "list": [text, name]} for name, text in rows], schema)


def write(folder: Path, runs: list[list[tuple[str, str]]], number: int, together: int = 1) -> list[Run]:
    stretches = Stretches(number, together)
    return [
        write_run(folder / str(n), {"others": table([]), "rows": sort_rows(table(rows), "id")}, KEYS, stretches)
        for n, rows in enumerate(runs)
    ]


@given(RUNS, st.integers(1, 9))
def test_stretches_hold_all_rows_in_order_and_those_of_one_id_as_they_were_given(
    runs: list[list[tuple[str, str]]], stretches: int
) -> None:
    given_rows = [row for rows in runs for row in rows]
    with TemporaryDirectory() as folder:
        written = write(Path(folder), runs, stretches)
        found = [*read_runs([run.of("rows") for run in written], "rows", "id")]
        alone = [next(read_runs([run.of("rows", n) for run in written], "rows", "id")) for n in range(stretches)]
        assert all(part.num_rows == 0 for part in read_runs(written, "others", "id"))
    assert len(found) == stretches
    assert pa.concat_tables(found).to_pylist() == table(sorted(given_rows, key=lambda row: row[0])).to_pylist()
    assert found == alone
    for number, part in enumerate(found):
        assert all(int(name, 16) * stretches >> 64 == number for name in part["id"].to_pylist())


@given(RUNS, st.integers(1, 9), st.integers(1, 9))
def test_merged_runs_hold_what_a_run_of_all_their_rows_does(
    runs: list[list[tuple[str, str]]], stretches: int, together: int
) -> None:
    with TemporaryDirectory() as place:
        folder = Path(place)
        (one,) = write(folder, [[row for rows in runs for row in rows]], stretches)
        expected = {name: [*read_runs([one], name, "id")] for name in KEYS}
        parts = write(folder, runs, stretches, together)
        assert {len(part.pieces["rows"]) for part in parts} == {-(-stretches // together)}
        merged = merge_runs(folder / "merged", parts, KEYS, Stretches(stretches, together))
        assert {name: [*read_runs([merged], name, "id")] for name in KEYS} == expected


def test_a_run_that_is_cut_is_an_error_and_no_shorter_corpus(tmp_path: Path) -> None:
    (run,) = write(tmp_path, [[(f"{n:016x}", "text") for n in range(50)]], 1)
    path = tmp_path / "0"
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises((pa.ArrowException, OSError)):
        list(read_runs([run], "rows", "id"))
