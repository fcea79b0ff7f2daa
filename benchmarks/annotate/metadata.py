"""Measure the CPU time of a page's metadata and language, on one thread: python benchmarks/annotate/metadata.py.

The pages are those of the tests' cases, each brought to 3 KB by paragraphs of the others in its language, and labelled
by the program. They are read in turns, more lines than any cache of lines holds, so that no turn profits from the last.
"""

import json
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

from peacetalks.annotate.language import detect_language
from peacetalks.annotate.metadata import LabelledPage, find_metadata
from peacetalks.clean.audit import body_text
from peacetalks.clean.chrome import label_pages
from peacetalks.clean.segments import tile_pages
from peacetalks.record import Segment
from peacetalks.registry.gazetteer import load_gazetteer
from peacetalks.registry.outlets import load_outlets

_CASES = Path(__file__).parents[2] / "tests" / "cases"
_BYTES = 3000
_SENTENCES = 120  # characters of a paragraph that others may borrow
_TURNS = 9

Page = tuple[list[Segment], str, str]  # its labelled lines, its text, its language


def read_pages() -> dict[str, list[Page]]:
    """Return the pages by what dates them: explicit, dateline, inferred, or none."""
    rows = [json.loads(line) for path in sorted(_CASES.glob("metadata-pages*.jsonl")) for line in path.open("rb")]
    paragraphs: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        long = [line for line in row["text"].split("\n") if len(line) >= _SENTENCES]
        paragraphs[row["expected"]["language"]] += long[1:]
    texts = [_lengthened(row["text"], paragraphs[row["expected"]["language"]]) for row in rows]
    pages: dict[str, list[Page]] = defaultdict(list)
    for row, segments in zip(rows, label_pages(tile_pages(texts)), strict=True):
        page = (segments, body_text(segments), row["expected"]["language"])
        pages[row["expected"]["published_basis"]].append(page)
    return pages


def microseconds(work: Callable[[Page], object], pages: list[Page]) -> float:
    """Return the mean CPU time for a page in the turn that was disturbed least."""
    turns = []
    for _ in range(_TURNS):
        start = time.process_time()
        for page in pages:
            work(page)
        turns.append((time.process_time() - start) / len(pages) * 1e6)
    return min(turns)


def main() -> None:
    """Print a line for each kind of page."""
    gazetteer, outlets = load_gazetteer(), load_outlets()

    def metadata(page: Page) -> object:
        return find_metadata([LabelledPage(page[0], page[2])], outlets, gazetteer)

    def language(page: Page) -> object:
        return detect_language(page[1])

    pages = read_pages()
    everything = [page for kind in pages.values() for page in kind]
    for page in everything:
        metadata(page)
        language(page)
    size = statistics.mean(len("\n".join(s.raw for s in page[0]).encode()) for page in everything)
    print(f"{len(everything)} pages, {size:.0f} bytes on average; microseconds of CPU for a page", file=sys.stderr)
    print(f"{'dated by':12}{'pages':>6}{'metadata':>10}{'language':>10}{'together':>10}")
    for kind in ("explicit", "dateline", "inferred", "none"):
        found, told = microseconds(metadata, pages[kind]), microseconds(language, pages[kind])
        print(f"{kind:12}{len(pages[kind]):6}{found:10.0f}{told:10.0f}{found + told:10.0f}")


def _lengthened(text: str, paragraphs: list[str]) -> str:
    """Return a page with paragraphs added after its longest one until it has the bytes."""
    lines = text.split("\n")
    place = max(range(len(lines)), key=lambda number: len(lines[number])) + 1
    missing = _BYTES - len(text.encode())
    for paragraph in (one for one in paragraphs if one not in lines):
        if missing <= 0:
            break
        lines[place:place] = ["", paragraph]
        missing -= len(paragraph.encode()) + 2
    return "\n".join(lines)


if __name__ == "__main__":
    main()
