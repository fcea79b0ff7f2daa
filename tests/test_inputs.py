"""What can be named on a command line: files of any format under any name, folders, patterns, and addresses."""

import errno
import gzip
import io
import json
import logging
import os
import re
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from crawls import crawl, crawl_pages, pack, zstd
from faults.table import LONG, Record, times
from peacetalks.capture.codings import Coding
from peacetalks.capture.inputs import find_files
from peacetalks.capture.members import decompress, read_members
from peacetalks.capture.names import page_url, safe_name
from peacetalks.capture.text import MAX_BYTES
from peacetalks.engine.work import read_captures
from peacetalks.errors import CaptureError, InputError
from peacetalks.record import Capture, Excluded
from servers.loopback import Cut, Flaky, serve

PAGES = crawl_pages()
HTML = PAGES[0].html
TEXT = b"Envoys met in Geneva.\nThey will meet again.\n"
ROW = json.dumps({"text": TEXT.decode()}).encode() + b"\n"


def read(*inputs: str | Path) -> list[Capture | Excluded]:
    return list(read_captures(find_files(list(inputs))))


def table(**columns: list[Any]) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table(columns), sink)
    return bytes(sink.getvalue())


PLAIN = {
    "text": TEXT,
    "html": HTML,
    "warc": pack(crawl(PAGES[:1]), ""),
    "jsonl": ROW,
    "parquet": table(text=[TEXT.decode()]),
}
NAMES = {"text": ".txt", "html": ".html", "warc": ".warc", "jsonl": ".jsonl", "parquet": ".parquet"}


@pytest.mark.parametrize("form", PLAIN)
@pytest.mark.parametrize("packed", ["", ".gz", ".zst"])
def test_each_format_is_read_packed_and_plain(form: str, packed: str, tmp_path: Path) -> None:
    if form == "parquet" and packed:
        return  # compresses its own pages, and is read from its end
    data = {"": bytes, ".gz": gzip.compress, ".zst": zstd.compress}[packed](PLAIN[form])
    (tmp_path / f"a{NAMES[form]}{packed}").write_bytes(data)
    (tmp_path / f"b{NAMES[form]}").write_bytes(PLAIN[form])
    found, expected = read(tmp_path)
    assert isinstance(found, Capture)
    assert isinstance(expected, Capture)
    assert (found.id, found.text, found.url) == (expected.id, expected.text, expected.url)


@pytest.mark.parametrize("name", ["a.txt", "a.html", "a.warc", "a.warc.gz", "a.jsonl", "a.parquet", "a.bin", "a"])
@pytest.mark.parametrize("form", ["html", "warc", "parquet"])
def test_what_a_file_starts_with_has_the_last_word_on_its_format(form: str, name: str, tmp_path: Path) -> None:
    (tmp_path / f"right{NAMES[form]}").write_bytes(PLAIN[form])
    (expected,) = read(tmp_path / f"right{NAMES[form]}")
    for packed in (bytes, gzip.compress) if form != "parquet" else (bytes,):
        (tmp_path / name).write_bytes(packed(PLAIN[form]))
        (found,) = read(tmp_path / name)
        assert (found.id, type(found)) == (expected.id, Capture)


STARTS = [
    pytest.param("a.html", b"\xef\xbb\xbf\n  <!-- x --><!DOCTYPE HTML><p>Words of it.</p>", "html", id="comment-first"),
    pytest.param("a.txt", b'<?xml version="1.0"?>\n<html><p>Words.</p></html>', "html", id="xhtml"),
    pytest.param("a.txt", "\ufeff<html><p>Words.</p></html>".encode("utf-16-le"), "html", id="utf-16"),
    pytest.param("a.txt", b"<3 they said, <html> is a tag.", "text", id="a-text-that-speaks-of-tags"),
    pytest.param("a.txt", b"WARC/1.0 is the name of a format.", "text", id="a-text-that-speaks-of-crawls"),
    pytest.param("a.txt", b'{"text": "Words of a row."}\n', "text-of-row", id="a-table-named-txt"),
    pytest.param("dump", b'{"id": "1", "html": "<p>Words.</p>"}\n', "html", id="a-table-without-ending"),
    pytest.param("a.txt", b'{"a": 1} is an object of JSON.', "text", id="a-text-that-starts-like-an-object"),
    pytest.param("a.html", b"Words without any tag.", "html", id="html-by-its-name"),
    pytest.param("a.jsonl", b'\xef\xbb\xbf{"text": "Words of a row."}', "text-of-row", id="mark-before-the-first-row"),
]


