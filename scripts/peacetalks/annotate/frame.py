"""Lay out the lines around a text: what stands above the headline, between it and the text, and below the text."""

from bisect import bisect_right
from typing import Any, Literal, TypeVar

from msgspec import Struct

from peacetalks.annotate.credit_words import Said, find_words
from peacetalks.annotate.fold import fold
from peacetalks.annotate.outlet_names import Found, OutletNames
from peacetalks.record import Label, Segment

Place = Literal["above", "title", "between", "inside", "text", "below"]

_LONGEST = 400  # characters of a line outside the text; what is longer is no furniture
_SENTENCE = 80  # a line of the text that is shorter, at its edge and without a full stop may be a mislabelled line
_SHORT = 40  # characters of a credit such as "Agency/City"
_STOPS = tuple(".!?…。！？؟।»”\"':;")
_HEAD, _TAIL = 160, 160  # of a paragraph, where a dateline and a sign-off stand
_GAP = "\r"  # between head and tail: single spaces are the only white space of a line
_OUTER = 3  # paragraphs at the beginning, where a dateline stands, and at the end, where a sign-off does
_NONE: list[Any] = []
_GLUED = ("Source", "Quelle", "Fuente", "Fonte", "Kaynak", "Bron", "By")  # words to which a name may be glued
_BEFORE_WORD = ' ([*-|•·"«“'
_BEFORE_NAME = ' :：-–—|"«“(/'


class Line(Struct, frozen=True):
    """A line that is not blank: `text` with single spaces, `folded` with the same offsets, and what it names and says.

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
    found: list[Found]
    said: list[Said]

    def says(self, table: str, start: int = 0, end: int = _LONGEST) -> bool:
        """Tell whether the line holds a word of a table of credits.toml, between two offsets."""
        return any(word.table == table and start <= word.start and word.end <= end for word in self.said)

    def lead(self, table: str) -> int | None:
        """Return where the word of a table ends that the line begins with, or None."""
        skipped = len(self.folded) - len(self.folded.lstrip(_BEFORE_WORD))
        ends = [word.end for word in self.said if word.table == table and word.start == skipped]
        return max(ends, default=None)

    def is_led(self, position: int, table: str) -> bool:
        """Tell whether a word of a table stands right before a position."""
        end = len(self.folded[:position].rstrip(_BEFORE_NAME))
        return any(word.table == table and word.end == end for word in self.said)


_STATED = "stated-headline"


class Frame(Struct, frozen=True):
    """The lines of a page in order, and which of them stand around the text and in it.

    A picture's caption does neither; what is labelled one may be a short credit above the text or a copyright line.
    """

    lines: list[Line]
    around: list[Line]
    paragraphs: list[Line]


def read_frame(segments: list[Segment], names: OutletNames) -> Frame:
    """Return the lines of a page with their places, the outlets that they name and the words that they hold.

    All lines are folded and searched at once, which costs less than line by line.
    """
    filled = [(segment, segment.clean) for segment in segments if segment.label != "blank" and segment.clean]
    bodies = [rank for rank, (segment, _) in enumerate(filled) if segment.label == "body"]
    bodies = [rank for rank in bodies if _is_sentence(filled[rank][1])] or bodies
    first, last = (bodies[0], bodies[-1]) if bodies else (-1, -1)
    # Where the page shows its headline; what its head states of it stands nowhere.
    titles = [rank for rank, (segment, _) in enumerate(filled) if segment.label == "title"]
    title = next((rank for rank in titles if filled[rank][0].reason != _STATED), titles[0] if titles else -1)
    places = [_place(segment.label, rank, title, first, last) for rank, (segment, _) in enumerate(filled)]
    heads, tails = frozenset(bodies[:_OUTER]), frozenset(bodies[-_OUTER:])
    whole = "\n".join(
        _searched(text, places[rank], head=rank in heads, tail=rank in tails) for rank, (_, text) in enumerate(filled)
    )
    folded = fold(whole)
    texts, foldeds = whole.split("\n"), folded.split("\n")
    starts = _starts(texts)
    found, said = _by_line(names.find(folded, whole), starts), _by_line(find_words(folded), starts)
    anchors = [rank for rank in (title, first, last) if rank >= 0] or [0]
    lines = [
        Line(
            segment.n,
            segment.label,
            places[rank],
            texts[rank],
            foldeds[rank],
            rank,
            min([abs(rank - anchor) for anchor in anchors]),
            found.get(rank, _NONE),
            said.get(rank, _NONE),
        )
        for rank, (segment, _) in enumerate(filled)
    ]
    around = [line for line in lines if line.place != "text" and not _is_caption(line)]
    return Frame(lines, around, [line for line in lines if line.place == "text"])


def _parted(text: str) -> str:
    """Return a line with a blank after its first word, where a name is glued to that: "SourceAgency"."""
    for word in _GLUED:
        if text.startswith(word) and text[len(word) : len(word) + 1].isupper():
            return f"{word} {text[len(word) :]}"
    return text


def _is_caption(line: Line) -> bool:
    if line.label != "caption":
        return False
    return not (line.place == "between" and len(line.text) <= _SHORT) and "copyright" not in line.folded


def _is_sentence(text: str) -> bool:
    return len(text) >= _SENTENCE or (len(text) > 1 and text.endswith(_STOPS) and " " in text)


def _place(label: Label, rank: int, title: int, first: int, last: int) -> Place:
    """Return where a line stands; `title`, `first` and `last` are ranks, -1 where there is no such line."""
    if rank == title:
        return "title"
    if first < 0:
        return "between" if 0 <= title < rank else "above"
    if first <= rank <= last:
        return "text" if label == "body" else "inside"
    if rank > last:
        return "below"
    return "between" if 0 <= title < rank else "above"


def _searched(text: str, place: Place, *, head: bool, tail: bool) -> str:
    """Return the part of a line that is searched: of a paragraph its head and tail, if it is an outer one."""
    if place != "text":
        text = " ".join(text.split())
        return (_parted(text) if text.startswith(_GLUED) else text) if len(text) <= _LONGEST else ""
    if head and tail and len(text) <= _HEAD + _TAIL:
        return " ".join(text.split())
    parts = (text[:_HEAD] if head else "", text[-_TAIL:] if tail else "")
    return _GAP.join(" ".join(part.split()) for part in parts) if head or tail else ""


def _starts(texts: list[str]) -> list[int]:
    starts: list[int] = []
    length = 0
    for text in texts:
        starts.append(length)
        length += len(text) + 1
    return starts


Hit = TypeVar("Hit", Found, Said)


def _by_line(hits: list[Hit], starts: list[int]) -> dict[int, list[Hit]]:
    """Return hits of a search over all lines at once, which costs less than one a line, by line."""
    by_line: dict[int, list[Hit]] = {}
    for hit in hits:
        rank = bisect_right(starts, hit.start) - 1
        by_line.setdefault(rank, []).append(hit.moved(-starts[rank]))
    return by_line
