"""The command that checks a finished release."""

from pathlib import Path
from typing import Annotated

import typer

from peacetalks.commands.console import AsJson, ColumnNames, Vocabularies, columns, escape, out, print_json

app = typer.Typer()


@app.command()
def validate(
    release: Annotated[Path, typer.Argument(metavar="RELEASE", help="Folder of a release, such as corpus/1.0.0.")],
    rebuild: Annotated[
        list[str] | None,
        typer.Option("--rebuild", metavar="INPUT", help="Build it again from these captures, and compare every byte."),
    ] = None,
    gold: Annotated[
        Path | None, typer.Option("--gold", metavar="DIR", help="The gold that it was built with, for --rebuild.")
    ] = None,
    gazetteer: Vocabularies = None,
    column: ColumnNames = None,
    workers: Annotated[int, typer.Option("--workers", min=1, help="Processes to use for --rebuild.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Check a release: files, schemas, texts, offsets, audit, splits and rights.

    Each finding names the id of the check. The exit code is 1 where anything was found.

    Example: [bold]peacetalks validate my-corpus/0.1.0 --rebuild my-captures[/]
    """
    from peacetalks._arrow import give_back_at_once
    from peacetalks.release.validate import CHECKS, validate_release

    give_back_at_once()
    findings = validate_release(release)
    if rebuild and not any(finding.check == "manifest-schema" for finding in findings):
        from peacetalks.capture.gold import read_gold
        from peacetalks.capture.inputs import find_files
        from peacetalks.engine.executors import make_executor
        from peacetalks.engine.limits import WRITING
        from peacetalks.evaluate.report import score_gold
        from peacetalks.rebuild import rebuild_release

        annotations = read_gold(gold) if gold else {}
        files = find_files(rebuild, columns(column))
        with (
            make_executor("local", workers, None) as executor,
            make_executor("local", workers, None, WRITING) as writers,
        ):
            findings += rebuild_release(release, files, annotations, score_gold, gazetteer, executor, writers)
    if as_json:
        print_json(
            {
                "release": release.as_posix(),
                "checks": {name: check.level for name, check in CHECKS.items()},
                "rebuilt": bool(rebuild),
                "findings": [{"check": finding.check, "message": finding.message} for finding in findings],
            }
        )
    else:
        for finding in findings:
            out.print(f"[red]{finding.check}[/]: {escape(finding.message)}")
        ran = f"{len(CHECKS)} checks{' and a rebuild' if rebuild else ''}"
        out.print(f"{escape(release.as_posix())}: {ran}, {len(findings) or 'no'} findings")
    raise typer.Exit(int(bool(findings)))


@app.command()
def contacts(
    release: Annotated[Path, typer.Argument(metavar="RELEASE", help="Folder of a full release, such as corpus/1.0.0.")],
    as_json: AsJson = False,
) -> None:
    """List where e-mail addresses and telephone numbers stand in a release: bylines, comments, texts.

    Each line names article, segment, label and kind, and never the contact itself. `build --drop-contacts` makes a
    release without them; that of other people is an article that may have to be taken down. The exit code is 1 where
    anything was found.

    Example: [bold]peacetalks contacts corpus/1.0.0[/]
    """
    from peacetalks.clean.contacts import find_contacts
    from peacetalks.errors import ReleaseError
    from peacetalks.release.manifest import read_manifest
    from peacetalks.release.versions import read_tables

    if read_manifest(release).edition != "full":
        raise ReleaseError(f"{release}: is a stand-off edition, which has no words to look into")
    rows = [row for table in read_tables(release)["segments"].values() for row in table.to_pylist()]
    found = [
        {"article": row["article"], "segment": row["n"], "label": row["label"], "kind": contact.kind}
        for row in sorted(rows, key=lambda row: (row["article"], row["n"]))
        for contact in find_contacts(row["raw"])
    ]
    if as_json:
        print_json({"release": release.as_posix(), "contacts": found})
    else:
        for one in found:
            out.print(f"{one['article']} segment {one['segment']}, {one['label']}: {one['kind']}")
        out.print(f"{escape(release.as_posix())}: {len(found) or 'no'} contacts")
    raise typer.Exit(int(bool(found)))
