"""Tables of pages: JSONL and Parquet, their columns under any name, and rows that cost themselves alone."""

import datetime
import gzip
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawls import crawl_pages, zstd
from faults.table import Record
from peacetalks.capture.inputs import find_files
from peacetalks.capture.tables import MAX_ROW, Columns, read_lines
from peacetalks.engine.work import read_captures
from peacetalks.record import Capture, Excluded

PAGE = crawl_pages()[0]
TEXT = "Envoys met in Geneva.\u2028They will meet again.\x85And again."


def read(path: Path, **columns: str) -> list[Capture | Excluded]:
    return list(read_captures(find_files([path], Columns(**columns))))


def write(folder: Path, *, options: dict[str, Any] | None = None, **columns: Sequence[object]) -> Path:
    pq.write_table(pa.table(columns), folder / "rows.parquet", **(options or {}))
    return folder / "rows.parquet"


def reasons(found: list[Capture | Excluded]) -> list[str]:
    return [getattr(item, "reason", "kept") for item in found]


ROWS: list[dict[str, Any]] = [
    {"text": TEXT},
    {"html": PAGE.html.decode(), "url": PAGE.url, "captured": "2016-02-04T08:00:00Z"},
    {"text": TEXT, "html": PAGE.html.decode(), "id": "both"},
    {"text": "Dated.", "published": "2016-02-03", "id": 7},
    {"text": "Of a name that leads out.", "id": "../../etc/passwd"},
    {"text": "Of no page of the web.", "url": "javascript:alert(1)"},
]


@pytest.mark.parametrize("packed", ["", ".gz", ".zst"])
def test_rows_of_jsonl_and_parquet_are_the_same_pages(packed: str, tmp_path: Path) -> None:
    lines = "\n".join(json.dumps(row, ensure_ascii=False) for row in ROWS).encode()
    path = tmp_path / f"rows.jsonl{packed}"
    path.write_bytes({"": bytes, ".gz": gzip.compress, ".zst": zstd.compress}[packed](lines))
    from_lines = read(path)
    columns = {name: [row.get(name) for row in ROWS] for name in ("text", "html", "url", "captured", "published")}
    ids = [None if (value := row.get("id")) is None else str(value) for row in ROWS]
    from_parquet = read(write(tmp_path, id=ids, **columns))
    assert reasons(from_lines) == ["kept"] * len(ROWS)
    assert [item.source.partition("#")[2] or item.source for item in from_lines] == ["1", "2", "both", "7", "5", "6"]
    for left, right in zip(from_lines, from_parquet, strict=True):
        assert isinstance(left, Capture)
        assert isinstance(right, Capture)
        for field in ("id", "text", "encoding", "url", "captured", "facts", "markup"):
            assert getattr(left, field) == getattr(right, field)
    second, third, fourth = from_lines[1:4]
    assert isinstance(second, Capture)
    assert (second.captured, second.url) == (datetime.date(2016, 2, 4), PAGE.url)
    assert isinstance(third, Capture)
    assert third.markup is not None  # what a page was taken from tells more than what somebody took from it
    assert isinstance(fourth, Capture)
    assert fourth.facts is not None
    assert fourth.facts.published == "2016-02-03"


@pytest.mark.parametrize("form", ["jsonl", "parquet"])
def test_columns_can_be_named(form: str, tmp_path: Path) -> None:
    row = {"content": TEXT, "link": PAGE.url, "key": "k1", "text": 5, "other": [{"deep": 1}]}
    if form == "jsonl":
        path = tmp_path / "rows.jsonl"
        path.write_text(json.dumps(row))
    else:
        path = write(tmp_path, **{name: [value] for name, value in row.items()})
    (found,) = read(path, text="content", url="link", id="key")
    assert isinstance(found, Capture)
    assert (found.source, found.text, found.url) == ("k1", TEXT, PAGE.url)


