"""The rows of `excluded`: every capture that did not become an article of the release, with its reason."""

from collections.abc import Sequence

import numpy as np
import pyarrow.compute as pc

from peacetalks._arrow import pa
from peacetalks.assemble.corpus import DUPLICATE, LEAK, OFF_TOPIC, Corpus, Numbers
from peacetalks.assemble.placing import Placed
from peacetalks.engine.finish import Finished
from peacetalks.engine.sections import read_section
from peacetalks.release.schema import arrow_schema

_REASONS = {DUPLICATE: "duplicate-capture", OFF_TOPIC: "off-topic", LEAK: "split-leak"}
SCHEMA = arrow_schema("excluded")


class Details:
    """Why pages were set aside, in words."""

    def __init__(self, corpus: Corpus, placed: Placed) -> None:
        self._corpus, self._placed = corpus, placed
        firsts = np.unique(corpus.first[corpus.fate == DUPLICATE]).astype(np.int64)
        self._first_sources: dict[int, str] = {}
        for shard, pages in corpus.by_shard(firsts):  # once a shard: a copy may be of any
            sources = read_section(shard.path, shard.footer, "articles")["source"].take(pa.array(corpus.row[pages]))
            self._first_sources |= zip(pages.tolist(), sources.to_pylist(), strict=True)

    def of(self, page: int, evidence: str) -> str:
        """Return why a page is none of the articles; `evidence` is what speaks for or against its topic."""
        fate = self._corpus.fate[page]
        if fate == DUPLICATE:
            return f"the same bytes as {self._first_sources[int(self._corpus.first[page])]}"
        return evidence if fate == OFF_TOPIC else self._placed.details[page]


def excluded_rows(
    corpus: Corpus, details: Details, shard: Finished, pages: Numbers, articles: pa.Table, gone: pa.Array
) -> pa.Table:
    """Return the rows of one shard: those that its work set aside, and those of its pages that steps set aside since.

    `pages` are all that stand in the shard, `articles` its rows. What was taken down, `gone`, is left out.
    """
    parts = [read_section(shard.path, shard.footer, "excluded")]
    aside = pages[np.isin(corpus.fate[pages], list(_REASONS))]
    if len(aside):
        rows = articles.take(pa.array(corpus.row[aside]))
        evidence = rows["evidence"].to_pylist()
        why = [details.of(page, found) for page, found in zip(aside.tolist(), evidence, strict=True)]
        reasons = [_REASONS[fate] for fate in corpus.fate[aside].tolist()]
        columns = [rows["id"], rows["source"], pa.array(reasons, pa.string()), pa.array(why, pa.string())]
        parts.append(pa.table(columns, schema=SCHEMA))
    table = pa.concat_tables(parts)
    return table.filter(pc.invert(pc.is_in(table["id"], value_set=gone))) if len(gone) else table


def tombstones(gone: Sequence[str]) -> pa.Table:
    """Return the rows of what was taken down: that it was, and nothing of it."""
    rows = [
        {"id": name, "source": "-", "reason": "taken-down", "detail": "taken down on request, with its copies"}
        for name in gone
    ]
    return pa.Table.from_pylist(rows, schema=SCHEMA)