@pytest.mark.parametrize(("name", "data", "form"), STARTS)
def test_a_format_is_told_by_strong_evidence_or_by_the_name(name: str, data: bytes, form: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(data)
    (found,) = read(tmp_path / name)
    assert isinstance(found, Capture)
    assert (found.markup is not None) == (form == "html")
    assert ("{" in found.text) == (form == "text" and data.startswith(b"{"))


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        pytest.param("a.docx", b"PK\x03\x04", "unknown-format", id="office"),
        pytest.param("a", b"Plain words.", "unknown-format", id="no-ending"),
        pytest.param("a.arrow", b"ARROW1\x00\x00", "unknown-format", id="arrow-ipc"),
        pytest.param("a.tar.gz", gzip.compress(b"ustar" * 99), "unknown-format", id="archive"),
        pytest.param("a.parquet.gz", gzip.compress(PLAIN["parquet"]), "unknown-format", id="packed-parquet"),
        pytest.param("a.txt.gz", gzip.compress(gzip.compress(TEXT)), "not-text", id="packed-twice"),
        pytest.param("a.txt.gz", gzip.compress(b"word \n" * 9_000_000), "too-large", id="gzip-bomb"),
        pytest.param("a.html.zst", zstd.compress(b"<html>" + b"a" * 50_000_000), "too-large", id="zstd-bomb"),
        pytest.param("a.txt.gz", gzip.compress(TEXT)[:-1], "truncated", id="gzip-cut"),
        pytest.param("a.html.zst", zstd.compress(HTML)[:-5], "truncated", id="zstd-cut"),
        pytest.param("a.html.gz", gzip.compress(HTML)[:-8] + b"\x01" * 8, "damaged", id="gzip-checksum"),
        pytest.param("a.html", b"%PDF-1.7\n", "not-text", id="pdf-named-html"),
        pytest.param("a.html", bytes(range(256)) * 40, "not-text", id="binary-named-html"),
        pytest.param("a.html", b"", "empty", id="empty-html"),
        pytest.param("a.warc.gz", b"", "empty", id="empty-crawl"),
        pytest.param("a.parquet", b"", "empty", id="empty-table"),
        pytest.param("a.warc.gz", gzip.compress(b"no record"), "damaged", id="no-crawl"),
        pytest.param("a.txt", b"a" * (MAX_BYTES + 5), "too-large", id="larger-than-a-page"),
    ],
)
def test_what_is_no_page_is_one_row_with_a_reason_and_its_neighbours_stay(
    name: str, data: bytes, reason: str, tmp_path: Path
) -> None:
    for neighbour in ("0.txt", "z.txt"):
        (tmp_path / neighbour).write_bytes(TEXT)
    (tmp_path / name).write_bytes(data)
    before, found, after = read(tmp_path)
    assert isinstance(found, Excluded)
    assert (found.source.partition("@")[0], found.reason) == (name, reason)
    assert [type(item) for item in (before, after)] == [Capture, Capture]


def test_a_pattern_names_files_and_folders_by_what_follows_its_fixed_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("at/a.txt", "at/b.html", "be/a.txt", "be/deep/c.txt", "be/.hidden.txt", "[x]/d.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(TEXT)
    sources = {
        f"{tmp_path}/*/a.txt": ["at/a.txt", "be/a.txt"],
        f"{tmp_path}/**/*.txt": ["[x]/d.txt", "at/a.txt", "be/a.txt", "be/deep/c.txt"],
        f"{tmp_path}/b*": ["be/a.txt", "be/deep/c.txt"],
        f"{tmp_path}/be/*": ["a.txt", "deep/c.txt"],
        f"{tmp_path}/[x]": ["d.txt"],
        f"file://{tmp_path}/at": ["a.txt", "b.html"],
    }
    for pattern, expected in sources.items():
        assert [file.source for file in find_files([pattern])] == expected, pattern
    monkeypatch.chdir(tmp_path)
    assert [file.source for file in find_files(["*/a.txt"])] == ["at/a.txt", "be/a.txt"]
    with pytest.raises(InputError, match="no such file or folder"):
        find_files([f"{tmp_path}/*.nothing"])


def test_a_link_out_of_the_folder_of_a_pattern_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_bytes(TEXT)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "link.txt").symlink_to(tmp_path / "secret.txt")
    (found,) = read(f"{tmp_path}/in/*.txt")
    assert isinstance(found, Excluded)
    assert found.reason == "unreadable"


