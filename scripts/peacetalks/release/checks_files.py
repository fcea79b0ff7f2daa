"""Checks of a release's files: that they are those of the manifest, open, and have the schema that they declare."""

import re
from collections.abc import Iterator

import yaml

from peacetalks.release.manifest import list_files
from peacetalks.release.opened import Opened
from peacetalks.release.parquet import digest_tables
from peacetalks.release.schema import TABLE_NAMES, arrow_schema, yaml_features
from peacetalks.release.write import release_digest

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*")
_DATA = re.compile(r"data/([a-z]+)/(train|validation|test)-00000-of-00001\.parquet")
_VERSION = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")


def files_exact(release: Opened) -> Iterator[str]:
    """Require that the manifest lists exactly the files that are there."""
    there, listed = list_files(release.folder).keys(), release.manifest.files.keys()
    yield from (f"{name}: is listed, but missing" for name in sorted(listed - there))
    yield from (f"{name}: is there, but not listed" for name in sorted(there - listed))


def file_hash(release: Opened) -> Iterator[str]:
    """Require that every file has the size and the SHA-256 that the manifest gives."""
    there = list_files(release.folder)
    for name, entry in release.manifest.files.items():
        found = there.get(name, entry)
        if found != entry:
            yield f"{name}: is {found.sha256[:16]}, {found.bytes} bytes; listed {entry.sha256[:16]}, {entry.bytes}"


def names_safe(release: Opened) -> Iterator[str]:
    """Require that paths are relative and plain, data files named by table and split."""
    for name in release.manifest.files:
        if not _NAME.fullmatch(name):
            yield f"{name!r}: not a plain relative path"
        elif name.startswith("data/") and not ((match := _DATA.fullmatch(name)) and match[1] in TABLE_NAMES):
            yield f"{name}: expected data/<table>/<split>-00000-of-00001.parquet"


def parquet_open(release: Opened) -> Iterator[str]:
    """Require that every Parquet file opens, its page checksums hold, and its values decode."""
    yield from (f"{name}: {reason}" for name, reason in release.unreadable.items())


def manifest_version(release: Opened) -> Iterator[str]:
    """Require that the version is MAJOR.MINOR.PATCH, and the folder is named by it."""
    version = release.manifest.version
    if not _VERSION.fullmatch(version):
        yield f"version {version!r} is not MAJOR.MINOR.PATCH"
    if release.folder.resolve().name != version:
        yield f"the folder is {release.folder.resolve().name!r}, the version {version!r}"
    if release.manifest.digest != release_digest(release.manifest.tables):
        yield "the release's digest is not that of its tables' digests"


def schema_exact(release: Opened) -> Iterator[str]:
    """Require that every file has the declared columns, types, nullability and metadata, and every table has a file."""
    for (name, split), table in release.tables.items():
        if name in TABLE_NAMES and not table.schema.equals(arrow_schema(name), check_metadata=True):
            yield f"{name}/{split}: its schema is not the declared one"
    for name in TABLE_NAMES:
        if not any(table == name for table, _ in release.tables):
            yield f"{name}: has no file"


def row_counts(release: Opened) -> Iterator[str]:
    """Require that files have the rows that the manifest counts."""
    counted = {(n, s): rows for n, entry in release.manifest.tables.items() for s, rows in entry.rows.items()}
    found = {key: table.num_rows for key, table in release.tables.items()}
    for key in sorted(counted.keys() | found.keys()):
        if counted.get(key) != found.get(key):
            yield f"{'/'.join(key)}: {found.get(key)} rows, the manifest counts {counted.get(key)}"


def table_digest(release: Opened) -> Iterator[str]:
    """Require that the sorted rows of each table have the digest that the manifest gives."""
    for name, entry in release.manifest.tables.items():
        parts = [table for (table_name, _), table in release.tables.items() if table_name == name]
        if digest_tables(parts) != entry.digest:
            yield f"{name}: the digest of its rows is not the manifest's"


def card_agrees(release: Opened) -> Iterator[str]:
    """Require that the card's configs name every data file with rows, and its dataset_info fits the files."""
    path = release.folder / "README.md"
    if not path.exists():
        yield "README.md: is missing"
        return
    header = yaml.safe_load(path.read_text("utf-8").split("---\n")[1])
    with_rows = {key for key, table in release.tables.items() if table.num_rows}
    named = {(config["config_name"], file["split"]) for config in header["configs"] for file in config["data_files"]}
    yield from (f"{'/'.join(key)}: has rows, but no config names it" for key in sorted(with_rows - named))
    yield from (f"{'/'.join(key)}: a config names it, but it has no rows" for key in sorted(named - with_rows))
    for config in header["configs"]:
        if config.get("version") != release.manifest.version:
            yield f"config {config['config_name']}: version {config.get('version')}, not {release.manifest.version}"
    for info in header["dataset_info"]:
        name = info["config_name"]
        if name in TABLE_NAMES and info["features"] != yaml_features(name):
            yield f"{name}: dataset_info has other features than the files"
        for split in info["splits"]:
            table = release.tables.get((name, split["name"]))
            if table is None or table.num_rows != split["num_examples"]:
                yield f"{name}/{split['name']}: dataset_info counts {split['num_examples']} rows"
