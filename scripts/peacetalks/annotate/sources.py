"""Tell who published a page and whom it credits for the text, by weighted evidence."""

import re
from collections import defaultdict
from functools import cache
from urllib.parse import urlsplit

from msgspec import Struct

from peacetalks.annotate.dateline import find_dateline
from peacetalks.annotate.fold import fold
from peacetalks.annotate.outlet_names import Found, OutletNames, outlet_names
from peacetalks.annotate.source_marks import line_marks
from peacetalks.record import Segment
from peacetalks.registry.credits import all_words, load_credits
from peacetalks.registry.outlets import Outlet, Outlets

_OUTLET_NEEDS, _AGENCY_NEEDS = 0.6, 0.6
_AGENCY_NEEDS_BESIDE_OUTLET = 0.4  # where another publisher is known, a name on a line of its own is the source
_MARGIN = 0.05
_LONGEST_CREDIT = 160
_LONGEST_LINE = 400
_SURE = 0.99
# How much a name says, by the form in which it stands: first about the page's publisher, then about the text's source.
_COPYRIGHT = (0.85, 0.0)
_COPYRIGHT_OF_AGENCY = (0.2, 0.75)
_TITLE_TAIL = (0.85, 0.0)
_OWN_LINE = (0.65, 0.45)
_OWN_LINE_OF_AGENCY = (0.2, 0.75)
_OWN_LINE_OF_SITE = (0.65, 0.0)
_SOURCE_LINE = (0.2, 0.9)
_BYLINE = (0.25, 0.8)
_SITE_WORDS = (0.65, 0.0)
_PASSING = (0.35, 0.0)
_HOST_IN_LINE = (0.5, 0.0)
_SIGN_OFF = (0.1, 0.8)
_HOSTS = re.compile(r"(?:[a-z0-9-]{1,63}\.){1,6}[a-z]{2,24}")
_PHOTO_CREDIT = re.compile(
    r"(?:[A-Z]{2,}|[A-Z][a-z]+)(?: [A-Z][a-z]+)?/(?![A-Z]+\b|[a-z]|[A-Z][a-z]+ [a-z])[A-Z][\w.-]+ [A-Z][\w-]+"
    r"|\([A-Z]\w+ [Pp]hoto|[Pp]hoto/"
)
_TITLE_PARTS = re.compile(r"\s+[|–—»-]\s+|\s*\|\s*")
_BYLINE_PARTS = re.compile(r"[,|/;()•·–—]|\s-\s|\s+(?:and|und|et|y|e|и|ve)\s+")
_SIGNED = re.compile(r"(?:[(\[/]|[-–—]\s?)([^()\[\]/–—]{2,40})[)\]/]?[.\s]*$")


class Source(Struct, frozen=True):
    """The outlet of a page and the one credited for its text, with the numbers of the segments that say so."""

    outlet: str | None
    agency: str | None
    evidence: tuple[int, ...]


class _Evidence:
    """The weights that speak for each outlet, combined as independent chances."""

    def __init__(self) -> None:
        self.doubt: dict[str, float] = defaultdict(lambda: 1.0)
        self.segments: dict[str, list[int]] = defaultdict(list)
        self._seen: set[tuple[str, str]] = set()

    def add(self, outlet: str, weight: float, n: int, text: str) -> None:
        """Count a piece of evidence once, however often its text stands on the page."""
        if weight <= 0 or (outlet, text) in self._seen:
            return
        self._seen.add((outlet, text))
        self.doubt[outlet] *= 1 - weight
        if n >= 0:
            self.segments[outlet].append(n)

    def best(self, needed: float) -> str | None:
        """Return the outlet with the most evidence, or None where it is too little or two are as good."""
        ranked = sorted(self.doubt, key=lambda outlet: (self.doubt[outlet], outlet))
        if not ranked or 1 - self.doubt[ranked[0]] < needed - 1e-9:
            return None
        if len(ranked) > 1 and self.doubt[ranked[1]] - self.doubt[ranked[0]] < _MARGIN and self.doubt[ranked[0]] > 0.02:
            return None
        return ranked[0]


def find_source(segments: list[Segment], url: str | None, outlets: Outlets) -> Source:
    """Return outlet and agency of a page; each is None where the evidence does not carry it."""
    names = outlet_names(outlets)
    publisher, source = _Evidence(), _Evidence()
    host_owner = _owner_of_host(urlsplit(url).hostname or "", outlets) if url else None
    if host_owner is not None:
        publisher.add(host_owner.id, _SURE, -1, "host")
    dateline = find_dateline(segments, names, "en")
    if dateline is not None and dateline.agency is not None:
        source.add(dateline.agency, 0.95, dateline.n, "dateline")
    bodies = [segment.n for segment in segments if segment.label == "body"]
    for segment in segments:
        if segment.label == "title":
            _weigh_title(segment, names, publisher)
        elif segment.label in ("meta", "chrome") and len(segment.clean) <= _LONGEST_LINE:
            _weigh_line(segment, names, publisher, source)
        elif segment.label == "body" and segment.n in bodies[-2:]:
            _weigh_sign_off(segment, names, source)
    outlet = publisher.best(_OUTLET_NEEDS)
    for other in [name for name in source.doubt if name == outlet and outlets.outlets.get(name)]:
        del source.doubt[other]  # an outlet on its own page credits no one by its name
    agency = source.best(_AGENCY_NEEDS if outlet is None else _AGENCY_NEEDS_BESIDE_OUTLET)
    if agency is None and outlet in outlets.agencies:
        agency = outlet
    evidence = {*publisher.segments.get(outlet or "", []), *source.segments.get(agency or "", [])}
    return Source(outlet, agency, tuple(sorted(evidence)))


