"""Weigh the days that a page, its address and its markup state, by how and where they stand."""

import datetime
import re
from collections import Counter

from msgspec import Struct
from msgspec.structs import replace

from peacetalks.annotate.ages import day_of_age
from peacetalks.annotate.calendar_words import read_calendar, tokenise
from peacetalks.annotate.date_figures import find_address_date
from peacetalks.annotate.days import WrittenDate
from peacetalks.annotate.frame import Frame, Line
from peacetalks.annotate.written_dates import find_dates
from peacetalks.record import PageFacts

TRUSTED = 0.65
OF_ADDRESS = 0.9
_OF_MARKUP = 1.7  # above whatever a line may weigh: a page that was updated shows the day of that
_LONGEST_LINE = 300
_NEAR = 4  # lines from the headline or the text
_OF_LABEL = {"meta": 0.6, "body": 0.4, "chrome": 0.35, "title": 0.3, "caption": 0.0}
_BETWEEN, _RIGHT_ABOVE, _RIGHT_BELOW, _FAR = 0.3, 0.2, 0.15, 0.0
_ADJACENT = 2
_OTHER = -0.6
_OF_TABLE = {"published": 0.45, "updated": -0.15, "other": _OTHER}
_ALONE, _WITH_TIME, _AGAIN = 0.15, 0.1, 0.1
_IN_MUCH_ELSE = -0.25
_WEEKDAY_AGREES = 0.1
_LEAST = 1e-9
_WEEKDAY_DISAGREES, _SHORT_YEAR, _OF_CRAWL = -0.35, -0.15, -0.15
_LONG_AFTER_TEXT = -0.35  # a clock of the page, or the day of a visit
_HIGH_META, _CLOCK = -0.1, -0.2  # what stands high above a headline is as often the day of the visit
_FIRST_OF_ALL = -0.35  # a weekday and a day above all else are a clock's
_SETTLED = 0.9
_OF_ANOTHER = -0.4  # the publication of a related article
_OF_AGE = 0.65
_YEARS_AFTER_TEXT = 3
_FIRST_YEAR = 1990
_TIME = re.compile(r"(?<!\d)\d{1,2}[:.h]\d{2}(?!\d)")
_NOON = re.compile(r"\d ?[ap]\.?m\.?(?!\w)|\d (?:et|est|edt|ct|cst|cdt|pt|pst|pdt)(?!\w)")
_COUNT = re.compile(r"(?<![\d:./-])\d{1,5} $")
# 1300 to 1499, 1900 to 2099, or two parts and a year of two figures; said so, it is looked for at digits alone
_YEARLY = re.compile(r"\d(?:(?<=1)[349]\d\d|(?<=2)0\d\d|\d? ?[-/.] ?\d{1,2} ?[-/.] ?\d\d)")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")


class Stated(Struct, frozen=True, gc=False):
    """A day that a page states; `n` is its segment, or -1 for the address and the markup.

    `doubtful` says that it may as well be the day of a visit, or of another article; `beside` that it stands between
    headline and text, `below` that it stands below the text.
    """

    score: float
    n: int
    date: datetime.date
    doubtful: bool = False
    beside: bool = False
    below: bool = False


def best_stated(
    frame: Frame,
    language: str,
    *,
    url: str | None,
    captured: datetime.date | None,
    month_first: bool,
    facts: PageFacts | None,
) -> Stated | None:
    """Return the day that is trusted most, the first of equals, or None where none is trusted enough.

    A day is the page's own: of "Wed Jan 22, 2014 10:30pm EST" it is the 22nd, though it is the 23rd in Greenwich, and a
    stamp of markup gives the day of its own offset. Where a stamp is in UTC and the page prints the day before or
    after, what the page prints holds.
    """
    candidates = [stated for stated in _of_address_and_markup(url, facts) if is_possible(stated.date, captured)]
    stamped = _day_of_utc(facts)
    for line in frame.around:
        if line.digits and len(line.text) <= _LONGEST_LINE and line.label in _OF_LABEL:
            candidates += _read_line(line, language, captured, month_first=month_first)
    candidates = _with_doubts_below(_with_doubts_of_text(candidates, frame))
    if len(candidates) > 1:
        lines = Counter(day for day, _ in {(candidate.date, candidate.n) for candidate in candidates})
        candidates = [replace(one, score=one.score + _AGAIN * (lines[one.date] > 1)) for one in candidates]
    trusted = [candidate for candidate in candidates if candidate.score >= TRUSTED - _LEAST]
    if stamped is not None and any(abs((one.date - stamped).days) == 1 and one.n >= 0 for one in trusted):
        trusted = [one for one in trusted if one.n >= 0]
    return max(trusted, key=lambda candidate: (round(candidate.score, 2), -candidate.n), default=None)


def _with_doubts_of_text(candidates: list[Stated], frame: Frame) -> list[Stated]:
    """Return the candidates, those less trusted that are of a year long after the years that the text names."""
    if not any(candidate.doubtful for candidate in candidates):
        return candidates
    years = [int(year) for line in frame.paragraphs for year in _YEAR.findall(line.folded)]
    latest = max((year for year in years if year <= 2100), default=None)
    if latest is None:
        return candidates
    return [
        replace(one, score=one.score + _LONG_AFTER_TEXT)
        if one.doubtful and one.date.year >= latest + _YEARS_AFTER_TEXT
        else one
        for one in candidates
    ]


def _with_doubts_below(candidates: list[Stated]) -> list[Stated]:
    """Return the candidates, those below the text less trusted where another day stands between headline and text."""
    settled = {one.date for one in candidates if one.beside and one.score >= _SETTLED}
    if not settled:
        return candidates
    return [
        replace(one, score=one.score + _OF_ANOTHER) if one.below and one.date not in settled else one
        for one in candidates
    ]


