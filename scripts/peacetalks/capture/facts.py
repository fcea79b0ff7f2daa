"""Read what a page's markup states about itself: in JSON-LD, in OpenGraph and other meta tags, in its elements."""

import datetime
import html
import re
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from peacetalks.capture.headline import Titles
from peacetalks.capture.json_ld import find_article
from peacetalks.record import PageFacts

_LONGEST = 500  # characters of a stated value
_MOST_AUTHORS = 100
_TAGS = re.compile(r"<[^<>]{0,500}>")
# What holds a page's own statements; no element fits two of these.
_STATING = (
    'script[type*="ld+json" i], meta[content], time[datetime], '
    '[itemprop="datePublished"][datetime]:not(time):not(meta[content])'
)
_ISO = re.compile(r"(?:19|20)\d\d-?\d\d-?\d\d")
# Names of meta tags in lower case, the most trusted first.
_TITLES = ("twitter:title", "title", "dc.title", "dcterms.title", "parsely-title", "sailthru.title")
_SITES = ("og:site_name", "application-name", "dc.publisher", "cre", "copyright")
_PUBLISHED = (
    "article:published_time",
    "og:article:published_time",
    "article:published",
    "datepublished",
    "og:published_time",
    "parsely-pub-date",
    "cxenseparse:recs:publishtime",
    "cxenseparse:publishtime",
    "sailthru.date",
    "dcterms.created",
    "dc.date.issued",
    "dcterms.date",
    "dc.date",
    "publishdate",
    "publish-date",
    "publish_date",
    "publication_date",
    "pubdate",
    "date",
)
_MODIFIED = ("article:modified_time", "og:updated_time", "datemodified", "lastmod", "last-modified", "dcterms.modified")
_AUTHORS = (
    "author",
    "article:author",
    "og:article:author",
    "parsely-author",
    "sailthru.author",
    "dc.creator",
    "dcterms.creator",
    "byl",
    "cxenseparse:author",
    "twitter:creator:name",
)
_DESCRIPTIONS = ("og:description", "description", "twitter:description")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
# "Fri, 28 Apr 2023 19:20:36 GMT" and "Fri Apr 28 19:20:36 CEST 2023".
_OF_MAIL = re.compile(r"^\w{3}, (\d{1,2}) (\w{3})\w* (\d{4})")
_OF_CLOCK = re.compile(r"^\w{3} (\w{3}) +(\d{1,2}) [\d:]+ (?:\w+ )?(\d{4})$")
_SECONDS = re.compile(r"^(1\d{9})(?:\d{3})?$")
_ASIDE = re.compile(r"\s*\([^()]*\)$")
_WRAPPED = re.compile(r"^\s*(?:by|von|par|por|di|door|av|af)\s+(?=[A-ZÀ-ÞА-Я])", re.IGNORECASE)


class Stated(NamedTuple):
    """What the markup states: facts for the article, and titles and texts that lines are compared with."""

    facts: PageFacts
    titles: Titles
    body: str
    descriptions: list[str]


def read_facts(tree: LexborHTMLParser) -> Stated:
    """Return what the markup of a page states, unjudged."""
    blocks, metas, times = _gather(tree)
    article = find_article(blocks)
    url = _address(tree, metas)
    sites = [*_from(metas, _SITES), *_names(article.get("publisher"))]
    head = tree.css_first("title")
    body = article.get("articleBody")
    parts = [part for part in (body if isinstance(body, list) else [body]) if isinstance(part, str)]
    return Stated(
        facts=PageFacts(
            url=url,
            site_name=_first(sites),
            published=_date([*_texts(article, "datePublished"), *_from(metas, _PUBLISHED), *times]),
            modified=_date([*_texts(article, "dateModified"), *_from(metas, _MODIFIED)]),
            authors=_authors(article, metas, tree),
            language=_language(tree, article, metas),
            agency=_first([*_names(article.get("sourceOrganization")), *_names(article.get("creditText"))]),
        ),
        titles=Titles(
            json_ld=_first(_texts(article, "headline")) or "",
            open_graph=_first(metas.get("og:title", [])) or "",
            twitter=_first(_from(metas, _TITLES)) or "",
            element=_plain(head.text()) if head is not None else "",
            sites=[*sites, *([urlsplit(url).hostname or ""] if url else [])],
        ),
        body=" ".join(parts),
        descriptions=list(dict.fromkeys([*_texts(article, "description"), *_from(metas, _DESCRIPTIONS)])),
    )


