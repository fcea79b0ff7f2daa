"""Read the dateline at the head of a text: place, day, and the agency that it credits."""

import re

from msgspec import Struct
from msgspec.structs import replace

from peacetalks.annotate.calendar_words import read_calendar
from peacetalks.annotate.days import WrittenDate, is_day_of_month
from peacetalks.annotate.fold import fold
from peacetalks.annotate.frame import Frame, Line
from peacetalks.annotate.outlet_names import Found, OutletNames
from peacetalks.annotate.places import LONGEST_PLACE, is_capital, is_known, is_place
from peacetalks.annotate.written_dates import find_dates

_HEAD = 140
_CANDIDATES = 3
_SHORTEST_TEXT = 80  # "Geneva: A Name" is a byline, a sentence after a city's name the text
_DASH = "-‐‑‒–—―−_"
_CREDIT = re.compile(r"[(\[/（【]([^()\[\]/（）【】]{2,40}(?:/[^()\[\]/（）【】]{2,20})?)[)\]/）】]")
_AFTER_CREDIT = re.compile(rf"\s*[.:,،]?\s*(?:[{_DASH}]+|$|(?<=[.:])\s)")
_SEPARATOR = re.compile(rf"(?<=\S)(?:\s+[{_DASH}]+\s+|\s*[—–]\s*|[.,]\s*[{_DASH}]+\s*|\s*--\s*|[{_DASH}]\s+)")
_SHORT_CREDIT = re.compile(r"[^\W\d_]{2,8}(?:[/-][^\W\d_]{2,8})?")
_AFTER_BARE = re.compile(rf"\s*(?:[{_DASH}.:،]|$)")
_BEFORE_BARE = re.compile(rf"\s*(?:[{_DASH},،]|\.)\s*$")
_WIRE_ZH = re.compile(r"^[（(【]?(\D{2,12}?)((?:\d{4}年)?\d{1,2}月\d{1,2}日)[电電]")
_CREDIT_PARTS = re.compile(r"\s*[/,;+&]\s*|\s+-\s+|(?<=\w)-(?=\w)")
_ALONE = re.compile(rf"[)\]]?\s*(?:[{_DASH}]+|[)\]])\s*")
_COLON = re.compile(r"^([^\W\d_][\w .'’/-]{2,40}(?:, ?[A-Z][\w .]{2,20})?): (?=[^\W\d_a-z]|[“\"‘«])")
_FARTHEST_COLON = 70
_ANY_DASH = re.compile(rf"[{_DASH}]")
_STOPPED = re.compile(r"[^\d.:]{3,40}, ?(?:\d{1,2}(?: de)? [^\W\d_]{3,12}|[^\W\d_]{3,10}\.? \d{1,2})\.(?= |$)")
_AFTER_STOP = re.compile(r"\.(?:$| (?=[^\W\d_a-zа-я]|[“\"‘«]))")
_DAY_MONTH = re.compile(r" - (\d{1,2}) ?- ?(\d{1,2})$")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_OUTER = " \t\u00a0,.،:;" + _DASH


class Dateline(Struct, frozen=True, kw_only=True):
    """A dateline: `text` as it stands, without the credit; `agency` is the id that it credits; `n` its segment."""

    n: int
    text: str | None = None
    date: WrittenDate | None = None
    agency: str | None = None


def find_dateline(
    frame: Frame, names: OutletNames, language: str, cities: frozenset[str] = frozenset()
) -> Dateline | None:
    """Return the dateline of one of the first paragraphs, or None; `cities` are folded names of places."""
    for line in _heads(frame):
        found = _read(line, names, language, cities)
        if found is not None and (line.place == "text" or _stands_alone(line, found, cities)):
            found = replace(found, n=line.n)
            return found if found.text is not None else replace(found, text=_place_above(frame, line, language))
    return None


def _heads(frame: Frame) -> list[Line]:
    """Return the first paragraphs, and the lines between the headline and them."""
    above = [line for line in frame.lines if line.place == "between"]
    return [*above[-_CANDIDATES:], *frame.paragraphs[:_CANDIDATES]]


