"""Find the lines that an outlet repeats from story to story: furniture, whatever they say.

Counting is exact and in bounded memory: the keys of lines are spread over files by their highest bits, so that all of
one key are in one of them, and each file is counted by itself.
"""

import sys
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from functools import cache
from itertools import chain, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np
from msgspec import structs
from numpy.typing import NDArray
from xxhash import xxh3_64_intdigest

from peacetalks._files import naming
from peacetalks.record import Segment

# So many stories of one outlet must carry a line, and that share of its stories; or more of them, and a smaller share.
# Without the smaller share a large outlet would lose its text: each subhead and each sentence of background comes to
# stand in a dozen of a thousand stories.
_LEAST, _SHARE = 3, 0.2
_MANY, _SHARE_OF_MANY = 12, 0.05
_PART_BITS = 6  # of a key, by which it goes to a file: 40 MB of ten million pages, and four times that to count it
_LINE = np.dtype([("key", "<u8"), ("site", "<u4")])
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
    with TemporaryDirectory(prefix="peacetalks-") as folder:
        return Recurring(frozenset(find_recurring_keys([batch], Path(folder)).tolist()))


def find_recurring_keys(batches: Iterable[Lines], folder: Path) -> Keys:
    """Return the keys of the lines that recur, sorted; the caller removes the folder, in which all keys stand."""
    stories = np.zeros(0, np.int64)
    paths = [folder / f"lines-{number}" for number in range(1 << _PART_BITS)]
    with naming(folder), ExitStack() as stack:
        files = [stack.enter_context(path.open("wb")) for path in paths]
        for batch in batches:
            counts = np.bincount(batch.sites, minlength=len(stories))
            counts[: len(stories)] += stories
            stories = counts
            for file, part in zip(files, _parts(batch), strict=True):
                file.write(part.tobytes())
    return np.concatenate([_recurring(np.fromfile(path, _LINE), stories) for path in paths])


def _parts(batch: Lines) -> list[NDArray[np.void]]:
    """Return the lines of a batch by the file that they go to."""
    part = (batch.keys >> np.uint64(64 - _PART_BITS)).astype(np.uint8)
    order = np.argsort(part, kind="stable")
    lines = np.empty(len(order), _LINE)
    lines["key"], lines["site"] = batch.keys[order], np.repeat(batch.sites, batch.counts)[order]
    return np.split(lines, np.cumsum(np.bincount(part, minlength=1 << _PART_BITS))[:-1])


def _recurring(lines: NDArray[np.void], stories: NDArray[np.int64]) -> Keys:
    keys, times = np.unique(lines["key"], return_counts=True)
    keys, times = keys[times >= _LEAST], times[times >= _LEAST]
    # Few are left, and the site of each is that of any line which has it.
    place = np.searchsorted(keys, lines["key"])
    there = np.flatnonzero(keys[np.minimum(place, len(keys) - 1)] == lines["key"]) if len(keys) else place[:0]
    sites = np.zeros(len(keys), np.int64)
    sites[place[there]] = lines["site"][there]
    share = times / stories[sites]
    recurring: Keys = keys[(share >= _SHARE) | ((times >= _MANY) & (share >= _SHARE_OF_MANY))]
    return recurring


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
