"""The command line: results on stdout, progress and log on stderr; 0 done, 1 findings, 2 wrong use or missing input."""

import atexit
import gc
import json
import os
import re
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from peacetalks import __version__
from peacetalks._collector import staying
from peacetalks._files import seeds_folder
from peacetalks.commands import annotate, catalogue, checking, releases
from peacetalks.commands.console import AnyInputs, AsJson, ColumnNames, Inputs, PageTimeout, Vocabularies, WorkerMemory
from peacetalks.commands.console import columns as _columns
from peacetalks.commands.console import err as _err
from peacetalks.commands.console import escape as _escape
from peacetalks.commands.console import out as _out
from peacetalks.commands.console import print_json as _print_json
from peacetalks.commands.progress import show_progress
from peacetalks.commands.summary import count_passed, show_summary, summary_row
from peacetalks.engine.signals import Stopped, stopping
from peacetalks.errors import BuildError, InputError

if TYPE_CHECKING:  # imported where they are used: they cost a second, and --help has none to spare
    from peacetalks.engine.page import Page

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
)
app.add_typer(checking.app)
app.add_typer(releases.app)
app.add_typer(catalogue.app)
app.add_typer(annotate.app, name="annotate")


class Engine(StrEnum):
    """What runs the work."""

    LOCAL = "local"
    DASK = "dask"


class Format(StrEnum):
    """How `clean` shows a capture."""

    JSON = "json"
    TEXT = "text"
    DIFF = "diff"


def main() -> None:
    """Run the command line; an error of ours, or of the system, is one message and exit code 2, not a traceback."""
    # Python looks all through for cycles before it ends, though all goes with it: an eighth of a short run.
    atexit.register(gc.freeze)
    _name_pool()
    try:
        with stopping():
            app()
    except BuildError as error:
        _err.print(f"[bold red]error:[/] {_escape(_redact(str(error)))}")
        sys.exit(2)
    except Stopped as stop:
        _err.print(f"stopped by {stop.name}{f': {stop.state}' if stop.state else ''}")
        sys.exit(stop.exit_code)
    except OSError as error:
        if error.errno is None:
            raise
        where = f"{error.filename}: " if error.filename else ""
        _err.print(
            f"[bold red]error:[/] {_escape(_redact(f'{where}{os.strerror(error.errno)}'))}; "
            "what was complete before is as it was: mend that, and run the command again"
        )
        sys.exit(2)


def _name_pool() -> None:
    """Name jemalloc as what Arrow takes its memory from, unless another pool is named.

    The module that starts Arrow chooses for what is made from Python; what reads Parquet looks at the environment
    alone, as Arrow is loaded, and kept 70 MB that it had freed. Only builds for glibc have jemalloc; others would warn.
    """
    try:
        glibc = os.confstr("CS_GNU_LIBC_VERSION")
    except (AttributeError, ValueError, OSError):
        return
    if glibc:
        os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "jemalloc")


def _redact(message: str) -> str:
    from peacetalks.capture.stores import redact

    return redact(message)


def _print_version(wanted: bool) -> None:  # noqa: FBT001  typer calls it with the flag
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and stop.", is_eager=True, callback=_print_version)
    ] = False,
) -> None:
    """Build and check the peacetalks corpus: annotated news on the Syrian peace process.

    Captures of news pages go in; a clean, annotated, versioned dataset comes out.

    Exit codes: 0 done, 1 something was found, 2 wrong use or missing input.
    """


