"""A page that hangs, grows or kills its worker is set aside, and nothing else changes: not a neighbour, not a byte."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

import misbehaving
from conftest import CAPTURES, GOLD
from crawls import crawl_pages
from faults.table import Record, times
from misbehaving import Outcome
from peacetalks.capture.formats import Format
from peacetalks.capture.inputs import find_files
from peacetalks.capture.pages import PageFile
from peacetalks.capture.text import capture_id
from peacetalks.engine.cluster import open_cluster
from peacetalks.engine.executors import SandboxExecutor, make_executor
from peacetalks.engine.limits import Limits
from peacetalks.engine.shards import cut_shards
from peacetalks.engine.tasks import PerPage, join_lists
from peacetalks.engine.work import process_pages
from peacetalks.errors import WorkerError
from peacetalks.record import Excluded
from peacetalks.release.lock import hold
from test_hostile import POISON

LEFT = "nothing was released; the same command goes on from here"
SECONDS = 4.0  # a page of these tests takes a thousandth of it
LIMITS = Limits(seconds=SECONDS, memory=600_000_000)
AT_EASE = Limits(seconds=600, memory=600_000_000)  # for the pipeline's own work, on a machine that does much else
OUTCOMES = PerPage(misbehaving.outcomes, join_lists)

# What a page does, and what is said of it.
BROKEN = {
    "do-hang": ("timeout", "no end within 4 s"),
    "do-grow-slowly": ("timeout", "no end within 4 s"),
    "do-stop": ("timeout", "no end within 4 s"),
    "do-exit": ("crashed", "its worker ended with exit code 3"),
    "do-exit-well": ("crashed", "its worker ended with exit code 0"),
    "do-leave": ("crashed", "its worker ended with exit code 4"),
    "do-segfault": ("crashed", "its worker died of SIGSEGV"),
    "do-abort": ("crashed", "its worker died of SIGABRT"),
    "do-kill": ("crashed", "its worker died of SIGKILL"),
    "do-interrupt": ("crashed", "its worker died of SIGTERM"),
    "do-bomb": ("crashed", "ran out of memory"),
    "do-map": ("crashed", "ran out of memory"),
    "do-recurse": ("crashed", "RecursionError in misbehaving.py, line {line}"),
    "do-raise": ("crashed", "KeyError in misbehaving.py, line {line}"),
    "do-close": ("crashed", "its worker ended with exit code 1"),
}


def page(text: str, number: int = 0) -> PageFile:
    return PageFile(data=text.encode(), source=f"page-{number}", format=Format("text"))


def kept(pages: Sequence[PageFile]) -> list[Outcome]:
    return [(one.source, "kept", one.data.decode()) for one in pages]


@contextmanager
def local(workers: int, limits: Limits) -> Iterator[SandboxExecutor]:
    with make_executor("local", workers, None, limits) as executor:
        assert isinstance(executor, SandboxExecutor)
        yield executor


@contextmanager
def dask(workers: int, limits: Limits) -> Iterator[SandboxExecutor]:
    with open_cluster(workers, None, limits) as executor:
        yield executor  # type: ignore[misc]


@pytest.fixture(scope="module", params=[local, dask], ids=["local", "dask"])
def engine(request: pytest.FixtureRequest) -> Callable[..., SandboxExecutor]:
    chosen: Callable[..., SandboxExecutor] = request.param
    return chosen


@pytest.fixture(scope="module")
def executor() -> Iterator[SandboxExecutor]:
    with local(2, LIMITS) as made:
        yield made


@pytest.mark.parametrize("deed", BROKEN)
def test_a_page_that_breaks_its_worker_is_set_aside_alone(deed: str, executor: SandboxExecutor, fault: Record) -> None:
    """A ProcessPoolExecutor hangs, or raises BrokenProcessPool for this shard, the ones beside it, and all to come."""
    pages = [page(f"Envoys met {n} times.", n) for n in range(9)]
    pages[4] = page(deed, 4)
    beside = [page(f"Others met {n} times.", n) for n in range(9)]
    futures = [executor.submit(OUTCOMES, shard) for shard in (pages, beside, beside)]
    found, *others = [future.result() for future in futures]
    assert [row for row in found if row[0] != "page-4"] == kept([*pages[:4], *pages[5:]])
    assert others == [kept(beside), kept(beside)]
    reason, detail = BROKEN[deed]
    line = found[4][2].rpartition(" ")[2]
    assert found[4] == ("page-4", reason, detail.format(line=line))
    assert executor.submit(OUTCOMES, beside).result() == kept(beside)
    fault("F7", "a way to hang, to grow or to die, of a page among nine", 1, "set aside alone, by its reason")


@pytest.mark.parametrize("places", [[0], [8], [0, 1, 8]], ids=str)
def test_several_such_pages_are_found_wherever_they_stand(places: list[int], executor: SandboxExecutor) -> None:
    """Bisection that stops at the first culprit fails here, and so does a shard that is given up as a whole."""
    pages = [page("do-exit" if n in places else "Talks.", n) for n in range(9)]
    found = executor.submit(OUTCOMES, pages).result()
    assert [source for source, _, _ in found] == [one.source for one in pages]
    assert [n for n, row in enumerate(found) if row[1] == "crashed"] == places
    assert [row for row in found if row[1] != "crashed"] == kept(
        [one for n, one in enumerate(pages) if n not in places]
    )


def test_a_page_that_is_alone_in_its_shard_is_tried_twice(
    executor: SandboxExecutor, tmp_path: Path, fault: Record
) -> None:
    """A pool that gives a page up at its first death loses this one; one that tries for ever never ends."""
    once = page(f"do-exit-once {tmp_path / 'mark'}")
    assert executor.submit(OUTCOMES, [once]).result() == kept([once])
    tries = tmp_path / "tries"
    always = page(f"do-exit-marked {tries}")
    assert executor.submit(OUTCOMES, [always]).result() == [("page-0", "crashed", BROKEN["do-exit"][1])]
    assert tries.stat().st_size == 2
    fault(
        "F7", "a page that its worker dies of once, and one of which it dies each time", 2, "kept; given up at the 2nd"
    )


def test_a_worker_that_dies_of_something_else_costs_no_page(executor: SandboxExecutor, tmp_path: Path) -> None:
    """Blaming a page for the first death of its worker fails here."""
    pages = [page(f"do-exit-once {tmp_path / 'mark'}" if n == 3 else "Talks.", n) for n in range(6)]
    assert executor.submit(OUTCOMES, pages).result() == kept(pages)


def test_pages_that_only_together_take_too_much_are_all_kept(executor: SandboxExecutor) -> None:
    """Running the shard again as a whole, without culprits to leave out, fails here for ever."""
    pages = [page("Talks.", n) for n in range(4)]
    held = PerPage(misbehaving.hold, join_lists)
    assert executor.submit(held, pages).result() == kept(pages)


def test_the_row_of_such_a_page_has_the_id_of_its_bytes(executor: SandboxExecutor) -> None:
    pages = [page("do-exit", 7)]
    rows = executor.submit(PerPage(misbehaving.rows, join_lists), pages).result()
    assert rows == [Excluded(id=capture_id(b"do-exit"), source="page-7", reason="crashed", detail=BROKEN["do-exit"][1])]


def test_a_hang_costs_three_deadlines_and_keeps_no_other_worker_waiting(engine: Callable[..., SandboxExecutor]) -> None:
    """A pool that stops for the culprit, or tries each page with the deadline of a shard, fails here.

    That is counted, not timed: the worker of the shard, of the page alone, and of its second try are killed.
    """
    with engine(2, Limits(seconds=1.5)) as pool:
        shard = [page("do-hang" if n == 30 else "Talks.", n) for n in range(64)]
        hanging = pool.submit(OUTCOMES, shard)
        shards = 0
        while not hanging.done():
            assert pool.submit(OUTCOMES, shard[:5]).result() == kept(shard[:5])
            shards += 1
        assert Counter(row[1] for row in hanging.result()) == {"kept": 63, "timeout": 1}
    assert shards > 3


@pytest.mark.skipif(sys.platform != "linux", reason="finds workers in /proc")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM], ids=["kill", "stop", "term"])
def test_workers_that_are_killed_at_random_moments_cost_nothing(how: signal.Signals, fault: Record) -> None:
    """A ProcessPoolExecutor raises BrokenProcessPool at the first of these, and hangs for good at a stopped worker."""
    pick = random.Random(how)  # noqa: S311  the same moments each time
    wanted = times(10, 3) if how == signal.SIGSTOP else times(50, 15)
    shards = [[page("do-rest 0.01", n) for n in range(start, start + 20)] for start in range(0, 30 * wanted + 30, 20)]
    killed, others = 0, workers()
    with local(2, Limits(seconds=3.0, start=30.0 if how == signal.SIGSTOP else 120.0)) as pool:
        for shard in shards:
            future = pool.submit(OUTCOMES, shard)
            if killed < wanted:
                time.sleep(pick.random() * 0.3)
                for worker in [one for one in workers() if one not in others][:1]:
                    os.kill(worker, how)
                    killed += 1
            assert future.result() == kept(shard)
    assert killed >= wanted // 2
    assert workers() == others
    fault(
        "F4",
        f"{how.name} to a worker at a random moment",
        killed,
        "every page kept, as often and in order; none left over",
    )


def workers() -> list[int]:
    """Return the worker processes of this one that have not ended."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, _, rest = stat.read_text().rpartition(")")
            command = stat.with_name("cmdline").read_bytes()
        except OSError:
            continue
        if int(rest.split()[1]) == os.getpid() and b"peacetalks.engine.worker" in command:
            found.append(int(name.split()[0]))
    return sorted(found)


