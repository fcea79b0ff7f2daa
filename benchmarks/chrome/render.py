"""Render pages as the lines of plain-text captures, in many ways, with furniture taken away, moved and added."""

import random
import re
from dataclasses import dataclass, field

from furniture import fix_slots, has_body, label_of, languages, make_line, make_lines, make_talk
from pages import Line, Page

Row = tuple[str, str, str]
_SENTENCE = re.compile(r"(?<=[.!?…。؟])[\"”»’]?\s+")


@dataclass(slots=True)
class Capture:
    """A rendered page: lines that are not blank, the blank lines before each and after the last, and the labels."""

    name: str
    language: str
    lines: list[str] = field(default_factory=list)
    blanks: list[int] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)


def render(page: Page, donors: list[Page], chance: random.Random) -> Capture:
    """Return one random rendering of a page; `donors` are other publishers' pages, whose furniture it may get."""
    lines = _vary_body(_select(page, chance), chance)
    language = page.language if page.language in languages() else "en"
    if chance.random() < 0.65:
        # Standfirsts are commoner in these pages than in most captures.
        lines = [line for n, line in enumerate(lines) if line[1] != "title" or line[2] in ("h1", "h2")]
    if chance.random() < 0.4:
        lines = _add_dateline(lines, language, chance)
    if chance.random() < 0.6:
        lines = add_foreign(lines, chance.choice(donors), chance)
    if chance.random() < 0.65:
        lines = _furnish(lines, language, chance)
    return lay_out(page.name, page.language, lines, chance)


def render_plain(page: Page, chance: random.Random, *, whole: bool) -> Capture:
    """Return a page as it is, for scores: all of its lines, or its main part with a few lines of furniture."""
    known = [line for line in page.lines if line.label != "unknown"]
    lines = known if whole else _cut(known, chance)
    return lay_out(page.name, page.language, [(line.text, line.label, line.tag) for line in lines], chance)


def compose(language: str, chance: random.Random) -> Capture:
    """Return a page that is made of furniture.toml alone: a report, or an interview."""
    fixed = fix_slots(language, chance)
    count = chance.choice([3, 4, 5, 6, 8, 10, 12, 16, 22])
    lines: list[Row] = []
    for paragraph in make_lines(language, "body", count, chance, fixed):
        if lines and chance.random() < 0.3:
            lines[-1] = (lines[-1][0] + " " + paragraph, "body", "p")
        else:
            lines.append((paragraph, "body", "p"))
    if chance.random() < 0.15:
        marks = chance.choice([("", ""), ("", ""), ("— ", "— "), ("Q: ", "A: "), ("", "– ")])
        for question, answer in make_talk(language, chance.randint(2, 7), chance):
            lines += [(marks[0] + question, "body", "p"), (marks[1] + answer, "body", "p")]
    if chance.random() < 0.3:
        place = chance.randrange(1, len(lines) + 1)
        lines[place:place] = _make_list(language, chance, fixed)
    lines = _add_subheads(lines, language, chance, 0.35)
    lines.insert(0, (make_line(language, "title", chance, fixed), "title", "h1"))
    return lay_out(f"composed-{language}", language, _furnish(_vary_body(lines, chance), language, chance), chance)


def _make_list(language: str, chance: random.Random, fixed: dict[str, str]) -> list[Row]:
    mark = chance.choice(["", "• ", "* ", "- ", "– ", "{n}. ", "{n}) "])
    items = make_lines(language, "list", chance.randint(2, 7), chance, fixed)
    return [(mark.format(n=n + 1) + item, "body", "li" if not mark else "p") for n, item in enumerate(items)]


