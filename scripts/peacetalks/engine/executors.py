"""Choose what runs the work: worker processes of this machine, or those of a Dask cluster, always within limits."""

from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar, cast

from peacetalks.engine.answers import read_answer
from peacetalks.engine.limits import Limits
from peacetalks.engine.tasks import Call, Sandboxes

T = TypeVar("T")


class SandboxExecutor(Executor):
    """An executor whose calls are done by worker processes with limits, each of which is replaced when it dies.

    A function that is PerPage loses the pages that break it, and nothing else. What a function returns has to be data:
    records of this package, dates, arrays of numbers, containers.
    """

    def __init__(self, workers: int, limits: Limits) -> None:
        self._threads = ThreadPoolExecutor(workers, "peacetalks-worker")
        self._sandboxes = Sandboxes(limits)

    def submit(self, work: Callable[..., T], /, *arguments: object, **named: object) -> Future[T]:
        """Return the future of a call; the function and what it gets are pickled at once."""
        if named:
            raise TypeError("workers take arguments by place")
        call = Call.of(work, *arguments)
        return self._threads.submit(lambda: cast("T", read_answer(self._sandboxes.run(call))))

    def rest(self) -> None:
        """End the workers that have nothing to do; where there is something again, others are started."""
        self._sandboxes.rest()

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT001, FBT002  as Executor
        """Take no more calls; the workers end with the last of them."""
        self._threads.shutdown(wait, cancel_futures=cancel_futures)
        if wait:
            self._sandboxes.close()

    def stop(self) -> None:
        """End the workers at once, whatever they do."""
        self._sandboxes.close()
        self._threads.shutdown(wait=True, cancel_futures=True)


@contextmanager
def make_executor(engine: str, workers: int, scheduler: str | None, limits: Limits | None = None) -> Iterator[Executor]:
    """Yield what runs the work; where the work ends early, so do the workers, at once."""
    limits = limits or Limits()
    if engine == "dask":
        from peacetalks.engine.cluster import open_cluster

        with open_cluster(workers, scheduler, limits) as cluster:
            yield cluster
        return
    executor = SandboxExecutor(workers, limits)
    try:
        yield executor
        executor.shutdown()
    finally:
        executor.stop()
