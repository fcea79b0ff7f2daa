"""Lay out the lines around a text: what stands above the headline, between it and the text, and below the text."""

import re
from bisect import bisect_right
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from peacetalks.annotate.fold import fold
from peacetalks.annotate.outlet_names import Found, OutletNames
from peacetalks.record import Label, Segment

Place = Literal["above", "title", "between", "inside", "text", "below"]

_LONGEST = 400  # characters of a line outside the text; what is longer is no furniture
_SENTENCE = 80  # a line of the text that is shorter, at its edge and without a full stop may be a mislabelled line
_SHORT = 40  # characters of a credit such as "Agency/City"
_STOPS = tuple(".!?…。！？؟।»”\"':;")
_HEAD, _TAIL = 170, 90  # of a paragraph, where a dateline and a sign-off stand


_GLUED = re.compile(r"^(?:Source|Quelle|Fuente|Fonte|Kaynak|Bron|By)(?=[A-Z])|[a-z](?=[A-Z][a-z]{2,8}\.? \d{1,2}[ ,])")


class Line(Struct, frozen=True):
    """A line that is not blank: `text` with single spaces, `folded` with the same offsets, the outlets that it names.

    Of a paragraph (`place` is `text`) only the head and the tail are folded and searched. `rank` counts from the
    top; `distance` is how many lines part it from the headline or from the text, whichever is nearer.
    """

    n: int
    label: Label
    place: Place
    text: str
    folded: str
    rank: int
    distance: int
    found: tuple[Found, ...]


class Frame(Struct, frozen=True):
    """The lines of a page in order; `edges` are the numbers of the first and the last paragraph among them."""

    lines: list[Line]
    edges: tuple[int, int] | None

    @property
    def around(self) -> list[Line]:
        """The lines outside the text, captions apart; a short one above the text and a copyright line may be none."""
        return [line for line in self.lines if line.place != "text" and not _is_caption(line)]

    @property
    def paragraphs(self) -> list[Line]:
        """The lines of the text."""
        return [line for line in self.lines if line.place == "text"]


def read_frame(segments: list[Segment], names: OutletNames) -> Frame:
    """Return the lines of a page with their places and the outlets that they name."""
    filled = [(segment, " ".join(segment.clean.split())) for segment in segments if segment.label != "blank"]
    filled = [
        (segment, _GLUED.sub(_part, text, count=1) if len(text) < _LONGEST else text)
        for segment, text in filled
        if text
    ]
    bodies = [rank for rank, (segment, text) in enumerate(filled) if segment.label == "body" and _is_sentence(text)]
    bodies = bodies or [rank for rank, (segment, _) in enumerate(filled) if segment.label == "body"]
    edges = (bodies[0], bodies[-1]) if bodies else None
    title = next((rank for rank, (segment, _) in enumerate(filled) if segment.label == "title"), None)
    anchors = [rank for rank in (title, *(edges or ())) if rank is not None]
    places = [_place(segment, rank, title, edges) for rank, (segment, _) in enumerate(filled)]
    searched = [_searched(text, place) for (_, text), place in zip(filled, places, strict=True)]
    folded = [fold(text) for text in searched]
    found = _found_by_line(folded, searched, names)
    lines = [
        Line(
            segment.n,
            segment.label,
            places[rank],
            searched[rank],
            folded[rank],
            rank,
            min((abs(rank - anchor) for anchor in anchors), default=rank),
            tuple(found.get(rank, ())),
        )
        for rank, (segment, _) in enumerate(filled)
    ]
    return Frame(lines, edges)


def _part(glued: re.Match[str]) -> str:
    return f"{glued[0]} "


def _is_caption(line: Line) -> bool:
    if line.label != "caption":
        return False
    return not (line.place == "between" and len(line.text) <= _SHORT) and "copyright" not in line.folded


def _is_sentence(text: str) -> bool:
    return len(text) >= _SENTENCE or (len(text) > 1 and text.endswith(_STOPS) and " " in text)


def _place(segment: Segment, rank: int, title: int | None, edges: tuple[int, int] | None) -> Place:
    if rank == title:
        return "title"
    if edges is None:
        return "above" if title is None or rank < title else "between"
    if edges[0] <= rank <= edges[1]:
        return "text" if segment.label == "body" else "inside"
    if rank > edges[1]:
        return "below"
    return "above" if title is None or rank < title else "between"


def _searched(text: str, place: Place) -> str:
    if place == "text" and len(text) > _HEAD + _TAIL:
        return f"{text[:_HEAD]}\n{text[-_TAIL:]}"
    return text if place == "text" or len(text) <= _LONGEST else ""


def _found_by_line(folded: list[str], searched: list[str], names: OutletNames) -> dict[int, list[Found]]:
    """Return the names by line: one search over all of them, as a search a line costs more."""
    starts: list[int] = []
    length = 0
    for text in folded:
        starts.append(length)
        length += len(text) + 1
    by_line: dict[int, list[Found]] = {}
    for hit in names.find("\n".join(folded), "\n".join(searched)):
        rank = bisect_right(starts, hit.start) - 1
        start = starts[rank]
        moved = replace(hit, start=hit.start - start, end=hit.end - start)
        by_line.setdefault(rank, []).append(moved)
    return by_line
