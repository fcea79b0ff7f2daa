"""The rows of a release whose articles a test has at hand, and tables that it reads or changes as a whole."""

from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
from msgspec import structs

from peacetalks._files import replacing
from peacetalks.record import Article, CatalogueRow, Segment, SegmentRow, Split
from peacetalks.registry.gazetteer import load_gazetteer
from peacetalks.registry.outlets import load_outlets
from peacetalks.release.lines import RowsDigest
from peacetalks.release.parquet import open_writer, write_rows
from peacetalks.release.statistics import Counting, Statistics
from peacetalks.release.tables import Rows, Tables, mention_rows, vocabulary_rows


def build_rows(
    articles: Iterable[Article],
    segments: dict[str, list[Segment]],
    splits: dict[str, Split],
    temporal: dict[str, Split],
    catalogue: dict[Split, list[CatalogueRow]],
) -> Rows:
    """Return the rows of every table by split; segments, splits and temporal splits are by article id."""
    rows: Rows = {"articles": {}, "mentions": {}, "segments": {}, "temporal": {}}
    for article in sorted(articles, key=lambda row: row.id):
        split = splits[article.id]
        if article.id in temporal:
            rows["temporal"].setdefault(temporal[article.id], []).append(article)
        rows["articles"].setdefault(split, []).append(article)
        rows["mentions"].setdefault(split, []).extend(mention_rows(article))
        rows["segments"].setdefault(split, []).extend(
            SegmentRow(article=article.id, **structs.asdict(segment)) for segment in segments[article.id]
        )
    rows["catalogue"] = {split: [*found] for split, found in catalogue.items()}
    return rows | vocabulary_rows(load_gazetteer(), load_outlets()) | {"excluded": {"train": []}}


def describe(tables: Tables) -> Statistics:
    """Return the numbers of the tables of a release."""
    counting = Counting()
    counting.add(tables)
    return counting.finish()


def digest_tables(tables: Iterable[pa.Table]) -> str:
    """Return the digest of all rows of the splits of a table."""
    digest = RowsDigest(Path(), "")
    digest.add([*tables])
    return digest.finish()


def write_table(table: pa.Table, path: Path) -> None:
    """Write a table to a file of its own, as a release would have it."""
    with replacing(path) as file, open_writer(file, table.schema) as writer:
        write_rows(writer, table)