def test_what_is_no_regular_file_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    (found,) = read(tmp_path)
    assert isinstance(found, Excluded)
    assert (found.reason, found.detail) == ("unreadable", "not a regular file")


def refuse(folder: Path) -> Callable[[str | Path], object]:
    """Return a listing of folders that refuses one: the user of the tests may be one to whom no folder is closed."""
    scandir = os.scandir

    def listing(path: str | Path) -> object:
        if Path(path) == folder:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(folder))
        return scandir(path)

    return listing


def test_a_folder_that_can_not_be_looked_into_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A plain walk fails here: it passes over the folder, and with it over all that is in it, without a word."""
    (tmp_path / "closed").mkdir()
    (tmp_path / "closed" / "lost.txt").write_bytes(TEXT)
    (tmp_path / "page.txt").write_bytes(TEXT)
    monkeypatch.setattr(os, "scandir", refuse(tmp_path / "closed"))
    lost, page = read(tmp_path)
    assert isinstance(lost, Excluded)
    assert (lost.source, lost.reason, lost.detail) == ("closed", "unreadable", "Permission denied")
    assert isinstance(page, Capture)
    with pytest.raises(InputError, match="closed: Permission denied"):
        find_files([tmp_path / "closed"])


def test_a_file_name_that_no_text_can_hold_gives_a_source_that_one_can(tmp_path: Path) -> None:
    for name in (b"caf\xe9.txt", b"a\x1b[2J.txt", "b\u202ec.txt".encode()):
        (Path(os.fsdecode(os.path.join(os.fsencode(tmp_path), name)))).write_bytes(TEXT)  # noqa: PTH118
    found = read(tmp_path)
    assert sorted(item.source for item in found) == ["a\ufffd[2J.txt", "b\ufffdc.txt", "caf\ufffd.txt"]
    assert all(isinstance(item, Capture) for item in found)


@given(st.text())
def test_a_name_from_inside_a_capture_is_harmless_or_not_taken(name: str) -> None:
    safe = safe_name(name, "fallback#1")
    assert safe.encode("utf-8")
    assert 0 < len(safe) <= 300
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff]", safe)
    assert not safe.startswith(("/", "\\", "~"))
    assert ".." not in re.split(r"[/\\]", safe)
    assert safe_name(safe, "x") == safe


@pytest.mark.parametrize(
    ("stated", "kept"),
    [
        ("https://a.example/x?y=1#z", True),
        ("http://الجزيرة.example/سوريا", True),
        ("https://a.example/a|b{c}", True),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("https://a.example/a b", False),
        ('https://a.example/"onclick=', False),
        ("https://a.example/\u202e", False),
        ("https://a.example/" + "x" * 3000, False),
        ("", False),
        (None, False),
    ],
)
def test_an_address_is_kept_if_it_is_one_of_the_web(stated: str | None, kept: bool) -> None:  # noqa: FBT001
    assert page_url(stated) == (stated if kept else None)


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("ftp://host/x.warc", "ftp:// is not read; use a path, s3://, gs://, az://, hf://, https://"),
        ("memory://x", "memory:// is not read"),
        ("local:///etc/passwd", "local:// is not read"),
        ("file://host/x.txt", "file:// is not read"),
        ("zip://a.txt::https://host/x.zip", "a chain of addresses is not read"),
        ("simplecache::s3://bucket/x", "a chain of addresses is not read"),
        ("http://news.example/a.html", "plain http can be changed on its way; use https://"),
        ("http://127.0.0.1.news.example/a.html", "plain http can be changed on its way"),
        ("https://host/a.zip::file:///etc/passwd", "a chain of addresses is not read"),
        ("s3://user:hunter2@bucket::x/a", "a chain of addresses is not read"),
    ],
)
def test_an_address_is_of_a_closed_list(address: str, message: str) -> None:
    with pytest.raises(InputError) as error:
        find_files([address])
    assert message in str(error.value)
    assert "hunter2" not in str(error.value)


def test_a_store_without_its_library_says_what_to_install() -> None:
    for scheme, library in (("gs", "gcsfs"), ("az", "adlfs")):
        try:
            __import__(library)
        except ImportError:
            with pytest.raises(InputError, match=rf"pip install 'peacetalks\[{scheme}\]'"):
                find_files([f"{scheme}://bucket/x.warc"])


@given(st.sampled_from(["gzip", "zstd"]), st.lists(st.binary(max_size=3000), max_size=4), st.binary(max_size=40))
def test_members_are_read_whole_or_told_to_be_broken(coding: Coding, members: list[bytes], tail: bytes) -> None:
    compress = {"gzip": gzip.compress, "zstd": zstd.compress}[coding]
    data = b"".join(compress(member) for member in members)
    pieces = list(read_members(io.BytesIO(data), coding))
    assert b"".join(piece for piece in pieces if isinstance(piece, bytes)) == b"".join(members)
    assert decompress(data, coding, 100_000) == b"".join(members)
    kinds = {type(piece).__name__ for piece in read_members(io.BytesIO(data + b"x" + tail), coding)}
    assert "Broken" in kinds


@given(st.binary(max_size=3000).map(gzip.compress), st.data())
def test_gzip_that_is_cut_or_changed_is_read_as_by_the_standard_library(packed: bytes, data: st.DataObject) -> None:
    """What takes it off is another library, and has to refuse what that refuses."""
    changed = bytearray(packed[: data.draw(st.integers(4, len(packed)))])
    for place in data.draw(st.lists(st.integers(3, len(changed) - 1), max_size=2)):  # the mark stays
        changed[place] ^= data.draw(st.integers(1, 255))
    standard = zlib.decompressobj(wbits=31)
    try:
        expected = standard.decompress(changed)
        assume(not standard.unused_data)
        is_whole = standard.eof
    except zlib.error:
        is_whole = False
    if is_whole:
        assert decompress(bytes(changed), "gzip", 100_000) == expected
    else:
        with pytest.raises(CaptureError):
            decompress(bytes(changed), "gzip", 100_000)


# Addresses: each store is a real server on loopback.


_buckets = count()


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Any, Cut, str]]:
    """A bucket on a real object store server, whose answers can be cut off."""
    s3fs = pytest.importorskip("s3fs", reason="reading from an object store needs the extra s3")
    server = pytest.importorskip("moto.server", reason="the object store server is moto's")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "canary-key-id")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "canary-secret")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    app = Cut(server.DomainDispatcherApplication(server.create_backend_app), lambda e: e["REQUEST_METHOD"] == "GET")
    with serve(app) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        s3fs.S3FileSystem.clear_instance_cache()
        store = s3fs.S3FileSystem(skip_instance_cache=True)
        name = f"captures-{next(_buckets)}"  # the server keeps its buckets as long as the process lives
        store.mkdir(name)
        yield store, app, name
        s3fs.S3FileSystem.clear_instance_cache()


def test_an_object_store_gives_what_a_folder_gives(
    bucket: tuple[Any, Cut, str], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store, _, box = bucket
    caplog.set_level(logging.DEBUG)
    for name, data in {
        "news/a.html": HTML,
        "news/deep/b.warc.gz": pack(crawl(PAGES), "gzip"),
        "news/c.jsonl": ROW * 3,
        "news/d.parquet": table(text=[TEXT.decode()] * 5),
        "news/e.txt.zst": zstd.compress(TEXT),
        "news/large.jsonl": ROW + b" " * 1_500_000 + b"\n" + ROW,
        "news/.hidden.txt": TEXT,
    }.items():
        store.pipe_file(f"{box}/{name}", data)
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    assert read(f"s3://{box}/news") == read(tmp_path / "news")
    assert read(f"s3://{box}/news/*.jsonl") == read(f"{tmp_path}/news/*.jsonl")
    assert read(f"s3://{box}/news/a.html") == read(tmp_path / "news/a.html")
    assert [file.source for file in find_files([f"s3://{box}/**/*.gz"])] == ["news/deep/b.warc.gz"]
    with pytest.raises(InputError, match=f"s3://{box}/nowhere: no such file or folder"):
        find_files([f"s3://{box}/nowhere"])
    with pytest.raises(InputError, match="s3://no-such-bucket/x: "):
        find_files(["s3://no-such-bucket/x"])
    assert "canary-secret" not in caplog.text


def test_who_has_no_keys_is_told_where_a_store_takes_them_from(
    bucket: tuple[Any, Cut, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _, _, box = bucket
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    with pytest.raises(InputError, match=f"s3://{box}/x: no keys are known; set AWS_ACCESS_KEY_ID"):
        find_files([f"s3://{box}/x"])


def test_an_object_whose_name_reads_like_a_chain_is_that_object(bucket: tuple[Any, Cut, str], tmp_path: Path) -> None:
    store, _, box = bucket
    (tmp_path / "secret.txt").write_bytes(b"Not for publication.")
    hostile = f"a.txt::file://{tmp_path}/secret.txt"
    store.pipe_file(f"{box}/{hostile}", TEXT)
    (found,) = read(f"s3://{box}")
    assert isinstance(found, Capture)
    assert found.text == TEXT.decode()


def test_small_objects_are_asked_for_once_each_and_come_in_order(bucket: tuple[Any, Cut, str]) -> None:
    store, app, box = bucket
    for number in range(50):
        store.pipe_file(f"{box}/{number:02}.txt", TEXT + b"%d" % number)
    files = find_files([f"s3://{box}"])
    before = app.seen
    found = list(read_captures(files))
    assert [item.source for item in found] == [f"{number:02}.txt" for number in range(50)]
    assert all(isinstance(item, Capture) for item in found)
    assert app.seen - before == 50


def test_a_store_that_fails_costs_the_object_that_is_read(bucket: tuple[Any, Cut, str]) -> None:
    store, app, box = bucket
    for name in ("a.txt", "b.txt"):
        store.pipe_file(f"{box}/{name}", TEXT)
    files = find_files([f"s3://{box}"])
    app.left = 1
    found = list(read_captures(files))
    assert sorted(type(item).__name__ for item in found) == ["Capture", "Excluded"]
    (lost,) = [item for item in found if isinstance(item, Excluded)]
    assert lost.reason == "unreadable"
    assert not re.search(r"canary|127\.0\.0\.1", lost.detail)


def test_a_store_that_fails_now_and_then_gives_each_object_or_a_reason(
    monkeypatch: pytest.MonkeyPatch, fault: Record
) -> None:
    """A reader that takes what came for all there is would give half a page of each answer that was cut."""
    s3fs = pytest.importorskip("s3fs", reason="reading from an object store needs the extra s3")
    server = pytest.importorskip("moto.server", reason="the object store server is moto's")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "loopback")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    count, box = times(1000, 60), "flaky"
    app = Flaky(
        server.DomainDispatcherApplication(server.create_backend_app),
        lambda e: e["REQUEST_METHOD"] == "GET" and e["PATH_INFO"].endswith(".txt"),
        share=0.05 if LONG else 0.2,
        seed=13,
    )
    pages = {f"{n:04}.txt": TEXT + b" This is page %d." % n for n in range(count)}
    with serve(app) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        s3fs.S3FileSystem.clear_instance_cache()
        store = s3fs.S3FileSystem(skip_instance_cache=True)
        store.mkdir(box)
        for name, data in pages.items():
            store.pipe_file(f"{box}/{name}", data)
        found = read(f"s3://{box}")
        s3fs.S3FileSystem.clear_instance_cache()
    assert [item.source for item in found] == list(pages)
    lost = 0
    for item in found:
        if isinstance(item, Capture):
            assert item.text == pages[item.source].decode()
        else:
            assert (item.reason, item.source in pages) in (("unreadable", True), ("truncated", True))
            lost += 1
    assert app.refused
    assert app.cut
    assert lost < count // 4
    outcome = (
        f"{app.refused} answers of 503, {app.cut} cut short: {count - lost} pages whole, {lost} with a reason, 0 cut"
    )
    fault("F13", "an object read from a store that fails now and then", count, outcome)


@pytest.mark.parametrize("ranges", [True, False], ids=["with-ranges", "without-ranges"])
def test_the_web_gives_what_a_file_gives(ranges: bool, tmp_path: Path) -> None:  # noqa: FBT001
    pytest.importorskip("flask", reason="the web server is written with flask")
    from servers.web import web_app

    files = {
        "a.html": HTML,
        "b.warc.gz": pack(crawl(PAGES) * 40, "gzip"),
        "c.jsonl": ROW * 30_000,
        "d.parquet": table(text=[TEXT.decode()] * 5),
        "e.warc": pack(crawl(PAGES), ""),
    }

    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    with serve(web_app(files, ranges=ranges)) as url:
        for name in files:
            assert read(f"{url}/{name}?signature=canary") == read(tmp_path / name), name
        (missing,) = read(f"{url}/missing.html?signature=canary")
    assert isinstance(missing, Excluded)
    assert (missing.source, missing.reason) == ("missing.html", "unreadable")
    assert "canary" not in missing.detail


def test_a_download_that_stops_short_is_marked(tmp_path: Path) -> None:
    pytest.importorskip("flask", reason="the web server is written with flask")
    from servers.web import web_app

    data = pack(crawl(PAGES) * 40, "gzip")
    (tmp_path / "crawl.warc.gz").write_bytes(data)
    whole = read(tmp_path / "crawl.warc.gz")
    with serve(web_app({"crawl.warc.gz": data[: len(data) // 2 - 7]}, ranges=False)) as url:
        found = read(f"{url}/crawl.warc.gz")
    assert found[:-1] == whole[: len(found) - 1]
    assert isinstance(found[-1], Excluded)
    assert found[-1].reason == "truncated"


def test_the_hub_gives_what_a_folder_gives_and_no_log_has_the_token(tmp_path: Path) -> None:
    pytest.importorskip("flask", reason="the Hub's server is written with flask")
    from servers.hub import Hub

    token = "hf_" + "canary" * 6
    files = {"data/a.parquet": table(text=[TEXT.decode()] * 5), "data/deep/b.jsonl.gz": gzip.compress(ROW * 3)}
    files |= {"README.md": b"# A card", "crawl.warc.gz": pack(crawl(PAGES), "gzip")}
    for name, data in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    hub = Hub()
    hub.repositories["someone/pages"] = {"head": "1" * 40, "commits": {"1" * 40: files}, "tags": {}}
    program = """
