"""Arrow, without pandas and giving memory back: `from peacetalks._arrow import pa` wherever an array is made."""

import os
import sys
from importlib.abc import MetaPathFinder

import pyarrow as pa

from peacetalks._heap import trim

__all__ = ["give_back", "give_back_at_once", "pa"]


class _Absent(MetaPathFinder):
    def find_spec(self, name: str, path: object = None, target: object = None) -> None:  # noqa: ARG002  as the base
        if name == "pandas":
            raise ModuleNotFoundError(name, name=name)


def _leave_out_pandas() -> None:
    """Let Arrow look for pandas once and not find it.

    It does so with its first array of Python's values, wherever pandas is installed: 0.4 s and 50 MB for what
    nothing of ours uses. What asks for pandas later, `to_pandas` included, still gets it.
    """
    if "pandas" in sys.modules:
        return
    absent = _Absent()
    sys.meta_path.insert(0, absent)
    try:
        pa.array([0])
    finally:
        sys.meta_path.remove(absent)


def give_back() -> None:
    """Let the system have what was freed: for who is done with many rows and goes on to others."""
    pa.default_memory_pool().release_unused()
    trim()


def give_back_at_once() -> None:
    """Let Arrow give back what is freed as it is freed, in all threads that do not use it yet.

    What comes and goes within a second adds up to 80 MB where much is read; to hand it out anew takes a tenth more CPU.
    """
    if pa.default_memory_pool().backend_name == "jemalloc":
        pa.jemalloc_set_decay_ms(0)


def _choose_pool() -> None:
    """Let Arrow take its memory by jemalloc where it has that: what is freed goes back to the system after a second.

    By its own choice it keeps what threads that ended have freed. Who names a pool gets it.
    """
    if "ARROW_DEFAULT_MEMORY_POOL" not in os.environ and "jemalloc" in pa.supported_memory_backends():
        pa.set_memory_pool(pa.jemalloc_memory_pool())


_choose_pool()
_leave_out_pandas()
