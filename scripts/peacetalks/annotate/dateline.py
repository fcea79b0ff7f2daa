"""Read the dateline at the head of a text: place, day, and the agency that it credits."""

import re
from collections.abc import Iterator
from functools import cache

from msgspec import Struct
from msgspec.structs import replace

from peacetalks.annotate.fold import fold
from peacetalks.annotate.outlet_names import OutletNames
from peacetalks.annotate.written_dates import WrittenDate, find_dates
from peacetalks.record import Segment
from peacetalks.registry.credits import all_words
from peacetalks.registry.date_words import load_date_words

_HEAD = 140
_CANDIDATES = 3
_LONGEST_PLACE = 50
_MOST_WORDS = 6
_DASH = "-‐‑‒–—―−_"
_CREDIT = re.compile(r"[(\[/（【]([^()\[\]/（）【】]{2,40}(?:/[^()\[\]/（）【】]{2,20})?)[)\]/）】]")
_AFTER_CREDIT = re.compile(rf"\s*[.:,،]?\s*(?:[{_DASH}]+|$|(?<=[.:])\s)")
_SEPARATOR = re.compile(rf"(?<=\S)(?:\s+[{_DASH}]+\s+|\s*[—–]\s*|[.,]\s*[{_DASH}]+\s*|\s*--\s*|[{_DASH}]\s+)")
_SHORT_CREDIT = re.compile(r"[^\W\d_]{2,8}(?:[/-][^\W\d_]{2,8})?")
_AFTER_BARE = re.compile(rf"\s*(?:[{_DASH}.:،]|$)")
_BEFORE_BARE = re.compile(rf"\s*(?:[{_DASH},،]|\.)\s*$")
_WIRE_ZH = re.compile(r"^[（(【]?(\D{2,12}?)((?:\d{4}年)?\d{1,2}月\d{1,2}日)[电電]")
_OUTER = " \t\u00a0,.،:;" + _DASH
_SMALL_WORDS = frozenset({"of", "de", "da", "al", "la", "am", "an", "der", "on", "the", "sur", "di", "del", "na", "и"})


class Dateline(Struct, frozen=True, kw_only=True):
    """A dateline: `text` as it stands, without the credit; `agency` is the id that it credits; `n` its segment."""

    n: int
    text: str | None = None
    date: WrittenDate | None = None
    agency: str | None = None


def find_dateline(
    segments: list[Segment], names: OutletNames, language: str, cities: frozenset[str] = frozenset()
) -> Dateline | None:
    """Return the dateline of one of the first paragraphs, or None; `cities` are folded names of places."""
    for segment in _heads(segments):
        found = read_dateline(segment.clean, names, language, cities)
        if found is not None:
            return Dateline(n=segment.n, text=found.text, date=found.date, agency=found.agency)
    return None


def read_dateline(
    text: str, names: OutletNames, language: str, cities: frozenset[str] = frozenset()
) -> Dateline | None:
    """Return what stands before the first sentence of a paragraph, `n` left at 0, or None."""
    head = text[:_HEAD].replace("\n", " ")
    for reading in (_with_bracketed_credit, _with_bare_credit, _without_credit):
        found = reading(head, names, language, cities)
        if found is not None:
            return found
    return None


def _heads(segments: list[Segment]) -> Iterator[Segment]:
    bodies = 0
    for segment in segments:
        if segment.label == "body":
            bodies += 1
            yield segment
        elif segment.label == "meta" and not bodies:
            yield segment
        if bodies == _CANDIDATES:
            return


def _with_bracketed_credit(head: str, names: OutletNames, language: str, cities: frozenset[str]) -> Dateline | None:
    """Read "MOSCOW, September 9 (Agency) -" and "(Agency) - ROME, 20 JAN -"."""
    for credit in _CREDIT.finditer(head):
        after = _AFTER_CREDIT.match(head, credit.end())
        if after is None:
            continue
        agency = _first_named(credit[1], names)
        if agency is None and not (_SHORT_CREDIT.fullmatch(credit[1]) and credit[1].isupper()):
            continue
        before = head[: credit.start()]
        if not before.strip(_OUTER):
            beyond = _without_credit(head[after.end() :].lstrip(), names, language, cities)
            return (
                Dateline(n=0, text=None, date=None, agency=agency) if beyond is None else replace(beyond, agency=agency)
            )
        place = _place_and_day(before, language)
        if place is not None:
            return Dateline(n=0, text=place[0], date=place[1], agency=agency)
    return None


