import json
from pathlib import Path

import pytest

from conftest import read_cases
from peacetalks.capture.inputs import find_files
from peacetalks.capture.text import MAX_CHARACTERS, MAX_LINE, decode
from peacetalks.engine.work import read_captures
from peacetalks.errors import CaptureError, InputError
from peacetalks.record import Capture, Excluded


def read(*paths: Path) -> list[Capture | Excluded]:
    return list(read_captures(find_files(list(paths))))


@pytest.mark.parametrize("case", read_cases("encodings"))
def test_a_page_is_decoded_whatever_its_encoding(case: dict[str, str]) -> None:
    data = bytes.fromhex(case["mark"]) + case["text"].encode(case["encoding"])
    text, encoding = decode(data)
    assert text == case["text"]
    assert encoding == case["found"]


def test_a_damaged_byte_becomes_one_replacement_character_and_costs_nothing_else() -> None:
    whole = "Переговоры в Женеве начались в среду. " * 5
    data = whole.encode()
    text, encoding = decode(data[:-3] + b"\xff" + data[-2:])
    assert encoding == "utf-8"
    assert text.startswith(whole[:-5])
    assert 1 <= text.count("\ufffd") <= 2


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        pytest.param(b"", "empty", id="no-bytes"),
        pytest.param(b" \n\t\r\n ", "empty", id="white-space"),
        pytest.param(b"\xef\xbb\xbf \n", "empty", id="nothing-but-a-byte-order-mark"),
        pytest.param(b"%PDF-1.7\n1 0 obj", "not-text", id="pdf"),
        pytest.param(b"PK\x03\x04" + b"word/document.xml" * 9, "not-text", id="office-document"),
        pytest.param(bytes(range(256)) * 40, "not-text", id="binary"),
        pytest.param(b"a\x01bc\x02" * 100, "not-text", id="controls"),
        pytest.param(b"x" * (MAX_LINE + 1), "too-large", id="line-too-long"),
        pytest.param(b"word \n" * (MAX_CHARACTERS // 6 + 1), "too-large", id="page-too-long"),
    ],
)
def test_what_is_no_page_is_refused_with_its_reason(data: bytes, reason: str) -> None:
    with pytest.raises(CaptureError) as error:
        decode(data)
    assert error.value.reason == reason
    assert error.value.detail


def test_a_folder_is_read_in_order_and_hidden_files_are_not_captures(tmp_path: Path) -> None:
    for name in ("b/two.txt", "a.txt", "b/.hidden.txt", ".git/config.txt"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("A line of text.")
    assert [item.source for item in read(tmp_path)] == ["a.txt", "b/two.txt"]


def test_one_bad_file_costs_only_itself(tmp_path: Path) -> None:
    (tmp_path / "good.txt").write_text("A line of text.")
    (tmp_path / "empty.txt").write_bytes(b"")
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\r\n")
    (tmp_path / "binary.txt").write_bytes(bytes(range(256)) * 9)
    found = {item.source: getattr(item, "reason", "kept") for item in read(tmp_path)}
    assert found == {
        "binary.txt": "not-text",
        "empty.txt": "empty",
        "good.txt": "kept",
        "picture.png": "unknown-format",
    }


def test_a_missing_path_and_an_empty_folder_stop_with_a_message(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file or folder"):
        find_files([tmp_path / "nowhere"])
    with pytest.raises(InputError, match=r"holds no captures; expected \.txt"):
        find_files([tmp_path])


def test_a_link_that_leads_out_of_its_folder_is_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("not for publication")
    folder = tmp_path / "captures"
    folder.mkdir()
    (folder / "link.txt").symlink_to(secret)
    (item,) = read(folder)
    assert isinstance(item, Excluded)
    assert item.reason == "unreadable"


def test_rows_of_a_table_are_pages_and_a_broken_row_costs_no_other(tmp_path: Path) -> None:
    rows = [
        json.dumps({"id": "first", "text": "Envoys met.\u2028They talked.", "url": "https://example.org/1"}),
        '{"text": "cut',
        json.dumps({"title": "no text"}),
        json.dumps({"html": "<p>later</p>"}),
        "",
        json.dumps({"text": "lone \ud800 surrogate"}),
        "[" * 100_000,
        json.dumps({"text": "dated", "captured": "2016-02-30"}),
    ]
    (tmp_path / "rows.jsonl").write_text("\n".join(rows), "utf-8")
    found = read(tmp_path)
    assert [(item.source, getattr(item, "reason", "kept")) for item in found] == [
        ("first", "kept"),
        ("rows.jsonl#2", "broken-row"),
        ("rows.jsonl#3", "broken-row"),
        ("rows.jsonl#4", "kept"),
        ("rows.jsonl#6", "broken-row"),
        ("rows.jsonl#7", "broken-row"),
        ("rows.jsonl#8", "broken-row"),
    ]
    assert isinstance(found[0], Capture)
    assert found[0].url == "https://example.org/1"


def test_the_seeds_are_the_bytes_that_their_names_promise(captures: dict[str, Capture]) -> None:
    assert sorted(captures) == sorted(
        ["2da0afbf66b59619", "4be484161c362ee1", "4a0f06b56973c7b1", "b2aae65b0027763c", "2a7f25ed31f3cbb0"]
    )
