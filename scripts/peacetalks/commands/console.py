"""Where commands write: results to standard output, progress and log to standard error."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

if TYPE_CHECKING:
    from peacetalks.capture.tables import Columns

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)

_CAPTURES = typer.Argument(
    metavar="INPUT",
    help="Captures: files, folders, patterns or addresses (s3://, gs://, az://, hf://, https://) of .txt and .html "
    "pages, .warc and .wet crawls, .jsonl and .parquet tables; packed as .gz or .zst too.",
)
Inputs = Annotated[list[str], _CAPTURES]
AnyInputs = Annotated[list[str] | None, _CAPTURES]
ColumnNames = Annotated[
    list[str] | None,
    typer.Option(
        "--column",
        metavar="FIELD=NAME",
        help="What a table calls a field: text, html, id, url, published or captured. Each bears its own name by "
        "default. Can be given again.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a program instead of tables for a reader.")]

Vocabularies = Annotated[
    Path | None,
    typer.Option(
        "--gazetteer",
        metavar="DIR",
        help="Another peace process: a folder with its conferences.toml and, beside it, actors.toml and topic.toml.",
    ),
]

PageTimeout = Annotated[
    float,
    typer.Option(
        "--page-timeout", metavar="SECONDS", min=1, help="How long a page may take before it is set aside as `timeout`."
    ),
]
WorkerMemory = Annotated[
    int,
    typer.Option(
        "--worker-memory", metavar="MB", min=400, help="Memory of a worker; a page that needs more is set aside."
    ),
]


def columns(named: list[str] | None) -> "Columns":
    """Return the names of the columns of tables; InputError where a field is none."""
    from peacetalks.capture.tables import Columns
    from peacetalks.errors import InputError

    pairs = [word.partition("=") for word in named or []]
    for field, _, name in pairs:
        if field not in Columns.__struct_fields__ or not name:
            expected = ", ".join(Columns.__struct_fields__)
            raise InputError(f"--column {field}={name}: expected FIELD=NAME, with one of the fields {expected}")
    return Columns(**{field: name for field, _, name in pairs})


def print_json(value: object) -> None:
    """Print a value as JSON on standard output, with what could steer a terminal as JSON's own escapes."""
    from peacetalks.clean.diff import visible

    typer.echo(visible(json.dumps(value, ensure_ascii=False, indent=2, default=str)))


def escape(text: str) -> str:
    """Return a text that can neither steer a terminal nor be taken for markup."""
    from peacetalks.clean.diff import markup

    return markup(text)
