"""Commands on finished releases: compare, cite, share, take down and explore."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from peacetalks.commands.console import AsJson, ColumnNames, columns, err, escape, out, print_json
from peacetalks.engine.signals import Stopped

if TYPE_CHECKING:
    from collections.abc import Generator

    from peacetalks.capture.inputs import InputFile
    from peacetalks.record import Capture

app = typer.Typer()

Release = Annotated[Path, typer.Argument(metavar="RELEASE", help="Folder of a release, such as corpus/1.0.0.")]


class CiteFormat(StrEnum):
    """How `cite` writes a citation."""

    BIBTEX = "bibtex"
    APA = "apa"
    CFF = "cff"


@app.command()
def diff(
    old: Annotated[Path, typer.Argument(metavar="OLD", help="Folder of the older release.")],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="Folder of the newer release.")],
    as_json: AsJson = False,
) -> None:
    """List what changed between two releases, and the smallest version that the change allows.

    Rows are added, removed, corrected (field by field) or moved to another split. The exit code is 1 where any differs.
    Both have to be of one edition.

    Example: [bold]peacetalks diff corpus/1.0.0 corpus/2.0.0[/]
    """
    import msgspec

    from peacetalks.curate.version_names import version_key
    from peacetalks.errors import ReleaseError
    from peacetalks.release.compare import diff_data
    from peacetalks.release.history import STABLE
    from peacetalks.release.manifest import read_manifest
    from peacetalks.release.versions import smallest_legal, summarise

    manifest, newer = read_manifest(old), read_manifest(new)
    if manifest.edition != newer.edition:
        raise ReleaseError(
            f"{old}: is the {manifest.edition} edition, {new} the {newer.edition} one: compare like with like"
        )
    found = diff_data(old, new)
    legal = smallest_legal(manifest.version, found)
    if as_json:
        print_json({"bump": found.bump, "smallest_version": legal, **msgspec.to_builtins(found)})
    else:
        for name, table in found.tables.items():
            for word, keys in (("added", table.added), ("removed", table.removed)):
                out.print("".join(f"{word:<10} {name} {escape(key)}\n" for key in keys), end="")
            for key, (was, now) in table.moved.items():
                out.print(f"{'moved':<10} {name} {escape(key)}: {was} to {now}")
            for key, corrections in table.corrected.items():
                for one in corrections:
                    was, now = (escape(_short(value)) for value in (one.old, one.new))
                    out.print(f"{'corrected':<10} {name} {escape(key)}: {one.field}: {was} to {now}")
            for column in table.columns:
                out.print(f"{'column':<10} {name} {column}")
        out.print(escape(summarise(found)))
        kind = f"a {found.bump} change" if version_key(manifest.version) >= STABLE else "a preview promises nothing"
        out.print(f"{kind}; the smallest version that may follow {manifest.version} is {legal}")
    raise typer.Exit(int(bool(found.tables)))


@app.command()
def cite(
    release: Annotated[
        Path | None, typer.Argument(metavar="[RELEASE]", help="Folder of a release; the newest of `corpus` by default.")
    ] = None,
    form: Annotated[CiteFormat, typer.Option("--format", help="Form of the citation.")] = CiteFormat.BIBTEX,
) -> None:
    """Print how to cite a release, with its version, its day and the digest of its content.

    Example: [bold]peacetalks cite corpus/1.0.0 --format apa[/]
    """
    from peacetalks.release.citation import Citation, cite_apa, cite_bibtex, cite_cff
    from peacetalks.release.manifest import newest_release, read_manifest

    manifest = read_manifest(release or newest_release(Path("corpus")))
    citation = Citation(version=manifest.version, released=manifest.released, digest=manifest.digest)
    write = {CiteFormat.BIBTEX: cite_bibtex, CiteFormat.APA: cite_apa, CiteFormat.CFF: cite_cff}[form]
    typer.echo(write(citation), nl=False)


@app.command()
def agreement(release: Release, as_json: AsJson = False) -> None:
    """Compare what was read off each page with what the catalogue has of it, outlet by outlet.

    Days, credits, languages and outlets that agree or differ, and conferences of a record that its article lacks. A
    fact that was taken from the record, or that the page does not tell, is counted apart. The exit code is 1 where
    anything differs.

    Example: [bold]peacetalks agreement my-corpus/0.1.0[/]
    """
    import msgspec

    from peacetalks.release.agreement import by_outlet, compare_records, count_verdicts
    from peacetalks.release.versions import read_tables

    compared = compare_records(read_tables(release))
    differing = [one for one in compared if one.verdict == "differs"]
    if as_json:
        outlets = by_outlet(compared)
        print_json({"all": count_verdicts(compared), "outlets": outlets, "differing": msgspec.to_builtins(differing)})
    else:
        for name, counts in by_outlet(compared).items():
            out.print(f"{escape(name)}: {', '.join(f'{what} {count}' for what, count in counts.items())}")
        for one in differing:
            out.print(f"differs: {one.article} {one.topic}: {escape(one.read or '-')}, the catalogue has {one.known}")
            out.print(f"         {escape(one.url)}")
        pages = len({one.article for one in compared})
        totals = ", ".join(f"{what} {count}" for what, count in count_verdicts(compared).items())
        out.print(f"{pages} pages of the catalogue are articles{f': {totals}' if totals else ''}")
    raise typer.Exit(int(bool(differing)))


@app.command()
def standoff(
    release: Release,
    to: Annotated[
        Path, typer.Argument(metavar="OUT", help="Folder of stand-off editions; the new one is OUT/VERSION.")
    ],
) -> None:
    """Write the edition without the words of the articles: offsets, labels, links and digests.

    No text can be read from it, so that it may be passed on; `rehydrate` puts the words back.

    Example: [bold]peacetalks standoff corpus/1.0.0 standoff[/]
    """
    from peacetalks.release.lock import hold
    from peacetalks.release.standoff import write_standoff

    with hold(to, work="command"):
        path = write_standoff(release, to)
    out.print(f"{escape(path.as_posix())}: stand-off edition of {escape(release.as_posix())}")


@app.command()
def rehydrate(
    standoff: Annotated[Path, typer.Argument(metavar="STANDOFF", help="Folder of a stand-off edition.")],
    captures: Annotated[
        list[str], typer.Argument(metavar="CAPTURES", help="Your own captures of its articles, as for `build`.")
    ],
    to: Annotated[Path, typer.Argument(metavar="OUT", help="Folder of full editions; the new one is OUT/VERSION.")],
    column: ColumnNames = None,
    as_json: AsJson = False,
) -> None:
    """Put the words back into a stand-off edition, from your own captures, and say of each article what came of it.

    recovered: as it was, by its digests. changed: the page has other words now; what could be found again is there.
    missing: no capture of it was given. The exit code is 1 unless all were recovered.

    Example: [bold]peacetalks rehydrate standoff/2.0.0 my-captures full[/]
    """
    from contextlib import closing

    import msgspec

    from peacetalks.capture.inputs import find_files
    from peacetalks.release.lock import hold
    from peacetalks.release.rehydrate import rehydrate as put_back

    files = find_files(captures, columns(column))
    with hold(to, work="command"), closing(_read(files)) as found:
        done = put_back(standoff, found, to)
    if as_json:
        print_json(msgspec.to_builtins(done, enc_hook=Path.as_posix))
    else:
        for name, change in done.changed.items():
            counts = f"mentions found {change.found}, lost {change.lost}"
            out.print(f"changed    {name} {escape(change.source)}: {change.why}; {counts}")
        for name in done.missing:
            out.print(f"missing    {name}")
        out.print(f"recovered {len(done.recovered)}, changed {len(done.changed)}, missing {len(done.missing)}")
        state = "the rows are those" if done.identical else "not all rows are those"
        out.print(f"{escape(done.path.as_posix())}: {state} of the full release")
    raise typer.Exit(int(bool(done.changed or done.missing)))


def _read(files: "list[InputFile]") -> "Generator[Capture, None, None]":
    """Yield the captures of files, read by a worker that ends with the last."""
    from peacetalks.engine.executors import make_executor
    from peacetalks.engine.work import read_captures
    from peacetalks.record import Capture

    with make_executor("local", 1, None) as executor:
        yield from (item for item in read_captures(files, executor=executor) if isinstance(item, Capture))


@app.command()
def takedown(
    articles: Annotated[list[str], typer.Argument(metavar="ID...", help="Ids of the articles.")],
    folder: Annotated[Path, typer.Option("--out", help="Folder of releases, and of the list.")] = Path("corpus"),
) -> None:
    """Put articles and their copies on the takedown list: the next version is a major one, without them.

    The list names digests and no one. Each leaves a tombstone in `excluded`, and no later build lets it back in.

    Example: [bold]peacetalks takedown 2a7f25ed31f3cbb0 --out corpus[/]
    """
    from peacetalks.release.lock import hold
    from peacetalks.release.takedown import take_down

    with hold(folder, work="build"):
        gone, version = take_down(folder, articles)
    out.print(f"{len(gone)} articles on the list: {', '.join(gone)}")
    out.print(f"now build version {version} or higher: peacetalks build ... --out {folder} --version {version}")


@app.command()
def publish(
    release: Release,
    destination: Annotated[
        str,
        typer.Argument(metavar="DEST", help="hf://datasets/OWNER/NAME, a folder, or a store such as s3://bucket/x."),
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be sent, and send nothing.")] = False,
    has_rights: Annotated[
        bool,
        typer.Option("--i-have-the-rights", help="Publish texts that are not free to pass on: you answer for them."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Publish a sound release: data first, manifest last, never over another one.

    Where texts may not be passed on, the stand-off edition is published in place of the full one.
    It is safe to run again after a cut. On the Hub a release is one commit with the tag vX.Y.Z.

    Example: [bold]peacetalks publish corpus/1.0.0 hf://datasets/someone/peacetalks --dry-run[/]
    """
    import msgspec

    from peacetalks.release.publish import publish_release

    done = publish_release(release, destination, has_rights=has_rights, dry_run=dry_run)
    if as_json:
        print_json({**msgspec.to_builtins(done), "dry_run": dry_run})
        return
    if done.withheld:
        terms = ", ".join(f"{name} {count}" for name, count in done.withheld.items())
        out.print(f"texts that may not be passed on: {terms}; so the stand-off edition goes out")
    for name in done.sent:
        out.print(f"{'would send' if dry_run else 'sent'} {escape(name)}")
    state = "is there already" if done.already_there else "not sent: a dry run" if dry_run else "published"
    out.print(f"{escape(done.address)}: {done.edition} edition, {state}")


@app.command()
def explore(
    release: Annotated[
        Path | None, typer.Argument(metavar="[RELEASE]", help="Folder of a release; the newest of `corpus` by default.")
    ] = None,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Port on 127.0.0.1; 0 takes any.")] = 8765,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the page in a browser.")] = True,
) -> None:
    """Show a release in a browser: filters, full text, timeline, articles with their mentions and captures.

    It is served on this machine alone, and nothing leaves it. Stop it with Ctrl+C.

    Example: [bold]peacetalks explore corpus/1.0.0[/]
    """
    import webbrowser
    from threading import Event

    from peacetalks.explorer.serve import serve_release
    from peacetalks.release.manifest import newest_release

    folder = release or newest_release(Path("corpus"))
    try:
        with serve_release(folder, port) as address:
            typer.echo(address)
            err.print(f"{escape(folder.as_posix())}: stop with Ctrl+C")
            if browser:
                webbrowser.open(address)
            Event().wait()
    except Stopped:
        err.print("stopped")


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
