"""Write the visible text of a tree as lines, a block each, and keep how each line stands in the markup.

Every text that a reader can see stands in the lines once, in page order. Never seen are scripts, styles, templates,
drawings, the fallbacks of embedded media, and <noscript>, which asks readers to switch scripts on. What is marked as
hidden stays: scripts show it, and behind paywalls and on streamed pages it is the article.
"""

import re
from itertools import accumulate, compress

from msgspec import structs
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
_NAMING = frozenset(["class", "id", "itemprop", "role", "data-testid", "rel"])
_SELDOM = _NAMING - {"class"} | {"hidden", "style"}
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
    markup = Markup(
        tag=elements.tag,
        parent=elements.parent,
        marks=elements.marks,
        element=lines.element,
        linked=lines.linked,
        strong=lines.strong,
        echoes=[0] * len(lines.texts),
    )
    return lines.texts, _without_empty(markup, lines.met)


def _walk(root: LexborNode, elements: "_Elements", lines: "_Lines") -> None:
    """Read the tree in page order; what is not seen is not entered, and so nothing in it is."""
    roles, pieces = elements.roles, lines.pieces
    path: list[tuple[LexborNode, _Place]] = []
    place = _OUTSIDE
    following: LexborNode | None = root
    while following is not None:
        node = following
        number = node.tag_id
        role = roles.get(number, -1)
        if role < 0:
            role = elements.role(node)
        if role == _TEXT:
            lines.take(node.text_content or "", place)
        elif role != _UNSEEN:
            if pieces:
                lines.meet(role, place)
            child = node.first_child
            if child is not None:
                path.append((node, place))
                place = elements.enter(node, number, role, place)
                following = child
                continue
        following = node.next if path else None
        while following is None and path:
            node, place = path.pop()
            following = node.next if path else None


def _without_empty(markup: Markup, met: set[int]) -> Markup:
    """Return the markup without the elements in which no text was met."""
    held = bytearray(len(markup.tag))
    for element in met:
        held[element] = 1
    for element in range(len(held) - 1, 0, -1):
        if held[element]:
            held[markup.parent[element]] = 1
    if all(held):
        return markup
    number = [*accumulate(held, initial=0)]
    parents = [number[parent] for parent in compress(markup.parent, held)]
    return structs.replace(
        markup,
        tag=[*compress(markup.tag, held)],
        parent=[-1, *parents[1:]] if parents else [],
        marks=[*compress(markup.marks, held)],
        element=[number[element] for element in markup.element],
    )


class _Elements:
    """The elements that were entered, in page order.

    `names` and `roles` are those of tags by the tree's own numbers of them, which are cheaper to ask for.
    """

    def __init__(self) -> None:
        self.names: dict[int, str] = {}
        self.roles: dict[int, int] = {}
        self.tag: list[str] = []
        self.parent: list[int] = []
        self.marks: list[str] = []

    def role(self, node: LexborNode) -> int:
        """Return what the tag of a node says, and remember it."""
        number, name = node.tag_id, node.tag or ""
        self.names[number] = name
        self.roles[number] = role = _ROLES.get(name, 0)
        return role

    def enter(self, node: LexborNode, number: int, role: int, place: _Place) -> _Place:
        """Return where a text stands in an element whose tag has that number; `place` is where the element stands."""
        above, block, around = place
        self.parent.append(above)
        attributes = node.attributes
        plain = _SELDOM.isdisjoint(attributes)
        self.marks.append((attributes.get("class") or "") if plain else _read_marks(attributes))
        element = len(self.tag)
        self.tag.append(self.names[number])
        return (element, element if role & _BLOCK else block, around & _LASTING | role)


def _read_marks(attributes: dict[str, str | None]) -> str:
    """Return what an element is called; `hidden` where it is shown only once a script says so."""
    marks = []
    for name, value in attributes.items():
        if value and name in _NAMING:
            marks.append(value)
    if "hidden" in attributes or ("style" in attributes and _HIDING.search(attributes["style"] or "")):
        marks.append("hidden")
    return " ".join(marks)


class _Lines:
    """The lines so far, and the pieces of the one that is being read, with their places."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.element: list[int] = []
        self.linked: list[int] = []
        self.strong: list[int] = []
        self.pieces: list[str] = []
        self.places: list[_Place] = []
        self.met: set[int] = set()

    def take(self, text: str, place: _Place) -> None:
        """Take in a text; it goes on with the line where it is of the same block. White space alone begins none."""
        pieces, places, spaced = self.pieces, self.places, place[2] & _SPACED
        blank = text.isspace()
        if pieces:
            if blank:
                self.met.add(place[0])
            if place[1] != places[-1][1]:
                self.close()
                if blank and not spaced:
                    return
        elif blank:
            return
        if spaced:
            text, *more = _BREAKS.split(text)
            for part in more:
                pieces.append(text)
                places.append(place)
                self.close()
                text = part
        elif blank:
            text = " "
        pieces.append(text)
        places.append(place)

    def meet(self, role: int, place: _Place) -> None:
        """Take in that an element begins while a line is being read: a block ends it, and so does <br>."""
        if role & _BLOCK:
            self.close()
        elif role & _BREAK:
            if place[2] & _HEADING:
                self.take(" ", place)  # in a heading it only parts words
            else:
                self.close()
        elif role & _LINKED and self.places[-1][2] & _LINKED:
            self.take(" ", place)  # links side by side are set apart by style

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
        if one:
            self.met.add(places[0][0])
        else:
            self.met.update([element for element, _, _ in places])
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