def _stands_alone(line: Line, found: Dateline, cities: frozenset[str]) -> bool:
    """Tell whether a line above the text is all dateline: one of a place, with a credit, or a day without a year."""
    if found.date is not None and found.date.year is not None:
        return found.agency is not None and len(line.text) <= LONGEST_PLACE and is_known(found.text or "", cities)
    if found.date is not None or (line.label == "title" and len(line.text) > _SHORTEST_TEXT):
        return True
    return found.text is not None and len(line.text) <= LONGEST_PLACE and _YEAR.search(line.folded) is None


def _place_above(frame: Frame, paragraph: Line, language: str) -> str | None:
    """Return the place of "MONTREUX, Switzerland Wed Jan 22, 2014 7:48pm EST" right above "(Agency) - The ..."."""
    above = [line for line in frame.lines if line.place == "between" and paragraph.rank - line.rank == 1]
    dates = find_dates(above[0].text, language) if above else ()
    if not dates:
        return None
    words = above[0].text[: dates[0].start].rstrip(_OUTER + "|").split(" ")
    if fold(words[-1]) in read_calendar(language).weekdays:
        words = words[:-1]
    place = " ".join(words).rstrip(_OUTER + "|")
    return place if is_capital(place) and is_place(place) else None


def _read(line: Line, names: OutletNames, language: str, cities: frozenset[str]) -> Dateline | None:
    head = line.text[:_HEAD].replace("\r", " ").replace(" ـ ", " - ")  # Arabic pages lengthen a letter into a dash
    if line.place == "between" and head.isupper() and len(head) <= LONGEST_PLACE and is_known(head, cities):
        return Dateline(n=line.n, text=head)
    for reading in (_with_bracketed_credit, _with_bare_credit, _without_credit):
        found = reading(head, line, names, language, cities)
        if found is not None:
            return found
    return None


def _with_bracketed_credit(
    head: str, line: Line, names: OutletNames, language: str, cities: frozenset[str]
) -> Dateline | None:
    """Read "MOSCOW, September 9 (Agency) -", "(Agency) - ROME, 20 JAN -" and "(MUNICH) —"."""
    for credit in _CREDIT.finditer(head):
        after = _AFTER_CREDIT.match(head, credit.end())
        if after is None:
            continue
        agency = _first_named(credit[1], names, language)
        if agency is None and not head[: credit.start()] and is_capital(credit[1]) and is_known(credit[1], cities):
            return Dateline(n=0, text=credit[1])
        if agency is None and not (_SHORT_CREDIT.fullmatch(credit[1]) and credit[1].isupper()):
            continue
        before = head[: credit.start()]
        if not before.strip(_OUTER):
            beyond = _without_credit(head[after.end() :].lstrip(), line, names, language, cities)
            return Dateline(n=0, agency=agency) if beyond is None else replace(beyond, agency=agency)
        place = _place_and_day(before, language)
        if place is not None:
            return Dateline(n=0, text=place[0], date=place[1], agency=agency)
    return None


def _with_bare_credit(
    head: str, line: Line, names: OutletNames, language: str, cities: frozenset[str]
) -> Dateline | None:
    """Read "MOSCOW, 9 Sept - Agency." and the heads of Chinese wires."""
    for found in line.found:
        if found.mark is not None or found.end > len(head):
            continue
        before, after = head[: found.start], head[found.end :]
        at_head = not before.strip("([ ") and found.end - found.start > 1 and fold(head[: found.end]) not in cities
        alone = _ALONE.match(after) if at_head else None
        if alone is not None:
            credited = _within_brackets(head, line) or found
            beyond = _without_credit(after[alone.end() :], line, names, language, cities)
            return replace(beyond or Dateline(n=0), agency=credited.outlet.id)
        wire = _WIRE_ZH.match(after) if not before.strip("（(【 ") else None
        if wire is not None:
            (date,) = find_dates(wire[2], language)[:1] or (None,)
            return Dateline(n=0, text=wire[1] + wire[2], date=date, agency=found.outlet.id)
        joined = _BEFORE_BARE.search(before)
        close = joined is not None and joined[0] in _DASH
        if joined is None or not (close or _AFTER_BARE.match(after)):
            continue
        place = _place_and_day(before, language)
        is_city = place is not None and (place[1] is not None or is_known(place[0], cities))
        dashed = joined[0].strip() in tuple(_DASH) or after.lstrip()[:1] in tuple(_DASH)
        if place is not None and (is_city or is_capital(place[0]) or dashed):
            return Dateline(n=0, text=place[0], date=place[1], agency=found.outlet.id)
    return None


