"""Say what is kept of each shard, and of the rest why it is not, for those who write the rows of a release."""

from collections.abc import Iterator
from contextlib import ExitStack

import numpy as np
from msgspec import json

from peacetalks._arrow import pa
from peacetalks.assemble.blocks import Kept
from peacetalks.assemble.corpus import DUPLICATE, KEPT, LEAK, OFF_TOPIC, Corpus, Numbers
from peacetalks.assemble.placing import Placed
from peacetalks.curate.column_files import ColumnFile, Mask
from peacetalks.engine.sections import read_section

_REASONS = {DUPLICATE: "duplicate-capture", OFF_TOPIC: "off-topic", LEAK: "split-leak"}


def keep_of_shards(corpus: Corpus, placed: Placed) -> Iterator[Kept]:
    """Yield what is kept of each shard, in order."""
    with _Originals(corpus) as originals:
        for number, pages, rows in corpus.by_number(np.ones(len(corpus), np.bool_)):
            fates = corpus.fate[pages]
            kept, aside = fates == KEPT, np.isin(fates, list(_REASONS))
            own, others = pages[kept], pages[aside]
            copies = originals.of(others[fates[aside] == DUPLICATE])
            yield Kept(
                path=str(corpus.store.path(corpus.shards[number])),
                rows=rows[kept],
                split=placed.split[own],
                temporal=placed.temporal[own],
                cluster=corpus.cluster.take(own),
                record=np.array([placed.record.get(page, 0) for page in own.tolist()], np.uint64),
                aside=rows[aside],
                reasons=[_REASONS[fate] for fate in fates[aside].tolist()],
                details=[copies.get(page) or placed.details.get(page) for page in others.tolist()],
            )


class _Originals:
    """Where the pages come from that others are copies of: a line on disk for each, as there may be many."""

    def __init__(self, corpus: Corpus) -> None:
        self._first = corpus.first
        with ExitStack() as stack:
            self._lines = stack.enter_context((corpus.folder / "sources").open("w+b"))
            self._starts = stack.enter_context(ColumnFile(corpus.folder / "starts", np.uint64, len(corpus)))
            for shard, pages, rows in corpus.by_shard(_copied(corpus)):
                sources = read_section(shard.path, shard.footer, "articles")["source"].take(pa.array(rows))
                lines = [json.encode(source) + b"\n" for source in sources.to_pylist()]
                lengths = np.array([*map(len, lines)], np.uint64)
                self._starts.put(pages, np.uint64(self._lines.tell()) + np.cumsum(lengths) - lengths)
                self._lines.writelines(lines)
            self._stack = stack.pop_all()

    def __enter__(self) -> "_Originals":
        return self

    def __exit__(self, *error: object) -> None:
        """Close the files."""
        self._stack.close()

    def of(self, copies: Numbers) -> dict[int, str]:
        """Return why each of some pages, which are given in order, is a copy."""
        first, places = np.unique(self._first.take(copies), return_inverse=True)
        sources = []
        for start in self._starts.take(first).tolist():
            self._lines.seek(start)
            sources.append(json.decode(self._lines.readline(), type=str))
        return {
            page: f"the same bytes as {sources[place]}"
            for page, place in zip(copies.tolist(), places.tolist(), strict=True)
        }


def _copied(corpus: Corpus) -> Mask:
    """Return which pages others are copies of."""
    found = np.zeros(len(corpus), np.bool_)
    for start, first in corpus.first.blocks():
        found[first[corpus.fate[start : start + len(first)] == DUPLICATE]] = True
    return found
