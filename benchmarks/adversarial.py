"""What input that is made to be slow costs when it is twice as long: `python benchmarks/adversarial.py [WORD...]`.

Each family of baits is taken at a size and at twice that, through one path of the program at a time. A ratio of CPU
time of 2 is linear and 4 quadratic; the command prints every one, and exits with 1 where one is 3 or more. Words choose
the baits and paths whose names hold one of them.
"""

import sys
import time
from collections.abc import Callable

from peacetalks.annotate.linking import link_mentions
from peacetalks.capture.html import read_html
from peacetalks.capture.text import capture_id, decode
from peacetalks.clean.audit import body_text
from peacetalks.clean.chrome import label_segments
from peacetalks.clean.encoding import repair_lines
from peacetalks.clean.segments import tile
from peacetalks.engine.page import process_captures
from peacetalks.errors import CaptureError
from peacetalks.record import Capture, Excluded
from peacetalks.registry.gazetteer import load_gazetteer

SIZE = 1 << 16  # characters, and then twice as many
LINES = 1 << 15  # the same of what is many lines, each of which costs more
QUICK = 0.02  # seconds under which a ratio is noise
MOST = 3.0
RUNS = 3

TEXT: dict[str, str] = {
    "combining marks": "\u0301\u0327",
    "one mark": "\u0301",
    "zero width": "\u200b",
    "joiners": "ب\u200c\u200d",
    "line ends": "\r\n \t",
    "line feeds": "\n",
    "spaces": " ",
    "no-break spaces": "\u00a0",
    "at signs": "a@",
    "dots": "a.",
    "digits": "1",
    "dates": "1.2.2016 ",
    "written dates": "On 3 February 2016 ",
    "times": "10:00 AM GMT ",
    "ages": "6 years ago ",
    "ampersands": "&",
    "entities": "&lt;",
    "nested entities": "&amp;",
    "mojibake": "â€™",
    "cyrillic mojibake": "Ð¡Ñ",
    "overrides": "\u202e\u2066",
    "one word": "a",
    "words": "word ",
    "capitals": "Geneva ",
    "talks": "Geneva talks ",
    "rounds": "the second round of the Geneva talks ",
    "ordinals": "first second third ",
    "numbers": "Geneva 2 3 4 ",
    "names": "de Mistura and ",
    "arabic talks": "محادثات جنيف ",
    "han": "日内瓦会谈",
    "brackets": "(",
    "closed brackets": "()",
    "quotes": "“",
    "apostrophes": "d'",
    "dashes": "— ",
    "commas": ", ",
    "bars": "| ",
    "bylines": "By Anna Example and ",
    "credits": "(Reporting by Anna Example; Editing by ",
    "copyrights": "© 2016 ",
    "addresses": "https://example.org/",
    "paragraphs": "Envoys met in Geneva on Wednesday, the mediator said.\n\n",
    "short lines": "Share\n",
    "same menu": "Home\nNews\nWorld\n",
    "datelines": "GENEVA (Reuters) - ",
    "sentences": "He said so. ",
    "weekdays": "on Monday and Tuesday ",
    "months": "in January and March ",
}
HTML: dict[str, str] = {
    "open divs": "<div>",
    "formatting": "<b><i><a><p>",
    "formatting with attributes": "<b a=1><i b=2><p>",
    "unclosed": "<b>",
    "tiny paragraphs": "<p>x</p>",
    "rows": "<tr><td>x</td></tr>",
    "open tables": "<table><tr><td>",
    "links": "<a href=/x>y</a>",
    "attributes": " a1=b",
    "comments": "<!--",
    "closed comments": "<!-- x -->",
    "scripts": "<!--<script>",
    "angles": "<",
    "options": "<option>",
    "figures": "<figure><img><figcaption>Photo</figcaption></figure>",
    "headings": "<h1>Talks</h1>",
    "metas": "<meta name=author content='Anna Example'>",
    "linked data": '<script type=\'application/ld+json\'>{"@type":"NewsArticle"}</script>',
    "nested data": "[",
    "entities in it": "&eacute;",
    "breaks": "a<br>",
    "lists": "<ul><li>x",
    "spans": "<span>x</span> ",
}


def text_path(data: str) -> object:
    """Decode a page of text, and label every line of it by rules and model."""
    try:
        text, _ = decode(data.encode())
    except CaptureError as error:
        return error
    return body_text(label_segments(tile(text)))


def repair_path(data: str) -> object:
    """Repair each line of a text."""
    return repair_lines(data.split("\n"))


def link_path(data: str) -> object:
    """Link the mentions of conferences in a text."""
    return link_mentions(None, data, language="en", published=None, gazetteer=load_gazetteer())


def whole_path(data: str) -> object:
    """Take a page of text through every stage: metadata and mentions too."""
    try:
        text, encoding = decode(data.encode())
    except CaptureError as error:
        return error
    return list(process_captures([Capture(id=capture_id(b"x"), source="x", text=text, encoding=encoding)], {}))


def html_path(data: str) -> object:
    """Read a page of HTML: parse, linearise, facts."""
    return read_html(data.encode(), "x.html")


def whole_html_path(data: str) -> object:
    """Take a page of HTML through every stage."""
    found = read_html(data.encode(), "x.html")
    return found if isinstance(found, Excluded) else list(process_captures([found], {}))


PATHS: dict[str, tuple[Callable[[str], object], dict[str, str]]] = {
    "repair": (repair_path, TEXT),
    "text": (text_path, TEXT),
    "link": (link_path, TEXT),
    "text, every stage": (whole_path, TEXT),
    "html": (html_path, HTML),
    "html, every stage": (whole_html_path, HTML),
}


def make(path: str, piece: str, size: int) -> str:
    """Return a bait of about so many characters."""
    inside = piece * (size // len(piece))
    if not path.startswith("html"):
        return inside
    tail = "<p>Envoys of the government met the mediator in Geneva on Wednesday.</p></body></html>"
    if piece == " a1=b":
        inside = f"<p{''.join(f' a{n}=b' for n in range(size // 8))}>"
    if piece == "[":
        inside = f"<script type='application/ld+json'>{inside}</script>"
    return f"<!DOCTYPE html><html><body>{inside}{tail}"


def cost(act: Callable[[str], object], data: str) -> float:
    """Return the least CPU time of a few runs, in seconds."""
    times = []
    for _ in range(RUNS):
        begin = time.process_time()
        act(data)
        times.append(time.process_time() - begin)
        if times[-1] > 5:
            break
    return min(times)


def main(words: list[str]) -> int:
    """Print the table, and return the exit code."""
    worst = 0
    print(f"{'path':<20}{'bait':<28}{'n':>8}{'seconds':>10}{'2n':>10}{'ratio':>8}")
    for path, (act, baits) in PATHS.items():
        act(make(path, "word ", 100))  # what is loaded once
        for bait, piece in baits.items():
            if words and not any(word in path or word in bait for word in words):
                continue
            size = LINES if "\n" in piece or path.endswith("stage") or path.startswith("html") else SIZE
            first, second = (cost(act, make(path, piece, n)) for n in (size, 2 * size))
            ratio = second / max(first, QUICK)
            over = ratio >= MOST
            worst += over
            print(f"{path:<20}{bait:<28}{size:>8}{first:>10.3f}{second:>10.3f}{ratio:>8.2f}{'  OVER' if over else ''}")
            sys.stdout.flush()
    print(f"{worst} of these take {MOST} times as long, or more, where they are twice as long")
    return int(worst > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
