"""Parse a page in time that grows with its size alone, whatever it is built to do to a parser."""

from selectolax.lexbor import LexborDocumentOptions, LexborHTMLParser

from peacetalks.capture.bombs import refuse_bombs
from peacetalks.errors import CaptureError

_UNSEEN = 4_000  # tags that are parsed unseen: as deep as that takes 50 ms
_DEEPEST = 2_500  # elements in one another
# Where the parser stops looking for an open <p>, for which it goes through all elements around each block.
_BOUNDS = frozenset(["applet", "button", "caption", "html", "marquee", "object", "table", "td", "template", "th"])


def parse(data: bytes) -> LexborHTMLParser:
    """Return the tree of a page in UTF-8; CaptureError where it is built to exhaust a parser.

    Of a page of many tags the beginning is parsed first, then twice as much, and so on: how deep a beginning is says
    what the parser has to go through for each block that follows.
    """
    starts = refuse_bombs(data)
    tags = _UNSEEN
    while tags < len(starts):
        if (deepest := _find_depth(_parse(data[: int(starts[tags])]))) > _DEEPEST:
            raise CaptureError("too-large", f"{deepest:,} elements in one another; the limit is {_DEEPEST:,}")
        tags *= 2
    return _parse(data)


def _parse(data: bytes) -> LexborHTMLParser:
    # Events cost a pass over all options of a list for each; scripting makes plain text of what <noscript> holds.
    return LexborHTMLParser(data, options=LexborDocumentOptions.WO_EVENTS, scripting=True)


def _find_depth(tree: LexborHTMLParser) -> int:
    """Return how many elements are in one another at most, counted from the bound around them."""
    deepest = depth = 0
    above: list[int] = []  # numbers alone: as many nodes at a time would cost the collector more than the walk
    node = tree.root
    while node is not None:
        following = node.first_child
        if following is not None:
            above.append(depth)
            depth = 0 if node.tag in _BOUNDS else depth + 1
            deepest = max(deepest, depth)
        else:
            following = node.next
        while following is None and above and node is not None:
            node, depth = node.parent, above.pop()
            following = node.next if node is not None else None
        node = following
    return deepest