def _add_subheads(lines: list[Row], language: str, chance: random.Random, share: float) -> list[Row]:
    """Return the page with subheads between its paragraphs, on that share of pages."""
    body = [n for n, line in enumerate(lines) if line[1] == "body"]
    if chance.random() >= share or len(body) < 3:
        return lines
    heads = make_lines(language, "subhead", chance.choice([1, 1, 2, 3, 5]), chance, {})
    places = sorted(chance.sample(body[1:], min(len(heads), len(body) - 1)), reverse=True)
    for place, text in zip(places, heads, strict=False):
        lines = [*lines[:place], (text, "body", "h2"), *lines[place:]]
    return lines


def composable() -> list[str]:
    """Return the languages that `compose` knows."""
    return [language for language in languages() if has_body(language)]


def lay_out(name: str, language: str, lines: list[Row], chance: random.Random) -> Capture:
    """Return the lines as a capture: bullets before list items, blank lines kept, doubled or left out."""
    style = chance.choice(["single", "single", "paragraphs", "none", "double", "random", "tight-chrome"])
    bullet = chance.choice(["", "", "• ", "* ", "- ", "+ "])
    numbered = chance.random() < 0.02
    capture = Capture(name, language)
    for n, (text, label, tag) in enumerate(lines[:600]):
        gap = {
            "single": 1,
            "paragraphs": int(label == "body" or tag in ("p", "h1", "h2")),
            "none": 0,
            "double": 2,
            "random": chance.choice([0, 0, 1, 1, 2, 3]),
            "tight-chrome": int(label != "chrome" or (n > 0 and lines[n - 1][1] != "chrome")),
        }[style]
        mark = bullet if tag == "li" else ""
        capture.lines.append(f"{n + 1}. {text}" if numbered and tag == "li" else mark + text)
        capture.blanks.append(gap if n else chance.choice([0, 0, 0, 1]))
        capture.labels.append(label)
    capture.blanks.append(chance.choice([0, 0, 1]))
    return capture


def _select(page: Page, chance: random.Random) -> list[Row]:
    known = [line for line in page.lines if line.label != "unknown" or chance.random() < 0.15]
    style = chance.random()
    chosen = known if style < 0.22 else _cut(known, chance)
    if style < 0.22 and len(chosen) > 220:
        chosen = _cut(known, chance, above=chance.randint(0, 80), below=chance.randint(0, 80))
    lines = [(line.text, line.label, line.tag) for line in chosen]
    if chance.random() < 0.25:
        lines = _join_links(lines, [line.link for line in chosen], chance)
    return lines


def _cut(lines: list[Line], chance: random.Random, above: int | None = None, below: int | None = None) -> list[Line]:
    """Return the main part of a page with a few of the furniture lines above, below and between."""
    article = [n for n, line in enumerate(lines) if line.label not in ("chrome", "unknown")]
    body = [n for n in article if lines[n].label == "body"]
    first = min([n for n in article if body[0] - 30 <= n] + [body[0]])
    last = max([n for n in article if n <= body[-1] + 6] + [body[-1]])
    above = chance.choice([0, 0, 1, 2, 3, 5, 8, 12]) if above is None else above
    below = chance.choice([0, 0, 1, 2, 4, 6, 10, 16, 25]) if below is None else below
    near = chance.random() < 0.7
    head, tail = lines[:first], lines[last + 1 :]
    head = head[max(0, len(head) - above) :] if near else _sample(head, above, chance)
    tail = tail[:below] if near else _sample(tail, below, chance)
    keep = chance.choice([0.0, 0.1, 0.3, 0.6, 1.0])
    between: list[Line] = []
    run = 0
    for line in lines[first : last + 1]:
        run = run + 1 if line.label == "chrome" else 0
        if line.label not in ("chrome", "caption", "meta") or (
            run <= 8 and chance.random() < max(keep, 0.3 * (run == 0))
        ):
            between.append(line)
    return [line for line in head + between + tail if line.label != "unknown" or chance.random() < 0.5]


def _sample(lines: list[Line], count: int, chance: random.Random) -> list[Line]:
    places = sorted(chance.sample(range(len(lines)), min(count, len(lines))))
    return [lines[n] for n in places]


