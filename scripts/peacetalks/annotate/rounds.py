"""Link what counts the rounds of a series: the next, the last, or five of them."""

from collections.abc import Iterator
from typing import NamedTuple

from peacetalks.annotate.evidence import best
from peacetalks.annotate.index import Profile
from peacetalks.annotate.mentions import Description
from peacetalks.annotate.vantage import Article, days_between
from peacetalks.record import Basis

Scored = tuple[float, Profile]


class Link(NamedTuple):
    """One meaning of a description: an event, or a series as such."""

    event: str | None
    series: str
    basis: Basis


def keep_nearest(ranked: list[Scored], one: Description, article: Article) -> list[Scored]:
    """Keep, of a series, only the next or the last event where the description asks for it."""
    asked = {value for value in one.values("relative") if value in ("next", "last")}
    if not asked or article.published is None:
        return ranked
    wanted = "ahead" if "next" in asked else "held"
    fitting = [
        pair for pair in ranked if article.stage(pair[1].event) in (wanted, "under-way" if wanted == "held" else wanted)
    ]
    if not fitting:
        return []
    published, weight = article.published, article.index.grammar.weights["nearest"]
    nearest: dict[str, int] = {}
    fits = article.index.grammar.fits.get(one.noun or "", {})
    for _, profile in fitting:
        if profile.event.status != "proposed-never-held" and fits.get(profile.event.kind, 0.0) >= 0:
            away = days_between((profile.event.start, profile.event.end), published)
            nearest[profile.event.series] = min(away, nearest.get(profile.event.series, away))
    return best(
        [
            (points + weight, profile)
            for points, profile in fitting
            if days_between((profile.event.start, profile.event.end), published) == nearest.get(profile.event.series)
        ]
    )


def counted_rounds(one: Description, article: Article) -> Iterator[Link]:
    """Yield every round of "five rounds" where the count is that of one series' official numbers so far."""
    counts = one.values("count")
    if not counts or one.noun not in ("round", "talks", "meeting") or article.published is None:
        return
    count, day = int(counts[0]), article.published[0]
    series = _series_in_view(one, article)
    rounds = {
        event.round: event
        for event in article.index.gazetteer.events.values()
        if event.series == series and event.round and event.end < day and event.status == "held"
    }
    if series and sorted(rounds) == list(range(1, count + 1)) and count > 1:
        for number in sorted(rounds):
            yield Link(rounds[number].id, series, "ordinal")
    elif series and one.noun == "round":
        yield Link(None, series, "series")


def _series_in_view(one: Description, article: Article) -> str | None:
    """Return the series that a count speaks of: that of the rounds whose city stands nearest, at that time."""
    if article.published is None:
        return None
    places = one.values("place") or [item.value for item in one.sentence.items if item.kind == "place"]
    rounds = [
        (days_between((p.event.start, p.event.end), article.published), p.event.series)
        for p in article.index.profiles.values()
        if p.event.kind == "negotiation-round"
        and (not places or p.places & set(places))
        and all(p.event.series in article.index.families[name] for name in one.values("series"))
        and (places or one.values("series") or p.event.series in article.series)
    ]
    return min(rounds, default=(0, None))[1]
