"""The append-only ledger of splits: which split an article or a record went to, and the version that first had it."""

import csv
import io
import re
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from peacetalks.errors import ReleaseError
from peacetalks.record import Split

SPLITS: tuple[Split, ...] = ("train", "validation", "test")
_HEADER = ["article", "split", "since"]
_ID = re.compile(r"[0-9a-f]{16}")
_VERSION = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")


class Assignment(Struct, frozen=True, kw_only=True):
    """One row of the ledger: the id of an article or of a record, its split, and the version that first had it."""

    article: str
    split: Split
    since: str


def read_ledger(path: Path) -> list[Assignment]:
    """Return the rows of splits.csv, none where the file does not exist; ReleaseError where a row is broken."""
    if not path.exists():
        return []
    try:
        rows = list(csv.reader(io.StringIO(path.read_text("utf-8"))))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ReleaseError(f"{path}: can't be read: {error}") from None
    if not rows or rows[0] != _HEADER:
        raise ReleaseError(f"{path}: the first line must be {','.join(_HEADER)}")
    ledger = [_read_row(path, number, row) for number, row in enumerate(rows[1:], start=2)]
    seen: set[str] = set()
    for number, entry in enumerate(ledger, start=2):
        if entry.article in seen:
            raise ReleaseError(f"{path}: line {number}: article {entry.article} appears twice; no article ever moves")
        seen.add(entry.article)
    return ledger


def ledger_bytes(ledger: Sequence[Assignment]) -> bytes:
    """Return the ledger as the bytes of splits.csv."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_HEADER)
    writer.writerows([row.article, row.split, row.since] for row in ledger)
    return out.getvalue().encode()


def is_version(name: str) -> bool:
    """Return whether a name is MAJOR.MINOR.PATCH."""
    return _VERSION.fullmatch(name) is not None


def version_key(version: str) -> tuple[int, int, int]:
    """Return what versions sort by; ReleaseError where it is not MAJOR.MINOR.PATCH."""
    match = _VERSION.fullmatch(version)
    if match is None:
        raise ReleaseError(f"version {version!r}: expected MAJOR.MINOR.PATCH, such as 0.2.0")
    return int(match[1]), int(match[2]), int(match[3])


def _read_row(path: Path, number: int, row: list[str]) -> Assignment:
    split = next((split for split in SPLITS if len(row) == len(_HEADER) and row[1] == split), None)
    if split is None or not _ID.fullmatch(row[0]) or not _VERSION.fullmatch(row[2]):
        raise ReleaseError(f"{path}: line {number}: expected article, one of {', '.join(SPLITS)}, version; got {row}")
    return Assignment(article=row[0], split=split, since=row[2])
