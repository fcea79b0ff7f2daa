"""Checks of what a release promises: that it keeps people's rights, and changes no version before it."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from peacetalks.curate.ledger import read_ledger
from peacetalks.curate.takedowns import read_takedowns, text_digest
from peacetalks.curate.version_names import version_key
from peacetalks.errors import ReleaseError
from peacetalks.registry.rights import load_rights
from peacetalks.release.batches import read_sound
from peacetalks.release.compare import diff_data
from peacetalks.release.manifest import read_manifest
from peacetalks.release.opened import Opened, Row
from peacetalks.release.versions import find_data, require_legal

_ENOUGH = 50  # articles from which on shares are compared with the release before
_SHIFT = 0.25
_LISTED = 1_000  # rows of a kind of change that are named; the rest is counted
_COMPARED = ("language", "outlet")  # columns whose shares are compared
_WORDS = ("text", "title", "captions", "authors")
_PRIVATE = {
    "an e-mail address": re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}"),
    "a telephone number": re.compile(
        r"(?<![\d+])\+\d{1,3}[ .-]?(?:\(\d{1,4}\)[ .-]?)?\d{2,4}(?:[ .-]?\d{2,4}){2,4}(?!\d)"
    ),
    "a secret": re.compile(r"\b(?:hf_[A-Za-z]{30,40}|AKIA[A-Z0-9]{16}|gh[pousr]_\w{36,60}|sk-[A-Za-z0-9]{32,60})\b"),
}


def privacy_takedown_rights(release: Opened) -> Iterator[str]:
    """Require that nothing taken down is in it, no address, number or secret of anyone, and each text has its terms."""
    for row in release.rows("articles", "id", "rights", *_WORDS):
        if row["rights"] not in load_rights():
            yield f"article {row['id']}: rights {row['rights']!r} are not in the closed list"
        for what, pattern in _PRIVATE.items():
            found = next(filter(None, (pattern.search(text) for text in _words(row))), None)
            if found:
                yield f"article {row['id']}: holds {what}, at {found.start()}"
    try:
        takedowns = read_takedowns(release.folder.parent / "takedowns.csv")
    except ReleaseError as error:
        yield str(error)
        return
    version = version_key(release.manifest.version)
    gone = {row.digest for row in takedowns if version_key(row.since) <= version}
    listed = {row["id"] for row in release.rows("catalogue", "id") if row["id"] in gone} if gone else set()
    for row in release.rows("articles", "id", "text", "text_sha256") if gone else ():
        if not gone.isdisjoint((row["id"], row.get("text_sha256") or text_digest(row.get("text", "")))):
            listed.add(row["id"])
    yield from (f"{name}: is on the takedown list" for name in sorted(listed))


def drift_immutable(release: Opened) -> Iterator[str]:
    """Require that the release before is as it was, that the changelog names what is gone, and that shares hold."""
    parent, folder = release.manifest.parent, release.parent_folder
    if parent is None or folder is None:
        return
    before = read_manifest(folder)
    if before.digest != parent.digest:
        yield f"{parent.version}: its digest is no longer the one that this release was made after"
        return
    kept, known = read_ledger(release.folder / "splits.csv"), read_ledger(folder / "splits.csv")
    for row in known.where(kept.missing(known)).rows():
        yield f"splits.csv: {row.article} is not in it as in that of {parent.version}; a ledger only grows"
    if before.edition == release.manifest.edition:
        changes = diff_data(folder, release.folder, most=_LISTED)
        try:
            require_legal(parent.version, release.manifest.version, changes)
        except ReleaseError as error:
            yield str(error)
        path = release.folder / "CHANGELOG.md"
        text = path.read_text("utf-8", "replace") if path.exists() else ""
        removed = changes.tables["articles"].count("removed") if "articles" in changes.tables else 0
        if f"removed {removed}:" not in text and removed:
            yield f"CHANGELOG.md: does not say that {removed} articles are gone"
    then_and_now = [_count(side) for side in (folder, release.folder)]
    for column in _COMPARED:
        then, now = (_shares(counts[column]) for counts in then_and_now)
        shift = sum(abs(then.get(key, 0) - now.get(key, 0)) for key in then.keys() | now.keys()) / 2
        if then and now and shift > _SHIFT:
            yield f"articles: {shift:.0%} of the shares by {column} have shifted since {parent.version}"


def _words(row: Row) -> Iterator[str]:
    for field in ("text", "title"):
        if isinstance(row.get(field), str):
            yield row[field]
    yield from (line for field in ("captions", "authors") for line in row.get(field, []) if isinstance(line, str))


def _count(folder: Path) -> dict[str, Counter[str]]:
    """Return how many articles of a release have each value of the columns whose shares are compared."""
    counts: dict[str, Counter[str]] = {column: Counter() for column in _COMPARED}
    for (table, _), paths in find_data(folder).items():
        for batch in read_sound(paths) if table == "articles" else ():
            for column, values in counts.items():
                values.update(map(str, batch[column].to_pylist()))
    return counts


def _shares(counts: Counter[str]) -> dict[str, float]:
    total = counts.total()
    return {value: count / total for value, count in counts.items()} if total >= _ENOUGH else {}
