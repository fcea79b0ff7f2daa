"""Print where the microseconds of a page go, a stage at a time: `python benchmarks/stages.py [INPUT...]`.

INPUT is what `peacetalks clean` takes; without one, the pages are the project's own written ones, each brought to
3 KB by paragraphs of others in its language. A stage works on a batch of pages as a build does, and its time is the CPU
time of one thread in the turn that was disturbed least. A step that is set in is part of the stage above it.
"""

import argparse
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import cycle
from pathlib import Path
from typing import TypeVar

import numpy as np
from msgspec import json as encoder

from bench.clock import Clock
from peacetalks._collector import without_collector
from peacetalks.annotate.edtf import interval
from peacetalks.annotate.language import detect_language
from peacetalks.annotate.linking import Story, link_stories
from peacetalks.annotate.metadata import LabelledPage, Metadata, find_metadata
from peacetalks.capture.formats import Format
from peacetalks.capture.inputs import find_files, read_files
from peacetalks.capture.pages import PageFile, RawPage, read_page, size_of
from peacetalks.capture.text import decode
from peacetalks.clean import features
from peacetalks.clean.audit import audit, body_text
from peacetalks.clean.chrome import label_sheets
from peacetalks.clean.encoding import repair_lines
from peacetalks.clean.features import Page as Lines
from peacetalks.clean.judge import own_weights
from peacetalks.clean.model import judge_lines
from peacetalks.clean.rules import load_rules
from peacetalks.clean.segments import tile_texts
from peacetalks.curate.shingles import sketch_texts
from peacetalks.curate.topic import judge_topic
from peacetalks.engine.columns import encode_shard
from peacetalks.engine.page import AT_ONCE
from peacetalks.engine.work import process_pages, work_shard
from peacetalks.record import Capture, Excluded, Mention, Segment
from peacetalks.registry.gazetteer import load_gazetteer
from peacetalks.registry.outlets import load_outlets

_ROOT = Path(__file__).parents[1]
_BYTES = 3000
_PARAGRAPH = 120  # characters of a line that other pages may borrow
_CLEAN = ("read", "tile", "label", "segments", "audit")

Item = TypeVar("Item")


def written_pages(copies: int = 1) -> list[RawPage]:
    """Return the written pages of tests and benchmarks, each of 3 KB at least; of copies, no two are the same."""
    pages = [(row["language"], "".join(s["raw"] for s in row["segments"])) for row in _rows("tests/cases/chrome_pages")]
    pages += [
        (row["language"], "".join(s["raw"] for s in row["segments"])) for row in _rows("benchmarks/chrome/captures")
    ]
    pages += [(row["expected"]["language"], row["text"]) for row in _rows("tests/cases/metadata-pages*")]
    paragraphs: dict[str, list[str]] = defaultdict(list)
    for language, text in pages:
        paragraphs[language] += [line for line in text.split("\n") if len(line) >= _PARAGRAPH]
    borrowed = {language: cycle(lines) for language, lines in paragraphs.items() if lines}
    texts = [_lengthened(text, borrowed.get(language)) for _ in range(copies) for language, text in pages]
    return [
        PageFile(data=text.encode(), source=f"{n}.txt", format=Format("text"))
        for n, text in enumerate(dict.fromkeys(texts))
    ]


def read_inputs(inputs: list[str]) -> list[RawPage]:
    """Return the pages of files, folders and patterns, in memory, before they are decoded."""
    return [page for _, found in read_files(find_files(inputs)) for page in found if not isinstance(page, Excluded)]


def measure(pages: Sequence[RawPage], shard: int, turns: int) -> dict[str, float]:
    """Return the microseconds of a page for each stage."""
    clock = Clock(len(pages), 1_000_000)
    load_gazetteer(), load_outlets(), detect_language("A text for the model of languages to load by.")
    for _ in range(turns):
        for raw in _batches(pages, shard):
            with without_collector():  # as in a worker
                _run_stages(raw, clock)
            clock.run("WHOLE", lambda raw=raw: work_shard(raw, {}, None, known=False))
        clock.end_turn()
    return clock.best


