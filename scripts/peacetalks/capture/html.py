"""Read an HTML page: its visible text, a block a line, with what the markup says of each line and of the page.

The first line is the headline as the page's head states it, where it does; all that the page shows follows.
"""

import datetime

from msgspec import structs

from peacetalks.capture.charset import read_as_utf8
from peacetalks.capture.echoes import mark_echoes
from peacetalks.capture.facts import read_facts
from peacetalks.capture.headline import choose_headline, text_keys
from peacetalks.capture.linearise import linearise
from peacetalks.capture.parsing import parse
from peacetalks.capture.text import capture_id, check_bytes, check_text, exclude
from peacetalks.errors import CaptureError
from peacetalks.record import Capture, Excluded, Markup


def read_html(
    data: bytes,
    source: str,
    *,
    charset: str | None = None,
    url: str | None = None,
    captured: datetime.date | None = None,
) -> Capture | Excluded:
    """Return the page as a capture, or an Excluded with the reason why it is none.

    `charset` is what HTTP said; without `url`, the address is the canonical one that the page states.
    """
    try:
        check_bytes(data)
        markup, encoding = read_as_utf8(data, charset)
        tree = parse(markup)
        lines, structure = linearise(tree)
        text = "\n".join(lines)
        check_text(text)
    except CaptureError as error:
        return exclude(data, source, error)
    stated = read_facts(tree)
    keys = text_keys(lines)
    headline = choose_headline(stated.titles, set(keys))
    structure = structs.replace(structure, echoes=mark_echoes(lines, keys, stated))
    if headline is not None:
        text, structure = f"{headline}\n{text}", _with_headline(structure)
    return Capture(
        id=capture_id(data),
        source=source,
        text=text,
        encoding=encoding,
        url=url or stated.facts.url,
        captured=captured,
        facts=structs.replace(stated.facts, title=headline),
        markup=structure,
    )


def _with_headline(markup: Markup) -> Markup:
    """Return the markup of a page whose first line is its stated headline; it stands in no element but the root."""
    return structs.replace(
        markup,
        element=[0, *markup.element],
        linked=[0, *markup.linked],
        strong=[0, *markup.strong],
        echoes=[0, *markup.echoes],
        headline=True,
    )
