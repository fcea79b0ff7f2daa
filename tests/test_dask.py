"""A real scheduler and real workers on loopback: what dies is made up for, nothing is lost, doubled or done again."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from pathlib import Path

import psutil
import pytest

import misbehaving
from conftest import CAPTURES, GOLD, ROOT
from faults.table import Record, times
from misbehaving import Outcome
from peacetalks.capture.formats import Format
from peacetalks.capture.pages import PageFile
from peacetalks.engine.cluster import ClusterExecutor, open_cluster
from peacetalks.engine.limits import Limits
from peacetalks.engine.tasks import PerPage, join_lists
from peacetalks.errors import InputError, WorkerError
from test_engine import page

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="finds processes in /proc"),
    # Dask says on its own what it lost; what matters is what comes out.
    pytest.mark.filterwarnings("ignore::DeprecationWarning:distributed"),
]
LIMITS = Limits(seconds=20.0)
WORK = PerPage(misbehaving.counted, join_lists)
SHARDS = 24
NOTHING_LOST = "every shard once and in order; none that was finished done again"


class Cluster:
    """The processes of a Dask cluster on this machine, as a person would start them."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.address = f"tcp://127.0.0.1:{self.port}"
        self._folder = folder
        self._started: list[subprocess.Popen[bytes]] = []

    def start_scheduler(self) -> subprocess.Popen[bytes]:
        process = self._start("scheduler", "--host", "127.0.0.1", "--port", str(self.port), "--no-dashboard")
        wait_until(self._answers)
        return process

    def start_worker(self) -> subprocess.Popen[bytes]:
        folder = ["--local-directory", str(self._folder)]
        return self._start("worker", self.address, "--nthreads", "1", "--no-dashboard", *folder)

    def stop(self) -> None:
        for process in self._started:
            process.kill()
        for process in self._started:
            process.wait()

    def _answers(self) -> bool:
        with socket.socket() as line:
            return line.connect_ex(("127.0.0.1", self.port)) == 0

    def _start(self, *words: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-m", "dask", *words],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": str(ROOT / "tests"), "HF_TOKEN": "hf_canary"},
            cwd=self._folder,
        )
        self._started.append(process)
        return process


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    """A scheduler and two workers, each with its nanny."""
    made = Cluster(tmp_path)
    made.start_scheduler()
    made.start_worker()
    made.start_worker()
    try:
        yield made
    finally:
        made.stop()


def submit(executor: ClusterExecutor, done: Path, seconds: float = 0.4) -> list[Future[list[Outcome]]]:
    """Hand in shards of one page, each of which leaves a file when it is worked on and takes so long."""
    done.mkdir(exist_ok=True)
    pages = [page(f"{done}|{number:03}|{seconds}", number) for number in range(SHARDS)]
    return [executor.submit(WORK, [one]) for one in pages]


def worked_on(done: Path) -> Counter[str]:
    """Return how many times each shard was worked on."""
    return Counter(path.name.partition(".")[0] for path in done.iterdir())


def wait_until(reached: Callable[[], bool]) -> None:
    for _ in range(2_400):
        if reached():
            return
        time.sleep(0.05)
    raise AssertionError("it did not come to that")


