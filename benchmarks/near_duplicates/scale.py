"""Measure what clustering costs: `python benchmarks/near_duplicates/scale.py [TEXTS]`.

Texts are words drawn by Zipf's law, 150 to 650 each, as press articles have; every tenth is a copy of the one before,
edited or cut.
"""

import resource
import sys
import time
from collections.abc import Iterator

import numpy as np

from peacetalks.curate.near_duplicates import cluster_texts

_VOCABULARY = np.array([f"w{n}" for n in range(30_000)], dtype=object)
_WEIGHTS = np.cumsum(1 / (np.arange(30_000) + 10))


def generate(texts: int) -> Iterator[tuple[str, str]]:
    """Yield an id and a text each."""
    chooser = np.random.default_rng(7)
    words = np.zeros(0, np.int64)
    for n in range(texts):
        if n % 10 == 9:
            words = (words[: len(words) // 3] if n % 20 == 9 else words).copy()
            edited = chooser.random(len(words)) < 0.02
            words[edited] = chooser.integers(len(_VOCABULARY), size=int(edited.sum()))
        else:
            drawn = chooser.random(chooser.integers(150, 651)) * _WEIGHTS[-1]
            words = np.searchsorted(_WEIGHTS, drawn)
        yield f"{n:016x}", " ".join(_VOCABULARY[words])


def main() -> None:
    """Print time, memory and what was found."""
    texts = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    wall, cpu = time.perf_counter(), time.process_time()
    for _ in generate(texts):
        pass
    generating = time.process_time() - cpu
    wall, cpu = time.perf_counter(), time.process_time()
    clusters = cluster_texts(generate(texts))
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu - generating
    planted = texts // 10
    joined = texts - len(clusters)
    right = sum(
        any(int(first, 16) + 1 == int(second, 16) and second in members for second in members)
        for members in clusters
        for first in members
        if int(first, 16) % 10 == 8
    )
    print(f"{texts:,} texts: {wall:.0f} s by the clock (generation in it), {cpu:.0f} s of CPU without it")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB")
    print(f"planted {planted:,}, joined {joined:,}, of them planted {right:,}")


if __name__ == "__main__":
    main()
