"""Keep what each test of a fault injected and what came of it, and write the table of docs/reliability.md from that."""

import csv
import io
import os
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
DOCUMENT = ROOT / "docs" / "reliability.md"
CSV = ROOT / "docs" / "faults.csv"
FORM = os.environ.get("PEACETALKS_FAULTS")  # long or short, where the table is to be written
LONG = FORM == "long"
_BEGIN, _END = "<!-- written by `make faults` -->\n", "<!-- end -->"
_COLUMNS = ("fault", "what was done", "times", "outcome", "command")
_KEY = "fault"

Row = tuple[str, str, int, str]
Record = Callable[[str, str, int, str], None]
_found: dict[tuple[str, str, str], tuple[int, str]] = {}


def times(long: int, short: int) -> int:
    """Return how often to do it: the first in `make faults`, the second in `make test`."""
    return long if LONG else short


@pytest.fixture
def fault(record_property: Callable[[str, object], None]) -> Record:
    """A function that keeps a row: the fault's id, what was done, how often, and what came of it."""

    def keep(name: str, what: str, count: int, outcome: str) -> None:
        record_property(_KEY, (name, what, count, outcome))

    return keep


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test that keeps a row, so that `-m fault` takes those alone."""
    for item in items:
        if "fault" in getattr(item, "fixturenames", ()):
            item.add_marker("fault")


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Add up the rows of a test that has run, whatever its parameters."""
    if report.when != "call":
        return
    test = report.nodeid.partition("[")[0]
    for key, value in report.user_properties:
        if key == _KEY:
            name, what, count, outcome = value  # type: ignore[misc]
            before, known = _found.get((name, what, test), (0, outcome))
            shown = "FAILED" if report.failed else known if known == outcome else f"{known}; {outcome}"
            _found[name, what, test] = (before + count, shown)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the table, and write it to the documents, where `make faults` asks for it."""
    if FORM is None or not _found:
        return
    form = "" if LONG else " FORM=short"
    rows = [
        (name, what, f"{count:,}", outcome, f"make faults TEST={test}{form}")
        for (name, what, test), (count, outcome) in sorted(_found.items(), key=lambda item: (_number(item[0][0]), item))
    ]
    for row in rows:
        terminalreporter.write_line(" | ".join(row))
    kept = _read_rows() if os.environ.get("PEACETALKS_FAULTS_PART") else {}
    ran = {row[4].partition(" FORM")[0] for row in rows}
    kept = {key: row for key, row in kept.items() if row[4].partition(" FORM")[0] not in ran}
    kept |= {(row[0], row[1], row[4]): row for row in rows}
    _write([kept[key] for key in sorted(kept, key=lambda key: (_number(key[0]), key))])


def _number(name: str) -> int:
    return int(name[1:]) if name[1:].isdigit() else 1000  # what is no fault comes last


def _read_rows() -> dict[tuple[str, str, str], tuple[str, ...]]:
    if not CSV.exists():
        return {}
    rows = list(csv.reader(CSV.read_text("utf-8").splitlines()))[1:]
    return {(row[0], row[1], row[4]): tuple(row) for row in rows}


def _write(rows: list[tuple[str, ...]]) -> None:
    table = io.StringIO()
    csv.writer(table, lineterminator="\n").writerows([_COLUMNS, *rows])
    CSV.write_text(table.getvalue(), "utf-8")
    lines = [f"| {' | '.join(_COLUMNS)} |", "|---|---|---|---|---|"]
    lines += [f"| {' | '.join((*row[:4], f'`{row[4]}`'))} |" for row in rows]
    before, _, rest = DOCUMENT.read_text("utf-8").partition(_BEGIN)
    _, _, after = rest.partition(_END)
    DOCUMENT.write_text(f"{before}{_BEGIN}\n" + "\n".join(lines) + f"\n\n{_END}{after}", "utf-8")