@pytest.mark.skipif(sys.platform != "linux", reason="finds workers in /proc")
def test_an_executor_leaves_no_process_behind_however_it_ends() -> None:
    others = workers()
    with local(2, LIMITS) as pool:
        list(pool.map(misbehaving.who, range(4)))
        assert workers() != others
    assert workers() == others
    with pytest.raises(ZeroDivisionError), local(1, Limits()) as pool:
        fail_while(pool, [])
    assert workers() == others


def test_what_waits_for_a_stopped_executor_is_told() -> None:
    futures: list[Future[list[Outcome]]] = []
    with pytest.raises(ZeroDivisionError), local(1, Limits()) as pool:
        fail_while(pool, futures)
    assert isinstance(futures[0].exception(), WorkerError)
    assert futures[1].cancelled()


def fail_while(pool: SandboxExecutor, futures: list[Future[list[Outcome]]]) -> None:
    """Raise an error while the worker is busy with the first of these, and another waits for it."""
    futures += [pool.submit(OUTCOMES, [page(text)]) for text in ("do-hang", "Talks.")]
    while not futures[0].running():
        time.sleep(0.01)
    time.sleep(0.5)
    raise ZeroDivisionError


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every page of test_hostile, and every deed, between good pages."""
    folder = tmp_path_factory.mktemp("hostile")
    good = crawl_pages()
    for number, (name, data) in enumerate(POISON.items()):
        (folder / f"{number:02}-{name}.html").write_bytes(data)
        (folder / f"{number:02}-good.html").write_bytes(good[number % 5].html + b"<!-- %d -->" % number)
    return folder


def test_hostile_pages_come_out_of_a_worker_as_they_do_without_one(
    hostile: Path, engine: Callable[..., SandboxExecutor], fault: Record
) -> None:
    """A worker whose memory limit counts reserved addresses fails here: pages are lost that take 400 MB."""
    work = PerPage(partial(process_pages, gold={}, known=False), join_lists)
    shards = [shard.pages for shard in cut_shards(find_files([hostile]))]
    alone = join_lists([work(pages) for pages in shards])
    assert len(alone) == 2 * len(POISON)
    with engine(2, AT_EASE) as pool:
        assert join_lists([pool.submit(work, pages).result() for pages in shards]) == alone
    fault("F6", "a hostile page between good ones, in workers", len(POISON), "what comes of it without workers")


def test_pages_beside_one_that_breaks_its_worker_are_the_same_to_the_byte(
    engine: Callable[..., SandboxExecutor], fault: Record
) -> None:
    """Giving up the shard of such a page, or the pages behind it, fails here."""
    good = crawl_pages()
    pages = [PageFile(data=one.html, source=f"page-{n}", format=Format("html")) for n, one in enumerate(good)]
    work = PerPage(misbehaving.process, join_lists)
    alone = misbehaving.process(pages)
    with engine(2, AT_EASE) as pool:
        for deed in ("do-segfault", "do-bomb"):
            found = pool.submit(work, [*pages[:2], page(deed, 99), *pages[2:]]).result()
            row = found.pop(2)
            assert isinstance(row, Excluded)
            assert (row.source, row.reason) == ("page-99", "crashed")
            assert found == alone
    fault("F7", "a page that its worker dies of among real ones", 2, "the others' articles as without it")


@pytest.mark.parametrize(
    ("how", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["interrupted", "terminated"]
)
@pytest.mark.parametrize("words", [["--workers", "2"], ["--engine", "dask", "--workers", "2"]], ids=["local", "dask"])
@pytest.mark.parametrize("attempt", range(times(13, 1)))
@pytest.mark.skipif(sys.platform != "linux", reason="finds processes in /proc")
def test_a_build_that_is_told_to_stop_leaves_neither_process_nor_half_a_release(
    how: int, code: int, words: list[str], attempt: int, hostile: Path, tmp_path: Path, fault: Record
) -> None:
    """The default handlers fail here: a traceback or nothing is said, and workers in mid-task hold the exit up."""
    pick = random.Random(f"{how}{words}{attempt}")  # noqa: S311  the same moments each time
    command = [sys.executable, "-m", "peacetalks", "build", CAPTURES, hostile, "--gold", GOLD, "--out", tmp_path / "c"]
    process = subprocess.Popen(
        [*map(str, command), *words, "--version", "0.1.0"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    while process.poll() is None and not any("engine.worker" in words for words in session(process.pid).values()):
        time.sleep(0.05)
    time.sleep(pick.random() * 2)
    process.send_signal(how)
    _, said = process.communicate()
    assert process.returncode == code, said
    assert said.endswith(f"stopped by {signal.Signals(how).name}: {LEFT}\n")
    assert "Traceback" not in said
    assert not (tmp_path / "c" / "0.1.0").exists()
    for _ in range(100):
        if not (left := session(process.pid)):
            break
        time.sleep(0.1)
    assert left == {}
    with hold(tmp_path / "c", work="build"):
        pass
    name, engine = signal.Signals(how).name, "dask" if "dask" in words else "local"
    fault("F16", f"{name} to a build with engine {engine}", 1, f"exit code {code}, no process left, the folder free")


def session(leader: int) -> dict[int, str]:
    """Return the commands of a session's processes that have not ended, whatever group they are in."""
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, _, rest = stat.read_text().rpartition(")")
            command = stat.with_name("cmdline").read_bytes().decode()
        except OSError:
            continue
        state, _, _, owner = rest.split()[:4]
        if int(owner) == leader and state != "Z":
            found[int(name.split()[0])] = command
    return found
