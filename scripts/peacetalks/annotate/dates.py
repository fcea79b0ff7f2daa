"""Find when a page was published, with what says so."""

import calendar
import datetime
import re
from functools import cache

from msgspec import Struct

from peacetalks.annotate.dateline import Dateline, find_dateline
from peacetalks.annotate.fold import fold
from peacetalks.annotate.inference import Window, infer_window, resolve_year
from peacetalks.annotate.outlet_names import outlet_names
from peacetalks.annotate.written_dates import WrittenDate, find_address_date, find_dates
from peacetalks.record import DateBasis, Segment
from peacetalks.registry.credits import all_words
from peacetalks.registry.date_words import load_date_words
from peacetalks.registry.gazetteer import Gazetteer
from peacetalks.registry.outlets import load_outlets

_NEEDED = 0.65
_LONGEST_LINE = 300
_NEAR = 4
_ONE_DAY = datetime.timedelta(1)
_OF_LABEL = {"meta": 0.6, "chrome": 0.3, "title": 0.1}
_ANNOUNCED, _UPDATED, _OTHER = 0.45, -0.2, -0.6
_ALONE, _NEAR_TEXT, _WITH_TIME = 0.15, 0.15, 0.1
_WEEKDAY_DISAGREES, _SHORT_YEAR, _OF_CRAWL, _LONG_AFTER_TEXT = -0.35, -0.15, -0.3, -0.3
_OF_ADDRESS = 0.9
_YEARS_AFTER_TEXT = 3
_TIME = re.compile(r"(?<!\d)\d{1,2}[:.h]\d{2}(?!\d)")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_EDTF = re.compile(r"(\d{4})-(\d{2})(?:-(\d{2}))?")


class Publication(Struct, frozen=True):
    """A publication date: `edtf` is a day, a month or an interval; `evidence` numbers the segments that say so."""

    dateline: str | None
    published: datetime.date | None
    edtf: str | None
    basis: DateBasis
    evidence: tuple[int, ...]


class _Candidate(Struct, frozen=True):
    score: float
    n: int
    date: datetime.date


def find_publication(
    segments: list[Segment],
    *,
    language: str,
    url: str | None,
    captured: datetime.date | None,
    gazetteer: Gazetteer,
) -> Publication:
    """Return the publication date of a page: stated, from its dateline, or inferred from what the text tells."""
    dateline = find_dateline(segments, outlet_names(load_outlets()), language, _cities(gazetteer))
    place = dateline.text if dateline is not None else None
    stated = _best_stated(segments, language, url, captured)
    if stated is not None and not _contradicts(stated, dateline):
        return Publication(
            place, stated.date, stated.date.isoformat(), "explicit", (stated.n,) if stated.n >= 0 else ()
        )
    if dateline is not None and dateline.date is not None:
        day = dateline.date.date or resolve_year(segments, dateline.date, language, captured, gazetteer)
        if day is not None and _is_possible(day, captured):
            return Publication(place, day, day.isoformat(), "dateline", (dateline.n,))
    month = find_address_date(url) if url else None
    if month is not None and month.year is not None:
        return Publication(place, None, f"{month.year:04}-{month.month:02}", "explicit", ())
    window = infer_window(segments, language, captured, gazetteer)
    return _from_window(place, window)


def interval(edtf: str | None) -> tuple[datetime.date, datetime.date] | None:
    """Return the first and the last day of a day, a month or an interval in EDTF; None for None, or what is neither."""
    if edtf is None:
        return None
    first, _, last = edtf.partition("/")
    start, end = _ends(first), _ends(last or first)
    return (start[0], end[1]) if start is not None and end is not None else None


def _ends(edtf: str) -> tuple[datetime.date, datetime.date] | None:
    match = _EDTF.fullmatch(edtf)
    if match is None and re.fullmatch(r"\d{4}", edtf):
        return datetime.date(int(edtf), 1, 1), datetime.date(int(edtf), 12, 31)
    if match is None:
        return None
    year, month, day = int(match[1]), int(match[2]), match[3]
    try:
        if day:
            return (datetime.date(year, month, int(day)),) * 2
        return datetime.date(year, month, 1), datetime.date(year, month, calendar.monthrange(year, month)[1])
    except ValueError:
        return None


def _from_window(place: str | None, window: Window | None) -> Publication:
    if window is None:
        return Publication(place, None, None, "none", ())
    if window.first == window.last:
        return Publication(place, window.first, window.first.isoformat(), "inferred", window.evidence)
    return Publication(place, None, f"{window.first}/{window.last}", "inferred", window.evidence)


def _best_stated(
    segments: list[Segment], language: str, url: str | None, captured: datetime.date | None
) -> _Candidate | None:
    """Return the date that the page or its address states, where one is trusted enough; the first of equals."""
    candidates: list[_Candidate] = []
    in_address = find_address_date(url) if url else None
    if in_address is not None and in_address.date is not None and _is_possible(in_address.date, captured):
        candidates.append(_Candidate(_OF_ADDRESS, -1, in_address.date))
    near = _near_text(segments)
    years = {int(year) for segment in segments if segment.label == "body" for year in _YEAR.findall(segment.clean)}
    latest = max((year for year in years if year <= 2100), default=None)
    for segment in segments:
        if segment.label in _OF_LABEL and len(segment.clean) <= _LONGEST_LINE:
            candidates += _read_line(segment, language, captured, near=segment.n in near, latest=latest)
    trusted = [candidate for candidate in candidates if candidate.score >= _NEEDED - 1e-9]
    return max(trusted, key=lambda candidate: (round(candidate.score, 2), -candidate.n), default=None)


