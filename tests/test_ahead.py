"""Things that are made while the ones before are used."""

import threading
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peacetalks._ahead import made_ahead


@given(st.lists(st.none() | st.integers()))
def test_items_come_as_they_would_without_a_thread(items: list[int | None]) -> None:
    assert list(made_ahead(items)) == items


def test_one_is_made_while_another_is_used_and_no_more_than_that() -> None:
    made = threading.Semaphore(0)
    count = 0

    def source() -> Iterator[int]:
        nonlocal count
        for number in range(5):
            count += 1
            made.release()
            yield number

    for used, _ in enumerate(made_ahead(source()), start=1):
        for _ in range(1 + (used == 1)) if used < 5 else ():
            assert made.acquire(timeout=60)  # the next one comes without being asked for
        assert count == min(used + 1, 5)


def test_what_comes_before_the_first_is_done_where_a_signal_reaches_it() -> None:
    """In a thread, a build of a million pages that is told to stop while it sorts would go on for minutes."""
    own = threading.current_thread()
    made = list(made_ahead(threading.current_thread() for _ in range(3)))
    assert [thread is own for thread in made] == [True, False, False]


def test_an_error_comes_where_its_item_would() -> None:
    def source() -> Iterator[int]:
        yield 1
        raise OSError(28, "No space left on device")

    items = made_ahead(source())
    assert next(items) == 1
    with pytest.raises(OSError, match="No space left"):
        next(items)


def test_a_source_that_is_left_early_is_closed_before_anything_after_it() -> None:
    """Its files stand in a folder that is removed next."""
    closed = []

    def source() -> Iterator[int]:
        try:
            yield from range(100)
        finally:
            closed.append(True)

    items = made_ahead(source())
    next(items)
    items.close()  # type: ignore[attr-defined]  # a generator's
    assert closed == [True]
