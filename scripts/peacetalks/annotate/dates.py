"""Find when a page was published, with what says so."""

import datetime

from msgspec import Struct

from peacetalks.annotate.date_figures import find_address_date
from peacetalks.annotate.dateline import Dateline
from peacetalks.annotate.days import WrittenDate
from peacetalks.annotate.frame import Frame
from peacetalks.annotate.inference import infer_window, resolve_year
from peacetalks.annotate.stated_dates import OF_ADDRESS, Stated, best_stated, is_possible
from peacetalks.record import DateBasis, PageFacts, Segment
from peacetalks.registry.gazetteer import Gazetteer

_NEAR_DATELINE = 4  # days between the dateline and the day of publication

_MONTH_FIRST = frozenset({"US", "PH"})


class Publication(Struct, frozen=True):
    """A publication date: `edtf` is a day, a month or an interval; `evidence` numbers the segments that say so.

    `evidence` is empty where the address or the markup says it, or where nothing does.
    """

    published: datetime.date | None
    edtf: str | None
    basis: DateBasis
    evidence: tuple[int, ...]


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
    if dateline is not None and dateline.date is not None:
        resolved = resolve_year(segments, dateline.date, language, captured, gazetteer)
        day = dateline.date.date or (resolved[0] if resolved is not None else None)
        if day is not None and is_possible(day, captured):
            support = resolved[1] if resolved is not None else ()
            return _on(day, "dateline", tuple(sorted({dateline.n, *support})))
    month = find_address_date(url) if url else None
    if month is not None and month.year is not None and month.date is None:
        return Publication(None, f"{month.year:04}-{month.month:02}", "explicit", ())
    window = infer_window(segments, language, captured, gazetteer)
    if window is None:
        return Publication(None, None, "none", ())
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
