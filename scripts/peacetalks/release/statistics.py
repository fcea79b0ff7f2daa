"""Count what a release holds: the numbers of the card, the datasheet and the build's summary."""

import datetime
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
import pyarrow.compute as pc
from msgspec import Struct, field
from numpy.typing import NDArray

from peacetalks._arrow import pa
from peacetalks.curate.ids import id_numbers
from peacetalks.curate.ledger import SPLITS
from peacetalks.record import CatalogueRow, ConferenceRow, OutletRow, Split
from peacetalks.release.agreement import Linked, count_verdicts
from peacetalks.release.tables import Tables, as_records, records_of

_RANGE_BITS = 6  # of a hash, by which it is counted with others

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


class Counting(Struct, kw_only=True):
    """The numbers of a release under way: parts of it are added in any order, each with all rows of its articles.

    `counts` are by what is counted, `months` by month and outlet, `characters` those of chrome and all, by outlet.
    """

    articles: Counter[Split] = field(default_factory=Counter)
    words: int = 0
    undated: int = 0
    mentions: int = 0
    days: set[datetime.date] = field(default_factory=set)
    counts: dict[str, Counter[str]] = field(default_factory=dict)
    months: dict[str, Counter[str]] = field(default_factory=dict)
    characters: dict[str, Counter[str]] = field(default_factory=dict)
    clusters: list[NDArray[np.uint64]] = field(default_factory=list)
    nulls: dict[str, Counter[str]] = field(default_factory=dict)
    linked: Linked = field(default_factory=Linked)
    outlets: list[OutletRow] = field(default_factory=list)
    events: list[ConferenceRow] = field(default_factory=list)
    records: dict[Split, list[CatalogueRow]] = field(default_factory=dict)

    def add(self, tables: Tables) -> None:
        """Count a part."""
        for name, by_split in tables.items():
            for table in by_split.values():
                for column in table.column_names:
                    _of(self.nulls, name)[column] += table[column].null_count
        for split in SPLITS:
            if (articles := tables.get("articles", {}).get(split)) is not None and articles.num_rows:
                self.articles[split] += articles.num_rows
                self._add_articles(articles)
                self._add_segments(tables["segments"][split], articles)
        for table in tables.get("excluded", {}).values():
            self._count("excluded", table["reason"])
        self.events += records_of(tables, "conferences", ConferenceRow)
        self.outlets += records_of(tables, "outlets", OutletRow)
        for split, table in tables.get("catalogue", {}).items():
            self.records.setdefault(split, []).extend(as_records(table, CatalogueRow))
        self.linked.add(tables)

    def join(self, other: "Counting") -> None:
        """Take in what another one has counted."""
        self.articles += other.articles
        self.words += other.words
        self.undated += other.undated
        self.mentions += other.mentions
        self.days = {*_bounds(self.days | other.days)}
        for mine, theirs in (
            (self.counts, other.counts),
            (self.months, other.months),
            (self.characters, other.characters),
            (self.nulls, other.nulls),
        ):
            for name, found in theirs.items():
                _of(mine, name).update(found)
        self.clusters += other.clusters
        self.linked.join(other.linked)
        self.outlets += other.outlets
        self.events += other.events
        for split, rows in other.records.items():
            self.records.setdefault(split, []).extend(rows)

    def finish(self) -> Statistics:
        """Return the numbers."""
        counts = {name: _ranked(found) for name, found in self.counts.items()}
        mentioned, outlets = _of(self.counts, "mentioned"), counts.get("outlets", {})
        chrome, total = (_of(self.characters, which) for which in ("chrome", "all"))
        return Statistics(
            articles={split: self.articles[split] for split in SPLITS if split in self.articles},
            words=self.words,
            first=min(self.days, default=None),
            last=max(self.days, default=None),
            undated=self.undated,
            gold=_of(self.counts, "annotation")["gold"],
            clusters=_count_distinct(self.clusters),
            languages=counts.get("languages", {}),
            outlets=outlets,
            agencies=counts.get("agencies", {}),
            labels=counts.get("labels", {}),
            mentions=self.mentions,
            conferences=counts.get("conferences", {}),
            gazetteer=len(self.events),
            low_confidence=sum("low" in (event.start_confidence, event.end_confidence) for event in self.events),
            excluded=counts.get("excluded", {}),
            nulls={name: dict(found) for name, found in self.nulls.items()},
            months={month: _ranked(self.months[month]) for month in sorted(self.months)},
            events=_events(self.events, mentioned),
            chrome={outlet: (chrome[outlet], total[outlet]) for outlet in sorted(total)},
            outlet_names={row.id: row.name for row in self.outlets if row.id in outlets},
            rights=counts.get("rights", {}),
            known=_known(self.records, self.events, self.outlets, self.linked),
        )

    def _add_articles(self, articles: pa.Table) -> None:
        self.words += pc.sum(articles["words"]).as_py()
        bounds = pc.min_max(articles["published"]).as_py()
        self.days = {*_bounds(self.days | {day for day in bounds.values() if day is not None})}
        self.undated += articles["published"].null_count
        self.clusters.append(np.unique(id_numbers(articles["cluster"])))
        self._count("annotation", articles["annotation"])
        self._count("languages", articles["language"])
        self._count("outlets", pc.fill_null(articles["outlet"], "unknown"))
        self._count("agencies", pc.fill_null(articles["agency"], "none"))
        self._count("rights", articles["rights"])
        self._count("conferences", pc.list_flatten(articles["conferences"]))
        mentions = pc.list_flatten(articles["mentions"])
        self.mentions += len(mentions)
        self._count("mentioned", pc.drop_null(pc.struct_field(mentions, "conference")))
        dated = articles.filter(articles["published"].is_valid())
        months = pa.table({"month": pc.strftime(dated["published"], "%Y-%m"), "outlet": dated["outlet"]})
        for row in months.group_by(["month", "outlet"]).aggregate([([], "count_all")]).to_pylist():
            _of(self.months, row["month"])[row["outlet"] or "unknown"] += row["count_all"]

    def _add_segments(self, segments: pa.Table, articles: pa.Table) -> None:
        self._count("labels", segments["label"])
        place = pc.index_in(segments["article"], value_set=articles["id"].combine_chunks())
        outlets = pc.fill_null(articles["outlet"], "unknown").combine_chunks().take(place)
        lengths = pa.table(
            {
                "outlet": outlets,
                "chrome": pc.equal(segments["label"], "chrome"),
                "characters": pc.utf8_length(segments["clean"]),
            }
        )
        for row in lengths.group_by(["outlet", "chrome"]).aggregate([("characters", "sum")]).to_pylist():
            _of(self.characters, "all")[row["outlet"]] += row["characters_sum"]
            _of(self.characters, "chrome")[row["outlet"]] += row["characters_sum"] if row["chrome"] else 0

    def _count(self, what: str, values: pa.ChunkedArray) -> None:
        for row in pc.value_counts(values).to_pylist():
            _of(self.counts, what)[row["values"]] += row["counts"]


