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


def excluded_rows(
    corpus: Corpus, placed: Placed, shard: Finished, pages: Numbers, articles: pa.Table, gone: pa.Array
) -> pa.Table:
    """Return the rows of one shard: those that its work set aside, and those of its pages that steps set aside since.

    `pages` are all that stand in the shard, `articles` its rows. What was taken down, `gone`, is left out.
    """
    parts = [read_section(shard.path, shard.footer, "excluded")]
    aside = pages[np.isin(corpus.fate[pages], list(_REASONS))]
    if len(aside):
        rows = articles.take(pa.array(corpus.row[aside]))
        evidence = rows["evidence"].to_pylist()
        details = [_detail(corpus, placed, page, found) for page, found in zip(aside.tolist(), evidence, strict=True)]
        reasons = [_REASONS[fate] for fate in corpus.fate[aside].tolist()]
        columns = [rows["id"], rows["source"], pa.array(reasons, pa.string()), pa.array(details, pa.string())]
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


def _detail(corpus: Corpus, placed: Placed, page: int, evidence: str) -> str:
    if corpus.fate[page] == DUPLICATE:
        return f"the same bytes as {source_of(corpus, int(corpus.first[page]))}"
    return evidence if corpus.fate[page] == OFF_TOPIC else placed.details[page]


def source_of(corpus: Corpus, page: int) -> str:
    """Return where a page came from."""
    shard = corpus.shards[corpus.shard[page]]
    return str(read_section(shard.path, shard.footer, "articles")["source"][int(corpus.row[page])].as_py())
