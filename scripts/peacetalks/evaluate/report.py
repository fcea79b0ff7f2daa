"""Show scores as tables for a reader, or as JSON for a program."""

from rich.console import Group
from rich.table import Table

from peacetalks.evaluate.scores import Report, Score

_COLUMNS = ("precision", "recall", "F1", "right", "wrong", "missing", "invented")


def render_report(report: Report) -> Group:
    """Return a table a task, a row an item."""
    return Group(*(_table(task, scores) for task, scores in report.items()))


def report_as_json(report: Report) -> dict[str, dict[str, dict[str, float]]]:
    """Return the scores with precision, recall and F1 as plain numbers, rounded to four digits."""
    return {
        task: {item: dict(zip(_COLUMNS, _numbers(score), strict=True)) for item, score in scores.items()}
        for task, scores in report.items()
    }


def _table(task: str, scores: dict[str, Score]) -> Table:
    table = Table(title=task, title_justify="left", title_style="bold", box=None, pad_edge=False)
    table.add_column("", min_width=16)
    for column in _COLUMNS:
        table.add_column(column, justify="right")
    for item, score in scores.items():
        precision, recall, f1, *counts = _numbers(score)
        table.add_row(item, f"{precision:.3f}", f"{recall:.3f}", f"{f1:.3f}", *(str(count) for count in counts))
    return table


def _numbers(score: Score) -> tuple[float, ...]:
    shares = (round(value, 4) for value in (score.precision, score.recall, score.f1))
    return (*shares, score.right, score.wrong, score.missing, score.invented)