def _count_distinct(parts: Sequence[NDArray[np.uint64]]) -> int:
    """Return how many hashes stand in sorted parts, each counted once; a range of them is looked at at a time."""
    bounds = np.array([n << 64 - _RANGE_BITS for n in range(1, 1 << _RANGE_BITS)], np.uint64)
    ends = [[0, *np.searchsorted(part, bounds).tolist(), len(part)] for part in parts]
    none = np.zeros(0, np.uint64)
    return sum(
        len(
            np.unique(
                np.concatenate([none, *(part[end[n] : end[n + 1]] for part, end in zip(parts, ends, strict=True))])
            )
        )
        for n in range(1 << _RANGE_BITS)
    )


def _known(
    found: dict[Split, list[CatalogueRow]], events: list[ConferenceRow], outlets: list[OutletRow], linked: Linked
) -> Known:
    records = [row for split in SPLITS for row in found.get(split, [])]
    country_of = {row.id: row.country for row in outlets}
    years = _count(row.published_edtf[:4] for row in records if row.published_edtf)
    conferences = _count(name for row in records for name in row.conferences)
    return Known(
        records={split: len(found[split]) for split in SPLITS if found.get(split)},
        hosts=len({row.host for row in records}),
        undated=sum(row.published_edtf is None for row in records),
        unplaced=sum(row.outlet is None for row in records),
        texts=sum(row.article is not None for row in records),
        years=dict(sorted(years.items())),
        languages=_count(row.language for row in records),
        countries=_count(country_of.get(row.outlet or "") or "unknown" for row in records),
        kinds=_count(row.kind for row in records),
        conferences=conferences,
        events=_events(events, conferences),
        agreement=count_verdicts(linked.compare()),
    )


def _events(events: list[ConferenceRow], counts: Mapping[str, int]) -> list[Event]:
    found = [Event(name=row.name, start=row.start, mentions=counts[row.id]) for row in events if counts.get(row.id)]
    return sorted(found, key=lambda event: (event.start, event.name))


def _of(counts: dict[str, Counter[str]], name: str) -> Counter[str]:
    return counts.setdefault(name, Counter())


def _bounds(days: set[datetime.date]) -> Iterator[datetime.date]:
    yield from (min(days), max(days)) if days else ()


def _count(values: Iterable[str]) -> Counts:
    return _ranked(Counter(values))


def _ranked(counts: Counter[str]) -> Counts:
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
