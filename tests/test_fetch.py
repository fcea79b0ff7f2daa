"""Fetching, from a real archive on loopback, over a line on which everything goes wrong that does."""

import datetime
import hashlib
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import msgspec
import pyarrow.parquet as pq
import pytest
from msgspec import structs
from typer.testing import CliRunner
from warcio.archiveiterator import ArchiveIterator

from conftest import ROOT
from peacetalks.cli import app
from peacetalks.errors import InputError, PageError, VocabularyError
from peacetalks.fetch.captures import list_captures, list_timemap
from peacetalks.fetch.client import Client, Manners
from peacetalks.fetch.crawls import Crawl, crawls_since
from peacetalks.fetch.journal import Entry, read_journal
from peacetalks.fetch.live import require_public
from peacetalks.fetch.run import Fetched, fetch_pages
from peacetalks.fetch.wanted import Wanted, read_wanted
from peacetalks.registry.addresses import page_id
from peacetalks.registry.archives import Archive, find_archive, load_archives
from peacetalks.release.validate import validate_release
from servers import archive as served
from servers.archive import SITE, TALKS, Line, lay_line

DAY = datetime.date(2016, 2, 3)
QUICK = Manners(delay=0.0, backoff=0.01, patience=2.0, deadline=1.5, contact="tests@example.org")


@pytest.fixture(scope="module")
def pywb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path]]:
    """The port of a running archive, and the folder of its WARC files."""
    reason = served.missing_archive()
    if reason and os.environ.get("PEACETALKS_TEST_ALL"):
        pytest.fail(reason)
    if reason:
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("pywb")
    with served.serve_collection(folder) as port:
        yield port, folder / "collections" / "news" / "archive"


@pytest.fixture
def line(pywb: tuple[int, Path]) -> Iterator[Line]:
    """A line to the archive that a test may break."""
    with lay_line(*pywb) as found:
        yield found


def archive_of(line: Line) -> Archive:
    return find_archive(f"{line.address}/news")


def crawls_of(line: Line) -> Archive:
    """The same captures as an archive of crawls: the index is that of pywb, its files are read in parts."""
    crawls = [
        {
            "id": "CC-MAIN-2016-07",
            "cdx-api": f"{line.address}/news/cdx",
            "from": "2016-02-01T00:00:00",
            "to": "2016-02-12",
        },
        {"id": "CC-MAIN-2014-10", "cdx-api": f"{line.address}/old", "from": "2014-03-01", "to": "2014-03-09"},
    ]
    line.files["/collinfo.json"] = json.dumps(crawls).encode()
    return Archive(
        id="crawls", name="Crawls", crawls=f"{line.address}/collinfo.json", data=f"{line.address}/data/", delay=0.0
    )


def want(*urls: str, first: datetime.date | None = DAY) -> list[Wanted]:
    return [Wanted(id=page_id(url), url=url, first=first) for url in urls]


def get(line: Line, out: Path, *urls: str, first: datetime.date | None = DAY, **manners: float) -> Fetched:
    return fetch_pages(want(*urls, first=first), out, [archive_of(line)], structs.replace(QUICK, **manners))


def only(done: Fetched) -> Entry:
    (entry,) = done.entries
    return entry


def records(out: Path, entry: Entry) -> list[tuple[str, Any, Any, bytes]]:
    """Each record of the WARC file: type, WARC headers, HTTP headers and payload, its digests verified."""
    assert entry.file is not None
    return [
        (record.rec_type, record.rec_headers, record.http_headers, record.raw_stream.read())
        for record in ArchiveIterator(BytesIO((out / entry.file).read_bytes()), check_digests="raise")
    ]


def body_of(url: str, at: str) -> bytes:
    (entry,) = [row for row in served.collection() if row["url"] == url and row["at"].startswith(at)]
    body = entry["body"]
    assert isinstance(body, bytes)
    return body


def test_the_capture_nearest_after_the_day_is_kept_with_where_it_is_from(line: Line, tmp_path: Path) -> None:
    entry = only(get(line, tmp_path, TALKS))
    assert (entry.outcome, entry.taken, entry.why) == ("found", "2016-02-05T12:00:00Z", None)
    kinds = [kind for kind, *_ in records(tmp_path, entry)]
    assert kinds == ["warcinfo", "response", "metadata"]
    _, warc, http, payload = records(tmp_path, entry)[1]
    assert payload == body_of(TALKS, "2016-02-05")
    assert entry.sha256 == hashlib.sha256(payload).hexdigest()
    assert warc.get_header("WARC-Target-URI") == TALKS
    assert warc.get_header("WARC-Date") == "2016-02-05T12:00:00Z"
    assert warc.get_header("WARC-Source-URI") == entry.memento
    assert http.get_statuscode() == "200"
    assert http.get_header("Content-Type") == "text/html; charset=utf-8"
    assert http.get_header("Memento-Datetime") is None
    origin = records(tmp_path, entry)[2][3].decode()
    assert f"memento: {line.address}/news/20160205120000id_/{TALKS}" in origin
    assert f"page: {entry.page}" in origin


