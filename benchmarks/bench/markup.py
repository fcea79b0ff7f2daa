"""Lay a page out as HTML, as a site of news does: menus, scripts, styles, JSON-LD, sidebars, related links, a footer.

Most of such a page is the same on all pages of its site, and is made once a site. `tests/test_bench.py` holds the size.
"""

import json
import random
from functools import cache
from html import escape
from typing import TYPE_CHECKING, NamedTuple

from bench.phrases import Draw, fill, furniture
from bench.sites import Site
from bench.stories import Story

if TYPE_CHECKING:
    from bench.pages import Piece

_STYLE, _SCRIPT, _MENU, _FOOT = (
    75_000,
    118_000,
    150,
    100,
)  # letters of styles and scripts, links of the menu and the foot
_ASIDE, _STATE = 80, 60  # links of the sidebars, and stories that the page's state repeats
_PROPERTIES = (
    "display:flex",
    "margin:0 auto",
    "padding:4px 8px",
    "color:#1a1a1a",
    "font:400 16px/1.5 serif",
    "border:0",
)
_TAGS = {
    "title": "h1",
    "standfirst": "p",
    "sign": "div",
    "caption": "figcaption",
    "paragraph": "p",
    "subhead": "h2",
    "credit": "p",
    "chrome": "div",
}


class _Shell(NamedTuple):
    """What all pages of a site share."""

    prefix: str  # of its classes
    head: str
    top: str
    foot: str
    article: str  # the class of what holds the article
    advert: str
    card: str  # what a link of the sidebars looks like, its text to be put in


def lay_out(pieces: "list[Piece]", site: Site, story: Story, url: str, draw: Draw) -> str:
    """Return the page as HTML."""
    shell = _build_shell(site.language, site.host, site.name, site.section)
    direction = ' dir="rtl"' if site.language in ("ar", "fa") else ""
    drawn = (site.teasers[int(draw() * len(site.teasers))] for _ in range(_ASIDE))
    aside = "".join(_link(shell, fill(form, draw), draw) for form in drawn)
    title = escape(story.title)
    return "".join(
        [
            f'<!DOCTYPE html>\n<html lang="{site.language}"{direction}><head><meta charset="utf-8">',
            f"<title>{title} | {escape(site.name)}</title>",
            f'<link rel="canonical" href="{url}"><meta property="og:title" content="{title}">',
            f'<meta property="og:site_name" content="{escape(site.name)}">',
            f'<meta property="article:published_time" content="{story.day}T09:00:00Z">' if site.signs_first else "",
            _linked_data(site, story, url) if story.paragraphs else "",
            shell.head,
            shell.top,
            f'<main class="{shell.prefix}main"><article class="{shell.article}">',
            _article(pieces, shell, draw),
            f'</article><aside class="{shell.prefix}side"><ul>{aside}</ul></aside></main>',
            f"<script>window.__STATE__={_state(site, draw)}</script>",
            shell.foot,
        ]
    )


def _article(pieces: "list[Piece]", shell: _Shell, draw: Draw) -> str:
    found = []
    for n, (kind, text) in enumerate(pieces):
        written = escape(text, quote=False)
        if kind == "teaser":
            found.append(_link(shell, text, draw))
        elif kind == "caption":
            found.append(f'<figure><img src="/i/{n}.jpg" alt=""><figcaption>{written}</figcaption></figure>')
        else:
            tag = _TAGS[kind]
            marked = f' class="{shell.prefix}{kind}"' if kind != "paragraph" else ""
            found.append(f"<{tag}{marked}>{written}</{tag}>\n")
        if kind == "paragraph" and n % 4 == 3:
            found.append(shell.advert)
    return "".join(found)


def _link(shell: _Shell, text: str, draw: Draw) -> str:
    return shell.card.replace("{n}", str(int(draw() * 1e6))).replace("{text}", escape(text, quote=False))


