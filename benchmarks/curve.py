"""Measure a build from ten thousand pages to a million: `python benchmarks/curve.py --pages 10000 30000 100000`.

Each size is a build of its own, from the first pages of one set of captures, on two workers. What was measured already
stands in results/curve.csv and is not measured again, so that it can be stopped and started between sizes; --again
measures it anew. The cost of a page is what it adds to a build of a hundred, so that start-up is not in it.

A build of a million takes long enough for a shared host to change its speed meanwhile. So a fixed piece of work is done
every few seconds beside each build, and the cost of a page is given in that of the piece's as well.
"""

import argparse
import shutil
import sys
from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

sys.path.insert(0, str(Path(__file__).parent))
from bench.measuring import folder_size, measure
from bench.pace import pacing
from bench.results import FOLDER, about, keep, read
from bench.writing import write_captures

_SEED = 8
_BASE = 100  # pages of the build whose cost counts as start-up
_MB = 1 << 20
_SIZES = [10_000, 30_000, 100_000, 300_000, 1_000_000]
_FIGURE = Path(__file__).parent / "curve.svg"


def main() -> None:
    """Measure the sizes that are missing, print the table, draw the curve."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--pages", type=int, nargs="+", default=_SIZES)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument(
        "--folder", type=Path, default=Path("build/curve"), help="captures, kept, and releases, not kept"
    )
    parser.add_argument("--results", type=Path, default=FOLDER)
    parser.add_argument("--figure", type=Path, default=_FIGURE)
    parser.add_argument("--again", action="store_true")
    options = parser.parse_args()
    for pages in sorted({_BASE, *options.pages}):
        if options.again or pages not in _measured(options.results, options.workers):
            row = _build(pages, options.workers, options.folder)
            keep("curve", row, options.results)
            print(f"{pages:,} pages: {row['wall_s']} s, {row['cpu_s']} s of CPU", flush=True)
    rows = _measured(options.results, options.workers)
    base = rows.pop(_BASE)
    _print(rows, base)
    if rows:
        _draw(rows, base, options.figure)


def _build(pages: int, workers: int, folder: Path) -> dict[str, object]:
    captures = write_captures(folder / "captures", "jsonl", pages, seed=_SEED, workers=workers)
    out = folder / f"corpus-{pages}"
    shutil.rmtree(out, ignore_errors=True)  # what a stopped run has left would be taken up, and cost nothing
    command = [sys.executable, "-m", "peacetalks", "build", *map(str, captures), "--out", str(out)]
    with pacing() as pace:
        cost = measure([*command, "--version", "0.1.0", "--workers", str(workers), "--json"], folder)
    row: dict[str, object] = {
        "pages": pages,
        "workers": workers,
        "wall_s": round(cost.wall, 1),
        "cpu_s": round(cost.cpu, 1),
        "parent_mb": round(cost.parent / _MB),
        "worker_mb": round(cost.worker / _MB),
        "tree_mb": round(cost.tree / _MB),
        "captures_mb": round(sum(path.stat().st_size for path in captures) / _MB),
        "release_mb": round(folder_size(out / "0.1.0") / _MB),
        "disk_mb": round(cost.disk / _MB),
        "pace_us": round(pace.us),
    }
    shutil.rmtree(out)
    return row


def _measured(results: Path, workers: int) -> dict[int, dict[str, str]]:
    """Return the last row of each size that was measured by these versions on this machine."""
    here = about()
    rows = (row for row in read("curve", results) if {name: row[name] for name in here} == here)
    found = {int(row["pages"]): row for row in rows if int(row["workers"]) == workers and row.get("pace_us")}
    return dict(sorted(found.items()))


def _print(rows: dict[int, dict[str, str]], base: dict[str, str]) -> None:
    print("\n| pages | s | us of CPU a page | of the piece | ratio | peak MB, parent | worker | release MB |")
    print("|---|---|---|---|---|---|---|---|")
    for pages, row in rows.items():
        print(
            f"| {pages:,} | {float(row['wall_s']):,.0f} | {_each(row, base):,.0f} | {float(row['pace_us']):,.0f} | "
            f"{_paced(row, base):.2f} | {row['parent_mb']} | {row['worker_mb']} | {row['release_mb']} |"
        )
    if len(rows) > 1:
        for name, each in (("The dearest page costs", _each), ("Measured by the piece, it costs", _paced)):
            costs = [each(row, base) for row in rows.values()]
            print(f"\n{name} {max(costs) / min(costs) - 1:.0%} more than the cheapest.")


def _each(row: dict[str, str], base: dict[str, str]) -> float:
    """Return the microseconds of CPU that a page adds."""
    return (float(row["cpu_s"]) - float(base["cpu_s"])) / (int(row["pages"]) - int(base["pages"])) * 1e6


def _paced(row: dict[str, str], base: dict[str, str]) -> float:
    """Return the cost of a page in that of a page of the piece that was done meanwhile."""
    return _each(row, base) / float(row["pace_us"])


def _draw(rows: dict[int, dict[str, str]], base: dict[str, str], path: Path) -> None:
    mpl.rcParams.update({"svg.hashsalt": "peacetalks", "font.size": 9, "axes.spines.top": False})
    figure = Figure(figsize=(8, 3), layout="constrained")
    left, right = figure.subplots(1, 2)
    pages = list(rows)
    left.plot(pages, [_paced(row, base) for row in rows.values()], "o-", color="#1f4e79")
    _label(left, "CPU of a page, in that of a fixed piece of work")
    for name, column, colour in (("parent", "parent_mb", "#1f4e79"), ("largest worker", "worker_mb", "#c55a11")):
        right.plot(pages, [int(row[column]) for row in rows.values()], "o-", color=colour, label=name)
    _label(right, "peak memory, MB")
    right.legend(frameon=False)
    figure.savefig(path, metadata={"Date": None})
    print(f"drawn: {path.name}")


def _label(axes: Axes, title: str) -> None:
    axes.set_xscale("log")
    axes.set_ylim(0, 1.1 * axes.get_ylim()[1])
    axes.set_xlabel("pages")
    axes.set_title(title, loc="left")


if __name__ == "__main__":
    main()