@pytest.mark.parametrize(
    ("url", "first", "outcome", "taken", "why"),
    [
        (TALKS, None, "found", "2016-02-01", None),
        (TALKS, datetime.date(2016, 2, 6), "found", "2016-02-05", None),
        (TALKS, datetime.date(2016, 2, 7), "found", "2016-02-09", None),
        (TALKS, datetime.date(2020, 1, 1), "missing", None, "no capture from 2019-12-31 on"),
        (f"{TALKS}/?utm_source=x#top", DAY, "found", "2016-02-05", None),
        (f"{SITE}/packed", DAY, "found", "2016-02-05", None),
        (f"{SITE}/moved", DAY, "changed", "2016-02-05", f"leads to {TALKS}"),
        (f"{SITE}/moved-here", DAY, "changed", "2016-02-05", f"leads to {TALKS}"),
        (f"{SITE}/to-front", DAY, "missing", None, "leads to a front page"),
        (f"{SITE}/in-circles", DAY, "missing", None, "more than 5 redirects"),
        (f"{SITE}/gone", DAY, "missing", None, "1 captures, none of them of a page"),
        (f"{SITE}/early", DAY, "missing", None, "no capture from 2016-02-02 on"),
        (f"{SITE}/empty", DAY, "missing", None, "no bytes"),
        (f"{SITE}/never", DAY, "missing", None, "no capture"),
        (f"{SITE}/damaged-once", DAY, "found", "2016-02-09", None),
        (f"{SITE}/damaged", DAY, "failed", None, "status 503, 5 times"),
        (f"{SITE}/سوريا?lang=ar&id=7", DAY, "found", "2016-02-05", None),
    ],
)
def test_each_page_has_its_outcome(
    line: Line, tmp_path: Path, url: str, first: datetime.date | None, outcome: str, taken: str | None, why: str | None
) -> None:
    entry = only(get(line, tmp_path, url, first=first))
    assert (entry.outcome, entry.taken and entry.taken[:10]) == (outcome, taken), entry.why
    assert entry.why is None if why is None else why in (entry.why or "")
    assert (tmp_path / "warc" / f"{entry.page}.warc.gz").exists() is (taken is not None)


def test_redirects_are_kept_on_the_way_to_the_page_and_no_site_is_asked(line: Line, tmp_path: Path) -> None:
    entry = only(get(line, tmp_path, f"{SITE}/moved"))
    found = [(warc.get_header("WARC-Target-URI"), http.get_statuscode())
             for kind, warc, http, _ in records(tmp_path, entry) if kind == "response"]  # fmt: skip
    assert found == [(f"{SITE}/moved", "301"), (TALKS, "200")]
    assert all(path.startswith(("/news/", "/robots.txt")) for path in line.asked)


def test_bytes_that_were_packed_stay_packed(line: Line, tmp_path: Path) -> None:
    entry = only(get(line, tmp_path, f"{SITE}/packed"))
    _, _, http, payload = records(tmp_path, entry)[1]
    assert payload == body_of(f"{SITE}/packed", "2016-02-05")
    assert http.get_header("Content-Encoding") == "gzip"


def test_a_timemap_tells_the_same_captures_as_the_index(line: Line, tmp_path: Path) -> None:
    archive = archive_of(line)
    client = Client(QUICK, {})
    by_index = list_captures(archive, client, TALKS, DAY)
    assert archive.timemap is not None
    by_timemap = list_timemap(archive.timemap, client, TALKS, DAY)
    assert [(h.taken, h.url) for h in by_timemap] == [(h.taken, h.url) for h in by_index]
    line.break_("/news/cdx", served.status(404), times=9)
    assert only(get(line, tmp_path, TALKS)).taken == "2016-02-05T12:00:00Z"
    assert only(get(line, tmp_path, f"{SITE}/never")).outcome == "missing"