def _near_text(segments: list[Segment]) -> set[int]:
    """Return the numbers of the segments that stand close to the title or right before or after the text."""
    filled = [segment for segment in segments if segment.label != "blank"]
    anchors = [place for place, segment in enumerate(filled) if segment.label == "title"]
    bodies = [place for place, segment in enumerate(filled) if segment.label == "body"]
    anchors += bodies[:1] + bodies[-1:]
    return {segment.n for place, segment in enumerate(filled) if any(abs(place - a) <= _NEAR for a in anchors)}


def _read_line(
    segment: Segment, language: str, captured: datetime.date | None, *, near: bool, latest: int | None
) -> list[_Candidate]:
    line = segment.clean
    folded = fold(line)
    if not any(map(str.isdigit, folded)):
        return []
    dates = find_dates(line, language)
    if not dates:
        age = _day_of_age(folded, captured)
        return [_Candidate(_OF_LABEL[segment.label] + _NEAR_TEXT * near, segment.n, age)] if age is not None else []
    rest = len(line) - sum(date.end - date.start for date in dates)
    base = _OF_LABEL[segment.label] + _NEAR_TEXT * near
    base += _ALONE if rest <= 30 else (-0.25 if rest > 90 else 0)
    base += _WITH_TIME if _TIME.search(line) else 0
    candidates = []
    after = 0
    for written in dates:
        day = _choose_order(written, folded, captured)
        announced = _announcement(folded[after : written.start])
        after = written.end
        if day is None or not _is_possible(day, captured):
            continue
        score = base + announced + _doubts(written, day, captured)
        if latest is not None and day.year > latest + _YEARS_AFTER_TEXT and announced <= 0:
            score += _LONG_AFTER_TEXT
        candidates.append(_Candidate(score, segment.n, day))
    return candidates


def _doubts(written: WrittenDate, day: datetime.date, captured: datetime.date | None) -> float:
    doubts = 0.0
    if written.weekday is not None and day.weekday() != written.weekday:
        doubts += _WEEKDAY_DISAGREES
    if written.short_year:
        doubts += _SHORT_YEAR
    if captured is not None and day == captured:
        doubts += _OF_CRAWL
    return doubts


def _choose_order(written: WrittenDate, folded: str, captured: datetime.date | None) -> datetime.date | None:
    """Return the day, with day and month exchanged where weekday, capture or a clock of the country say so."""
    day, swapped = written.date, written.swapped
    if day is None or swapped is None:
        return day
    if written.weekday is not None:
        return swapped if swapped.weekday() == written.weekday != day.weekday() else day
    if captured is not None and day > captured >= swapped:
        return swapped
    return swapped if _pattern("month_first").search(folded) else day


def _announcement(before: str) -> float:
    """Return what the words before a date make of it: of publication, of an update, of something else."""
    hits = [
        (match.end(), weight)
        for table, weight in (("other", _OTHER), ("published", _ANNOUNCED), ("updated", _UPDATED))
        for match in _pattern(table).finditer(before)
    ]
    if "©" in before:
        return _OTHER
    return max(hits)[1] if hits else 0.0


@cache
def _pattern(table: str) -> re.Pattern[str]:
    words = sorted((fold(word) for word in all_words(getattr(load_date_words(), table))), key=len, reverse=True)
    return re.compile(rf"(?:(?<!\w)|(?<=\d)|(?<=[\u4e00-\u9fff]))(?:{'|'.join(map(re.escape, words))})(?!\w)")


@cache
def _age_pattern() -> tuple[re.Pattern[str], dict[str, int]]:
    units = {fold(unit): days for table in load_date_words().ages.values() for unit, days in table.items()}
    names = "|".join(sorted(map(re.escape, units), key=len, reverse=True))
    return re.compile(rf"(?<!\d)(\d{{1,3}}) ({names})(?!\w)"), units


def _day_of_age(folded: str, captured: datetime.date | None) -> datetime.date | None:
    """Return the day that an age such as "3 days ago" gives, where the day of capture is known."""
    if captured is None or not _pattern("ago").search(folded):
        return None
    pattern, units = _age_pattern()
    match = pattern.search(folded)
    if match is None:
        return None
    return captured - int(match[1]) * units[match[2]] * _ONE_DAY


def _contradicts(stated: _Candidate, dateline: Dateline | None) -> bool:
    """Tell whether a weakly stated date is far from the dateline's day and month."""
    written = dateline.date if dateline is not None else None
    if written is None or written.day is None or stated.score >= _OF_ADDRESS:
        return False
    days = [
        abs((stated.date - day).days) for year in (-1, 0, 1) if (day := _same_day(written, stated.date.year + year))
    ]
    return not days or min(days) > _NEAR


def _same_day(written: WrittenDate, year: int) -> datetime.date | None:
    try:
        return datetime.date(year if written.year is None else written.year, written.month, written.day or 1)
    except ValueError:
        return None


def _is_possible(day: datetime.date, captured: datetime.date | None) -> bool:
    return day.year >= 1990 and (captured is None or day <= captured)


@cache
def _folded_cities(names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(map(fold, names))


def _cities(gazetteer: Gazetteer) -> frozenset[str]:
    return _folded_cities(tuple(sorted({city for event in gazetteer.events.values() for city in event.cities})))
