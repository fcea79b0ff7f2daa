"""Mark the lines of a page that repeat what its markup states: its title, its text, its summary, its authors."""

import re

from peacetalks.capture.facts import Stated
from peacetalks.capture.headline import text_key

# The bits of `Markup.echoes`.
TITLE, PART_OF_TITLE, HOLDS_TITLE, BODY, HAS_BODY, SUMMARY, AUTHOR, DATE = (1 << n for n in range(8))


_FEWEST = 12  # letters that a line needs to be found in a text
_LONGEST_BYLINE = 200
_TAGS = re.compile(r"<[^<>]{0,500}>")


def mark_echoes(lines: list[str], keys: list[str], stated: Stated) -> list[int]:
    """Return for each line, of which `keys` are the letters alone, the bits of what it repeats."""
    titles = list({key for title in stated.titles[:4] if len(key := text_key(title)) >= _FEWEST})
    body = text_key(_TAGS.sub(" ", stated.body))
    summaries = [key for text in stated.descriptions if len(key := text_key(text)) >= _FEWEST]
    authors = [key for name in stated.facts.authors if len(key := text_key(name)) >= 4]
    day = _numbers(stated.facts.published)
    always = HAS_BODY if len(body) >= 200 else 0
    echoes = []
    for line, key in zip(lines, keys, strict=True):
        bits = always
        size = len(key)
        if size >= _FEWEST:
            if size <= 400:
                bits |= _compare_titles(key, titles)
                if any(key in text or text in key for text in summaries):
                    bits |= SUMMARY
            if always and key in body:
                bits |= BODY
        if size <= _LONGEST_BYLINE:
            if authors and any(name in key for name in authors):
                bits |= AUTHOR
            if day is not None and day[0] in line and day[1] in line:
                bits |= DATE
        echoes.append(bits)
    return echoes


def _compare_titles(key: str, titles: list[str]) -> int:
    bits = 0
    for title in titles:
        if key == title:
            bits |= TITLE
        elif key in title:
            bits |= PART_OF_TITLE
        elif title in key:
            bits |= HOLDS_TITLE
    return bits


def _numbers(published: str | None) -> tuple[str, str] | None:
    """Return year and day of a stated date, as a line would write them."""
    found = re.match(r"((?:19|20)\d\d)-?(\d\d)-?(\d\d)", published or "")
    return (found[1], found[3].lstrip("0")) if found else None