@pytest.mark.parametrize(
    "fault",
    [
        served.status(503),
        served.status(503, Retry_After="0"),
        served.status(503, Retry_After="1"),
        served.status(429, Retry_After="Thu, 01 Jan 1970 00:00:00 GMT"),
        served.status(503, Retry_After="soon"),
        served.status(500),
        served.cut,
        served.hang_up,
        served.trickle(4.0),
    ],
    ids=[
        "busy",
        "busy-now",
        "busy-a-second",
        "busy-until-long-ago",
        "busy-unclear",
        "error",
        "cut",
        "hang-up",
        "trickle",
    ],
)
@pytest.mark.parametrize("where", ["/news/cdx", "/news/2016"], ids=["index", "capture"])
def test_trouble_that_passes_costs_nothing_but_time(
    line: Line, tmp_path: Path, where: str, fault: served.Fault
) -> None:
    line.break_(where, fault, times=2)
    assert only(get(line, tmp_path, TALKS)).outcome == "found"
    assert line.count(where) == 3


def test_trouble_that_stays_is_told_and_asked_again_by_the_next_run(line: Line, tmp_path: Path) -> None:
    line.break_("id_/", served.status(503), times=15)
    first = only(get(line, tmp_path, TALKS))
    assert first.outcome == "failed"
    assert "status 503, 5 times" in (first.why or "")
    assert only(get(line, tmp_path, TALKS)).outcome == "found"
    assert read_journal(tmp_path / "fetch.jsonl")[page_id(TALKS)].outcome == "found"


def test_a_pause_that_is_asked_for_is_kept(line: Line) -> None:
    waits: list[float] = []
    line.break_("/news/cdx", served.status(503, Retry_After="2"), served.status(429, Retry_After="1"))
    client = Client(QUICK, {}, sleep=waits.append)
    assert len(list_captures(archive_of(line), client, TALKS, DAY)) == 3
    assert waits == [2.0, 1.0]


def test_an_archive_that_asks_for_a_long_pause_ends_the_run_and_loses_nothing(line: Line, tmp_path: Path) -> None:
    line.break_("moved-here", served.status(429, Retry_After="86400"))
    urls = (TALKS, f"{SITE}/moved-here", f"{SITE}/packed")
    done = get(line, tmp_path, *urls)
    assert done.stopped is not None
    assert "asks for a pause of 86,400 seconds" in done.stopped
    assert [entry.outcome for entry in done.entries] == ["found"]
    later = get(line, tmp_path, *urls)
    assert [entry.outcome for entry in later.entries] == ["found", "changed", "found"]
    assert later.asked == 2


def test_an_archive_that_does_not_answer_ends_the_run(line: Line, tmp_path: Path) -> None:
    line.break_("/news/", served.hang_up, times=999)
    done = get(line, tmp_path, *(f"{SITE}/{n}" for n in range(20)))
    assert done.stopped is not None
    assert "5 pages in a row failed" in done.stopped
    assert len(done.entries) == 5


def test_pages_that_always_fail_do_not_keep_later_runs_from_the_rest(line: Line, tmp_path: Path) -> None:
    line.break_("/news/.*bad-", served.hang_up, times=999)
    urls = (*(f"{SITE}/bad-{n}" for n in range(7)), TALKS, f"{SITE}/packed")
    first = get(line, tmp_path, *urls)
    assert (first.stopped is None, len(first.entries)) == (False, 5)
    second = get(line, tmp_path, *urls)
    assert [entry.outcome for entry in second.entries] == ["failed"] * 7 + ["found"] * 2


def test_what_was_fetched_is_not_asked_for_again(line: Line, tmp_path: Path) -> None:
    urls = (TALKS, f"{SITE}/never", f"{SITE}/packed")
    first = get(line, tmp_path, *urls)
    asked = len(line.asked)
    again = get(line, tmp_path, *urls)
    assert again.entries == first.entries
    assert (again.asked, len(line.asked)) == (0, asked)
    (tmp_path / "warc" / f"{page_id(TALKS)}.warc.gz").unlink()
    assert get(line, tmp_path, *urls).asked == 1
    done = fetch_pages(want(*urls), tmp_path, [archive_of(line)], QUICK, again=True)
    assert done.asked == 1


def test_a_run_that_was_cut_while_writing_goes_on(line: Line, tmp_path: Path) -> None:
    get(line, tmp_path, TALKS)
    journal = tmp_path / "fetch.jsonl"
    whole = journal.read_bytes()
    journal.write_bytes(whole + b'{"page":"0000')
    done = get(line, tmp_path, TALKS, f"{SITE}/packed")
    assert [entry.outcome for entry in done.entries] == ["found", "found"]
    assert journal.read_bytes().startswith(whole)
    assert len(journal.read_bytes().splitlines()) == 2
    journal.write_bytes(b'{"page": 7}\n' + whole)
    with pytest.raises(InputError, match=r"fetch\.jsonl: line 1: .*move the file away"):
        get(line, tmp_path, TALKS)


