"""Weigh how well an event fits a description: points of evidence, one small sum for each kind of it.

The weights stand in the grammar, each with its meaning.
"""

from collections.abc import Iterable
from math import log2

from peacetalks.annotate.clues import Clues
from peacetalks.annotate.index import Profile
from peacetalks.annotate.vantage import Article, days_between, touches
from peacetalks.annotate.when import Days
from peacetalks.registry.gazetteer import Event

_OUT_OF_QUESTION = float("-inf")
_MOST_COUNTED = 2
_OF_MEMBERS = frozenset({"contact-group-meeting", "opposition-meeting", "summit"})
_UNIQUE = frozenset({"congress", "conference", "summit"})  # nouns of what is held once
_OF_PEACE = frozenset({"negotiation-round", "multilateral-conference"})
_YEAR = 365
_NEWS = 3  # days
_SLIP = 10  # days
_UNSPOKEN = 60  # days


def rank(clues: Clues, article: Article) -> list[tuple[float, Profile]]:
    """Return the events that the clues do not rule out with their points, from the best on."""
    scored = ((score(profile, clues, article), profile) for profile in _candidates(clues, article))
    return best([pair for pair in scored if pair[0] > _OUT_OF_QUESTION])


def best(scored: list[tuple[float, Profile]]) -> list[tuple[float, Profile]]:
    """Return the candidates from the best on; first day and id break ties."""
    return sorted(scored, key=lambda pair: (-pair[0], pair[1].event.start, pair[1].event.id))


def score(profile: Profile, clues: Clues, article: Article) -> float:
    """Return the points for an event as the meaning of the clues; minus infinity where a fact speaks against it."""
    hard = _by_name(profile, clues, article) + _by_number(profile, clues, article) + _by_place(profile, clues, article)
    if hard == _OUT_OF_QUESTION:
        return hard
    return (
        hard
        + _by_kind(profile, clues, article)
        + _by_call(profile, clues, article)
        + _by_date(profile, clues, article)
        + _by_actor(profile, clues, article)
        + _by_time(profile, clues, article)
        + _by_discourse(profile, clues, article)
    )


def _candidates(clues: Clues, article: Article) -> list[Profile]:
    index = article.index
    if clues.events:
        return [index.profiles[name] for name in sorted(clues.events)]
    if clues.places:
        return index.by_place.get(min(clues.places), [])
    if clues.numbers or clues.ordinals or clues.series or clues.days or clues.asked:
        return list(index.profiles.values())
    return article.in_sight()


def _by_name(profile: Profile, clues: Clues, article: Article) -> float:
    weights, index = article.index.grammar.weights, article.index
    points = weights["name"] if clues.events else 0.0
    if not clues.series:
        near = any(profile.event.series in index.families[series] for series in clues.series_near)
        return points + (weights["series_near"] if near else 0.0)
    if any(profile.event.series in index.families[series] for series in clues.series):
        return points + weights["series"]
    parents = {index.gazetteer.series[series].parent for series in clues.series}
    if profile.event.series in parents and _is_round(profile.event):
        return points + weights["series"] / 2  # a track's first rounds still carry the name of what it grew from
    return _OUT_OF_QUESTION


def _by_call(profile: Profile, clues: Clues, article: Article) -> float:
    """Weigh whether the description says just what a name of the event says."""
    weights = article.index.grammar.weights
    return weights["called"] if profile.event.id in article.index.called.get(clues.key, ()) else 0.0


def _is_round(event: Event) -> bool:
    return event.kind == "negotiation-round"


def _by_number(profile: Profile, clues: Clues, article: Article) -> float:
    weight = article.index.grammar.weights["number"]
    if clues.numbers:
        fits = all(any((place, n) in profile.numbered for place in clues.places) for n in clues.numbers)
        return weight if fits else _OUT_OF_QUESTION
    if clues.ordinals:
        ordinal = clues.ordinals[0]
        if ordinal == profile.event.round:
            return weight
        named = any(n == ordinal for place, n in profile.numbered if place in clues.places)
        return weight / 2 if named else _OUT_OF_QUESTION
    return 0.0


def _by_place(profile: Profile, clues: Clues, article: Article) -> float:
    weights = article.index.grammar.weights
    if clues.places:
        return weights["place"] if clues.places <= profile.places else _OUT_OF_QUESTION
    return 0.0 if clues.places_near.isdisjoint(profile.places) else weights["place_near"]


