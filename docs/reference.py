"""Write docs/commands/*.md and docs/data.md: what the commands and the record types say of themselves.

Run as `python docs/reference.py` after a change of either. The outputs on the pages are those of docs/examples.toml,
run anew each time.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any

import typer.main
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

from peacetalks.cli import app
from peacetalks.registry.reasons import load_reasons
from peacetalks.release.schema import TABLE_NAMES, Field, fields, record_type, type_name
from peacetalks.release.versions import KEYS

_ROOT = Path(__file__).parent.parent
_DOCS = _ROOT / "docs"
Example = dict[str, Any]  # its line for a shell, why it is shown, and how many lines of output are

SEEN = "## Seen"
_NOTE = "<!-- Made by docs/reference.py: change the command or the record type, and run `make docs`. -->\n\n"
_ABOUT = """\
Every table that has rows is a config of the dataset, as in `load_dataset("corpus", "mentions")`; the file of
`excluded` is there without any, too. Types are Arrow's. Offsets are Unicode code points, end exclusive.
`schema/<table>.schema.json` has patterns and bounds as well."""
_TWICE = " What came in twice by one name has a row each time."
_TEMPORAL = (
    "An article again, in splits by time: train before a day, test from it on. Fields and key are those of `articles`."
)


def main() -> None:
    """Write every page anew."""
    commands, examples = find_commands(), read_examples()
    shutil.rmtree(_DOCS / "commands", ignore_errors=True)
    (_DOCS / "commands").mkdir()
    (_DOCS / "commands" / "README.md").write_text(render_index(commands), "utf-8")
    (_DOCS / "data.md").write_text(render_dictionary(), "utf-8")
    for name, command in commands.items():
        parts = [describe(name, command)]
        if name in examples:
            parts += [SEEN, *run_examples(examples[name])]
        page_path(name).write_text("\n\n".join(parts) + "\n", "utf-8")


def find_commands() -> dict[str, TyperCommand]:
    """Return each command by its name, that of a command in a group with the group's before it."""
    return dict(_walk(typer.main.get_command(app)))


def read_examples() -> dict[str, list[Example]]:
    """Return what each page shows, by the command's name."""
    return tomllib.loads((_DOCS / "examples.toml").read_text("utf-8"))


def page_path(name: str) -> Path:
    """Return where the page of a command is."""
    return _DOCS / "commands" / f"{name.replace(' ', '-')}.md"


def render_index(commands: dict[str, TyperCommand]) -> str:
    """Return the page that lists the commands."""
    rows = [
        f"| [{name}]({page_path(name).name}) | {_words(command.help).splitlines()[0]} |"
        for name, command in commands.items()
    ]
    return (
        f"{_NOTE}# Commands\n\nResults go to standard output, progress and log to standard error. Exit codes: 0 done, "
        "1 something was found, 2 wrong use or missing input.\n\n"
        + "\n".join(["| command | what it does |", "|---|---|", *rows])
        + "\n"
    )


def describe(name: str, command: TyperCommand) -> str:
    """Return the part of a command's page that the command itself tells: use, help, arguments and options."""
    arguments = [p for p in command.params if isinstance(p, TyperArgument)]
    options = [p for p in command.params if isinstance(p, TyperOption) and p.name != "help"]
    usage = " ".join([f"peacetalks {name}", *(["[OPTIONS]"] if options else []), *(_operand(p) for p in arguments)])
    parts = [f"{_NOTE}# peacetalks {name}", f"```\n{usage}\n```", _words(command.help)]
    if arguments:
        parts.append(_table("argument", [(f"`{p.metavar or p.name.upper()}`", p.help or "") for p in arguments]))
    if options:
        parts.append(_table("option", [(_flag(p), _meaning(p)) for p in options]))
    return "\n\n".join(parts)


