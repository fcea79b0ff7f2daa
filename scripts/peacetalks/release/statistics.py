"""Count what a release holds: the numbers of the card, the datasheet and the build's summary."""

import datetime
from collections import Counter
from collections.abc import Iterable

from msgspec import Struct

from peacetalks.curate.ledger import SPLITS
from peacetalks.record import Article, CatalogueRow, ConferenceRow, Excluded, OutletRow, SegmentRow, Split
from peacetalks.release.agreement import compare_records, count_verdicts
from peacetalks.release.tables import Rows

Counts = dict[str, int]  # most frequent first


class Event(Struct, frozen=True, kw_only=True):
    """A conference that articles mention: its name, its first day, and how often it is mentioned."""

    name: str
    start: datetime.date
    mentions: int


class Known(Struct, frozen=True, kw_only=True):
    """The numbers of the catalogue: its records by split, year, language, country of the outlet, kind and conference.

    `undated` have no year; `unplaced` have no outlet; `texts` have an article in the release, and `agreement` counts
    what the two say of the same page.
    """

    records: dict[Split, int] = {}
    hosts: int = 0
    undated: int = 0
    unplaced: int = 0
    texts: int = 0
    years: Counts = {}
    languages: Counts = {}
    countries: Counts = {}
    kinds: Counts = {}
    conferences: Counts = {}
    events: list[Event] = []
    agreement: Counts = {}


class Statistics(Struct, frozen=True, kw_only=True):
    """The numbers of a release; `first` and `last` bound the known publication days.

    `months` counts articles by month (YYYY-MM) and outlet, `chrome` the characters labelled so and all, by outlet.
    """

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
    months: dict[str, Counts] = {}
    events: list[Event] = []
    chrome: dict[str, tuple[int, int]] = {}
    outlet_names: dict[str, str] = {}
    rights: Counts = {}
    known: Known = Known()


def describe(rows: Rows) -> Statistics:
    """Return the numbers of the rows of a release."""
    articles = [row for split in rows["articles"].values() for row in split if isinstance(row, Article)]
    segments = [row for split in rows["segments"].values() for row in split if isinstance(row, SegmentRow)]
    events = [row for row in rows["conferences"]["train"] if isinstance(row, ConferenceRow)]
    outlet_of = {article.id: article.outlet or "unknown" for article in articles}
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
        months=_by_month(articles),
        events=_events(articles, events),
        chrome=_chrome(segments, outlet_of),
        outlet_names={
            row.id: row.name
            for row in rows["outlets"]["train"]
            if isinstance(row, OutletRow) and row.id in outlet_of.values()
        },
        rights=_count(article.rights for article in articles),
        known=_known(rows, events),
    )


def _known(rows: Rows, events: Iterable[ConferenceRow]) -> Known:
    found = {split: rows.get("catalogue", {}).get(split, []) for split in SPLITS}
    records = [row for part in found.values() for row in part if isinstance(row, CatalogueRow)]
    country_of = {row.id: row.country for row in rows["outlets"]["train"] if isinstance(row, OutletRow)}
    years = _count(row.published_edtf[:4] for row in records if row.published_edtf)
    conferences = _count(name for row in records for name in row.conferences)
    spoken = [
        Event(name=row.name, start=row.start, mentions=conferences[row.id]) for row in events if row.id in conferences
    ]
    return Known(
        records={split: len(part) for split, part in found.items() if part},
        hosts=len({row.host for row in records}),
        undated=sum(row.published_edtf is None for row in records),
        unplaced=sum(row.outlet is None for row in records),
        texts=sum(row.article is not None for row in records),
        years=dict(sorted(years.items())),
        languages=_count(row.language for row in records),
        countries=_count(country_of.get(row.outlet or "") or "unknown" for row in records),
        kinds=_count(row.kind for row in records),
        conferences=conferences,
        events=sorted(spoken, key=lambda event: (event.start, event.name)),
        agreement=count_verdicts(compare_records(rows)),
    )


def _by_month(articles: Iterable[Article]) -> dict[str, Counts]:
    months: dict[str, list[str]] = {}
    for row in articles:
        if row.published:
            months.setdefault(row.published.isoformat()[:7], []).append(row.outlet or "unknown")
    return {month: _count(months[month]) for month in sorted(months)}


def _events(articles: Iterable[Article], events: Iterable[ConferenceRow]) -> list[Event]:
    mentions = Counter(mention.conference for article in articles for mention in article.mentions)
    found = [Event(name=row.name, start=row.start, mentions=mentions[row.id]) for row in events if mentions[row.id]]
    return sorted(found, key=lambda event: (event.start, event.name))


def _chrome(segments: Iterable[SegmentRow], outlet_of: dict[str, str]) -> dict[str, tuple[int, int]]:
    chrome: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for segment in segments:
        total[outlet_of[segment.article]] += len(segment.clean)
        chrome[outlet_of[segment.article]] += len(segment.clean) if segment.label == "chrome" else 0
    return {outlet: (chrome[outlet], total[outlet]) for outlet in sorted(total)}


def _count(values: Iterable[str]) -> Counts:
    return dict(sorted(Counter(values).items(), key=lambda item: (-item[1], item[0])))


def _nulls(rows: Iterable[Struct]) -> Counts:
    nulls: Counter[str] = Counter()
    for row in rows:
        for name in row.__struct_fields__:
            nulls[name] += getattr(row, name) is None
    return dict(nulls)
