"""Checks of what a release promises: that it loads, keeps people's rights, and changes no version before it."""

import os
import re
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator

import pyarrow as pa
import yaml

from peacetalks.curate.ledger import version_key
from peacetalks.curate.takedowns import find_taken_down, read_takedowns
from peacetalks.errors import ReleaseError
from peacetalks.registry.rights import load_rights
from peacetalks.release.manifest import read_manifest
from peacetalks.release.opened import Opened, Row
from peacetalks.release.schema import yaml_features
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


def loadable(release: Opened) -> Iterator[str]:
    """Require that the card's configs name every data file, and that load_dataset gives their rows, streamed too."""
    faults = list(_card_faults(release))
    yield from faults
    if faults:
        return
    os.environ.setdefault("HF_HUB_OFFLINE", "1")  # it is a folder: nothing is to be asked of anyone
    import datasets
    from datasets.exceptions import DatasetGenerationError

    datasets.disable_progress_bars()
    folder = str(release.folder.resolve())
    for name, entry in release.manifest.tables.items():
        counted = {split: rows for split, rows in entry.rows.items() if rows}
        if not counted:
            continue
        key = "article" if name in ("mentions", "segments") else "id"
        try:
            with tempfile.TemporaryDirectory(prefix="peacetalks-") as cache:
                loaded = datasets.load_dataset(folder, name, cache_dir=cache)
                found = {split: (len(rows), rows[0][key], rows[-1][key]) for split, rows in loaded.items()}
                del loaded
            streamed = datasets.load_dataset(folder, name, streaming=True)
            first = {split: next(iter(rows))[key] for split, rows in streamed.items()}
        except (ValueError, TypeError, OSError, DatasetGenerationError) as error:
            yield f"{name}: load_dataset fails: {str(error).splitlines()[0] if str(error) else type(error).__name__}"
            continue
        for split, rows in counted.items():
            ids = release.tables[name, split][key].to_pylist()
            if found.get(split) != (rows, ids[0], ids[-1]) or first.get(split) != ids[0]:
                yield f"{name}/{split}: load_dataset gives other rows than the file"


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
    parent = release.manifest.parent
    folder = release.folder.parent / parent.version if parent else None
    if parent is None or folder is None or not folder.exists():
        return
    before = read_manifest(folder)
    if before.digest != parent.digest:
        yield f"{parent.version}: its digest is no longer the one that this release was made after"
        return
    old, new = read_tables(folder), read_tables(release.folder)
    if before.edition == release.manifest.edition:
        changes = diff_tables(old, new)
        try:
            require_legal(parent.version, release.manifest.version, changes)
        except ReleaseError as error:
            yield str(error)
        path = release.folder / "CHANGELOG.md"
        text = path.read_text("utf-8") if path.exists() else ""
        removed = changes.tables["articles"].removed if "articles" in changes.tables else []
        if f"removed {len(removed)}:" not in text and removed:
            yield f"CHANGELOG.md: does not say that {len(removed)} articles are gone"
    for column in ("language", "outlet"):
        then, now = (_shares(tables["articles"].values(), column) for tables in (old, new))
        shift = sum(abs(then.get(key, 0) - now.get(key, 0)) for key in then.keys() | now.keys()) / 2
        if then and now and shift > _SHIFT:
            yield f"articles: {shift:.0%} of the shares by {column} have shifted since {parent.version}"


def _card_faults(release: Opened) -> Iterator[str]:
    path = release.folder / "README.md"
    try:
        header = yaml.safe_load(path.read_text("utf-8").split("---\n")[1])
        configs, infos = header["configs"], header["dataset_info"]
        named = {(config["config_name"], file["split"]) for config in configs for file in config["data_files"]}
        paths = {file["path"] for config in configs for file in config["data_files"]}
    except (OSError, UnicodeDecodeError, yaml.YAMLError, LookupError, TypeError) as error:
        yield f"README.md: its header can't be read: {type(error).__name__}"
        return
    yield from (f"README.md: {name} matches no file" for name in sorted(paths) if not any(release.folder.glob(name)))
    with_rows = {key for key, table in release.tables.items() if table.num_rows}
    yield from (f"{'/'.join(key)}: has rows, but no config names it" for key in sorted(with_rows - named))
    yield from (f"{'/'.join(key)}: a config names it, but it has no rows" for key in sorted(named - with_rows))
    for config in configs:
        name = config["config_name"]
        entry = release.manifest.tables.get(name)
        if config.get("version") != release.manifest.version:
            yield f"config {name}: version {config.get('version')}, not {release.manifest.version}"
        if entry is None or config.get("description") != f"sha256-{entry.digest}":
            yield f"config {name}: its description is not the digest of its rows"
    for info in infos:
        name = info["config_name"]
        if release.is_current(name) and info["features"] != yaml_features(name, release.manifest.edition):
            yield f"{name}: dataset_info has other features than the files"
        for split in info["splits"]:
            table = release.tables.get((name, split["name"]))
            if table is None or table.num_rows != split["num_examples"]:
                yield f"{name}/{split['name']}: dataset_info counts {split['num_examples']} rows"


def _words(row: Row) -> Iterator[str]:
    for field in ("text", "title"):
        if isinstance(row.get(field), str):
            yield row[field]
    yield from (line for field in ("captions", "authors") for line in row.get(field, []) if isinstance(line, str))


def _shares(tables: Iterable[pa.Table], column: str) -> dict[str, float]:
    values = [value for table in tables for value in table[column].to_pylist()]
    return {k: n / len(values) for k, n in Counter(map(str, values)).items()} if len(values) >= _ENOUGH else {}
