"""Keep the captures of one page together: whatever its site changed, no two splits may share a page."""

import numpy as np
from numpy.typing import NDArray

from peacetalks.curate.candidates import Indices
from peacetalks.curate.near_duplicates import find_root


def join_pages(clusters: Indices, addresses: NDArray[np.uint64]) -> Indices:
    """Return the cluster of each capture, those joined that hold captures of one page.

    A cluster is a number that stands for it, `addresses` are those of the pages, 0 where none is known.
    """
    _, inverse, counts = np.unique(addresses, return_inverse=True, return_counts=True)
    shared = np.flatnonzero((counts[inverse] > 1) & (addresses != 0))
    parent = np.arange(int(clusters.max(initial=-1)) + 1)
    home: dict[int, int] = {}  # of an address: a cluster that has it
    for place in shared.tolist():
        cluster = find_root(parent, int(clusters[place]))
        other = find_root(parent, home.setdefault(int(addresses[place]), cluster))
        parent[max(cluster, other)] = min(cluster, other)
    for joined in np.flatnonzero(parent != np.arange(len(parent))).tolist():
        parent[joined] = find_root(parent, joined)
    found: Indices = parent[clusters]
    return found
