"""Weigh what the names in a line say: of the page's publisher, and of the source of its text."""

import re
from collections.abc import Iterator
from functools import cache

from peacetalks.annotate.copyright_forms import copyright_clues
from peacetalks.annotate.fold import fold
from peacetalks.annotate.frame import Line
from peacetalks.annotate.outlet_names import Found, OutletNames
from peacetalks.annotate.source_clues import Clue, of_agency
from peacetalks.annotate.written_dates import find_dates
from peacetalks.registry.credits import all_words, load_credits

PARTS = re.compile(
    r"[,،|/;()\[\]•·:：>»«›]+|\s[-–—ـ]+\s?|[-–—]\s|\s+(?:and|und|et|y|e|и|ve|و|with|avec|mit|con|com|in|à|en)\s+"
)
_LONGEST_CREDIT = 120
_NEAR = 5  # lines from headline or text within which a short line credits
_RIGHT_BESIDE = 2  # lines from headline or text
_TOP = 3  # the first lines of a page, where a site's name stands
_LONG = 50  # characters of a line that may be a headline about an outlet
_LATER = 0.85
_HEADLINE = 3  # words beside a name on a line below the text that make it a link to another article
_SENTENCE = 5  # words beside an agency's name that are no person, place or role but what a picture shows
_AS_CAPTION = 0.45
_LETTERS = 4
_BESIDE_NAME = 16  # characters
_PASSING, _IN_HEADLINE = 0.3, 0.1
_NAVIGATION = re.compile(r"(?<=[^\W\d_]{3})\. (?=[^\W\d_])|\s*[|>»›/•·]+\s*|\s+[-–—:]+\s+|:\s")
_FIGURES = re.compile(r"[\d:.]*\d[\d:.,]*")
_BESIDE_DATE = 3  # characters


def name_clues(line: Line, found: list[Found], names: OutletNames, language: str) -> Iterator[Clue]:
    """Yield what a line that names outlets makes of them, for its publisher and for its source."""
    whole = names.named(line.text, language)
    if whole is not None:
        yield alone(line, whole)
    elif "©" in line.text or line.says("copyright"):
        yield from copyright_clues(line, found)
    elif led := _after_lead(line, found, names, language):
        yield from led
    elif len(line.text) <= _LONGEST_CREDIT and (
        line.distance <= _NEAR or line.label == "meta" or line.lead("by") is not None
    ):
        yield from _in_parts(line, found, names, language)
    else:
        yield from _furniture(line, found, names, language)


def alone(line: Line, found: Found) -> Clue:
    """Weigh a name that is the whole of a line."""
    outlet = found.outlet
    top = line.place in ("above", "title") and line.height < _TOP
    weak = found.weak and (" " not in line.folded or not line.folded.isascii())  # a section, as likely as a site
    if outlet.kind == "agency":
        ends = line.place == "below" and line.distance == 1
        credits_text = ends or (line.label == "meta" and line.distance <= _RIGHT_BESIDE)
        if (_is_word(found) or _is_section(line, found)) and not credits_text:
            return Clue(outlet, 0.3 if top else 0, 0.3, line.folded)
        if outlet.wholesale or not (top or (line.place == "below" and line.distance >= _TOP)):
            return Clue(outlet, of_agency(outlet), 0.8, line.folded)
        return Clue(outlet, 0.62, 0.45, line.folded)
    if line.label in ("meta", "body") and line.place != "above":
        return Clue(outlet, 0.4 if weak else 0.62, 0.45, line.folded)
    if line.place == "below":
        return Clue(outlet, 0.3 if weak else 0.5, 0.2 if line.label == "meta" else 0, line.folded)
    return Clue(outlet, 0.4 if weak and line.height > 0 else 0.65, 0.2 if line.label == "meta" else 0, line.folded)


def _is_word(found: Found) -> bool:
    """Tell whether a name is also a word of running text, and not letters that stand for a name."""
    return found.word and not (found.capitals and found.end - found.start <= _LETTERS)


