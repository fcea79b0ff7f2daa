"""Rows as lines of JSON, made a column at a time: the very lines that Python writes, sorted, in memory or not."""

import datetime
import hashlib
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from peacetalks.release.lines import RowsDigest, json_lines
from peacetalks.release.versions import read_tables
from release_rows import digest_tables

WORDS = st.text(st.characters(codec="utf-8"), max_size=8)
SCHEMA = pa.schema(
    [
        ("words", pa.string()),
        ("article", pa.string()),
        ("count", pa.int32()),
        ("score", pa.float64()),
        ("day", pa.date32()),
        ("names", pa.list_(pa.string())),
        ("spans", pa.list_(pa.struct([("start", pa.int32()), ("field", pa.string()), ("score", pa.float64())]))),
    ]
)
ROWS = st.fixed_dictionaries(
    {
        "words": st.none() | WORDS,
        "article": WORDS,
        "count": st.none() | st.integers(-(2**31), 2**31 - 1),
        "score": st.none() | st.floats(allow_nan=False, allow_infinity=False),
        "day": st.none() | st.dates(datetime.date(1, 1, 1), datetime.date(9999, 12, 31)),
        "names": st.none() | st.lists(st.none() | WORDS, max_size=3),
        "spans": st.lists(
            st.fixed_dictionaries(
                {"start": st.integers(0, 9), "field": st.none() | WORDS, "score": st.none() | st.floats(0, 1)}
            ),
            max_size=3,
        ),
    }
)


def by_python(row: dict[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str) + "\n"


@given(st.lists(ROWS, max_size=12), st.integers(0, 12), st.integers(0, 12))
def test_lines_are_those_of_python(rows: list[dict[str, Any]], start: int, count: int) -> None:
    table = pa.Table.from_pylist(rows, SCHEMA)
    assert json_lines(table).to_pylist() == [by_python(row) for row in rows]
    assert json_lines(table.slice(start, count)).to_pylist() == [by_python(row) for row in rows[start : start + count]]


@pytest.mark.parametrize("number", range(0x80))
def test_every_character_is_escaped_as_python_does_it(number: int) -> None:
    row = {"words": f"a{chr(number)}b"}
    assert json_lines(pa.Table.from_pylist([row])).to_pylist() == [by_python(row)]


@given(st.lists(ROWS, max_size=30), st.lists(st.integers(0, 30), max_size=4))
def test_parts_in_any_order_have_the_digest_of_the_whole(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, Any]], cuts: list[int]
) -> None:
    table = pa.Table.from_pylist([{k: v for k, v in row.items() if k != "article"} for row in rows], SCHEMA.remove(1))
    lines = sorted(by_python(row) for row in table.to_pylist())
    expected = hashlib.sha256("".join(lines).encode()).hexdigest()
    assert digest_tables([table]) == expected
    folder = tmp_path_factory.mktemp("lines")
    digest = RowsDigest(folder, "rows")
    for start, end in zip([0, *sorted(cuts)], [*sorted(cuts), len(rows) + 1], strict=True):
        digest.add([table.slice(start, max(0, end - start))])
    assert digest.finish() == expected
    assert [*folder.iterdir()] == []


def test_the_digests_of_a_release_are_those_of_its_rows(release: Path) -> None:
    for by_split in read_tables(release).values():
        lines = sorted(by_python(row) for table in by_split.values() for row in table.to_pylist())
        assert digest_tables(by_split.values()) == hashlib.sha256("".join(lines).encode()).hexdigest()
