"""The catalogue: facts of real pages on the process, without their text, from catalogue.jsonl and catalogue.toml."""

import datetime
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from peacetalks._files import schema_folder
from peacetalks.errors import InputError, VocabularyError
from peacetalks.record import DateEvidence, RecordBasis, RecordConfidence, RecordKind
from peacetalks.registry.addresses import page_host, page_id
from peacetalks.registry.gazetteer import Gazetteer, edtf_days, load_gazetteer
from peacetalks.registry.outlets import Outlets, load_outlets
from peacetalks.registry.vocabulary import read_bounded, read_toml

_LARGEST = 500_000_000  # bytes: a million pages


class Record(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One line of catalogue.jsonl: a page, and what its beginning tells.

    `published` is an EDTF day, month or year; `agency` an id, and `credit` the credit as it was met on the page.
    """

    url: str
    language: Annotated[str, Meta(pattern="^[a-z]{2,3}(-[A-Za-z0-9]+)*$")]
    published: Annotated[str, Meta(pattern=r"^\d{4}(-\d{2}(-\d{2})?)?$")] | None = None
    date_evidence: DateEvidence
    kind: RecordKind
    agency: str | None = None
    credit: str | None = None
    conferences: list[str] = []
    series: list[str] = []
    basis: RecordBasis
    confidence: RecordConfidence

    @property
    def id(self) -> str:
        """The id of the page, which is that of its address."""
        return page_id(self.url)

    @property
    def day(self) -> datetime.date | None:
        """The publication day, where it is known to the day."""
        return datetime.date.fromisoformat(self.published) if self.published and len(self.published) == 10 else None

    @property
    def days(self) -> tuple[datetime.date, datetime.date] | None:
        """The first and the last day that it can have been published on."""
        return edtf_days(self.published) if self.published else None


class Bounds(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole of catalogue.toml: the days that are possible, and the hosts whose outlet is not known.

    `ahead` is the number of days before its start at which a conference may first be spoken of.
    """

    first: datetime.date
    last: datetime.date
    ahead: int
    open_hosts: list[str] = []


@cache
def load_catalogue(folder: Path | None = None) -> list[Record]:
    """Return the validated records of a folder, in the order of the file; none where it has no catalogue.

    VocabularyError names the record and the rule. Default: the package's own.
    """
    path = (folder or schema_folder()) / "catalogue.jsonl"
    if not path.exists():
        return []
    records = read_records(path)
    for fault in catalogue_faults(records, _load_bounds(path.with_suffix(".toml")), load_gazetteer(folder)):
        raise VocabularyError(f"{path.name}: {fault}")
    return records


@cache
def records_by_page(folder: Path | None = None) -> dict[str, Record]:
    """Return the validated records of a folder by the id of their page."""
    return {record.id: record for record in load_catalogue(folder)}


def names_of(record: Record, gazetteer: Gazetteer) -> set[str]:
    """Return the ids of all events and series that a record is of, the series above them included."""
    names = {*record.conferences, *record.series, *(gazetteer.events[name].series for name in record.conferences)}
    above = {series.parent for series in gazetteer.series.values() if series.id in names and series.parent}
    while not above <= names:
        names |= above
        above = {series.parent for series in gazetteer.series.values() if series.id in names and series.parent}
    return names


def read_records(path: Path) -> list[Record]:
    """Return the records of a table as they stand; VocabularyError names line and rule.

    Only what a line says by itself is checked, and that no page appears twice.
    """
    records: list[Record] = []
    seen: dict[str, int] = {}
    for number, line in enumerate(read_bounded(path, _LARGEST).splitlines(), start=1):
        try:
            record = msgspec.json.decode(line, type=Record)
            name = record.id
            _ = record.days
        except (msgspec.DecodeError, InputError, ValueError) as error:
            raise VocabularyError(f"{path.name}: line {number}: {error}") from None
        if name in seen:
            raise VocabularyError(f"{path.name}: line {number}: the page of line {seen[name]} again; pages are unique")
        seen[name] = number
        records.append(record)
    return records


def catalogue_faults(records: list[Record], bounds: Bounds, gazetteer: Gazetteer) -> Iterator[str]:
    """Yield what breaks a rule: ids that are in no vocabulary, days that can't be, hosts that no one has placed."""
    outlets = load_outlets()
    for record in records:
        yield from (f"{record.url}: {fault}" for fault in _faults(record, bounds, gazetteer, outlets))
    hosts = {page_host(record.url) for record in records}
    for host in bounds.open_hosts:
        if host not in hosts:
            yield f"open host {host!r} is that of no record"
        elif outlet := outlets.of_host(host):
            yield f"open host {host!r} is that of {outlet.id!r} by now"
    if bounds.open_hosts != sorted(set(bounds.open_hosts)):
        yield "open hosts are not sorted, or one appears twice"


def _faults(record: Record, bounds: Bounds, gazetteer: Gazetteer, outlets: Outlets) -> Iterator[str]:
    yield from (f"conference {name!r} is no event" for name in record.conferences if name not in gazetteer.events)
    yield from (f"series {name!r} is no series" for name in record.series if name not in gazetteer.series)
    if not record.conferences and not record.series:
        yield "names neither conference nor series"
    for names in (record.conferences, record.series):
        if names != sorted(set(names)):
            yield f"{', '.join(names)}: not sorted, or one appears twice"
    if record.agency is not None and outlets.get(record.agency) is None:
        yield f"agency {record.agency!r} is neither agency nor outlet"
    if record.agency is not None and record.credit is None:
        yield "has an agency, but no credit that names it"
    if (record.published is None) != (record.date_evidence == "none"):
        yield "has a day without evidence, or evidence without a day"
    host = page_host(record.url)
    if outlets.of_host(host) is None and host not in bounds.open_hosts:
        yield f"host {host!r} is that of no outlet; add it to outlets.toml, or to the open hosts of catalogue.toml"
    if record.days is not None:
        yield from _impossible(record, record.days, bounds, gazetteer)


def _impossible(
    record: Record, days: tuple[datetime.date, datetime.date], bounds: Bounds, gazetteer: Gazetteer
) -> Iterator[str]:
    if days[1] < bounds.first or days[0] > bounds.last:
        yield f"published {record.published}: not between {bounds.first} and {bounds.last}"
    for event in (gazetteer.events[name] for name in record.conferences if name in gazetteer.events):
        early = (event.start - days[1]).days
        if early > bounds.ahead:
            yield f"published {record.published}: {early} days before {event.id!r}, the limit is {bounds.ahead}"


def _load_bounds(path: Path) -> Bounds:
    try:
        return msgspec.convert(read_toml(path), Bounds)
    except msgspec.ValidationError as error:
        raise VocabularyError(f"{path.name}: {error}") from None
