"""Read an HTML page: its visible text, a block a line, with what the markup says of each line and of the page."""

import datetime

from msgspec import structs
from selectolax.lexbor import LexborDocumentOptions, LexborHTMLParser

from peacetalks.capture.bombs import refuse_bombs
from peacetalks.capture.charset import decode_page
from peacetalks.capture.echoes import mark_echoes
from peacetalks.capture.facts import read_facts
from peacetalks.capture.linearise import linearise
from peacetalks.capture.text import capture_id, check_bytes, check_text, exclude
from peacetalks.errors import CaptureError
from peacetalks.record import Capture, Excluded


def read_html(
    data: bytes,
    source: str,
    *,
    charset: str | None = None,
    url: str | None = None,
    captured: datetime.date | None = None,
) -> Capture | Excluded:
    """Return the page as a capture, or an Excluded with the reason why it is none; `charset` is what HTTP said."""
    try:
        check_bytes(data)
        markup, encoding = decode_page(data, charset)
        tree = parse(markup)
        text, lines = linearise(tree)
        check_text(text)
        stated = read_facts(tree)
    except CaptureError as error:
        return exclude(data, source, error)
    return Capture(
        id=capture_id(data),
        source=source,
        text=text,
        encoding=encoding,
        url=url,
        captured=captured,
        facts=stated.facts,
        markup=structs.replace(lines, echoes=mark_echoes(text.split("\n"), stated)),
    )


def parse(markup: str) -> LexborHTMLParser:
    """Return the tree of a page; CaptureError where it is built to exhaust a parser."""
    refuse_bombs(markup)
    # Events cost a pass over all options of a list for each; scripting makes plain text of what <noscript> holds.
    return LexborHTMLParser(markup, options=LexborDocumentOptions.WO_EVENTS, scripting=True)
