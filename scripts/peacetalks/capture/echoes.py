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
    always = HAS_BODY if len(body) >= 200 else 0
    echoes = [always] * len(keys)
    # Most lines repeat nothing, which one look in all that is stated tells, and one in the whole page.
    stating, page = "\n".join([*titles, *summaries, body]), "\n".join(keys)
    shown = [text for text in (*titles, *summaries) if text in page]
    told = [n for n, key in enumerate(keys) if len(key) >= _FEWEST and key in stating]
    told += [n for text in shown for n, key in enumerate(keys) if text in key]
    for n in told:
        key = keys[n]
        if len(key) <= _LONGEST_TITLE:
            echoes[n] |= _compare(key, titles, summaries)
        if always and key in body:
            echoes[n] |= BODY
    for name in authors:
        for n in [n for n, key in enumerate(keys) if name in key] if name in page else ():
            if len(keys[n]) <= _LONGEST_BYLINE:
                echoes[n] |= AUTHOR
    for year, number in _numbers(stated.facts.published):
        for n in [n for n, line in enumerate(lines) if year in line and number in line]:
            if len(keys[n]) <= _LONGEST_BYLINE:
                echoes[n] |= DATE
    return echoes


def _compare(key: str, titles: list[str], summaries: list[str]) -> int:
    bits = 0
    for title in titles:
        if key == title:
            bits |= TITLE
        elif key in title:
            bits |= PART_OF_TITLE
        elif title in key:
            bits |= HOLDS_TITLE
    for text in summaries:
        if key in text or text in key:
            bits |= SUMMARY
    return bits


def _numbers(published: str | None) -> list[tuple[str, str]]:
    """Return year and day of a stated date, as a line would write them, if it has them."""
    found = re.match(r"((?:19|20)\d\d)-?(\d\d)-?(\d\d)", published or "")
    return [(found[1], found[3].lstrip("0"))] if found else []
