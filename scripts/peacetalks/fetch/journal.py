"""Remember what became of each page, line by line, so that a run that was cut goes on where it stopped."""

import os
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

from peacetalks.errors import InputError

Outcome = Literal["found", "changed", "missing", "refused", "failed"]
OUTCOMES: tuple[Outcome, ...] = ("found", "changed", "missing", "refused", "failed")
NAME = "fetch.jsonl"


class Entry(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line: what became of a page, and of what was fetched address, moment, digest, size and place.

    `exact` says that the payload is the very one of the article of a release.
    """

    page: str
    url: str
    outcome: Outcome
    why: str | None = None
    archive: str | None = None
    found: str | None = None
    taken: str | None = None
    memento: str | None = None
    sha256: str | None = None
    bytes: int | None = None
    file: str | None = None
    exact: bool = False


def read_journal(path: Path) -> dict[str, Entry]:
    """Return the last entry of each page; a last line that a crash cut is left out, InputError for any other."""
    if not path.exists():
        return {}
    entries: dict[str, Entry] = {}
    lines = path.read_bytes().split(b"\n")
    for number, line in enumerate(lines, start=1):
        try:
            entry = msgspec.json.decode(line, type=Entry) if line else None
        except msgspec.DecodeError as error:
            if number == len(lines):
                break
            raise InputError(f"{path}: line {number}: {error}; move the file away to start anew") from None
        if entry is not None:
            entries[entry.page] = entry
    return entries


def append_entry(path: Path, entry: Entry) -> None:
    """Add a line that is on the disk when this returns; a line that a crash cut is closed first."""
    with path.open("ab+") as file:
        if file.tell():
            file.seek(-1, os.SEEK_END)
            if file.read(1) != b"\n":
                file.truncate(_end_of_lines(path))
        file.write(msgspec.json.encode(entry) + b"\n")
        file.flush()
        os.fsync(file.fileno())


def count_outcomes(entries: Iterable[Entry]) -> dict[Outcome, int]:
    """Return how many pages had each outcome."""
    counts = Counter(entry.outcome for entry in entries)
    return {outcome: counts[outcome] for outcome in OUTCOMES}


def _end_of_lines(path: Path) -> int:
    return path.read_bytes().rfind(b"\n") + 1
