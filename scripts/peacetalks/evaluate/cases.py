"""What the program makes of the captures that have gold; it is not shown the gold."""

from collections.abc import Sequence
from concurrent.futures import Executor
from functools import partial

from peacetalks.capture.gold import check_gold
from peacetalks.capture.inputs import InputFile
from peacetalks.capture.pages import RawPage
from peacetalks.clean.audit import body_text
from peacetalks.clean.segments import tile_gold
from peacetalks.engine.page import process_captures
from peacetalks.engine.run import run
from peacetalks.engine.shards import cut_shards
from peacetalks.engine.tasks import PerPage, join_lists
from peacetalks.engine.work import read_pages
from peacetalks.errors import GoldError
from peacetalks.evaluate.scores import Case
from peacetalks.record import Article, Excluded, Gold, Segment

Made = tuple[str, Article | None, list[Segment]]  # of the capture with that id


def make_cases(files: list[InputFile], gold: dict[str, Gold], executor: Executor | None) -> list[Case]:
    """Return a case for each capture that has gold, in order; without an executor all is done in this process.

    GoldError where gold does not fit its capture, where there is no capture of it, or it is none that can be read.
    """
    work = PerPage(partial(work_gold, gold=gold), join_lists)
    made = [one for _, found in run(work, cut_shards(files), executor) for one in found]
    missing = sorted(gold[name].source for name in gold.keys() - {name for name, _, _ in made})
    if missing:
        first = ", ".join(missing[:5])
        raise GoldError(f"the input holds no capture with the id of {first}; name their folder with --captures")
    return [Case(gold=gold[name], article=article, segments=segments) for name, article, segments in made]


def work_gold(pages: Sequence[RawPage | Excluded], gold: dict[str, Gold]) -> list[Made]:
    """Return what the program makes of each of the pages that has gold; no other is annotated."""
    captures = []
    for page in read_pages(pages):
        if page.id not in gold:
            continue
        if isinstance(page, Excluded):
            raise GoldError(f"{page.source}: has gold, and can't be read: {page.reason}, {page.detail}")
        entry = gold[page.id]
        check_gold(entry, page, body_text(tile_gold(entry.segments)))
        captures.append(page)
    outcomes = zip(captures, process_captures(captures, {}), strict=True)
    return [
        (capture.id, None, []) if isinstance(found, Excluded) else (capture.id, found.article, found.segments)
        for capture, found in outcomes
    ]
