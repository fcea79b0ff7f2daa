"""Weigh how well an event fits a description: points of evidence, one small sum for each kind of it.

The weights stand in the grammar, each with its meaning.
"""

from collections.abc import Iterable
from math import log2
from operator import itemgetter

from peacetalks.annotate.clues import Clues
from peacetalks.annotate.profiles import Form, Profile, is_round
from peacetalks.annotate.vantage import Article, Nearness, days_between, touches
from peacetalks.registry.gazetteer import Event

Scored = tuple[float, Profile]
_points = itemgetter(0)
_MOST_COUNTED = 2
_OF_MEMBERS = frozenset({"contact-group-meeting", "opposition-meeting", "summit"})
_UNIQUE = frozenset({"congress", "conference", "summit"})  # nouns of what is held once
_OF_PEACE = frozenset({"negotiation-round", "multilateral-conference"})
_YEAR = 365
_NEWS = 3  # days
_SLIP = 10  # days
_EARLY = 100  # days
_UNSPOKEN = 60  # days
_SPELT = 0.3  # of what distance costs counts against a number, which is as good years later


def best(scored: list[Scored]) -> list[Scored]:
    """Return the candidates from the best on; ties keep the order of the index."""
    return sorted(scored, key=_points, reverse=True)


def candidates(clues: Clues, article: Article) -> Iterable[Profile]:
    """Return every event that the clues may mean, by the rarest thing that they say."""
    index = article.index
    if clues.events:
        return _ordered(index.profiles[name] for name in clues.events)
    if clues.numbers or clues.ordinals:
        found = index.by_number.get((clues.numbers or clues.ordinals)[0], [])
        return [profile for profile in found if clues.places <= profile.places]
    if clues.places:
        return index.by_place.get(min(clues.places), [])
    if clues.series:
        return _ordered({p.event.id: p for name in clues.series for p in index.by_series[name]}.values())
    if clues.days or clues.asked:
        return index.profiles.values()
    return article.in_sight()


def _ordered(profiles: Iterable[Profile]) -> list[Profile]:
    return sorted(profiles, key=lambda profile: (profile.event.start, profile.event.id))


