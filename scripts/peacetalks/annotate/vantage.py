"""Where the events stand as seen from the publication day of one article."""

from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from peacetalks.annotate.index import Index
from peacetalks.annotate.matter import Matter
from peacetalks.annotate.profiles import Calendar, Profile
from peacetalks.annotate.when import Days
from peacetalks.record import Stage
from peacetalks.registry.gazetteer import Event

Nearness = tuple[float, float, bool, Stage | None]  # points for near and news, points for far, if it is news, stage
_IN_SIGHT = 400  # days; what lies further away needs a number, a place or a name
_VIEWS = 1024  # days whose view is kept, in some seven megabytes: a crawl is in no order of days


class View:
    """How far the events are from the days of publication: worked out when asked for, then kept."""

    __slots__ = ("_away", "_calendar", "_days", "_near", "nearness", "stages")

    def __init__(self, calendar: Calendar, published: Days | None) -> None:
        """Look from the days of publication."""
        self._calendar = calendar
        self._days = (published[0].toordinal(), published[1].toordinal()) if published else None
        self._away: dict[str, int] = {}
        self._near: dict[int, list[Profile]] = {}
        self.stages: dict[str, Stage | None] = {}
        self.nearness: dict[str, Nearness] = {}  # what the weights make of it, kept by who weighs

    def away(self, name: str) -> int:
        """Return how many days away an event is, 0 where the day of publication is unknown."""
        away = self._away.get(name)
        if away is None:
            away = self._away[name] = self._calendar.away(name, *self._days) if self._days else 0
        return away

    def near(self, days: int) -> list[Profile] | None:
        """Return the events at most so many days away, or None where the day of publication is unknown."""
        if self._days is None:
            return None
        if days not in self._near:
            self._near[days] = self._calendar.near(*self._days, days)
        return self._near[days]


@dataclass(slots=True)
class Article:
    """What is known of an article while its mentions are being linked."""

    index: Index
    published: Days | None
    matter: Matter = "own"
    events: dict[str, int] = field(default_factory=dict)  # how often each was spoken of
    series: dict[str, int] = field(default_factory=dict)
    view: View = field(init=False)

    def __post_init__(self) -> None:
        """See the events from the days of publication."""
        self.view = _view(self.index.calendar, self.published)

    def stage(self, event: Event) -> Stage | None:
        """Return what the event was on the publication day, or None where that is unknown or spans a border."""
        if self.published is None:
            return None
        stages = self.view.stages
        if event.id not in stages:
            low, high = self.published
            first = _stage_on(low, event)
            last = first if high == low else _stage_on(high, event)
            stages[event.id] = first if first == last else None
        return stages[event.id]

    def away(self, event: Event) -> int:
        """Return the days from publication to the event, or to a plan of it that then still held; 0 where unknown."""
        return self.view.away(event.id)

    def in_sight(self, days: int = _IN_SIGHT) -> list[Profile]:
        """Return the events at most so many days from publication, or all where that is unknown."""
        near = self.view.near(days)
        return [*self.index.profiles.values()] if near is None else near

    def remember(self, event: str | None, series: str) -> None:
        """Count one more mention of an event, or of a series as such."""
        self.series[series] = self.series.get(series, 0) + 1
        if event is not None:
            self.events[event] = self.events.get(event, 0) + 1


@lru_cache(_VIEWS)
def _view(calendar: Calendar, published: Days | None) -> View:
    return View(calendar, published)


def days_between(span: Days, other: Days) -> int:
    """Return the days from one interval to another, 0 where they touch."""
    return max(0, (span[0] - other[1]).days, (other[0] - span[1]).days)


def touches(event: Event, days: Days, published: Days | None) -> bool:
    """Say whether the event touches these days, or an earlier plan of it does; of days gone by only what was counts."""
    if event.start <= days[1] and days[0] <= event.end:
        return True
    if not event.planned or (published is not None and days[1] < published[0]):
        return False
    return any(first <= days[1] and days[0] <= last for first, last in event.planned_days)


def _stage_on(day: date, event: Event) -> Stage:
    if event.status == "proposed-never-held":
        return "ahead" if day <= event.end else "held"
    if event.start > day:
        return "ahead"
    return "held" if event.end < day else "under-way"