def _is_section(line: Line, found: Found) -> bool:
    """Tell whether letters high on the page may be a section's, as MENA is a region's."""
    letters = found.capitals and found.end - found.start <= _LETTERS and found.outlet.common_word
    return letters and line.place == "above" and line.label == "chrome" and not found.outlet.wholesale


def _after_lead(line: Line, found: list[Found], names: OutletNames, language: str) -> list[Clue]:
    """Return the source that follows a word such as "Source:", and who else is named: "Site with Agency"."""
    if len(line.text) > _LONGEST_CREDIT:
        return []
    at_head = line.lead("source") is not None
    led = [hit for hit in found if line.is_led(hit.start, "source") and (at_head or not line.says("own", 0, hit.start))]
    if not led:
        return []
    first = next((hit for hit in led if hit.outlet.kind == "agency"), led[0])
    owner = names.named(line.text[first.start : first.end], language) or first
    others = [
        Clue(hit.outlet, 0.62 if hit.end <= first.start and not at_head else 0.45, 0, line.folded)
        for hit in found
        if hit.outlet.kind != "agency" and (hit.start, hit.end) != (first.start, first.end)
    ]
    agencies = [hit.outlet for hit in found if hit.outlet.kind == "agency" and hit.outlet.id != owner.outlet.id]
    if owner.outlet.kind == "agency":
        return [Clue(owner.outlet, of_agency(owner.outlet), 0.9, line.folded), *others]
    carried = [Clue(agency, 0, 0.6, line.folded) for agency in agencies[:1]]  # "Source: Site, Agency"
    return [Clue(owner.outlet, 0.3, 0.8 if at_head else 0.5, line.folded), *others, *carried]


def _in_parts(line: Line, found: list[Found], names: OutletNames, language: str) -> Iterator[Clue]:
    """Yield the outlets that are parts of a short line near the text: a byline, a credit, the way back to a section."""
    text = line.text
    for date in reversed(find_dates(text, language)):
        text = f"{text[: date.start]}|{text[date.end :]}"
    seen = 0
    led = line.lead("by") is not None
    parts = PARTS.split(text)
    longest = _longest_text(parts, names, language) if len(parts) > 1 else 0
    linked = line.place == "below" and longest >= (_HEADLINE if line.label == "chrome" else _HEADLINE + 1)
    if (linked or _is_ticker(line, found)) and not line.says("own"):
        yield from (Clue(hit.outlet, _IN_HEADLINE, 0, line.folded) for hit in found if hit.outlet.kind != "agency")
        return
    of_picture = _AS_CAPTION if not line.said and longest >= _SENTENCE else 1.0
    shared = any(hit.outlet.kind == "agency" for hit in found)  # "Site with Agency" is the site's own
    for part in parts:
        bare = _FIGURES.sub(" ", part)
        owner = names.named(bare, language) or names.named(_without_desk(bare), language)
        if owner is None:
            continue
        seen += 1
        if owner.outlet.kind == "agency":
            top = line.place == "above" and line.height < _TOP and not owner.outlet.wholesale
            sure = led or not ((_is_word(owner) and line.label != "meta") or _is_section(line, owner))
            weight = (0.8 if sure else 0.3) * _LATER ** (seen - 1)  # of several the first is meant
            yield Clue(owner.outlet, 0.4 if top else of_agency(owner.outlet), weight * of_picture, line.folded)
        elif _is_word(owner) and not led:
            yield Clue(owner.outlet, 0.25 if line.place == "above" else 0, 0, line.folded)
        elif line.place == "above" or line.label == "chrome":
            yield Clue(owner.outlet, 0.35 if owner.weak else 0.62, 0.25, line.folded)
        else:
            publisher, source = (0.3, 0.8) if led else (0.62 if shared else 0.45, 0.6)
            yield Clue(owner.outlet, publisher, source, line.folded)
    beside = [] if seen else _beside_date(line, found, language)
    yield from beside
    if not seen and not beside:
        yield from _furniture(line, found, names, language)


