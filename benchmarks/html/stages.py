"""Print where the milliseconds of a page of HTML go, a stage at a time, and what peers take for the same pages.

python benchmarks/html/stages.py DATA [--turns N] [--alone]

Stages work on shards as a build's do, and a time is the CPU time of one thread in the turn that was disturbed least. A
step that is set in is part of the stage above it; its pages are whole, with every line that they show. The first turn
of all stands apart, as nothing was remembered then of names of elements and the like.
"""

import argparse
import gzip
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from extractors import rivals
from news import News
from selectolax.lexbor import LexborDocumentOptions, LexborHTMLParser

from peacetalks.capture.charset import read_as_utf8
from peacetalks.capture.facts import read_facts
from peacetalks.capture.html import read_html
from peacetalks.capture.linearise import linearise
from peacetalks.capture.parsing import parse
from peacetalks.capture.text import capture_id, check_text
from peacetalks.clean import features
from peacetalks.clean.chrome import label_pages
from peacetalks.clean.judge import own_weights
from peacetalks.clean.markup import Lines, measure_markup
from peacetalks.clean.model import judge_lines
from peacetalks.clean.segments import tile_pages
from peacetalks.engine.page import process_captures
from peacetalks.record import Capture

sys.path.insert(0, str(Path(__file__).parents[1]))  # where the benchmarks have what they share
from bench.clock import Clock

_SHARD_BYTES = 4_000_000  # as a build cuts them
_PEERS = ("trafilatura", "trafilatura, fast", "resiliparse")
_WHOLE = "in one go"
_READING = (
    "  decode", "  check and parse", "  lines", "  facts", "  id", "  check of lines", "  headline, echoes, rest",
)  # fmt: skip
_LABELLING = ("  words of lines", "  markup of lines", "  model")


def read_pages(folder: Path) -> list[bytes]:
    """Return the bytes of every page of a folder of country folders."""
    return [gzip.decompress(path.read_bytes()) for path in sorted(folder.glob("*/*.html.gz"))]


def cut_shards(pages: list[bytes]) -> list[list[bytes]]:
    """Return the pages in shards of so many bytes."""
    shards: list[list[bytes]] = [[]]
    for page in pages:
        if shards[-1] and sum(map(len, shards[-1])) + len(page) > _SHARD_BYTES:
            shards.append([])
        shards[-1].append(page)
    return shards


def run_whole(pages: Sequence[bytes]) -> None:
    """Make articles of a shard, as a build does."""
    captures = [read_html(data, f"{n}.html") for n, data in enumerate(pages)]
    list(process_captures([capture for capture in captures if isinstance(capture, Capture)], {}))


def run_stages(pages: Sequence[bytes], clock: Clock) -> None:
    """Do the same a stage at a time."""
    read = clock.run("read", lambda: [read_html(data, f"{n}.html") for n, data in enumerate(pages)])
    texts = clock.run("  decode", lambda: [read_as_utf8(data)[0] for data in pages])
    trees = clock.run("  check and parse", lambda: [parse(text) for text in texts])
    options = LexborDocumentOptions.WO_EVENTS
    clock.run("    parse", lambda: [LexborHTMLParser(text, options=options, scripting=True) for text in texts])
    lines = clock.run("  lines", lambda: [linearise(tree)[0] for tree in trees])
    clock.run("  facts", lambda: [read_facts(tree) for tree in trees])
    clock.run("  id", lambda: [capture_id(data) for data in pages])
    joined = ["\n".join(page) for page in lines if page]
    clock.run("  check of lines", lambda: [check_text(text) for text in joined])
    captures = [capture for capture in read if isinstance(capture, Capture)]
    tiled = clock.run("tile", lambda: tile_pages([capture.text for capture in captures]))
    clock.run("label", lambda: label_pages(tiled, [capture.markup for capture in captures]))
    _run_steps_of_label(captures, clock)
    clock.run(_WHOLE, lambda: run_whole(pages))


def _run_steps_of_label(captures: list[Capture], clock: Clock) -> None:
    pages = [capture.text.split("\n") for capture in captures]
    shown = [features.Page(lines, [0] * (len(lines) + 1)) for lines in pages]
    words = clock.run("  words of lines", lambda: features.measure_lines(shown))
    names = features.names()
    size, full = words[:, names.index("size")].astype(np.int64), words[:, names.index("since-long")] == 0
    standing = [Lines(c.markup, list(range(len(p)))) for c, p in zip(captures, pages, strict=True) if c.markup]
    marks = clock.run("  markup of lines", lambda: measure_markup(standing, size, full))
    measures, weights = np.hstack([words, marks]), own_weights(of_html=True)
    sizes, forced = np.array([len(lines) for lines in pages]), np.full(len(words), -1)
    clock.run("  model", lambda: judge_lines(measures, sizes, forced, weights))


def main() -> None:
    """Print a line for each stage, then one for each peer."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, metavar="DATA", help="folder of country folders of pages")
    parser.add_argument("--turns", type=int, default=3, help="times that all is done; the least counts")
    parser.add_argument("--alone", action="store_true", help="without the peers")
    wanted = parser.parse_args()
    pages = read_pages(wanted.data)
    run_whole(pages[:1])
    clock = Clock(len(pages), 1_000)
    peers = {} if wanted.alone else {name: run for name, run in rivals().items() if name in _PEERS}
    news = [News(str(n), "", "", None, data, {}, None, [], []) for n, data in enumerate(pages)]
    for turn in range(wanted.turns):
        for shard in cut_shards(pages):
            run_stages(shard, clock)
        for name, run in peers.items() if turn < 2 else ():  # dear enough
            clock.run(name, lambda run=run: [run(page) for page in news])
        clock.end_turn()
    _show(clock, pages, list(peers))


def _show(clock: Clock, pages: list[bytes], peers: list[str]) -> None:
    size = sum(map(len, pages)) / len(pages)
    print(f"{len(pages)} pages of {size / 1000:.0f} KB; milliseconds of CPU for a page, best turn and first\n")
    best, first = clock.best, clock.first
    for costs in (best, first):
        costs["  headline, echoes, rest"] = costs["read"] - sum(costs[step] for step in _READING[:-1])
        costs["annotate, audit"] = costs[_WHOLE] - costs["read"] - costs["tile"] - costs["label"]
    for stage in ("read", *_READING, "tile", "label", *_LABELLING, "annotate, audit"):
        print(f"{stage:26}{best[stage]:8.2f}{first[stage]:8.2f}")
        if stage == "  check and parse":
            print(f"{'    parse':26}{best['    parse']:8.2f}{first['    parse']:8.2f}")
    whole = best[_WHOLE]
    print(f"{_WHOLE:26}{whole:8.2f}{first[_WHOLE]:8.2f}")
    print(f"{'pages a second and core':26}{1000 / whole:8.0f}{1000 / first[_WHOLE]:8.0f}")
    print(f"{'MB a second and core':26}{size / whole / 1000:8.1f}{size / first[_WHOLE] / 1000:8.1f}")
    for name in peers:
        print(f"{name:26}{best[name]:8.2f}{first[name]:8.2f}{best[name] / whole:8.2f} of ours")


if __name__ == "__main__":
    main()
