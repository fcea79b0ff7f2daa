"""Say how rare a key has to be to propose a text: a phrase of thousands of texts makes most pairs and tells least."""

from collections.abc import Iterable

import numpy as np

from peacetalks.curate.candidates import NO_LIMIT, REACH, Keys, Limits, Numbers, group_bearers
from peacetalks.curate.column_files import Counts, slices

# Bearers of a key: up to the first number every two of them are paired, and past the last is the commonest kind of key.
_CLASSES = np.array([REACH + 1, 132, 528])


def find_limits(parts: Iterable[tuple[Keys, Numbers]], counts: Counts, least: float) -> tuple[Limits, Counts]:
    """Return for each text how many texts may bear a key that proposes it, and how many of its keys do.

    These are its rarest, more than the share `least` of its `counts` (prefix filtering; Chaudhuri, Ganti, Kaushik
    2006): two texts that share as much of the shorter one's keys as the others have one of these in common. `parts` are
    keys and who has them, all of one key in one part.
    """
    above = np.zeros((len(_CLASSES), len(counts)), counts.dtype)  # by class: the keys of each text that more bear
    for keys, owners in parts:
        for bearers in group_bearers(keys, owners, len(counts)):
            common = np.flatnonzero(bearers.number > _CLASSES[0])
            kinds = np.searchsorted(_CLASSES, bearers.number[common]) - 1
            np.add.at(above, (kinds, bearers.owners[common].astype(np.int64)), 1)
    limits, rarest, left = np.full(len(counts), NO_LIMIT, np.uint16), counts.copy(), counts.copy()
    for kind in reversed(range(len(_CLASSES))):
        left -= above[kind]
        for some in slices(len(counts)):
            enough = left[some] > least * counts[some]
            limits[some][enough], rarest[some][enough] = _CLASSES[kind], left[some][enough]
    return limits, rarest
