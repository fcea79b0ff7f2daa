"""Pass values between processes: what a worker answers is read as data, and can't make its reader run anything.

A worker has parsed bytes from anywhere. Its answer is pickled, as Python's pools do it, but only a closed list of types
is built from it: records of this package, dates, arrays and containers.
"""

import collections
import datetime
import io
import pickle
import re
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
from msgspec import Struct

from peacetalks.errors import WorkerError

_PROTOCOL = 5
_NUMBERS = re.compile(r"[biuf][1248]")


def pack(value: object) -> bytes:
    """Return the bytes of a value."""
    return pickle.dumps(value, _PROTOCOL)


def unpack(data: bytes | bytearray) -> Any:  # noqa: ANN401  a value of whatever kind was packed
    """Return a value that this project packed itself; never for what a worker answers."""
    return pickle.loads(data)  # noqa: S301


def read_answer(data: bytes) -> Any:  # noqa: ANN401  whatever the work returns
    """Return what a worker answered; WorkerError where it is anything but data."""
    try:
        return _Reader(io.BytesIO(data)).load()
    except (pickle.UnpicklingError, AttributeError, EOFError, IndexError, KeyError, TypeError, ValueError) as error:
        raise WorkerError(f"a worker's answer is no data: {error}") from error


class _Reader(pickle.Unpickler):
    """An unpickler that builds nothing but data."""

    def find_class(self, module: str, name: str, /) -> "_Maker":
        found = _MAKERS.get((module, name)) or _record_type(module, name)
        if found is None:
            raise pickle.UnpicklingError(f"{module}.{name} is not on the list of what a worker may answer with")
        return _Maker(found)


class _Maker:
    """A type that can be called, and nothing else: a pickle may set attributes of what it names."""

    __slots__ = ("_make",)
    _make: Callable[..., object]

    def __init__(self, make: Callable[..., object]) -> None:
        object.__setattr__(self, "_make", make)

    def __call__(self, *arguments: object) -> object:
        return self._make(*arguments)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{name} is not to be set")


class _Kind:
    """The kind of number that an array holds, in the byte order of this machine."""

    def __init__(self, name: str, *_: object) -> None:
        if not _NUMBERS.fullmatch(name):
            raise ValueError(f"{name!r} is no kind of number")
        self.name = name

    def __setstate__(self, state: tuple[object, ...]) -> None:
        if state[1] not in ("<", "|") or sys.byteorder != "little":
            raise ValueError("numbers in a byte order that is not this machine's")


def _record_type(module: str, name: str) -> type[Struct] | None:
    # Only what is imported already: naming a module must not run it.
    if module.partition(".")[0] != "peacetalks" or module not in sys.modules:
        return None
    found = vars(sys.modules[module]).get(name)
    return found if isinstance(found, type) and issubclass(found, Struct) else None


def _rebuild(make: _Maker, fields: dict[str, object]) -> object:
    return make._make(**fields)


def _array(data: bytes, kind: _Kind, shape: tuple[int, ...], order: str) -> object:
    return np.frombuffer(data, kind.name).reshape(shape, order="F" if order == "F" else "C")


_MAKERS: dict[tuple[str, str], Callable[..., object]] = {
    ("collections", "Counter"): collections.Counter,
    ("collections", "OrderedDict"): collections.OrderedDict,
    ("datetime", "date"): datetime.date,
    ("datetime", "datetime"): datetime.datetime,
    ("datetime", "timedelta"): datetime.timedelta,
    ("datetime", "timezone"): datetime.timezone,
    ("msgspec._utils", "rebuild"): _rebuild,
    ("numpy", "dtype"): _Kind,
    ("numpy._core.numeric", "_frombuffer"): _array,
}