def descendants(ancestor: int, word: str) -> list[int]:
    """Return the processes below one whose command has that word."""
    parents, commands = {}, {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")
            commands[int(stat.parent.name)] = stat.with_name("cmdline").read_bytes().decode()
        except OSError:
            continue
        parents[int(stat.parent.name)] = int(fields[2].split()[1])
    below, found = {ancestor}, []
    for _ in range(5):
        below |= {process for process, parent in parents.items() if parent in below}
    found = [process for process in below if process != ancestor and word in commands.get(process, "")]
    return sorted(found)


def check(futures: list[Future[list[Outcome]]], done: Path, again: int) -> None:
    """Each shard came back once and in order, and no more were worked on again than were under way."""
    assert [future.result() for future in futures] == [[(f"page-{n}", "kept", "")] for n in range(SHARDS)]
    counts = worked_on(done)
    assert len(counts) == SHARDS
    assert counts.total() - SHARDS <= again


@pytest.mark.parametrize("attempt", range(times(10, 1)))
def test_a_worker_that_is_killed_in_mid_run_costs_no_shard(
    cluster: Cluster, tmp_path: Path, attempt: int, fault: Record
) -> None:
    """Answers that are gathered in the end fail here: those that the dead worker held are lost, and worked on again."""
    done = tmp_path / "done"
    third = cluster.start_worker()
    with open_cluster(0, cluster.address, LIMITS) as executor:
        wait_until(lambda: len(executor.client.scheduler_info()["workers"]) == 3)
        futures = submit(executor, done)
        wait_until(lambda: len(worked_on(done)) >= SHARDS // 2 + attempt)
        for process in [third.pid, *descendants(third.pid, "spawn_main")]:  # the nanny would start it again
            os.kill(process, signal.SIGKILL)
        check(futures, done, again=2)
    fault("F5", "a worker of three of a cluster killed with its nanny", 1, NOTHING_LOST)


@pytest.mark.parametrize("attempt", range(times(5, 1)))
def test_a_scheduler_that_comes_back_is_given_what_is_not_finished(
    cluster: Cluster, tmp_path: Path, attempt: int, fault: Record
) -> None:
    """Dask's own executor fails here: every future that is not fetched is cancelled with the old scheduler."""
    done = tmp_path / "done"
    scheduler = cluster._started[0]
    with open_cluster(0, cluster.address, LIMITS) as executor:
        futures = submit(executor, done)
        wait_until(lambda: sum(future.done() for future in futures) >= SHARDS // 3 + attempt)
        scheduler.kill()
        scheduler.wait()
        finished = sum(future.done() for future in futures)
        time.sleep(1)
        cluster.start_scheduler()
        for process in cluster._started[1:3]:  # without their scheduler they end, as those of a batch system do
            process.kill()
            process.wait()
            cluster.start_worker()
        check(futures, done, again=4)
    assert SHARDS // 3 <= finished < SHARDS
    fault("F5", "the scheduler of a cluster killed and started again, its workers too", 1, NOTHING_LOST)


def test_a_wait_that_dask_gives_up_is_begun_again(cluster: Cluster, tmp_path: Path) -> None:
    """Waiting by the result() of Dask's future ends in an UnboundLocalError of Dask's (dask/distributed#8514)."""
    done = tmp_path / "done"

    def give_up() -> None:
        waits = [task for task in asyncio.all_tasks(loop) if task.get_coro().__qualname__ == "_answer_to"]
        given_up.extend(task.cancel() for task in waits)

    with open_cluster(0, cluster.address, LIMITS) as executor:
        loop, given_up = executor.client.loop.asyncio_loop, []
        futures = submit(executor, done)
        wait_until(lambda: len(worked_on(done)) >= SHARDS // 3)
        loop.call_soon_threadsafe(give_up)
        check(futures, done, again=4)  # two under way, two that had just ended
    assert len(given_up) >= SHARDS // 3


def test_a_scheduler_that_never_comes_back_ends_the_build_with_a_word(
    cluster: Cluster, tmp_path: Path, fault: Record
) -> None:
    """Without a bound on the wait this test never ends."""
    with open_cluster(0, cluster.address, LIMITS, patience=6.0) as executor:
        wait_until(lambda: len(executor.client.scheduler_info()["workers"]) == 2)
        futures = submit(executor, tmp_path / "done")
        wait_until(lambda: any(future.done() for future in futures))
        cluster._started[0].kill()
        with pytest.raises(WorkerError, match="scheduler was lost and did not answer within 6 s: start it again"):
            futures[-1].result()
    fault("F5", "the scheduler of a cluster killed for good", 1, "an error that says what to do")


def test_a_cluster_of_ones_own_listens_to_this_machine_alone() -> None:
    """Dask without a dashboard fails here: it serves what it knows of itself at 0.0.0.0:8787 all the same."""
    with open_cluster(2, None, LIMITS) as executor:
        assert executor.submit(misbehaving.who, 0).result()
        here = [line for line in psutil.Process().net_connections("inet") if line.status == psutil.CONN_LISTEN]
        assert here
        assert {line.laddr.ip for line in here} == {"127.0.0.1"}


def test_no_scheduler_at_all_is_wrong_use() -> None:
    nowhere = open_cluster(0, "tcp://127.0.0.1:9", LIMITS, patience=1.0)
    with pytest.raises(InputError, match=r"--scheduler tcp://127\.0\.0\.1:9: no scheduler answers there"), nowhere:
        raise AssertionError


def test_a_worker_that_joins_late_is_used(tmp_path: Path) -> None:
    """Handing shards out to the workers that are there at the start fails here."""
    cluster = Cluster(tmp_path)
    cluster.start_scheduler()
    try:
        with open_cluster(0, cluster.address, LIMITS) as executor:
            runs = [submit(executor, tmp_path / "0")]
            assert not any(future.done() for future in runs[0])
            cluster.start_worker()
            wait_until(lambda: any(future.done() for future in runs[0]))
            late = cluster.start_worker()
            while not descendants(late.pid, "engine.worker"):
                runs.append(submit(executor, tmp_path / str(len(runs))))
                runs[-1][0].result()
            for number, futures in enumerate(runs):
                check(futures, tmp_path / str(number), again=0)
    finally:
        cluster.stop()


def test_a_poison_page_ends_neither_worker_nor_run(cluster: Cluster, fault: Record) -> None:
    """Dask gives a task up once four workers died of it, and with it the run; here it kills none."""
    deeds = ["do-segfault", "do-kill", "do-bomb", "do-hang"]
    poison = [PageFile(data=deed.encode(), source=deed, format=Format("text")) for deed in deeds]
    limits = Limits(seconds=3.0, memory=600_000_000)
    with open_cluster(0, cluster.address, limits) as executor:
        wait_until(lambda: len(executor.client.scheduler_info()["workers"]) == 2)
        before = set(executor.client.scheduler_info()["workers"])
        shard = [page("Talks.", 1), *poison, page("Talks.", 2)]
        found = executor.submit(PerPage(misbehaving.outcomes, join_lists), shard).result()
        kernel, _, variables = executor.submit(misbehaving.environment, 0).result()
        assert set(executor.client.scheduler_info()["workers"]) == before
    assert [row[1] for row in found] == ["kept", "crashed", "crashed", "crashed", "timeout", "kept"]
    assert "canary" not in f"{kernel}{variables}"
    fault("F7", "a page that its worker dies of or hangs at, on a cluster", 4, "set aside; no worker of Dask lost")


def test_the_sandboxes_of_a_build_end_with_it(cluster: Cluster) -> None:
    """Worker processes that wait for the next call stay for as long as the cluster does."""
    with open_cluster(0, cluster.address, LIMITS) as executor:
        list(executor.map(misbehaving.who, range(8)))
        assert any(descendants(process.pid, "engine.worker") for process in cluster._started)
    wait_until(lambda: not any(descendants(process.pid, "engine.worker") for process in cluster._started))


@pytest.mark.parametrize("attempt", range(times(5, 1)))
@pytest.mark.parametrize("victim", ["a worker", "the command"])
def test_a_release_from_a_cluster_where_one_is_killed_is_that_of_one_process(
    cluster: Cluster, release: Path, tmp_path: Path, victim: str, attempt: int, fault: Record
) -> None:
    """Shards that are bound to the worker that is to take them wait for it for ever; so does a lock that is a file."""
    command = [sys.executable, "-m", "peacetalks", "build", CAPTURES, "--gold", GOLD, "--version", "0.1.0"]
    words = ["--out", tmp_path / "c", "--engine", "dask", "--scheduler", cluster.address]
    build = start(command, words)
    busy = cluster._started[1:]
    wait_until(lambda: any(descendants(worker.pid, "engine.worker") for worker in busy))
    time.sleep(0.3 * attempt)
    if victim == "the command":
        build.kill()
        build.communicate()
        assert not (tmp_path / "c" / "0.1.0").exists()
        build = start(command, words)
    else:
        (worker,) = [worker for worker in busy if descendants(worker.pid, "engine.worker")][:1]
        for process in [worker.pid, *descendants(worker.pid, "spawn_main")]:
            os.kill(process, signal.SIGKILL)
    _, said = build.communicate()
    assert build.returncode == 0, said
    there, here = tmp_path / "c" / "0.1.0", release
    names = sorted(path.relative_to(here).as_posix() for path in here.rglob("*") if path.is_file())
    assert names == sorted(path.relative_to(there).as_posix() for path in there.rglob("*") if path.is_file())
    assert [name for name in names if (here / name).read_bytes() != (there / name).read_bytes()] == []
    fault("F5", f"{victim} killed during a build on a cluster", 1, "the release of one process, byte for byte")


def start(*words: Sequence[object]) -> subprocess.Popen[str]:
    command = [str(word) for part in words for word in part]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
