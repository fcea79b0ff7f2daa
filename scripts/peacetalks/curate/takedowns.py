"""The takedown list: what must not be published again, by digest, so that the list itself names no one."""

import csv
import hashlib
import io
import re
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from peacetalks.curate.version_names import is_version
from peacetalks.errors import ReleaseError

_HEADER = ["digest", "kind", "since"]
_FORMS = {"article": re.compile(r"[0-9a-f]{16}"), "text": re.compile(r"[0-9a-f]{64}")}


class Takedown(Struct, frozen=True, kw_only=True):
    """One row: an article's id or the SHA-256 of its text, and the version that it is gone from."""

    digest: str
    kind: str
    since: str


def text_digest(text: str) -> str:
    """Return the SHA-256 of a text in UTF-8, as 64 hex digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def read_takedowns(path: Path) -> list[Takedown]:
    """Return the rows of takedowns.csv, none where the file does not exist; ReleaseError where a row is broken."""
    if not path.exists():
        return []
    try:
        rows = list(csv.reader(io.StringIO(path.read_text("utf-8"))))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ReleaseError(f"{path}: can't be read: {error}") from None
    if not rows or rows[0] != _HEADER:
        raise ReleaseError(f"{path}: the first line must be {','.join(_HEADER)}")
    for number, row in enumerate(rows[1:], start=2):
        form = _FORMS.get(row[1]) if len(row) == len(_HEADER) else None
        if form is None or not form.fullmatch(row[0]) or not is_version(row[2]):
            raise ReleaseError(f"{path}: line {number}: expected the digest of an article or a text; got {row}")
    return [Takedown(digest=row[0], kind=row[1], since=row[2]) for row in rows[1:]]


def takedown_bytes(rows: Sequence[Takedown]) -> bytes:
    """Return the list as the bytes of takedowns.csv."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_HEADER)
    writer.writerows([row.digest, row.kind, row.since] for row in rows)
    return out.getvalue().encode()
