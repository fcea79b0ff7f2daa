"""Crawls: pages come out of them as they come out of files, and damage costs the record that it is in."""

import gzip
import io
import zlib
from collections import Counter
from itertools import product
from pathlib import Path

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawls import CrawlPage, crawl, crawl_pages, digest, draw_damage, http, pack, record, response, zstd
from faults.table import Record as Keep
from peacetalks.capture.cutter import MAX_RECORD, Lost, Record
from peacetalks.capture.inputs import find_files
from peacetalks.capture.warc import read_records
from peacetalks.engine.page import Page
from peacetalks.engine.work import process_files, read_captures
from peacetalks.record import Capture, Excluded

PAGES = crawl_pages()
CODINGS = {"": ".warc", "gzip": ".warc.gz", "zstd": ".warc.zst"}


def read(path: Path, passed: Counter[str] | None = None) -> list[Capture | Excluded]:
    return list(read_captures(find_files([path]), passed))


def read_bytes(folder: Path, data: bytes, name: str = "crawl.warc.gz") -> list[Capture | Excluded]:
    (folder / name).write_bytes(data)
    return read(folder / name)


def outcomes(found: list[Capture | Excluded]) -> list[tuple[str, str]]:
    return [(item.id, getattr(item, "reason", "kept")) for item in found]


def process(*paths: Path) -> list[Page | Excluded]:
    return list(process_files(find_files(list(paths)), {}))


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("files")
    for number, page in enumerate(PAGES):
        (folder / f"{number}-{page.name}.html").write_bytes(page.html)
    return folder


@pytest.fixture(scope="module")
def from_files(files: Path) -> list[Page]:
    found = [page for page in process(files) if isinstance(page, Page)]
    assert len(found) == len(PAGES)
    return found


@pytest.mark.parametrize("coding", CODINGS)
def test_a_crawl_gives_the_articles_that_the_files_give(coding: str, tmp_path: Path, from_files: list[Page]) -> None:
    (tmp_path / f"crawl{CODINGS[coding]}").write_bytes(pack(crawl(PAGES), coding))
    found = process(tmp_path)
    for number, (page, expected) in enumerate(zip(found, from_files, strict=True)):
        assert isinstance(page, Page)
        assert page.segments == expected.segments
        for field in ("id", "title", "text", "captions", "authors", "dateline", "language", "mentions", "words"):
            assert getattr(page.article, field) == getattr(expected.article, field), field
        assert page.capture.encoding == expected.capture.encoding
        assert page.article.source == f"urn:uuid:00000000-0000-4000-8000-{number:012}"
        assert page.article.url == PAGES[number].url
        assert str(page.capture.captured) == "2018-02-01"


def test_a_crawl_gives_to_the_byte_what_a_table_with_the_same_addresses_gives(tmp_path: Path) -> None:
    import msgspec

    (tmp_path / "crawl.warc.gz").write_bytes(pack(crawl(PAGES), "gzip"))
    rows = [
        {
            "id": f"urn:uuid:00000000-0000-4000-8000-{number:012}",
            "html": page.html.decode(page.charset).replace(f'charset="{page.charset}"', 'charset="utf-8"'),
            "url": page.url,
            "captured": "2018-02-01",
        }
        for number, page in enumerate(PAGES)
    ]
    (tmp_path / "rows.jsonl").write_bytes(b"\n".join(map(msgspec.json.encode, rows)))
    in_utf8 = {number for number, page in enumerate(PAGES) if page.charset == "utf-8"}
    both = zip(process(tmp_path / "crawl.warc.gz"), process(tmp_path / "rows.jsonl"), strict=True)
    for number, (crawled, row) in enumerate(both):
        assert isinstance(crawled, Page)
        assert isinstance(row, Page)
        left, right = msgspec.to_builtins(crawled.article), msgspec.to_builtins(row.article)
        if number not in in_utf8:  # other bytes, so another id; all else is the same
            for article in (left, right):
                del article["id"], article["cluster"]
        assert left == right