def _by_kind(profile: Profile, clues: Clues, article: Article) -> float:
    grammar, event = article.index.grammar, profile.event
    weights = grammar.weights
    points = _prior(profile, clues, article)
    if clues.noun:
        points += grammar.fits.get(clues.noun, {}).get(event.kind, 0.0)
    if event.part_of and clues.noun != "round":
        points += weights["part"]
    if event.status == "proposed-never-held":
        points += weights["floated" if clues.places else "floated_elsewhere"]
    matched = len(clues.tags & profile.tags)
    points += weights["tag_near"] * bool(clues.tags_near & profile.tags)
    return points + weights["tag"] * matched + weights["tag_wrong"] * (len(clues.tags) - matched)


def _prior(profile: Profile, clues: Clues, article: Article) -> float:
    """Return what the kind of meeting starts with; told by its parties, a bilateral meeting needs nothing more."""
    grammar = article.index.grammar
    prior = grammar.priors.get(profile.event.kind, 0.0)
    if prior < 0 and len(clues.persons_near & profile.actors) >= _MOST_COUNTED:
        return 0.0
    if clues.sides and not profile.sides:
        return grammar.weights["not_sides"]
    own = grammar.tags.get(profile.event.kind)
    if prior < 0 and own is not None and own in clues.tags | clues.tags_near:
        return 0.0
    if clues.members and profile.event.kind in _OF_MEMBERS:
        return 0.0
    if clues.of_peace and profile.event.kind not in _OF_PEACE:
        return prior + grammar.weights["not_peace"]
    if clues.bilateral:
        return 0.0 if prior < 0 else grammar.weights["not_bilateral"]
    return prior


def _by_date(profile: Profile, clues: Clues, article: Article) -> float:
    weights = article.index.grammar.weights
    if clues.days:
        if any(touches(profile.event, days, article.published) for days in clues.days):
            return weights["date"]
        return weights["date_close" if _slipped(profile.event, clues.days, article) else "date_wrong"]
    right = any(touches(profile.event, days, article.published) for days in clues.days_near)
    return weights["date_near"] if right else 0.0


def _slipped(event: Event, days: Iterable[Days], article: Article) -> bool:
    """Say whether a plan that the text tells may be that of an event which came a few days later."""
    published = article.published
    return published is not None and any(
        day[1] >= published[0] and days_between((event.start, event.end), day) <= _SLIP for day in days
    )


def _by_actor(profile: Profile, clues: Clues, article: Article) -> float:
    weights = article.index.grammar.weights
    told = clues.actors & profile.actors
    leading = told & (profile.hosts | clues.party)
    points = weights["actor"] * min(_MOST_COUNTED, len(leading) + 0.5 * len(told - leading))
    points += weights["actor_near"] * min(_MOST_COUNTED, len(clues.actors_near & profile.actors))
    points += weights["party"] * min(_MOST_COUNTED, len(clues.party & profile.actors))
    if not profile.hosts.isdisjoint(clues.actors):
        points += weights["host"]
    elif not profile.hosts.isdisjoint(clues.actors_near):
        points += weights["host_near"]
    if clues.actors & article.index.organisations - profile.hosts - clues.party:
        points += weights["host_wrong"]
    return points + weights["actor_wrong"] * len(clues.actors - profile.actors)


def _by_time(profile: Profile, clues: Clues, article: Article) -> float:
    """Weigh nearness to the publication day and agreement with the tense."""
    if article.published is None:
        return 0.0
    weights, away = article.index.grammar.weights, article.away(profile.event)
    points = float(weights["near"] * 0.5 ** (away / weights["half_life"]))
    fresh = days_between((profile.event.start, profile.event.end), article.published) <= _NEWS
    points += weights["fresh"] if fresh else 0.0
    alone = clues.noun in _UNIQUE and article.index.called.get(clues.key) == {profile.event.id}
    spelt = clues.numbers or clues.events or clues.asked or alone  # a number is as good years later
    points += (0.3 if spelt else 1.0) * max(
        weights["far"] * max(0.0, away - weights["horizon"]) / _YEAR, weights["farthest"]
    )
    if clues.tense is None:
        return points
    if article.stage(profile.event) in (None, "under-way", clues.tense):
        return points + weights["tense"]
    return points + weights["tense_wrong"] * (0.25 if fresh else 1.0)  # what broke off may go on


def _by_discourse(profile: Profile, clues: Clues, article: Article) -> float:
    weights = article.index.grammar.weights
    often = article.series.get(profile.event.series, 0)
    if _is_round(profile.event) and article.away(profile.event) <= _YEAR:  # a track grew from what its parent names
        often += article.series.get(article.index.gazetteer.series[profile.event.series].parent or "", 0)
    points = weights["series_spoken_of"] + weights["series_often"] * log2(often) if often else 0.0
    if not points and clues.ordinals and not (clues.series or clues.places or clues.numbers):
        points = weights["unspoken"] if article.away(profile.event) > _UNSPOKEN else 0.0
    return points + (weights["spoken_of"] if profile.event.id in article.events else 0.0)
