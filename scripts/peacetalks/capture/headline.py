"""Choose the headline among the titles that a page's head states, and take the site's name off it."""

import re
from functools import cache, lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

_PLANE = 1 << 16  # codes of the first plane, which hold nearly all that is written
_WORD = re.compile(r"\w+")
_FEWEST = 3  # letters of a headline
_REMEMBERED = 1000  # characters of the longest text whose key is remembered
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
    names = [text_key(site) for site in titles.sites]
    keys = [text_key(title) for title in stated]
    stated = ["" if key in names else title for key, title in zip(keys, stated, strict=True)]
    keys = ["" if key in names else key for key in keys]
    spoken = [name for name in names if name]
    bare = []
    for n, title in enumerate(stated):
        others = {key for m, key in enumerate(keys) if m != n}
        bare.append(_without_site(title, spoken, others, shown))
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
    return _short_key(text) if len(text) <= _REMEMBERED else _key(text)


def _key(text: str) -> str:
    return "".join(_WORD.findall(text.casefold()))


# The titles and names of a page are compared again and again; what a hostile one states at length must not stay.
_short_key = lru_cache(maxsize=64)(_key)


def text_keys(texts: list[str]) -> list[str]:
    """Return the key of each text, as `text_key` does, all of them at once; texts hold no line feed."""
    if not texts:
        return []
    folded = "\n".join(texts).casefold().encode("utf-32-le", "surrogatepass")
    codes = np.frombuffer(folded, np.uint32)
    kept = _letters().take(codes, mode="clip")
    beyond = np.flatnonzero(codes >= _PLANE)
    kept[beyond] = [chr(code).isalnum() for code in codes[beyond].tolist()]
    return codes[kept].tobytes().decode("utf-32-le", "surrogatepass").split("\n")


@cache
def _letters() -> npt.NDArray[np.bool_]:
    """Return for each code of the first plane whether a key keeps it; the line feed parts the keys."""
    return np.fromiter((chr(code).isalnum() or chr(code) in "_\n" for code in range(_PLANE)), np.bool_, _PLANE)


def _without_site(title: str, names: list[str], *known: set[str]) -> str:
    """Return a title up to where it is known from elsewhere, or up to what sounds like the name of the site."""
    breaks = list(_BREAK.finditer(title))
    for place in breaks:
        key = text_key(title[: place.start()])
        if any(key in others for others in known):
            return title[: place.start()]
    for place in reversed(breaks):
        tail = text_key(title[place.end() :])
        if not tail or not any(tail in name or name in tail for name in names) or place.start() < _FEWEST:
            break
        title = title[: place.start()]
    return title
