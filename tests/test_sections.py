"""A finished shard is read as data that anyone may have written: what is no table is an error, never a crash."""

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest
from msgspec import Struct, structs

from peacetalks.engine.sections import Footer, encode_sections, read_array, read_footer, read_section
from peacetalks.errors import ReleaseError

UNREADABLE = r"^a finished shard can't be read: .*; remove the work folder$"


class Facts(Struct):
    """What these shards tell: nothing."""


def text_column(offsets: list[int], data: bytes) -> pa.Array:
    """Return a column of strings that says where each begins, true or not."""
    places = pa.py_buffer(np.array(offsets, np.int32).tobytes())
    return pa.StringArray.from_buffers(len(offsets) - 1, places, pa.py_buffer(data))


def shard(column: pa.Array) -> tuple[bytes, Footer]:
    made = encode_sections({"t": pa.table({"a": column})}, {"n": np.arange(3, dtype=np.uint64)}, Facts())
    return made, read_footer(made, Facts)[0]


# The readers of Arrow take each of these, and the first value that is asked for is read from somewhere in memory.
LYING = {
    "beyond-the-end": text_column([0, 1_900_000_000, 5], b"hello"),
    "before-the-start": text_column([0, -1_900_000_000, 5], b"hello"),
    "backwards": text_column([0, 5, 2, 5], b"hello"),
    "in-a-list": pa.ListArray.from_buffers(
        pa.list_(pa.string()),
        2,
        [None, pa.py_buffer(np.array([0, 9, 1], np.int32).tobytes())],
        children=[pa.array(["a"])],
    ),
    "no-utf-8": text_column([0, 5], b"hel\xff\xfe"),
    "in-a-dictionary": pa.DictionaryArray.from_arrays(pa.array([0, 70_000]), pa.array(["a"]), safe=False),
}


@pytest.mark.parametrize("case", LYING)
def test_a_table_whose_offsets_lead_out_of_it_is_refused(case: str) -> None:
    """Without `validate(full=True)` the first of these ends the process that asks for a value with a segfault."""
    made, footer = shard(LYING[case])
    with pytest.raises(ReleaseError, match=UNREADABLE):
        read_section(made, footer, "t")
    read_array(made, footer, "n")


PLACES: dict[str, Callable[[int, int], tuple[int, int]]] = {
    "cut": lambda start, length: (start, length - 9),
    "cut-to-nothing": lambda start, _: (start, 0),
    "moved": lambda start, length: (start + 1, length - 1),
    "beyond-the-end": lambda start, _: (start, 10**12),
    "before-the-start": lambda _, length: (-9, length),
    "backwards": lambda start, _: (start, -1),
}


@pytest.mark.parametrize("place", PLACES)
def test_a_part_that_is_not_where_the_footer_has_it_is_refused(place: str) -> None:
    """A reader that goes by the footer alone reads another part, or ends with an error that nobody expects."""
    made, footer = shard(pa.array(["a", "b"]))
    lying = structs.replace(footer, sections={name: PLACES[place](*at) for name, at in footer.sections.items()})
    with pytest.raises(ReleaseError, match=UNREADABLE):
        read_section(made, lying, "t")
    if place != "cut-to-nothing":  # no number at all is an array
        with pytest.raises(ReleaseError, match=UNREADABLE):
            read_array(made, lying, "n")


@pytest.mark.parametrize("claimed", [0, 7, 10**6, 1 << 40, (1 << 64) - 1])
def test_a_table_that_is_not_as_large_as_it_says_is_refused(claimed: int) -> None:
    """Its size is what is taken of memory to unpack it."""
    made, footer = shard(pa.array(["a", "b"]))
    start, _ = footer.sections["t"]
    lying = made[:start] + claimed.to_bytes(8, "little") + made[start + 8 :]
    with pytest.raises(ReleaseError, match=UNREADABLE):
        read_section(lying, footer, "t")


def test_a_part_that_is_not_there_is_refused() -> None:
    made, footer = shard(pa.array(["a"]))
    with pytest.raises(ReleaseError, match=UNREADABLE):
        read_section(made, footer, "articles")
