"""Make the next of a row of things while the one before is used, on another core."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")

_END = object()


def made_ahead(items: Iterable[T]) -> Iterator[T]:
    """Yield items in order, each but the first made in a thread of its own while the one before is used.

    It pays where both are work of Arrow's or of NumPy's sorting, which leave the interpreter to the other thread. Two
    items are in memory where one would be, and a third while it is made.
    """
    source = iter(items)
    # There is nothing to use yet, and what comes before the first may take minutes: a signal ends it where it is made.
    item = next(source, _END)
    with ThreadPoolExecutor(1, "peacetalks-ahead") as thread:
        while item is not _END:
            coming = thread.submit(next, source, _END)
            yield item  # type: ignore[misc]  # what is not the end is an item
            item = coming.result()
