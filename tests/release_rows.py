"""The rows of a release whose articles a test has at hand."""

from collections.abc import Iterable

from msgspec import structs

from peacetalks.record import Article, CatalogueRow, Segment, SegmentRow, Split
from peacetalks.registry.gazetteer import load_gazetteer
from peacetalks.registry.outlets import load_outlets
from peacetalks.release.tables import Rows, mention_rows, vocabulary_rows


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
