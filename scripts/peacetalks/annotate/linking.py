"""Link what an article says of conferences to the gazetteer: names, numbers, descriptions and anaphora."""

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from peacetalks.annotate.antecedents import Antecedents
from peacetalks.annotate.vantage import Article, days_between, touches
from peacetalks.annotate.clues import gather_clues, is_track, tense_of
from peacetalks.annotate.evidence import best, rank, score
from peacetalks.annotate.fold import fold
from peacetalks.annotate.index import Profile, index_for
from peacetalks.annotate.mentions import Description, find_descriptions
from peacetalks.record import Basis, Mention
from peacetalks.registry.gazetteer import Event, Gazetteer

_SAME_DAY = 0.75  # points: two meetings of one day that are told apart by less are both meant
_RUNNING = 3  # days after a meeting in which its series' name still means it
_FAR = 10**6
_COMING = 45  # days before a meeting in which its series' name may mean it


class Link(NamedTuple):
    """One meaning of a description."""

    event: str | None
    series: str
    basis: Basis


def link_mentions(
    title: str | None, text: str, *, language: str, published: tuple[date, date] | None, gazetteer: Gazetteer
) -> list[Mention]:
    """Return the mentions of conferences in title and text, sorted by field (title first), start, end, conference.

    `published` is the earliest and the latest possible publication day. Offsets are code points of the text as given.
    """
    index = index_for(gazetteer, language)
    fields = [(name, body, fold(body)) for name, body in (("title", title or ""), ("text", text)) if body]
    if not any(index.gate.find(body, folded) for _, body, folded in fields):
        return []
    article = Article(index, published)
    described = [
        (name, body, one)
        for name, body, folded in fields
        for one in find_descriptions(body, folded, index.words.find(body, folded), index, published)
    ]
    links = _link_all([one for _, _, one in described], article)
    mentions = [
        _mention(name, body, one, link, article)
        for (name, body, one), linked in zip(described, links, strict=True)
        for link in linked
    ]
    return sorted(mentions, key=lambda m: (m.field != "title", m.start, m.end, m.conference or "", m.series or ""))


def _link_all(described: list[Description], article: Article) -> list[list[Link]]:
    """Link what identifies itself first, then in order what leans on the rest of the article."""
    links: list[list[Link]] = [[] for _ in described]
    for position, one in enumerate(described):
        if _identifies(one) and not _of_other_matter(one, article):
            links[position] = _by_evidence(one, article)
            _remember(links[position], article)
    antecedents = Antecedents(article)
    for position, one in enumerate(described):
        if not links[position] and not _of_other_matter(one, article):
            links[position] = list(_leaning(one, antecedents, article))
            _remember(links[position], article)
        antecedents.add(one, [(link.event, link.series) for link in links[position]])
    return links


def _identifies(one: Description) -> bool:
    """Say whether the description holds more than a noun and its matter."""
    kinds = {item.kind for item in one.items}
    return (
        one.verbal
        or bool(
            one.party or one.times or kinds & {"place", "number", "ordinal", "event", "series", "tag", "actor", "count"}
        )
        or ("relative" in kinds and not one.definite)
    )


def _of_other_matter(one: Description, article: Article) -> bool:
    """Say whether the sentence speaks of another conflict, and the description does not speak of this one."""
    if any(item.kind in ("event", "series", "number") or item.value == "syria" for item in one.items):
        return False
    cues = [item for item in one.sentence.items if item.kind in ("cue", "look-alike")]
    ours = [item for item in one.sentence.items if item.value == "syria"]
    return bool(cues) and min(map(one.distance, cues)) < min(map(one.distance, ours), default=_FAR)


def _by_evidence(one: Description, article: Article) -> list[Link]:
    """Return the events that the evidence singles out, or the series, or nothing."""
    if counted := list(_counted(one, article)):
        return counted
    enough = article.index.grammar.weights["enough"]
    ranked = rank(gather_clues(one, article.index), article)
    ranked = [pair for pair in _only_next(ranked, one, article) if pair[0] >= enough]
    if not ranked:
        return list(_series_named(one, article))
    top, profile = ranked[0]
    if one.verbal and not _singled_out(one, profile, article):
        return []
    if _means_series(one, profile.event, article):
        return [Link(None, profile.event.series, "series")]
    basis = _basis(one)
    tied = [other for points, other in ranked if top - points <= _SAME_DAY and _is_twin(other, profile, one)]
    return [Link(other.event.id, other.event.series, basis) for other in tied]


