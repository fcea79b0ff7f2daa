"""News pages as captures, their lines labelled by the expected values that stand beside them."""

import gzip
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent / "chrome"))

from pages import Line, align, key_of, language_of, paragraphs

from peacetalks.capture.html import read_html
from peacetalks.clean.segments import tile_pages
from peacetalks.record import Capture, Markup, Segment

_INLINE = frozenset(["a", "span", "b", "strong", "em", "i", "time", "font", "small", "u", "mark", "cite", "abbr"])


@dataclass(slots=True)
class News:
    """One page: its bytes, its expected values, its capture and segments.

    A segment has a label of `LABELS`, `unknown`, or `stated` where it is the headline of the page's head.
    """

    name: str
    publisher: str
    language: str
    url: str | None
    data: bytes
    expected: dict[str, Any]
    capture: Capture | None
    segments: list[Segment]
    labels: list[str]


def read_news(folder: Path) -> list[News]:
    """Return every page of a folder of country folders, sorted by name; more pages than versions lose the unlike."""
    return sorted(_read(folder), key=lambda page: page.name)


def _read(folder: Path) -> Iterator[News]:
    for truth in sorted(folder.glob("*/*.json")):
        versions = list(json.loads(truth.read_text("utf-8")).values())
        about = json.loads((truth.parent / "meta.info").read_text("utf-8"))
        found = []
        for path in sorted(truth.parent.glob(f"{truth.stem}_[0-9]*.html.gz")):
            data = gzip.decompress(path.read_bytes())
            capture = read_html(data, path.name)
            text = capture.text if isinstance(capture, Capture) else ""
            known = {key_of(line) for line in text.split("\n")}
            fits = [sum(key_of(p) in known for p in paragraphs(version)) for version in versions]
            best = fits.index(max(fits))
            found.append((max(fits), path, data, versions[best], capture))
        found.sort(key=lambda row: (-row[0], row[1].name))
        for _, path, data, expected, capture in found[: len(versions)]:
            url = about.get(path.name, {}).get("url")
            yield _label(path.name.removesuffix(".html.gz"), truth.stem, url, data, expected, capture)


def _label(name: str, publisher: str, url: str | None, data: bytes, expected: dict[str, Any], read: object) -> News:
    text = " ".join(paragraphs(expected))
    page = News(name, f"{publisher}", language_of(text), url, data, expected, None, [], [])
    if isinstance(read, Capture) and read.markup is not None:
        page.capture = read
        page.segments = tile_pages([read.text])[0]
        lines = [
            Line(segment.clean, _tag(read.markup, n), linked >= 0.95 * len(segment.clean))
            for n, (segment, linked) in enumerate(zip(page.segments, read.markup.linked, strict=True))
        ]
        shown = lines[1:] if read.markup.headline else lines
        align(shown, expected)
        page.labels = [*(["stated"] if read.markup.headline else []), *(line.label for line in shown)]
    return page


def _tag(markup: Markup, line: int) -> str:
    """Return the innermost tag around a line that is a block."""
    element = markup.element[line]
    while element >= 0 and markup.tag[element] in _INLINE:
        element = markup.parent[element]
    return markup.tag[element] if element >= 0 else "body"
