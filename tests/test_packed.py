"""Pages of a crawl that are left packed until they are parsed: they are what they are when all is unpacked at once."""

import gzip
import io
import random
import tracemalloc
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

import misbehaving
from crawls import CrawlPage, crawl_pages, digest, draw_damage, http, record, response
from faults.table import Record as Keep
from faults.table import times
from peacetalks.capture.inputs import find_files
from peacetalks.capture.members import Packed
from peacetalks.capture.packed import MISCUT, PackedPage, claim_page, name_packed, read_packed
from peacetalks.capture.pages import size_of
from peacetalks.capture.records import read_record, sort_record
from peacetalks.capture.warc import read_records
from peacetalks.engine import shards
from peacetalks.engine.executors import SandboxExecutor
from peacetalks.engine.finish import Task, finish_shards, open_shard
from peacetalks.engine.limits import Limits
from peacetalks.engine.progress import Event, Restart, ShardDone
from peacetalks.engine.sections import read_section
from peacetalks.engine.store import open_store
from peacetalks.engine.tasks import PerPage, join_lists
from peacetalks.engine.work import read_captures
from peacetalks.record import Capture, Excluded

PAGES = crawl_pages()


@pytest.fixture
def executor() -> Iterator[SandboxExecutor]:
    with SandboxExecutor(1, Limits()) as pool:
        yield pool


class Found(NamedTuple):
    """What a crawl holds: its pages and what is lost, the records without a page, and how many were left packed."""

    outcomes: list[Capture | Excluded]
    passed: Counter[str]
    packed: int


def large(number: int, words: int = 2_500) -> CrawlPage:
    """Return a page whose member is worth leaving packed: words that are no two times the same."""
    pick = random.Random(number)  # noqa: S311  words, no secret
    text = " ".join("".join(pick.choices("abcdefghilmnoprstu", k=pick.randint(3, 9))) for _ in range(words))
    page = PAGES[number % len(PAGES)]
    return page._replace(html=page.html.replace(b"</article>", f"<p>{text}</p></article>".encode()))


def read(data: bytes, *, leave: bool) -> Found:
    outcomes: list[Capture | Excluded] = []
    passed: Counter[str] = Counter()
    packed = 0
    for item in read_records(io.BytesIO(data), "gzip", claim_page if leave else None):
        packed += isinstance(item, Packed)
        page = name_packed(item, "x") if isinstance(item, Packed) else sort_record(item, "x")
        if isinstance(page, str):
            passed[page] += 1
        elif isinstance(page, PackedPage):
            outcomes.append(read_packed(page))
        else:
            outcomes.append(page if isinstance(page, Excluded) else read_record(page))
    return Found(outcomes, passed, packed)


def is_miscut(found: Found) -> bool:
    return any(isinstance(item, Excluded) and item.reason == MISCUT for item in found.outcomes)


def member(data: bytes, level: int = 6) -> bytes:
    return gzip.compress(data, level, mtime=0)


def nested(number: int) -> bytes:
    """Return a crawl that misleads: in a page stands a member with a page of another site, behind the length it needs.

    Bytes that do not get shorter stand in a member as they are, so that whoever is crawled can choose them.
    """
    inner = member(response(PAGES[1]._replace(url="https://another.example/1"), 77))
    pick = random.Random(number)  # noqa: S311  no secret
    before, after = pick.randbytes(30_000), pick.randbytes(30_000)
    size = bytes(4)
    for _ in range(2):  # once to know how long it is
        whole = response(PAGES[0], number, body=b"<html>" + before + size + inner + after)
        size = len(whole).to_bytes(4, "little")
    assert size + inner in member(whole)
    return whole


def ends(separator: bytes) -> bytes:
    return response(large(3), 3).removesuffix(b"\r\n\r\n") + separator


