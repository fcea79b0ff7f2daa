"""Read the articles of a release with what other tables hold of each, side by side where both are in one order."""

from collections import defaultdict
from collections.abc import Iterator
from operator import itemgetter

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from peacetalks._arrow import pa
from peacetalks.curate.ids import Ids, find_ids, find_sorted
from peacetalks.release.known_ids import numbers_of, read_numbers
from peacetalks.release.opened import Opened, Row

_Places = NDArray[np.int64]
_STRAY, _ORPHAN = -1, -2  # a run that is not where its article is, and one without an article
_NO_IDS = np.zeros(0, np.uint64)
_END: tuple[int, int, list[Row]] = (-1, -1, [])


class _Runs(Struct, frozen=True, kw_only=True, eq=False):
    """The rows of one split of a table in runs of the same article: where each starts and ends, and where it goes.

    `article` is the place of its article in the same split, where the run is read as the article is.
    """

    start: _Places
    end: _Places
    article: _Places


def join_articles(
    release: Opened, table: str, *, of_articles: tuple[str, ...], of_rows: tuple[str, ...]
) -> Iterator[tuple[Row, list[Row]]]:
    """Yield each article with its rows of another table, both in file order, by some columns; none is all of them.

    Rows that stand in the split and in the order of their articles are read along with these. The others, of which a
    sound release has none, are looked up in memory.
    """
    ids = {split: read_numbers(release, "articles", "id", split) for split in release.splits("articles")}
    whole, counts = np.unique(np.concatenate([*ids.values(), _NO_IDS]), return_counts=True)
    runs = {
        split: _find_runs(release, table, split, ids.get(split, _NO_IDS), whole[counts == 1], whole)
        for split in release.splits(table)
    }
    strays = _find_strays(release, table, runs, of_rows)
    for split in ids:
        in_order = _read_runs(release, table, split, runs[split], of_rows) if split in runs else iter(())
        place, start, own = next(in_order, _END)
        for number, article in enumerate(release.rows("articles", *of_articles, split=split)):
            found: list[Row] = []
            first = start
            if number == place:
                found = own
                place, start, own = next(in_order, _END)
            if article["id"] in strays:
                placed = [(split, first + n, row) for n, row in enumerate(found)]
                found = [row for _, _, row in sorted([*placed, *strays[article["id"]]], key=itemgetter(0, 1))]
            yield article, found


def _find_runs(release: Opened, table: str, split: str, ids: Ids, once: Ids, known: Ids) -> _Runs:
    """Return the runs of a split, of whose articles `ids` are in the same one, `once` appear once, `known` at all."""
    articles: list[Ids] = [_NO_IDS]
    starts: list[_Places] = [np.zeros(0, np.int64)]
    rows = 0
    last = _NO_IDS
    for _, batch in release.batches(table, "article", split=split):
        numbers = numbers_of(batch["article"])
        goes_on = len(last) and last[0] == numbers[0]
        begins = np.flatnonzero(np.append(not goes_on, numbers[1:] != numbers[:-1]))
        articles.append(numbers[begins])
        starts.append(rows + begins)
        rows += batch.num_rows
        last = numbers[-1:]
    article, start = np.concatenate(articles), np.concatenate(starts)
    place = find_ids(ids, article)  # _STRAY where it is not there
    place[find_sorted(once, article) < 0] = _STRAY
    place[place <= np.append(_STRAY, np.maximum.accumulate(place))[: len(place)]] = _STRAY
    place[find_sorted(known, article) < 0] = _ORPHAN
    return _Runs(start=start, end=np.append(start[1:], rows)[: len(start)], article=place)


def _find_strays(
    release: Opened, table: str, runs: dict[str, _Runs], columns: tuple[str, ...]
) -> dict[str, list[tuple[str, int, Row]]]:
    """Return the rows of runs out of place by their article, each with its split and its number in that."""
    strays: dict[str, list[tuple[str, int, Row]]] = defaultdict(list)
    for split, found in runs.items():
        if not (found.article == _STRAY).any():
            continue
        at = 0
        for _, batch in release.batches(table, *columns, split=split):
            run = np.searchsorted(found.start, np.arange(at, at + batch.num_rows), side="right") - 1
            chosen = np.flatnonzero(found.article[run] == _STRAY)
            for number, row in zip(chosen.tolist(), batch.take(pa.array(chosen)).to_pylist(), strict=True):
                strays[row["article"]].append((split, at + number, row))
            at += batch.num_rows
    return strays


def _read_runs(
    release: Opened, table: str, split: str, runs: _Runs, columns: tuple[str, ...]
) -> Iterator[tuple[int, int, list[Row]]]:
    """Yield each run that is in order: the place of its article, the number of its first row, and its rows."""
    batches = release.batches(table, *columns, split=split)
    held: list[Row] = []
    at = 0  # the number of the first row that is held
    inside = np.flatnonzero(runs.article >= 0)
    for run in inside.tolist():
        place, start, end = (int(column[run]) for column in (runs.article, runs.start, runs.end))
        while at + len(held) < end:
            passed = min(len(held), start - at)
            held = held[passed:] + next(batches)[1].to_pylist()
            at += passed
        yield place, start, held[start - at : end - at]
