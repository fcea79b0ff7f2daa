"""Read the JSON-LD of a page, as broken as pages write it, and find the thing that is the article."""

import html
import re
from collections.abc import Iterator
from typing import Any

import msgspec

_MOST = 2_000_000  # characters of one block
_FARTHEST = 6  # levels that are searched for the article
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")
_WRAPPED = re.compile(
    r"^\s*(?:<!--|//\s*<!\[CDATA\[|<!\[CDATA\[|/\*\s*<!\[CDATA\[\s*\*/)|(?:-->|(?://\s*|/\*\s*)?\]\]>(?:\s*\*/)?|;)\s*$"
)
_COMMA = re.compile(r",(?=\s*[}\]])")
_FIELD = re.compile(
    r'"(headline|datePublished|dateCreated|dateModified|articleBody|description|inLanguage)"\s*:\s*"((?:[^"\\]|\\.)*)"'
)
# What leads from a page to its article. Lists of other articles hang elsewhere.
_PATHS = ("@graph", "mainEntity", "mainEntityOfPage", "itemReviewed", "video", "about")
_ARTICLE = re.compile(r"(?:Article|Posting|Report|Review|Analysis|Opinion)$|^(?:Article|Report)", re.IGNORECASE)
_RECORD = re.compile(r"(?:VideoObject|WebPage|CreativeWork|ItemPage|PodcastEpisode|AudioObject|Clip|Event|Recipe)$")


def find_article(blocks: list[str]) -> dict[str, Any]:
    """Return the properties of the article that the blocks describe, or nothing; broken blocks cost only themselves."""
    best: dict[str, Any] = {}
    rank = 0
    for block in blocks:
        for thing in _things(_parse(block)):
            found = _rank(thing)
            if found > rank:
                best, rank = thing, found
    return best


def _parse(block: str) -> object:
    if len(block) > _MOST:
        return None
    for mend in (_as_is, _without_controls, _unwrapped, _unescaped):
        try:
            return msgspec.json.decode(mend(block))
        except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
            continue
    found: dict[str, Any] = {}
    for name, text in _FIELD.findall(block[:200_000]):
        found.setdefault(name, _CONTROLS.sub(" ", text.replace('\\"', '"').replace("\\/", "/")))
    return {"@type": "Article", **found} if "headline" in found else None


def _as_is(block: str) -> str:
    return block


def _without_controls(block: str) -> str:
    return _CONTROLS.sub(" ", block)


def _unwrapped(block: str) -> str:
    bare = _CONTROLS.sub(" ", block)
    for _ in range(3):
        bare = _WRAPPED.sub("", bare)
    return _COMMA.sub("", bare)


def _unescaped(block: str) -> str:
    return _unwrapped(html.unescape(block))


def _things(value: object) -> Iterator[dict[str, Any]]:
    """Yield the objects that stand at the top of a block or on a path to an article, outer ones first."""
    level: list[object] = [value]
    for _ in range(_FARTHEST):
        below: list[object] = []
        for item in level[:500]:
            if isinstance(item, list):
                below += item
            elif isinstance(item, dict):
                yield item
                below += [item[path] for path in _PATHS if isinstance(item.get(path), dict | list)]
        level = below


def _rank(thing: dict[str, Any]) -> int:
    """Return how likely a thing is the article: by its type first, then by how much it says."""
    kinds = thing.get("@type")
    names = [kind for kind in (kinds if isinstance(kinds, list) else [kinds]) if isinstance(kind, str)]
    says = sum(bool(thing.get(name)) for name in ("headline", "datePublished", "author", "articleBody"))
    if any(_ARTICLE.search(name) for name in names) or "articleBody" in thing:
        return 10 + says
    if any(_RECORD.search(name) for name in names) and says:
        return says
    return 0
