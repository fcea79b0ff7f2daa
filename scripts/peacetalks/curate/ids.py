"""Ids of 16 hex digits as numbers: eight bytes each, and sorted as the ids are."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from peacetalks._arrow import pa

Ids = NDArray[np.uint64]


def id_numbers(ids: pa.ChunkedArray | pa.Array) -> Ids:
    """Return ids as numbers, which sort as the ids do."""
    whole = ids.combine_chunks() if isinstance(ids, pa.ChunkedArray) else ids
    digits = np.frombuffer(whole.cast(pa.binary()).cast(pa.binary(16)).buffers()[1], np.uint8)
    digits = digits[16 * whole.offset : 16 * (whole.offset + len(whole))].reshape(-1, 16)
    values = np.where(digits < ord("a"), digits - ord("0"), digits - ord("a") + 10).astype(np.uint8)
    return (values[:, ::2] << 4 | values[:, 1::2]).view(">u8").ravel().astype(np.uint64)


def id_names(numbers: Ids) -> pa.Array:
    """Return numbers as ids."""
    halves = np.frombuffer(numbers.astype(">u8").tobytes(), np.uint8)
    digits = np.stack([halves >> 4, halves & 15], axis=1).ravel()
    text = np.where(digits < 10, digits + ord("0"), digits + ord("a") - 10).astype(np.uint8)
    ends = np.arange(0, 16 * len(numbers) + 1, 16, dtype=np.int32)
    return pa.StringArray.from_buffers(len(numbers), pa.py_buffer(ends), pa.py_buffer(text.tobytes()))


def read_ids(names: Iterable[str]) -> Ids:
    """Return ids that are not in Arrow as numbers; a name of fewer digits is one, too."""
    return np.array([int(name, 16) for name in names], np.uint64)


def id_name(number: int) -> str:
    """Return a number as an id."""
    return f"{number:016x}"


def find_ids(known: Ids, wanted: Ids) -> NDArray[np.int64]:
    """Return where each wanted id stands first among the known ones; -1 where it does not."""
    order = np.argsort(known, kind="stable")
    return np.append(order, -1)[find_sorted(known[order], wanted)]


def find_sorted(known: Ids, wanted: Ids) -> NDArray[np.int64]:
    """Return where each wanted id stands first among the known ones, which are sorted; -1 where it does not."""
    if not len(known):
        return np.full(len(wanted), -1, np.int64)
    place = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
    found: NDArray[np.int64] = np.where(known[place] == wanted, place, -1)
    return found
