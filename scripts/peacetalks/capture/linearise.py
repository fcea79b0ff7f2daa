"""Write the visible text of a tree as lines, a block each, and keep how each line stands in the markup.

Every text that a reader can see stands in the lines once, in page order. Never seen are scripts, styles, templates,
drawings, the fallbacks of embedded media, and <noscript>, which asks readers to switch scripts on. What is marked as
hidden stays: scripts show it, and behind paywalls and on streamed pages it is the article.
"""

import re

from selectolax.lexbor import LexborHTMLParser, LexborNode

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
# What a tag says of what is in it; the last four are about the node alone.
_LINKED, _STRONG, _HEADING, _SPACED = 1, 2, 4, 8
_BLOCK, _TEXT, _BREAK, _UNSEEN = 16, 32, 64, 128
_LASTING = _LINKED | _STRONG | _HEADING | _SPACED
_ROLES = {"-text": _TEXT, "br": _BREAK, "a": _LINKED}
for _names, _role in (
    (_INVISIBLE, _UNSEEN),
    (_BLOCKS, _BLOCK),
    (("b", "strong", "em", "i", "mark"), _STRONG),
    (("h1", "h2", "h3", "h4", "h5", "h6"), _HEADING),
    (("pre", "textarea", "listing", "xmp"), _SPACED),
):
    _ROLES |= {_name: _ROLES.get(_name, 0) | _role for _name in _names}
_MARKS = frozenset(["class", "id", "itemprop", "role", "data-testid", "rel"])
_HIDING = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
# White space of HTML, and what would part a line in two; U+0085 stays, as it is half of a letter in mojibake.
_SPACES = " \t\n\r\f\u2028\u2029"
_RUNS = re.compile(f"[{_SPACES}]+")
_BREAKS = re.compile("\r\n?|[\n\f\u2028\u2029]")

# Where a text stands: its element, the block that holds it, and the flags of what is around it.
_Place = tuple[int, int, int]
_OUTSIDE: _Place = (-1, -1, 0)


def linearise(tree: LexborHTMLParser) -> tuple[list[str], Markup]:
    """Return the lines of a page's visible text and the markup that each stands in."""
    elements, lines = _Elements(), _Lines()
    if tree.root is not None:
        _walk(tree.root, elements, lines)
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


def _walk(root: LexborNode, elements: "_Elements", lines: "_Lines") -> None:
    """Read the tree in page order; what is not seen is not entered, and so nothing in it is."""
    roles: dict[int, int] = {}  # of each tag, by the tree's own number of it, which is cheaper to ask for than its name
    path, around, places, pieces = elements.path, elements.around, elements.places, lines.pieces
    node = root
    while True:
        try:
            role = roles[node.tag_id]
        except KeyError:
            name = elements.names[node.tag_id] = node.tag or ""
            role = roles[node.tag_id] = _ROLES.get(name, 0)
        if role == _TEXT:
            text = node.text_content or ""
            if pieces or not text.isspace():
                lines.add(text, elements.place())
        elif role == _BREAK:
            if not around[-1] & _HEADING:
                lines.close()
            elif pieces or around[-1] & _SPACED:
                lines.add(" ", elements.place())  # in a heading it only parts words
        elif role != _UNSEEN:
            if pieces:
                if role & _BLOCK:
                    lines.close()
                elif role & _LINKED and lines.places[-1][2] & _LINKED:
                    lines.add(" ", elements.place())  # links side by side are set apart by style
            child = node.first_child
            if child is not None:
                path.append(node)
                around.append(around[-1] & _LASTING | role if around else role)
                node = child
                continue
        while (following := node.next if path else None) is None:
            if not path:
                return
            node = path.pop()
            around.pop()
        node = following
        if len(places) > len(path):
            del places[len(path) :]


class _Elements:
    """The elements that are open, and those that were entered: an element is once there is text in it.

    `names` are those of tags by the tree's numbers; `around` is for each open element what its tag and those around it say; the first of them have a place.
    """

    def __init__(self) -> None:
        self.names: dict[int, str] = {}
        self.path: list[LexborNode] = []
        self.around: list[int] = []
        self.places: list[_Place] = []
        self.tag: list[str] = []
        self.parent: list[int] = []
        self.marks: list[str] = []

    def place(self) -> _Place:
        """Return where a text stands that is met now."""
        places = self.places
        for n in range(len(places), len(self.path)):
            node, role = self.path[n], self.around[n]
            above, block, _ = places[-1] if places else _OUTSIDE
            number = len(self.tag)
            self.tag.append(self.names[node.tag_id])
            self.parent.append(above)
            self.marks.append(_read_marks(node.attributes))
            places.append((number, number if role & _BLOCK else block, role))
        return places[-1]


def _read_marks(attributes: dict[str, str | None]) -> str:
    """Return what an element is called; `hidden` where it is shown only once a script says so."""
    marks = ""
    for name, value in attributes.items():
        if name in _MARKS and value:
            marks = f"{marks} {value}" if marks else value
    if "hidden" in attributes or ("style" in attributes and _HIDING.search(attributes["style"] or "")):
        return f"{marks} hidden" if marks else "hidden"
    return marks


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
        if place[2] & _SPACED:
            for number, part in enumerate(_BREAKS.split(text)):
                if number:
                    self.close()
                self.pieces.append(part)
                self.places.append(place)
        elif not text.isspace():
            self.pieces.append(text)
            self.places.append(place)
        elif self.pieces:
            self.pieces.append(" ")
            self.places.append(place)

    def close(self) -> None:
        """End the line, if any piece of one has been read."""
        pieces, places = self.pieces, self.places
        if not pieces:
            return
        text = "".join(pieces).strip(_SPACES)
        if text and not text.isspace():
            if "  " in text or not text.isprintable():  # no other text holds what a run has more than a blank
                text = _RUNS.sub(" ", text)
            self.texts.append(text)
            self._stand([text] if len(pieces) == 1 else pieces)
        pieces.clear()
        places.clear()

    def _stand(self, pieces: list[str]) -> None:
        """Keep how the line stands: one of several elements stands in the block that holds them all."""
        elements: list[int] = []
        linked = strong = 0
        for piece, (element, _, flags) in zip(pieces, self.places, strict=True):
            if piece and not piece.isspace():
                elements.append(element)
                if flags & _LINKED:
                    linked += len(piece)
                if flags & _STRONG:
                    strong += len(piece)
        one = elements.count(elements[0]) == len(elements)
        self.element.append(elements[0] if one else self.places[-1][1])
        self.linked.append(linked)
        self.strong.append(strong)
