"""Outlet, agency, authors, date and language from labelled lines; the cases are of our own words."""

import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import read_cases
from peacetalks.annotate.edtf import interval
from peacetalks.annotate.language import detect_language
from peacetalks.annotate.metadata import LabelledPage, Metadata, find_metadata
from peacetalks.clean.segments import tile_gold
from peacetalks.record import GoldSegment, PageFacts, Segment
from peacetalks.registry.gazetteer import load_gazetteer
from peacetalks.registry.outlets import load_outlets


def metadata_of(page: LabelledPage) -> Metadata:
    (found,) = find_metadata([page], load_outlets(), load_gazetteer())
    return found


@pytest.mark.parametrize("case", read_cases("metadata"))
def test_the_metadata_of_a_page_are_found(case: dict[str, Any]) -> None:
    segments = tile_gold([GoldSegment(raw=f"{raw}\n", label=label) for label, raw in case["lines"]])
    captured = datetime.date.fromisoformat(case["captured"]) if "captured" in case else None
    metadata = metadata_of(LabelledPage(segments, case["language"], case.get("url"), captured))
    found = {
        "edtf": metadata.publication.edtf,
        "basis": metadata.publication.basis,
        "dateline": metadata.dateline,
        "outlet": metadata.source.outlet,
        "agency": metadata.source.agency,
        "authors": metadata.authors,
    }
    assert {name: found[name] for name in case["expected"]} == case["expected"]


LINES = st.lists(
    st.tuples(
        st.sampled_from(["title", "meta", "body", "caption", "chrome"]),
        st.text(
            st.sampled_from("By Source: © Reuters AFP ТАСС رويترز 2014年1月22日 12/01 Jan. (dpa) — | / İıßﬁ\u00a0\r"),
            max_size=60,
        ),
    ),
    max_size=8,
)


@given(lines=LINES)
def test_whatever_the_lines_hold_the_evidence_is_among_them(lines: list[tuple[Any, str]]) -> None:
    segments = [
        Segment(n=n, start=0, end=0, raw=text, clean=text, label=label, reason="gold", score=1.0)
        for n, (label, text) in enumerate(lines)
    ]
    metadata = metadata_of(LabelledPage(segments, "en"))
    numbers = {segment.n for segment in segments}
    assert {*metadata.publication.evidence, *metadata.source.evidence} <= numbers
    assert interval(metadata.publication.edtf) is not None or metadata.publication.basis == "none"


@pytest.mark.parametrize(
    ("facts", "outlet", "agency", "authors", "edtf"),
    [
        (
            PageFacts(site_name="Al Jazeera", published="2017-01-24T10:00:00+03:00"),
            "al-jazeera",
            None,
            [],
            "2017-01-24",
        ),
        (PageFacts(url="https://www.lemonde.fr/a/1.html", agency="AFP"), "le-monde", "afp", [], None),
        (PageFacts(authors=["Anna Keller", "Reuters"], modified="2017-01-25"), None, "reuters", ["Anna Keller"], None),
    ],
)
def test_what_the_markup_states_counts(
    facts: PageFacts, outlet: str | None, agency: str | None, authors: list[str], edtf: str | None
) -> None:
    segments = tile_gold([GoldSegment(raw="The envoy met both delegations to speak about Syria.\n", label="body")])
    found = metadata_of(LabelledPage(segments, "en", facts=facts))
    assert (found.source.outlet, found.source.agency) == (outlet, agency)
    assert (found.authors, found.publication.edtf) == (authors, edtf)


@pytest.mark.parametrize(
    ("stamp", "line", "day"),
    [
        ("2014-01-23T03:30:00Z", "Published: January 22, 2014 10:30pm EST", "2014-01-22"),
        ("2014-01-22T22:30:00-05:00", "Published: January 22, 2014 10:30pm EST", "2014-01-22"),
        ("2014-01-22T22:10:00+00:00", "Published: January 23, 2014, 02:10 MSK", "2014-01-23"),
        ("2014-01-22T22:10:00+00:00", "Reading time: 4 minutes", "2014-01-22"),
        ("2014-01-22T22:10:00+00:00", "Published: January 12, 2014", "2014-01-22"),
        ("2014-01-22", "Wed Jan 22, 2014 4:10pm EST", "2014-01-22"),
        (None, "Wed Jan 22, 2014 11:10pm EST", "2014-01-22"),
        (None, "2014-01-22T23:50:00-05:00", "2014-01-22"),
    ],
)
def test_a_page_is_of_the_day_that_it_prints_whatever_the_day_in_greenwich(
    stamp: str | None, line: str, day: str
) -> None:
    body = "Delegations of the government and of the opposition met the envoy of the United Nations in Geneva."
    lines = [("title", "Envoy meets delegations"), ("meta", line), ("body", body)]
    segments = tile_gold([GoldSegment(raw=f"{raw}\n", label=label) for label, raw in lines])
    facts = PageFacts(published=stamp)
    found = metadata_of(LabelledPage(segments, "en", facts=facts))
    assert found.publication.edtf == day


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
