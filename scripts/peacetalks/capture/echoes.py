"""Mark the lines of a page that repeat what its markup states: its title, its text, its summary, its authors."""

import re

from peacetalks.capture.facts import Stated
from peacetalks.capture.headline import text_key, text_keys

# The bits of `Markup.echoes`.
TITLE, PART_OF_TITLE, HOLDS_TITLE, BODY, HAS_BODY, SUMMARY, AUTHOR, DATE = (1 << n for n in range(8))


_FEWEST = 12  # letters that a line needs to be found in a text
_LONGEST_TITLE = 400
_LONGEST_BYLINE = 200
_LONGEST_BODY = 100_000  # characters; every line of a page is looked for in it
_MOST = 20  # summaries, or authors, that lines are compared with
_TAGS = re.compile(r"<[^<>]{0,500}>")


def mark_echoes(lines: list[str], keys: list[str], stated: Stated) -> list[int]:
    """Return for each line, of which `keys` are the letters alone, the bits of what it repeats."""
    titles = list({key for title in stated.titles[:4] if len(key := text_key(title)) >= _FEWEST})
    (body,) = text_keys([_TAGS.sub(" ", stated.body[:_LONGEST_BODY]).replace("\n", " ")])
    summaries = [key for text in stated.descriptions[:_MOST] if len(key := text_key(text)) >= _FEWEST]
    authors = [key for name in stated.facts.authors[:_MOST] if len(key := text_key(name)) >= 4]
    day = _numbers(stated.facts.published)
    always = HAS_BODY if len(body) >= 200 else 0
    echoes = [always] * len(keys)
    for n, key in enumerate(keys):
        if len(key) < _FEWEST:
            continue
        if len(key) <= _LONGEST_TITLE:
            for title in titles:
                if key == title:
                    echoes[n] |= TITLE
                elif key in title:
                    echoes[n] |= PART_OF_TITLE
                elif title in key:
                    echoes[n] |= HOLDS_TITLE
            for text in summaries:
                if key in text or text in key:
                    echoes[n] |= SUMMARY
        if always and key in body:
            echoes[n] |= BODY
    for name in authors:
        for n, key in enumerate(keys):
            if name in key and len(key) <= _LONGEST_BYLINE:
                echoes[n] |= AUTHOR
    if day is not None:
        year, number = day
        for n, line in enumerate(lines):
            if year in line and number in line and len(keys[n]) <= _LONGEST_BYLINE:
                echoes[n] |= DATE
    return echoes


def _numbers(published: str | None) -> tuple[str, str] | None:
    """Return year and day of a stated date, as a line would write them."""
    found = re.match(r"((?:19|20)\d\d)-?(\d\d)-?(\d\d)", published or "")
    return (found[1], found[3].lstrip("0")) if found else None
