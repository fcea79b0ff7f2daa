"""Make the next of a row of things while the one before is used, on another core."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")

_END = object()


def made_ahead(items: Iterable[T]) -> Iterator[T]:
    """Yield items in order, each made in a thread of its own while the one before is used.

    It pays where both are work of Arrow's or of NumPy's sorting, which leave the interpreter to the other thread. Two
    items are in memory where one would be, and a third while it is made.
    """
    source = iter(items)
    with ThreadPoolExecutor(1, "peacetalks-ahead") as thread:
        coming = thread.submit(next, source, _END)
        while (item := coming.result()) is not _END:
            coming = thread.submit(next, source, _END)
            yield item  # type: ignore[misc]  # what is not the end is an item