def test_a_run_that_is_killed_asks_again_for_no_more_than_what_it_was_at(line: Line, tmp_path: Path) -> None:
    names = ("zones", "reply", "packed", "damaged-once", "large")
    pages, out = tmp_path / "pages.jsonl", tmp_path / "out"
    pages.write_text("".join(f'{{"url": "{SITE}/{name}"}}\n' for name in names), "utf-8")
    command = [sys.executable, "-m", "peacetalks", "fetch", str(pages), str(out)]
    command += ["--archive", f"{line.address}/news", "--delay", "0.3"]
    killed = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while killed.poll() is None and len(read_journal(out / "fetch.jsonl")) < 2:
        time.sleep(0.01)
    killed.kill()
    killed.wait()
    done = read_journal(out / "fetch.jsonl")
    assert 2 <= len(done) < len(names)
    before = {name: line.count(f"id_/{SITE}/{name}") for name in names}
    finished = subprocess.run([*command, "--json"], capture_output=True, text=True, check=False)
    report = json.loads(finished.stdout)
    assert [entry["outcome"] for entry in report["entries"]] == ["found"] * len(names), finished.stderr
    for name in names:
        if page_id(f"{SITE}/{name}") in done:
            assert line.count(f"id_/{SITE}/{name}") == before[name]
    assert len(list((out / "warc").glob("[!.]*"))) == len(names)


def test_one_request_is_made_at_a_time_with_a_name_and_a_pause(line: Line, tmp_path: Path) -> None:
    began = time.monotonic()
    get(line, tmp_path, TALKS, f"{SITE}/moved", delay=0.1)
    took = time.monotonic() - began
    assert line.most_at_once == 1
    assert took >= 0.1 * (len(line.asked) - 1)
    assert all(h["User-Agent"].startswith("peacetalks/") for h in line.headers)
    assert all("tests@example.org" in h["User-Agent"] for h in line.headers)


def test_an_archive_of_the_table_is_never_asked_faster_than_it_allows(line: Line) -> None:
    waits: list[float] = []
    client = Client(QUICK, {"127.0.0.1": 7.0}, sleep=waits.append)
    archive = archive_of(line)
    list_captures(archive, client, TALKS, DAY)
    list_captures(archive, client, TALKS, DAY)
    assert waits == [pytest.approx(7.0, abs=1.0)]
    assert all(entry.delay >= 2.0 for entry in load_archives().values())


@pytest.mark.parametrize(
    ("robots", "outcome"),
    [
        ("User-agent: *\nDisallow: /", "refused"),
        ("User-agent: peacetalks\nDisallow: /news/", "refused"),
        ("User-agent: another\nDisallow: /", "found"),
        ("User-agent: *\nAllow: /\nCrawl-delay: 0", "found"),
        ("\x00\x01 nonsense \xff", "found"),
    ],
)
def test_robots_txt_is_respected(line: Line, tmp_path: Path, robots: str, outcome: str) -> None:
    line.files["/robots.txt"] = robots.encode("latin-1")
    assert only(get(line, tmp_path, TALKS)).outcome == outcome
    assert line.count("id_/") == (1 if outcome == "found" else 0)


@pytest.mark.parametrize(
    "fault", [served.status(403), served.status(503), served.hang_up], ids=["closed", "busy", "away"]
)
def test_where_robots_txt_can_not_be_read_nothing_is_taken(line: Line, tmp_path: Path, fault: served.Fault) -> None:
    line.break_("/robots.txt", fault, times=99)
    assert only(get(line, tmp_path, TALKS)).outcome == "refused"
    assert line.count("id_/") == 0


@pytest.mark.parametrize("where", ["/news/cdx", "id_/"], ids=["index", "capture"])
@pytest.mark.parametrize("code", [401, 403, 451])
def test_what_an_archive_does_not_open_is_refused(line: Line, tmp_path: Path, where: str, code: int) -> None:
    line.break_(where, served.status(code), times=9)
    assert only(get(line, tmp_path, TALKS)).outcome == "refused"


def test_a_page_larger_than_the_limit_is_refused_and_a_run_ends_at_its_own(line: Line, tmp_path: Path) -> None:
    entry = only(get(line, tmp_path, f"{SITE}/large", page_bytes=100_000))
    assert (entry.outcome, "the limit for a page" in (entry.why or "")) == ("refused", True)
    done = get(line, tmp_path / "other", TALKS, f"{SITE}/large", f"{SITE}/packed", total_bytes=50_000)
    assert done.stopped is not None
    assert "50,000 bytes were received" in done.stopped
    assert [entry.outcome for entry in done.entries] == ["found"]


