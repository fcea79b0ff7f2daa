"""Make the page of a number: as the lines of text that a crawler leaves of it, or as HTML."""

import datetime
import random
from typing import NamedTuple

from bench.markup import lay_out
from bench.phrases import Draw, Form, fill, pools
from bench.plan import Plan, plan_page
from bench.sites import Site, sites
from bench.stories import Story, tell

_EDITED = 0.03  # of the words of an edited copy
# Bytes of UTF-8 as a program takes them that believes in Windows-1252; the five that it lacks stay as they are.
_WRONG = {byte: bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in range(256)}
STRAIGHT = str.maketrans("“”‘’–", "\"\"''-")


class Piece(NamedTuple):
    """A block of a page and what it is to a reader."""

    kind: str  # chrome, title, standfirst, sign, caption, paragraph, subhead, credit, teaser
    text: str


class Made(NamedTuple):
    """A page of text or HTML with the address that it stood at."""

    plan: Plan
    url: str
    content: str


def make_text(seed: int, number: int) -> Made:
    """Return a page as lines of text, about 3 kB in UTF-8."""
    plan = plan_page(seed, number)
    site = sites()[plan.site]
    draw, story = tell_page(plan)
    return Made(plan, _address(site, story, plan), site.gap.join(_lines(_compose(plan, site, story, draw), site)))


def make_html(seed: int, number: int) -> Made:
    """Return a page as HTML, about 250 kB in UTF-8, scripts, styles and menus in it."""
    plan = plan_page(seed, number)
    site = sites()[plan.site]
    draw, story = tell_page(plan)
    url = _address(site, story, plan)
    return Made(plan, url, lay_out(_compose(plan, site, story, draw), site, story, url, draw))


def tell_page(plan: Plan) -> tuple[Draw, Story]:
    """Return the chance that a page draws from, and its story: changed, where it is a copy or damaged."""
    draw = random.Random(plan.key).random  # noqa: S311  a benchmark repeats itself
    return draw, _change(tell(plan.language, plan.told, on_topic=plan.kind != "off-topic"), plan, draw)


def _change(story: Story, plan: Plan, draw: Draw) -> Story:
    """Return the story as the page of the plan has it."""
    if plan.kind == "no-body":
        return story._replace(paragraphs=[], subhead="", standfirst="")
    if plan.kind == "mojibake":
        whole = draw() < 0.5  # one wrong decoding of all, or of a line that was pasted in
        at = int(draw() * len(story.paragraphs))
        wrong = [_misread(text) if whole or n == at else text for n, text in enumerate(story.paragraphs)]
        return story._replace(paragraphs=wrong, title=_misread(story.title) if whole else story.title)
    if plan.kind == "cut":
        kept = max(2, int(len(story.paragraphs) * (0.35 + 0.4 * draw())))
        return story._replace(paragraphs=story.paragraphs[:kept], standfirst="", subhead="")
    if plan.kind == "edited":
        names = pools(plan.language)["family"]
        edited = [_edit(text, names, draw) for text in story.paragraphs]
        return story._replace(paragraphs=edited, standfirst="", subhead="")
    return story


def _edit(text: str, others: list[str], draw: Draw) -> str:
    return " ".join([others[int(draw() * len(others))] if draw() < _EDITED else word for word in text.split(" ")])


def _misread(text: str) -> str:
    return text.encode().decode("latin-1").translate(_WRONG)


def _compose(plan: Plan, site: Site, story: Story, draw: Draw) -> list[Piece]:
    signs = [Piece("sign", _sign(form, site, story, draw)) for form in site.signs]
    pieces = [Piece("chrome", _sign(form, site, story, draw)) for form in site.top]
    pieces.append(Piece("title", story.title if plan.kind != "no-body" else site.section))
    if story.standfirst:
        pieces.append(Piece("standfirst", story.standfirst))
    pieces += signs if site.signs_first else []
    pieces += [Piece("chrome", _sign(form, site, story, draw)) for form in site.share]
    if site.caption and draw() < 0.6:
        pieces.append(Piece("caption", _sign(site.caption[int(draw() * len(site.caption))], site, story, draw)))
    texts = [text.translate(STRAIGHT) for text in story.paragraphs] if site.straight else story.paragraphs
    paragraphs = [Piece("paragraph", text) for text in texts]
    if site.dateline and paragraphs:
        paragraphs[0] = Piece("paragraph", f"{_sign(site.dateline, site, story, draw)} {paragraphs[0].text}")
    if story.subhead and len(paragraphs) > 4:
        paragraphs.insert(len(paragraphs) // 2, Piece("subhead", story.subhead))
    pieces += paragraphs
    pieces += [] if site.signs_first else signs
    if site.credit and paragraphs:
        pieces.append(Piece("credit", _sign(site.credit, site, story, draw)))
    if site.many_teasers or not paragraphs:
        pieces.append(Piece("chrome", site.related))
        forms = site.teasers
        many = site.many_teasers if paragraphs else 8
        pieces += [Piece("teaser", _sign(forms[int(draw() * len(forms))], site, story, draw)) for _ in range(many)]
    pieces += [Piece("chrome", _sign(form, site, story, draw)) for form in site.foot]
    return pieces


def _lines(pieces: list[Piece], site: Site) -> list[str]:
    """Return the blocks of a page of text: the menu in one line where the crawler joined it, teasers with bullets."""
    lines = [f"{site.bullet}{piece.text}" if piece.kind == "teaser" else piece.text for piece in pieces]
    menu = len(site.top)
    return [" ".join(lines[:menu]), *lines[menu:]] if site.joined and menu else lines


def _sign(form: Form, site: Site, story: Story, draw: Draw) -> str:
    text = fill(form, draw)
    if "{" not in text:
        return text
    return text.replace("{by}", story.author).replace("{day}", _date(story.day, site))


def _date(day: datetime.date, site: Site) -> str:
    months = pools(site.language)["months"]
    return site.date.format(d=day.day, m=day.month, y=day.year, month=months[day.month - 1])


def _address(site: Site, story: Story, plan: Plan) -> str:
    number = plan.story if plan.kind == "same" else plan.number
    day = f"{story.day:%Y/%m/%d}/" if site.signs_first else ""
    return f"https://{site.host}/{day}{number:x}.html"
