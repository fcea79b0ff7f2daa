"""Turn the paths on a command line into captures, each file a page or a table of pages."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from peacetalks.capture.tables import read_jsonl
from peacetalks.capture.text import MAX_BYTES, capture_id, decode, exclude
from peacetalks.errors import CaptureError, InputError
from peacetalks.record import Capture, Excluded

_READABLE = ".txt and .jsonl"


class InputFile(Struct, frozen=True):
    """One file to read: where it is, the name that it goes by, and the folder that it may not lead out of."""

    path: Path
    source: str
    root: Path


def find_files(paths: list[Path]) -> list[InputFile]:
    """Return the files that the paths name, folders walked in sorted order; InputError where there is none.

    Hidden files (a leading dot) are no captures: operating systems leave them behind.
    """
    files: list[InputFile] = []
    for path in paths:
        if not path.exists():
            raise InputError(f"{path}: no such file or folder")
        found = _walk(path) if path.is_dir() else [InputFile(path, path.name, path.resolve().parent)]
        if not found:
            raise InputError(f"{path}: the folder holds no captures; expected {_READABLE} files")
        files += found
    return files


def read_captures(files: list[InputFile]) -> Iterator[Capture | Excluded]:
    """Yield each page of each file, or an Excluded with the reason why it is none."""
    for file in files:
        try:
            data = _read_bytes(file)
        except CaptureError as error:
            yield exclude(b"", file.source, error)
            continue
        if file.path.suffix.lower() == ".jsonl":
            yield from read_jsonl(data, file.source)
        else:
            yield _read_page(data, file)


def _walk(root: Path) -> list[InputFile]:
    found = []
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in names:
            if not name.startswith("."):
                path = Path(folder, name)
                found.append(InputFile(path, path.relative_to(root).as_posix(), root.resolve()))
    return sorted(found, key=lambda file: file.source)


def _read_bytes(file: InputFile) -> bytes:
    try:
        _require_own_file(file)
        limit = None if file.path.suffix.lower() == ".jsonl" else MAX_BYTES + 1
        with file.path.open("rb") as stream:
            return stream.read() if limit is None else stream.read(limit)
    except OSError as error:
        raise CaptureError("unreadable", error.strerror or type(error).__name__) from None


def _require_own_file(file: InputFile) -> None:
    # A page that links out of its folder could publish any file of the reader's machine.
    if not file.path.resolve(strict=True).is_relative_to(file.root):
        raise CaptureError("unreadable", "a symbolic link that leads out of its folder")
    if not stat.S_ISREG(file.path.stat().st_mode):
        raise CaptureError("unreadable", "not a regular file")


def _read_page(data: bytes, file: InputFile) -> Capture | Excluded:
    if data and file.path.suffix.lower() != ".txt":
        detail = f"{file.path.suffix or 'no ending'!r}; expected {_READABLE}"
        return exclude(data, file.source, CaptureError("unknown-format", detail))
    try:
        text, encoding = decode(data)
    except CaptureError as error:
        return exclude(data, file.source, error)
    return Capture(id=capture_id(data), source=file.source, text=text, encoding=encoding)
