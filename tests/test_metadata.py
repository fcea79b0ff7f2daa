"""Outlet, agency, authors, date and language from labelled lines; the cases are of our own words."""

import datetime
from typing import Any

import pytest

from conftest import read_cases
from peacetalks.annotate.edtf import interval
from peacetalks.annotate.language import detect_language
from peacetalks.annotate.metadata import find_metadata
from peacetalks.clean.segments import tile_gold
from peacetalks.record import GoldSegment
from peacetalks.registry.gazetteer import load_gazetteer
from peacetalks.registry.outlets import load_outlets


@pytest.mark.parametrize("case", read_cases("metadata"))
def test_the_metadata_of_a_page_are_found(case: dict[str, Any]) -> None:
    segments = tile_gold([GoldSegment(raw=f"{raw}\n", label=label) for label, raw in case["lines"]])
    captured = datetime.date.fromisoformat(case["captured"]) if "captured" in case else None
    metadata = find_metadata(
        segments, load_outlets(), load_gazetteer(), language=case["language"], url=case.get("url"), captured=captured
    )
    found = {
        "edtf": metadata.publication.edtf,
        "basis": metadata.publication.basis,
        "dateline": metadata.dateline,
        "outlet": metadata.source.outlet,
        "agency": metadata.source.agency,
        "authors": metadata.authors,
    }
    assert {name: found[name] for name in case["expected"]} == case["expected"]


@pytest.mark.parametrize("case", read_cases("languages"))
def test_the_language_of_a_text_is_told(case: dict[str, str]) -> None:
    assert detect_language(case["text"]) == case["expected"]


@pytest.mark.parametrize(
    ("edtf", "days"),
    [
        ("2014-01-22", ("2014-01-22", "2014-01-22")),
        ("2014-02", ("2014-02-01", "2014-02-28")),
        ("2014", ("2014-01-01", "2014-12-31")),
        ("2013-08-12/2013-08-13", ("2013-08-12", "2013-08-13")),
        ("2014-02-30", None),
        ("soon", None),
        (None, None),
    ],
)
def test_an_edtf_date_is_the_days_from_its_first_to_its_last(edtf: str | None, days: tuple[str, str] | None) -> None:
    found = interval(edtf)
    assert (None if found is None else tuple(day.isoformat() for day in found)) == days