@app.command()
def build(
    inputs: AnyInputs = None,
    out: Annotated[Path, typer.Option("--out", help="Folder of releases; the new one is OUT/VERSION.")] = Path(
        "corpus"
    ),
    version: Annotated[
        str, typer.Option("--version", metavar="X.Y.Z", help="Version of the release; the package's own by default.")
    ] = __version__,
    gold: Annotated[
        Path | None,
        typer.Option("--gold", metavar="DIR", help="Publish the gold annotation of captures that have one in DIR."),
    ] = None,
    released: Annotated[
        datetime | None,
        typer.Option(
            "--released",
            metavar="DAY",
            formats=["%Y-%m-%d"],
            help="Day of the release; by default that of release/citation.toml, or else that of the newest article.",
        ),
    ] = None,
    cut: Annotated[
        datetime | None,
        typer.Option(
            "--cut",
            metavar="DAY",
            formats=["%Y-%m-%d"],
            help="Day that the temporal splits are cut at; by default that of the release before, "
            "or the day from which the last fifth of the articles is.",
        ),
    ] = None,
    keep_off_topic: Annotated[
        bool, typer.Option("--keep-off-topic", help="Keep articles that do not speak of the peace process.")
    ] = False,
    known: Annotated[
        bool,
        typer.Option("--catalogue", help="Take the catalogue's date of a page where the page itself tells none."),
    ] = False,
    demo: Annotated[
        bool, typer.Option("--demo", help="Build the five captures and their gold that come with the package.")
    ] = False,
    drop_contacts: Annotated[
        bool,
        typer.Option(
            "--drop-contacts",
            help="Mask e-mail addresses and telephone numbers, in captures and all that comes of them.",
        ),
    ] = False,
    gazetteer: Vocabularies = None,
    column: ColumnNames = None,
    engine: Annotated[Engine, typer.Option("--engine", help="What runs the work.")] = Engine.LOCAL,
    workers: Annotated[int, typer.Option("--workers", min=1, help="Processes to use on this machine.")] = 1,
    scheduler: Annotated[
        str | None, typer.Option("--scheduler", metavar="ADDR", help="Dask scheduler to use, such as tcp://host:8786.")
    ] = None,
    page_timeout: PageTimeout = 60,
    worker_memory: WorkerMemory = 2_000,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Log the progress on standard error where that is no terminal.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Build a release from captures.

    Writes OUT/VERSION with Parquet files, dataset card, datasheet and manifest, and points OUT/README.md at it.
    What did not become an article stands in the table `excluded` with its reason.
    A version that exists is never overwritten: what was built is compared with it, and the exit code is 1 where a row
    differs. A version that is too small for what changed is refused.

    Example: [bold]peacetalks build seeds/captures --gold seeds/gold --out corpus[/], or anywhere [bold]peacetalks build
    --demo[/]
    """
    _require_version(version)
    from msgspec import structs

    from peacetalks import pipeline
    from peacetalks.capture.gold import read_gold
    from peacetalks.capture.inputs import find_files, total_size
    from peacetalks.engine.executors import make_executor
    from peacetalks.engine.limits import WRITING, Limits
    from peacetalks.evaluate.report import score_gold
    from peacetalks.explorer.bundle import load_page
    from peacetalks.release.manifest import Options
    from peacetalks.release.write import Order

    if demo == bool(inputs):
        raise InputError("build: name the captures, or say --demo to build those that come with the package")
    if scheduler and engine != "dask":
        raise InputError("--scheduler: is asked by --engine dask alone; say so too, or leave it out")
    if demo:
        inputs, gold = [str(seeds_folder() / "captures")], gold or seeds_folder() / "gold"
    files = find_files(inputs or [], _columns(column))
    passed: Counter[str] = Counter()
    options = Options(keep_off_topic=keep_off_topic, cut=cut.date() if cut else None, catalogue=known)
    options = structs.replace(options, drop_contacts=True) if drop_contacts else options
    annotations = read_gold(gold) if gold else {}
    limits = Limits(seconds=page_timeout, memory=worker_memory * 1_000_000)
    with (
        stopping("nothing was released; the same command goes on from here"),
        make_executor(engine, workers, scheduler, limits) as executor,
        make_executor("local", workers, None, WRITING) as writers,
        show_progress(total_size(files), verbose) as progress,
    ):
        built = pipeline.build(
            files,
            out,
            Order(version=version, released=released.date() if released else None, options=options),
            gold=annotations,
            score=score_gold,
            executor=executor,
            tell=progress.tell,
            page=load_page(),
            writers=writers,
            vocabularies=gazetteer,
            passed=passed,
        )
    if as_json:
        _print_json({**summary_row(built, passed), "work": progress.row()})
    else:
        show_summary(built, passed)
    raise typer.Exit(int(built.state == "differs"))


@app.command()
def clean(
    inputs: Inputs,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write to FILE instead of standard output.")
    ] = None,
    form: Annotated[
        Format,
        typer.Option(
            "--format",
            help="json: an object a capture, keys as in the table `articles`; text: title and text; "
            "diff: every line with its label and the reason.",
        ),
    ] = Format.JSON,
    gazetteer: Vocabularies = None,
    column: ColumnNames = None,
    page_timeout: PageTimeout = 60,
    worker_memory: WorkerMemory = 2_000,
) -> None:
    """Run every stage on single captures and show what comes out; no release is written.

    A capture that is no page is reported on standard error, and the exit code is 1.

    Example: [bold]peacetalks clean page.txt --format diff[/]
    """
    with staying():
        from peacetalks.capture.inputs import find_files, is_small_text
        from peacetalks.engine.executors import make_executor
        from peacetalks.engine.limits import Limits
        from peacetalks.engine.work import process_files
        from peacetalks.record import Excluded

    passed: Counter[str] = Counter()
    files = find_files(inputs, _columns(column))
    limits = Limits(seconds=page_timeout, memory=worker_memory * 1_000_000)
    # One small text is read at once: no parser sees it, and a worker would take longer to start than it to be read.
    made = staying() if is_small_text(files) else make_executor("local", 1, None, limits)
    found = False
    with made as executor, _open_output(output) as console:
        for outcome in process_files(files, {}, gazetteer, passed, executor=executor):
            if isinstance(outcome, Excluded):
                found = True
                _err.print(f"{_escape(outcome.source)}: excluded, {outcome.reason}: {_escape(outcome.detail)}")
            else:
                _show_page(outcome, form, console)
    if passed:
        _err.print(f"passed over {count_passed(passed)}")
    raise typer.Exit(int(found))


@app.command()
def evaluate(
    gold: Annotated[
        Path, typer.Option("--gold", metavar="DIR", help="Folder of gold annotations, one JSON file a capture.")
    ] = Path("seeds/gold"),
    captures: Annotated[
        str | None,
        typer.Option(
            "--captures",
            metavar="INPUT",
            help="Their captures, as for `build`; by default DIR itself, or `captures` beside it.",
        ),
    ] = None,
    column: ColumnNames = None,
    errors: Annotated[
        bool, typer.Option("--errors", help="List each mention that was missed or invented, on standard error.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Score the pipeline against gold: precision, recall and F1 of labels, fields and mentions.

    A last table shows how often the model's labels are right, by the score that they carry.

    The gold is never shown to the pipeline. Format and rules of gold are those of seeds/GUIDELINE.md.
    """
    from msgspec import to_builtins

    from peacetalks.capture.gold import read_gold
    from peacetalks.capture.inputs import find_files
    from peacetalks.engine.executors import make_executor
    from peacetalks.evaluate.calibration import calibrate, render_calibration
    from peacetalks.evaluate.cases import make_cases
    from peacetalks.evaluate.report import render_report, report_as_json
    from peacetalks.evaluate.scores import mention_errors, score_cases

    annotations = read_gold(gold)
    files = find_files([captures or str(_captures_of(gold))], _columns(column))
    with make_executor("local", 1, None) as executor:
        cases = make_cases(files, annotations, executor)
    report, bins = score_cases(cases), calibrate(cases)
    for line in (line for case in cases if errors for line in mention_errors(case)):
        _err.print(_escape(line))
    if as_json:
        _print_json({**report_as_json(report), "calibration": to_builtins(bins)})
    else:
        _out.print(render_report(report))
        _out.print(render_calibration(bins))


@contextmanager
def _open_output(path: Path | None) -> Iterator[Console]:
    if path is None:
        yield _out
        return
    from peacetalks._files import naming

    path.parent.mkdir(parents=True, exist_ok=True)
    with naming(path), path.open("w", encoding="utf-8", newline="\n") as file:
        yield Console(file=file, soft_wrap=True, highlight=False)


def _show_page(page: "Page", form: Format, console: Console) -> None:
    from peacetalks.clean.diff import render_diff
    from peacetalks.engine.page import page_row

    if form is Format.DIFF:
        console.rule(_escape(page.article.source), align="left")
        console.print(render_diff(page.segments))
    elif form is Format.TEXT:
        title = f"{page.article.title}\n\n" if page.article.title else ""
        console.file.write(f"{title}{page.article.text}\n\n")
    else:
        console.file.write(json.dumps(page_row(page), ensure_ascii=False) + "\n")


def _captures_of(gold: Path) -> Path:
    beside = gold.resolve().parent / "captures"
    return beside if beside.is_dir() and not any(gold.glob("*.txt")) else gold


def _require_version(version: str) -> None:
    if not re.fullmatch(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)", version):
        raise InputError(f"--version {version!r}: expected MAJOR.MINOR.PATCH, such as 0.2.0")
