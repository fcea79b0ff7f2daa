import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from peacetalks.clean.audit import audit, body_text
from peacetalks.clean.chrome import label_segments
from peacetalks.clean.segments import tile, tile_pages
from peacetalks.errors import AuditError
from peacetalks.record import Capture, Segment

PAGES = st.text(
    st.sampled_from("ab .\n\r\u2028\u2029\u0085\x0b\x0c\u00a0é\u200b") | st.characters(exclude_categories=["Cs"]),
    max_size=300,
)


@given(PAGES)
def test_the_raws_in_order_are_the_page(page: str) -> None:
    segments = tile(page)
    assert "".join(segment.raw for segment in segments) == page
    assert all(page[segment.start : segment.end] == segment.raw for segment in segments)


@given(PAGES)
def test_labelling_loses_nothing_and_the_text_is_what_it_keeps(page: str) -> None:
    segments = label_segments(tile(page))
    audit(page, segments, body_text(segments))
    assert all(segment.reason for segment in segments)


@given(st.lists(PAGES, max_size=4))
def test_a_page_is_tiled_alike_alone_and_in_a_batch(pages: list[str]) -> None:
    assert tile_pages(pages) == [tile(page) for page in pages]


def test_a_line_is_blank_where_nothing_is_left_to_read() -> None:
    labels = [segment.label == "blank" for segment in tile("a\n \u200b\u00a0\r\n\nb")]
    assert labels == [False, True, True, False]


def test_the_seeds_are_labelled_without_loss(captures: dict[str, Capture]) -> None:
    for capture in captures.values():
        segments = label_segments(tile(capture.text))
        audit(capture.text, segments, body_text(segments))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda s: s[:-1], "the segments end at"),
        (lambda s: [structs.replace(s[0], raw="X" + s[0].raw[1:]), *s[1:]], "its raw is not what the capture holds"),
        (lambda s: [s[1], s[0], *s[2:]], "offsets"),
        (lambda s: [structs.replace(s[0], label="body"), *s[1:]], "the text is not the body"),
    ],
    ids=["lost", "changed", "swapped", "relabelled"],
)
def test_the_audit_finds_every_kind_of_loss(change: object, message: str) -> None:
    page = "first line\nsecond line\nthird line"
    segments = tile(page)
    assert callable(change)
    damaged: list[Segment] = change(segments)
    with pytest.raises(AuditError, match=message):
        audit(page, damaged, "")
