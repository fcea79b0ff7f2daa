"""Vary labelled pages of HTML, so that no measure can be leant on alone: what a page lacks, another has."""

import random

from msgspec import structs
from news import News

from peacetalks.capture import echoes
from peacetalks.clean.features import Page
from peacetalks.clean.judge import Draft
from peacetalks.clean.markup import Lines
from peacetalks.record import Markup

_TITLES = echoes.TITLE | echoes.PART_OF_TITLE | echoes.HOLDS_TITLE
_BODIES = echoes.BODY | echoes.HAS_BODY
_MEANT = frozenset(["article", "main", "section", "header", "figure", "figcaption", "aside", "nav", "footer"])


def draft_of(page: News) -> tuple[Draft, list[str]]:
    """Return a page as it is, to be judged, and the labels of its lines."""
    assert page.capture is not None
    assert page.capture.markup is not None
    return _draft(page, list(range(len(page.labels))), page.capture.markup)


def vary(page: News, donors: list[News], chance: random.Random) -> tuple[Draft, list[str]]:
    """Return one random variant of a page; `donors` are other publishers' pages, whose furniture it may get."""
    assert page.capture is not None
    assert page.capture.markup is not None
    markup = _plainer(_silent(page.capture.markup, chance), chance)
    draft, labels = _draft(page, _select(page.labels, chance), markup)
    if chance.random() < 0.4:
        draft, labels = _graft(draft, labels, chance.choice(donors), chance)
    return draft, labels


def _draft(page: News, rows: list[int], markup: Markup) -> tuple[Draft, list[str]]:
    spoken = [row for row in rows if page.segments[row].label != "blank" and page.labels[row] != "stated"]
    lines = [page.segments[row].clean for row in spoken]
    return (
        Draft(Page(lines, [0] * (len(lines) + 1)), Lines(markup, spoken), [-1] * len(lines)),
        [page.labels[row] for row in spoken],
    )


def _select(labels: list[str], chance: random.Random) -> list[int]:
    """Return the lines that are kept: furniture is thinned out or cut, the text may end early."""
    rows = list(range(len(labels)))
    body = [row for row in rows if labels[row] == "body"]
    if not body:
        return rows
    if chance.random() < 0.3 and len(body) > 6:
        last = body[chance.randint(2, len(body) - 2)]
        rows = [row for row in rows if not last < row <= body[-1] or (labels[row] != "body" and chance.random() < 0.2)]
    if chance.random() < 0.25:
        rows = [row for row in rows if labels[row] != "title" or row == min(body[0], row)]
    if chance.random() < 0.4:
        above, below = chance.choice([0, 2, 6, 15, 40]), chance.choice([0, 2, 6, 15, 40])
        article = [row for row in rows if labels[row] not in ("chrome", "unknown") and row > body[0] - 30]
        rows = [row for row in rows if article[0] - above <= row <= article[-1] + below]
    if chance.random() < 0.4:
        share = chance.choice([0.1, 0.3, 0.6])
        rows = [row for row in rows if labels[row] != "chrome" or chance.random() >= share]
    return rows


def _silent(markup: Markup, chance: random.Random) -> Markup:
    """Return the markup with some of what its facts repeat left out."""
    gone = 0
    if chance.random() < 0.35:
        gone |= _BODIES
    if chance.random() < 0.15:
        gone |= _TITLES
    if chance.random() < 0.15:
        gone |= _BODIES | _TITLES | echoes.SUMMARY | echoes.AUTHOR | echoes.DATE
    return structs.replace(markup, echoes=[bits & ~gone for bits in markup.echoes])


def _plainer(markup: Markup, chance: random.Random) -> Markup:
    """Return the markup with names or telling tags lost."""
    marks, tags = markup.marks, markup.tag
    style = chance.random()
    if style < 0.12:
        marks = [""] * len(marks)
    elif style < 0.4:
        named = list(dict.fromkeys(marks))
        lost = set(chance.sample(named, int(len(named) * chance.choice([0.1, 0.3, 0.6]))))
        marks = ["" if mark in lost else mark for mark in marks]
    if chance.random() < 0.2:
        tags = ["div" if tag in _MEANT else tag for tag in tags]
    if chance.random() < 0.08:
        tags = ["div" if tag in ("p", "h2", "h3", "h4") else tag for tag in tags]
    return structs.replace(markup, marks=marks, tag=tags)


def _graft(draft: Draft, labels: list[str], donor: News, chance: random.Random) -> tuple[Draft, list[str]]:
    """Return the page with a run of another page's furniture, in the elements that it stood in there."""
    assert draft.lines is not None
    own = draft.lines.markup
    other = donor.capture.markup if donor.capture is not None else None
    stock = [n for n, label in enumerate(donor.labels) if label == "chrome"]
    if other is None or len(stock) < 5:
        return draft, labels
    start = chance.randrange(len(stock))
    run = [n for n in stock[start : start + chance.choice([1, 3, 10, 25])] if donor.segments[n].label != "blank"]
    body = [n for n, label in enumerate(labels) if label == "body"]
    place = chance.choice([0, len(labels), len(labels), *([chance.choice(body)] if len(body) > 3 else [])])
    shift, lines = len(own.tag), len(own.element)
    root = own.tag.index("body") if "body" in own.tag else 0
    markup = Markup(
        tag=own.tag + other.tag,
        marks=own.marks + other.marks,
        parent=own.parent + [root if above < 0 else above + shift for above in other.parent],
        element=own.element + [other.element[n] + shift for n in run],
        linked=own.linked + [other.linked[n] for n in run],
        strong=own.strong + [other.strong[n] for n in run],
        echoes=own.echoes + [own.echoes[0] & echoes.HAS_BODY if own.echoes else 0] * len(run),
    )
    texts = draft.page.lines
    mixed = texts[:place] + [donor.segments[n].clean for n in run] + texts[place:]
    rows = draft.lines.rows[:place] + list(range(lines, lines + len(run))) + draft.lines.rows[place:]
    grafted = Draft(Page(mixed, [0] * (len(mixed) + 1)), Lines(markup, rows), [-1] * len(mixed))
    return grafted, labels[:place] + ["chrome"] * len(run) + labels[place:]