def is_possible(day: datetime.date, captured: datetime.date | None) -> bool:
    """Tell whether a page can be of a day: none is of one after its capture."""
    return day.year >= _FIRST_YEAR and (captured is None or day <= captured)


def _of_address_and_markup(url: str | None, facts: PageFacts | None) -> list[Stated]:
    candidates = []
    for address in (url, facts.url if facts is not None else None):
        written = find_address_date(address) if address else None
        if written is not None and written.date is not None:
            candidates.append(Stated(OF_ADDRESS, -1, written.date))
    if facts is not None and facts.published is not None:
        dates = [date.date for date in find_dates(facts.published[:100].replace("T", " "), "en") if date.date]
        candidates += [Stated(_OF_MARKUP, -1, day) for day in dates[:1]]
    return candidates


def _day_of_utc(facts: PageFacts | None) -> datetime.date | None:
    """Return the day of a stamp in UTC, which may not be that of the page."""
    try:
        stamp = datetime.datetime.fromisoformat(facts.published or "") if facts is not None else None
    except ValueError:
        return None
    return stamp.date() if stamp is not None and stamp.utcoffset() == datetime.timedelta(0) else None


def _read_line(line: Line, language: str, captured: datetime.date | None, *, month_first: bool) -> list[Stated]:
    dates = find_dates(line.text, language) if _YEARLY.search(line.folded) else ()
    if not dates:
        age = day_of_age(line.folded, captured) if line.distance <= _NEAR else None
        return [Stated(_OF_AGE, line.n, age)] if age is not None else []
    candidates = []
    base = _base(line, dates)
    after = 0
    for written in dates:
        day = _choose_order(written, captured, month_first=month_first or _has_clock_of_noon(line.folded, language))
        announced = _announcement(line, after, written.start)
        after = written.end
        if day is None or not is_possible(day, captured):
            continue
        score = (
            base + announced + _doubts(written, day, captured, clock=line.place == "above" and line.label == "chrome")
        )
        if line.rank == 0 and line.place == "above" and written.weekday is not None and announced <= 0:
            score += _FIRST_OF_ALL
        in_doubt = written.weekday is None and TRUSTED - _WEEKDAY_AGREES <= score + _LEAST < TRUSTED
        if in_doubt and day.weekday() in _weekdays(line.folded, language):
            score += _WEEKDAY_AGREES
        beside = line.place == "between" or (line.label == "meta" and line.distance <= _ADJACENT)
        between, below = line.place == "between" and announced >= 0, line.place == "below"
        doubtful = announced <= 0 and not beside
        candidates.append(Stated(score, line.n, day, doubtful=doubtful, beside=between, below=below))
    return candidates


def _base(line: Line, dates: tuple[WrittenDate, ...]) -> float:
    """Weigh a line as a place for the date of publication."""
    rest = len(line.text) - sum(date.end - date.start for date in dates)
    base = _OF_LABEL[line.label]
    base += _ALONE if rest <= 40 else (_IN_MUCH_ELSE if rest > 90 else 0)
    base += _WITH_TIME if _TIME.search(line.text) else 0
    adjacent = line.distance <= _ADJACENT
    if line.place == "between":
        return base + _BETWEEN
    if line.place == "above":
        return base + (_RIGHT_ABOVE if adjacent else _HIGH_META if line.label == "meta" else _CLOCK)
    return base + (_RIGHT_BELOW if line.place == "below" and adjacent else _FAR)


def _doubts(written: WrittenDate, day: datetime.date, captured: datetime.date | None, *, clock: bool) -> float:
    doubts = 0.0
    if written.weekday is not None and day.weekday() != written.weekday:
        doubts += _WEEKDAY_DISAGREES
    if written.short_year:
        doubts += _SHORT_YEAR
    if captured is not None and day == captured and clock:
        doubts += _OF_CRAWL
    return doubts


def _choose_order(written: WrittenDate, captured: datetime.date | None, *, month_first: bool) -> datetime.date | None:
    """Return the day, with day and month exchanged where weekday, capture, outlet or clock say so."""
    day, swapped = written.date, written.swapped
    if day is None or swapped is None:
        return day
    if written.weekday is not None:
        return swapped if swapped.weekday() == written.weekday != day.weekday() else day
    first, second = (swapped, day) if month_first else (day, swapped)
    return second if captured is not None and first > captured >= second else first


def _has_clock_of_noon(folded: str, language: str) -> bool:
    """Tell whether a clock counts to noon or names an American time zone: then figures put the month first."""
    return language.startswith("en") and _NOON.search(folded) is not None


def _announcement(line: Line, start: int, end: int) -> float:
    """Return what the words before a date make of it: of publication, of an update, of something else."""
    if "©" in line.text[start:end]:
        return _OTHER
    hits = [
        (word.end, _OF_TABLE[word.table])
        for word in line.said
        if word.table in _OF_TABLE and not (word.table == "other" and _is_counter(line.folded, word.start))
    ]
    before = [hit for hit in hits if start <= hit[0] <= end]
    return max(before)[1] if before else 0.0


def _is_counter(folded: str, start: int) -> bool:
    """Tell whether a word counts what readers left, as in "0 Comment(s)"."""
    return _COUNT.search(folded, 0, start) is not None


def _weekdays(folded: str, language: str) -> set[int]:
    names = read_calendar(language).weekdays
    return {names[token.text] for token in tokenise(folded) if token.text in names}
