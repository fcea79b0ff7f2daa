"""Weigh how well an event fits a description: points of evidence, one small sum for each kind of it.

The weights stand in the grammar, each with its meaning.
"""

from collections.abc import Iterable
from math import log2

from peacetalks.annotate.clues import Clues
from peacetalks.annotate.index import Profile, is_round
from peacetalks.annotate.vantage import Article, days_between, touches
from peacetalks.registry.gazetteer import Event

_MOST_COUNTED = 2
_OF_MEMBERS = frozenset({"contact-group-meeting", "opposition-meeting", "summit"})
_UNIQUE = frozenset({"congress", "conference", "summit"})  # nouns of what is held once
_OF_PEACE = frozenset({"negotiation-round", "multilateral-conference"})
_YEAR = 365
_NEWS = 3  # days
_SLIP = 10  # days
_UNSPOKEN = 60  # days
_SPELT = 0.3  # of what distance costs counts against a number, which is as good years later


def rank(clues: Clues, article: Article) -> list[tuple[float, Profile]]:
    """Return the events that the clues do not rule out with their points, from the best on."""
    scales = Scales(clues, article)
    return best([(scales.weigh(profile), profile) for profile in _candidates(clues, article) if scales.admits(profile)])


def best(scored: list[tuple[float, Profile]]) -> list[tuple[float, Profile]]:
    """Return the candidates from the best on; first day and id break ties."""
    return sorted(scored, key=lambda pair: (-pair[0], pair[1].event.start, pair[1].event.id))


def _candidates(clues: Clues, article: Article) -> Iterable[Profile]:
    """Return every event that the clues may mean, by the rarest thing that they say."""
    index = article.index
    if clues.events:
        return [index.profiles[name] for name in sorted(clues.events)]
    if clues.numbers or clues.ordinals:
        found = index.by_number.get((clues.numbers or clues.ordinals)[0], [])
        return [profile for profile in found if clues.places <= profile.places]
    if clues.places:
        return index.by_place.get(min(clues.places), [])
    if clues.series:
        return {p.event.id: p for name in clues.series for p in index.by_series[name]}.values()
    if clues.days or clues.asked:
        return index.profiles.values()
    return article.in_sight()


