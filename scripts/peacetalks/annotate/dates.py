"""Find when a page was published, with what says so."""

import datetime

from msgspec import Struct

from peacetalks.annotate.date_figures import find_address_date
from peacetalks.annotate.dateline import Dateline
from peacetalks.annotate.days import WrittenDate
from peacetalks.annotate.frame import Frame
from peacetalks.annotate.inference import infer_window, may_tell, resolve_year
from peacetalks.annotate.stated_dates import OF_ADDRESS, Stated, best_stated, is_possible
from peacetalks.annotate.time_clues import link_undated, read_time_clues, with_events
from peacetalks.record import DateBasis, Mention, PageFacts, Segment
from peacetalks.registry.gazetteer import Gazetteer

_NEAR_DATELINE = 4  # days between the dateline and the day of publication

_MONTH_FIRST = frozenset({"US", "PH"})


class Publication(Struct, frozen=True):
    """A publication date: `edtf` is a day, a month or an interval; `evidence` numbers the segments that say so.

    `evidence` is empty where the address or the markup says it, or where nothing does. `undated` are the mentions of a
    page without a date, where they were linked in search of one.
    """

    published: datetime.date | None
    edtf: str | None
    basis: DateBasis
    evidence: tuple[int, ...]
    undated: list[Mention] | None = None


def find_publication(
    frame: Frame,
    segments: list[Segment],
    dateline: Dateline | None,
    gazetteer: Gazetteer,
    *,
    language: str = "und",
    country: str | None = None,
    url: str | None = None,
    captured: datetime.date | None = None,
    facts: PageFacts | None = None,
) -> Publication:
    """Return the publication date of a page: stated, from its dateline, or inferred from what the text tells.

    `country` is that of the page's outlet, which says whether its figures put the month first.
    """
    stated = best_stated(frame, language, url=url, captured=captured, month_first=country in _MONTH_FIRST, facts=facts)
    if stated is not None and not _contradicts(stated, dateline):
        return _on(stated.date, "explicit", (stated.n,) if stated.n >= 0 else ())
    written = dateline.date if dateline is not None else None
    if (
        dateline is not None
        and written is not None
        and written.date is not None
        and is_possible(written.date, captured)
    ):
        return _on(written.date, "dateline", (dateline.n,))
    month = find_address_date(url) if url else None
    known = month is not None and month.year is not None and month.date is None
    sentences = read_time_clues(segments, language)
    undated: list[Mention] | None = None
    if written is not None or (not known and may_tell(sentences)):
        undated = link_undated(segments, language, gazetteer)
        sentences = with_events(sentences, undated)
    resolved = resolve_year(sentences, written, language, captured, gazetteer) if written is not None else None
    if dateline is not None and resolved is not None and is_possible(resolved[0], captured):
        return _on(resolved[0], "dateline", tuple(sorted({dateline.n, *resolved[1]})))
    if known and month is not None:
        return Publication(None, f"{month.year:04}-{month.month:02}", "explicit", ())
    window = infer_window(sentences, language, captured, gazetteer)
    if window is None:
        return Publication(None, None, "none", (), undated)
    if window.first == window.last:
        return _on(window.first, "inferred", window.evidence)
    return Publication(None, f"{window.first}/{window.last}", "inferred", window.evidence)


def _on(day: datetime.date, basis: DateBasis, evidence: tuple[int, ...]) -> Publication:
    return Publication(day, day.isoformat(), basis, evidence)


def _contradicts(stated: Stated, dateline: Dateline | None) -> bool:
    """Tell whether a weakly stated date is far from the dateline's day and month."""
    written = dateline.date if dateline is not None else None
    if written is None or written.day is None or stated.score >= OF_ADDRESS:
        return False
    days = [
        abs((stated.date - day).days) for year in (-1, 0, 1) if (day := _same_day(written, stated.date.year + year))
    ]
    return not days or min(days) > _NEAR_DATELINE


def _same_day(written: WrittenDate, year: int) -> datetime.date | None:
    try:
        return datetime.date(year if written.year is None else written.year, written.month, written.day or 1)
    except ValueError:
        return None