def _with_bare_credit(head: str, names: OutletNames, language: str, cities: frozenset[str]) -> Dateline | None:
    """Read "MOSCOW, 9 Sept - Agency." and the heads of Chinese wires."""
    for found in names.find(fold(head)):
        if found.mark is not None:
            continue
        before, after = head[: found.start], head[found.end :]
        wire = _WIRE_ZH.match(after) if not before.strip("（(【 ") else None
        if wire is not None:
            (date,) = find_dates(wire[2], language)[:1] or (None,)
            return Dateline(n=0, text=wire[1] + wire[2], date=date, agency=found.outlet.id)
        joined = _BEFORE_BARE.search(before)
        close = joined is not None and joined[0] in _DASH
        if joined is None or not (close or _AFTER_BARE.match(after)):
            continue
        place = _place_and_day(before, language)
        is_city = place is not None and (place[1] is not None or _is_known(place[0], cities))
        dashed = joined[0].strip() in tuple(_DASH) or after.lstrip()[:1] in tuple(_DASH)
        if place is not None and (is_city or _is_capital(place[0]) or dashed):
            return Dateline(n=0, text=place[0], date=place[1], agency=found.outlet.id)
    return None


def _without_credit(head: str, _names: OutletNames, language: str, cities: frozenset[str]) -> Dateline | None:
    """Read "BEIRUT — ", "GENEVA, Jan. 25 - " and "Geneva – " for a known city."""
    separator = _SEPARATOR.search(head, 2)
    if separator is None:
        return None
    place = _place_and_day(head[: separator.start()], language)
    if place is None or not (place[1] is not None or _is_capital(place[0]) or _is_known(place[0], cities)):
        return None
    return Dateline(n=0, text=place[0], date=place[1])


def _place_and_day(before: str, language: str) -> tuple[str, WrittenDate | None] | None:
    """Return the text of a dateline and its day, if what stands before the credit is a place and perhaps a day."""
    text = before.strip(_OUTER)
    dates = find_dates(text, language)
    date = dates[-1] if dates else None
    place = text if date is None else text[: date.start]
    if date is not None and (date.day is None or len(text) - date.end > 2):
        return None
    return (text, date) if _is_place(place.strip(_OUTER)) else None


def _is_place(place: str) -> bool:
    words = place.replace("/", " ").split()
    if not 2 <= len(place) <= _LONGEST_PLACE or not 1 <= len(words) <= _MOST_WORDS:
        return False
    if any(character.isdigit() or character in '"“”«»?!:;()[]{}' for character in place):
        return False
    folded = [fold(word).strip(".,'") for word in words]
    if " ".join(folded) in _not_places() or folded[0] in _not_places():
        return False
    return all(_is_name(word) for word in words)


def _is_name(word: str) -> bool:
    first = next((character for character in word if character.isalpha()), "")
    return not first.islower() or fold(word) in _SMALL_WORDS or word.startswith(("al-", "el-", "ad-", "as-", "ar-"))


def _is_capital(text: str) -> bool:
    """Tell whether a text begins with a word in capitals, of three letters or more."""
    first = text.split(",")[0]
    return first.isupper() and sum(map(str.isalpha, first)) > 2


def _is_known(place: str, cities: frozenset[str]) -> bool:
    return fold(place.split(",")[0]).strip() in cities


def _first_named(credit: str, names: OutletNames) -> str | None:
    for part in (credit, *re.split(r"\s*[/,;+&]\s*|\s+-\s+|(?<=\w)-(?=\w)", credit)):
        outlet = names.named(part)
        if outlet is not None:
            return outlet.id
    return None


@cache
def _not_places() -> frozenset[str]:
    return frozenset(fold(word) for word in all_words(load_date_words().not_places))
