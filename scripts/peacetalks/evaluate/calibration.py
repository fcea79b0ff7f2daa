"""Compare how sure the labels are with how often they are right."""

from collections.abc import Iterable
from itertools import pairwise

from msgspec import Struct
from rich.table import Table

from peacetalks.clean.segments import tile_gold
from peacetalks.evaluate.scores import Case

_EDGES = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0)


class Bin(Struct, frozen=True, kw_only=True):
    """The labels of the model whose score is above `low` and up to `high`; `score` and `right` are their means."""

    low: float
    high: float
    lines: int
    score: float
    right: float


def calibrate(cases: Iterable[Case]) -> list[Bin]:
    """Return the bins that hold any label which the model gave, lowest first; rules and blank lines do not count."""
    return bin_scores(pair for case in cases for pair in _judged(case))


def bin_scores(pairs: Iterable[tuple[float, bool]]) -> list[Bin]:
    """Return the bins of pairs of a score and whether its label is right."""
    rows = sorted(pairs)
    bins = []
    for low, high in pairwise(_EDGES):
        inside = [(score, right) for score, right in rows if low < score <= high]
        if inside:
            mean = sum(score for score, _ in inside) / len(inside)
            share = sum(right for _, right in inside) / len(inside)
            bins.append(Bin(low=low, high=high, lines=len(inside), score=round(mean, 4), right=round(share, 4)))
    return bins


def render_calibration(bins: list[Bin]) -> Table:
    """Return the bins as a table."""
    table = Table(title="how sure the model is", title_justify="left", title_style="bold", box=None, pad_edge=False)
    for column in ("score", "lines", "mean score", "share right"):
        table.add_column(column, justify="right")
    for row in bins:
        bounds = f"{row.low:.2f} to {row.high:.2f}"
        table.add_row(bounds, str(row.lines), f"{row.score:.3f}", f"{row.right:.3f}")
    return table


def _judged(case: Case) -> Iterable[tuple[float, bool]]:
    gold = {(s.start, s.end): s.label for s in tile_gold(case.gold.segments)}
    for segment in case.segments:
        if segment.reason == "model":
            yield segment.score, gold.get((segment.start, segment.end)) == segment.label