@pytest.mark.parametrize(
    "target", ["https://elsewhere.example/a", "http://169.254.169.254/latest", "//elsewhere.example/a"]
)
def test_an_archive_can_not_lead_the_program_elsewhere(line: Line, tmp_path: Path, target: str) -> None:
    line.break_("id_/", served.status(302, Location=target), times=99)
    entry = only(get(line, tmp_path, TALKS))
    assert (entry.outcome, "the archive leads elsewhere" in (entry.why or "")) == ("missing", True)
    assert all(path.startswith(("/news/", "/robots.txt")) for path in line.asked)


def test_an_archive_may_lead_to_the_moment_that_it_has(line: Line, tmp_path: Path) -> None:
    line.break_("20160205120000id_/", served.status(302, Location=f"{line.address}/news/20160209120000id_/{TALKS}"))
    entry = only(get(line, tmp_path, TALKS))
    assert (entry.outcome, entry.taken, entry.why) == ("found", "2016-02-09T12:00:00Z", None)


def test_a_redirect_of_the_site_is_followed_where_the_archive_has_rewritten_it(line: Line, tmp_path: Path) -> None:
    moved = served.status(
        302,
        Location=f"{line.address}/news/20160205120000id_/{SITE}/zones",
        Memento_Datetime="Fri, 05 Feb 2016 12:00:00 GMT",
    )
    line.break_(f"20160205120000id_/{TALKS}", moved)
    entry = only(get(line, tmp_path, TALKS))
    assert (entry.outcome, entry.why) == ("changed", f"leads to {SITE}/zones")
    statuses = [http.get_statuscode() for kind, _, http, _ in records(tmp_path, entry) if kind == "response"]
    assert statuses == ["302", "200"]


def test_other_bytes_than_the_index_names_are_told(line: Line, tmp_path: Path) -> None:
    other = served.answer(b"<html>other words</html>", Memento_Datetime="Fri, 05 Feb 2016 12:00:00 GMT")
    line.break_("id_/", other)
    entry = only(get(line, tmp_path, TALKS))
    assert (entry.outcome, entry.why) == ("changed", "not the bytes that the archive's index names")


def test_a_capture_from_before_the_day_is_not_taken_for_the_page(line: Line, tmp_path: Path) -> None:
    early = served.answer(b"<html>early</html>", Memento_Datetime="Fri, 01 Jan 2016 12:00:00 GMT")
    line.break_("id_/", early, times=9)
    entry = only(get(line, tmp_path, TALKS))
    assert (entry.outcome, "from before the page's day" in (entry.why or "")) == ("missing", True)


@pytest.mark.parametrize(
    "body", [b"<html>no index</html>", b'[["timestamp"], ["a", "b"]]', b'{"timestamp": "x"}', b"[", b"[]", b"[1]"]
)
def test_an_index_that_talks_nonsense_fails_the_page_and_no_more(line: Line, tmp_path: Path, body: bytes) -> None:
    line.break_("/news/cdx", served.answer(body))
    entry = only(get(line, tmp_path, TALKS))
    assert entry.outcome == ("missing" if body == b"[]" else "failed")
    assert only(fetch_pages(want(TALKS), tmp_path, [archive_of(line)], QUICK, again=True)).outcome == "found"


def test_the_index_of_the_wayback_machine_is_read_in_its_own_form(line: Line) -> None:
    rows = [
        ["urlkey", "timestamp", "original", "mimetype", "statuscode", "digest", "length"],
        ["org,example,news)/2016/02/03/talks", "20160205120000", TALKS, "text/html", "200", "A" * 32, "-"],
    ]
    line.break_("/news/cdx", served.answer(json.dumps(rows).encode()))
    (holding,) = list_captures(archive_of(line), Client(QUICK, {}), TALKS, DAY)
    assert (holding.url, holding.status, holding.mime, holding.length) == (TALKS, 200, "text/html", 0)


def test_the_first_archive_that_has_the_page_gives_it(line: Line, pywb: tuple[int, Path], tmp_path: Path) -> None:
    with lay_line(*pywb) as other:
        other.break_("/news/cdx", served.answer(b""), times=9)
        done = fetch_pages(want(TALKS), tmp_path, [archive_of(other), archive_of(line)], QUICK)
    assert only(done).archive == archive_of(line).id


def test_crawls_give_their_records_as_they_lie_in_the_file(line: Line, pywb: tuple[int, Path], tmp_path: Path) -> None:
    done = fetch_pages(want(TALKS, f"{SITE}/packed", f"{SITE}/never"), tmp_path, [crawls_of(line)], QUICK)
    assert [entry.outcome for entry in done.entries] == ["found", "found", "missing"]
    entry = done.entries[0]
    assert entry.memento is not None
    span = entry.memento.partition("#bytes=")[2]
    first, last = (int(part) for part in span.split("-"))
    stored = (pywb[1] / "crawl.warc.gz").read_bytes()[first : last + 1]
    assert entry.file is not None
    assert stored in (tmp_path / entry.file).read_bytes()
    assert records(tmp_path, entry)[1][3] == body_of(TALKS, "2016-02-05")
    assert line.count("/old") == 0, "a crawl from before the page's day has nothing of it"


