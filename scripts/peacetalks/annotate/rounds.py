"""Link what counts the rounds of a series: the next, the last, or five of them."""

from collections.abc import Iterator

from msgspec import Struct

from peacetalks.annotate.descriptions import Description
from peacetalks.annotate.profiles import Profile, is_round
from peacetalks.annotate.vantage import Article, days_between
from peacetalks.record import Basis
from peacetalks.registry.gazetteer import Event

_TELLING = frozenset({"place", "series", "event", "number", "tag", "actor"})
_NEWS = 7  # days
_FRESH = 1  # days
ASKED = {
    "next": frozenset({"ahead"}),
    "new": frozenset({"ahead", "under-way", "held"}),
    "last": frozenset({"held", "under-way"}),
    "previous": frozenset({"held", "under-way"}),
}
_ROUNDS = frozenset({"round", "talks", "meeting", "consultations"})


class Link(Struct, frozen=True, gc=False):
    """One meaning of a description: an event, or a series as such; `margin` is its lead in points of evidence."""

    event: str | None
    series: str
    basis: Basis
    margin: float


def keep_nearest(profiles: list[Profile], one: Description, article: Article) -> list[Profile] | None:
    """Return the next, the last or the previous event of each series; None where the description asks for none."""
    asked = next((value for value in one.told["relative"] if value in ASKED), None) if "relative" in one.told else None
    if asked == "new" and one.noun != "round":
        asked = None
    if asked is None or article.published is None or any(when.exact for when in one.times):
        return None  # "the last one, in early 2014" is told by its day
    stages = ASKED[asked]
    if asked == "next" and not one.tells(_TELLING):  # "the next summit": of those spoken of
        known = {series for name in article.series for series in article.index.families[name]}
        profiles = [profile for profile in profiles if not known or profile.event.series in known]
    fits = article.index.grammar.fits.get(one.noun or "", {})
    lines: dict[str, list[Event]] = {}
    for profile in profiles:
        event = profile.event
        if article.stage(event) in stages and _may_be(asked, event) and fits.get(event.kind, 0.0) >= 0:
            lines.setdefault(event.series, []).append(event)
    if one.noun in _ROUNDS and not one.values("tag") and not one.party:  # a line of rounds counts its rounds
        lines = {name: [e for e in events if is_round(e)] or events for name, events in lines.items()}
    if asked == "new" and one.tense == "ahead":
        lines = {name: ahead for name, events in lines.items() if (ahead := _ahead(events, article))} or lines
    chosen = {choose(asked, events, article, parts=one.noun == "round").id for events in lines.values()}
    return [profile for profile in profiles if profile.event.id in chosen]


def _ahead(events: list[Event], article: Article) -> list[Event]:
    return [event for event in events if article.stage(event) == "ahead"]


def _may_be(asked: str, event: Event) -> bool:
    """Say whether an event can be the one that is asked for: what was called off is never the last."""
    if asked in ("last", "previous"):
        return event.status == "held"
    return event.status != "proposed-never-held"


def choose(asked: str, events: list[Event], article: Article, *, parts: bool = False) -> Event:
    """Return the next, the last or the previous of some events; the one before the news is the previous."""
    whole = [event for event in events if event.part_of is None]
    ordered = sorted(events if parts else whole or events, key=lambda event: (event.start, event.id))
    if asked == "next":
        return ordered[0]
    if asked == "new":
        fresh = [event for event in ordered if article.stage(event) != "held" or article.away(event) <= _FRESH]
        return fresh[0] if fresh else ordered[-1]
    if asked == "previous" and len(ordered) > 1 and article.away(ordered[-1]) <= _NEWS:
        return ordered[-2]
    return ordered[-1]


def counted_rounds(one: Description, article: Article) -> Iterator[Link]:
    """Yield every round of "five rounds" where the count is that of one series' official numbers so far."""
    counts = one.values("count")
    if not counts or one.noun is None or article.published is None:
        return
    weights = article.index.grammar.weights
    count, day = int(counts[0]), article.published[0]
    series = _series_in_view(one, article)
    rounds = {
        event.round: event
        for event in article.index.gazetteer.events.values()
        if event.series == series and event.round and event.end < day and event.status == "held"
    }
    if series and sorted(rounds) == list(range(1, count + 1)) and count > 1:
        for number in sorted(rounds):
            yield Link(rounds[number].id, series, "ordinal", weights["number"])
    elif series and one.noun == "round":
        yield Link(None, series, "series", weights["series"])


def _kinds(one: Description, article: Article) -> frozenset[str]:
    """Return the kinds of meeting that the description itself tells, by its tags."""
    tags = article.index.grammar.tags
    return frozenset(kind for kind, tag in tags.items() if tag in one.values("tag"))


def _series_in_view(one: Description, article: Article) -> str | None:
    """Return the series that a count speaks of: that of the rounds whose city stands nearest, at that time."""
    if article.published is None:
        return None
    near = sorted((item for item in one.sentence.items if item.kind == "place"), key=one.distance)
    for places in [{*told}] if (told := one.values("place")) else [{item.value} for item in near] or [set[str]()]:
        rounds = [
            (days_between((p.event.start, p.event.end), article.published), p.event.series)
            for p in article.index.profiles.values()
            if (p.event.kind == "negotiation-round" if one.noun in _ROUNDS else p.event.kind in _kinds(one, article))
            and (not places or p.places & places)
            and all(p.event.series in article.index.families[name] for name in one.values("series"))
            and (places or one.values("series") or p.event.series in article.series)
        ]
        if rounds:
            return min(rounds)[1]
    return None
