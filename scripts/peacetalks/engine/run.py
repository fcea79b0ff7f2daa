"""Run the work of shards on any executor, in order, and read no further ahead than keeps the workers busy."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future
from typing import TypeVar

from peacetalks._heap import trim
from peacetalks.engine.shards import Shard

_AHEAD = 32  # tasks that are under way or wait to be taken up
_AHEAD_BYTES = 128_000_000  # and what their pages take, but for one that is larger
_TRIMMED = 32  # tasks, between which the C library keeps what was freed: in the end as much as is in use

T = TypeVar("T")
R = TypeVar("R")


def run(
    work: Callable[[Sequence[T]], list[R]], shards: Iterator[Shard[T]], executor: Executor | None
) -> Iterator[tuple[Shard[T], list[R]]]:
    """Yield each shard with what came of it, in order; None for an executor is this process."""
    if executor is None:
        yield from ((shard, work(shard.pages)) for shard in shards)
        return
    waiting: deque[tuple[Shard[T], Future[list[R]]]] = deque()
    size = 0
    try:
        for number, shard in enumerate(shards, 1):
            waiting.append((shard, executor.submit(work, shard.pages)))
            size += shard.bytes
            shard.pages = []
            if number % _TRIMMED == 0:
                trim()
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
