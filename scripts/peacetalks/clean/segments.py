"""Tile a decoded capture into segments, one a line, so that their raws in order are the capture."""

import re
from itertools import chain

from peacetalks.clean.encoding import repair_lines
from peacetalks.clean.sheet import Sheet
from peacetalks.record import GoldSegment, Label, Segment

# Not str.splitlines: it also splits at U+0085, which is an ellipsis in mojibake, and at form feeds inside a line.
_LINE = re.compile("[^\n\r\u2028\u2029]*(?:\r\n|[\n\r\u2028\u2029])|[^\n\r\u2028\u2029]+")
_BREAKS = "\n\r\u2028\u2029"


def tile_texts(texts: list[str]) -> list[Sheet]:
    """Return the segments of each page: label `blank` where nothing is left to read, else `chrome` until judged."""
    raws = [_split(text) for text in texts]
    different = list(dict.fromkeys(chain.from_iterable(raws)))  # sites repeat their menus on every page
    repaired = dict(zip(different, repair_lines([raw.rstrip(_BREAKS) for raw in different]), strict=True))
    return [_unjudged(page, [*map(repaired.__getitem__, page)]) for page in raws]


def _unjudged(raw: list[str], clean: list[str]) -> Sheet:
    if "" not in clean:  # as on all pages of HTML
        return Sheet(raw, clean, ["chrome"] * len(raw), [""] * len(raw), [0.0] * len(raw))
    label: list[Label] = ["chrome" if line else "blank" for line in clean]
    reason = ["" if line else "blank" for line in clean]
    return Sheet(raw, clean, label, reason, [0.0 if line else 1.0 for line in clean])


def tile_pages(texts: list[str]) -> list[list[Segment]]:
    """Return the segments of each page as objects, as `tile_texts` does."""
    return [sheet.segments() for sheet in tile_texts(texts)]


def tile(text: str) -> list[Segment]:
    """Return the segments of one page, as `tile_pages` does."""
    return tile_pages([text])[0]


def _split(text: str) -> list[str]:
    """Return the lines of a text, each with its end."""
    lines = text.splitlines(keepends=True)
    # As many lines as there are line feeds, and none of them ends in anything else.
    if len(lines) == text.count("\n") + (not text.endswith("\n")) and text:
        return lines
    return _LINE.findall(text)


def tile_gold(parts: list[GoldSegment]) -> list[Segment]:
    """Return the segments of a page as gold cut and labelled them."""
    segments = []
    start = 0
    for n, (part, clean) in enumerate(zip(parts, repair_lines([part.raw for part in parts]), strict=True)):
        end = start + len(part.raw)
        segments.append(
            Segment(n=n, start=start, end=end, raw=part.raw, clean=clean, label=part.label, reason="gold", score=1.0)
        )
        start = end
    return segments