def test_texts_that_a_crawl_was_turned_into_are_those_that_text_files_give(
    tmp_path: Path, from_files: list[Page]
) -> None:
    texts = [page.capture.text.encode() for page in from_files]
    folder = tmp_path / "files"
    folder.mkdir()
    records = [record("warcinfo", b"x: y\r\n", number=99)]
    for number, (page, text) in enumerate(zip(PAGES, texts, strict=True)):
        (folder / f"{number}.txt").write_bytes(text)
        fields = {"WARC-Target-URI": page.url, "Content-Type": "text/plain"}
        records.append(record("conversion", text, fields, number=number))
    (tmp_path / "crawl.warc.wet.gz").write_bytes(pack(records, "gzip"))
    (tmp_path / "crawl.wet").write_bytes(pack(records, ""))
    for name in ("crawl.warc.wet.gz", "crawl.wet"):
        for left, right in zip(read(tmp_path / name), read(folder), strict=True):
            assert isinstance(left, Capture)
            assert isinstance(right, Capture)
            assert (left.id, left.text, left.encoding) == (right.id, right.text, right.encoding)
            assert left.url is not None


def test_records_that_hold_no_page_are_counted_by_kind(tmp_path: Path) -> None:
    page = PAGES[0]
    feed = http(b"<rss/>", {"Content-Type": "application/rss+xml"})
    records = [
        *crawl([page]),
        record("revisit", http(b"", {}), number=1),
        record("response", http(page.html, {"Content-Type": "text/html"}, "404 Not Found"), number=2),
        record("response", http(b"", {"Location": "/"}, "301 Moved"), number=3),
        record("response", feed, number=4),
        record("response", b"gemini", number=5),
        record("resource", page.html, {"Content-Type": "text/html"}, number=6),
        record("conversion", b"{}", {"Content-Type": "application/json"}, number=7),
        record("novelty", b"?", number=8),
    ]
    (tmp_path / "crawl.warc.gz").write_bytes(pack(records, "gzip"))
    passed: Counter[str] = Counter()
    (found,) = read(tmp_path / "crawl.warc.gz", passed)
    assert isinstance(found, Capture)
    assert passed == {
        "warcinfo": 1,
        "request": 1,
        "metadata": 1,
        "revisit": 1,
        "resource": 1,
        "response, status not 200": 2,
        "response, not HTML": 1,
        "response, not of HTTP": 1,
        "conversion, not text": 1,
        "record of a kind unknown": 1,
    }


