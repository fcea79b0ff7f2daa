"""Tell who published a page and whom it credits for the text, by weighted evidence."""

import math
from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from urllib.parse import urlsplit

from msgspec import Struct
from msgspec.structs import replace

from peacetalks.annotate.dateline import Dateline
from peacetalks.annotate.frame import Frame, Line
from peacetalks.annotate.outlet_names import OutletNames, outlet_names
from peacetalks.annotate.source_clues import Clue
from peacetalks.annotate.source_forms import line_clues, next_line_clues, sign_off_clues
from peacetalks.record import PageFacts
from peacetalks.registry.outlets import Outlets

_NEEDED = 0.6
_NEEDED_BESIDE_OUTLET = 0.4  # where another publisher is known, a name on a line of its own is the source
_CREDITED = 0.8  # of two that may have published a page, the one that it credits for the text has not
_MARGIN = 0.05
_SURE = 0.99
_OF_MARKUP = 0.9
_OF_DATELINE = 0.95
_HOUSE_STYLE = 0.15  # an agency's own pages open with its dateline; so do all that carry it
_OWN_DATELINE = 0.4  # a broadcaster's or a daily's credit is seldom carried elsewhere
_LONG = 50  # characters
_AS_CAPTION = 0.5
_OF_HABIT = 0.15  # an agency that an outlet usually carries, where the page names it at all
_LAST_PARAGRAPHS = 3
_OTHER_LANGUAGE = 0.45  # what is left of a name's weight on a page in a language that the outlet does not publish in


class Source(Struct, frozen=True):
    """The outlet of a page and the one credited for its text, with the numbers of the segments that say so."""

    outlet: str | None
    agency: str | None
    evidence: tuple[int, ...]


class _Evidence:
    """The weights that speak for each outlet, combined as independent chances."""

    def __init__(self) -> None:
        self._weights: dict[str, dict[str, tuple[float, int]]] = defaultdict(dict)

    def add(self, outlet: str, weight: float, n: int, text: str) -> None:
        """Count a piece of evidence once, at its best, however often its text stands on the page."""
        if weight > self._weights[outlet].get(text, (0.0, -1))[0]:
            self._weights[outlet][text] = (weight, n)

    def segments(self, outlet: str | None) -> set[int]:
        """Return the numbers of the segments that speak for an outlet."""
        return {n for _, n in self._weights.get(outlet or "", {}).values() if n >= 0}

    def best(self, needed: float, *, apart_from: str | None = None) -> str | None:
        """Return the outlet with the most evidence, or None where it is too little or two are as good."""
        ranked = sorted(
            (math.prod(1 - weight for weight, _ in weights.values()), outlet)
            for outlet, weights in self._weights.items()
            if outlet != apart_from and weights
        )
        if not ranked or 1 - ranked[0][0] < needed - 1e-9:
            return None
        if len(ranked) > 1 and ranked[1][0] - ranked[0][0] < _MARGIN and ranked[0][0] > 0.02:
            return None
        return ranked[0][1]


def find_source(
    frame: Frame,
    dateline: Dateline | None,
    outlets: Outlets,
    *,
    language: str = "und",
    url: str | None = None,
    facts: PageFacts | None = None,
) -> Source:
    """Return outlet and agency of a page; each is None where the evidence does not carry it."""
    names = outlet_names(outlets)
    publisher, source = _Evidence(), _Evidence()
    for clue in _clues_of_markup(url, facts, names, language):
        publisher.add(clue.outlet.id, clue.publisher, -1, clue.text)
        source.add(clue.outlet.id, clue.source, -1, clue.text)
    if dateline is not None and dateline.agency is not None:
        _weigh_dateline(dateline.n, dateline.agency, publisher, source, outlets)
    foreign = not _reads_latin(frame)
    for line in _that_may_tell(frame.around):
        for clue in line_clues(line, names, language):
            fit = 1.0 if foreign and _is_latin(clue, line) else _fit(clue, language)
            publisher.add(clue.outlet.id, clue.publisher * fit, line.n, clue.text)
            source.add(clue.outlet.id, clue.source * fit, line.n, clue.text)
    for line, following in pairwise(frame.around):
        for clue in next_line_clues(line, following, names, language) if "source" in line.tables else ():
            source.add(clue.outlet.id, clue.source, following.n, clue.text)
    for line, weight in _last_lines(frame):
        for clue in sign_off_clues(line, names, language):
            source.add(clue.outlet.id, clue.source * weight, line.n, clue.text)
    return _decide(publisher, source, outlets)


