"""Commands on pages that are known of: list them, and fetch their captures from web archives."""

import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from peacetalks.commands.console import AsJson, err, escape, out, print_json
from peacetalks.errors import InputError

if TYPE_CHECKING:
    from peacetalks.fetch.journal import Entry
    from peacetalks.fetch.run import Fetched

app = typer.Typer()


@app.command()
def catalogue(
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write to FILE instead of standard output.")
    ] = None,
    language: Annotated[
        list[str] | None, typer.Option("--language", metavar="TAG", help="Pages in this language, such as en.")
    ] = None,
    conference: Annotated[
        list[str] | None, typer.Option("--conference", metavar="ID", help="Pages on this event or series.")
    ] = None,
    kind: Annotated[
        list[str] | None,
        typer.Option("--kind", metavar="KIND", help="news, wire-copy, official, analysis or aggregator."),
    ] = None,
    dated: Annotated[bool, typer.Option("--dated", help="Pages whose day is known.")] = False,
    gazetteer: Annotated[
        Path | None,
        typer.Option("--gazetteer", metavar="DIR", help="Another peace process: the folder of its vocabularies."),
    ] = None,
) -> None:
    """List pages on the process, a JSON object a line: facts without any text, for `fetch` to look up.

    An option that is given several times takes pages of any of its values.

    Example: [bold]peacetalks catalogue --language en --conference geneva-2-2014 -o pages.jsonl[/]
    """
    import msgspec

    from peacetalks._files import write_atomic
    from peacetalks.registry.catalogue import load_catalogue, names_of
    from peacetalks.registry.gazetteer import load_gazetteer

    known = load_gazetteer(gazetteer)
    unknown = sorted({*(conference or [])} - known.events.keys() - known.series.keys())
    if unknown:
        raise InputError(f"--conference {', '.join(unknown)}: neither an event nor a series of conferences.toml")
    records = [
        record
        for record in load_catalogue(gazetteer)
        if (not language or record.language in language)
        and (not conference or not names_of(record, known).isdisjoint(conference))
        and (not kind or record.kind in kind)
        and (not dated or record.day is not None)
    ]
    if not records:
        raise InputError("no page of the catalogue is such; leave an option out")
    lines = b"".join(msgspec.json.encode(record) + b"\n" for record in records)
    if output is None:
        typer.echo(lines, nl=False)
    else:
        write_atomic(output, lines)
        err.print(f"{len(records)} pages in {escape(str(output))}")


@app.command()
def fetch(
    pages: Annotated[
        Path,
        typer.Argument(
            metavar="CATALOGUE",
            help="A table as `catalogue` writes it (lines with `url`), or a release, stand-off or full.",
        ),
    ],
    to: Annotated[Path, typer.Argument(metavar="OUT", help="Folder for the captures: OUT/warc, and OUT/fetch.jsonl.")],
    archive: Annotated[
        list[str] | None,
        typer.Option(
            "--archive",
            metavar="URL",
            help="internet-archive, common-crawl, or the address of a pywb collection; several are asked in turn.",
        ),
    ] = None,
    articles: Annotated[
        bool, typer.Option("--articles", help="Of a release, take the pages of its articles, and not its catalogue.")
    ] = False,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="Take no more than so many of the pages.")] = None,
    delay: Annotated[
        float, typer.Option("--delay", min=0, help="Seconds between two requests; never less than the archive's own.")
    ] = 2.0,
    megabytes: Annotated[
        int, typer.Option("--megabytes", min=1, help="End the run after so much was received.")
    ] = 2000,
    contact: Annotated[
        str | None,
        typer.Option("--contact", metavar="ADDRESS", help="Tell archives how to reach you: a mail or web address."),
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="Ask again for pages that were missing or refused.")] = False,
    live: Annotated[
        bool, typer.Option("--live", help="Ask the sites themselves for what no archive has. Off: no site is asked.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Fetch captures of known pages from web archives, as WARC files that `build` and `rehydrate` read.

    Of each page the capture nearest after its day is taken. One request is made at a time, with pauses; robots.txt and
    what an archive asks for are respected. A run that was cut goes on where it stopped. The exit code is 1 unless all
    pages were found.

    found: the page. changed: it leads to another address, or has other bytes than the archive's index names.
    missing: no archive has it. refused: it may not be had. failed: no usable answer; the next run asks again.

    Example: [bold]peacetalks fetch pages.jsonl captures --archive internet-archive --contact me@example.org[/]
    """
    try:
        from peacetalks.fetch.client import Manners
        from peacetalks.fetch.run import fetch_pages
        from peacetalks.fetch.wanted import read_wanted
    except ModuleNotFoundError:
        raise InputError("fetch needs the extra: pip install 'peacetalks[fetch]'") from None
    from peacetalks.registry.archives import find_archive
    from peacetalks.release.lock import hold

    archives = [find_archive(name) for name in archive or []]
    manners = Manners(delay=delay, total_bytes=megabytes * 1_000_000, contact=contact)
    wanted = read_wanted(pages, articles_only=articles)[:limit]
    with hold(to, work="run"):
        done = fetch_pages(wanted, to, archives, manners, live=live, again=again, progress=_show_entry)
    if as_json:
        from msgspec import to_builtins

        print_json(to_builtins(done))
    else:
        _show(done, len(wanted), to)
    found_all = len(done.entries) == len(wanted) and all(entry.outcome == "found" for entry in done.entries)
    raise typer.Exit(int(not found_all))


def _show_entry(entry: "Entry") -> None:
    day = datetime.date.fromisoformat(entry.taken[:10]).isoformat() if entry.taken else "-"
    err.print(f"{entry.outcome:<8} {day:<10} {escape(entry.url[:150])}{f': {escape(entry.why)}' if entry.why else ''}")


def _show(done: "Fetched", wanted: int, to: Path) -> None:
    from peacetalks.fetch.journal import count_outcomes

    counts = ", ".join(f"{outcome} {count}" for outcome, count in count_outcomes(done.entries).items())
    out.print(f"{counts} of {wanted} pages; asked for {done.asked} now, {done.received / 1e6:,.1f} MB")
    if done.stopped:
        out.print(f"stopped: {escape(done.stopped)}")
    out.print(f"captures in {escape(str(to / 'warc'))}, what became of each page in {escape(str(to / 'fetch.jsonl'))}")
