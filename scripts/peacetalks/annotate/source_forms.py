"""Weigh what a line says of a page's publisher and of its text's source, by where it stands and what it is."""

import re
from collections.abc import Iterator

from peacetalks.annotate.fold import fold
from peacetalks.annotate.frame import Line
from peacetalks.annotate.name_forms import PARTS, alone, name_clues
from peacetalks.annotate.outlet_names import OutletNames
from peacetalks.annotate.places import dateline_places
from peacetalks.annotate.source_clues import Clue

_NEAR = 5  # lines from headline or text beyond which a host is as likely that of another article
_MOST_OUTLETS = 4  # a line that names more is a list of links
_HOST = re.compile(r"(?:[a-z0-9-]{1,63}\.){1,6}[a-z]{2,24}(?![\w.-]*@)")
_PHOTO_CREDIT = re.compile(
    r"(?:[A-Z]{2,}|[A-Z][a-z]+)(?: [A-Z][a-z]+)?/(?![A-Z]+\b|[a-z]|[A-Z][a-z]+ [a-z])[A-Z][\w.-]+ [A-Z][\w-]+"
    r"|\([A-Z]\w+ [Pp]hoto|[Pp]hoto/"
)
_OF_PHOTO = re.compile(r"© ?[^\d/|]{2,40}(?: \d{4})? ?/ ?[^\d/|]{3,40}$")  # "© Agency 2016/ A Photographer"
_TITLE_PARTS = re.compile(r"\s+[|–—»›:·-]+\s+|\s*\|\s*|\s*::\s*")
_END = 90  # characters of a paragraph that a sign-off stands in
_IN_BRACKETS = re.compile(r"[(\[]([^()\[\]\r]{2,40})[)\]][.\s]*$")
_SIGNED = re.compile(r"(?:[(\[/]|(?<![^\W_])[-–—]+\s?|[.!?”\"»]\s+(?:© ?)?|^)([^()\[\]/–—\r.!?]{2,40})[)\]/]?[.\s]*$")


def line_clues(line: Line, names: OutletNames, language: str) -> Iterator[Clue]:
    """Yield what a line outside the text says; a picture's credit says nothing of the text."""
    marks = [(hit.outlet, hit.mark) for hit in line.found if hit.mark is not None]
    for outlet, mark in (*marks, *line.shapes):
        of_page = mark.place in ("furniture", "copyright") or (mark.place == "byline" and outlet.kind != "agency")
        yield Clue(outlet, mark.weight * of_page, mark.weight * (not of_page), mark.text)
    found = [hit for hit in line.found if hit.mark is None]
    if not found and not line.dotted:
        return
    outlets = {hit.outlet.id for hit in found}
    list_of_links = len(outlets) >= _MOST_OUTLETS and not (
        line.label == "meta" and all(hit.outlet.kind == "agency" for hit in found)
    )
    if "©" in line.text and "/" in line.text and (of_photo := _OF_PHOTO.search(line.folded)) is not None:
        found = [hit for hit in found if not of_photo.start() < hit.start < of_photo.end()]
    if line.label == "caption" and not _is_credit_with_city(line):
        found = found if "copyright" in line.folded else []
    if line.says("photo") or _is_photo_credit(line.text) or list_of_links:
        return
    if line.dotted:
        yield from _host_clues(line, names)
    if line.place == "title":
        yield from _title_clues(line, names, language)
    elif found:
        yield from name_clues(line, found, names, language)


def _is_photo_credit(text: str) -> bool:
    return ("/" in text or "hoto" in text) and _PHOTO_CREDIT.search(text) is not None


def next_line_clues(line: Line, following: Line, names: OutletNames, language: str) -> Iterator[Clue]:
    """Yield the source that stands on the line after one that says no more than "Source"."""
    if line.lead("source") != len(line.folded.rstrip(" :：")):
        return
    found = names.named(following.text, language)
    if found is not None:
        yield Clue(found.outlet, 0, 0.9, "source line")


def sign_off_clues(line: Line, names: OutletNames, language: str) -> Iterator[Clue]:
    """Yield the agency that a paragraph ends with: "(Agency)", "— Agency", "... he said. AGENCY"."""
    if not line.found:
        return
    end = line.text[-_END:]
    signed = _IN_BRACKETS.search(end) or _SIGNED.search(end)
    if signed is None:
        return
    for part in (signed[1], *PARTS.split(signed[1])):
        found = names.named(part, language)
        if found is not None and found.outlet.kind == "agency":
            yield Clue(found.outlet, 0, 0.85, line.folded)
            return


def _host_clues(line: Line, names: OutletNames) -> Iterator[Clue]:
    for match in _HOST.finditer(line.folded):
        owner = names.host_owner(match[0])
        if owner is None:
            continue
        whole = line.folded.startswith(("http", "www", match[0]))
        if line.lead("source") is not None:
            yield Clue(owner, 0.2, 0.7, match[0])
        else:
            far = line.place in ("inside", "below") and line.distance > _NEAR
            yield Clue(owner, 0.4 if far else 0.7 if whole else 0.5, 0, match[0])


def _title_clues(line: Line, names: OutletNames, language: str) -> Iterator[Clue]:
    """Yield the site that a headline's line begins or ends with."""
    parts = _TITLE_PARTS.split(line.text)
    whole = names.named(line.text, language) if len(parts) == 1 else None
    if whole is not None:
        yield alone(line, whole)
    for part in (parts[-1], parts[0]) if len(parts) > 1 else ():
        found = names.named(part, language)
        if found is not None:
            yield Clue(found.outlet, 0.45 if found.weak and part is parts[0] else 0.85, 0, "title")


def _is_credit_with_city(line: Line) -> bool:
    return any(fold(part).strip() in dateline_places() for part in PARTS.split(line.text))