def run_examples(examples: list[Example]) -> Iterator[str]:
    """Yield, for each example, why it is shown, its line and what that prints; all run in one new folder."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ("seeds", "corpus"):
            shutil.copytree(_ROOT / name, Path(folder) / name)
        for example in examples:
            yield str(example["why"])
            yield f"```console\n$ {example['run']}\n{_output(example, folder)}\n```"


def render_dictionary() -> str:
    """Return the page of all tables and their fields, and of the reasons for which a capture is set aside."""
    parts = [f"{_NOTE}# Data dictionary", _ABOUT]
    for table in TABLE_NAMES:
        if table == "temporal":
            parts.append(f"## temporal\n\n{_TEMPORAL}")
            continue
        about = (record_type(table).__doc__ or "").strip()
        twice = _TWICE if table == "excluded" else ""
        parts += [f"## {table}", f"{about} Key: {_key(table)}.{twice}", _fields(fields(table))]
    parts += ["## Reasons in `excluded`", "Why a capture did not become an article; the list is closed.", _reasons()]
    return "\n\n".join(parts) + "\n"


def _walk(group: TyperGroup, above: str = "") -> Iterator[tuple[str, TyperCommand]]:
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from _walk(command, f"{above}{name} ")
        else:
            yield f"{above}{name}", command


def _operand(parameter: TyperArgument) -> str:
    name = (parameter.metavar or parameter.name.upper()).strip("[].")
    name = f"{name}..." if parameter.nargs == -1 else name
    return name if parameter.required else f"[{name}]"


def _flag(option: TyperOption) -> str:
    flags = ", ".join(f"`{flag}`" for flag in option.opts + option.secondary_opts)
    return flags if option.is_flag else f"{flags} {_value(option)}"


def _value(option: TyperOption) -> str:
    kind = option.type_descriptor.annotation
    if isinstance(kind, type) and issubclass(kind, Enum):
        return "\\|".join(str(choice.value) for choice in kind)
    return option.metavar or {int: "N", float: "X"}.get(kind, "TEXT" if kind is str else "PATH")


def _meaning(option: TyperOption) -> str:
    default = option.default.value if isinstance(option.default, Enum) else option.default
    told = default is not None and default is not False and not (option.is_flag and option.secondary_opts)
    return f"{option.help}{f' Default: `{default}`.' if told else ''}"


def _words(text: str) -> str:
    """Return a help text as Markdown: bold is what a reader types."""
    bare = re.sub(r"\[/?bold\]", "`", text.replace("[/]", "`").replace("[bold]", "`"))
    return "\n\n".join(part.strip() for part in bare.strip().split("\n\n"))


def _table(first: str, rows: list[tuple[str, str]]) -> str:
    return "\n".join([f"| {first} | meaning |", "|---|---|", *(f"| {name} | {text} |" for name, text in rows)])


def _output(example: Example, folder: str) -> str:
    paths = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    environment = {**os.environ, "PATH": paths, "COLUMNS": "110", "LC_ALL": "C.UTF-8"}
    done = subprocess.run(
        ["bash", "-c", f"{{ {example['run']}; }} 2>&1"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode not in (0, 1):
        raise SystemExit(f"{example['run']}: exit code {done.returncode}\n{done.stdout}")
    lines = [line.rstrip() for line in done.stdout.replace(folder, ".").splitlines()]
    kept = lines[: example.get("head", len(lines))]
    rest = len(lines) - len(kept)
    return "\n".join(
        [
            *kept,
            *([f"... {rest} more lines"] if rest else []),
            *([f"# exit code {done.returncode}"] if done.returncode else []),
        ]
    )


def _key(table: str) -> str:
    return ", ".join(f"`{name}`" for name in KEYS[table])


def _fields(columns: list[Field]) -> str:
    rows = ["| field | type | null | meaning |", "|---|---|---|---|"]
    for field in columns:
        kind = type_name(field.type).replace("<", "&lt;").replace("|", "\\|")
        null = "yes" if field.nullable else "no"
        rows.append(f"| `{field.name}` | {kind} | {null} | {field.description.replace('|', '&#124;')} |")
    return "\n".join(rows)


def _reasons() -> str:
    rows = [f"| `{reason.id}` | {reason.stage} | {reason.meaning} |" for reason in load_reasons().values()]
    return "\n".join(["| reason | stage | meaning |", "|---|---|---|", *rows])


if __name__ == "__main__":
    main()
