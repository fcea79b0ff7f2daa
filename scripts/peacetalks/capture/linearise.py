"""Write the visible text of a tree as lines, a block each, and keep how each line stands in the markup.

Every text that a reader can see stands in the lines once, in page order. Never seen are scripts, styles, templates,
drawings, the fallbacks of embedded media, and <noscript>, which asks readers to switch scripts on. What is marked as
hidden stays: scripts show it, and behind paywalls and on streamed pages it is the article.
"""

import re
from itertools import accumulate, compress, pairwise
from operator import itemgetter
from typing import NamedTuple

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
_PARTING, _CLOSED = _BREAK | _LINKED, _TEXT | _UNSEEN
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
    elements, pieces = _Elements(), _Pieces()
    if tree.root is not None:
        _walk(tree.root, elements, pieces)
    lines = _join(pieces)
    markup = Markup(
        tag=elements.tag,
        parent=elements.parent,
        marks=elements.marks,
        element=lines.element,
        linked=lines.linked,
        strong=lines.strong,
        echoes=[0] * len(lines.texts),
    )
    return lines.texts, _without_empty(markup, pieces.met.union(map(itemgetter(0), pieces.places)))


def _walk(root: LexborNode, elements: "_Elements", pieces: "_Pieces") -> None:
    """Read the tree in page order; what is not seen is not entered, and so nothing in it is."""
    roles, names, tags, parents, marks = elements.roles, elements.names, elements.tag, elements.parent, elements.marks
    is_plain = _SELDOM.isdisjoint
    path: list[tuple[LexborNode, int, int, int]] = []  # what follows the elements around, and where that stands
    element, block, around = _OUTSIDE
    node: LexborNode | None = root
    while node is not None:
        number = node.tag_id
        try:
            role = roles[number]
        except KeyError:
            role = elements.role(node)
        following = node.next if element >= 0 else None
        if role == _TEXT:
            text = node.text_content or ""
            if pieces.begun or not text.isspace():
                pieces.take(text, (element, block, around))
        elif role & _BLOCK:
            pieces.begun = False
        elif role & _PARTING and pieces.begun:
            pieces.part(role, (element, block, around))
        child = None if role & _CLOSED else node.first_child
        if child is not None:
            if following is not None:
                path.append((following, element, block, around))
            attributes = node.attributes
            marks.append((attributes.get("class") or "") if is_plain(attributes) else _read_marks(attributes))
            parents.append(element)
            element = len(tags)
            tags.append(names[number])
            block = element if role & _BLOCK else block
            around |= role
            following = child
        elif following is None and path:
            following, element, block, around = path.pop()
        node = following


def _join(pieces: "_Pieces") -> "_Lines":
    """Return the lines that the pieces make."""
    lines = _Lines([], [], [], [])
    texts, elements, linked, strong = lines
    read, places = pieces.texts, pieces.places
    for start, stop in pairwise([*pieces.starts, len(read)]):
        one = stop - start == 1
        text = (read[start] if one else "".join(read[start:stop])).strip(_SPACES)
        if not text or text.isspace():
            continue
        if "  " in text or not text.isprintable():  # no other text holds what a run has more than a blank
            text = _RUNS.sub(" ", text)
        texts.append(text)
        if one:
            element, _, flags = places[start]
            elements.append(element)
            linked.append(len(text) if flags & _LINKED else 0)
            strong.append(len(text) if flags & _STRONG else 0)
        else:
            element, in_links, in_strong = _stand(read[start:stop], places[start:stop])
            elements.append(element)
            linked.append(in_links)
            strong.append(in_strong)
    return lines


def _stand(texts: list[str], places: list[_Place]) -> tuple[int, int, int]:
    """Return how a line of pieces stands, as (element, linked, strong).

    A line of several elements stands in the block that holds them all.
    """
    elements: set[int] = set()
    linked = strong = 0
    for text, (element, _, flags) in zip(texts, places, strict=True):
        if text and not text.isspace():
            elements.add(element)
            if flags & _LINKED:
                linked += len(text)
            if flags & _STRONG:
                strong += len(text)
    return elements.pop() if len(elements) == 1 else places[-1][1], linked, strong


def _without_empty(markup: Markup, met: set[int]) -> Markup:
    """Return the markup without the elements in which no text was met."""
    above = markup.parent
    if len(met.union(above)) > len(above):  # each holds text or an element, and -1 is above the root
        return markup
    held = bytearray(len(above))
    for element in met:
        held[element] = 1
    for element in range(len(held) - 1, 0, -1):
        if held[element]:
            held[above[element]] = 1
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


def _read_marks(attributes: dict[str, str | None]) -> str:
    """Return what an element is called; `hidden` where it is shown only once a script says so."""
    marks = []
    for name, value in attributes.items():
        if value and name in _NAMING:
            marks.append(value)
    if "hidden" in attributes or ("style" in attributes and _HIDING.search(attributes["style"] or "")):
        marks.append("hidden")
    return " ".join(marks)


class _Pieces:
    """The texts that were read, each with its place, and where among them a line starts."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.places: list[_Place] = []
        self.starts: list[int] = []
        self.begun = False  # whether a text of the same block goes on with the last line
        self.met: set[int] = set()  # elements that hold white space in a line

    def take(self, text: str, place: _Place) -> None:
        """Take in a text; it goes on with the line where it is of the same block. White space alone begins none."""
        if self.begun:
            blank = text.isspace()
            if blank:
                self.met.add(place[0])
            self.begun = place[1] == self.places[-1][1]
            if blank and not place[2] & _SPACED:
                if not self.begun:
                    return
                text = " "
        if place[2] & _SPACED:
            *lines, text = _BREAKS.split(text)
            for line in lines:
                if self.begun or line.strip():
                    self._add(line, place)
                    self.begun = False
        self._add(text, place)

    def _add(self, text: str, place: _Place) -> None:
        """Add a text to the line that has begun, or begin one with it."""
        if not self.begun:
            self.starts.append(len(self.texts))
            self.begun = True
        self.texts.append(text)
        self.places.append(place)

    def part(self, role: int, place: _Place) -> None:
        """Take in that <br> or a link begins in a line."""
        if role & _BREAK:
            if place[2] & _HEADING:
                self.take(" ", place)  # in a heading it only parts words
            else:
                self.begun = False
        elif self.places[-1][2] & _LINKED:
            self.take(" ", place)  # links side by side are set apart by style


class _Lines(NamedTuple):
    """The texts of lines and how each stands in the markup."""

    texts: list[str]
    element: list[int]
    linked: list[int]
    strong: list[int]
