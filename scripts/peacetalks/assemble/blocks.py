"""Take the rows of a shard that a release keeps, with what the corpus as a whole has found of its pages."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
from msgspec import Raw, Struct
from numpy.typing import NDArray

from peacetalks._arrow import pa
from peacetalks.assemble.runs import Block
from peacetalks.curate.ids import Ids, id_names
from peacetalks.engine.sections import read_footer, read_section
from peacetalks.release.schema import arrow_schema

SPLIT, TEMPORAL = "split", "temporal"  # columns of a block that say where a row goes
_ARTICLES = arrow_schema("articles").names  # a shard has further columns
_EXCLUDED = arrow_schema("excluded")


class Kept(Struct, frozen=True, kw_only=True):
    """What is kept of a shard: rows of articles, with what is known of each, and rows that were set aside since.

    `details` says why of each row that was set aside; None where the shard has the words.
    """

    path: str
    rows: NDArray[np.int64]
    split: NDArray[np.int8]
    temporal: NDArray[np.int8]
    cluster: Ids
    record: Ids
    aside: NDArray[np.int64]
    reasons: list[str]
    details: list[str | None]


def read_block(kept: Kept, gone: pa.Array) -> Block:
    """Return the rows of a shard: those of what is kept, and those of what was set aside but for what is `gone`."""
    path = Path(kept.path)
    footer, _ = read_footer(path, Raw)
    articles = read_section(path, footer, "articles")
    counts = read_section(path, footer, "pages").select(["segments", "mentions"])
    own = {"articles": _patched(articles.select(_ARTICLES).take(pa.array(kept.rows)), kept)}
    for name in ("segments", "mentions"):
        rows = _rows_of(counts[name].to_numpy().astype(np.int64), kept.rows)
        splits = np.repeat(kept.split, counts[name].to_numpy()[kept.rows])
        table = read_section(path, footer, name).take(pa.array(rows))
        own[name] = table.append_column(SPLIT, pa.array(splits))
    excluded = pa.concat_tables([read_section(path, footer, "excluded"), *_set_aside(articles, kept)])
    if len(gone):
        excluded = excluded.filter(pc.invert(pc.is_in(excluded["id"], value_set=gone)))
    return {**own, "excluded": excluded}


def tombstones(gone: list[str]) -> pa.Table:
    """Return the rows of what was taken down: that it was, and nothing of it."""
    rows = [
        {"id": name, "source": "-", "reason": "taken-down", "detail": "taken down on request, with its copies"}
        for name in gone
    ]
    return pa.Table.from_pylist(rows, schema=_EXCLUDED)


def _patched(articles: pa.Table, kept: Kept) -> pa.Table:
    """Return the articles with what is known of them by now: cluster and record, and where they go."""
    records = np.where(kept.record == 0, None, id_names(kept.record).to_numpy(zero_copy_only=False))
    columns = {"cluster": id_names(kept.cluster), "record": pa.array(records, pa.string())}
    for name, values in columns.items():
        at = articles.schema.get_field_index(name)
        articles = articles.set_column(at, articles.schema.field(at), values)
    return articles.append_column(SPLIT, pa.array(kept.split)).append_column(TEMPORAL, pa.array(kept.temporal))


def _set_aside(articles: pa.Table, kept: Kept) -> Iterator[pa.Table]:
    if not len(kept.aside):
        return
    rows = articles.take(pa.array(kept.aside))
    details = pc.coalesce(pa.array(kept.details, pa.string()), rows["evidence"])
    yield pa.table([rows["id"], rows["source"], pa.array(kept.reasons, pa.string()), details], schema=_EXCLUDED)


def _rows_of(counts: NDArray[np.int64], owners: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the rows that belong to some owners, whose rows stand one after the other."""
    starts = np.cumsum(counts) - counts
    lengths = counts[owners]
    offsets = np.cumsum(lengths) - lengths
    found: NDArray[np.int64] = np.repeat(starts[owners] - offsets, lengths) + np.arange(int(lengths.sum()))
    return found
