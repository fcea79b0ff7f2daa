"""The files of a round trip: what was handed out, what comes back, and gold as the guideline wants it written."""

import re
from collections.abc import Iterable
from pathlib import Path

import msgspec

from peacetalks.annotation.brat import read_standoff_files
from peacetalks.annotation.documents import Read, Refused, short
from peacetalks.annotation.inception import read_cas
from peacetalks.annotation.label_studio import read_tasks
from peacetalks.annotation.spacy_docs import read_docs
from peacetalks.errors import AnnotationError, InputError
from peacetalks.record import Gold

HANDED_OUT = "pages.jsonl"
_ENDINGS = (".json", ".xmi", ".spacy", ".ann")
_NAME = re.compile(r"[\w@+-][\w.@+ -]*")
_lines = msgspec.json.Decoder(Gold)


def encode_pages(pages: Iterable[Gold]) -> bytes:
    """Return the pages that are handed out, one JSON object a line."""
    return b"".join(msgspec.json.encode(page) + b"\n" for page in pages)


def read_pages(path: Path) -> dict[str, Gold]:
    """Return the pages that were handed out, by id; InputError where the file is missing or none."""
    try:
        pages = [_lines.decode(line) for line in path.read_bytes().splitlines()]
    except FileNotFoundError:
        raise InputError(
            f"{path}: no such file; name the {HANDED_OUT} that `annotate export` wrote with --pages"
        ) from None
    except (msgspec.DecodeError, RecursionError) as error:
        raise InputError(f"{path}: not what `annotate export` wrote: {error}") from None
    return {page.id: page for page in pages}


def find_annotated(names: Iterable[Path]) -> list[Path]:
    """Return the tools' files among paths, folders with all that is below them; InputError where there is none."""
    found: list[Path] = []
    for name in names:
        if not name.exists():
            raise InputError(f"{name}: no such file or folder")
        below = sorted(path for path in name.rglob("*") if path.suffix in _ENDINGS) if name.is_dir() else [name]
        if not below:
            raise InputError(f"{name}: holds none of {', '.join(_ENDINGS)}")
        found += below
    return found


def read_annotated(path: Path) -> Read:
    """Yield the documents of a tool's file, whichever tool it is; a file that can't be read is one Refused."""
    try:
        yield from _read(path)
    except AnnotationError as error:
        yield Refused(path.name, str(error).removeprefix(f"{path.name}: "))


def gold_bytes(page: Gold) -> bytes:
    """Return gold as its file holds it: UTF-8, indented by 2, keys in order, no score, for a person gave none."""
    row = msgspec.to_builtins(page)
    for mention in row["mentions"]:
        if mention["score"] is None:
            del mention["score"]
    return msgspec.json.format(msgspec.json.encode(row), indent=2) + b"\n"


def gold_name(page: Gold) -> str:
    """Return the name of a page's file of gold: that of its capture, or its id where that would be no file's name."""
    stem = page.source.rpartition(".")[0] or page.source
    return f"{stem if _NAME.fullmatch(stem) else page.id}.json"


def require_annotator(name: str) -> str:
    """Return an annotator's mark; AnnotationError where it could not be a folder's name."""
    if not _NAME.fullmatch(name) or len(name) > 100:
        raise AnnotationError(
            f"annotator {short(name)!r}: expected letters, digits, and . @ + - inside; see --annotator"
        )
    return name


def _read(path: Path) -> Read:
    data = path.read_bytes()
    if path.suffix == ".spacy":
        return read_docs(data, path.name)
    if path.suffix == ".ann":
        text = path.with_suffix(".txt")
        if not text.is_file():
            raise AnnotationError(f"{path.name}: its text, {text.name}, is missing beside it")
        return read_standoff_files(text.read_bytes(), data, path.name)
    if path.suffix == ".json" and data.lstrip()[:1] == b"[":
        return read_tasks(data, path.name)
    return read_cas(data, path.name)
