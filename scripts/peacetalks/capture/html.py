"""Read an HTML page: its visible text, a block a line, with what the markup says of each line and of the page."""

import datetime

from selectolax.lexbor import LexborDocumentOptions, LexborHTMLParser

from peacetalks.capture.charset import decode_page
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
    except CaptureError as error:
        return exclude(data, source, error)
    return Capture(
        id=capture_id(data),
        source=source,
        text=text,
        encoding=encoding,
        url=url,
        captured=captured,
        markup=lines,
    )


def parse(markup: str) -> LexborHTMLParser:
    """Return the tree of a page; CaptureError where it is built to exhaust a parser."""
    # Events cost a pass over all options of a list for each; scripting makes plain text of what <noscript> holds.
    return LexborHTMLParser(markup, options=LexborDocumentOptions.WO_EVENTS, scripting=True)
