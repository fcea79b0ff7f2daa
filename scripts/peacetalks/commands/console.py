"""Where commands write: results to standard output, progress and log to standard error."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a program instead of tables for a reader.")]

Vocabularies = Annotated[
    Path | None,
    typer.Option(
        "--gazetteer",
        metavar="DIR",
        help="Another peace process: a folder with its conferences.toml and, beside it, actors.toml and topic.toml.",
    ),
]


def print_json(value: object) -> None:
    """Print a value as JSON on standard output."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def escape(text: str) -> str:
    """Return a text that can neither steer a terminal nor be taken for markup."""
    from peacetalks.clean.diff import markup

    return markup(text)
