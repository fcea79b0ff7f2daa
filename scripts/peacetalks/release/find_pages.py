"""Find the capture of each article of a stand-off edition: the same bytes, the same words, or most of its body."""

from array import array
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from peacetalks._arrow import pa
from peacetalks.clean.segments import tile
from peacetalks.curate.ids import Ids, find_sorted
from peacetalks.record import ArticleId, Capture, Digest, StandoffArticle, StandoffSegment
from peacetalks.release.batches import BARE_PART, ID_COLUMNS, read_parts, read_sound
from peacetalks.release.kept_captures import KeptCaptures, Shelf, as_numbers, digest_number
from peacetalks.release.known_ids import last_of_each, numbers_of
from peacetalks.release.standoff import as_rows, convert_rows, short_hash
from peacetalks.release.tables import Tables, all_rows
from peacetalks.release.versions import find_data

_SHARED = 0.5  # of the words of the body, by paragraphs, that a page must still have to be taken for the article's
_NONE = -1


class Page(Struct, frozen=True, kw_only=True):
    """The capture of an article, and how it was found."""

    capture: Capture
    why: str


class Pages(Struct, frozen=True, kw_only=True, eq=False):
    """The articles of an edition, sorted by id, and the place of the capture of each among those kept; _NONE without.

    `share` is how much of its body a page has that was found by that; it is no number where the page was found as such.
    """

    kept: KeptCaptures
    ids: Ids
    capture: NDArray[np.int64]
    share: NDArray[np.float64]

    @property
    def missing(self) -> int:
        """How many articles have no capture."""
        return int((self.capture == _NONE).sum())

    def are_found(self, names: Sequence[str]) -> list[bool]:
        """Return which of these are articles with a capture."""
        found: list[bool] = (np.append(self.capture, _NONE)[self._places(names)] != _NONE).tolist()
        return found

    def read(self, names: Sequence[str]) -> Iterator[Page | None]:
        """Yield the page of each of these articles, None where none was found."""
        for place in self._places(names).tolist():
            if self.capture[place] == _NONE:
                yield None
                continue
            share = self.share[place]
            yield Page(
                capture=self.kept.read(int(self.capture[place])),
                why="the program repairs or labels it otherwise now"
                if np.isnan(share)
                else f"the page has changed; {share:.0%} of its text is as it was",
            )

    def _places(self, names: Sequence[str]) -> NDArray[np.int64]:
        return find_sorted(self.ids, numbers_of(pa.chunked_array([pa.array(names, pa.string())])))


class _Key(Struct, frozen=True):
    id: ArticleId
    capture_sha256: Digest


class _Best(Struct):
    """The most alike page of an article so far."""

    rank: tuple[float, bool, int] = (-1.0, False, 0)
    capture: int = _NONE


def find_pages(standoff: Path, kept: KeptCaptures) -> Pages:
    """Return the page of each article that the captures hold; ReleaseError where the edition can't be read."""
    ids, digests = _read_keys(standoff)
    by_id, by_digest = (_last(known, wanted) for known, wanted in ((kept.ids, ids), (kept.digests, digests)))
    capture = np.where(by_id == _NONE, by_digest, by_id)
    pages = Pages(kept=kept, ids=ids, capture=capture, share=np.full(len(ids), np.nan))
    spare = np.flatnonzero(~np.isin(kept.ids, kept.ids[capture[capture != _NONE]]))
    if pages.missing and len(spare):
        for name, best in _most_alike(standoff, pages, spare):
            place = np.searchsorted(ids, np.uint64(int(name, 16)))
            pages.capture[place], pages.share[place] = best.capture, best.rank[0]
    return pages


def _read_keys(standoff: Path) -> tuple[Ids, Ids]:
    """Return the ids of the articles, sorted, each once, and the numbers of the digests of their captures."""
    ids, digests = array("Q"), array("Q")
    for (name, _), paths in find_data(standoff).items():
        if name != "articles":
            continue
        for batch in read_sound(paths, ("id", "capture_sha256")):
            for key in convert_rows(batch, _Key, name, standoff):
                ids.append(int(key.id, 16))
                digests.append(digest_number(key.capture_sha256))
    known = as_numbers(ids)
    last = last_of_each(known)
    return known[last], as_numbers(digests)[last]


def _last(known: Ids, wanted: Ids) -> NDArray[np.int64]:
    """Return where each wanted number stands last among the known ones, _NONE where it does not."""
    last = last_of_each(known)
    return np.append(last, _NONE)[find_sorted(known[last], wanted)]


def _most_alike(standoff: Path, pages: Pages, spare: NDArray[np.int64]) -> Iterator[tuple[str, _Best]]:
    """Yield each article without a page for which one of the spare captures can be taken, and the one that is."""
    kept = pages.kept
    gone = pages.ids[pages.capture == _NONE]
    with closing(Shelf(kept.folder / "lines")) as shelf:
        for number in spare.tolist():
            capture = kept.read(number)
            lines = [segment.clean for segment in tile(capture.text)]
            shelf.add(msgspec.msgpack.encode((capture.url, lines)))
        for part in read_parts(standoff, BARE_PART):
            rows = as_rows(_chosen(part, gone), standoff, "standoff")
            bodies: dict[str, dict[str, int]] = defaultdict(dict)
            for row in all_rows(rows, "segments", StandoffSegment):
                if row.label == "body":
                    bodies[row.article][row.clean_hash] = row.clean_length
            urls = {row.id: row.url for row in all_rows(rows, "articles", StandoffArticle)}
            found = {name: _Best() for name in urls}
            for place, number in enumerate(spare.tolist() if found else ()):
                url, lines = msgspec.msgpack.decode(shelf.read(place), type=tuple[str | None, list[str]])
                for name, best in found.items():
                    share = _share(name, bodies[name], lines)
                    rank = (share, url is not None and url == urls[name], int(kept.ids[number]))
                    if rank > best.rank:
                        best.rank, best.capture = rank, number
            yield from ((name, best) for name, best in found.items() if best.rank[0] >= _SHARED)


def _chosen(part: Tables, articles: Ids) -> Tables:
    """Return the rows of some articles, and of their segments."""
    return {
        name: {
            split: table.filter(pa.array(np.isin(numbers_of(table[ID_COLUMNS[name]]), articles)))
            for split, table in part[name].items()
        }
        for name in ("articles", "segments")
    }


def _share(article: str, body: dict[str, int], lines: Sequence[str]) -> float:
    there = {short_hash(article, line) for line in lines}
    total = sum(body.values())
    return sum(length for key, length in body.items() if key in there) / total if total else 0.0