LINES = [
    pytest.param(b'{"text": "cut', "broken-row", id="cut"),
    pytest.param(b"[1, 2]", "broken-row", id="a-list"),
    pytest.param(b"null", "broken-row", id="null"),
    pytest.param(b'{"text": 5}', "broken-row", id="a-number"),
    pytest.param(b'{"text": null}', "broken-row", id="no-text"),
    pytest.param(b'{"title": "no text"}', "broken-row", id="no-column"),
    pytest.param(b'{"text": "\xff\xfe"}', "broken-row", id="no-utf-8"),
    pytest.param(b'{"text": "\\ud800"}', "broken-row", id="lone-surrogate"),
    pytest.param(b"[" * 200_000, "broken-row", id="nested"),
    pytest.param(b'{"x": ' + b"[" * 200_000, "broken-row", id="nested-in-what-is-not-read"),
    pytest.param(b'{"text": "a", "captured": "2016-02-30"}', "broken-row", id="no-such-day"),
    pytest.param(b'{"text": "a", "id": 1' + b"0" * 100_000 + b"}", "broken-row", id="a-number-without-end"),
    pytest.param(b'{"text": ""}', "empty", id="empty"),
    pytest.param(b'{"text": "' + b"\\u0001" * 60 + b'"}', "not-text", id="controls"),
    pytest.param(b'{"html": "%PDF-1.7"}', "not-text", id="pdf"),
    pytest.param(b'{"text": "' + b"word " * 700_000 + b'"}', "too-large", id="a-long-page"),
    pytest.param(b'{"text": "' + b"w" * MAX_ROW + b'"}', "too-large", id="a-long-row"),
]


@pytest.mark.parametrize(("line", "reason"), LINES)
def test_a_bad_line_costs_only_itself(line: bytes, reason: str, tmp_path: Path) -> None:
    good = json.dumps({"text": "A good row."}).encode()
    (tmp_path / "rows.jsonl").write_bytes(b"\n".join([good, line, b"", good]))
    found = read(tmp_path)
    assert [(item.source, getattr(item, "reason", "kept")) for item in found] == [
        ("rows.jsonl#1", "kept"),
        ("rows.jsonl#2", reason),
        ("rows.jsonl#4", "kept"),
    ]


