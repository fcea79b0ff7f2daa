"""What extractors make of a page: its text, and where they tell it, its title, day and authors."""

import importlib.util
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field

from news import News

from peacetalks.annotate.language import detect_language
from peacetalks.annotate.metadata import LabelledPage, find_metadata
from peacetalks.capture.headline import text_key
from peacetalks.capture.html import read_html
from peacetalks.clean.audit import body_text
from peacetalks.clean.chrome import label_pages
from peacetalks.clean.model import Weights
from peacetalks.clean.segments import tile_pages
from peacetalks.record import Capture, Markup, Segment
from peacetalks.registry.gazetteer import load_gazetteer
from peacetalks.registry.outlets import load_outlets


@dataclass(slots=True)
class Found:
    """What was found on one page; `lead` is the standfirst where it is kept apart from the text."""

    text: str = ""
    lead: str = ""
    title: str | None = None
    day: str | None = None
    authors: list[str] = field(default_factory=list)


def extract_texts(pages: list[News], weights: Weights) -> list[tuple[Capture, list[Segment]] | None]:
    """Return what this project makes of the bytes of pages, as a build does: read, tiled, labelled."""
    captures = [read_html(page.data, page.name) for page in pages]
    read = [capture for capture in captures if isinstance(capture, Capture)]
    labelled = iter(label_pages(tile_pages([c.text for c in read]), [c.markup for c in read], weights))
    return [(capture, next(labelled)) if isinstance(capture, Capture) else None for capture in captures]


def describe(capture: Capture, segments: list[Segment]) -> Found:
    """Return text, standfirst and metadata of a labelled page."""
    text = body_text(segments)
    page = LabelledPage(segments, detect_language(text), facts=capture.facts)
    (facts,) = find_metadata([page], load_outlets(), load_gazetteer())
    titles = [segment for segment in segments if segment.label == "title"]
    headline = titles[0].clean if titles else None
    day = facts.publication.published
    return Found(
        text=text,
        lead="\n".join(segment.clean for segment in titles[1:] if not _repeats(segment, headline or "", capture)),
        title=headline,
        day=day.isoformat() if day is not None else None,
        authors=facts.authors,
    )


def _repeats(segment: Segment, headline: str, capture: Capture) -> bool:
    """Tell whether a line labelled as title shows the headline again, rather than the standfirst."""
    if text_key(segment.clean) == text_key(headline):
        return True
    line = capture.text.count("\n", 0, segment.start)
    markup = capture.markup
    return markup is not None and "h1" in _path(markup, markup.element[line])


def _path(markup: Markup, element: int) -> list[str]:
    tags = []
    while element >= 0:
        tags.append(markup.tag[element])
        element = markup.parent[element]
    return tags


def by_trafilatura(page: News) -> Found:
    """Return what trafilatura extracts, with its metadata."""
    import trafilatura

    found = trafilatura.bare_extraction(page.data, include_comments=False, with_metadata=True)
    if found is None:
        return Found()
    authors = [name.strip() for name in (found.author or "").split(";") if name.strip()]
    return Found(text=found.text or "", title=found.title, day=found.date, authors=authors)


def by_trafilatura_fast(page: News) -> Found:
    """Return the text that trafilatura extracts without its fallbacks."""
    import trafilatura

    return Found(text=trafilatura.extract(page.data, include_comments=False, fast=True) or "")


def by_trafilatura_precise(page: News) -> Found:
    """Return the text that trafilatura extracts when it is told to leave doubtful lines out."""
    import trafilatura

    return Found(text=trafilatura.extract(page.data, include_comments=False, favor_precision=True) or "")


def by_resiliparse(page: News) -> Found:
    """Return the text that resiliparse takes for the main content."""
    from resiliparse.extract.html2text import extract_plain_text
    from resiliparse.parse.encoding import bytes_to_str, detect_encoding

    markup = bytes_to_str(page.data, detect_encoding(page.data))
    return Found(text=extract_plain_text(markup, main_content=True, alt_texts=False, links=False))


def by_readability(page: News) -> Found:
    """Return title and text that readability-lxml finds."""
    from lxml import html
    from readability import Document

    document = Document(page.data.decode("utf-8", "replace"))
    try:
        summary = html.document_fromstring(document.summary())
    except ValueError:  # its own error for a page that it can't parse is one
        return Found()
    return Found(text="\n".join(summary.itertext()), title=document.short_title())


_RIVALS: dict[str, tuple[str, Callable[[News], Found]]] = {
    "trafilatura": ("trafilatura", by_trafilatura),
    "trafilatura, fast": ("trafilatura", by_trafilatura_fast),
    "trafilatura, favour precision": ("trafilatura", by_trafilatura_precise),
    "resiliparse": ("resiliparse", by_resiliparse),
    "readability-lxml": ("readability", by_readability),
}


def rivals() -> dict[str, Callable[[News], Found]]:
    """Return the rivals that are installed; the last is no dependency of this project's development."""
    warnings.simplefilter("ignore")
    return {name: run for name, (module, run) in _RIVALS.items() if importlib.util.find_spec(module)}
