"""Keep the captures of one page together: whatever its site changed, no two splits may share a page."""

import numpy as np

from peacetalks.curate.candidates import Numbers
from peacetalks.curate.column_files import ColumnFile, Mask, slices
from peacetalks.curate.near_duplicates import find_root, flatten


def join_pages(clusters: Numbers, addresses: ColumnFile, chosen: Mask) -> None:
    """Join clusters that hold captures of one page, of those `chosen`, in place.

    A cluster is the number of a capture in it, `addresses` are those of the pages, 0 where none is known.
    """
    parent = np.arange(len(clusters), dtype=np.uint32)
    for captures, found in addresses.by_hash(chosen & addresses.where(lambda block: block != 0)):
        order = np.argsort(found, kind="stable")
        same = found[order][1:] == found[order][:-1]
        pairs = captures[order[:-1][same]], captures[order[1:][same]]
        for first, second in zip(*(clusters[side].tolist() for side in pairs), strict=True):
            low, high = sorted((find_root(parent, first), find_root(parent, second)))
            parent[high] = low
    flatten(parent)
    for some in slices(len(clusters)):
        clusters[some] = parent[clusters[some]]