class Scales:
    """What one description says, ready to weigh events: what is the same for many of them is worked out once."""

    def __init__(self, clues: Clues, article: Article) -> None:
        """Prepare the clues of a description for the events of an article."""
        index, published = article.index, article.published
        self._clues, self._article = clues, article
        self._weights = weights = index.grammar.weights
        self._families = [index.families[name] for name in clues.series]
        self._parents = {index.gazetteer.series[name].parent for name in clues.series}
        self._near = [index.families[name] for name in clues.series_near]
        self._called = index.called.get(clues.key, frozenset())
        self._fits = index.grammar.fits.get(clues.noun, {}) if clues.noun else {}
        self._strangers = bool(clues.actors & index.organisations)
        self._to_come = [days for days in clues.days if published is not None and days[1] >= published[0]]
        told = "date" if clues.days else "date_near"
        self._dated = [(days, weights["date_exact"]) for days in clues.days_exact if not clues.days]
        self._dated += [(days, weights[told]) for days in clues.days or clues.days_near]
        self._named = weights["name"] if clues.events else 0.0
        self._counted = bool(clues.numbers or clues.ordinals)
        self._open = not (clues.series or clues.places or self._counted)
        self._bare_ordinal = bool(clues.ordinals) and not (clues.series or clues.places or clues.numbers)
        self._unique = clues.noun in _UNIQUE and len(self._called) == 1
        self._spelt = bool(clues.numbers or clues.events or clues.asked)
        self._sides_matter = clues.sides or len(clues.persons_near) >= _MOST_COUNTED
        self._alike = not (self._sides_matter or clues.tags or clues.tags_near)  # all events of a form weigh the same
        self._everyone = clues.actors | clues.actors_near | clues.party
        self._nobody: float | None = None
        self._leads: dict[str, float] = {}
        self._forms: dict[Form, float] = {}
        self._spoken: dict[str, tuple[float, float]] = {}

    def admitted(self, profiles: Iterable[Profile]) -> list[Profile]:
        """Return the events against which no fact speaks."""
        return [*profiles] if self._open else [profile for profile in profiles if self._admits(profile)]

    def _admits(self, profile: Profile) -> bool:
        """Say whether no fact speaks against the event: another series, number or city."""
        clues, event = self._clues, profile.event
        grown = event.series in self._parents and is_round(event)
        if clues.series and not (grown or any(event.series in family for family in self._families)):
            return False
        if not clues.places <= profile.places:
            return False
        if clues.numbers:
            return all(any((place, n) in profile.numbered for place in clues.places) for n in clues.numbers)
        if clues.ordinals and clues.ordinals[0] != event.round:
            return any(n == clues.ordinals[0] and place in clues.places for place, n in profile.numbered)
        return True

    def weigh(self, profiles: Iterable[Profile]) -> list[Scored]:
        """Return the points of events that are admitted, each with it; each term is added in the order of this text."""
        clues, weights, published = self._clues, self._weights, self._article.published
        leads, forms, called, events = self._leads, self._forms, self._called, self._article.events
        near, told = clues.places_near, bool(clues.days or clues.days_near)
        people = bool(clues.actors or clues.actors_near or clues.party)
        spoken = bool(self._article.series) or self._bare_ordinal
        weighed = []
        for profile in profiles:
            event = profile.event
            name, series = event.id, event.series
            points = leads[series] if series in leads else self._by_name(series)
            if self._counted:
                points += self._by_number(event)
            if clues.places:
                points += weights["place"]
            elif near and not near.isdisjoint(profile.places):
                points += weights["place_near"]
            points += forms[profile.form] if profile.form in forms else self._by_kind(profile)
            if name in called:  # the description says just what a name of the event says
                points += weights["called"]
            if told:
                points += self._by_date(event)
            if people:
                points += self._by_actor(profile)
            if published is not None:
                points += self._by_time(event)
            if spoken:
                points += self._by_discourse(event) + (weights["spoken_of"] if name in events else 0.0)
            weighed.append((points, profile))
        return weighed

    def _by_name(self, series: str) -> float:
        weights, points = self._weights, self._named
        if self._clues.series:
            points += weights["series"] / (1 if any(series in family for family in self._families) else 2)
        elif any(series in family for family in self._near):
            points += weights["series_near"]
        self._leads[series] = points
        return points

    def _by_number(self, event: Event) -> float:
        whole = self._clues.numbers or self._clues.ordinals[0] == event.round
        return self._weights["number"] / (1 if whole else 2)

    def _by_kind(self, profile: Profile) -> float:
        weights, clues, event = self._weights, self._clues, profile.event
        points = self._prior(profile) + self._fits.get(event.kind, 0.0)
        if event.part_of and clues.noun != "round":
            points += weights["part"]
        if event.status == "proposed-never-held":
            points += weights["floated" if clues.places else "floated_elsewhere"]
        if self._alike:
            self._forms[profile.form] = points
            return points
        if not clues.tags_near.isdisjoint(profile.tags):
            points += weights["tag_near"]
        matched = len(clues.tags & profile.tags)
        return points + weights["tag"] * matched + weights["tag_wrong"] * (len(clues.tags) - matched)

    def _prior(self, profile: Profile) -> float:
        """Return what the kind of meeting starts with; told by its parties, a bilateral meeting needs nothing more."""
        clues, grammar, kind = self._clues, self._article.index.grammar, profile.event.kind
        prior = grammar.priors.get(kind, 0.0)
        if self._sides_matter:
            if prior < 0 and len(clues.persons_near & profile.actors) >= _MOST_COUNTED:
                return 0.0
            if clues.sides and not profile.sides:
                return grammar.weights["not_sides"]
        own = grammar.tags.get(kind)
        if prior < 0 and own is not None and (own in clues.tags or own in clues.tags_near):
            return 0.0
        if clues.members and kind in _OF_MEMBERS:
            return 0.0
        if clues.of_peace and kind not in _OF_PEACE:
            return prior + grammar.weights["not_peace"]
        if clues.bilateral:
            return 0.0 if prior < 0 else grammar.weights["not_bilateral"]
        return prior

    def _by_date(self, event: Event) -> float:
        clues, published = self._clues, self._article.published
        start, end, planned = event.start, event.end, event.planned
        for days, points in self._dated:
            if (start <= days[1] and days[0] <= end) or (planned and touches(event, days, published)):
                return points
        if not clues.days:
            return 0.0
        return self._weights["date_close" if self._to_come and self._slipped(event) else "date_wrong"]

    def _slipped(self, event: Event) -> bool:
        """Say whether a plan that the text tells may be that of an event which came a few days later."""
        return any(days_between((event.start, event.end), days) <= _SLIP for days in self._to_come)

    def _by_actor(self, profile: Profile) -> float:
        weights, clues = self._weights, self._clues
        if self._nobody is not None and profile.actors.isdisjoint(self._everyone):
            return self._nobody
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
        if profile.actors.isdisjoint(self._everyone):
            self._nobody = points  # the same for every event without any of them
        return points

    def _by_time(self, event: Event) -> float:
        """Weigh nearness to the publication day and agreement with the tense."""
        near, far, fresh, stage = self._article.view.nearness.get(event.id) or self._nearness(event)
        points = near + (_SPELT if self._spelt or (self._unique and event.id in self._called) else 1.0) * far
        tense = self._clues.tense
        if tense is None:
            return points
        if stage is None or stage in ("under-way", tense):
            return points + self._weights["tense"]
        return points + self._weights["tense_wrong"] * (0.25 if fresh else 1.0)  # what broke off may go on

    def _nearness(self, event: Event) -> Nearness:
        """Return what the view keeps of how near an event is."""
        stage = self._article.stage(event)
        weights, away, published = self._weights, self._article.away(event), self._article.published
        fresh = published is None or (away <= _NEWS and days_between((event.start, event.end), published) <= _NEWS)
        near = float(weights["near"] * 0.5 ** (away / weights["half_life"])) + (weights["fresh"] if fresh else 0.0)
        if away > _EARLY and stage == "ahead":
            near += weights["early"]
        far = max(weights["far"] * max(0.0, away - weights["horizon"]) / _YEAR, weights["farthest"])
        self._article.view.nearness[event.id] = nearness = (near, far, fresh, stage)
        return nearness

    def _by_discourse(self, event: Event) -> float:
        weights, article, series = self._weights, self._article, event.series
        if series not in self._spoken:  # a track grew from what its parent names
            often = article.series.get(series, 0)
            parents = article.series.get(article.index.gazetteer.series[series].parent or "", 0)
            self._spoken[series] = self._by_count(often), self._by_count(often + parents)
        points, grown = self._spoken[series]
        if grown != points and is_round(event) and article.away(event) <= _YEAR:
            points = grown
        if not points and self._bare_ordinal and article.away(event) > _UNSPOKEN:
            return weights["unspoken"]
        return points

    def _by_count(self, often: int) -> float:
        """Return the points of a series that was spoken of so often."""
        return self._weights["series_spoken_of"] + self._weights["series_often"] * log2(often) if often else 0.0
