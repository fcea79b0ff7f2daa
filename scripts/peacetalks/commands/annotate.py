"""Commands for annotators: pages out to their tools and back, and what two of them make of the same pages."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from peacetalks.commands.console import AsJson, ColumnNames, Vocabularies, columns, err, escape, out, print_json
from peacetalks.errors import InputError

if TYPE_CHECKING:
    from peacetalks.annotation.compare import Agreement
    from peacetalks.annotation.documents import Document
    from peacetalks.record import Gold
    from peacetalks.registry.gazetteer import Gazetteer

app = typer.Typer(no_args_is_help=True)


class Tool(StrEnum):
    """A tool that annotators work with."""

    LABEL_STUDIO = "label-studio"
    INCEPTION = "inception"
    SPACY = "spacy"
    BRAT = "brat"


@app.callback()
def _annotate() -> None:
    """Hand pages out to annotators, take their work back, and compare what two of them made of it."""


@app.command("export")
def export(
    source: Annotated[
        str,
        typer.Argument(
            metavar="INPUT", help="Captures, as for `build`; or a folder of gold; or a folder of a release."
        ),
    ],
    to_folder: Annotated[Path, typer.Argument(metavar="OUT", help="New folder for the tool's files and pages.jsonl.")],
    to: Annotated[Tool, typer.Option("--to", help="The annotators' tool.")],
    gazetteer: Vocabularies = None,
    column: ColumnNames = None,
) -> None:
    """Write pages as files of an annotation tool: labels of lines, mentions with their links, fields of the page.

    Of captures and releases the annotator gets what the program found, to correct it. Keep OUT/pages.jsonl: it says
    what was handed out, and `annotate import` holds the tool's files against it.

    Example: [bold]peacetalks annotate export seeds/captures handed-out --to label-studio[/]
    """
    from peacetalks._files import write_atomic
    from peacetalks.annotation.files import HANDED_OUT, encode_pages
    from peacetalks.annotation.pages import show_page
    from peacetalks.registry.gazetteer import load_gazetteer

    if to_folder.exists() and (not to_folder.is_dir() or any(to_folder.iterdir())):
        raise InputError(f"{to_folder}: holds something already; name a new folder, for annotations may be in this one")
    pages = _pages(source, column, gazetteer)
    documents = [show_page(page) for page in pages]
    files = _written(documents, to, load_gazetteer(gazetteer))
    for name, data in {HANDED_OUT: encode_pages(pages), **files}.items():
        write_atomic(to_folder / name, data)
    out.print(f"{len(pages)} pages for {to} in {escape(str(to_folder))}: {escape(_listed([HANDED_OUT, *files]))}")


@app.command("import")
def import_(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...",
            help="What the tool exported: Label Studio's JSON, a UIMA CAS, .spacy, brat's .ann; or folders.",
        ),
    ],
    to_folder: Annotated[
        Path, typer.Option("-o", "--output", metavar="OUT", help="Folder for the gold: OUT/ANNOTATOR/NAME.json.")
    ] = Path("annotated"),
    pages: Annotated[
        Path | None,
        typer.Option(
            "--pages", metavar="FILE", help="pages.jsonl of `annotate export`; by default beside the first FILE."
        ),
    ] = None,
    annotator: Annotated[
        str | None, typer.Option("--annotator", metavar="MARK", help="Who annotated it, where the tool does not say.")
    ] = None,
    gazetteer: Vocabularies = None,
) -> None:
    """Turn what annotators made in their tool into gold, one JSON file a page.

    A page whose text is not the one that was handed out is refused, and so is a span whose words do not stand where it
    says. The exit code is 1 where a page was refused; the others are written all the same.

    Example: [bold]peacetalks annotate import handed-out/project-1.json -o annotated --annotator A2[/]
    """
    from peacetalks._files import write_atomic
    from peacetalks.annotation.files import (
        HANDED_OUT,
        find_annotated,
        gold_bytes,
        gold_name,
        read_annotated,
        read_pages,
    )
    from peacetalks.annotation.taking import take
    from peacetalks.registry.gazetteer import load_gazetteer
    from peacetalks.registry.outlets import load_outlets

    first = files[0] if files[0].is_dir() else files[0].parent
    handed = read_pages(pages or first / HANDED_OUT)
    read = [item for path in find_annotated(files) for item in read_annotated(path)]
    outcome = take(read, handed, load_gazetteer(gazetteer), load_outlets(), annotator=annotator)
    for page in outcome.gold:
        write_atomic(to_folder / page.annotator / gold_name(page), gold_bytes(page))
    for refused in outcome.refused:
        err.print(f"{escape(refused.task)}: refused: {escape(refused.reason)}")
    for name in sorted({page.annotator for page in outcome.gold}):
        count = sum(page.annotator == name for page in outcome.gold)
        out.print(f"{count} pages in {escape(str(to_folder / name))}")
    out.print(f"{len(outcome.refused)} refused, {outcome.open} not annotated yet, of {len(handed)} handed out")
    raise typer.Exit(int(bool(outcome.refused)))


@app.command("compare")
def compare(
    a: Annotated[Path, typer.Argument(metavar="A", help="Folder of one annotator's gold.")],
    b: Annotated[Path, typer.Argument(metavar="B", help="Folder of the other's.")],
    output: Annotated[
        Path | None,
        typer.Option(
            "-o", "--output", metavar="FILE", help="Write the differences to FILE (TOML), to be decided there."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show how far two annotators agree, and list every place where they do not.

    Cohen's kappa of the labels of lines; F1 of spans by their exact ends; the share of common spans with the same link,
    basis and stage; the share of pages with the same value of each field. The exit code is 1 where they differ.

    Example: [bold]peacetalks annotate compare annotated/A1 annotated/A2 -o differences.toml[/]
    """
    from msgspec import to_builtins

    from peacetalks._files import write_atomic
    from peacetalks.annotation.adjudicate import write_differences
    from peacetalks.annotation.compare import compare as compare_gold
    from peacetalks.capture.gold import read_gold

    figures, found = compare_gold(read_gold(a), read_gold(b))
    if output is not None:
        if output.exists():
            raise InputError(f"{output}: exists already, and may hold decisions; name another file")
        write_atomic(output, write_differences(found))
    if as_json:
        print_json({"agreement": to_builtins(figures), "differences": to_builtins(found)})
    else:
        _show(figures)
        for one in found if output is None else []:
            out.print(escape(f"{one.source}: {one.topic} {one.place}: A {one.a or '-'} | B {one.b or '-'}"))
        out.print(f"{len(found)} differences{f' in {escape(str(output))}, to be decided there' if output else ''}")
    raise typer.Exit(int(bool(found)))


