"""Count what a release holds: the numbers of the card, the datasheet and the build's summary."""

import datetime
from collections import Counter
from collections.abc import Iterable

from msgspec import Struct

from peacetalks.curate.splits import SPLITS
from peacetalks.record import Article, ConferenceRow, Excluded, Segment, Split
from peacetalks.release.tables import Rows

Counts = dict[str, int]  # most frequent first


class Statistics(Struct, frozen=True, kw_only=True):
    """The numbers of a release; `first` and `last` bound the known publication days."""

    articles: dict[Split, int]
    words: int
    first: datetime.date | None
    last: datetime.date | None
    undated: int
    gold: int
    clusters: int
    languages: Counts
    outlets: Counts
    agencies: Counts
    labels: Counts
    mentions: int
    conferences: Counts
    gazetteer: int
    low_confidence: int
    excluded: Counts
    nulls: dict[str, Counts]


def describe(rows: Rows) -> Statistics:
    """Return the numbers of the rows of a release."""
    articles = [row for split in rows["articles"].values() for row in split if isinstance(row, Article)]
    segments = [row for split in rows["segments"].values() for row in split if isinstance(row, Segment)]
    events = [row for row in rows["conferences"]["train"] if isinstance(row, ConferenceRow)]
    days = [article.published for article in articles if article.published]
    return Statistics(
        articles={split: len(rows["articles"][split]) for split in SPLITS if split in rows["articles"]},
        words=sum(article.words for article in articles),
        first=min(days, default=None),
        last=max(days, default=None),
        undated=len(articles) - len(days),
        gold=sum(article.annotation == "gold" for article in articles),
        clusters=len({article.cluster for article in articles}),
        languages=_count(article.language for article in articles),
        outlets=_count(article.outlet or "unknown" for article in articles),
        agencies=_count(article.agency or "none" for article in articles),
        labels=_count(segment.label for segment in segments),
        mentions=sum(len(article.mentions) for article in articles),
        conferences=_count(name for article in articles for name in article.conferences),
        gazetteer=len(events),
        low_confidence=sum("low" in (event.start_confidence, event.end_confidence) for event in events),
        excluded=_count(row.reason for row in rows["excluded"]["train"] if isinstance(row, Excluded)),
        nulls={name: _nulls(row for split in found.values() for row in split) for name, found in rows.items()},
    )


def _count(values: Iterable[str]) -> Counts:
    return dict(sorted(Counter(values).items(), key=lambda item: (-item[1], item[0])))


def _nulls(rows: Iterable[Struct]) -> Counts:
    nulls: Counter[str] = Counter()
    for row in rows:
        for name in row.__struct_fields__:
            nulls[name] += getattr(row, name) is None
    return dict(nulls)
