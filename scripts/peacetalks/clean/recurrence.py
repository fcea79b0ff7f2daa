"""Find the lines that an outlet repeats from story to story: furniture, whatever they say.

Counting is exact and in bounded memory: a first pass over the pages fills a sketch, which can only count too high,
and a second one counts the few lines that the sketch does not rule out.
"""

import sys
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from itertools import chain, islice
from typing import NamedTuple

import numpy as np
from msgspec import structs
from numpy.typing import NDArray
from xxhash import xxh3_64_intdigest

from peacetalks.record import Segment

# So many stories of one outlet must carry a line, and that share of its stories; or more of them, and a smaller share.
# Without the smaller share a large outlet would lose its text: each subhead and each sentence of background comes to
# stand in a dozen of a thousand stories.
_LEAST, _SHARE = 3, 0.2
_MANY, _SHARE_OF_MANY = 12, 0.05
# Two rows of counters, one byte each; the pages of a small build touch few of them, and only those take memory.
_SLOT_BITS = 26
_WAITING = 2_000_000  # keys that are counted at a time
_KEPT = ("body", "title")
_AT_ONCE = 512  # lines that are turned together: what is made of them on the way stays in a core's own memory
_PLAIN_FROM = 0x20000  # beyond the first two planes no letter has case, and no character is a digit

Keys = NDArray[np.uint64]


class SitePage(NamedTuple):
    """The labelled segments of one page and the site that it is from; of a story's copies only one is given."""

    site: str
    segments: list[Segment]


class Lines(NamedTuple):
    """The keys of the lines of a batch of pages: the number of each page's site, how many keys it has, and the keys."""

    sites: NDArray[np.int64]
    counts: NDArray[np.int64]
    keys: Keys


class Recurring(NamedTuple):
    """The keys of the lines that recur."""

    keys: frozenset[int]

    def relabel(self, page: SitePage) -> list[Segment]:
        """Return the segments, recurring lines of body and title as chrome with the reason `recurring`."""
        return [
            structs.replace(segment, label="chrome", reason="recurring", score=1.0)
            if segment.label in _KEPT and _key(page.site, segment.clean) in self.keys
            else segment
            for segment in page.segments
        ]


def line_keys(pages: Sequence[SitePage]) -> list[Keys]:
    """Return the keys of the lines of body and title of each page, sorted, each once."""
    kept = [[segment.clean for segment in page.segments if segment.label in _KEPT] for page in pages]
    every = [*chain.from_iterable(kept)]
    plain = chain.from_iterable(_plain(every[n : n + _AT_ONCE]) for n in range(0, len(every), _AT_ONCE))
    sites = [_prefix(page.site) for page in pages]
    return [
        np.array(sorted({xxh3_64_intdigest(site + line) for line in islice(plain, len(lines))}), np.uint64)
        for site, lines in zip(sites, kept, strict=True)
    ]


def find_recurring(pages: Sequence[SitePage]) -> Recurring:
    """Return the lines of body and title that recur on the pages of a site, whatever the order of the pages."""
    sites = {site: number for number, site in enumerate(dict.fromkeys(page.site for page in pages))}
    keys = line_keys(pages)
    batch = Lines(
        sites=np.array([sites[page.site] for page in pages], np.int64),
        counts=np.array([len(found) for found in keys], np.int64),
        keys=np.concatenate([*keys, np.zeros(0, np.uint64)]),
    )
    return Recurring(frozenset(find_recurring_keys(lambda: iter([batch])).tolist()))


def find_recurring_keys(read: Callable[[], Iterable[Lines]]) -> Keys:
    """Return the keys of the lines that recur, sorted; the pages that `read` gives are gone through twice."""
    sketch = np.zeros((2, 1 << _SLOT_BITS), np.uint8)
    stories = np.zeros(0, np.int64)
    for batch in read():
        counts = np.bincount(batch.sites, minlength=len(stories))
        counts[: len(stories)] += stories
        stories = counts
        _count(sketch, batch.keys)
    likely = _Tally()
    for batch in read():
        found = _estimate(sketch, batch.keys) >= _LEAST
        likely.add(batch.keys[found], np.repeat(batch.sites, batch.counts)[found])
    likely.sum_up()
    share = likely.times / stories[likely.sites]
    enough = (share >= _SHARE) | ((likely.times >= _MANY) & (share >= _SHARE_OF_MANY))
    recurring: Keys = likely.keys[enough & (likely.times >= _LEAST)]
    return recurring