@app.command("adjudicate")
def adjudicate(
    a: Annotated[Path, typer.Argument(metavar="A", help="Folder of one annotator's gold.")],
    b: Annotated[Path, typer.Argument(metavar="B", help="Folder of the other's.")],
    decisions: Annotated[Path, typer.Argument(metavar="FILE", help="The differences, each with its decision.")],
    to_folder: Annotated[Path, typer.Argument(metavar="OUT", help="Folder for the gold, such as seeds/gold.")],
    annotator: Annotated[str, typer.Option("--annotator", metavar="MARK", help="Who decided.")],
    gazetteer: Vocabularies = None,
) -> None:
    """Write the gold that two annotators and the decisions between them make; it names all who read the page.

    Example: [bold]peacetalks annotate adjudicate annotated/A1 annotated/A2 differences.toml gold --annotator A3[/]
    """
    from peacetalks._files import write_atomic
    from peacetalks.annotation.adjudicate import adjudicate as decide
    from peacetalks.annotation.adjudicate import read_decisions
    from peacetalks.annotation.files import gold_bytes, gold_name
    from peacetalks.capture.gold import read_gold
    from peacetalks.registry.gazetteer import load_gazetteer
    from peacetalks.registry.outlets import load_outlets

    if not decisions.is_file():
        raise InputError(f"{decisions}: no such file; `annotate compare A B -o FILE` writes it")
    found = read_decisions(decisions.read_bytes(), decisions.name)
    known = load_gazetteer(gazetteer)
    made = decide(read_gold(a), read_gold(b), found, annotator=annotator, gazetteer=known, outlets=load_outlets())
    for page in made:
        write_atomic(to_folder / gold_name(page), gold_bytes(page))
    out.print(f"{len(made)} pages in {escape(str(to_folder))}, {len(found)} differences decided by {escape(annotator)}")