def _weigh_dateline(n: int, agency: str, publisher: _Evidence, source: _Evidence, outlets: Outlets) -> None:
    source.add(agency, _OF_DATELINE, n, "dateline")
    entry = outlets.get(agency)
    if entry is not None and not entry.wholesale:
        publisher.add(agency, _HOUSE_STYLE if entry.kind == "agency" else _OWN_DATELINE, n, "dateline")


def _last_lines(frame: Frame) -> list[tuple[Line, float]]:
    """Return the paragraphs that may bear a sign-off, and the long line below them, which may be the last of them."""
    last = [(line, 1.0) for line in frame.paragraphs[-_LAST_PARAGRAPHS:]]
    end = frame.paragraphs[-1].rank + 1 if frame.paragraphs else -1
    below = [line for line in frame.lines if line.rank == end]
    weights = {"caption": _AS_CAPTION, "chrome": _AS_CAPTION, "meta": 1.0}
    return last + [(line, weights[line.label]) for line in below if line.label in weights and len(line.text) > _LONG]


def _decide(publisher: _Evidence, source: _Evidence, outlets: Outlets) -> Source:
    outlet = publisher.best(_NEEDED) or publisher.best(_NEEDED, apart_from=source.best(_CREDITED))
    entry = outlets.outlets.get(outlet or "")
    own = outlet if entry is not None else None  # an outlet on its own page credits no one by its name
    if entry is not None and entry.agency is not None and source.segments(entry.agency):
        source.add(entry.agency, _OF_HABIT, -1, "habit")
    agency = source.best(_NEEDED if outlet is None else _NEEDED_BESIDE_OUTLET, apart_from=own)
    if agency is None and outlet in outlets.agencies:
        agency = outlet
    return Source(outlet, agency, tuple(sorted(publisher.segments(outlet) | source.segments(agency))))


def _clues_of_markup(url: str | None, facts: PageFacts | None, names: OutletNames, language: str) -> list[Clue]:
    """Return what the page's address and its markup say."""
    clues = []
    for address in (url, facts.url if facts is not None else None):
        owner = names.host_owner(urlsplit(address).hostname or "") if address else None
        if owner is not None:
            clues.append(Clue(owner, _SURE, 0, "host"))
    if facts is not None:
        site = names.named(facts.site_name or "", language)
        agency = names.named(facts.agency or "", language)
        signed = [names.named(author, language) for author in facts.authors]
        clues += [Clue(found.outlet, _OF_MARKUP, 0, "site name") for found in (site,) if found is not None]
        clues += [Clue(found.outlet, 0, _OF_MARKUP, "credit") for found in (agency,) if found is not None]
        clues += [Clue(found.outlet, 0, 0.8, "author") for found in signed if found and found.outlet.kind == "agency"]
    return clues


def _that_may_tell(lines: list[Line]) -> Iterator[Line]:
    """Yield the lines that name an outlet, have the shape of a mark or may hold a host, as most of a page do not.

    What looks like a picture's credit, but stands right below a byline, is the text's.
    """
    above = None
    for line in lines:
        if line.found or line.shapes or line.dotted:
            below_byline = above is not None and above.label == "meta" and line.rank - above.rank == 1
            yield replace(line, label="meta") if line.label == "caption" and below_byline and line.found else line
        above = line


def _reads_latin(frame: Frame) -> bool:
    sample = frame.paragraphs[0].folded if frame.paragraphs else ""
    return sample.isascii() or 2 * len(sample.encode("ascii", "ignore")) >= len(sample)


def _is_latin(clue: Clue, line: Line) -> bool:
    """Tell whether a line names the outlet in Latin letters, which on a page in others are no common words."""
    return any(
        hit.outlet is clue.outlet and not hit.weak and line.text[hit.start : hit.end].isascii() for hit in line.found
    )


def _fit(clue: Clue, language: str) -> float:
    """Return what the page's language leaves of a name's weight: agencies are read in every language, others less."""
    languages = clue.outlet.languages
    if language == "und" or not languages or language.partition("-")[0] in languages:
        return 1.0
    if clue.outlet.kind == "agency" and not clue.outlet.common_word:
        return 1.0
    return _OTHER_LANGUAGE