import sys
from peacetalks.capture.inputs import find_files
from peacetalks.engine.work import read_captures
for address in sys.argv[1:]:
    print([(item.id, item.source) for item in read_captures(find_files([address]))])
"""
    root = "hf://datasets/someone/pages"
    inputs = ["", "/data", "/crawl.warc.gz", "/data/**/*.gz"]
    with serve(hub.app) as url:
        environment = {
            **os.environ,
            "HF_ENDPOINT": url,
            "HF_HUB_OFFLINE": "0",
            "HF_TOKEN": token,
            "HF_HOME": str(tmp_path / ".home"),
            "HF_DEBUG": "1",
            "HF_HUB_DISABLE_TELEMETRY": "1",
        }
        command = [sys.executable, "-c", program, *(f"{root}{name}" for name in inputs)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    expected = [[(item.id, item.source) for item in read(f"{tmp_path}{name}")] for name in inputs]
    assert done.stdout.splitlines() == [str(found) for found in expected]
    assert hub.tokens == {f"Bearer {token}"}
    assert token not in done.stdout + done.stderr


def test_reading_stops_with_a_reason_where_decompressed_data_burst(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl.zst").write_bytes(zstd.compress(ROW * 3 + b" " * 200_000_000))
    found = read(tmp_path)
    assert [getattr(item, "reason", "kept") for item in found] == ["kept"] * 3 + ["too-large"]


def test_compressed_bytes_are_never_taken_for_more_than_they_are() -> None:
    with pytest.raises(CaptureError, match="too-large"):
        decompress(gzip.compress(bytes(1001)), "gzip", 1000)
    assert decompress(gzip.compress(bytes(1000)) + b"\x00" * 8, "gzip", 1000) == bytes(1000)