@pytest.mark.parametrize(
    ("url", "fault", "outcome", "why"),
    [
        (f"{SITE}/damaged", None, "failed", "damaged"),
        (f"{SITE}/damaged-once", None, "found", None),
        (TALKS, served.status(200), "failed", "sends whole files"),
        (TALKS, served.status(206), "failed", "8 bytes of"),
        (TALKS, served.status(403), "refused", "does not open the file"),
        (f"{SITE}/gone", None, "missing", "none of them of a page"),
    ],
)
def test_each_record_of_a_crawl_has_its_outcome(
    line: Line, tmp_path: Path, url: str, fault: served.Fault | None, outcome: str, why: str | None
) -> None:
    if fault is not None:
        line.break_("/data/", fault, times=9)
    entry = only(fetch_pages(want(url), tmp_path, [crawls_of(line)], QUICK))
    assert entry.outcome == outcome, entry.why
    assert why is None or why in (entry.why or "")


def test_an_index_that_names_a_file_elsewhere_is_not_followed(line: Line, tmp_path: Path) -> None:
    row = {
        "timestamp": "20160205120000",
        "url": TALKS,
        "status": "200",
        "mime": "text/html",
        "length": "10",
        "offset": "0",
    }
    for name in ("https://elsewhere.example/x.warc.gz", "../robots.txt", "//elsewhere.example/x"):
        line.break_("/news/cdx", served.answer(json.dumps(row | {"filename": name}).encode()))
        entry = only(fetch_pages(want(TALKS), tmp_path / name[-5:], [crawls_of(line)], QUICK))
        assert (entry.outcome, "names a file elsewhere" in (entry.why or "")) == ("failed", True)


@pytest.mark.parametrize(
    ("crawl", "end"),
    [
        ({"id": "CC-MAIN-2016-07", "to": "2016-02-14T23:59:00"}, "2016-02-14"),
        ({"id": "CC-MAIN-2016-07"}, "2016-02-25"),
        ({"id": "CC-MAIN-2021-53"}, "2022-01-13"),
        ({"id": "CC-MAIN-2009-2010"}, "2010-12-31"),
        ({"id": "CC-MAIN-2012"}, "2012-12-31"),
        ({"id": "some-crawl"}, "1990-12-31"),
    ],
)
def test_the_end_of_a_crawl_is_known_by_its_list_or_its_name(crawl: dict[str, str], end: str) -> None:
    found = msgspec.convert(crawl | {"cdx-api": "https://example.org/cdx"}, Crawl)
    assert found.end == datetime.date.fromisoformat(end)
    assert crawls_since([found], found.end, 3) == [found]
    assert crawls_since([found], found.end + datetime.timedelta(1), 3) == []


@pytest.mark.parametrize("url", ["http://127.0.0.1/a", "http://localhost/a", "http://[::1]/a", "http://10.0.0.1/a"])
def test_no_list_of_pages_can_send_the_program_into_a_private_network(url: str, tmp_path: Path) -> None:
    with pytest.raises(PageError, match="is no public host"):
        require_public(url)
    done = fetch_pages([Wanted(id="a" * 16, url=url)], tmp_path, [], QUICK, live=True)
    assert only(done).outcome == "refused"