def _linked_data(site: Site, story: Story, url: str) -> str:
    row = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": story.title,
        "datePublished": f"{story.day}T09:00:00Z",
        "author": [{"@type": "Person", "name": story.author}],
        "publisher": {"@type": "Organization", "name": site.name},
        "mainEntityOfPage": url,
    }
    return f'<script type="application/ld+json">{json.dumps(row, ensure_ascii=False)}</script>'


def _state(site: Site, draw: Draw) -> str:
    rows = [
        {"id": int(draw() * 1e9), "title": fill(site.teasers[n % len(site.teasers)], draw), "tags": [site.section] * 3}
        for n in range(_STATE)
    ]
    return json.dumps({"related": rows, "flags": {f"f{n}": draw() < 0.5 for n in range(40)}}).replace("<", "\\u003c")


@cache
def _build_shell(language: str, host: str, name: str, section: str) -> _Shell:
    chance = random.Random(host)  # noqa: S311  a benchmark repeats itself
    prefix = "".join(chance.choices("bcdfghjklmnp", k=3)) + chance.choice(["-", "__", "_"])
    short = [form for form in furniture()[language]["chrome"] if "{" not in form]

    def links(many: int) -> str:
        texts = (escape(chance.choice(short), quote=False) for _ in range(many))
        return "".join(f'<li class="{prefix}item"><a href="/{chance.randrange(900)}">{text}</a></li>' for text in texts)

    title = escape(name)
    top = (
        f'<body class="{prefix}page"><header class="{prefix}top"><a href="/" class="{prefix}logo">{title}</a>'
        f'<nav class="{prefix}menu"><ul>{links(_MENU)}</ul></nav><div class="{prefix}crumbs"><a href="/">{title}</a> '
        f'<a href="/s">{escape(section)}</a></div></header>'
    )
    foot = (
        f'<footer class="{prefix}foot"><ul>{links(_FOOT)}</ul><p>© {title}</p></footer>'
        f"<script>{_script(chance, _SCRIPT // 2)}</script></body></html>\n"
    )
    return _Shell(
        prefix=prefix,
        head=f"<style>{_style(chance, prefix)}</style><script>{_script(chance, _SCRIPT // 2)}</script></head>",
        top=top,
        foot=foot,
        article=f"{prefix}{chance.choice(['story', 'article', 'post', 'content', 'entry'])}",
        advert=f'<div class="{prefix}ad" data-slot="{chance.randrange(99)}"><span>{escape(short[0])}</span></div>',
        card=(
            f'<li class="{prefix}card"><a href="/a/{{n}}.html" data-id="{{n}}"><img class="{prefix}thumb" alt="" '
            f'src="/t/{{n}}.jpg" loading="lazy"><span class="{prefix}text">{{text}}</span></a>'
            f'<time class="{prefix}age"></time></li>'
        ),
    )


def _style(chance: random.Random, prefix: str) -> str:
    rules = []
    size = 0
    while size < _STYLE:
        body = ";".join(chance.sample(_PROPERTIES, 3))
        rules.append(f".{prefix}{_identifier(chance)}>.{_identifier(chance)}{{{body};width:{chance.randrange(900)}px}}")
        size += len(rules[-1])
    return "".join(rules)


def _script(chance: random.Random, wanted: int) -> str:
    parts = []
    size = 0
    while size < wanted:
        a, b, c = (_identifier(chance) for _ in range(3))
        parts.append(
            f"const {a}=({b},i)=>{{if({b}.{c}&&{b}.length>{chance.randrange(1 << 30)})return window.{c}[{b}]||'{a}';"
            f"for(i=0;i<{b};i++)document.querySelector('.{c}').dataset.{a}={chance.random():.9f}}}"
        )
        size += len(parts[-1])
    return "\n".join(parts)


def _identifier(chance: random.Random) -> str:
    return chance.choice("abcdefghij") + "".join(chance.choices("klmnopqrstuvwxyz", k=chance.randint(2, 9)))