def main() -> None:
    """Print a line for each stage."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("inputs", nargs="*", metavar="INPUT", help="captures; by default the project's written pages")
    parser.add_argument("--shard", type=int, default=64, help="pages of a batch")
    parser.add_argument("--turns", type=int, default=7, help="times that all is done; the least counts")
    parser.add_argument("--json", action="store_true", help="print the figures as one JSON object")
    wanted = parser.parse_args()
    pages = read_inputs(wanted.inputs) if wanted.inputs else written_pages()
    costs = measure(pages, wanted.shard, wanted.turns)
    if wanted.json:
        print(json.dumps({stage: round(cost, 1) for stage, cost in costs.items()}))
        return
    size = sum(size_of(page) for page in pages) / len(pages)
    print(f"{len(pages)} pages of {size:.0f} bytes, {wanted.shard} a batch; microseconds of CPU for a page")
    whole = costs.pop("WHOLE")
    for stage, cost in costs.items():
        print(f"{stage:18}{cost:8.1f}")
    stages = {stage: cost for stage, cost in costs.items() if not stage.startswith(" ")}
    clean = sum(stages[stage] for stage in _CLEAN)
    total = sum(stages.values())
    print(f"{'read to audit':18}{clean:8.1f}{1e6 / clean:10.0f} pages a second and core")
    print(f"{'all stages':18}{total:8.1f}{1e6 / total:10.0f} pages a second and core")
    print(f"{'a shard in one go':18}{whole:8.1f}{1e6 / whole:10.0f} pages a second and core")


def _run_stages(raw: Sequence[RawPage], clock: Clock) -> None:
    read = clock.run("read", lambda: [read_page(page) for page in raw])
    texts = [page.data for page in raw if isinstance(page, PageFile) and page.format == Format("text")]
    clock.run("  decode", lambda: [decode(data) for data in texts])
    captures = [page for page in read if isinstance(page, Capture)]
    tiled = clock.run("tile", lambda: tile_texts([capture.text for capture in captures]))
    lines = [line for capture in captures for line in capture.text.split("\n")]
    clock.run("  gate and repair", lambda: repair_lines(lines))
    sheets = clock.run("label", lambda: label_sheets(tiled, [capture.markup for capture in captures]))
    _run_steps_of_label([[line for line in sheet.clean if line] for sheet in tiled], clock)
    labelled = clock.run("segments", lambda: [sheet.segments() for sheet in sheets])
    bodies = clock.run("audit", lambda: [_audited(c, s) for c, s in zip(captures, labelled, strict=True)])
    kept = [(c, s, b) for c, s, b in zip(captures, labelled, bodies, strict=True) if b]
    languages = clock.run("language", lambda: [detect_language(body) for _, _, body in kept])
    order = sorted(range(len(kept)), key=languages.__getitem__)  # as a build does: pages of one language together
    kept, languages = [kept[n] for n in order], [languages[n] for n in order]
    jobs = [
        LabelledPage(segments, language, capture.url, capture.captured, capture.facts)
        for (capture, segments, _), language in zip(kept, languages, strict=True)
    ]
    metadata = clock.run("metadata", lambda: [one for part in _batches(jobs, AT_ONCE) for one in _metadata(part)])
    titles = [next((s.clean for s in segments if s.label == "title"), None) for _, segments, _ in kept]
    linked = [
        (title, body, *rest) for title, (_, _, body), *rest in zip(titles, kept, languages, metadata, strict=True)
    ]
    mentions = clock.run("mentions", lambda: [one for part in _batches(linked, AT_ONCE) for one in _mentions(part)])
    topics = [(body, title, found) for title, (_, _, body), found in zip(titles, kept, mentions, strict=True)]
    clock.run("topic", lambda: [judge_topic(*job) for job in topics])
    done = process_pages(raw, {})
    clock.run("encode", lambda: encode_shard(done, {}))
    clock.run("  sketch", lambda: sketch_texts([body for _, _, body in kept]))


def _run_steps_of_label(pages: list[list[str]], clock: Clock) -> None:
    """Run what labelling a text is made of, each step by itself; it does them on the pieces that rules have cut."""
    lines = [line for page in pages for line in page]
    rules = load_rules()
    clock.run("  rules", lambda: (rules.find(lines), [rules.cut(line) for line in lines]))
    measures = clock.run("  measures", lambda: features.measure_lines([Lines(p, [0] * (len(p) + 1)) for p in pages]))
    sizes, forced = np.array([len(page) for page in pages]), np.full(len(lines), -1)
    clock.run("  net", lambda: judge_lines(measures, sizes, forced, own_weights(of_html=False)))


def _audited(capture: Capture, segments: list[Segment]) -> str:
    text = body_text(segments)
    audit(capture.text, segments, text)
    return text


def _metadata(pages: Sequence[LabelledPage]) -> list[Metadata]:
    return find_metadata(pages, load_outlets(), load_gazetteer())


def _mentions(pages: Sequence[tuple[str | None, str, str, Metadata]]) -> list[list[Mention]]:
    dated = [(Story(*told, interval(found.publication.edtf)), found.publication.undated) for *told, found in pages]
    linked = iter(link_stories([story for story, undated in dated if undated is None], load_gazetteer()))
    return [next(linked) if undated is None else undated for _, undated in dated]


def _rows(name: str) -> Iterator[dict[str, object]]:
    for path in sorted(_ROOT.glob(f"{name}.jsonl")):
        for line in path.read_bytes().splitlines():
            yield encoder.decode(line)


def _lengthened(text: str, paragraphs: Iterator[str] | None) -> str:
    size = len(text.encode())
    parts = [text]
    while size < _BYTES and paragraphs is not None:
        parts.append(next(paragraphs))
        size += len(parts[-1].encode()) + 2
    return "\n\n".join(parts)


def _batches(pages: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    for first in range(0, len(pages), size):
        yield pages[first : first + size]


if __name__ == "__main__":
    main()