def _within_brackets(head: str, line: Line) -> Found | None:
    """Return the agency in the brackets that a paragraph begins with: "(PORTAL - News Agency (NA)) The ..."."""
    end = head.find(")") if head.startswith("(") else -1
    return next((hit for hit in line.found if hit.start < end and hit.outlet.kind == "agency"), None)


def _without_credit(
    head: str, line: Line, names: OutletNames, language: str, cities: frozenset[str]
) -> Dateline | None:
    """Read "BEIRUT — ", "GENEVA, Jan. 25 - " and "Geneva – " for a known city."""
    separator = _COLON.match(head) if ": " in head[:_FARTHEST_COLON] else None
    if separator is not None and _is_before_colon(separator[1], line, names, cities):
        return Dateline(n=0, text=separator[1])
    stopped = _before_stop(head, language, cities)
    if stopped is not None:
        return Dateline(n=0, text=stopped[0], date=stopped[1])
    dash = _ANY_DASH.search(head)
    separator = _SEPARATOR.search(head, max(2, dash.start() - 2)) if dash is not None else None
    if separator is None:
        return None
    place = _place_and_day(head[: separator.start()], language)
    if place is None or not (place[1] is not None or is_capital(place[0]) or is_known(place[0], cities)):
        return None
    if place[1] is None and fold(place[0]) not in cities and names.named(place[0]) is not None:
        return None
    return Dateline(n=0, text=place[0], date=place[1])


def _is_before_colon(place: str, line: Line, names: OutletNames, cities: frozenset[str]) -> bool:
    """Tell whether what stands before a colon is a place, and no speaker, outlet or section."""
    known = is_place(place) and is_known(place.split("/")[0], cities) and names.named(place) is None
    return known and (is_capital(place) or len(line.text) > _SHORTEST_TEXT)


def _before_stop(head: str, language: str, cities: frozenset[str]) -> tuple[str, WrittenDate | None] | None:
    """Read "MOSCOW, 30 June. The ..." and, as a line of its own, "Geneva, 31 January."."""
    stopped = _STOPPED.match(head)
    date = next(iter(find_dates(stopped[0], language)), None) if stopped is not None else None
    if date is None or _AFTER_STOP.match(head, date.end) is None:
        return None
    place = _place_and_day(head[: date.end], language)
    return place if place is not None and (is_capital(place[0]) or is_known(place[0], cities)) else None


def _place_and_day(before: str, language: str) -> tuple[str, WrittenDate | None] | None:
    """Return the text of a dateline and its day, if what stands before the credit is a place and perhaps a day."""
    text = before.strip(_OUTER)
    dates = find_dates(text, language) or _in_two_figures(text)
    date = dates[-1] if dates else None
    place = text if date is None else text[: date.start]
    if date is not None and (date.day is None or len(text) - date.end > 2):
        return None
    return (text, date) if is_place(place.strip(_OUTER)) else None


def _in_two_figures(text: str) -> tuple[WrittenDate, ...]:
    """Read the day and month of "Riyadh - 10 - 12"."""
    match = _DAY_MONTH.search(text)
    if match is None or not is_day_of_month(int(match[2]), int(match[1])):
        return ()
    return (WrittenDate(start=match.start(), end=match.end(), month=int(match[2]), day=int(match[1])),)


def _first_named(credit: str, names: OutletNames, language: str) -> str | None:
    for part in (credit, *_CREDIT_PARTS.split(credit)):
        found = names.named(part, language)
        if found is not None:
            return found.outlet.id
    return None