SOUND: list[tuple[str, Callable[[], list[bytes]], int]] = [
    ("pages", lambda: [_crawl(n) for n in range(3)], 3),
    ("a page alone", lambda: [_crawl(0)], 1),
    ("other records between", lambda: [member(r) for n in range(3) for r in (_request(n), response(large(n), n))], 3),
    ("small pages, unpacked at once", lambda: [member(response(PAGES[n], n)) for n in range(3)], 0),
    ("records that share a member", lambda: [member(response(large(0), 0) + response(large(1), 1))], 0),
    (
        "a record in two members",
        lambda: [*map(member, _halves(response(large(0), 0))), member(response(large(1), 1))],
        1,
    ),
    ("padding between", lambda: [member(response(large(n), n)) + b"\0" * 9 for n in range(3)], 0),
    ("other line ends after", lambda: [member(ends(b"\n\n")), _crawl(1)], 1),
    ("no line ends after", lambda: [member(ends(b"")), _crawl(1)], 1),
    (
        "a picture",
        lambda: [member(response(large(0), 0, {"Content-Type": "image/png"})), member(response(large(1), 1))],
        1,
    ),
    ("a text", lambda: [member(_text(large(n))) for n in range(2)], 2),
    ("a long name in front", lambda: [_named(response(large(n), n)) for n in range(2)], 2),
    ("a crawl in a page", lambda: [member(response(large(0), 0, body=b"<p>" + _crawl(9) + b"</p>")), _crawl(1)], 2),
    ("a text of nothing", lambda: [_empty_text(), _crawl(1)], 1),
    ("records without a digest", lambda: [member(_plain(n)) for n in range(2)], 2),
    (
        "a record without a digest, other line ends after it",
        lambda: [member(_plain(0).removesuffix(b"\r\n\r\n") + b"\n\n"), _crawl(1)],
        1,
    ),
    ("a record in a page that the crawler cut", lambda: [_hiding({"WARC-Truncated": "length"}), _crawl(1)], 2),
    ("a record in a page", lambda: [member(response(large(0), 0, body=b"<p>\n" + response(large(2), 2) + b"</p>"))], 1),
]


# Where a record goes on behind its member, damage there is told in one row or in two.
ENDED = [parts for name, parts, _ in SOUND if name not in ("no line ends after", "a record in two members")]


def _request(number: int) -> bytes:
    return record("request", b"GET / HTTP/1.1\r\n\r\n", number=500 + number)


def _text(page: CrawlPage) -> bytes:
    return record("conversion", page.html, {"Content-Type": "text/plain", "WARC-Target-URI": page.url})


def _empty_text() -> bytes:
    noise = random.Random(1).randbytes(6_000)  # noqa: S311  no secret
    return member(record("conversion", b"", {"Content-Type": "text/plain", "X-Noise": noise.hex()}))


def _plain(number: int, fields: dict[str, str] | None = None, *, nested: bool = False) -> bytes:
    """Return a page's record without a digest, or with the fields given; nested holds a whole other record."""
    inside = b"<p>\n" + response(large(2), 2) if nested else b""
    block = http(large(number).html + inside, {"Content-Type": "text/html; charset=utf-8"})
    target = {"WARC-Target-URI": "https://plain.example/1", "Content-Type": "application/http; msgtype=response"}
    return record("response", block, {"WARC-Block-Digest": "", **target, **(fields or {})}, number=number)


def _hiding(fields: dict[str, str]) -> bytes:
    """Return a page in which another record stands, and whose digest is of something else."""
    return member(_plain(0, {"WARC-Block-Digest": digest(b""), **fields}, nested=True))


