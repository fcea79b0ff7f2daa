"""Reading goes on beside the work, never far ahead of it, and gives the same whatever does the work."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

import pytest

from conftest import CAPTURES, GOLD, ROOT
from crawls import crawl, crawl_pages, http, pack, record, response
from peacetalks.capture.inputs import find_files
from peacetalks.engine.finish import Task, finish_shards
from peacetalks.engine.progress import ShardDone, Step
from peacetalks.engine.run import run as run_shards
from peacetalks.engine.shards import Shard, cut_shards
from peacetalks.engine.store import open_store
from peacetalks.engine.work import process_files, read_captures
from peacetalks.record import Capture, Excluded
from peacetalks.release.rehydrate import rehydrate
from peacetalks.release.standoff import write_standoff

PAGES = crawl_pages()
T = TypeVar("T")


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of everything: a crawl of more pages than a shard has, tables, single pages, and damage of each kind."""
    folder = tmp_path_factory.mktemp("mixed")
    many = [PAGES[n % 5]._replace(html=PAGES[n % 5].html + b"<!-- %d -->" % n) for n in range(150)]
    records = [response(page, number) for number, page in enumerate(many)]
    records[70] = records[70].replace(b"Content-Length: ", b"Content-Length: 1")
    (folder / "a.warc.gz").write_bytes(pack([*crawl(PAGES[:1]), *records], "gzip"))
    (folder / "b.warc").write_bytes(pack(records[:9], "")[:-50])
    (folder / "c.html").write_bytes(PAGES[1].html)
    (folder / "d.txt").write_bytes(b"\x00\x01\x02" * 99)
    rows = [json.dumps({"text": f"Envoys of the sides met in Geneva {n} times."}) for n in range(130)]
    (folder / "e.jsonl").write_text("\n".join([*rows, '{"text": "cut']))
    (folder / "f.parquet").write_bytes(b"PAR1 of no use PAR1")
    return folder


LEAVES = """
import gc, sys
from peacetalks.capture.inputs import find_files
from peacetalks.engine.shards import cut_shards
from peacetalks.engine.work import work_shard

pages = [page for shard in cut_shards(find_files([sys.argv[1]])) for page in shard.pages]
work_shard(pages, {}, None, known=False)  # loads what is loaded once
gc.collect()
gc.disable()
work_shard(pages, {}, None, known=False)
print(gc.isenabled(), gc.collect())
"""