def _weigh_title(segment: Segment, names: OutletNames, publisher: _Evidence) -> None:
    parts = _TITLE_PARTS.split(segment.clean)
    for part in {parts[0], parts[-1]} if len(parts) > 1 else ():
        owner = names.named(part)
        if owner is not None:
            publisher.add(owner.id, _TITLE_TAIL[0], segment.n, "title")


def _weigh_line(segment: Segment, names: OutletNames, publisher: _Evidence, source: _Evidence) -> None:
    """Add what a line outside the text says."""
    line = segment.clean
    folded = fold(line)
    for outlet, mark in line_marks(segment, names):
        of_page = mark.place in ("furniture", "copyright") or (mark.place == "byline" and outlet.kind != "agency")
        (publisher if of_page else source).add(outlet.id, mark.weight, segment.n, fold(mark.text))
    for match in _HOSTS.finditer(folded):
        owner = _owner_of_host(match[0], names.outlets)
        if owner is not None:
            publisher.add(owner.id, _HOST_IN_LINE[0], segment.n, match[0])
    if _says(folded, "photo") or _PHOTO_CREDIT.search(line):
        return
    found = [hit for hit in names.find(folded) if hit.mark is None]
    for owner, weights in _weigh_names(segment, folded, found, names):
        publisher.add(owner.id, weights[0], segment.n, folded)
        source.add(owner.id, weights[1], segment.n, folded)


def _weigh_names(
    segment: Segment, folded: str, found: list[Found], names: OutletNames
) -> list[tuple[Outlet, tuple[float, float]]]:
    """Return the outlets that a line names, each with what the line's form makes of it."""
    if not found:
        return []
    whole = names.named(segment.clean)
    if whole is not None:
        if whole.kind == "agency":
            return [(whole, _OWN_LINE_OF_AGENCY)]
        return [(whole, _OWN_LINE if segment.label == "meta" else _OWN_LINE_OF_SITE)]
    if "©" in segment.clean or _says(folded, "copyright"):
        return [(h.outlet, _COPYRIGHT_OF_AGENCY if h.outlet.kind == "agency" else _COPYRIGHT) for h in found[:2]]
    first = min(found, key=lambda hit: (hit.start, hit.start - hit.end))
    short = len(segment.clean) <= _LONGEST_CREDIT
    if short and _starts_with(folded[: first.start], "source"):
        return [(first.outlet, _SOURCE_LINE)]
    if (short and segment.label == "meta") or _starts_with(folded, "by", whole=False):
        credited = _credited_in_byline(segment.clean, names)
        if credited is not None:
            return [(credited, _BYLINE)]
    parts = _TITLE_PARTS.split(segment.clean)
    tail = names.named(parts[-1]) if len(parts) > 1 and len(parts[0]) > 20 else None
    if segment.label == "chrome" and tail is not None:
        return [(tail, _PASSING)]
    if segment.label == "chrome" and short:
        weights = _SITE_WORDS if _says(folded, "own") else _PASSING
        return [(hit.outlet, weights) for hit in found if not hit.outlet.common_word][:2]
    return []


def _credited_in_byline(line: str, names: OutletNames) -> Outlet | None:
    """Return the outlet that a part of a byline names: "By A B, Agency", "Agency in Beirut"."""
    for part in _BYLINE_PARTS.split(line):
        words = re.sub(
            r"(?i)^\s*(?:by|par|von|por|di|from)\s+|\s+(?:in|à|en|a)\s+\S.{0,30}$|\s+and agencies$", "", part
        )
        owner = names.named(words) if words.strip() else None
        if owner is not None:
            return owner
    return None


def _weigh_sign_off(segment: Segment, names: OutletNames, source: _Evidence) -> None:
    """Add the agency in brackets at the end of the last paragraphs."""
    signed = _SIGNED.search(segment.clean[-60:])
    owner = names.named(signed[1]) if signed is not None else names.named(segment.clean[:80])
    if owner is not None and owner.kind == "agency":
        source.add(owner.id, _SIGN_OFF[1], segment.n, "sign-off")


@cache
def _phrases(table: str) -> re.Pattern[str]:
    words = sorted((fold(word) for word in all_words(getattr(load_credits(), table))), key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, words))})(?!\w)")


def _says(folded: str, table: str) -> bool:
    return _phrases(table).search(folded) is not None


def _starts_with(folded: str, table: str, *, whole: bool = True) -> bool:
    """Tell whether a line begins with a word of a table, and, if `whole`, goes on with nothing but punctuation."""
    match = _phrases(table).match(folded.lstrip(" ([*-|"))
    if match is None:
        return False
    return not whole or len(folded.lstrip(" ([*-|")) - match.end() <= 3


def _owner_of_host(host: str, outlets: Outlets) -> Outlet | None:
    parts = host.split(".")
    for first in range(len(parts) - 1):
        owner = outlet_names(outlets).hosts.get(".".join(parts[first:]))
        if owner is not None:
            return owner
    return None