def _join_links(lines: list[Row], links: list[bool], chance: random.Random) -> list[Row]:
    """Return the lines with runs of short links joined, as a crawler that keeps no blocks writes them."""
    joint = chance.choice([" ", " | ", " / ", " > ", " · ", "  "])
    result: list[Row] = []
    previous = False
    for (text, label, tag), link in zip(lines, links, strict=True):
        joinable = link and label == "chrome" and len(text) < 40
        if joinable and previous and len(result[-1][0]) < 200 and chance.random() < 0.9:
            result[-1] = (result[-1][0] + joint + text, label, tag)
        else:
            result.append((text, label, tag))
        previous = joinable
    return result


def _vary_body(lines: list[Row], chance: random.Random) -> list[Row]:
    """Return the page shortened, its paragraphs split into sentences, or its full stops lost."""
    body = [n for n, line in enumerate(lines) if line[1] == "body"]
    if chance.random() < 0.45 and len(body) > 8:
        keep = chance.randint(3, 20)
        gone = set(body[keep:])
        last = body[min(keep, len(body)) - 1]
        lines = [
            line
            for n, line in enumerate(lines)
            if n not in gone and not (last < n < body[-1] and line[1] != "body" and chance.random() < 0.7)
        ]
    split = chance.random() < 0.22
    stops = 0.0 if chance.random() < 0.88 else chance.random()
    result: list[Row] = []
    for text, label, tag in lines:
        pieces = [text]
        if label == "body" and split:
            pieces = [piece for piece in _SENTENCE.split(text) if piece.strip()]
        for piece in pieces:
            ending = piece.rstrip(".。") if label == "body" and chance.random() < stops else piece
            result.append((ending or piece, label, tag))
    return _list_some(result, chance) if chance.random() < 0.1 else result


def _list_some(lines: list[Row], chance: random.Random) -> list[Row]:
    """Return the page with a run of its paragraphs as a list, or as questions and answers."""
    body = [n for n, line in enumerate(lines) if line[1] == "body"]
    if len(body) < 5:
        return lines
    start = chance.randrange(1, len(body) - 2)
    run = body[start : start + chance.randint(2, 6)]
    marks = chance.choice([["• "], ["* "], ["- "], ["– "], ["{n}) "], ["{n}. "], ["Q: ", "A: "], ["({n}) "]])
    result = list(lines)
    for n, place in enumerate(run):
        text, label, tag = lines[place]
        text = _SENTENCE.split(text)[0] if chance.random() < 0.7 else text
        if chance.random() < 0.4:
            text = text.rstrip(".") + chance.choice(["", ";", ","])
        if chance.random() < 0.4:
            text = text[:1].lower() + text[1:]
        result[place] = (marks[n % len(marks)].format(n=n + 1) + text, label, tag)
    opening, label, tag = result[run[0] - 1]
    if label == "body" and chance.random() < 0.6:
        result[run[0] - 1] = (opening.rstrip(".") + ":", label, tag)
    return result


def _add_dateline(lines: list[Row], language: str, chance: random.Random) -> list[Row]:
    """Return the page with a dateline before its first paragraph."""
    first = next(n for n, line in enumerate(lines) if line[1] == "body")
    text, label, tag = lines[first]
    dateline = make_line(language, "dateline", chance, {})
    return [*lines[:first], (f"{dateline} {text}", label, tag), *lines[first + 1 :]]


def add_foreign(lines: list[Row], donor: Page, chance: random.Random) -> list[Row]:
    """Return the page with runs of another publisher's furniture above, below and between."""
    stock = [line for line in donor.lines if line.label == "chrome"]
    if len(stock) < 5:
        return lines

    def run(most: int) -> list[Row]:
        start = chance.randrange(len(stock))
        return [(line.text, "chrome", line.tag) for line in stock[start : start + chance.randint(1, most)]]

    body = [n for n, line in enumerate(lines) if line[1] == "body"]
    lines = list(lines)
    if chance.random() < 0.5:
        lines = lines + run(15)
    if chance.random() < 0.4 and len(body) > 3:
        place = chance.choice(body[1:])
        lines[place:place] = run(3)
    if chance.random() < 0.4:
        lines = run(10) + lines
    return lines