def test_work_on_a_shard_leaves_nothing_for_the_collector_of_cycles(mixed: Path) -> None:
    """It is at rest for as long as a shard is worked on: cycles would stay until then.

    A process of its own has nothing in its caches from other tests that would go just then.
    """
    done = subprocess.run([sys.executable, "-c", LEAVES, mixed], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("False 0\n", "")


def test_the_shards_are_the_same_in_a_pool_and_without_one(mixed: Path, tmp_path: Path) -> None:
    files = find_files([mixed])
    told: list[ShardDone | Step] = []
    passed: Counter[str] = Counter()
    alone = list(process_files(files, {}, passed=passed))
    assert passed == {"warcinfo": 1, "request": 1, "metadata": 1}
    with open_store(tmp_path / "alone", "code") as one, open_store(tmp_path / "pool", "code") as two:
        shards = finish_shards(files, one, None, told.append, task=Task())
        with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
            pooled = finish_shards(files, two, pool, told.append, task=Task())
        assert pooled == shards
        assert [two.path(name).read_bytes() for name in shards] == [one.path(name).read_bytes() for name in shards]
    done = [event for event in told if isinstance(event, ShardDone)]
    assert sum(event.pages for event in done) == 2 * len(alone)
    total = sum(path.stat().st_size for path in mixed.iterdir())
    assert total - (mixed / "f.parquet").stat().st_size <= done[-1].read <= total
    reasons = Counter(item.reason for item in alone if isinstance(item, Excluded))
    # Each record, row and file is there once, kept or set aside: 1 + 150 records, 9 records, 131 rows, 3 files.
    assert len(alone) == 151 + 9 + 131 + 3
    assert {**reasons} == {**reasons, "truncated": 2, "broken-row": 1, "not-text": 1, "damaged": 1}


class Idle(Executor):
    """An executor that does a task when its result is asked for, and keeps count of those that wait."""

    def __init__(self) -> None:
        self.waiting = self.most = 0

    def submit(self, work: Callable[..., T], /, *arguments: object, **_: object) -> Future[T]:
        idle = self
        idle.waiting += 1
        idle.most = max(idle.most, idle.waiting)

        class Later(Future[T]):
            def result(self, _: float | None = None) -> T:
                idle.waiting -= 1
                return work(*arguments)

        return Later()


def test_no_more_is_read_ahead_than_the_bound() -> None:
    idle = Idle()
    read: list[int] = []

    def shards() -> Iterator[Shard]:
        for number in range(100):
            read.append(number)
            yield Shard([], bytes=number)

    for done, (shard, outcomes) in enumerate(run_shards(lambda _: [], shards(), idle)):
        assert (shard.bytes, outcomes) == (done, [])
        assert len(read) - done <= 32
    assert (len(read), idle.most) == (100, 32)


def test_large_pages_are_not_all_read_ahead() -> None:
    idle = Idle()
    shards = (Shard([], bytes=50_000_000) for _ in range(9))
    assert len(list(run_shards(lambda _: [], shards, idle))) == 9
    assert idle.most == 3


def test_shards_hold_no_more_pages_than_the_bound_and_half_of_it_on_average(tmp_path: Path) -> None:
    rows = [json.dumps({"text": f"Envoys of the sides met in Geneva {n} times."}) for n in range(20_000)]
    (tmp_path / "a.jsonl").write_text("\n".join(rows))
    sizes = [len(shard.pages) for shard in cut_shards(find_files([tmp_path]))]
    assert (sum(sizes), max(sizes)) == (20_000, 256)
    assert 80 < sum(sizes) / len(sizes) < 160


def test_a_large_page_is_a_shard_of_its_own_and_shards_are_bounded_by_bytes(tmp_path: Path) -> None:
    sizes = [10, 5_000_000, 4_000_000, 10, 9_000_000, 10]
    blocks = [http(b"<p>" + b"x" * size, {"Content-Type": "text/html"}) for size in sizes]
    records = [record("response", block, number=number) for number, block in enumerate(blocks)]
    (tmp_path / "a.warc").write_bytes(pack(records, ""))
    shards = list(cut_shards(find_files([tmp_path])))
    assert sum(len(shard.pages) for shard in shards) == len(sizes)
    assert all(shard.bytes <= 8_000_000 or len(shard.pages) == 1 for shard in shards)
    assert [len(shard.pages) for shard in shards if shard.bytes > 9_000_000] == [1]
    assert shards[-1].read == (tmp_path / "a.warc").stat().st_size


def run(*words: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "peacetalks", *map(str, words)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_a_release_is_built_from_a_crawl_and_says_what_it_passed_over(mixed: Path, tmp_path: Path) -> None:
    done = run(
        "build", mixed / "a.warc.gz", mixed / "c.html", "--out", tmp_path / "corpus", "--version", "0.1.0", "--json"
    )
    assert done.returncode == 0, done.stderr
    shown = json.loads(done.stdout)
    assert shown["passed_over"] == {"metadata": 1, "request": 1, "warcinfo": 1}
    assert sum(shown["statistics"]["articles"].values()) + sum(shown["statistics"]["excluded"].values()) == 152
    assert shown["statistics"]["excluded"]["truncated"] == 1
    assert run("validate", tmp_path / "corpus/0.1.0").returncode == 0


def test_clean_reads_tables_by_the_columns_that_are_named(tmp_path: Path) -> None:
    body = "\n".join(
        [
            "Envoys return to Geneva for another try",
            "The Syrian government and the opposition sent their envoys of both sides back to Geneva on Wednesday.",
            "The mediator said that he would meet each side in a room of its own, since neither was ready for more.",
        ]
    )
    (tmp_path / "rows.jsonl").write_text(json.dumps({"body": body, "key": "k"}))
    done = run("clean", tmp_path / "rows.jsonl", "--column", "text=body", "--column", "id=key", "--format", "diff")
    assert (done.returncode, done.stderr) == (0, "")
    assert "envoys of both sides" in done.stdout
    wrong = run("clean", tmp_path / "rows.jsonl", "--column", "words=body")
    assert wrong.returncode == 2
    assert "--column words=body: expected FIELD=NAME, with one of the fields text, html, id" in wrong.stderr


def test_an_address_that_is_not_read_is_wrong_use() -> None:
    done = run("build", "ftp://user:hunter2@host/x.warc?key=hunter2")
    assert done.returncode == 2
    assert "ftp://host/x.warc: ftp:// is not read; use a path, s3://, gs://, az://, hf://, https://" in done.stderr
    assert "hunter2" not in done.stderr


@pytest.fixture(scope="module")
def seeds_as_crawl(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The seeds as the conversions of a packed crawl; the ids are those of the files, as the bytes are."""
    path = tmp_path_factory.mktemp("seeds") / "seeds.warc.wet.gz"
    files = sorted(CAPTURES.iterdir())
    fields = {"Content-Type": "text/plain"}
    blocks = [record("conversion", file.read_bytes(), fields, number=n) for n, file in enumerate(files)]
    path.write_bytes(pack(blocks, "gzip"))
    return path


def test_an_edition_gets_its_words_back_from_a_crawl(release: Path, seeds_as_crawl: Path, tmp_path: Path) -> None:
    standoff = write_standoff(release, tmp_path / "bare")
    captures = [item for item in read_captures(find_files([seeds_as_crawl])) if isinstance(item, Capture)]
    done = rehydrate(standoff, captures, tmp_path / "full")
    assert (len(done.recovered), done.identical) == (5, True)


def test_gold_is_compared_with_captures_from_a_crawl(seeds_as_crawl: Path) -> None:
    folder = run("evaluate", "--gold", GOLD, "--captures", CAPTURES, "--json")
    crawled = run("evaluate", "--gold", GOLD, "--captures", seeds_as_crawl, "--json")
    assert crawled.returncode == 0, crawled.stderr
    assert crawled.stdout == folder.stdout
