"""The tables of a shard, each built a column at a time from all its pages."""

import json
from collections.abc import Sequence
from itertools import chain
from operator import attrgetter

import msgspec
import numpy as np
from msgspec import Struct, to_builtins

from peacetalks._arrow import pa
from peacetalks.curate.takedowns import text_digest
from peacetalks.engine.page import Page
from peacetalks.record import Article, Capture
from peacetalks.release.parquet import to_column, to_table
from peacetalks.release.schema import arrow_schema
from peacetalks.release.tables import mention_sentences

_EXTRA = [("capture", pa.string()), ("evidence", pa.string()), ("alone", pa.binary()), ("text_digest", pa.string())]
EXTRA = [name for name, _ in _EXTRA]  # columns of a shard's articles that no release has
ARTICLES = pa.schema([*arrow_schema("articles"), *(pa.field(*column) for column in _EXTRA)])
_OF_ARTICLE = {"article": "id", "published": "published", "outlet": "outlet", "language": "language"}


def article_table(pages: Sequence[Page]) -> pa.Table:
    """Return a row a page, with what later steps need of it beside the release's columns."""
    table = to_table("articles", [page.article for page in pages])
    extra = (
        [_pack(page.capture) for page in pages],
        [page.evidence for page in pages],
        [msgspec.json.encode(page.alone) if page.alone else None for page in pages],
        [text_digest(page.article.text) for page in pages],
    )
    columns = [pa.array(values, kind) for values, (_, kind) in zip(extra, _EXTRA, strict=True)]
    return pa.Table.from_arrays([*table.columns, *columns], schema=ARTICLES)


def segment_table(pages: Sequence[Page]) -> pa.Table:
    """Return a row a segment of the pages, which tile their captures: where one ends the next one starts."""
    parts = [page.segments for page in pages]
    counts = np.array([*map(len, parts)], np.int64)
    ends = np.fromiter(map(attrgetter("end"), chain.from_iterable(parts)), np.int32, counts.sum())
    numbers = np.arange(len(ends)) - np.repeat(np.cumsum(counts) - counts, counts)
    starts = np.where(numbers == 0, 0, np.roll(ends, 1))
    known = {name: pa.array(values, pa.int32()) for name, values in (("n", numbers), ("start", starts), ("end", ends))}
    return _table_of_parts("segments", [page.article for page in pages], parts, known)


def mention_table(articles: Sequence[Article]) -> pa.Table:
    """Return a row a mention of the articles."""
    sentences = [sentence for article in articles for sentence in mention_sentences(article)]
    mentions = [article.mentions for article in articles]
    return _table_of_parts("mentions", articles, mentions, {"sentence": pa.array(sentences, pa.string())})


def _table_of_parts(
    name: str, articles: Sequence[Article], parts: Sequence[Sequence[Struct]], known: dict[str, pa.Array]
) -> pa.Table:
    """Return the table of that name: a row a part of each article, with columns of the article and columns known."""
    rows = [*chain.from_iterable(parts)]
    owners = pa.array(np.repeat(np.arange(len(articles)), [*map(len, parts)]))

    def column(field: pa.Field) -> pa.Array:
        if field.name in known:
            return known[field.name]
        if field.name in _OF_ARTICLE:
            return to_column(articles, _OF_ARTICLE[field.name], field.type).take(owners)
        return to_column(rows, field.name, field.type)

    schema = arrow_schema(name)
    return pa.Table.from_arrays([column(field) for field in schema], schema=schema)


def _pack(capture: Capture) -> str:
    """Return what a capture says beside its text, in ASCII: what a page states of itself may be no valid Unicode."""
    kept = {name: getattr(capture, name) for name in ("encoding", "url", "captured", "facts")}
    return json.dumps(to_builtins(kept))
