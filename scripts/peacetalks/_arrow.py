"""Arrow, started without pandas: `from peacetalks._arrow import pa`, wherever the package makes an array."""

import sys
from importlib.abc import MetaPathFinder

import pyarrow as pa

__all__ = ["pa"]


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


_leave_out_pandas()
