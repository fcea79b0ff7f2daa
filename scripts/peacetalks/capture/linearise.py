"""Write the visible text of a tree as lines, a block each, and keep how each line stands in the markup.

Every text that a reader can see stands in the lines once, in page order. Never seen are scripts, styles, templates,
drawings, the fallbacks of embedded media, and <noscript>, which asks readers to switch scripts on. What is marked as
hidden stays: scripts show it, and behind paywalls and on streamed pages it is the article.
"""

import re

from selectolax.lexbor import LexborHTMLParser

from peacetalks.record import Markup

# fmt: off
_INVISIBLE = frozenset(
    [
        "audio", "canvas", "datalist", "head", "iframe", "noembed", "noframes", "noscript", "object",
        "script", "style", "svg", "template", "title", "video"
    ]
)
_BLOCKS = frozenset(
    [
        "address", "article", "aside", "blockquote", "body", "button", "caption", "center", "dd", "details",
        "dialog", "dir", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1",
        "h2", "h3", "h4", "h5", "h6", "header", "hgroup", "hr", "html", "label", "legend", "li", "listing",
        "main", "menu", "nav", "ol", "optgroup", "option", "p", "pre", "search", "section", "select",
        "summary", "table", "tbody", "td", "textarea", "tfoot", "th", "thead", "tr", "ul", "xmp"
    ]
)
# fmt: on
_LINKED, _STRONG, _HEADING, _SPACED = 1, 2, 4, 8
_FLAGS = (
    {"a": _LINKED}
    | dict.fromkeys(["b", "strong", "em", "i", "mark"], _STRONG)
    | dict.fromkeys(["h1", "h2", "h3", "h4", "h5", "h6"], _HEADING)
    | dict.fromkeys(["pre", "textarea", "listing", "xmp"], _SPACED)
)
_MARKS = ("class", "id", "itemprop", "role", "data-testid", "rel")
_HIDING = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
# White space of HTML, and what would part a line in two; U+0085 stays, as it is half of a letter in mojibake.
_SPACES = re.compile("[\t\n\r\f\u2028\u2029]| {2,}")
_RUNS = re.compile("[ \t\n\r\f\u2028\u2029]+")
_BREAKS = re.compile("\r\n?|[\n\f\u2028\u2029]")
_TEXT = "-text"


# Where a text stands: its element, the block that holds it, and the flags of what is around it.
_Place = tuple[int, int, int]
_OUTSIDE: _Place = (-1, -1, 0)


def linearise(tree: LexborHTMLParser) -> tuple[list[str], Markup]:
    """Return the lines of a page's visible text and the markup that each stands in."""
    elements, lines = _Elements(), _Lines()
    # An element that is not in here is not seen, and so nothing in it is.
    places: dict[int, _Place] = {}
    for node in tree.root.traverse(include_text=True) if tree.root is not None else ():
        parent = node.parent
        place = places.get(parent.mem_id, None if places else _OUTSIDE) if parent is not None else _OUTSIDE
        if place is None:
            continue
        tag = node.tag or ""
        if tag == _TEXT:
            text = node.text_content or ""
            if lines.pieces or not text.isspace():
                lines.add(text, place)
        elif tag == "br":
            lines.end(place)
        elif tag in _BLOCKS:
            lines.close()
            number = elements.enter(tag, place[0], node.attributes)
            places[node.mem_id] = (number, number, place[2] | _FLAGS.get(tag, 0))
        elif tag not in _INVISIBLE:
            if tag == "a" and lines.pieces and lines.places[-1][2] & _LINKED:
                lines.add(" ", place)  # links side by side are set apart by style
            number = elements.enter(tag, place[0], node.attributes)
            places[node.mem_id] = (number, place[1], place[2] | _FLAGS.get(tag, 0))
    lines.close()
    return lines.texts, Markup(
        tag=elements.tag,
        parent=elements.parent,
        marks=elements.marks,
        element=lines.element,
        linked=lines.linked,
        strong=lines.strong,
        echoes=[0] * len(lines.texts),
    )


class _Elements:
    """The elements that were entered."""

    def __init__(self) -> None:
        self.tag: list[str] = []
        self.parent: list[int] = []
        self.marks: list[str] = []

    def enter(self, tag: str, parent: int, attributes: dict[str, str | None]) -> int:
        """Return the number of an element; its marks say `hidden` where it is shown only once a script says so."""
        marks = ""
        if attributes:
            found = [value for value in map(attributes.get, _MARKS) if value]
            if "hidden" in attributes or ("style" in attributes and _HIDING.search(attributes["style"] or "")):
                found.append("hidden")
            marks = " ".join(found)
        self.tag.append(tag)
        self.parent.append(parent)
        self.marks.append(marks)
        return len(self.tag) - 1


class _Lines:
    """The lines so far, and the pieces of the one that is being read, with their places."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.element: list[int] = []
        self.linked: list[int] = []
        self.strong: list[int] = []
        self.pieces: list[str] = []
        self.places: list[_Place] = []

    def add(self, text: str, place: _Place) -> None:
        """Take in a text; it goes on with the line where it is of the same block."""
        if self.pieces and place[1] != self.places[-1][1]:
            self.close()
        spaced = place[2] & _SPACED
        if not spaced and text.isspace():
            if self.pieces:
                self.pieces.append(" ")
                self.places.append(place)
            return
        for number, part in enumerate(_BREAKS.split(text) if spaced else (text,)):
            if number:
                self.close()
            self.pieces.append(part)
            self.places.append(place)

    def end(self, place: _Place) -> None:
        """Break the line, as <br> does; in a heading it only parts words."""
        if place[2] & _HEADING:
            self.add(" ", place)
        else:
            self.close()

    def close(self) -> None:
        """End the line, if any piece of one has been read."""
        pieces, places = self.pieces, self.places
        if not pieces:
            return
        text = pieces[0] if len(pieces) == 1 else "".join(pieces)
        if _SPACES.search(text):
            text = _RUNS.sub(" ", text)
        text = text.strip(" ")
        if text and not text.isspace():
            self.texts.append(text)
            if len(pieces) == 1:
                spoken = [(len(text), places[0])]
            else:
                spoken = [(len(piece), at) for piece, at in zip(pieces, places, strict=True) if piece.strip()]
            (_, first), *rest = spoken
            # A line of several elements stands in the block that holds them all.
            self.element.append(first[0] if all(at[0] == first[0] for _, at in rest) else first[1])
            self.linked.append(sum([size for size, at in spoken if at[2] & _LINKED]))
            self.strong.append(sum([size for size, at in spoken if at[2] & _STRONG]))
        pieces.clear()
        places.clear()