def test_a_site_is_asked_only_where_that_is_said_and_only_for_what_no_archive_has(
    line: Line, pywb: tuple[int, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("peacetalks.fetch.live.require_public", lambda _: None)
    monkeypatch.setattr("peacetalks.fetch.live._DELAY", 0.0)
    with lay_line(*pywb) as site:
        site.files["/story"] = b"<html>of today</html>"
        url = f"{site.address}/story"
        assert only(get(line, tmp_path, url)).outcome == "missing"
        assert site.asked == []
        done = fetch_pages(want(url), tmp_path, [archive_of(line)], QUICK, live=True, again=True)
        assert (only(done).outcome, only(done).archive) == ("found", "live")
        assert site.asked == ["/robots.txt", "/story"]
        assert records(tmp_path, only(done))[1][3] == site.files["/story"]


def test_without_an_archive_nothing_is_asked(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no archive to ask"):
        fetch_pages(want(TALKS), tmp_path, [], QUICK)


@pytest.mark.parametrize("name", ["wayback", "ftp://example.org/", "https://exam ple.org/x"])
def test_an_archive_is_known_by_name_or_by_address(name: str) -> None:
    with pytest.raises(InputError, match="neither an address nor one of internet-archive, common-crawl"):
        find_archive(name)


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ('name = "A"\nindex = "https://example.org/cdx"', "archive 'a': needs `page` with `index` or `timemap`, or"),
        ('name = "A"\ncrawls = "https://example.org/list"', "archive 'a': needs `page`"),
        ('name = "A"\npage = "example.org"', "archive 'a': Expected `str` matching regex"),
        ('name = "A"\npgae = "https://example.org/"', "unknown field `pgae`"),
    ],
)
def test_an_archive_without_a_way_in_is_told(tmp_path: Path, entry: str, message: str) -> None:
    path = tmp_path / "archives.toml"
    path.write_text(f'[[archive]]\nid = "a"\n{entry}\n', "utf-8")
    with pytest.raises(VocabularyError, match=re.escape(message)):
        load_archives(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"url": "nowhere"}', "line 1: 'nowhere': no web address"),
        ('{"published": "2016"}', "line 1: Object missing required field `url`"),
        ('{"url": "https://example.org/a", "published": "soon"}', "line 1: "),
        ("not JSON", "line 1: "),
        ("", "names no page"),
    ],
)
def test_a_list_that_can_not_be_read_stops_with_file_and_line(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "pages.jsonl"
    path.write_text(text, "utf-8")
    with pytest.raises(InputError, match=message):
        read_wanted(path)


def test_a_list_of_ones_own_needs_nothing_but_addresses(tmp_path: Path) -> None:
    path = tmp_path / "pages.jsonl"
    path.write_text(f'{{"url": "{TALKS}", "mine": 1}}\n\n{{"url": "{TALKS}/"}}\n', "utf-8")
    assert read_wanted(path) == want(TALKS, first=None)


def test_the_commands_lead_from_the_catalogue_to_captures(line: Line, tmp_path: Path) -> None:
    pages, out = tmp_path / "pages.jsonl", tmp_path / "out"
    run = CliRunner()
    listed = run.invoke(app, ["catalogue", "--language", "ar", "--conference", "geneva-2-2014", "-o", str(pages)])
    assert listed.exit_code == 0, listed.output
    rows = [json.loads(row) for row in pages.read_text("utf-8").splitlines()]
    assert rows
    assert all(row["language"] == "ar" and "geneva-2-2014" in row["conferences"] for row in rows)
    with pages.open("a", encoding="utf-8") as file:
        file.write(json.dumps({"url": TALKS, "published": "2016-02-03"}) + "\n")
    command = ["fetch", str(pages), str(out), "--archive", f"{line.address}/news", "--delay", "0", "--json"]
    fetched = run.invoke(app, command)
    assert fetched.exit_code == 1
    report = json.loads(fetched.stdout)
    outcomes = {entry["url"]: entry["outcome"] for entry in report["entries"]}
    assert outcomes == {row["url"]: "missing" for row in rows} | {TALKS: "found"}
    alone = tmp_path / "alone.jsonl"
    alone.write_text(json.dumps({"url": TALKS, "published": "2016-02-03"}), "utf-8")
    fetched = run.invoke(app, ["fetch", str(alone), str(out), "--archive", f"{line.address}/news", "--delay", "0"])
    assert (fetched.exit_code, fetched.stdout.split(" of ")[0]) == (
        0,
        "found 1, changed 0, missing 0, refused 0, failed 0",
    )


@pytest.fixture
def process(tmp_path: Path) -> Path:
    """The vocabularies of the process, with a catalogue of two pages; the day of one of them is wrong."""
    folder = tmp_path / "process"
    folder.mkdir()
    for name in ("conferences.toml", "actors.toml", "topic.toml"):
        (folder / name).symlink_to(ROOT / "schema" / name)
    common = {"language": "en", "date_evidence": "text", "kind": "news", "basis": "both", "confidence": "high"}
    pages = [
        common | {"url": f"{SITE}/reply", "published": "2016-01-28", "conferences": ["geneva-3-2016"]},
        common
        | {
            "url": f"{SITE}/zones",
            "published": "2017-05-04",
            "conferences": ["astana-4-2017", "vienna-2-2015"],
        },
    ]
    (folder / "catalogue.jsonl").write_text("".join(f"{json.dumps(page)}\n" for page in pages), "utf-8")
    bounds = 'first = 2011-03-15\nlast = 2026-11-30\nahead = 400\nopen_hosts = ["news.example.org"]\n'
    (folder / "catalogue.toml").write_text(bounds, "utf-8")
    return folder


def test_from_catalogue_to_corpus_to_edition_without_words_and_back(line: Line, process: Path, tmp_path: Path) -> None:
    run = CliRunner()
    archive = ["--archive", f"{line.address}/news", "--delay", "0"]
    fetched = run.invoke(app, ["fetch", str(process / "catalogue.jsonl"), str(tmp_path / "captures"), *archive])
    assert fetched.exit_code == 0, fetched.output
    build = ["build", str(tmp_path / "captures/warc"), "--gazetteer", str(process), "--version", "1.0.0", "--catalogue"]
    built = run.invoke(app, [*build, "--out", str(tmp_path / "corpus")])
    assert built.exit_code == 0, built.output
    assert "2 of its pages are articles: date differs 1, date taken 1" in built.stdout
    release = tmp_path / "corpus" / "1.0.0"
    assert validate_release(release) == []

    told = run.invoke(app, ["agreement", str(release), "--json"])
    assert told.exit_code == 1
    report = json.loads(told.stdout)
    differing = {(one["url"], one["topic"], one["read"], one["known"]) for one in report["differing"]}
    assert (f"{SITE}/reply", "date", "2016-01-29", "2016-01-28") in differing
    assert (f"{SITE}/zones", "conferences", "astana-4-2017", "vienna-2-2015") in differing
    assert report["outlets"]["unknown"]["pages"] == 2

    standoff = run.invoke(app, ["standoff", str(release), str(tmp_path / "standoff")])
    assert standoff.exit_code == 0, standoff.output
    own = tmp_path / "own"
    again = run.invoke(app, ["fetch", str(tmp_path / "standoff/1.0.0"), str(own), *archive, "--json"])
    assert again.exit_code == 0, again.output
    assert [entry["exact"] for entry in json.loads(again.stdout)["entries"]] == [True, True]
    back = [str(tmp_path / "standoff/1.0.0"), str(own / "warc"), str(tmp_path / "full")]
    full = run.invoke(app, ["rehydrate", *back])
    assert full.exit_code == 0, full.output
    assert "the rows are those of the full release" in full.stdout


def test_a_release_names_its_articles_first_and_those_alone_where_that_is_asked(
    line: Line, process: Path, tmp_path: Path
) -> None:
    fetch_pages(want(f"{SITE}/zones", first=None), tmp_path / "captures", [archive_of(line)], QUICK)
    build = ["build", str(tmp_path / "captures/warc"), "--gazetteer", str(process), "--out", str(tmp_path / "corpus")]
    assert CliRunner().invoke(app, [*build, "--version", "0.1.0"]).exit_code == 0
    release = tmp_path / "corpus" / "0.1.0"
    assert [page.url for page in read_wanted(release)] == [f"{SITE}/zones", f"{SITE}/reply"]
    (only_one,) = read_wanted(release, articles_only=True)
    assert (only_one.url, only_one.article is None) == (f"{SITE}/zones", False)


def test_without_the_option_the_catalogue_dates_no_page(line: Line, process: Path, tmp_path: Path) -> None:
    pages = read_wanted(process / "catalogue.jsonl")
    fetch_pages(pages, tmp_path / "captures", [archive_of(line)], QUICK)
    for option, expected in (([], None), (["--catalogue"], "2017-05-04")):
        out = tmp_path / f"corpus-{len(option)}"
        build = ["build", str(tmp_path / "captures/warc"), "--gazetteer", str(process), "--out", str(out)]
        assert CliRunner().invoke(app, [*build, "--version", "0.1.0", *option]).exit_code == 0
        rows = [row for path in (out / "0.1.0/data/articles").iterdir() for row in pq.read_table(path).to_pylist()]
        days = {row["url"]: row["published_edtf"] for row in rows}
        assert days == {f"{SITE}/reply": "2016-01-29", f"{SITE}/zones": expected}
        assert all(row["record"] == page_id(row["url"]) for row in rows)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--conference", "geneva-99"], "--conference geneva-99: neither an event nor a series"),
        (["--language", "xx"], "no page of the catalogue is such"),
    ],
)
def test_a_choice_that_leaves_nothing_is_told(options: list[str], message: str) -> None:
    result = CliRunner().invoke(app, ["catalogue", *options])
    assert isinstance(result.exception, InputError)
    assert message in str(result.exception)


def test_a_series_stands_for_all_of_its_events_and_a_folder_for_another_process(process: Path) -> None:
    run = CliRunner()
    astana = run.invoke(app, ["catalogue", "--conference", "astana", "--gazetteer", str(process)]).stdout
    assert [json.loads(line)["url"] for line in astana.splitlines()] == [f"{SITE}/zones"]
    one, all_of_it = (
        run.invoke(app, ["catalogue", "--conference", name]).stdout.count("\n") for name in ("astana-4-2017", "astana")
    )
    assert 0 < one < all_of_it
