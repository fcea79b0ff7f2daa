"""Tile a decoded capture into segments, one a line, so that their raws in order are the capture."""

import re
from collections.abc import Iterator

from peacetalks.clean.encoding import repair_lines
from peacetalks.record import GoldSegment, Segment

# Not str.splitlines: it also splits at U+0085, which is an ellipsis in mojibake, and at form feeds inside a line.
_LINE = re.compile("[^\n\r\u2028\u2029]*(?:\r\n|[\n\r\u2028\u2029])|[^\n\r\u2028\u2029]+")


def tile_pages(texts: list[str]) -> list[list[Segment]]:
    """Return the segments of each page: label `blank` where nothing is left to read, else `chrome` until judged."""
    raws = [_LINE.findall(text) for text in texts]
    cleans = iter(repair_lines([raw.rstrip("\n\r\u2028\u2029") for page in raws for raw in page]))
    return [_tile(page, cleans) for page in raws]


def tile(text: str) -> list[Segment]:
    """Return the segments of one page, as `tile_pages` does."""
    return tile_pages([text])[0]


def _tile(raws: list[str], cleans: Iterator[str]) -> list[Segment]:
    segments = []
    start = 0
    for n, raw in enumerate(raws):
        clean = next(cleans)
        blank = not clean
        segments.append(
            Segment(
                n=n,
                start=start,
                end=start + len(raw),
                raw=raw,
                clean=clean,
                label="blank" if blank else "chrome",
                reason="blank" if blank else "",
                score=1.0 if blank else 0.0,
            )
        )
        start += len(raw)
    return segments


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