class _Tally:
    """How many times each key was given, and its site: keys are sorted once they are summed up."""

    def __init__(self) -> None:
        self.keys, self.sites, self.times = np.zeros(0, np.uint64), np.zeros(0, np.int64), np.zeros(0, np.int64)
        self._waiting: list[tuple[Keys, NDArray[np.int64]]] = []
        self._count = 0

    def add(self, keys: Keys, sites: NDArray[np.int64]) -> None:
        self._waiting.append((keys, sites))
        self._count += len(keys)
        if self._count > max(_WAITING, len(self.keys)):
            self.sum_up()

    def sum_up(self) -> None:
        keys = np.concatenate([self.keys, *(keys for keys, _ in self._waiting)])
        sites = np.concatenate([self.sites, *(sites for _, sites in self._waiting)])
        times = np.concatenate([self.times, np.ones(len(keys) - len(self.times), np.int64)])
        self.keys, first, place = np.unique(keys, return_index=True, return_inverse=True)
        self.sites, self.times = sites[first], np.zeros(len(first), np.int64)
        np.add.at(self.times, place, times)
        self._waiting, self._count = [], 0


def _key(site: str, line: str) -> int:
    return xxh3_64_intdigest(_prefix(site) + _plain([line])[0])


def _prefix(site: str) -> bytes:
    return f"{site}\n".encode("utf-8", "surrogatepass")


def _plain(lines: Sequence[str]) -> list[bytes]:
    """Return lines in lower case and with 0 for each number: counters and dates differ from page to page.

    Many are turned at once, which costs a third; where one holds a line feed, each is turned by itself.
    """
    joined = "\n".join(lines).replace("İ", "İ".lower())  # the only letter whose lower case is longer than itself
    text = joined.lower() if "Σ" in joined else joined  # the only one whose lower case depends on what it stands beside
    codes = _plain_forms().take(np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32))
    zeros = codes == ord("0")
    repeated = np.flatnonzero(zeros[1:] & zeros[:-1]) + 1
    plain = np.delete(codes, repeated).tobytes().decode("utf-32-le", "surrogatepass").encode("utf-8", "surrogatepass")
    parts = plain.split(b"\n") if len(lines) > 1 else [plain] * len(lines)
    return parts if len(parts) == len(lines) else [part for line in lines for part in _plain([line])]


@cache
def _plain_forms() -> NDArray[np.uint32]:
    """Return for each code point its lower case, or 0 where it is a decimal digit of whatever script."""
    forms = np.arange(sys.maxunicode + 1, dtype=np.uint32)
    every = forms[:_PLAIN_FROM].tobytes().decode("utf-32-le", "surrogatepass")
    lowered = every.replace("İ", "i").lower().encode("utf-32-le", "surrogatepass")
    forms[:_PLAIN_FROM] = np.frombuffer(lowered, np.uint32)
    forms[[code for code, one in enumerate(every) if one.isdecimal()]] = ord("0")
    return forms


def _slots(keys: Keys) -> Keys:
    shifts = np.array([[0], [_SLOT_BITS]], np.uint64)
    return (keys >> shifts) & np.uint64((1 << _SLOT_BITS) - 1)


def _count(sketch: NDArray[np.uint8], keys: Keys) -> None:
    for row, slots in zip(sketch, _slots(keys), strict=True):
        places, times = np.unique(slots, return_counts=True)
        row[places] = np.minimum(row[places] + times, 255)


def _estimate(sketch: NDArray[np.uint8], keys: Keys) -> NDArray[np.uint8]:
    first, second = _slots(keys)
    estimate: NDArray[np.uint8] = np.minimum(sketch[0, first], sketch[1, second])
    return estimate
