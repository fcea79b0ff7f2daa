"""Say how rare a key has to be to propose a text: a phrase of thousands of texts makes most pairs and tells least."""

from collections.abc import Iterable

import numpy as np

from peacetalks.curate.candidates import REACH, Keys, Numbers, group_bearers

# Bearers of a key: up to the first number every two of them are paired, and past the last is the commonest kind of key.
_CLASSES = np.array([REACH + 1, 132, 528])
_NONE = np.iinfo(np.uint32).max


def find_limits(parts: Iterable[tuple[Keys, Numbers]], counts: Numbers, least: float) -> tuple[Numbers, Numbers]:
    """Return for each text how many texts may bear a key that proposes it, and how many of its keys do.

    These are its rarest, more than the share `least` of its `counts` (prefix filtering; Chaudhuri, Ganti, Kaushik
    2006): two texts that share as much of the shorter one's keys as the others have one of these in common. `parts` are
    keys and who has them, all of one key in one part.
    """
    above = np.zeros(len(_CLASSES) * len(counts), np.uint32)  # by class: the keys of each text that more bear
    for keys, owners in parts:
        for bearers in group_bearers(keys, owners, len(counts)):
            common = np.flatnonzero(bearers.number > _CLASSES[0])
            kinds = np.searchsorted(_CLASSES, bearers.number[common]) - 1
            np.add.at(above, kinds * len(counts) + bearers.owners[common].astype(np.int64), 1)
    limits, rarest = np.full(len(counts), _NONE, np.uint32), counts.copy()
    left = counts.copy()
    for kind in reversed(range(len(_CLASSES))):
        left -= above[kind * len(counts) : (kind + 1) * len(counts)]
        enough = left > least * counts
        limits[enough], rarest[enough] = _CLASSES[kind], left[enough]
    return limits, rarest
