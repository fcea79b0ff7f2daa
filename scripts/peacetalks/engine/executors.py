"""Run the work of shards on any executor, in order, and read no further ahead than keeps the workers busy."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from typing import TypeVar

from peacetalks.engine.shards import Shard
from peacetalks.errors import InputError

_AHEAD = 32  # tasks that are under way or wait to be taken up
_AHEAD_BYTES = 128_000_000  # and what their pages take, but for one that is larger

T = TypeVar("T")


def run(
    work: Callable[[Sequence[T]], list[bytes]], shards: Iterator[Shard[T]], executor: Executor | None
) -> Iterator[tuple[Shard[T], list[bytes]]]:
    """Yield each shard with what came of it, in order; None for an executor is this process."""
    if executor is None:
        yield from ((shard, work(shard.pages)) for shard in shards)
        return
    waiting: deque[tuple[Shard[T], Future[list[bytes]]]] = deque()
    size = 0
    try:
        for shard in shards:
            waiting.append((shard, executor.submit(work, shard.pages)))
            size += shard.bytes
            shard.pages = []
            while len(waiting) == _AHEAD or size > _AHEAD_BYTES:
                done, future = waiting.popleft()
                size -= done.bytes
                yield done, future.result()
        while waiting:
            done, future = waiting.popleft()
            yield done, future.result()
    finally:
        for _, future in waiting:
            future.cancel()


@contextmanager
def make_executor(engine: str, workers: int, scheduler: str | None) -> Iterator[Executor | None]:
    """Yield what runs the shards: None for this process, a spawn pool, or a Dask cluster's executor."""
    if engine == "dask":
        try:
            from distributed import Client
        except ModuleNotFoundError:
            raise InputError("--engine dask needs the extra: pip install 'peacetalks[dask]'") from None
        local = {"n_workers": workers, "threads_per_worker": 1, "dashboard_address": None}
        with Client(scheduler) if scheduler else Client(**local) as client:
            yield client.get_executor()
    elif workers == 1:
        yield None
    else:
        with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
            yield pool
