"""Keep Python's collector of cycles at rest where what is made stays."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_collector() -> Iterator[None]:
    """Keep the collector at rest, and leave it as it was.

    Modules, vocabularies and pages make no cycles to speak of, and stay: it would look through ever more of them, which
    takes a tenth of the work on pages and of the time of a short run.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@contextmanager
def staying() -> Iterator[None]:
    """Keep the collector at rest, and from all that is there by then for good: it stays until the process ends."""
    with without_collector():
        yield
        gc.freeze()
