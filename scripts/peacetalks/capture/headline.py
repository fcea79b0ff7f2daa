"""Choose the headline among the titles that a page's head states, and take the site's name off it."""

import re
from typing import NamedTuple

_WORD = re.compile(r"\w+")
_FEWEST = 3  # letters of a headline
# What stands between a headline and the name of a site.
_BREAK = re.compile(r"\s*[|¦｜ㅣᅵ]\s*|\s+[-–—―•·*]\s+|\s*[:：]\s*(?=\S{1,30}$)|-(?=\S{1,12}$)")


class Titles(NamedTuple):
    """The titles that a page states, empty where it has none: in JSON-LD, to social networks, in its title element.

    `sites` are the names by which the page calls its site, its host's among them.
    """

    json_ld: str
    open_graph: str
    twitter: str
    element: str
    sites: list[str]


def choose_headline(titles: Titles, shown: set[str]) -> str | None:
    """Return the headline, or None where none is stated; `shown` are the keys of the lines that the page shows.

    The title element is written for search engines. Where JSON-LD and OpenGraph differ, the one that it does not
    repeat is the editors' headline; else the one that is shown, else JSON-LD's.
    """
    stated = [titles.json_ld, titles.open_graph, titles.twitter, titles.element]
    keys = [text_key(title) for title in stated]
    bare = [
        _without_site(title, titles.sites, shown.union(*([key] for m, key in enumerate(keys) if m != n)))
        for n, title in enumerate(stated)
    ]
    json_ld, open_graph, twitter, element = bare
    first, second, third = text_key(json_ld), text_key(open_graph), text_key(element)
    if first and second and first != second:
        repeated = (first == third, second == third)
        if repeated[0] == repeated[1]:
            return open_graph if second in shown and first not in shown else json_ld
        return open_graph if repeated[0] else json_ld
    return next((title for title in (json_ld, open_graph, twitter, element) if len(text_key(title)) >= _FEWEST), None)


def text_key(text: str) -> str:
    """Return the letters and figures of a text, case folded, to compare it by."""
    return "".join(_WORD.findall(text.casefold()))


def _without_site(title: str, sites: list[str], known: set[str]) -> str:
    """Return a title up to where it is known from elsewhere, or up to what sounds like the name of the site."""
    breaks = list(_BREAK.finditer(title))
    for place in breaks:
        if text_key(title[: place.start()]) in known:
            return title[: place.start()]
    names = [key for site in sites if (key := text_key(site))]
    for place in reversed(breaks):
        tail = text_key(title[place.end() :])
        if not tail or not any(tail in name or name in tail for name in names) or place.start() < _FEWEST:
            break
        title = title[: place.start()]
    return title
