"""What the catalogue knows of a page's day counts where the page tells none, and never against what it tells."""

import datetime

import pytest

from peacetalks.annotate.dates import Publication
from peacetalks.annotate.known_dates import with_record
from peacetalks.record import DateBasis
from peacetalks.registry.catalogue import Record


def record(published: str | None) -> Record:
    return Record(
        url="https://example.org/a",
        language="en",
        published=published,
        date_evidence="none" if published is None else "text",
        kind="news",
        basis="both",
        confidence="high",
    )


@pytest.mark.parametrize(
    ("edtf", "basis", "known", "expected"),
    [
        pytest.param(None, "none", "2016-01-29", ("2016-01-29", "catalogue"), id="a-page-without-a-day-takes-it"),
        pytest.param(None, "none", "2016-01", ("2016-01", "catalogue"), id="and-a-month-as-well"),
        pytest.param(None, "none", None, (None, "none"), id="an-undated-record-gives-none"),
        pytest.param("2016-01-30", "explicit", "2016-01-29", ("2016-01-30", "explicit"), id="a-told-day-stays"),
        pytest.param("2016-01", "inferred", "2016-01-29", ("2016-01-29", "catalogue"), id="a-day-fills-its-month"),
        pytest.param("2016-01", "inferred", "2016-02-01", ("2016-01", "inferred"), id="a-later-day-does-not"),
        pytest.param("2016-01", "inferred", "2016-01", ("2016-01", "inferred"), id="the-same-month-changes-nothing"),
        pytest.param("2016-01", "inferred", "2016", ("2016-01", "inferred"), id="a-year-does-not-widen-a-month"),
        pytest.param("2016-01-20/2016-02-03", "inferred", "2016-01-29", ("2016-01-29", "catalogue"), id="or-a-span"),
    ],
)
def test_the_date_of_a_record_beside_that_of_its_page(
    edtf: str | None, basis: DateBasis, known: str | None, expected: tuple[str | None, str]
) -> None:
    day = datetime.date.fromisoformat(edtf) if edtf and len(edtf) == 10 else None
    found, fixed_by = with_record(Publication(day, edtf, basis, (3,)), record(known))
    assert (found.edtf, fixed_by) == expected
    assert found.published == (
        datetime.date.fromisoformat(found.edtf) if found.edtf and len(found.edtf) == 10 else None
    )
    assert found.evidence == (() if fixed_by == "catalogue" else (3,))


def test_without_a_record_the_page_stands_alone() -> None:
    found = Publication(None, None, "none", ())
    assert with_record(found, None) == (found, "none")
