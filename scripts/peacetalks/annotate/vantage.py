"""Where the events stand as seen from the publication day of one article."""

from dataclasses import dataclass, field
from datetime import date

from peacetalks.annotate.index import Index, Profile
from peacetalks.annotate.matter import Matter
from peacetalks.annotate.when import Days
from peacetalks.record import Stage
from peacetalks.registry.gazetteer import Event

_IN_SIGHT = 400  # days; what lies further away needs a number, a place or a name


@dataclass(slots=True)
class Article:
    """What is known of an article while its mentions are being linked."""

    index: Index
    published: Days | None
    matter: Matter = "own"
    events: dict[str, int] = field(default_factory=dict)  # how often each was spoken of
    series: dict[str, int] = field(default_factory=dict)
    _away: dict[str, int] = field(default_factory=dict)
    _sight: list[Profile] | None = None

    def stage(self, event: Event) -> Stage | None:
        """Return what the event was on the publication day, or None where that is unknown or spans a border."""
        if self.published is None:
            return None
        first, last = (_stage_on(day, event) for day in self.published)
        return first if first == last else None

    def away(self, event: Event) -> int:
        """Return the days from publication to the event, or to a plan of it that then still held; 0 where unknown."""
        if self.published is None:
            return 0
        known = self._away.get(event.id)
        if known is None:
            known = self._away[event.id] = _days_away(event, self.published)
        return known

    def in_sight(self, days: int = _IN_SIGHT) -> list[Profile]:
        """Return the events at most so many days from publication, or all where that is unknown."""
        if self._sight is None:
            self._sight = [p for p in self.index.profiles.values() if self.away(p.event) <= _IN_SIGHT]
        return self._sight if days == _IN_SIGHT else [p for p in self._sight if self.away(p.event) <= days]

    def remember(self, event: str | None, series: str) -> None:
        """Count one more mention of an event, or of a series as such."""
        self.series[series] = self.series.get(series, 0) + 1
        if event is not None:
            self.events[event] = self.events.get(event, 0) + 1


def days_between(span: Days, other: Days) -> int:
    """Return the days from one interval to another, 0 where they touch."""
    return max(0, (span[0] - other[1]).days, (other[0] - span[1]).days)


def touches(event: Event, days: Days, published: Days | None) -> bool:
    """Say whether the event touches these days, or an earlier plan of it does; of days gone by only what was counts."""
    gone = published is not None and days[1] < published[0]
    spans = [(event.start, event.end), *([] if gone else event.planned_days)]
    return any(first <= days[1] and days[0] <= last for first, last in spans)


def _stage_on(day: date, event: Event) -> Stage:
    if event.status == "proposed-never-held":
        return "ahead" if day <= event.end else "held"
    if event.start > day:
        return "ahead"
    return "held" if event.end < day else "under-way"


def _days_away(event: Event, published: Days) -> int:
    away = days_between((event.start, event.end), published)
    if event.start <= published[1]:
        return away
    return min([away, *(days_between(plan, published) for plan in event.planned_days if plan[1] >= published[0])])