def test_a_line_without_the_columns_is_told_how_to_name_them(tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text('{"id": 1, "body": "Envoys met in Geneva."}')
    (found,) = read(tmp_path, text="content")
    assert isinstance(found, Excluded)
    assert (found.source, found.detail) == ("1", "no 'content' or 'html'; name yours with --column text=NAME")


def test_a_row_that_is_too_long_has_the_id_of_its_bytes(tmp_path: Path) -> None:
    import hashlib

    line = b'{"text": "' + b"w" * MAX_ROW + b'"}'
    (tmp_path / "rows.jsonl").write_bytes(line + b"\n")
    (found,) = read(tmp_path)
    assert found.id == hashlib.sha256(line).hexdigest()[:16]


def test_every_prefix_of_a_packed_table_is_marked_and_gives_no_row_but_its_own(tmp_path: Path, fault: Record) -> None:
    """A reader that ends where its data do takes each of these for a shorter table."""
    lines = b"".join(json.dumps({"text": f"Row number {n}."}).encode() + b"\n" for n in range(6))
    for name, data in (("rows.jsonl.gz", gzip.compress(lines)), ("rows.jsonl.zst", zstd.compress(lines))):
        (tmp_path / name).write_bytes(data)
        whole = read(tmp_path / name)
        for length in range(5, len(data)):
            (tmp_path / name).write_bytes(data[:length])
            found = read(tmp_path / name)
            assert found[:-1] == whole[: len(found) - 1]
            assert reasons(found[-1:]) == ["truncated"], length
        fault("F8", "a packed JSONL table cut at a byte", len(data) - 5, "marked")


def test_every_prefix_of_a_plain_table_is_marked_but_where_a_line_ends(tmp_path: Path, fault: Record) -> None:
    """A reader that passes over a line that it can't read, as many do, gives the cut ones without a mark."""
    lines = [json.dumps({"text": f'Row number {n}: \u00e9\u4e2d".'}, ensure_ascii=n == 1).encode() for n in range(4)]
    data = b"\n".join(lines) + b"\n"
    (tmp_path / "rows.jsonl").write_bytes(data)
    whole = read(tmp_path)
    ends = {sum(map(len, lines[:n])) + n + more for n in range(5) for more in (-1, 0)}  # with its line feed or without
    for length in range(1, len(data)):
        (tmp_path / "rows.jsonl").write_bytes(data[:length])
        found = read(tmp_path)
        if length in ends:
            assert found == whole[: len(found)]
        else:
            assert found[:-1] == whole[: len(found) - 1]
            assert reasons(found[-1:]) == ["broken-row"], length
    fault("F8", "a JSONL table cut at a byte", len(data) - 1, "marked, but where a line ends")


DRIFTED: dict[str, tuple[pa.Table, int]] = {
    "as declared": (pa.table({"id": ["a", "b"], "text": ["Talks.", "More talks."]}), 2),
    "an extra column": (pa.table({"id": ["c"], "text": ["Even more."], "note": ["x"]}), 1),
    "ids that are numbers": (pa.table({"id": [7, 8], "text": ["Seven.", "Eight."]}), 2),
    "another order": (pa.table({"text": ["Turned."], "id": ["d"]}), 1),
    "large strings": (pa.table({"id": ["e"], "text": pa.array(["Large."], pa.large_string())}), 1),
    "dictionaries": (pa.table({"id": ["f"], "text": pa.array(["Coded."]).dictionary_encode()}), 1),
    "no ids": (pa.table({"text": ["Without."]}), 1),
    "no texts": (pa.table({"id": ["g", "h"], "body": ["Lost.", "Lost."]}), 0),
    "texts that are null": (pa.table({"id": ["i", "j"], "text": pa.array([None, None], pa.string())}), 0),
    "a column of nulls": (pa.table({"id": ["k"], "text": pa.nulls(1)}), 0),
    "texts that are numbers": (pa.table({"id": ["l"], "text": [5]}), 0),
}


def test_shards_whose_columns_drift_give_every_row_or_a_reason(tmp_path: Path, fault: Record) -> None:
    """A reader that takes the columns of the first shard for those of all drops or changes rows without a word."""
    for n, (table, _) in enumerate(DRIFTED.values()):
        pq.write_table(table, tmp_path / f"{n:02}.parquet")
    found = read(tmp_path)
    for n, (name, (table, kept)) in enumerate(DRIFTED.items()):
        mine = [item for item in found if item.source.startswith(f"{n:02}.parquet")]
        mine += [item for item in found if item.source.rpartition("#")[2] in ids_of(table) and item not in mine]
        assert sum(isinstance(item, Capture) for item in mine) == kept, name
        assert all(item.detail for item in mine if isinstance(item, Excluded)), name
        assert kept or mine, name
        if kept:
            assert [item.text for item in mine if isinstance(item, Capture)] == table["text"].to_pylist(), name
    fault("F18", "a shard whose columns are not those of the others", len(DRIFTED), "every row read, or a reason given")


def ids_of(table: pa.Table) -> set[str]:
    return {str(value) for value in table["id"].to_pylist()} if "id" in table.column_names else set()


@given(st.lists(st.binary(max_size=30).filter(lambda line: b"\n" not in line), max_size=8), st.integers(1, 7))
def test_lines_are_what_stands_between_line_feeds_however_they_come_in(lines: list[bytes], step: int) -> None:
    class Slow(io.BytesIO):
        def read(self, _: int | None = None) -> bytes:
            return super().read(step)

    data = b"\n".join(lines)
    found = read_lines(Slow(data), "", "t", Columns())
    expected = [(f"t#{n}", line) for n, line in enumerate(data.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1)]
    shown = [(row.source, row.data) for row in found if not isinstance(row, Excluded)]
    assert shown == [(where, line) for where, line in expected if line.strip()]


TYPES = {
    "large-string": pa.array([TEXT], pa.large_string()),
    "string-view": pa.array([TEXT], pa.string_view()),
    "dictionary": pa.array([TEXT]).dictionary_encode(),
    "binary": pa.array([TEXT.encode()], pa.binary()),
}


@pytest.mark.parametrize("kind", TYPES)
def test_a_text_is_read_from_each_type_that_holds_one(kind: str, tmp_path: Path) -> None:
    (found,) = read(write(tmp_path, text=TYPES[kind]))
    assert isinstance(found, Capture)
    assert found.text == TEXT


def test_html_as_bytes_is_read_in_its_own_encoding(tmp_path: Path) -> None:
    pages = crawl_pages()
    path = write(tmp_path, html=[page.html for page in pages], id=list(range(5)))
    for page, item in zip(pages, read(path), strict=True):
        (tmp_path / "page.html").write_bytes(page.html)
        (expected,) = read(tmp_path / "page.html")
        assert isinstance(item, Capture)
        assert isinstance(expected, Capture)
        assert (item.id, item.text, item.encoding) == (expected.id, expected.text, expected.encoding)


def test_days_may_be_days_times_or_strings(tmp_path: Path) -> None:
    day = datetime.date(2016, 2, 3)
    for value in (day, datetime.datetime(2016, 2, 3, 4, 5), "2016-02-03"):
        (found,) = read(write(tmp_path, text=["A row."], captured=[value], published=[value]))
        assert isinstance(found, Capture)
        assert found.captured == day
        assert (found.facts.published or "")[:10] == "2016-02-03" if found.facts else False


def test_a_string_that_is_no_utf_8_costs_its_own_row(tmp_path: Path) -> None:
    values = [b"good", b"\xff\xfe", b"good too"]
    broken = pa.Array.from_buffers(pa.string(), 3, pa.array(values, pa.binary()).buffers())
    assert reasons(read(write(tmp_path, text=broken))) == ["kept", "broken-row", "kept"]


def test_a_table_without_the_columns_says_which_it_has(tmp_path: Path) -> None:
    (found,) = read(write(tmp_path, content=[TEXT], body=[1]))
    assert isinstance(found, Excluded)
    assert found.reason == "broken-row"
    assert "--column text=NAME; there are content, body" in found.detail
    (other,) = read(write(tmp_path, text=[[TEXT]]))
    assert isinstance(other, Excluded)
    assert "the column 'text' is of type list" in other.detail


def test_a_table_with_a_bad_footer_is_one_row(tmp_path: Path) -> None:
    data = write(tmp_path, text=[TEXT] * 9).read_bytes()
    cases = [b"PAR1", b"PAR1" + b"x" * 99, data[:-1], data[:-9], data[: len(data) // 2], data[:-8] + bytes(4) + b"PAR1"]
    for case in cases:
        (tmp_path / "rows.parquet").write_bytes(case)
        (found,) = read(tmp_path)
        assert isinstance(found, Excluded)
        assert found.reason == "damaged"


def test_every_prefix_of_a_parquet_file_is_marked(tmp_path: Path, fault: Record) -> None:
    """A reader that passes over files that it can't open loses each of these."""
    data = write(tmp_path, text=["a", "b"]).read_bytes()
    for length in range(1, len(data)):
        (tmp_path / "rows.parquet").write_bytes(data[:length])
        found = read(tmp_path)
        assert reasons(found) == ["damaged"], length
    fault("F8", "a Parquet table cut at a byte", len(data) - 1, "marked")


def test_a_flipped_byte_costs_rows_of_its_row_group_and_is_marked(tmp_path: Path) -> None:
    texts = [f"Row number {n} speaks of Geneva." for n in range(300)]
    options = {"row_group_size": 100, "write_page_checksum": True, "compression": "none", "use_dictionary": False}
    path = write(tmp_path, text=texts, options=options)
    data = bytearray(path.read_bytes())
    data[data.index(b"number 150")] ^= 1
    path.write_bytes(data)
    found = read(path)
    kept = [item.text for item in found if isinstance(item, Capture)]
    assert kept == texts[:100] + texts[200:]
    (lost,) = [item for item in found if isinstance(item, Excluded)]
    assert (lost.source, lost.reason) == ("rows.parquet#101", "damaged")
    assert lost.detail.startswith("row group 1, rows 101 to 200 lost: ")


def test_an_empty_table_is_one_row(tmp_path: Path) -> None:
    assert reasons(read(write(tmp_path, text=pa.array([], pa.string())))) == ["empty"]
