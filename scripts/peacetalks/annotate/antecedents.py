"""Find what "the conference" or "peace talks" stands for: the nearest fitting mention before it."""

from dataclasses import dataclass
from math import log2
from typing import NamedTuple

from peacetalks.annotate.clues import is_plural, told_days
from peacetalks.annotate.descriptions import Description
from peacetalks.annotate.rounds import ASKED, choose
from peacetalks.annotate.vantage import Article, touches
from peacetalks.registry.gazetteer import Event

_NOT_ENOUGH = 1.0
_IMMINENT = 60  # days in which peace talks without a name mean the next main conference
_REMEMBERED = 60  # mentions; what stands further back is no antecedent
_FITS_WELL = 2.0
_FITS = 1.0
_UNFIT = -1.0
_NEWS = 3  # days
_RECENT = 7  # days
_MAIN_KINDS = frozenset({"negotiation-round", "multilateral-conference"})
_ALIKE = _MAIN_KINDS | {"contact-group-meeting"}
_KNOWN_TO_ALL = frozenset({"talks", "conference", "congress", "forum"})  # "the talks" may need no mention before
_OF_SERIES = frozenset({"talks", "consultations", "process", "round"})


@dataclass(frozen=True, slots=True)
class _Told:
    description: Description
    event: str | None
    series: str


def _names_series(told: _Told) -> bool:
    return told.event is None or "series" in told.description.told or "place" in told.description.told


class Found(NamedTuple):
    """What a description points back to, and its lead over the next best in points."""

    event: str | None
    series: str
    margin: float


