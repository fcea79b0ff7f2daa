"""Compare what was read off each page with what the catalogue has of it: what agrees, what differs, what is untold."""

import datetime
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import Literal

import pyarrow.compute as pc
from msgspec import Struct

from peacetalks._arrow import pa
from peacetalks.record import CatalogueRow, ConferenceRow
from peacetalks.registry.gazetteer import edtf_days
from peacetalks.release.tables import Tables, as_records, records_of

Topic = Literal["date", "agency", "language", "outlet", "conferences", "series"]
Verdict = Literal["agrees", "differs", "taken", "unread"]
TOPICS: tuple[Topic, ...] = ("date", "agency", "language", "outlet", "conferences", "series")
VERDICTS: tuple[Verdict, ...] = ("agrees", "differs", "taken", "unread")


class Comparison(Struct, frozen=True, kw_only=True):
    """One fact of one record beside what the program read off its page.

    `verdict` is taken where the article has the fact from the record, and unread where the page was found to tell none.
    Of conferences and series, each that the record has is compared by itself; what the article has beyond these is no
    difference, for the record rests on the beginning of the page alone.
    """

    article: str
    record: str
    url: str
    outlet: str | None
    topic: Topic
    verdict: Verdict
    read: str | None
    known: str


class _Read(Struct, frozen=True):
    """What an article says of the facts that a record has."""

    id: str
    published_edtf: str | None
    published_basis: str
    agency: str | None
    language: str
    outlet: str | None
    conferences: list[str]


class _Named(Struct, frozen=True):
    """The article of a mention, and the series that it names."""

    article: str
    series: str


class Linked(Struct):
    """What the articles of records say of their facts; parts of a release are added in any order.

    `articles` and the `series` that each names are by its id.
    """

    articles: dict[str, _Read] = {}
    series: dict[str, set[str]] = {}
    events: list[ConferenceRow] = []
    records: list[CatalogueRow] = []

    def add(self, tables: Tables) -> None:
        """Take in a part, which holds all rows of its articles."""
        for split, table in tables.get("articles", {}).items():
            if "record" not in table.column_names:
                continue
            linked = table.filter(table["record"].is_valid())
            if linked.num_rows:
                self._add(linked, tables["mentions"].get(split))
        self.events += records_of(tables, "conferences", ConferenceRow)
        self.records += records_of(tables, "catalogue", CatalogueRow)

    def join(self, other: "Linked") -> None:
        """Take in what another one has found."""
        self.articles |= other.articles
        for article, series in other.series.items():
            self.series.setdefault(article, set()).update(series)
        self.events += other.events
        self.records += other.records

    def compare(self) -> list[Comparison]:
        """Return the comparisons of all articles whose page is in the catalogue, by outlet and article."""
        series = {name: set(found) for name, found in self.series.items()}
        for event in self.events:
            for article in self.articles.values():
                if event.id in article.conferences:
                    series.setdefault(article.id, set()).add(event.series)
        found: list[Comparison] = []
        for row in self.records:
            if row.article in self.articles:
                found += _compare(self.articles[row.article], row, series.get(row.article, set()))
        return sorted(found, key=lambda one: (one.outlet or "", one.article, TOPICS.index(one.topic), one.known))

    def _add(self, articles: pa.Table, mentions: pa.Table | None) -> None:
        self.articles |= {row.id: row for row in as_records(articles.select(_Read.__struct_fields__), _Read)}
        if mentions is not None:
            own = pc.is_in(mentions["article"], value_set=articles["id"].combine_chunks())
            named = mentions.filter(pc.and_(own, mentions["series"].is_valid()))
            for row in as_records(named.select(_Named.__struct_fields__), _Named):
                self.series.setdefault(row.article, set()).add(row.series)


def compare_records(tables: Tables) -> list[Comparison]:
    """Return the comparisons of all articles whose page is in the catalogue, by outlet and article."""
    linked = Linked()
    linked.add(tables)
    return linked.compare()


def count_verdicts(comparisons: Iterable[Comparison]) -> dict[str, int]:
    """Return how often each verdict was given on each topic, as "date agrees" and so on; none that never was."""
    counts = Counter((one.topic, one.verdict) for one in comparisons)
    return {f"{t} {v}": counts[t, v] for t in TOPICS for v in VERDICTS if counts[t, v]}


def by_outlet(comparisons: Iterable[Comparison]) -> dict[str, dict[str, int]]:
    """Return the counts of each outlet, those with most pages first; `unknown` are the pages of no known outlet."""
    groups: dict[str, list[Comparison]] = defaultdict(list)
    for one in comparisons:
        groups[one.outlet or "unknown"].append(one)
    pages = {name: len({one.article for one in group}) for name, group in groups.items()}
    ordered = sorted(groups, key=lambda name: (-pages[name], name))
    return {name: {"pages": pages[name], **count_verdicts(groups[name])} for name in ordered}


def _compare(article: _Read, row: CatalogueRow, series: set[str]) -> Iterator[Comparison]:
    def say(topic: Topic, verdict: Verdict, read: str | None, known: str) -> Comparison:
        return Comparison(
            article=article.id,
            record=row.id,
            url=row.url,
            outlet=row.outlet,
            topic=topic,
            verdict=verdict,
            read=read,
            known=known,
        )

    if row.published_edtf is not None:
        read = article.published_edtf
        verdict: Verdict = "unread" if read is None else "agrees" if _overlap(read, row.published_edtf) else "differs"
        yield say("date", "taken" if article.published_basis == "catalogue" else verdict, read, row.published_edtf)
    single: tuple[tuple[Topic, str | None, str | None], ...] = (
        ("agency", article.agency, row.agency),
        ("language", article.language.partition("-")[0], row.language.partition("-")[0]),
        ("outlet", article.outlet, row.outlet),
    )
    for topic, was_read, known in single:
        if known is not None:
            yield say(topic, "unread" if was_read is None else _verdict(known == was_read), was_read, known)
    conferences = ", ".join(article.conferences) or None
    for name in row.conferences:
        yield say("conferences", _verdict(name in article.conferences), conferences, name)
    for name in row.series:
        yield say("series", _verdict(name in series), ", ".join(sorted(series)) or None, name)


def _verdict(agrees: bool) -> Verdict:  # noqa: FBT001  it is the question itself
    return "agrees" if agrees else "differs"


def _overlap(one: str, other: str) -> bool:
    days: list[tuple[datetime.date, datetime.date]] = [edtf_days(one), edtf_days(other)]
    return days[0][0] <= days[1][1] and days[1][0] <= days[0][1]
