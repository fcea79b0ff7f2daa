"""Count what recurrence takes out of outlets as they grow: `python benchmarks/chrome/recurring.py [--pages 100000]`.

Pages are those that `make bench` generates, of every ninth site, so that it is known which of their lines a report has.
Each page is labelled by itself; then lines go that recur among the first stories of its site, so many as a row says.
"""

import argparse
import sys
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from bench.pages import STRAIGHT, make_text, tell_page
from bench.plan import Plan, plan_page
from peacetalks.clean.chrome import label_sheets
from peacetalks.clean.recurrence import SitePage, find_recurring
from peacetalks.clean.segments import tile_texts

_SEED = 8
_BATCH = 256
_EVERY = 9  # sites: eight of 64, in seven languages
_SIZES = (10, 30, 100, 300, 1000)  # stories of an outlet
_KINDS = ("report", "off-topic")
_TEXT = ("body", "title")


class Counted(NamedTuple):
    """Lines that labelling takes for text, by whether a report has them, and how many of each recur."""

    of_reports: int
    furniture: int
    of_reports_gone: int
    furniture_gone: int


def main() -> None:
    """Print a row for each size of an outlet."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--pages", type=int, default=100_000, help="pages of all sites; one in eight is taken")
    sites = label_pages(parser.parse_args().pages)
    print("stories an outlet  lines of reports   taken  furniture left by labelling   taken")
    for size in _SIZES:
        if all(len(pages) >= size for pages in sites.values()):
            row = count([page for pages in sites.values() for page in pages[:size]])
            print(
                f"{size:17,} {row.of_reports:17,} {row.of_reports_gone:7,} {row.furniture:28,} {row.furniture_gone:7,}"
            )


def label_pages(count: int) -> dict[int, list[tuple[SitePage, set[str]]]]:
    """Return the labelled pages of each site that is taken, with the lines of the report that each tells."""
    plans = (plan_page(_SEED, number) for number in range(count))
    taken = [plan for plan in plans if plan.site % _EVERY == 0 and plan.kind in _KINDS]
    sites: dict[int, list[tuple[SitePage, set[str]]]] = defaultdict(list)
    for start in range(0, len(taken), _BATCH):
        some = taken[start : start + _BATCH]
        sheets = label_sheets(tile_texts([make_text(_SEED, plan.number).content for plan in some]), [None] * len(some))
        for plan, sheet in zip(some, sheets, strict=True):
            sites[plan.site].append((SitePage(str(plan.site), sheet.segments()), _told(plan)))
    return sites


def count(pages: list[tuple[SitePage, set[str]]]) -> Counted:
    """Return what becomes of the lines of these pages, the outlets' only ones."""
    recurring = find_recurring([page for page, _ in pages])
    found = [0, 0, 0, 0]
    for page, told in pages:
        for before, after in zip(page.segments, recurring.relabel(page), strict=True):
            if before.label in _TEXT:
                furniture = int(not any(before.clean.endswith(line) for line in told))
                found[furniture] += 1
                found[2 + furniture] += after.label not in _TEXT
    return Counted(*found)


def _told(plan: Plan) -> set[str]:
    _, story = tell_page(plan)
    lines = {story.title, story.standfirst, story.subhead, *story.paragraphs} - {""}
    return lines | {line.translate(STRAIGHT) for line in lines}


if __name__ == "__main__":
    main()
