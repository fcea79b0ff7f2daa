"""Hand lines to Arrow, whose functions then work on all of them at once."""

from itertools import accumulate

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc


def matches(lines: list[str], pattern: str) -> list[bool]:
    """Return for each line whether RE2 finds the pattern in it. Lines hold no surrogates."""
    found: list[bool] = pc.match_substring_regex(_column(lines), pattern).to_pylist()
    return found


def _column(lines: list[str]) -> pa.LargeStringArray:
    # pa.array imports pandas to ask whether a list is one of its own: that is most of what a short run costs.
    encoded = [line.encode() for line in lines]
    ends = np.array([0, *accumulate(map(len, encoded))], np.int64)
    return pa.LargeStringArray.from_buffers(len(lines), pa.py_buffer(ends), pa.py_buffer(b"".join(encoded)))
