"""Measure what linking costs: `python benchmarks/annotate/linking_cost.py`.

Dense texts are the gold articles of a language, put together to 2.5 kB and more; an ordinary one is a single gold
article that goes on in neutral sentences, which name the country and no meeting; the silent one does not even name the
country. Inference is that of a page without a date. CPU time, the best of some runs, after one that warms up.
"""

import time
from collections import defaultdict
from collections.abc import Callable
from datetime import date
from pathlib import Path

from peacetalks.annotate.inference import infer_window, may_tell
from peacetalks.annotate.linking import link_mentions
from peacetalks.annotate.time_clues import link_undated, read_time_clues, with_events
from peacetalks.capture.gold import read_gold
from peacetalks.clean.audit import body_text
from peacetalks.clean.segments import tile_gold
from peacetalks.record import Gold, Segment
from peacetalks.registry.gazetteer import Gazetteer, load_gazetteer

_GOLD = Path(__file__).parents[2] / "tests" / "gold"
_PARTS = ("open", "aside", "open-2", "open-3", "aside-2")
_LONG = 2500  # code points
_RUNS = 5
_NEUTRAL = (
    "Schools in the north of Syria open late this year because the roofs of two of them let in the rain. "
    "A teacher who came back to Homs in spring counts forty children in a class and nine books. "
    "The bakery across the road sells bread from seven in the morning until the flour is used up. "
)

_SILENT = _NEUTRAL.replace("Syria", "the country").replace("Homs", "town")

Job = tuple[str | None, str, str, date | None]


def measure(jobs: list[Job], work: Callable[[Job], object]) -> float:
    """Return the CPU time of one job in microseconds, the best of some runs over all of them."""
    times = []
    for _ in range(_RUNS + 1):
        start = time.process_time()
        for job in jobs:
            work(job)
        times.append(time.process_time() - start)
    return min(times[1:]) / len(jobs) * 1e6


def join_articles(golds: list[Gold]) -> list[Job]:
    """Return the texts of a language put together until they are long, each with the day of its first article."""
    jobs: list[Job] = []
    by_language = defaultdict(list)
    for gold in golds:
        by_language[gold.language].append(gold)
    for language, group in sorted(by_language.items()):
        texts: list[str] = []
        for gold in sorted(group, key=lambda gold: (str(gold.published), gold.id)):
            texts.append(body_text(tile_gold(gold.segments)))
            if sum(map(len, texts)) >= _LONG:
                jobs.append((gold.title, "\n\n".join(texts), language, gold.published))
                texts = []
    return jobs


def main() -> None:
    """Print microseconds for an article and for a kilobyte."""
    gazetteer = load_gazetteer()

    def link(job: Job) -> object:
        title, text, language, day = job
        return link_mentions(title, text, language=language, published=day and (day, day), gazetteer=gazetteer)

    def undated(job: Job) -> object:
        title, text, language, _ = job
        return link_mentions(title, text, language=language, published=None, gazetteer=gazetteer)

    golds = [gold for part in _PARTS for gold in read_gold(_GOLD / part).values()]
    short = [(g.title, body_text(tile_gold(g.segments)), g.language, g.published) for g in golds]
    dense = join_articles(golds)
    ordinary = [(g[0], f"{g[1]}\n\n{_NEUTRAL * 8}", g[2], g[3]) for g in short if g[2] == "en"]
    neutral, silent = ([(None, text * 10, "en", date(2017, 5, 4))] for text in (_NEUTRAL, _SILENT))
    for name, jobs, work in (
        ("dense, short", short, link),
        ("dense, long", dense, link),
        ("dense, long, no day", dense, undated),
        ("ordinary", ordinary, link),
        ("neutral", neutral, link),
        ("silent", silent, link),
    ):
        cost, size = measure(jobs, work), sum(len(text) for _, text, _, _ in jobs) / len(jobs)
        each = f"{cost:6.0f} us a text, {cost / size * 1000:5.0f} us a kB"
        print(f"{name:20} {len(jobs):4} of {size:4.0f} characters: {each}")
    pages = [tile_gold(gold.segments) for gold in golds]
    pages = [[s for s in segments if s.label != "meta"] for segments in pages]
    cost = min(_infer(pages, golds, gazetteer) for _ in range(_RUNS))
    print(f"{'inference':20} {len(pages):4} pages: {cost:7.0f} us a page")


def _infer(pages: list[list[Segment]], golds: list[Gold], gazetteer: Gazetteer) -> float:
    start = time.process_time()
    for segments, gold in zip(pages, golds, strict=True):
        sentences = read_time_clues(segments, gold.language)
        if may_tell(sentences):
            sentences = with_events(sentences, link_undated(segments, gold.language, gazetteer))
        infer_window(sentences, gold.language, None, gazetteer)
    return (time.process_time() - start) / len(pages) * 1e6


if __name__ == "__main__":
    main()
