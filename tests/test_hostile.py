"""Input that is made to do harm, or broken as it gets: it ends as a page or a row, and its neighbours do not change."""

import gzip
import json
import random
import tracemalloc
from collections import Counter
from pathlib import Path

import pytest

from crawls import crawl_pages, http, pack, record, response, zstd
from faults.table import Record
from peacetalks.capture.headline import text_key
from peacetalks.capture.inputs import find_files
from peacetalks.engine.work import read_captures
from peacetalks.record import Capture, Excluded
from peacetalks.registry.reasons import load_reasons

PAGES = crawl_pages()
ARTICLE = "<p>Envoys of the government and of the opposition met in Geneva on Wednesday.</p>"


def page(inside: str) -> bytes:
    return f"<!DOCTYPE html><html><body>{inside}{ARTICLE}</body></html>".encode()


_noise = random.Random(4)  # noqa: S311  the same noise each time
POISON: dict[str, bytes] = {
    "nested-100k": page("<div>" * 100_000),
    "nested-400": page("<div>" * 400),
    "nested-formatting": page("<b><i><a><p>" * 5_000),
    "formatting-with-attributes": page("".join(f"<b a={n}><i b={n}><p>" for n in range(3_000))),
    "unclosed": page("<b>" * 100_000),
    "attributes-100k": page("<p " + " ".join(f"a{n}=1" for n in range(100_000)) + ">x</p>"),
    "attributes-in-quotes": page("<p " + "a='>'" * 2_000 + ">x</p>"),
    "tags-in-a-tag": page("<a" * 25_000 + "x" * 2_000_000),
    "tags-in-quotes": page("<a b=\"<a c='" * 12_000),
    "one-line": page("<p>" + "word " * 4_000_000 + "</p>"),
    "tiny-paragraphs": page("<p>x</p>" * 50_000),
    "table-rows": page("<table>" + "<tr><td>x</td></tr>" * 25_000 + "</table>"),
    "links": page("<a href=/x>y</a>" * 100_000),
    "colspan": page("<table><tr><td colspan=9007199254740991>x</td></tr></table>"),
    "entities": b'<?xml version="1.0"?><!DOCTYPE html [<!ENTITY a "&b;&b;"><!ENTITY b SYSTEM "file:///etc/passwd">]>'
    b"<html><body><p>&a;" + ARTICLE.encode() + b"</body></html>",
    "null-bytes": page("<p>a\x00b</p>"),
    "controls": page("<p>a\x1b[2Jb\x07</p>" * 3),
    "references": page("<p>&#0; &#xD800; &#x110000; &#xFFFE; &#8238; &#99999999999999999999;</p>"),
    "bidi": page("<p>\u202eabc\u2066def</p>"),
    "zero-width": page("<p>a" + "\u200b" * 900_000 + "b</p>"),
    "combining": page("<p>a" + "\u0301\u0327" * 300_000 + "</p>"),
    "open-comment": page("<!--" + "x" * 1_000_000),
    "open-scripts": page("<!--<script>" * 100_000),
    "angles": page("<" * 1_000_000),
    "no-utf-8": page("<p>").replace(b"Geneva", b"\xff\xfe\xc3"),
    "surrogates-in-utf-8": page("<p>").replace(b"Geneva", b"\xed\xa0\x80"),
    "noise": _noise.randbytes(200_000),
    "noise-in-tags": b"<!DOCTYPE html><html><body>" + _noise.randbytes(200_000),
    "fake-pdf": b"%PDF-1.7\n" + _noise.randbytes(1_000),
    "zip": b"PK\x03\x04" + _noise.randbytes(1_000),
    "blank": b" \n\t ",
    "utf-16-cut": page("<p>x</p>").decode().encode("utf-16")[:-1],
}
UNREADABLE_AS_ROWS = {"no-utf-8", "surrogates-in-utf-8", "noise", "noise-in-tags", "fake-pdf", "zip", "utf-16-cut"}


def check(found: list[Capture | Excluded], expected: list[Capture | Excluded]) -> Capture | Excluded:
    """Return what came of the page between two good ones, which have to be as they are without it."""
    assert len(found) == 3
    for mine, theirs in zip((found[0], found[2]), expected, strict=True):
        assert isinstance(mine, Capture)
        assert isinstance(theirs, Capture)
        assert (mine.id, mine.text) == (theirs.id, theirs.text)
    middle = found[1]
    if isinstance(middle, Excluded):
        assert middle.reason in load_reasons()
        assert middle.detail
    else:
        middle.text.encode("utf-8")
        assert "\x00" not in middle.text
    return middle


@pytest.mark.parametrize("name", POISON)
def test_a_hostile_page_ends_as_a_page_or_a_row_wherever_it_stands(name: str, tmp_path: Path, fault: Record) -> None:
    """A parser that is handed these as they are takes minutes for some, and gives others up without a word."""
    data = POISON[name]
    good = [PAGES[0].html, PAGES[4].html]
    (tmp_path / "files").mkdir()
    for file, content in (("a.html", good[0]), ("b.html", data), ("c.html.gz", gzip.compress(good[1]))):
        (tmp_path / "files" / file).write_bytes(content)
    blocks = [http(content, {"Content-Type": "text/html"}) for content in (good[0], data, good[1])]
    records = [record("response", block, number=number) for number, block in enumerate(blocks)]
    (tmp_path / "a.warc.gz").write_bytes(pack(records, "gzip"))
    files = list(read_captures(find_files([tmp_path / "files"])))
    expected = [files[0], files[-1]]
    outcomes = [check(files, expected)]
    outcomes.append(check(list(read_captures(find_files([tmp_path / "a.warc.gz"]))), expected))
    if name not in UNREADABLE_AS_ROWS:
        rows = [json.dumps({"html": content.decode()}) for content in (good[0], data, good[1])]
        (tmp_path / "rows.jsonl").write_text("\n".join(rows))
        outcomes.append(check(list(read_captures(find_files([tmp_path / "rows.jsonl"]))), expected))
    assert len({(item.id, getattr(item, "text", None)) for item in outcomes if isinstance(item, Capture)}) <= 1
    assert len({getattr(item, "reason", "kept") for item in outcomes}) == 1
    fault(
        "F6",
        "a hostile page between good ones, in files, a crawl and a table",
        1,
        "a page or a row; the others unchanged",
    )


def test_what_goes_in_is_what_is_kept_and_set_aside_by_id(tmp_path: Path) -> None:
    records, ids = [], Counter[str]()
    for number, (name, data) in enumerate(POISON.items()):
        (tmp_path / f"{number}-{name}.html").write_bytes(data)
        records.append(record("response", http(data, {"Content-Type": "text/html"}), number=number))
    (tmp_path / "crawl.warc.zst").write_bytes(b"".join(zstd.compress(one) for one in records))
    records[3:3] = [response(PAGES[1], 900)]
    passed: Counter[str] = Counter()
    found = list(read_captures(find_files([tmp_path]), passed))
    ids.update(item.source for item in found)
    assert len(found) == 2 * len(POISON)
    assert set(ids.values()) == {1}
    assert not passed


def test_what_is_remembered_of_titles_does_not_grow_with_their_length() -> None:
    """What keeps the last titles whatever their length fails here."""
    tracemalloc.start()
    try:
        for number in range(64):
            assert text_key(f"{number} " + "a" * 100_000) == f"{number}" + "a" * 100_000
        assert tracemalloc.get_traced_memory()[0] < 1_000_000
    finally:
        tracemalloc.stop()
