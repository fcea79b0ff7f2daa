"""Where a mention stands on its page: its segment and its place in that, instead of a place in title or text."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from msgspec import convert

from peacetalks.errors import AnnotationError
from peacetalks.record import Mention, Segment


class Place(NamedTuple):
    """A segment's number, and where a span starts in it as repaired."""

    segment: int
    start: int


def place_of(mention: Mention, segments: Sequence[Segment], source: str) -> Place:
    """Return where a mention of a page stands; AnnotationError where its segment does not have its surface there."""
    rest = mention.start
    for segment in _fields(segments)[mention.field]:
        if rest < len(segment.clean):
            if segment.clean.startswith(mention.surface, rest):
                return Place(segment.n, rest)
            break
        rest -= len(segment.clean) + len("\n\n")
    raise AnnotationError(
        f"{source}: mention {mention.surface!r} at {mention.start} of the {mention.field}: "
        "no line of it has these words there"
    )


def in_field(place: Place, segments: Sequence[Segment]) -> tuple[str, int]:
    """Return the field that a place is in, title or text, and where in that; AnnotationError for any other segment."""
    for field, parts in _fields(segments).items():
        start = 0
        for segment in parts:
            if segment.n == place.segment:
                return field, start + place.start
            start += len(segment.clean) + len("\n\n")
    label = segments[place.segment].label
    what = "a standfirst" if label == "title" else f"a line that is labelled {label}"
    raise AnnotationError(f"it stands in {what}: mentions stand in the headline and in body lines")


def as_mention(
    place: Place,
    surface: str,
    segments: Sequence[Segment],
    *,
    link: tuple[str | None, str | None],
    basis: str | None,
    stage: str | None,
) -> Mention:
    """Return the mention of a place, linked to a conference and series; AnnotationError where no mention can stand."""
    field, start = in_field(place, segments)
    row = {
        "field": field,
        "start": start,
        "end": start + len(surface),
        "surface": surface,
        "basis": basis,
        "stage": stage,
    }
    return convert({**row, "conference": link[0], "series": link[1]}, Mention)


def sort_mentions(mentions: Iterable[Mention]) -> list[Mention]:
    """Return mentions as gold has them: title before text, then by start, end and conference."""
    return sorted(mentions, key=lambda m: (m.field != "title", m.start, m.end, m.conference or "", m.series or ""))


def headline(segments: Sequence[Segment]) -> str | None:
    """Return the title of a page: its first title segment, for what follows is the standfirst."""
    return next((segment.clean for segment in segments if segment.label == "title"), None)


def _fields(segments: Sequence[Segment]) -> dict[str, list[Segment]]:
    return {
        "title": [segment for segment in segments if segment.label == "title"][:1],
        "text": [segment for segment in segments if segment.label == "body"],
    }