class Antecedents:
    """The mentions so far, in order, to choose from."""

    def __init__(self, article: Article) -> None:
        """Start an article with nothing told."""
        self._article = article
        self._told: list[_Told] = []

    def add(self, description: Description, meanings: list[tuple[str | None, str]]) -> None:
        """Remember a mention and what it meant."""
        self._told += [_Told(description, event, series) for event, series in meanings]
        del self._told[:-_REMEMBERED]

    def find(self, one: Description) -> Found | None:
        """Return the event (or None) and the series that a description without features means, or None."""
        subject = "subject" in one.told
        asked = not ASKED.keys().isdisjoint(one.values("relative")) and not self._article.index.language.articles
        generic = not (one.definite or asked or self._repeats(one) or one.noun == "congress")
        if one.noun is None or is_plural(one):
            return None
        if generic and (one.noun == "process" or not subject):
            return None
        candidates = self._told_before(one)
        if subject or (not candidates and one.noun != "process"):
            for event in self._in_view(one):
                candidates.setdefault((event.id, event.series), self._fit(event, one))
        if generic:
            events = self._article.index.gazetteer.events
            candidates = {k: points for k, points in candidates.items() if k[0] and self._is_main(events[k[0]], one)}
        if places := frozenset(one.values("place")):
            candidates = {key: points for key, points in candidates.items() if self._was_there(key, places)}
        if not candidates:
            return None
        key = max(candidates, key=lambda pair: (candidates[pair], pair[1], pair[0] or ""))
        if candidates[key] < _NOT_ENOUGH:
            return None
        next_best = max((points for other, points in candidates.items() if other != key), default=_NOT_ENOUGH)
        turned = self._turned(key, one)
        return Found(*turned, candidates[key] - max(next_best, _NOT_ENOUGH)) if turned else None

    def _was_there(self, meaning: tuple[str | None, str], places: frozenset[str]) -> bool:
        """Say whether an event, or some event of a series, has the places that the description names."""
        index = self._article.index
        events = [meaning[0]] if meaning[0] else [event.id for event in index.lines[meaning[1]]]
        return any(places <= index.profiles[event].places for event in events)

    def _told_before(self, one: Description) -> dict[tuple[str | None, str], float]:
        """Return the meanings of the mentions so far with their points; of a process, only series that are one."""
        candidates: dict[tuple[str | None, str], float] = {}
        for back, told in enumerate(reversed(self._told)):
            if self._governs(told.description, one):
                continue
            key = (told.event, told.series)
            if one.noun == "process":
                if not self._article.index.gazetteer.series[told.series].track or not _names_series(told):
                    continue
                key = (None, told.series)
            if told.event and told.description.noun != one.noun and self._unfit(told.event, one):
                continue
            if told.event and "peace" in one.values("subject") and not self._is_of_peace(told.event):
                continue
            points = self._points(told, one, back)
            candidates[key] = max(points, candidates.get(key, points))
        return candidates

    def _unfit(self, event: str, one: Description) -> bool:
        """Say whether the noun is never said of such a meeting: two ministers make no conference."""
        kind = self._article.index.gazetteer.events[event].kind
        return self._article.index.grammar.fits.get(one.noun or "", {}).get(kind, 0.0) < _UNFIT

    def _is_of_peace(self, event: str) -> bool:
        return self._article.index.gazetteer.events[event].kind in _MAIN_KINDS

    def _turned(self, key: tuple[str | None, str], one: Description) -> tuple[str | None, str] | None:
        """Return the next or the last event of the antecedent's series where the description asks for it.

        None where there is no next one.
        """
        article = self._article
        for relative in one.values("relative"):
            if relative in ASKED and article.published is not None:
                like = article.index.gazetteer.events.get(key[0] or "")
                kinds = _MAIN_KINDS if like is None else _ALIKE if like.kind in _ALIKE else {like.kind}
                line = article.index.gazetteer.series[key[1]]
                events = [
                    event
                    for name in sorted(
                        article.index.families[line.parent or line.id] if relative == "next" else {key[1]}
                    )
                    for event in article.index.lines[name]
                    if article.stage(event) in ASKED[relative] and event.kind in kinds
                ]
                if events:
                    return choose(relative, events, article, parts=one.noun == "round").id, key[1]
                if relative == "next":
                    return None  # one that is not known
        return key

    def _repeats(self, one: Description) -> bool:
        """Say whether a bare noun takes up an earlier one, in a language that has no article to show it."""
        if self._article.index.language.articles or not one.bare or any(item.kind != "noun" for item in one.items):
            return False
        return any(
            told.description.noun == one.noun or self._is_called(told.event, one) or self._is_news(told.event, one)
            for told in self._told
        )

    def _is_news(self, event: str | None, one: Description) -> bool:
        """Say whether an event of these days was spoken of for which the noun is a fit one."""
        if event is None or self._article.published is None:
            return False
        known = self._article.index.gazetteer.events[event]
        fit = self._article.index.grammar.fits.get(one.noun or "", {}).get(known.kind, 0.0)
        return fit >= _FITS and self._article.away(known) <= _NEWS

    def _is_called(self, event: str | None, one: Description) -> bool:
        """Say whether the noun is a fit one for an event that was named without any."""
        return event is not None and self._is_main(self._article.index.gazetteer.events[event], one)

    def _points(self, told: _Told, one: Description, back: int) -> float:
        article, weights = self._article, self._article.index.grammar.weights
        points = weights["recent"] * 0.5**back
        points += weights["same_noun"] * (told.description.noun == one.noun)
        if told.event is None:
            points += weights["often"] * log2(1 + article.series.get(told.series, 0))
            return points + (1.0 if one.noun in _OF_SERIES else -2.0)
        points += weights["often"] * log2(1 + article.events.get(told.event, 0))
        event = article.index.gazetteer.events[told.event]
        if one.sentence.times and any(
            touches(event, span, article.published) for span in told_days(one.sentence.times, one.tense)
        ):
            points += weights["date_near"]
        return points + self._fit(event, one)

    def _fit(self, event: Event, one: Description) -> float:
        article, grammar = self._article, self._article.index.grammar
        points = grammar.fits.get(one.noun or "", {}).get(event.kind, 0.0)
        tense, stage = one.tense, article.stage(event)
        if not one.definite and stage == "held" and article.away(event) > _RECENT:
            points += grammar.weights["tense_wrong"]  # what is news is not introduced anew long after
        if tense is None and stage != "ahead" and article.away(event) <= _NEWS:
            points += grammar.weights["news"]
        if tense is None or stage is None:
            return points
        return points + grammar.weights["tense" if stage in (tense, "under-way") else "tense_wrong"]

    def _governs(self, earlier: Description, one: Description) -> bool:
        """Say whether the earlier phrase holds this one, as in "preparatory talks for the meeting"."""
        return earlier.sentence is one.sentence and 0 <= one.start - earlier.end <= len(" for ")

    def _is_main(self, event: Event, one: Description) -> bool:
        """Say whether an event is one that the noun means without further words."""
        grammar = self._article.index.grammar
        fit = grammar.fits.get(one.noun or "", {}).get(event.kind, 0.0)
        if event.kind not in _MAIN_KINDS and fit > 0 and "peace" in one.values("subject"):
            return False
        return (event.kind in _MAIN_KINDS and fit > 0) or (fit >= _FITS_WELL and grammar.priors[event.kind] > -1)

    def _in_view(self, one: Description) -> list[Event]:
        """Return the main conferences that are held about the publication day, or spoken of elsewhere."""
        article = self._article
        if article.published is None:
            return []
        key = (one.noun, "peace" in one.values("subject"))
        if key not in article.index.main:
            events = article.index.gazetteer.events.values()
            held = [event for event in events if event.status == "held" and not event.part_of]
            article.index.main[key] = {event.id: event for event in held if self._is_main(event, one)}
        main = article.index.main[key]
        spoken = [event for name, event in main.items() if name in article.events]
        if "subject" not in one.told and one.noun not in _KNOWN_TO_ALL:
            return spoken
        sight = (main.get(profile.event.id) for profile in article.in_sight(_IMMINENT))
        near = sorted((event for event in sight if event and event.kind in _MAIN_KINDS), key=article.away)
        if len(near) > 1 and article.away(near[0]) == article.away(near[1]):
            return spoken
        return [*spoken, *near[:1]]
