"""Lay out the lines around a text: what stands above the headline, between it and the text, and below the text."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal, NamedTuple

from msgspec import Struct

from peacetalks.annotate.credit_words import Said
from peacetalks.annotate.outlet_names import Found, OutletNames
from peacetalks.annotate.readings import EMPTY, LONGEST, LineReader, Reading, line_reader
from peacetalks.record import Label, Segment
from peacetalks.registry.outlets import Mark, Outlet

Place = Literal["above", "title", "between", "inside", "text", "below"]

_SENTENCE = 80  # a line of the text that is shorter, at its edge and without a full stop may be a mislabelled line
_SHORT = 40  # characters of a credit such as "Agency/City"
_STOPS = tuple(".!?…。！？؟।»”\"':;")
_HEAD, _TAIL = 160, 160  # of a paragraph, where a dateline and a sign-off stand
_GAP = "\r"  # between head and tail: single spaces are the only white space of a line
_OUTER = 3  # paragraphs at the beginning, where a dateline stands, and at the end, where a sign-off does
_GLUED = ("Source", "Quelle", "Fuente", "Fonte", "Kaynak", "Bron", "By")  # words to which a name may be glued
_BEFORE_WORD = ' ([*-|•·"«“'
_BEFORE_NAME = ' :：-–—|"«“(/'


class Line(Struct, frozen=True, gc=False):
    """A line that is not blank, where it stands, and its `Reading`: what it names and says.

    Of a paragraph (`place` is `text`) only the head and the tail are folded and searched. `rank` counts from the
    top, `height` does too but skips dates and services such as "Skip to content"; `distance` is how many lines part it
    from the headline or from the text, whichever is nearer.
    """

    n: int
    label: Label
    place: Place
    text: str
    folded: str
    rank: int
    height: int
    distance: int
    found: list[Found]
    said: list[Said]
    tables: frozenset[str]
    digits: bool
    named: bool
    shapes: list[tuple[Outlet, Mark]]
    dotted: bool

    def says(self, table: str, start: int = 0, end: int = LONGEST) -> bool:
        """Tell whether the line holds a word of a table of credits.toml, between two offsets."""
        return table in self.tables and any(
            word.table == table and start <= word.start and word.end <= end for word in self.said
        )

    def lead(self, table: str) -> int | None:
        """Return where the word of a table ends that the line begins with, or None."""
        if table not in self.tables:
            return None
        skipped = len(self.folded) - len(self.folded.lstrip(_BEFORE_WORD))
        return max([word.end for word in self.said if word.table == table and word.start == skipped], default=None)

    def is_led(self, position: int, table: str) -> bool:
        """Tell whether a word of a table stands right before a position."""
        if table not in self.tables:
            return False
        end = len(self.folded[:position].rstrip(_BEFORE_NAME))
        return any(word.table == table and word.end == end for word in self.said)


_STATED, _CORRECTED = "stated-headline", "correction"


class Frame(Struct, frozen=True, gc=False):
    """The lines of a page in order, and which of them stand around the text and in it.

    Left out is furniture in which there is nothing to find, but between headline and text, and below a line that leads
    to a source. A picture's caption stands neither around the text nor in it; what is labelled one may be a short
    credit above the text or a copyright line. Nor does a correction, whose day is not that of publication.
    """

    lines: list[Line]
    around: list[Line]
    paragraphs: list[Line]


def read_frames(pages: Sequence[list[Segment]], names: OutletNames) -> list[Frame]:
    """Return the lines of each page with their places, the outlets that they name and the words that they hold."""
    reader = line_reader(names)
    layouts = [_lay_out(segments) for segments in pages]
    together = iter(_read([page for page in layouts if not page.accented], reader, remember=True))
    # A grave accent is folded by what letters stand around it: its page is read by itself, and nothing of it kept.
    return [
        _frame(page, _read([page], reader, remember=False)[0] if page.accented else next(together)) for page in layouts
    ]


class _Layout(NamedTuple):
    """The segments of a page that are not blank, the place of each, and the ranks of some.

    `kept` are those of all lines but furniture, and of that between headline and text; `heads` and `tails` those of the
    outer paragraphs; `anchors` those of the headline and of the ends of the text. `accented` tells of a grave accent.
    """

    filled: list[Segment]
    cleans: list[str]
    labels: list[Label]
    places: list[Place]
    kept: list[int]
    heads: list[int]
    tails: list[int]
    anchors: list[int]
    accented: bool


def _lay_out(segments: list[Segment]) -> _Layout:
    filled = [segment for segment in segments if segment.label != "blank" and segment.clean]
    cleans, labels = [segment.clean for segment in filled], [segment.label for segment in filled]
    told = [rank for rank, label in enumerate(labels) if label != "chrome"]
    bodies = [rank for rank in told if labels[rank] == "body"]
    bodies = [rank for rank in bodies if _is_sentence(cleans[rank])] or bodies
    first, last = (bodies[0], bodies[-1]) if bodies else (-1, -1)
    # Where the page shows its headline; what its head states of it stands nowhere.
    titles = [rank for rank in told if labels[rank] == "title"]
    title = next((rank for rank in titles if filled[rank].reason != _STATED), titles[0] if titles else -1)
    anchors = sorted(rank for rank in (title, first, last) if rank >= 0) or [0]
    places = _places(labels, title, first, last)
    kept = [*told, *range(title + 1, first if bodies else len(labels))] if title >= 0 else told
    accented = "`" in "\n".join(cleans)
    return _Layout(filled, cleans, labels, places, kept, bodies[:_OUTER], bodies[-_OUTER:], anchors, accented=accented)


def _frame(page: _Layout, readings: list[Reading]) -> Frame:
    distances = _distances(len(readings), page.anchors)
    lines: list[Line] = []
    serving = 0
    for rank in _that_tell(page, readings):
        reading = readings[rank]
        line = Line(
            page.filled[rank].n,
            page.labels[rank],
            page.places[rank],
            reading.text,
            reading.folded,
            rank,
            rank - serving,
            distances[rank],
            reading.found,
            reading.said,
            reading.tables,
            reading.digits,
            reading.named,
            reading.shapes,
            reading.dotted,
        )
        lines.append(line)
        serving += reading.serves
    around = [
        line
        for line in lines
        if line.place != "text"
        and not (line.label == "caption" and _is_caption(line))
        and page.filled[line.rank].reason != _CORRECTED
    ]
    return Frame(lines, around, [line for line in lines if line.place == "text"])


def _that_tell(page: _Layout, readings: list[Reading]) -> list[int]:
    """Return the ranks of the lines that a frame keeps: of a page of HTML, a few of some hundred."""
    ranks = {rank for rank, reading in enumerate(readings) if reading.tells}.union(page.kept)
    for rank in [rank for rank in ranks if "source" in readings[rank].tables]:
        if "chrome" in page.labels[rank + 1 :]:
            ranks.add(page.labels.index("chrome", rank + 1))
    return sorted(ranks)


def _read(pages: Sequence[_Layout], reader: LineReader, *, remember: bool) -> list[list[Reading]]:
    """Return the readings of the lines of pages: those of furniture that was met before, and the others read at once.

    Furniture reads the same wherever it stands, and is kept if the reader is to `remember`.
    """
    texts: list[str] = []
    numbers: dict[str, int] = {}  # of the texts of furniture
    rows: list[list[Reading]] = []
    places: list[tuple[list[Reading], int, int]] = []  # a page's row, a rank in it, and the number of the text
    for page in pages:
        row = reader.recall(page.cleans) if remember else [EMPTY] * len(page.cleans)
        rows.append(row)
        for rank, place in enumerate(page.places):
            if place == "text":
                row[rank] = EMPTY
        for rank in [rank for rank, known in enumerate(row) if known is EMPTY]:
            clean, place = page.cleans[rank], page.places[rank]
            furniture = remember and place != "text"
            number = numbers.get(clean, -1) if furniture else -1
            if number < 0:
                text = _searched(clean, place, head=rank in page.heads, tail=rank in page.tails)
                if not text:
                    continue
                number = len(texts)
                texts.append(text)
                if furniture:
                    numbers[clean] = number
            places.append((row, rank, number))
    read = reader.read(texts)
    for line, number in numbers.items():
        reader.remember(line, read[number])
    for row, rank, number in places:
        row[rank] = read[number]
    return rows


def _parted(text: str) -> str:
    """Return a line with a blank after its first word, where a name is glued to that: "SourceAgency"."""
    for word in _GLUED:
        if text.startswith(word) and text[len(word) : len(word) + 1].isupper():
            return f"{word} {text[len(word) :]}"
    return text


def _is_caption(line: Line) -> bool:
    """Tell whether a line that is labelled a caption is one, and neither a short credit nor a copyright line."""
    return not (line.place == "between" and len(line.text) <= _SHORT) and "copyright" not in line.folded


def _is_sentence(text: str) -> bool:
    return len(text) >= _SENTENCE or (len(text) > 1 and text.endswith(_STOPS) and " " in text)


def _places(labels: list[Label], title: int, first: int, last: int) -> list[Place]:
    """Return where each line stands; `title`, `first` and `last` are ranks, -1 where there is no such line."""
    places: list[Place] = ["above"] * len(labels)
    above = first if first >= 0 else len(labels)
    if 0 <= title < above:
        places[title + 1 : above] = ["between"] * (above - title - 1)
    if first >= 0:
        places[first:] = ["below"] * (len(labels) - first)
        places[first : last + 1] = ["text" if label == "body" else "inside" for label in labels[first : last + 1]]
    if title >= 0:
        places[title] = "title"
    return places


def _distances(length: int, anchors: list[int]) -> list[int]:
    """Return how many lines part each line from the nearest of the anchors, given in order."""
    found = [*range(anchors[0], 0, -1)]
    for left, right in pairwise(anchors):
        nearer = (right - left + 1) // 2  # lines from the left one on to which it is the nearer
        found += [*range(nearer), *range(right - left - nearer, 0, -1)]
    return [*found, *range(length - anchors[-1])]


def _searched(text: str, place: Place, *, head: bool, tail: bool) -> str:
    """Return the part of a line that is searched: of a paragraph its head and tail, if it is an outer one."""
    if place != "text":
        text = _single_spaced(text)
        return (_parted(text) if text.startswith(_GLUED) else text) if len(text) <= LONGEST else ""
    if not (head or tail):
        return ""
    if head and tail and len(text) <= _HEAD + _TAIL:
        return _single_spaced(text)
    parts = (text[:_HEAD] if head else "", text[-_TAIL:] if tail else "")
    return _GAP.join(map(_single_spaced, parts))


def _single_spaced(text: str) -> str:
    """Return a text with single spaces; a blank is the only white space that is printable, so most need no parting."""
    return text.strip() if text.isprintable() and "  " not in text else " ".join(text.split())