def _halves(data: bytes) -> tuple[bytes, bytes]:
    return data[: len(data) // 2], data[len(data) // 2 :]


def _named(data: bytes) -> bytes:
    """Return a member whose header holds a file's name, as gzip writes it."""
    plain = member(data)
    return plain[:3] + b"\x08" + plain[4:10] + b"crawl.warc\0" + plain[10:]


def _crawl(number: int) -> bytes:
    return member(response(large(number), number))


@pytest.mark.parametrize(("parts", "packed"), [case[1:] for case in SOUND], ids=[case[0] for case in SOUND])
def test_what_is_left_packed_is_read_as_if_it_had_been_unpacked_at_once(
    parts: Callable[[], list[bytes]], packed: int
) -> None:
    data = b"".join(parts())
    at_once, left = read(data, leave=False), read(data, leave=True)
    assert (left.outcomes, left.passed) == (at_once.outcomes, at_once.passed)
    assert at_once.outcomes
    assert left.packed == packed


def test_a_page_whose_digest_is_not_its_own_has_to_be_looked_into_where_it_holds_a_record() -> None:
    assert is_miscut(read(_hiding({}) + _crawl(1), leave=True))


@given(st.data())
def test_a_damaged_crawl_gives_the_same_or_says_that_it_has_to_be_unpacked_at_once(data: st.DataObject) -> None:
    parts = data.draw(st.lists(st.sampled_from(ENDED), min_size=1, max_size=2))
    damage = draw_damage(data, b"".join(part for some in parts for part in some()), 3_000)
    at_once, left = (read(damage.data, leave=leave) for leave in (False, True))
    assert is_miscut(left) or (left.outcomes, left.passed) == (at_once.outcomes, at_once.passed)


def test_a_flipped_bit_is_mostly_told_without_unpacking_all_at_once(fault: Keep) -> None:
    whole = [member(response(large(n, 1_200), n)) for n in range(3)]
    pick = random.Random(5)  # noqa: S311  no secret
    count, again = times(20_000, 100), 0
    for _ in range(count):
        middle = bytearray(whole[1])
        middle[pick.randrange(len(middle))] ^= 1 << pick.randrange(8)
        data = whole[0] + bytes(middle) + whole[2]
        at_once, left = (read(data, leave=leave) for leave in (False, True))
        again += is_miscut(left)
        assert is_miscut(left) or (left.outcomes, left.passed) == (at_once.outcomes, at_once.passed)
    assert again < count / 4
    fault("F8", "a bit of a packed page flipped", count, f"as if unpacked at once; {again} told that they have to be")


@pytest.mark.parametrize("number", range(3))
def test_a_page_that_hides_a_member_brings_in_no_page_of_another_site(number: int, tmp_path: Path) -> None:
    """Who is crawled chooses the bytes of his pages, and so may make one that reads like the start of the next."""
    data = member(response(large(5), 5)) + member(nested(number)) + member(response(large(6), 6)) + member(_request(1))
    hidden = read(data, leave=True)
    assert is_miscut(hidden)  # taken at its word it would have been a page of that site
    assert [item.url for item in hidden.outcomes if isinstance(item, Capture)].count("https://another.example/1") == 1
    (tmp_path / "a.warc.gz").write_bytes(data)
    files = find_files([tmp_path / "a.warc.gz"])
    expected = {item.id for item in read_captures(files) if isinstance(item, Capture)}
    told: list[Event] = []
    passed: Counter[str] = Counter()
    with open_store(tmp_path, "code") as store:
        made = finish_shards(files, store, None, told.append, task=Task(), passed=passed)
        finished = [open_shard(store.path(name)) for name in made]
        articles = [row for s in finished for row in read_section(s.path, s.footer, "articles").to_pylist()]
        set_aside = [row for s in finished for row in read_section(s.path, s.footer, "excluded").to_pylist()]
    assert "https://another.example/1" not in {row["url"] for row in articles}
    assert {row["id"] for row in articles + set_aside} >= expected
    assert MISCUT not in {row["reason"] for row in set_aside}
    assert passed == {"request": 1}
    again = next(n for n, event in enumerate(told) if isinstance(event, Restart))
    assert sum(event.pages for event in told[again:] if isinstance(event, ShardDone)) == len(articles + set_aside)


def test_a_file_that_misleads_costs_no_other_its_work(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(shards, "_PAGES", 2)
    for number in range(6):
        parts = [member(response(large(10 * number + n, 1_200), 10 * number + n)) for n in range(4)]
        parts += [member(nested(1))] if number == 5 else []
        (tmp_path / f"{number}.warc.gz").write_bytes(b"".join(parts))
    told: list[Event] = []
    with open_store(tmp_path / "out", "code") as store:
        finish_shards(find_files([f"{tmp_path}/*.gz"]), store, None, told.append, task=Task())
    again = next(n for n, event in enumerate(told) if isinstance(event, Restart))
    done = [event for event in told[again:] if isinstance(event, ShardDone)]
    assert sum(event.pages for event in done if event.taken_up) >= 5 * 4 - 2
    assert sum(event.pages for event in done) >= 6 * 4


def test_a_page_that_is_given_up_is_known_to_be_one_or_misleads(executor: SandboxExecutor) -> None:
    """Whoever can make its worker die could else have the page that it hides taken for one of another site."""
    data = _crawl(1) + member(nested(1))
    items = [item for item in read_records(io.BytesIO(data), "gzip", claim_page) if isinstance(item, Packed)]
    found = executor.submit(PerPage(misbehaving.die_of_packed, join_lists), [name_packed(item, "x") for item in items])
    assert [row.reason for row in found.result()] == ["crashed", MISCUT]


def test_what_takes_more_packed_than_it_claims_is_counted_by_that() -> None:
    """Else as many such members as there are pages in a shard would be read before any is handed on."""
    (item,) = read_records(io.BytesIO(_crawl(1)), "gzip", claim_page)
    assert isinstance(item, Packed)
    assert size_of(structs.replace(name_packed(item, "x"), data=b"x" * 5_000_000)) == 5_000_000


def test_a_member_that_bursts_is_unpacked_no_further_than_it_claims() -> None:
    (item,) = read_records(io.BytesIO(_crawl(1)), "gzip", claim_page)
    assert isinstance(item, Packed)
    bomb = zlib.compressobj(9, zlib.DEFLATED, 31)
    data = bomb.compress(b"\0" * 400_000_000) + bomb.flush()
    page = structs.replace(name_packed(item, "x"), data=data)
    tracemalloc.start()
    found = read_packed(page)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert isinstance(found, Excluded)
    assert most < 50_000_000