def _is_ticker(line: Line, found: list[Found]) -> bool:
    """Tell whether a line high on the page tells other news, as an agency has them."""
    if line.place != "above" or line.label != "chrome" or line.lead("by") is not None:
        return False
    named = sum(len(line.text[hit.start : hit.end].split()) for hit in found)
    return len(line.text.split()) - named >= _SENTENCE and all(hit.outlet.kind == "agency" for hit in found)


def _longest_text(parts: list[str], names: OutletNames, language: str) -> int:
    """Return the most words of a part that is no outlet's name."""
    texts = [part for part in parts if part.strip().count(" ") >= _HEADLINE - 1]
    return max([len(part.split()) for part in texts if names.named(part, language) is None], default=0)


def _beside_date(line: Line, found: list[Found], language: str) -> list[Clue]:
    """Return the agency of "Print E-mail Agency, January 31, 2018": it stands right before or after the date."""
    dates = find_dates(line.text, language) if line.label == "meta" else ()
    return [
        Clue(hit.outlet, of_agency(hit.outlet), 0.7, line.folded)
        for hit in found
        if hit.outlet.kind == "agency" and not _is_word(hit)
        if any(0 <= date.start - hit.end <= _BESIDE_DATE or 0 <= hit.start - date.end <= _BESIDE_DATE for date in dates)
    ][:1]


def _furniture(line: Line, found: list[Found], names: OutletNames, language: str) -> Iterator[Clue]:
    """Yield the outlets of a line that a site puts on every page, or of a line of links to elsewhere."""
    parts = _NAVIGATION.split(line.text)
    top = line.place == "above" and line.height < _TOP
    for part in {parts[0], parts[-1]} if len(parts) > 1 else ():
        owner = names.named(part, language)
        if owner is not None and not owner.outlet.wholesale:
            long = max(map(len, parts)) > 30 and not top
            linked = line.place == "below" and _longest_text(parts, names, language) >= _HEADLINE
            weight = _IN_HEADLINE if linked else 0.35 if owner.weak or long else 0.65
            yield Clue(owner.outlet, weight, 0, line.folded)
            return
    for hit in [hit for hit in found if not hit.weak and not hit.outlet.wholesale][:2]:
        own = _is_own(line, hit)
        if hit.outlet.kind == "agency" and not own:
            yield Clue(hit.outlet, 0.25, 0, line.folded)
        else:
            passing = _IN_HEADLINE if len(line.text) > _LONG else _PASSING
            yield Clue(
                hit.outlet, 0.65 if own or (top and _fills(line, hit)) else 0.5 if top else passing, 0, line.folded
            )


def _fills(line: Line, hit: Found) -> bool:
    """Tell whether a name is most of a line, or all but a word: "Site Mirror of X" and "Daily of Town" are others."""
    after = line.text[hit.end :].split()
    if after and fold(after[0]) in _words("particles") | _words("ends"):
        return False
    others = len(line.text[: hit.start].split()) + len(after)
    return others <= 1 or 2 * (hit.end - hit.start) >= len(line.text)


def _is_own(line: Line, hit: Found) -> bool:
    """Tell whether a line speaks of its own site: by a word such as "Follow", in a long line right beside the name."""
    if len(line.text) <= _LONG:
        return line.says("own")
    return line.says("own", hit.start - _BESIDE_NAME, hit.start) or line.says("own", hit.end, hit.end + _BESIDE_NAME)


def _without_desk(part: str) -> str:
    """Return a part of a byline without words such as "By" before a name and "staff", "and agencies" after it."""
    words = part.split()
    while words and fold(words[0]).strip(".:") in _words("by"):
        words.pop(0)
    while len(words) > 1 and fold(words[-1]).strip(".:") in _words("desk"):
        words.pop()
    return " ".join(words)


@cache
def _words(table: str) -> frozenset[str]:
    return frozenset(fold(word) for word in all_words(getattr(load_credits(), table)))
