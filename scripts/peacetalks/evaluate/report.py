"""Show scores as tables for a reader, or as JSON for a program."""

from rich.console import Group
from rich.table import Table

from peacetalks.evaluate.scores import Case, Report, Score, score_cases
from peacetalks.record import Article, Gold, Segment
from peacetalks.release.quality import Quality

_COLUMNS = ("precision", "recall", "F1", "right", "wrong", "missing", "invented")


def render_report(report: Report) -> Group:
    """Return a table a task, a row an item."""
    return Group(*(_table(task, scores) for task, scores in report.items()))


def report_as_json(report: Report) -> Quality:
    """Return the scores with precision, recall and F1 as plain numbers, rounded to four digits."""
    return {
        task: {item: dict(zip(_COLUMNS, _numbers(score), strict=True)) for item, score in scores.items()}
        for task, scores in report.items()
    }


def score_gold(found: list[tuple[Gold, Article | None, list[Segment]]]) -> Quality:
    """Return the scores of what the program made of captures against their gold, as plain numbers."""
    cases = [Case(gold=gold, article=article, segments=segments) for gold, article, segments in found]
    return report_as_json(score_cases(cases)) if cases else {}


def _table(task: str, scores: dict[str, Score]) -> Table:
    table = Table(title=task, title_justify="left", title_style="bold", box=None, pad_edge=False)
    table.add_column("", min_width=16)
    for column in _COLUMNS:
        table.add_column(column, justify="right")
    for item, score in scores.items():
        precision, recall, f1, *counts = _numbers(score)
        table.add_row(item, f"{precision:.3f}", f"{recall:.3f}", f"{f1:.3f}", *(str(count) for count in counts))
    return table


def _numbers(score: Score) -> tuple[int | float, ...]:
    shares = (round(value, 4) for value in (score.precision, score.recall, score.f1))
    return (*shares, score.right, score.wrong, score.missing, score.invented)
