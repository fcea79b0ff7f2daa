"""Find the meetings that the descriptions of an article mean: by evidence first, then what leans on the others."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import takewhile

from peacetalks.annotate.antecedents import Antecedents
from peacetalks.annotate.clues import gather_clues, is_plural, is_track, places_in_clause, told_days
from peacetalks.annotate.descriptions import Description
from peacetalks.annotate.evidence import Scales, Scored, best, candidates
from peacetalks.annotate.index import FOREIGN, is_own, name_key
from peacetalks.annotate.lexicon import Item
from peacetalks.annotate.profiles import Profile
from peacetalks.annotate.rounds import ASKED, Link, counted_rounds, keep_nearest
from peacetalks.annotate.vantage import Article, days_between, touches
from peacetalks.annotate.verb_evidence import VerbEvidence
from peacetalks.record import Basis
from peacetalks.registry.gazetteer import Event

_SAME_DAY = 0.75  # points: two meetings of one day that are told apart by less are both meant
_RUNNING = 3  # days after a meeting in which its series' name still means it
_TELLING = frozenset({"place", "number", "ordinal", "event", "series", "tag", "actor", "count"})
_NAMING = frozenset({"place", "event", "series", "number"})
_IN_ORDER = frozenset({"ordinal", "relative", "count"})
_OF_A_MEETING = _NAMING | _IN_ORDER | {"tag"}
_OF_ONE = frozenset({"number", "ordinal", "relative", "event", "tag"})
_IN_LINE = frozenset({"next", "last", "previous"})
_OF_TALKS = frozenset({"round", "meeting", "consultations"})
_FAR = 10**6
_NEAR = 12  # code points: in an article of the process, another matter must stand close to take a phrase
_CITY = 40  # days in which the name of a city alone may mean what met there
_TALK_OF_THE_DAY = 120  # days in which a congress needs no name
_COMING = 45  # days before a meeting in which its series' name may mean it


def link_descriptions(described: list[Description], article: Article) -> list[list[Link]]:
    """Link what identifies itself first, then in order what leans on the rest of the article."""
    links: list[list[Link]] = [[] for _ in described]
    own = [(position, one) for position, one in enumerate(described) if not _of_other_matter(one, article)]
    known = {id(one): links_of for one, links_of in zip(described, links, strict=True)}
    for position, one in sorted(own, key=lambda pair: _dependence(pair[1])):
        if _identifies(one, article):
            links[position] += _by_evidence(_in_line(one, known, article), article)
            _remember(links[position], article)
    for position, one in own:
        if not links[position] and one.values("ordinal"):  # now that more of the article is known
            links[position] += _by_evidence(_in_line(one, known, article), article)
            _remember(links[position], article)
    antecedents = Antecedents(article)
    leaning = {position for position, _ in own}
    for position, one in enumerate(described):
        if not links[position] and position in leaning and _may_lean(one):
            links[position] = list(_leaning(one, antecedents, article))
            _remember(links[position], article)
        antecedents.add(one, [(link.event, link.series) for link in links[position]])
    return links


def _in_line(one: Description, known: dict[int, list[Link]], article: Article) -> Description:
    """Return "the fifth" with the series of the round that it is counted with, where that is known."""
    series = {link.series for link in known.get(id(one.counted), []) if link.event}
    if len(series) != 1 or one.series or any(len(article.index.families[name]) > 1 for name in series):
        return one  # what grew from a series counts anew
    return replace(one, items=(*one.items, Item(one.start, one.end, "series", min(series))))


def _dependence(one: Description) -> int:
    """Return how much a description leans on what the article names elsewhere; less goes first."""
    if one.city:
        return 3
    if one.elliptic or one.verbal:
        return 2
    return int(not one.tells(_NAMING) and not any(when.exact for when in one.times))


def _may_lean(one: Description) -> bool:
    """Say whether a description may take its meaning from the article: it names nothing that would have told it."""
    return not (one.verbal or one.city or one.elsewhere or one.values("ordinal") or one.values("number"))


def _identifies(one: Description, article: Article) -> bool:
    """Say whether the description holds more than a noun and its matter."""
    if "series" in one.told and one.noun is None:
        return False  # the name of a body alone
    if one.verbal or one.city or one.party or one.times or one.tells(_TELLING) or one.series:
        return True
    if places_in_clause(one):
        return True
    if "relative" not in one.told or one.definite:
        return False
    if article.index.language.articles:
        return not one.bare  # "previous rounds" speaks of none in particular
    return bool(one.values("subject")) or _IN_LINE.isdisjoint(one.values("relative"))  # "next round" leans on the text


def _of_other_matter(one: Description, article: Article) -> bool:
    """Say whether the sentence or the article speaks of another matter, and the description not of this one."""
    for item in one.items:
        if item.kind in ("event", "series", "number") or is_own(item):
            return False
    if article.matter == "foreign":
        return True
    if article.matter == "own" and FOREIGN.isdisjoint(one.sentence.kinds):
        return False
    own = [item for item in one.sentence.items if is_own(item)]
    if article.matter == "passing" and not own:
        return True
    reach = _NEAR if article.matter == "own" else _FAR
    foreign = [i for i in one.sentence.items if i.kind in FOREIGN and one.distance(i) <= reach]
    return bool(foreign) and min(map(one.distance, foreign)) < min(map(one.distance, own), default=_FAR)


def _by_evidence(one: Description, article: Article) -> list[Link]:
    """Return the events that the evidence singles out, or the series, or nothing."""
    if "count" in one.told and (counted := list(counted_rounds(one, article))):
        return counted
    if is_plural(one) and not one.values("count") and not one.times and not one.values("ordinal"):
        return list(_series_named(one, article))
    if len(one.times) > 1 and is_plural(one):
        several = [link for when in one.times for link in _by_evidence(replace(one, times=(when,)), article)]
        if len({link.event for link in several if link.event}) == len(one.times):
            return several
    enough = article.index.grammar.weights["enough"]
    ranked = _ranked(one, article)
    if not ranked or ranked[0][0] < enough:
        return list(_series_named(one, article))
    top, profile = ranked[0]
    if one.city and article.away(profile.event) > _CITY and profile.event.series not in article.series:
        return []
    if not _is_news(one, profile, article):
        return []
    if _means_series(one, profile.event, article):
        others = (points for points, other in ranked if other.event.series != profile.event.series)
        series = _series_called(one, profile.event.series, article)
        return [Link(None, series, "series", top - max(others, default=enough))]
    basis = _basis(one)
    close = list(takewhile(lambda scored: top - scored[0] <= _SAME_DAY, ranked))
    tied = [(points, other) for points, other in close if _is_twin(other, profile, one)]
    meant = {other.event.id for _, other in tied}
    rest = next((points for points, other in ranked if other.event.id not in meant), enough)
    margin = top - max(enough, rest)
    return [Link(other.event.id, other.event.series, basis, margin) for points, other in tied if points >= enough]


def _ranked(one: Description, article: Article) -> list[Scored]:
    """Return the events that the description may mean with their points, from the best on."""
    clues = gather_clues(one, article.index)
    scales = Scales(clues, article)
    found = scales.admitted(candidates(clues, article))
    nearest = keep_nearest(found, one, article)
    if one.verbal:
        evidence = VerbEvidence(one, article)
        found = [profile for profile in found if evidence.fits(profile)]
    if nearest is None:
        return best(scales.weigh(found))
    bonus = article.index.grammar.weights["nearest"]
    return best([(points + bonus, profile) for points, profile in scales.weigh(nearest)])


def _is_news(one: Description, profile: Profile, article: Article) -> bool:
    """Say whether "talks between ..." without any name may mean a meeting: one to come, or one of these days."""
    if one.times or one.definite or one.verbal or one.tells(_OF_A_MEETING):
        return True
    if one.tense == "ahead" and article.stage(profile.event) == "held" and one.noun != "congress":
        return False
    if one.noun == "congress" and article.away(profile.event) <= _TALK_OF_THE_DAY:
        return True
    return article.stage(profile.event) in (None, "ahead", "under-way") or article.away(profile.event) <= _RUNNING


def _series_called(one: Description, nearest: str, article: Article) -> str:
    """Return the series whose own name the description is, or the one of the nearest event."""
    index = article.index
    called = index.called_series.get(
        name_key(item for item in one.items if item.kind in ("place", "noun")), frozenset()
    )
    if not called or any(nearest in index.families[name] for name in called):
        return nearest
    return min(called)


def _series_named(one: Description, article: Article) -> Iterator[Link]:
    """Yield the series that the description names, or whose city it does where it speaks of several meetings."""
    for name in sorted(one.series or (_series_of_city(one, article) if is_plural(one) else ()))[:1]:
        yield Link(None, name, "series", article.index.grammar.weights["series"])


def _series_of_city(one: Description, article: Article) -> frozenset[str]:
    """Return the series that "the Astana meetings" means: called by its city with this noun, or with "talks"."""
    places = one.values("place")
    nouns = (one.noun, "talks") if one.noun in _OF_TALKS else (one.noun,)
    keys = (frozenset({("noun", noun), ("place", places[0])}) for noun in nouns if noun and len(places) == 1)
    return next((called for key in keys if (called := article.index.called_series.get(key))), frozenset())


def _means_series(one: Description, event: Event, article: Article) -> bool:
    """Say whether the description speaks of the whole series: a process, or talks that run over months."""
    if one.noun == "process":
        return True
    if one.times or one.party or one.verbal or one.tells(_OF_ONE):
        return False
    if not article.index.gazetteer.series[event.series].track or article.published is None:
        return False
    if one.noun in ("round", "meeting", "conference", "summit", "congress"):
        return False
    if is_track(one):
        return True
    if not one.definite and not one.bare:
        return False
    if any(touches(event, days, article.published) for days in told_days(one.sentence.times, one.tense)):
        return False
    away = days_between((event.start, event.end), article.published)
    if article.stage(event) == "ahead":
        return away > _RUNNING and _began(event, article) and (away > _COMING or one.tense != "ahead")
    return away > _RUNNING


def _began(event: Event, article: Article) -> bool:
    """Say whether the series had a meeting before, so that its name may mean the whole."""
    day = article.published[0] if article.published else event.start
    return any(other.end < day for other in article.index.lines[event.series])


def _is_twin(other: Profile, first: Profile, one: Description) -> bool:
    """Say whether another event is meant beside the best: separate meetings of one day, told in one phrase."""
    if other is first:
        return True
    together = "parallel" in one.values("tag") or len(one.party) > 1
    return together and other.event.start == first.event.start and other.event.series != first.event.series


def _basis(one: Description) -> Basis:
    if "event" in one.told or "number" in one.told:
        return "alias"
    if one.tells(_IN_ORDER):
        return "ordinal"
    return "date"


def _leaning(one: Description, antecedents: Antecedents, article: Article) -> Iterator[Link]:
    """Yield the meaning of a description that takes it from the article: an antecedent, or the conference in view."""
    if arrived := _meeting_of_these_days(one, article):
        yield arrived
        return
    found = antecedents.find(one)
    if found is not None:
        asked = not ASKED.keys().isdisjoint(one.values("relative"))
        basis: Basis = "ordinal" if asked and found.event else "anaphora" if one.definite else "date"
        yield Link(found.event, found.series, basis, found.margin)


def _meeting_of_these_days(one: Description, article: Article) -> Link | None:
    """Return the meeting of these days that "talks" means where the sentence names its city elsewhere."""
    if one.definite or one.values("subject") or one.values("relative") or article.published is None:
        return None
    if is_plural(one):
        return None  # "it will host other conferences"
    if not (near := article.in_sight(_RUNNING)) or not any(item.kind == "place" for item in one.near):
        return None
    fits = article.index.grammar.fits.get(one.noun or "", {})
    clues = gather_clues(one, article.index)
    enough = article.index.grammar.weights["enough"]
    scales = Scales(clues, article)
    for points, profile in best(scales.weigh(scales.admitted(near))):
        told = clues.places_near & profile.places
        if points >= enough and told and fits.get(profile.event.kind, 0.0) > 0:
            return Link(profile.event.id, profile.event.series, "date", points - enough)
    return None


def _remember(links: list[Link], article: Article) -> None:
    for link in links:
        article.remember(link.event, link.series)
