"""Do the work on a Dask cluster: each of its workers hands it on to a sandbox, and what is lost is asked for again.

Dask moves calls and answers, and finds a worker that is free. Nothing of a capture is read by a process of Dask's.
"""

import asyncio
import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Executor, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, TypeVar, cast
from uuid import uuid4

from peacetalks import __version__
from peacetalks.engine.answers import read_answer
from peacetalks.engine.limits import Limits
from peacetalks.engine.tasks import Call, Sandboxes
from peacetalks.errors import InputError, WorkerError

if TYPE_CHECKING:  # an extra
    from distributed import Client
    from distributed import Future as DaskFuture

T = TypeVar("T")

_AT_ONCE = (
    256  # calls that are with the cluster at most; each is waited for, so that its answer is here once it is there
)
_PATIENCE = 120.0  # seconds that a scheduler has to answer, at first and after it was lost
_QUEUE = 3_600.0  # seconds to wait for a first worker: they may stand in the queue of a batch system
_LOOK = 1.0
_LOSSES = 4  # times that a call is given up by Dask, which itself gives it to four workers that die

_of_build: dict[str, Sandboxes] = {}  # of the process of a Dask worker
_lock = threading.Lock()


class ClusterExecutor(Executor):
    """An executor whose calls are done in the sandboxes of a cluster's workers, with the same limits as at home.

    A call whose worker or scheduler is lost is handed in again; one that was answered never is.
    """

    def __init__(self, client: "Client", limits: Limits, patience: float = _PATIENCE) -> None:
        self.client = client
        self._limits = limits
        self._patience = patience
        self._build = uuid4().hex
        self._threads = ThreadPoolExecutor(_AT_ONCE, "peacetalks-cluster")
        self._stopped = threading.Event()
        self._alone_since: float | None = None

    def submit(self, work: Callable[..., T], /, *arguments: object, **named: object) -> Future[T]:
        """Return the future of a call; the function and what it gets are pickled at once."""
        if named:
            raise TypeError("workers take arguments by place")
        call = Call.of(work, *arguments)
        return self._threads.submit(lambda: cast("T", read_answer(self._insist(call))))

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT001, FBT002  as Executor
        """Take no more calls."""
        self._threads.shutdown(wait, cancel_futures=cancel_futures)

    def stop(self) -> None:
        """Give up what is under way, and end the sandboxes of this build wherever they are."""
        self._stopped.set()
        self._threads.shutdown(wait=True, cancel_futures=True)
        if self.client.status == "running":
            with suppress(OSError, TimeoutError):  # a worker that is gone has none
                self.client.run(end_sandboxes, self._build, on_error="ignore")

    def _insist(self, call: Call) -> bytes:
        losses = 0
        while True:
            self._await_scheduler()
            handed_in = self.client.submit(
                run_in_sandbox, call, self._limits, self._build, __version__, key=f"shard-{uuid4().hex}", pure=False
            )
            try:
                return self._await(handed_in)
            except (CancelledError, OSError):  # the scheduler is gone, and all that it knew
                continue
            except _killed_worker() as error:
                losses += 1
                if losses == _LOSSES:
                    raise WorkerError(
                        f"the cluster lost {losses} times all workers that took up a task: {error}"
                    ) from error
            except ModuleNotFoundError as error:
                raise InputError(
                    f"a worker of the cluster can't import {error.name}: install peacetalks there"
                ) from None
            finally:
                handed_in.release()

    def _await(self, handed_in: "DaskFuture") -> bytes:
        # Not by handed_in.result(): where Dask gives up the wait itself, as it may while it loses a scheduler, that
        # ends in an UnboundLocalError (dask/distributed#8514); here it is a CancelledError as others are.
        answer = asyncio.run_coroutine_threadsafe(_answer_to(handed_in), self.client.loop.asyncio_loop)
        while not self._stopped.is_set():
            if wait([answer], _LOOK).done:
                return answer.result()
            self._check_for_workers()
        answer.cancel()
        raise WorkerError("the work was stopped")

    def _await_scheduler(self) -> None:
        end = time.monotonic() + self._patience
        while self.client.status != "running":
            if self.client.status == "closed" or time.monotonic() > end:
                raise WorkerError(
                    f"the scheduler was lost and did not answer within {self._patience:g} s: start it again, then the "
                    "same command goes on from here"
                )
            if self._stopped.wait(_LOOK / 10):
                raise WorkerError("the work was stopped")

    def _check_for_workers(self) -> None:
        if self.client.status != "running" or self.client.scheduler_info()["workers"]:
            self._alone_since = None
            return
        self._alone_since = self._alone_since or time.monotonic()
        if time.monotonic() - self._alone_since > _QUEUE:
            raise WorkerError(
                f"no worker joined the cluster within {_QUEUE / 60:g} minutes: start one with `dask worker`"
            )


@contextmanager
def open_cluster(
    workers: int, scheduler: str | None, limits: Limits, patience: float = _PATIENCE
) -> Iterator[ClusterExecutor]:
    """Yield an executor of the cluster at an address, or of one in this process with so many workers."""
    try:
        import dask
        from distributed import Client
    except ModuleNotFoundError:
        raise InputError("--engine dask needs the extra: pip install 'peacetalks[dask]'") from None
    # The workers of a cluster of our own need no process each: those that compute are the sandboxes. Without an
    # address Dask would serve pages of itself to the whole network, even where it is told to show none.
    nowhere = {"dashboard_address": "127.0.0.1:0", "worker_dashboard_address": "127.0.0.1:0"}
    own = {"n_workers": workers, "threads_per_worker": 1, "processes": False, **nowhere}
    settings = {
        # A shard goes with its call: it has to be there again when the scheduler is not.
        "distributed.admin.large-graph-warning-threshold": "1GB",
        "distributed.scheduler.http.routes": [],
        "distributed.worker.http.routes": [],
    }
    with dask.config.set(settings):
        try:
            client = Client(scheduler, timeout=patience) if scheduler else Client(**own)
        except (OSError, ValueError) as error:
            raise InputError(f"--scheduler {scheduler}: no scheduler answers there: {error}") from error
        with client:
            executor = ClusterExecutor(client, limits, patience)
            try:
                yield executor
            finally:
                executor.stop()


def run_in_sandbox(call: Call, limits: Limits, build: str, version: str) -> bytes:
    """Return the answer to a call, in the process of a Dask worker, whose sandboxes wait for the build's next call."""
    if version != __version__:
        raise InputError(
            f"the worker on {os.uname().nodename} has peacetalks {__version__}, the build {version}: install the same"
        )
    with _lock:
        if build not in _of_build:
            for others in _of_build.values():
                others.rest()
            _of_build[build] = Sandboxes(limits)
        sandboxes = _of_build[build]
    return sandboxes.run(call)


def end_sandboxes(build: str) -> None:
    """End the sandboxes of a build in the process of a Dask worker."""
    with _lock:
        sandboxes = _of_build.pop(build, None)
    if sandboxes is not None:
        sandboxes.close()


async def _answer_to(handed_in: "DaskFuture") -> bytes:
    return cast("bytes", await handed_in)


def _killed_worker() -> type[Exception]:
    from distributed.scheduler import KilledWorker

    return cast("type[Exception]", KilledWorker)