def _gather(tree: LexborHTMLParser) -> tuple[list[str], dict[str, list[str]], list[str]]:
    """Return the blocks of JSON-LD, the values of meta tags by their names, and the dates of time elements.

    The dates are of elements that are marked as that of publication, else of the first time element. One pass over the
    tree finds them all, as each costs as much as the others together.
    """
    blocks: list[str] = []
    metas: dict[str, list[str]] = {}
    marked: list[str] = []
    first: list[str] | None = None
    for node in tree.css(_STATING):
        attributes = node.attributes
        tag = node.tag
        if tag == "script":
            blocks.append(node.text())
        if tag == "meta" and (value := _plain(attributes.get("content") or "")):
            for key in ("property", "name", "itemprop"):
                if name := attributes.get(key):
                    metas.setdefault(name.strip().lower(), []).append(value)
        if "datetime" in attributes:
            time = attributes["datetime"] or ""
            found = [time] if _ISO.search(time) else []
            if attributes.get("itemprop") == "datePublished" or (tag == "time" and "pubdate" in attributes):
                marked += found
            if tag == "time" and first is None:
                first = found
    return blocks, metas, marked or first or []


def _first(values: list[str]) -> str | None:
    return values[0] if values else None


def _date(values: list[str]) -> str | None:
    """Return the first value as ISO 8601, or as it stands where it is in no form that machines write."""
    if not values:
        return None
    value = values[0]
    if found := _OF_MAIL.match(value):
        day, month, year = found.groups()
    elif found := _OF_CLOCK.match(value):
        month, day, year = found.groups()
    elif found := _SECONDS.match(value):
        return datetime.datetime.fromtimestamp(int(found[1]), datetime.UTC).isoformat()
    else:
        return value
    name = month.lower()
    return f"{year}-{_MONTHS.index(name) + 1:02}-{int(day):02}" if name in _MONTHS else value


def _from(metas: dict[str, list[str]], names: tuple[str, ...]) -> list[str]:
    return [value for name in names for value in metas.get(name, ())]


def _plain(value: str) -> str:
    """Return a stated value as text: entities that were escaped twice, tags and line breaks are residue."""
    if "&" in value:
        value = html.unescape(value)
    if "<" in value:
        value = _TAGS.sub("", value)
    return " ".join(value[: 8 * _LONGEST].split())[:_LONGEST]


def _texts(thing: dict[str, Any], *names: str) -> list[str]:
    found = []
    for name in names:
        value = thing.get(name)
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, dict):
                item = item.get("@value")
            if isinstance(item, str) and (text := _plain(item)):
                found.append(text)
    return found


def _names(value: object) -> list[str]:
    """Return the names of persons or organisations: text, an object with a name, or a list of these."""
    found: list[str] = []
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, str):
            found.append(_plain(item))
        elif isinstance(item, dict):
            name = item.get("name")
            found += [_plain(part) for part in (name if isinstance(name, list) else [name]) if isinstance(part, str)]
    return [name for name in found if name]


def _authors(article: dict[str, Any], metas: dict[str, list[str]], tree: LexborHTMLParser) -> list[str]:
    """Return the authors as stated; those of JSON-LD, else of the first kind of tag that names any."""
    stated = _names(article.get("author")) or _names(article.get("creator"))
    for name in _AUTHORS:
        stated = stated or [value for value in metas.get(name, ()) if "://" not in value]
    if not stated:
        stated = [
            _plain(node.text()) for node in tree.css('[itemprop="author"] [itemprop="name"], a[rel="author"]')[:10]
        ]
    bare = (_ASIDE.sub("", _WRAPPED.sub("", name)) for name in stated[:_MOST_AUTHORS])
    return [name for name in dict.fromkeys(bare) if name]


def _address(tree: LexborHTMLParser, metas: dict[str, list[str]]) -> str | None:
    node: LexborNode | None = tree.css_first('link[rel="canonical" i]')
    stated: list[str] = [node.attributes.get("href") or ""] if node is not None else []
    for address in (*stated, *metas.get("og:url", [])):
        if address.startswith(("http://", "https://")):
            return address.strip()[:2000]
    return None


def _language(tree: LexborHTMLParser, article: dict[str, Any], metas: dict[str, list[str]]) -> str | None:
    node = tree.css_first("html")
    stated = [node.attributes.get("lang") or ""] if node is not None else []
    return _first([value for value in (*stated, *_texts(article, "inLanguage"), *metas.get("og:locale", [])) if value])