def _furnish(lines: list[Row], language: str, chance: random.Random) -> list[Row]:
    """Return the page with lines of furniture.toml above, around the title, between, and below."""
    fixed = fix_slots(language, chance)

    def make(kinds: list[str], most: int) -> list[Row]:
        made: list[Row] = []
        for _ in range(chance.randint(0, most)):
            kind = chance.choice(kinds)
            made += [(text, label_of(kind), "div") for text in make_lines(language, kind, 1, chance, fixed)]
        return made

    def teasers() -> list[Row]:
        block: list[Row] = make(["chrome"], 1)
        for text in make_lines(language, "teaser", chance.randint(2, 6), chance, fixed):
            block.append((text, "chrome", "li"))
            if chance.random() < 0.25:
                block.append((make_line(language, chance.choice(["teaser", "clock"]), chance, fixed), "chrome", "p"))
        return block

    titles = [n for n, line in enumerate(lines) if line[1] == "title"]
    body = [n for n, line in enumerate(lines) if line[1] == "body"]
    if not body:
        return lines
    top = min([n for n in titles if n <= body[0]] + [body[0]])
    head, middle, tail = lines[:top], lines[top : body[-1] + 1], lines[body[-1] + 1 :]
    start = body[0] - top
    opening, text = middle[:start], middle[start:]
    if chance.random() < 0.7:
        opening = [line for line in opening if line[1] != "meta"]
        around = make(["meta"], 3)
        cut = chance.choice([0, 1, 1, 1, len(opening)])
        opening = opening[:cut] + around + opening[cut:] if chance.random() < 0.7 else around + opening
    if chance.random() < 0.15:
        # A source line above and below the headline, as aggregators set it.
        source = (fixed["site"], "meta", "div")
        opening = [source, *opening, source] if chance.random() < 0.5 else [*opening, source]
    if chance.random() < 0.15 and not any(line[1] == "title" for line in opening[1:]):
        opening = [*opening[:1], (make_line(language, "standfirst", chance, fixed), "title", "p"), *opening[1:]]
    opening += make(["chrome", "caption"], 2) if chance.random() < 0.5 else []
    if chance.random() < 0.2 and len(text) > 2:
        text = [text[0], *make(["caption"], 1), *text[1:]]
    for kinds, share in ((["caption"], 0.35), (["chrome", "teaser", "notice"], 0.3)):
        while chance.random() < share and len(text) > 2:
            place = chance.randrange(1, len(text))
            text = text[:place] + make(kinds, 2) + text[place:]
    text = _add_subheads(text, language, chance, 0.15)
    closing = make(["meta"], 2) if chance.random() < 0.4 else []
    closing += make(["bio"], 2) if chance.random() < 0.12 else []
    closing += make(["chrome", "chrome", "chrome", "notice", "teaser"], 8) if chance.random() < 0.7 else []
    closing += teasers() if chance.random() < 0.3 else []
    closing += make(["comment", "comment", "comment", "chrome"], 8) if chance.random() < 0.1 else []
    closing += make(["chrome", "notice"], 8) if chance.random() < 0.15 else []
    head = teasers() + head if chance.random() < 0.12 else head
    head = head + make(["chrome", "chrome", "teaser"], 6) if chance.random() < 0.6 else head
    if chance.random() < 0.15:
        clock = (make_line(language, "clock", chance, fixed), "chrome", "div")
        head = [clock, *head] if chance.random() < 0.7 else [*head, clock]
    if chance.random() < 0.06:
        other = chance.choice([name for name in languages() if name != language])
        opening += [(make_line(other, "chrome", chance, fixed), "chrome", "a")]
    return head + opening + text + closing + tail
