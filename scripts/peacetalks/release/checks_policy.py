"""Checks of what a release promises: that it keeps people's rights, and changes no version before it."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from peacetalks._arrow import pa
from peacetalks.curate.ledger import read_ledger
from peacetalks.curate.takedowns import find_taken_down, read_takedowns
from peacetalks.curate.version_names import version_key
from peacetalks.errors import ReleaseError
from peacetalks.registry.rights import load_rights
from peacetalks.release.manifest import read_manifest
from peacetalks.release.opened import Opened, Row
from peacetalks.release.versions import diff_tables, read_tables, require_legal

_ENOUGH = 50  # articles from which on shares are compared with the release before
_SHIFT = 0.25
_PRIVATE = {
    "an e-mail address": re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}"),
    "a telephone number": re.compile(
        r"(?<![\d+])\+\d{1,3}[ .-]?(?:\(\d{1,4}\)[ .-]?)?\d{2,4}(?:[ .-]?\d{2,4}){2,4}(?!\d)"
    ),
    "a secret": re.compile(r"\b(?:hf_[A-Za-z]{30,40}|AKIA[A-Z0-9]{16}|gh[pousr]_\w{36,60}|sk-[A-Za-z0-9]{32,60})\b"),
}


def privacy_takedown_rights(release: Opened) -> Iterator[str]:
    """Require that nothing taken down is in it, no address, number or secret of anyone, and each text has its terms."""
    for row in release.rows["articles"]:
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
    rows = [row for row in takedowns if version_key(row.since) <= version]
    gone = {row.digest for row in rows}
    texts = [(row["id"], row.get("text", "")) for row in release.rows["articles"]]
    listed = find_taken_down(texts, [[name] for name, _ in texts], rows)
    listed |= {row["id"] for row in release.rows["catalogue"] if row["id"] in gone}
    listed |= {row["id"] for row in release.rows["articles"] if row.get("text_sha256") in gone}
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
    old, new = read_tables(folder), read_tables(release.folder)
    if before.edition == release.manifest.edition:
        changes = diff_tables(old, new)
        try:
            require_legal(parent.version, release.manifest.version, changes)
        except ReleaseError as error:
            yield str(error)
        path = release.folder / "CHANGELOG.md"
        text = path.read_text("utf-8", "replace") if path.exists() else ""
        removed = changes.tables["articles"].removed if "articles" in changes.tables else []
        if f"removed {len(removed)}:" not in text and removed:
            yield f"CHANGELOG.md: does not say that {len(removed)} articles are gone"
    for column in ("language", "outlet"):
        then, now = (_shares(tables.get("articles", {}).values(), column) for tables in (old, new))
        shift = sum(abs(then.get(key, 0) - now.get(key, 0)) for key in then.keys() | now.keys()) / 2
        if then and now and shift > _SHIFT:
            yield f"articles: {shift:.0%} of the shares by {column} have shifted since {parent.version}"


def _words(row: Row) -> Iterator[str]:
    for field in ("text", "title"):
        if isinstance(row.get(field), str):
            yield row[field]
    yield from (line for field in ("captions", "authors") for line in row.get(field, []) if isinstance(line, str))


def _shares(tables: Iterable[pa.Table], column: str) -> dict[str, float]:
    values = [value for table in tables for value in table[column].to_pylist()]
    return {k: n / len(values) for k, n in Counter(map(str, values)).items()} if len(values) >= _ENOUGH else {}
