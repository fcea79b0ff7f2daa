"""The conferences of a peace process: series, events and look-alikes, from conferences.toml."""

import datetime
from calendar import monthrange
from functools import cache, lru_cache
from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta, Struct

from peacetalks._files import schema_folder
from peacetalks.errors import VocabularyError
from peacetalks.registry.actors import Actors, load_actors
from peacetalks.registry.vocabulary import Names, convert_entries, read_toml, require_known_keys, require_unique

Id = Annotated[str, Meta(pattern="^[a-z0-9]+(-[a-z0-9]+)*$")]
Confidence = Literal["high", "medium", "low"]
Status = Literal["held", "cancelled", "planned", "proposed-never-held"]
Kind = Literal[
    "negotiation-round",
    "preparatory-or-bilateral-meeting",
    "contact-group-meeting",
    "donor-conference",
    "opposition-meeting",
    "summit",
    "multilateral-conference",
    "technical-meeting",
]
Aliases = Names


class Series(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A line of conferences that carries a name of its own, such as the Astana process.

    `track` marks one that went on for years, so that its name alone speaks of the whole and not of one meeting.
    `epithets` are adjectives by tag that make talks without a place those of the series.
    """

    id: Id
    name: str
    parent: str | None = None
    track: bool = False
    aliases: Aliases = {}
    epithets: Aliases = {}


class Event(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One conference, round or meeting.

    `planned` holds earlier plans as EDTF dates, `also_numbered` other names by number, `aliases` names by BCP 47 tag.
    For an event that was never held, `start` is the day of the plan.
    """

    id: Id
    series: str
    kind: Kind
    status: Status
    name: str
    start: datetime.date
    end: datetime.date
    start_confidence: Confidence
    end_confidence: Confidence
    city: str | None = None
    other_cities: list[str] = []
    country: Annotated[str, Meta(pattern="^[A-Z]{2}$")] | None = None
    venue: str | None = None
    round: int | None = None
    part_of: str | None = None
    also_numbered: list[str] = []
    planned: list[str] = []
    convener: str | None = None
    participants: list[str] = []
    outcome: str | None = None
    aliases: Aliases = {}
    sources: list[str] = []

    @property
    def cities(self) -> list[str]:
        """Every city of the event, the host first."""
        return [*([self.city] if self.city else []), *self.other_cities]

    @property
    def planned_days(self) -> list[tuple[datetime.date, datetime.date]]:
        """The earlier plans as first and last day."""
        return [edtf_days(plan) for plan in self.planned]


class LookAlike(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A meeting, law or body of another matter, listed so that it is recognised and never linked."""

    id: Id
    name: str
    aliases: Aliases = {}
    cues: Aliases = {}


class Gazetteer(Struct, frozen=True, kw_only=True):
    """The whole of conferences.toml, with actors.toml beside it; every reference between its entries resolves."""

    series: dict[str, Series]
    events: dict[str, Event]
    look_alikes: dict[str, LookAlike]
    actors: Actors = Actors()

    def events_of(self, series: str) -> list[Event]:
        """Return the events of a series in order of their first day."""
        return sorted((e for e in self.events.values() if e.series == series), key=lambda e: (e.start, e.id))


@lru_cache(1024)
def edtf_days(value: str) -> tuple[datetime.date, datetime.date]:
    """Return the first and last day of an EDTF day, month, year or interval of these; ValueError for anything else."""
    first, _, last = value.partition("/")
    return _edges(first)[0], _edges(last or first)[1]


def _edges(value: str) -> tuple[datetime.date, datetime.date]:
    year, month, day = ([int(part) for part in value.split("-")] + [0, 0])[:3]
    if day:
        exact = datetime.date(year, month, day)
        return exact, exact
    low, high = (month, month) if month else (1, 12)
    return datetime.date(year, low, 1), datetime.date(year, high, monthrange(year, high)[1])


@cache
def load_gazetteer(path: Path | None = None) -> Gazetteer:
    """Return the validated gazetteer of a folder or file; VocabularyError names file, entry and rule.

    Default: the package's own.
    """
    path = path or schema_folder()
    path = path / "conferences.toml" if path.is_dir() else path
    document = read_toml(path)
    require_known_keys(path, document, {"series", "event", "look_alike"})
    series = convert_entries(path, document, "series", Series)
    events = convert_entries(path, document, "event", Event)
    look_alikes = convert_entries(path, document, "look_alike", LookAlike)
    require_unique(path, "entry", (entry.id for table in (series, events, look_alikes) for entry in table))
    gazetteer = Gazetteer(
        series={entry.id: entry for entry in series},
        events={entry.id: entry for entry in events},
        look_alikes={entry.id: entry for entry in look_alikes},
        actors=load_actors(path.with_name("actors.toml")),
    )
    for entry in series:
        if entry.parent is not None and entry.parent not in gazetteer.series:
            raise VocabularyError(f"{path.name}: series {entry.id!r}: parent {entry.parent!r} is no series")
    for entry in series:
        _require_end(path, entry, gazetteer)
    for event in events:
        _check_event(path, event, gazetteer)
    return gazetteer


def _require_end(path: Path, series: Series, gazetteer: Gazetteer) -> None:
    seen = {series.id}
    above = series.parent
    while above is not None:
        if above in seen:
            raise VocabularyError(
                f"{path.name}: series {series.id!r}: is above itself, by its parent {series.parent!r}"
            )
        seen.add(above)
        above = gazetteer.series[above].parent


def _check_event(path: Path, event: Event, gazetteer: Gazetteer) -> None:
    where = f"{path.name}: event {event.id!r}"
    if event.series not in gazetteer.series:
        raise VocabularyError(f"{where}: series {event.series!r} is no series")
    if event.end < event.start:
        raise VocabularyError(f"{where}: ends on {event.end}, before it starts on {event.start}")
    for plan in event.planned:
        try:
            edtf_days(plan)
        except ValueError:
            raise VocabularyError(f"{where}: planned {plan!r} is no EDTF day, month or interval") from None
    if event.part_of is None:
        return
    whole = gazetteer.events.get(event.part_of)
    if whole is None:
        raise VocabularyError(f"{where}: part_of {event.part_of!r} is no event")
    if not whole.start <= event.start <= event.end <= whole.end:
        raise VocabularyError(f"{where}: its days do not lie inside those of {whole.id!r}")
