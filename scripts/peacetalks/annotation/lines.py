"""The lines of a page as an annotator labelled them: kept whole, or cut where chrome is glued to text."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from peacetalks.annotation.documents import Span, short
from peacetalks.clean.cutting import find_cut
from peacetalks.errors import AnnotationError
from peacetalks.record import Segment

_PLACES = 4000  # where a line may be cut that are tried


class Line(NamedTuple):
    """A segment that has something to read, and where it stands in the document."""

    segment: Segment
    start: int

    @property
    def end(self) -> int:
        """Where it ends in the document."""
        return self.start + len(self.segment.clean)


class Piece(NamedTuple):
    """A stretch of a line with one label: its raw, and where what is to read of it starts in the document."""

    raw: str
    start: int
    span: Span


def shown_lines(segments: Sequence[Segment]) -> Iterator[Line]:
    """Yield the lines of a page's document, which stand below each other; those without a letter are left out."""
    start = 0
    for segment in segments:
        if segment.clean and segment.label != "blank":
            yield Line(segment, start)
            start += len(segment.clean) + 1


def cut_line(line: Line, text: str, spans: Sequence[Span]) -> list[Piece]:
    """Return the pieces of a line; AnnotationError unless the spans, in order, cover all of it once.

    A span may run over several lines: each of them gets its label. White space at a cut goes to the chrome.
    """
    inside = [(max(span.start, line.start), min(span.end, line.end), span) for span in spans]
    _require_cover(line, text, inside)
    if len(inside) == 1:
        return [Piece(line.segment.raw, line.start, inside[0][2])]
    pieces: list[Piece] = []
    rest = line.segment.raw
    for (start, end, span), (following, _, after) in pairwise(inside):
        wanted = (text[start:end], text[following : line.end])
        place = _find_cut(rest, *wanted, early=span.get("label") != "chrome" or after.get("label") == "chrome")
        pieces.append(Piece(rest[:place], start, span))
        rest = rest[place:]
    start, _, span = inside[-1]
    return [*pieces, Piece(rest, start, span)]


def _require_cover(line: Line, text: str, inside: Sequence[tuple[int, int, Span]]) -> None:
    where = f"line {short(line.segment.clean)!r}"
    reached = line.start
    for start, end, span in inside:
        if start < reached:
            raise AnnotationError(f"{where}: two labels at {start}, one of them {span.get('label')}; a line has one")
        if text[reached:start].strip():
            raise AnnotationError(f"{where}: {short(text[reached:start].strip())!r} has no label; every line has one")
        reached = end
    if text[reached : line.end].strip():
        raise AnnotationError(f"{where}: {short(text[reached : line.end].strip())!r} has no label; every line has one")


def _find_cut(raw: str, left: str, right: str, *, early: bool) -> int:
    """Return where to cut a raw line so that its halves, repaired, are these; as early as can be, or as late."""
    place = find_cut(raw, left, right, early=early, most=_PLACES)
    if place is None:
        where = f"line {short(raw.strip())!r}: can't be cut after {short(left)!r}"
        raise AnnotationError(f"{where}: it is repaired as a whole; label it as one")
    return place