def _only_next(ranked: list[tuple[float, Profile]], one: Description, article: Article) -> list[tuple[float, Profile]]:
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


def _counted(one: Description, article: Article) -> Iterator[Link]:
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


def _series_named(one: Description, article: Article) -> Iterator[Link]:
    """Yield the series that the description names, where a noun makes it a meeting."""
    for name in one.values("series")[:1]:
        if one.noun is not None:
            yield Link(None, name, "series")


def _means_series(one: Description, event: Event, article: Article) -> bool:
    """Say whether the description speaks of the whole series: a process, or talks that run over months."""
    if one.noun == "process":
        return True
    kinds = {item.kind for item in one.items}
    if kinds & {"number", "ordinal", "relative", "event", "tag"} or one.times or one.party or one.verbal:
        return False
    if not article.index.gazetteer.series[event.series].track or article.published is None:
        return False
    if one.noun in ("round", "meeting", "conference", "summit", "congress"):
        return False
    if is_track(one):
        return True
    away = days_between((event.start, event.end), article.published)
    if article.stage(event) == "ahead":
        return away > _RUNNING and _began(event, article) and (away > _COMING or tense_of(one) != "ahead")
    return away > _RUNNING


def _began(event: Event, article: Article) -> bool:
    """Say whether the series had a meeting before, so that its name may mean the whole."""
    day = article.published[0] if article.published else event.start
    return any(other.end < day for other in article.index.gazetteer.events_of(event.series))


def _singled_out(one: Description, profile: Profile, article: Article) -> bool:
    """Say whether a verb of meeting is told with who and where or when, all of them right."""
    actors = {item.value for item in one.sentence.items if item.kind in ("actor",)}
    if len(actors & profile.actors) < 2 - bool(set(one.values("actor")) & profile.actors):  # noqa: PLR2004
        return False
    weights = article.index.grammar.weights
    right_place = set(one.values("place")) <= profile.places
    near = [when.days for when in one.times if when.days]
    right_day = any(touches(profile.event, days) for days in near)
    return right_place and (right_day or not near) and weights["enough"] > 0


def _is_twin(other: Profile, first: Profile, one: Description) -> bool:
    """Say whether another event is meant beside the best: separate meetings of one day, told in one phrase."""
    if other is first:
        return True
    together = "parallel" in one.values("tag") or len(one.party) > 1
    return together and other.event.start == first.event.start and other.event.series != first.event.series


def _basis(one: Description) -> Basis:
    kinds = {item.kind for item in one.items}
    if kinds & {"event", "number"}:
        return "alias"
    if kinds & {"ordinal", "relative", "count"}:
        return "ordinal"
    return "date"


def _leaning(one: Description, antecedents: Antecedents, article: Article) -> Iterator[Link]:
    """Yield the meaning of a description that takes it from the article: an antecedent, or the conference in view."""
    if one.verbal:
        return
    if arrived := _meeting_of_persons(one, article):
        yield arrived
        return
    found = antecedents.find(one)
    if found is not None:
        yield Link(found[0], found[1], "anaphora" if one.definite else "date")


def _meeting_of_persons(one: Description, article: Article) -> Link | None:
    """Return the bilateral meeting of these days that "talks" means where the sentence names its persons and place."""
    if one.definite or one.noun not in ("talks", "meeting") or article.published is None:
        return None
    clues = gather_clues(one, article.index)
    if not clues.persons_near or not clues.places_near:
        return None
    enough = article.index.grammar.weights["enough"]
    scored = [(score(profile, clues, article), profile) for profile in article.in_sight(_RUNNING)]
    for points, profile in best(scored):
        told = clues.persons_near & profile.actors and clues.places_near & profile.places
        if points >= enough and told:
            return Link(profile.event.id, profile.event.series, "date")
    return None


def _remember(links: list[Link], article: Article) -> None:
    for link in links:
        article.remember(link.event, link.series)


def _mention(name: str, body: str, one: Description, link: Link, article: Article) -> Mention:
    return Mention(
        field="title" if name == "title" else "text",
        start=one.start,
        end=one.end,
        surface=body[one.start : one.end],
        conference=link.event,
        series=link.series,
        basis=link.basis,
        stage=article.stage(article.index.gazetteer.events[link.event]) if link.event else None,
    )
