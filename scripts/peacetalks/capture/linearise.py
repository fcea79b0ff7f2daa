"""Write the visible text of a tree as lines, a block each, and keep how each line stands in the markup.

Every text that a reader sees stands in the lines once, in page order. Not seen are scripts, styles, templates,
drawings and the fallbacks of embedded media, what is marked as hidden, and <noscript>: it is for readers without
scripts, who are told to switch them on.
"""

import re
from typing import NamedTuple

from selectolax.lexbor import LexborHTMLParser

from peacetalks.record import Markup

_INVISIBLE = frozenset(
    [
        "head",
        "script",
        "style",
        "noscript",
        "template",
        "svg",
        "iframe",
        "object",
        "canvas",
        "video",
        "audio",
        "datalist",
        "noframes",
        "noembed",
        "title",
    ]
)
_BLOCKS = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "button",
        "caption",
        "center",
        "dd",
        "details",
        "dialog",
        "dir",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hgroup",
        "hr",
        "html",
        "label",
        "legend",
        "li",
        "main",
        "menu",
        "nav",
        "ol",
        "optgroup",
        "option",
        "p",
        "pre",
        "search",
        "section",
        "select",
        "summary",
        "table",
        "tbody",
        "td",
        "textarea",
        "tfoot",
        "th",
        "thead",
        "tr",
        "ul",
    ]
)
_HEADINGS = frozenset(["h1", "h2", "h3", "h4", "h5", "h6"])
_STRONG = frozenset(["b", "strong", "em", "i", "mark"])
_KEPT_SPACES = frozenset(["pre", "textarea", "listing", "xmp"])
_MARKS = ("class", "id", "itemprop", "role", "data-testid", "rel")
_HIDING = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
# White space of HTML, and what would part a line in two; U+0085 stays, as it is half of a letter in mojibake.
_SPACES = re.compile("[ \t\n\r\f\u2028\u2029]+")
_BREAKS = re.compile("\r\n?|[\n\f\u2028\u2029]")


class _Place(NamedTuple):
    """Where a text stands: its element, the block that holds it, whether in a heading, link, bold, preformatted."""

    element: int
    block: int
    heading: bool
    linked: bool
    strong: bool
    spaced: bool


_ROOT = _Place(-1, -1, heading=False, linked=False, strong=False, spaced=False)


def linearise(tree: LexborHTMLParser) -> tuple[str, Markup]:
    """Return the visible text of a page, its lines parted by line feeds, and the markup of each line."""
    lines = _Lines()
    places: dict[int, _Place | None] = {}
    root = tree.root
    if root is None:
        return "", lines.markup()
    for node in root.traverse(include_text=True):
        parent = node.parent
        place = places.get(parent.mem_id, _ROOT) if parent is not None else _ROOT
        if place is None:
            if not node.is_text_node:
                places[node.mem_id] = None
        elif node.is_text_node:
            lines.add(node.text_content or "", place)
        elif node.is_element_node:
            places[node.mem_id] = lines.enter(node.tag or "", node.attributes, place)
    lines.close()
    return "\n".join(lines.texts), lines.markup()


class _Lines:
    """The lines so far, the pieces of the one that is being read, and the elements that were entered."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._tag: list[str] = []
        self._parent: list[int] = []
        self._marks: list[str] = []
        self._element: list[int] = []
        self._linked: list[int] = []
        self._strong: list[int] = []
        self._pieces: list[str] = []
        self._places: list[_Place] = []
        self._block = -1

    def markup(self) -> Markup:
        return Markup(
            tag=self._tag,
            parent=self._parent,
            marks=self._marks,
            element=self._element,
            linked=self._linked,
            strong=self._strong,
            echoes=[0] * len(self._element),
        )

    def enter(self, tag: str, attributes: dict[str, str | None], place: _Place) -> _Place | None:
        """Return the place of what an element holds, or None where nobody sees it."""
        if tag in _INVISIBLE or (attributes and _is_hidden(tag, attributes)):
            return None
        if tag == "br":
            if place.heading:
                self.add(" ", place)
            else:
                self.close()
            return place
        number = len(self._tag)
        self._tag.append(tag)
        self._parent.append(place.element)
        self._marks.append(
            " ".join([value for name in _MARKS if (value := attributes.get(name))]) if attributes else ""
        )
        if tag in _BLOCKS:
            self.close()
            block = number
        else:
            block = place.block
            if tag == "a" and self._pieces and self._places[-1].linked:
                self.add(" ", place)  # links side by side are set apart by style
        return _Place(
            number,
            block,
            place.heading or tag in _HEADINGS,
            place.linked or tag == "a",
            place.strong or tag in _STRONG,
            place.spaced or tag in _KEPT_SPACES,
        )

    def add(self, text: str, place: _Place) -> None:
        """Take in a text; it goes on with the line where it is of the same block."""
        if place.block != self._block:
            self.close()
            self._block = place.block
        if place.spaced and _BREAKS.search(text):
            for number, part in enumerate(_BREAKS.split(text)):
                if number:
                    self.close()
                    self._block = place.block
                self._keep(part, place)
        else:
            self._keep(text, place)

    def _keep(self, text: str, place: _Place) -> None:
        if text:
            self._pieces.append(text)
            self._places.append(place)

    def close(self) -> None:
        """End the line, if anything stands in it."""
        self._block = -1
        if not self._pieces:
            return
        text = _SPACES.sub(" ", "".join(self._pieces)).strip(" ")
        if text and not text.isspace():
            spoken = [
                (len(piece), place)
                for piece, place in zip(self._pieces, self._places, strict=True)
                if not piece.isspace()
            ]
            elements = {place.element for _, place in spoken}
            self.texts.append(text)
            self._element.append(elements.pop() if len(elements) == 1 else spoken[0][1].block)
            self._linked.append(sum(length for length, place in spoken if place.linked))
            self._strong.append(sum(length for length, place in spoken if place.strong))
        self._pieces.clear()
        self._places.clear()


def _is_hidden(tag: str, attributes: dict[str, str | None]) -> bool:
    if "hidden" in attributes or (tag == "dialog" and "open" not in attributes):
        return True
    style = attributes.get("style")
    return style is not None and _HIDING.search(style) is not None