def _pages(source: str, column: list[str] | None, vocabularies: Path | None) -> "list[Gold]":
    """Return the pages of a release, of a folder of gold, or of captures."""
    folder = Path(source)
    if (folder / "manifest.json").is_file():
        return _of_release(folder)
    if folder.is_dir() and any(folder.glob("*.json")):
        from peacetalks.capture.gold import read_gold

        return sorted(read_gold(folder).values(), key=lambda page: (page.source, page.id))
    from collections import Counter

    from peacetalks.annotation.pages import propose
    from peacetalks.capture.inputs import find_files
    from peacetalks.engine.executors import make_executor
    from peacetalks.engine.work import process_files
    from peacetalks.record import Excluded

    pages: dict[str, Gold] = {}
    files = find_files([source], columns(column))
    with make_executor("local", 1, None) as executor:
        for outcome in process_files(files, {}, vocabularies, Counter(), executor=executor):
            if isinstance(outcome, Excluded):
                err.print(f"{escape(outcome.source)}: excluded, {outcome.reason}: {escape(outcome.detail)}")
            else:
                page = propose(outcome.article, outcome.segments, on_topic=outcome.on_topic)
                pages.setdefault(page.id, page)
    if not pages:
        raise InputError(f"{source}: none of the captures is a page, so that there is nothing to annotate")
    return list(pages.values())


def _of_release(folder: Path) -> "list[Gold]":
    from collections import defaultdict

    from peacetalks.annotation.pages import propose
    from peacetalks.curate.topic import judge_topic
    from peacetalks.record import Article, Segment, SegmentRow
    from peacetalks.release.manifest import read_manifest
    from peacetalks.release.standoff import read_rows
    from peacetalks.release.tables import all_rows

    manifest = read_manifest(folder)
    if manifest.edition != "full":
        raise InputError(f"{folder}: an edition without its words; `rehydrate` puts them back")
    rows = read_rows(folder)
    segments: dict[str, list[Segment]] = defaultdict(list)
    for row in all_rows(rows, "segments", SegmentRow):
        segments[row.article].append(row)
    articles = sorted(all_rows(rows, "articles", Article), key=lambda row: (row.source, row.id))
    return [
        propose(
            article,
            sorted(segments[article.id], key=lambda segment: segment.n),
            on_topic=judge_topic(article.text, article.title, article.mentions)[0],
        )
        for article in articles
    ]


def _written(documents: "list[Document]", tool: Tool, gazetteer: "Gazetteer") -> dict[str, bytes]:
    if tool is Tool.LABEL_STUDIO:
        from peacetalks.annotation.label_studio import write_tasks

        return write_tasks(documents, gazetteer)
    if tool is Tool.BRAT:
        from peacetalks.annotation.brat import write_standoff_files

        return write_standoff_files(documents, gazetteer)
    if tool is Tool.INCEPTION:
        from peacetalks.annotation.inception import write_cas

        return write_cas(documents)
    from peacetalks.annotation.spacy_docs import write_docs

    files, loose = write_docs(documents)
    if loose:
        err.print(f"{loose} spans do not end where tokens do: they stand in user_data alone, and come back from there")
    return files


def _show(figures: "Agreement") -> None:
    from rich.table import Table

    a, b = (", ".join(names) for names in figures.annotators)
    out.print(escape(f"A is {a}, B is {b}; {figures.pages} pages, {figures.lines} lines"))
    in_a, in_b, both = figures.spans
    rows = [
        ("labels of lines, the same", figures.same_label),
        ("labels of lines, kappa", figures.kappa),
        *((f"  {label}, kappa", value) for label, value in figures.kappa_of.items()),
        (f"spans, F1 ({in_a} in A, {in_b} in B, {both} in both)", figures.span_f1),
        ("links of common spans, the same", figures.links),
        ("basis of common spans, the same", figures.bases),
        ("stage of common spans, the same", figures.stages),
        *((f"{name}, pages the same", value) for name, value in figures.fields.items()),
    ]
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column()
    table.add_column(justify="right")
    for name, value in rows:
        table.add_row(name, "-" if value is None else f"{value:.3f}")
    out.print(table)


def _listed(names: list[str]) -> str:
    return ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