def chunked(body: bytes, size: int = 100) -> bytes:
    parts = [body[i : i + size] for i in range(0, len(body), size)]
    return b"".join(b"%x;name=x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


TRANSPORTS = {
    "chunks": ({"Transfer-Encoding": "chunked"}, chunked),
    "chunks-undone": ({"Transfer-Encoding": "chunked"}, bytes),
    "gzip": ({"Content-Encoding": "gzip"}, gzip.compress),
    "gzip-undone": ({"Content-Encoding": "gzip"}, bytes),
    "gzip-in-chunks": (
        {"Content-Encoding": "gzip", "Transfer-Encoding": "chunked"},
        lambda body: chunked(gzip.compress(body)),
    ),
    "brotli": ({"Content-Encoding": "br"}, brotli.compress),
    "zstd": ({"Content-Encoding": "zstd"}, zstd.compress),
    "deflate": ({"Content-Encoding": "deflate"}, zlib.compress),
    "deflate-without-header": ({"Content-Encoding": "deflate"}, lambda body: zlib.compress(body)[2:-4]),
    "twice": ({"Content-Encoding": "gzip, br"}, lambda body: brotli.compress(gzip.compress(body))),
    "identity": ({"Content-Encoding": "identity"}, bytes),
    "length-of-the-coding-undone": ({"Content-Encoding": "gzip", "Content-Length": "99"}, bytes),
    "length-that-is-none": ({"Content-Length": "a lot"}, bytes),
    "unknown-but-undone": ({"Content-Encoding": "sdch"}, bytes),
}


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_page_is_the_same_whatever_brought_it(transport: str, tmp_path: Path) -> None:
    headers, wrap = TRANSPORTS[transport]
    page = PAGES[0]
    (plain,) = read_bytes(tmp_path, pack([response(page, 0)], "gzip"))
    (found,) = read_bytes(tmp_path, pack([response(page, 0, headers, wrap(page.html))], "gzip"))
    assert found == plain


@pytest.mark.parametrize(
    ("headers", "body", "reason"),
    [
        pytest.param({"Content-Encoding": "gzip"}, gzip.compress(bytes(30_000_000)), "too-large", id="gzip-bomb"),
        pytest.param({"Content-Encoding": "br"}, brotli.compress(b"a" * 30_000_000), "too-large", id="brotli-bomb"),
        pytest.param({"Content-Encoding": "zstd"}, zstd.compress(b"a" * 30_000_000), "too-large", id="zstd-bomb"),
        pytest.param({"Content-Encoding": "gzip"}, gzip.compress(PAGES[0].html)[:-12], "truncated", id="gzip-cut"),
        pytest.param({"Content-Encoding": "br"}, b"\x01\x02" * 60, "damaged", id="no-brotli"),
        pytest.param({"Transfer-Encoding": "chunked"}, chunked(PAGES[0].html)[:-40], "truncated", id="chunks-cut"),
        pytest.param({"Content-Length": "99999"}, PAGES[0].html, "truncated", id="connection-lost"),
        pytest.param({"Content-Encoding": "rot13"}, b"uryyb", "unknown-format", id="coding-unknown"),
        pytest.param({"Content-Encoding": "gzip,gzip,gzip,gzip"}, b"x", "damaged", id="codings-on-codings"),
        pytest.param({}, b"%PDF-1.7 not a page", "not-text", id="pdf"),
        pytest.param({}, b"", "empty", id="empty"),
    ],
)
def test_a_body_that_is_no_page_costs_its_own_record(
    headers: dict[str, str], body: bytes, reason: str, tmp_path: Path
) -> None:
    records = [response(PAGES[0], 0), response(PAGES[1], 1, headers, body), response(PAGES[2], 2)]
    found = read_bytes(tmp_path, pack(records, "gzip"))
    assert [getattr(item, "reason", "kept") for item in found] == ["kept", reason, "kept"]
    assert [item.source[-1] for item in found] == ["0", "1", "2"]


def test_what_http_says_of_the_encoding_counts_where_the_page_says_nothing(tmp_path: Path) -> None:
    html = "<html><body><p>Переговоры в Женеве отложены на неделю.</p></body></html>".encode("cp1251")
    page = CrawlPage("x", "https://vestnik.example/", "windows-1251", html)
    (found,) = read_bytes(tmp_path, pack([response(page, 0)], "gzip"))
    assert isinstance(found, Capture)
    assert "Переговоры в Женеве" in found.text


@pytest.mark.parametrize(
    ("field", "value", "detail"),
    [
        ("WARC-Truncated", "length", "the crawler cut it: length"),
        ("WARC-Segment-Number", "1", "one segment of a page that fills several records"),
    ],
)
def test_a_page_that_the_crawler_cut_is_no_article(field: str, value: str, detail: str, tmp_path: Path) -> None:
    cut = record("response", http(PAGES[0].html, {"Content-Type": "text/html"}), {field: value})
    (found,) = read_bytes(tmp_path, pack([cut], "gzip"))
    assert isinstance(found, Excluded)
    assert (found.reason, found.detail) == ("truncated", detail)


def payload_record(stated: str, body: bytes, headers: dict[str, str]) -> bytes:
    block = http(body, {"Content-Type": "text/html", **headers})
    return record("response", block, {"WARC-Block-Digest": "", "WARC-Payload-Digest": stated})


def test_digests_are_checked_in_each_form_that_tools_take_them_of(tmp_path: Path) -> None:
    html = PAGES[0].html
    packed, headers = gzip.compress(html), {"Content-Encoding": "gzip", "Transfer-Encoding": "chunked"}
    for stated in (digest(chunked(packed)), digest(packed), digest(html), "sha256:zz", "xyz:abc", "sha1:\u00c4BC", ""):
        (found,) = read_bytes(tmp_path, pack([payload_record(stated, chunked(packed), headers)], "gzip"))
        assert isinstance(found, Capture), stated
    other = payload_record(digest(b"other"), html, {})
    block = record("response", http(html, {"Content-Type": "text/html"}), {"WARC-Block-Digest": digest(b"other")})
    for wrong in (other, block):
        (lost,) = read_bytes(tmp_path, pack([wrong], "gzip"))
        assert isinstance(lost, Excluded)
        assert lost.reason == "damaged"


LENGTHS = ("20", "0", "-5", "abc", "5000", "40000000", "1000000000000", "99999999999999999999", " ")


FORMS = ("", "gzip", "zstd", "one-member")
# What a long record holds can't be told from what follows it, where the whole file is one gzip member.
WRONG = [pair for pair in product(LENGTHS, FORMS) if pair != ("40000000", "one-member")]


@pytest.mark.parametrize(("length", "form"), WRONG)
def test_a_wrong_length_costs_its_own_record(length: str, form: str, tmp_path: Path) -> None:
    records = [response(PAGES[n % 5], n) for n in range(10)]
    block = http(PAGES[4].html, {"Content-Type": "text/html"})
    records[4] = record("response", block, {"Content-Length": length}, number=4)
    data = gzip.compress(pack(records, "")) if form == "one-member" else pack(records, form)
    found = read_bytes(tmp_path, data, "crawl.warc")
    assert [item.source[-1] for item in found] == list("0123456789")
    assert [n for n, item in enumerate(found) if isinstance(item, Excluded)] == [4]


@pytest.mark.parametrize("form", ["gzip", "zstd"])
def test_a_flipped_bit_costs_its_own_record(form: str, tmp_path: Path) -> None:
    records = [response(PAGES[n % 5], n) for n in range(5)]
    whole = read_bytes(tmp_path, pack(records, form))
    members = [pack([one], form) for one in records]
    for at in range(4, len(members[2]), 97):  # the first four bytes are the mark by which a member is found
        members[2] = pack([records[2]], form)
        members[2] = members[2][:at] + bytes([members[2][at] ^ 0x10]) + members[2][at + 1 :]
        found = read_bytes(tmp_path, b"".join(members))
        assert found[:2] + found[-2:] == whole[:2] + whole[-2:]
        # What a flip in an unused bit of the header leaves as it was is no loss.
        assert all(isinstance(item, Excluded) or item == whole[2] for item in found[2:-2])


@pytest.mark.parametrize("coding", CODINGS)
def test_every_prefix_of_a_crawl_is_marked_and_gives_no_page_but_its_own(
    coding: str, tmp_path: Path, fault: Keep
) -> None:
    """FastWARC and warcio give the last record of most of these short, without a word."""
    small = [page._replace(html=page.html[:300]) for page in PAGES[:3]]
    parts = [pack([response(page, number)], coding) for number, page in enumerate(small)]
    data = b"".join(parts)
    whole = read_bytes(tmp_path, data)
    ends = {sum(map(len, parts[:n])) for n in range(len(parts))}  # there a file is a sound one with fewer records
    for length in range(1, len(data)):
        found = read_bytes(tmp_path, data[:length], f"cut{CODINGS[coding]}")
        kept = [item for item in found if isinstance(item, Capture)]
        assert kept == whole[: len(kept)]
        if length not in ends:
            reason = "truncated" if length > 4 or not coding else "damaged"  # four bytes do not tell what packed them
            shown = [item.reason for item in found if isinstance(item, Excluded)]
            assert shown in ([reason], ["truncated"]), length
    fault("F8", "a crawl cut at a byte", len(data) - 1, "marked, but where a record ends")


@given(st.data())
def test_random_damage_never_gives_a_record_that_was_not_there(data: st.DataObject) -> None:
    coding = data.draw(st.sampled_from(["", "gzip", "zstd"]))
    records = [response(PAGES[n % 5]._replace(html=PAGES[n % 5].html[:400]), n) for n in range(6)]
    blocks = {r.block for r in read_records(io.BytesIO(pack(records, "")), "") if isinstance(r, Record)}
    kind, start, stop, damaged = draw_damage(data, pack(records, coding), 900)
    found = list(read_records(io.BytesIO(damaged), coding))  # type: ignore[arg-type]
    sound = [r for r in found if isinstance(r, Record)]
    from peacetalks.capture.digests import matches_digest

    trusted = [r for r in sound if matches_digest(r.fields.get("warc-block-digest"), r.block)]
    assert {r.block for r in trusted} <= blocks
    if kind != "cut":
        assert len(sound) >= 6 - 2 - (stop - start) // 300


def test_records_in_any_members_are_the_same_records() -> None:
    records = [response(PAGES[n % 5], n) for n in range(10)]
    plain = pack(records, "")
    expected = [(r.fields, r.block) for r in read_records(io.BytesIO(plain), "") if isinstance(r, Record)]
    assert len(expected) == 10
    for size in (333, 4096, len(plain)):
        members = [plain[i : i + size] for i in range(0, len(plain), size)]
        packings = {"gzip": b"".join(map(gzip.compress, members)), "zstd": b"".join(map(zstd.compress, members))}
        for coding, data in packings.items():
            found = [r[:2] for r in read_records(io.BytesIO(data), coding)]  # type: ignore[arg-type]
            assert found == expected


def test_a_dictionary_of_a_packed_crawl_is_used() -> None:
    records = [response(PAGES[n % 5], n) for n in range(10)]
    dictionary = zstd.train_dict(records * 3, 4000)
    for content in (dictionary.dict_content, zstd.compress(dictionary.dict_content)):
        frame = b"\x5d\x2a\x4d\x18" + len(content).to_bytes(4, "little") + content
        data = frame + b"".join(zstd.compress(one, zstd_dict=dictionary) for one in records)
        found = list(read_records(io.BytesIO(data), "zstd"))
        assert [r.block for r in found if isinstance(r, Record)] == [
            r.block for r in read_records(io.BytesIO(pack(records, "")), "") if isinstance(r, Record)
        ]


def test_a_long_record_is_not_kept_and_costs_no_other(tmp_path: Path) -> None:
    long = http(bytes(MAX_RECORD), {"Content-Type": "text/html"})
    video = http(bytes(MAX_RECORD), {"Content-Type": "video/mp4"})
    records = [
        response(PAGES[0], 0),
        record("response", long, number=1),
        record("response", video, number=2),
        response(PAGES[3], 3),
    ]
    for coding in ("", "gzip", "zstd"):
        (tmp_path / "long").write_bytes(pack(records, coding))
        passed: Counter[str] = Counter()
        found = read(tmp_path / "long", passed)
        assert [getattr(item, "reason", "kept") for item in found] == ["kept", "too-large", "kept"]
        assert passed == {"response, not HTML": 1}


def test_a_member_that_bursts_is_given_up_and_costs_no_other(tmp_path: Path) -> None:
    bomb = record("response", http(bytes(150_000_000), {"Content-Type": "text/html"}), number=1)
    records = [response(PAGES[0], 0), bomb, response(PAGES[2], 2)]
    found = read_bytes(tmp_path, pack(records, "zstd"))
    assert [getattr(item, "reason", "kept") for item in found][::2] == ["kept", "kept"]
    assert getattr(found[1], "reason", "kept") == "too-large"


@pytest.mark.parametrize(
    ("before", "after"),
    [(b"\r\n\r\n", b""), (b"", b"\x00" * 600), (b"", b"\r\n" * 9)],
    ids=["line-ends-first", "zeros-last", "line-ends-last"],
)
def test_padding_is_no_damage(before: bytes, after: bytes, tmp_path: Path) -> None:
    records = [response(PAGES[n % 5], n) for n in range(3)]
    found = read_bytes(tmp_path, before + pack(records, "") + after, "crawl.warc")
    assert [getattr(item, "reason", "kept") for item in found] == ["kept"] * 3
    if not before:
        found = read_bytes(tmp_path, pack(records, "gzip") + b"\x00" * 600)
        assert [getattr(item, "reason", "kept") for item in found] == ["kept"] * 3


def test_a_header_without_end_or_of_many_lines_is_damage() -> None:
    good = response(PAGES[0], 0)
    endless = b"WARC/1.0\r\nX: " + b"x" * 2_000_000
    many = b"WARC/1.0\r\n" + b"X: y\r\n" * 300_000
    for bad in (endless, many):
        for coding in ("", "gzip"):
            found = list(read_records(io.BytesIO(pack([good, bad + b"\r\n\r\n", good], coding)), coding))  # type: ignore[arg-type]
            assert [type(r) for r in found] == [Record, Lost, Record]
            assert all(len(r.data) <= MAX_RECORD for r in found if isinstance(r, Lost))


def test_a_record_inside_a_page_is_a_part_of_that_page(tmp_path: Path) -> None:
    inner = response(PAGES[1], 7)
    page = PAGES[0]._replace(html=PAGES[0].html + b"\r\n\r\n" + inner)
    for coding in ("", "gzip"):
        found = read_bytes(tmp_path, pack([response(page, 0), response(PAGES[2], 1)], coding))
        assert [item.source[-1] for item in found] == ["0", "1"]


def test_names_and_addresses_of_records_lead_nowhere(tmp_path: Path) -> None:
    block = http(PAGES[0].html, {"Content-Type": "text/html"})
    hostile = ["../../etc/passwd", "/etc/passwd", "a\x1b[2Jb", "\u202eabc", "x" * 400, "", "C:\\x"]
    records = [record("response", block, {"WARC-Record-ID": name or " "}) for name in hostile]
    targets = ["javascript:alert(1)", "file:///etc/passwd", "https://a.example/\x00", "<https://a.example/ok>"]
    records += [record("response", block, {"WARC-Target-URI": url}) for url in targets]
    found = read_bytes(tmp_path, pack(records, "gzip"))
    assert all(item.source.startswith("crawl.warc.gz@") for item in found[: len(hostile)])
    urls = [item.url for item in found[len(hostile) :] if isinstance(item, Capture)]
    assert urls == [None, None, None, "https://a.example/ok"]


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
def test_another_library_writes_what_is_read_and_reads_what_is_written(coding: str, tmp_path: Path) -> None:
    from fastwarc.stream_io import GzipWriter, ZstdWriter
    from fastwarc.warc import ArchiveIterator, WarcRecord, WarcRecordType

    ours = pack(crawl(PAGES), coding)
    theirs = [record.record_id for record in ArchiveIterator(io.BytesIO(ours), verify_digests=True)]
    assert len(theirs) == len(crawl(PAGES))
    sink = io.BytesIO()
    with (GzipWriter if coding == "gzip" else ZstdWriter)(sink) as writer:
        for page in PAGES:
            written = WarcRecord()
            written.init_headers(record_type=WarcRecordType.response)
            written.headers["WARC-Target-URI"] = page.url
            written.is_http = True
            written.set_bytes_content(http(page.html, {"Content-Type": "text/html"}))
            written.write(writer, checksum_data=True)
    found = read_bytes(tmp_path, sink.getvalue(), "theirs.warc")
    expected = read_bytes(tmp_path, ours, "ours.warc")
    assert [(item.id, type(item)) for item in found] == [(item.id, Capture) for item in expected]
