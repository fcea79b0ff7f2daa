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
_TELLING = frozenset(["class", "id", "itemprop", "role", "data-testid", "rel", "hidden", "style"])
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
    roles, pieces = elements.roles, lines.pieces
    elements.enter(root, root.tag_id, elements.role(root))
    node = root.first_child
    while node is not None:
        number = node.tag_id
        role = roles.get(number, -1)
        if role < 0:
            role = elements.role(node)
        if role == _TEXT:
            text = node.text_content or ""
            if not text.isspace():
                lines.add(text, elements.place())
            elif pieces:
                lines.add_space(text, elements.place())
        elif role != _UNSEEN:
            if pieces:
                lines.meet(role, elements)
            child = node.first_child
            if child is not None:
                elements.enter(node, number, role)
                node = child
                continue
        node = node.next or elements.leave()


class _Elements:
    """The elements that are open, and those that were entered: an element is once there is text in it.

    `names` and `roles` are those of tags by the tree's own numbers of them, which are cheaper to ask for. `path` holds
    the open elements with these numbers, `around` for each what its tag and those around it say; the first so many of
    them have a place.
    """

    def __init__(self) -> None:
        self.names: dict[int, str] = {}
        self.roles: dict[int, int] = {}
        self.path: list[tuple[LexborNode, int]] = []
        self.around: list[int] = [0]
        self.places: list[_Place] = []
        self.tag: list[str] = []
        self.parent: list[int] = []
        self.marks: list[str] = []

    def role(self, node: LexborNode) -> int:
        """Return what the tag of a node says, and remember it."""
        number, name = node.tag_id, node.tag or ""
        self.names[number] = name
        self.roles[number] = role = _ROLES.get(name, 0)
        return role

    def enter(self, node: LexborNode, number: int, role: int) -> None:
        """Open an element whose tag has that number."""
        self.path.append((node, number))
        self.around.append(self.around[-1] & _LASTING | role)

    def leave(self) -> LexborNode | None:
        """Close the elements that end here and return the node that follows them; None at the end of the tree."""
        path, around = self.path, self.around
        while True:
            node, _ = path.pop()
            around.pop()
            if not path:
                return None
            following = node.next
            if following is not None:
                break
        del self.places[len(path) :]
        return following

    def place(self) -> _Place:
        """Return where a text stands that is met now."""
        places, path = self.places, self.path
        above, block, _ = place = places[-1] if places else _OUTSIDE
        if len(places) == len(path):
            return place
        for (node, number), role in zip(path[len(places) :], self.around[len(places) + 1 :], strict=True):
            attributes = node.attributes
            self.parent.append(above)
            self.marks.append(_read_marks(attributes) if attributes else "")
            above = len(self.tag)
            self.tag.append(self.names[number])
            if role & _BLOCK:
                block = above
            place = (above, block, role)
            places.append(place)
        return place


def _read_marks(attributes: dict[str, str | None]) -> str:
    """Return what an element is called; `hidden` where it is shown only once a script says so."""
    marks = ""
    hidden = False
    for name, value in attributes.items():
        if name not in _TELLING:
            continue
        if name == "hidden":
            hidden = True
        elif value and name == "style":
            hidden = hidden or _HIDING.search(value) is not None
        elif value:
            marks = f"{marks} {value}" if marks else value
    if hidden:
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
            text, *more = _BREAKS.split(text)
            self.pieces.append(text)
            self.places.append(place)
            for part in more:
                self.close()
                self.pieces.append(part)
                self.places.append(place)
        else:
            self.pieces.append(text)
            self.places.append(place)

    def add_space(self, text: str, place: _Place) -> None:
        """Take in white space while a line is being read."""
        if place[2] & _SPACED:
            self.add(text, place)
        elif place[1] != self.places[-1][1]:
            self.close()
        else:
            self.pieces.append(" ")
            self.places.append(place)

    def meet(self, role: int, elements: _Elements) -> None:
        """Take in that an element begins while a line is being read: a block ends it, and so does <br>."""
        if role & _BLOCK:
            self.close()
        elif role & _BREAK:
            if elements.around[-1] & _HEADING:
                self.add_space(" ", elements.place())  # in a heading it only parts words
            else:
                self.close()
        elif role & _LINKED and self.places[-1][2] & _LINKED:
            self.add_space(" ", elements.place())  # links side by side are set apart by style

    def close(self) -> None:
        """End the line, if any piece of one has been read."""
        pieces, places = self.pieces, self.places
        if not pieces:
            return
        one = len(pieces) == 1
        text = (pieces[0] if one else "".join(pieces)).strip(_SPACES)
        if text and not text.isspace():
            if "  " in text or not text.isprintable():  # no other text holds what a run has more than a blank
                text = _RUNS.sub(" ", text)
            self.texts.append(text)
            if one:
                element, _, flags = places[0]
                self.element.append(element)
                self.linked.append(len(text) if flags & _LINKED else 0)
                self.strong.append(len(text) if flags & _STRONG else 0)
            else:
                self._stand()
        pieces.clear()
        places.clear()

    def _stand(self) -> None:
        """Keep how a line of pieces stands: one of several elements stands in the block that holds them all."""
        elements: set[int] = set()
        linked = strong = 0
        for piece, (element, _, flags) in zip(self.pieces, self.places, strict=True):
            if piece and not piece.isspace():
                elements.add(element)
                if flags & _LINKED:
                    linked += len(piece)
                if flags & _STRONG:
                    strong += len(piece)
        self.element.append(elements.pop() if len(elements) == 1 else self.places[-1][1])
        self.linked.append(linked)
        self.strong.append(strong)
