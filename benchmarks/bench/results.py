"""Keep what was measured: a CSV a table, each row with the versions and the machine that it was measured with."""

import csv
import importlib.metadata
import os
import platform
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import psutil

FOLDER = Path(__file__).parents[1] / "results"
_PACKAGES = ("peacetalks", "numpy", "pyarrow", "distributed")


def keep(table: str, row: Mapping[str, object], folder: Path = FOLDER) -> None:
    """Append a row to the CSV of a table; a column that the file lacks is added to it."""
    path = folder / f"{table}.csv"
    folder.mkdir(parents=True, exist_ok=True)
    rows = read(table, folder)
    full = {**{name: str(value) for name, value in row.items()}, **about()}
    columns = list(dict.fromkeys([*(rows[0] if rows else ()), *full]))
    part = path.with_suffix(".part")
    with part.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows([*rows, full])
    part.replace(path)


def read(table: str, folder: Path = FOLDER) -> list[dict[str, str]]:
    """Return the rows of a table; none where it is not there yet."""
    path = folder / f"{table}.csv"
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def about() -> dict[str, str]:
    """Return versions and machine: its processor, cores and memory, and nothing that names it."""
    versions = {name: importlib.metadata.version(name) for name in _PACKAGES}
    return {
        "python": platform.python_version(),
        **versions,
        "system": platform.system(),
        "processor": _processor(),
        "cores": str(os.cpu_count()),
        "memory_gb": f"{psutil.virtual_memory().total / 1e9:.0f}",
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    found = {name.strip(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    model = found.get("model name", platform.machine())
    return f"{model}, family {found['cpu family']} model {found['model']}" if "cpu family" in found else model
