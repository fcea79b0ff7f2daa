"""Say what a build made, and how it compares with a release that was there already."""

import json
import shlex
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from peacetalks.commands.console import err, escape, out

if TYPE_CHECKING:  # imported where it is used: it costs a second
    from peacetalks.release.write import Built

_MOST = 5
_STATES = {
    "written": "written",
    "identical": "released already, byte for byte the same",
    "same-rows": "released already, with the same rows",
    "differs": "released already, with other rows; it stays as it is",
}


def show_summary(built: "Built", passed: Counter[str]) -> None:
    """Print counts, place and digest of a release, and how to load it; to standard error what it has otherwise.

    `passed` counts the records of crawls that hold no page, by kind.
    """
    statistics = built.statistics
    kept, excluded = sum(statistics.articles.values()), sum(statistics.excluded.values())
    splits = ", ".join(f"{split} {count}" for split, count in statistics.articles.items())
    reasons = ", ".join(f"{reason} {count}" for reason, count in statistics.excluded.items())
    out.print(f"kept      {kept} articles ({splits}), {statistics.mentions} mentions of conferences")
    out.print(f"excluded  {excluded} captures{f' ({reasons})' if reasons else ''}")
    if passed:
        out.print(f"passed    {count_passed(passed)}")
    if statistics.known.texts:
        agreement = ", ".join(f"{what} {count}" for what, count in statistics.known.agreement.items() if count)
        out.print(f"catalogue {statistics.known.texts} of its pages are articles: {agreement or 'nothing to compare'}")
    for leak in built.leaks:
        sizes = ", ".join(f"{split} {count}" for split, count in leak.sizes.items())
        err.print(f"leak: cluster {leak.cluster} grew together ({sizes}); withheld: {len(leak.withheld)} articles")
    digest = "" if built.state == "differs" else f"; digest {built.digest[:16]}"
    out.print(f"release   {escape(built.path.as_posix())}  ({_STATES[built.state]}{digest})")
    out.print(f"explorer  {_explorer_line(built.path)}")
    if built.state in ("same-rows", "differs"):
        _show_differing(built)
    if built.state == "differs":
        return
    out.print("\nLoad it, from this folder, with these three lines of Python:\n")
    typer.echo("from datasets import load_dataset")
    typer.echo(f"corpus = load_dataset({json.dumps(built.path.parent.as_posix())})")
    typer.echo('print(corpus["train"].to_pandas()[["published", "outlet", "title", "conferences"]])')


def summary_row(built: "Built", passed: Counter[str]) -> dict[str, object]:
    """Return the same for a program."""
    import msgspec

    return {
        "release": built.path.as_posix(),
        "state": built.state,
        "digest": built.digest,
        "differing": built.differing,
        "changes": built.changes,
        "smallest_version": built.smallest or None,
        "statistics": msgspec.to_builtins(built.statistics),
        "passed_over": dict(sorted(passed.items())),
    }


def count_passed(passed: Counter[str]) -> str:
    """Return how many records of crawls were passed over, by kind."""
    kinds = "; ".join(f"{kind} {count}" for kind, count in sorted(passed.items()))
    return f"{passed.total()} records of crawls that hold no page ({kinds})"


def _explorer_line(release: Path) -> str:
    from peacetalks.explorer.bundle import MISSING
    from peacetalks.release.page import FOLDER

    return (
        f"peacetalks explore {escape(shlex.quote(release.as_posix()))}"
        if (release / FOLDER).exists()
        else f"none: {MISSING}"
    )


def _show_differing(built: "Built") -> None:
    more = f" and {len(built.differing) - _MOST} more" if len(built.differing) > _MOST else ""
    files = f"{', '.join(built.differing[:_MOST])}{more}"
    version = built.path.name
    if built.state == "same-rows":
        err.print(f"{version} stays as it was released; this program, here, would write otherwise: {escape(files)}")
        return
    err.print(f"[bold red]{version} is released, and what was built now is not the same:[/] {escape(built.changes)}")
    err.print(f"files that differ: {escape(files)}")
    err.print(
        f"{built.smallest} is the smallest version that may have these rows: build it with --version {built.smallest}, "
        "or, in a checkout of the project, as CONTRIBUTING.md says under `Make a release`"
    )
    err.print(
        f"to see them row by row, build into another --out, and `peacetalks diff {escape(built.path.as_posix())}` it"
    )
