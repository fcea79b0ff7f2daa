"""What of a corpus is read page by page after all: pages that have gold, and the first that were set aside."""

from collections.abc import Iterator
from itertools import islice

import numpy as np

from peacetalks._arrow import pa
from peacetalks.assemble.corpus import EMPTIED, KEPT, OFF_TOPIC, Corpus
from peacetalks.engine.decode import Alone, read_alone
from peacetalks.engine.sections import read_section
from peacetalks.record import Gold


def gold_cases(corpus: Corpus, gold: dict[str, Gold]) -> list[tuple[Gold, *Alone]]:
    """Return the gold of each kept page that has some, with what the program would have made of the page."""
    found = []
    for shard, _, rows in corpus.by_shard(corpus.kept & corpus.gold):
        articles = read_section(shard.path, shard.footer, "articles").take(pa.array(rows))
        for name, packed in zip(articles["id"].to_pylist(), articles["alone"].to_pylist(), strict=True):
            found.append((gold[name], *read_alone(packed)))
    return found


def first_reasons(corpus: Corpus, count: int = 5) -> str:
    """Return why the first pages were set aside, in words."""
    return "; ".join(islice(_reasons(corpus), count))


def count_set_aside(corpus: Corpus) -> int:
    """Return how many captures did not become articles so far."""
    emptied = np.count_nonzero(corpus.fate == EMPTIED)  # which their shard has among its excluded
    return sum(corpus.set_aside) + int(np.count_nonzero(corpus.fate != KEPT) - emptied)


def _reasons(corpus: Corpus) -> Iterator[str]:
    for shard in map(corpus.open, corpus.shards):
        for row in read_section(shard.path, shard.footer, "excluded").to_pylist():
            yield f"{row['source']}: {row['reason']}, {row['detail']}"
    for shard, _, rows in corpus.by_shard(corpus.fate == OFF_TOPIC):
        for row in read_section(shard.path, shard.footer, "articles").take(pa.array(rows)).to_pylist():
            yield f"{row['source']}: off-topic, {row['evidence']}"