class Scales:
    """What one description says, ready to weigh event after event; what is the same for all of them is worked out once."""

    def __init__(self, clues: Clues, article: Article) -> None:
        """Prepare the clues of a description for the events of an article."""
        index = article.index
        self._clues, self._article = clues, article
        self._weights = weights = index.grammar.weights
        self._series = frozenset[str]().union(*(index.families[name] for name in clues.series))
        self._parents = {index.gazetteer.series[name].parent for name in clues.series}
        self._near = frozenset[str]().union(*(index.families[name] for name in clues.series_near))
        self._called = index.called.get(clues.key, frozenset())
        self._fits = index.grammar.fits.get(clues.noun, {}) if clues.noun else {}
        self._strangers = bool(clues.actors & index.organisations)
        self._people = bool(clues.actors or clues.actors_near or clues.party)
        self._told = bool(clues.days or clues.days_near)
        published = article.published
        self._to_come = [days for days in clues.days if published is not None and days[1] >= published[0]]
        self._bare_ordinal = bool(clues.ordinals) and not (clues.series or clues.places or clues.numbers)
        self._spelt = bool(clues.numbers or clues.events or clues.asked)
        self._unique = clues.noun in _UNIQUE and len(self._called) == 1
        self._named = weights["name"] if clues.events else 0.0
        self._priors: dict[str, float] = {}
        self._sides_matter = clues.sides or len(clues.persons_near) >= _MOST_COUNTED

    def admits(self, profile: Profile) -> bool:
        """Say whether no fact speaks against the event: another series, number or city."""
        clues, event = self._clues, profile.event
        if clues.series and event.series not in self._series and not (event.series in self._parents and is_round(event)):
            return False
        if not clues.places <= profile.places:
            return False
        if clues.numbers:
            return all(any((place, n) in profile.numbered for place in clues.places) for n in clues.numbers)
        if clues.ordinals and clues.ordinals[0] != event.round:
            return any(n == clues.ordinals[0] and place in clues.places for place, n in profile.numbered)
        return True

    def weigh(self, profile: Profile) -> float:
        """Return the points for an event that is admitted."""
        weights, event = self._weights, profile.event
        points = self._by_name(event) + self._by_number(event) + self._by_place(profile) + self._by_kind(profile)
        if event.id in self._called:  # the description says just what a name of the event says
            points += weights["called"]
        if self._told:
            points += self._by_date(event)
        if self._people:
            points += self._by_actor(profile)
        if self._article.published is not None:
            points += self._by_time(event)
        return points + self._by_discourse(event)

    def _by_name(self, event: Event) -> float:
        if not self._clues.series:
            return self._named + (self._weights["series_near"] if event.series in self._near else 0.0)
        return self._named + self._weights["series"] / (1 if event.series in self._series else 2)

    def _by_number(self, event: Event) -> float:
        if self._clues.numbers:
            return self._weights["number"]
        if self._clues.ordinals:
            return self._weights["number"] / (1 if self._clues.ordinals[0] == event.round else 2)
        return 0.0

    def _by_place(self, profile: Profile) -> float:
        if self._clues.places:
            return self._weights["place"]
        return 0.0 if self._clues.places_near.isdisjoint(profile.places) else self._weights["place_near"]

    def _by_kind(self, profile: Profile) -> float:
        weights, clues, event = self._weights, self._clues, profile.event
        points = self._prior(profile) + self._fits.get(event.kind, 0.0)
        if event.part_of and clues.noun != "round":
            points += weights["part"]
        if event.status == "proposed-never-held":
            points += weights["floated" if clues.places else "floated_elsewhere"]
        if not clues.tags_near.isdisjoint(profile.tags):
            points += weights["tag_near"]
        if clues.tags:
            matched = len(clues.tags & profile.tags)
            points += weights["tag"] * matched + weights["tag_wrong"] * (len(clues.tags) - matched)
        return points

    def _prior(self, profile: Profile) -> float:
        """Return what the kind of meeting starts with; told by its parties, a bilateral meeting needs nothing more."""
        kind = profile.event.kind
        if self._sides_matter:
            prior = self._article.index.grammar.priors.get(kind, 0.0)
            if prior < 0 and len(self._clues.persons_near & profile.actors) >= _MOST_COUNTED:
                return 0.0
            if self._clues.sides and not profile.sides:
                return self._weights["not_sides"]
        if kind not in self._priors:
            self._priors[kind] = self._prior_of(kind)
        return self._priors[kind]

    def _prior_of(self, kind: str) -> float:
        clues, grammar = self._clues, self._article.index.grammar
        prior = grammar.priors.get(kind, 0.0)
        own = grammar.tags.get(kind)
        if prior < 0 and own is not None and own in clues.tags | clues.tags_near:
            return 0.0
        if clues.members and kind in _OF_MEMBERS:
            return 0.0
        if clues.of_peace and kind not in _OF_PEACE:
            return prior + grammar.weights["not_peace"]
        if clues.bilateral:
            return 0.0 if prior < 0 else grammar.weights["not_bilateral"]
        return prior

    def _by_date(self, event: Event) -> float:
        weights, clues, published = self._weights, self._clues, self._article.published
        if clues.days:
            if any(touches(event, days, published) for days in clues.days):
                return weights["date"]
            return weights["date_close" if self._slipped(event) else "date_wrong"]
        for days in clues.days_near:
            if touches(event, days, published):
                return weights["date_near"]
        return 0.0

    def _slipped(self, event: Event) -> bool:
        """Say whether a plan that the text tells may be that of an event which came a few days later."""
        return any(days_between((event.start, event.end), days) <= _SLIP for days in self._to_come)

    def _by_actor(self, profile: Profile) -> float:
        weights, clues = self._weights, self._clues
        points = 0.0
        if clues.actors:
            told = clues.actors & profile.actors
            leading = told & (profile.hosts | clues.party)
            points += weights["actor"] * min(_MOST_COUNTED, len(leading) + 0.5 * len(told - leading))
        if clues.actors_near:
            points += weights["actor_near"] * min(_MOST_COUNTED, len(clues.actors_near & profile.actors))
        if clues.party:
            points += weights["party"] * min(_MOST_COUNTED, len(clues.party & profile.actors))
        if not profile.hosts.isdisjoint(clues.actors):
            points += weights["host"]
        elif not profile.hosts.isdisjoint(clues.actors_near):
            points += weights["host_near"]
        if self._strangers and clues.actors & self._article.index.organisations - profile.hosts - clues.party:
            points += weights["host_wrong"]
        if clues.actors:
            points += weights["actor_wrong"] * len(clues.actors - profile.actors)
        return points

    def _by_time(self, event: Event) -> float:
        """Weigh nearness to the publication day and agreement with the tense."""
        nearness = self._article.view.nearness
        if event.id not in nearness:
            nearness[event.id] = self._nearness(event)
        near, far, fresh = nearness[event.id]
        points = near + (_SPELT if self._spelt or (self._unique and event.id in self._called) else 1.0) * far
        tense = self._clues.tense
        if tense is None:
            return points
        if self._article.stage(event) in (None, "under-way", tense):
            return points + self._weights["tense"]
        return points + self._weights["tense_wrong"] * (0.25 if fresh else 1.0)  # what broke off may go on

    def _nearness(self, event: Event) -> tuple[float, float, bool]:
        """Return the points for being near and as news, those for being far, and whether it is news."""
        weights, away, published = self._weights, self._article.away(event), self._article.published
        fresh = published is None or days_between((event.start, event.end), published) <= _NEWS
        near = float(weights["near"] * 0.5 ** (away / weights["half_life"])) + (weights["fresh"] if fresh else 0.0)
        return near, max(weights["far"] * max(0.0, away - weights["horizon"]) / _YEAR, weights["farthest"]), fresh

    def _by_discourse(self, event: Event) -> float:
        weights, article = self._weights, self._article
        often = article.series.get(event.series, 0)
        if article.series and is_round(event):  # a track grew from what its parent names
            parent = article.index.gazetteer.series[event.series].parent
            if parent in article.series and article.away(event) <= _YEAR:
                often += article.series[parent]
        points = weights["series_spoken_of"] + weights["series_often"] * log2(often) if often else 0.0
        if not points and self._bare_ordinal:
            points = weights["unspoken"] if article.away(event) > _UNSPOKEN else 0.0
        return points + (weights["spoken_of"] if event.id in article.events else 0.0)


