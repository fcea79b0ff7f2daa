"""Write a release: built aside, complete with its manifest, then moved into place at once, and never over another."""

import hashlib
import shutil
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
from msgspec import Struct

from peacetalks._files import sha256_file, write_atomic
from peacetalks.curate.splits import SPLITS, Assignment, ledger_bytes
from peacetalks.errors import ReleaseError
from peacetalks.record import Article, Excluded, Segment, Split
from peacetalks.registry.gazetteer import Gazetteer
from peacetalks.registry.outlets import load_outlets
from peacetalks.release.card import ConfigSize, render_card
from peacetalks.release.datasheet import render_datasheet
from peacetalks.release.manifest import (
    NAME,
    FileEntry,
    Inputs,
    Manifest,
    TableEntry,
    encode_manifest,
    library_versions,
    list_files,
    vocabulary_digests,
)
from peacetalks.release.parquet import digest_tables, to_table, write_table
from peacetalks.release.statistics import Statistics, describe
from peacetalks.release.tables import Rows, build_rows

_LICENCE = Path(__file__).with_name("licence.md")

Tables = dict[str, dict[Split, pa.Table]]


class Built(Struct, frozen=True, kw_only=True):
    """A finished release: where it is, whether it was there already, and what it holds."""

    path: Path
    already_there: bool
    digest: str
    statistics: Statistics


def write_release(
    out: Path,
    version: str,
    *,
    articles: Sequence[Article],
    segments: dict[str, list[Segment]],
    excluded: Sequence[Excluded],
    ledger: list[Assignment],
    gazetteer: Gazetteer,
) -> Built:
    """Write `out/version`, the ledger and the card of the latest version; ReleaseError where the version differs.

    A release that is already there, byte for byte, is left alone. A crash leaves the old state or the new one.
    """
    splits = {row.cluster: row.split for row in ledger}
    rows = build_rows(articles, segments, excluded, splits, gazetteer, load_outlets())
    tables = _tables(rows)
    sizes = [_size(name, by_split) for name, by_split in tables.items()]
    statistics = describe(rows)
    inputs = _inputs(articles, excluded)
    staging = out / f".staging-{version}"
    shutil.rmtree(staging, ignore_errors=True)
    try:
        digest = _write_folder(staging, version, tables, sizes, statistics, inputs)
        target = out / version
        already_there = target.exists()
        if already_there:
            _require_same(target, staging)
        else:
            staging.rename(target)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    write_atomic(out / "splits.csv", ledger_bytes(ledger))
    latest = render_card(version, sizes, statistics, prefix=f"{version}/")
    write_atomic(out / "README.md", latest.encode())
    return Built(path=target, already_there=already_there, digest=digest, statistics=statistics)


def _tables(rows: Rows) -> Tables:
    tables: Tables = {}
    for name, by_split in rows.items():
        # An empty split can't be loaded, so it is left out; a table that is empty as a whole keeps one file.
        kept = {split: by_split[split] for split in SPLITS if by_split.get(split)} or {"train": []}
        tables[name] = {split: to_table(name, found) for split, found in kept.items()}
    return tables


def _write_folder(
    folder: Path, version: str, tables: Tables, sizes: list[ConfigSize], statistics: Statistics, inputs: Inputs
) -> str:
    for name, by_split in tables.items():
        for split, table in by_split.items():
            write_table(table, folder / data_file(name, split))
    write_atomic(folder / "README.md", render_card(version, sizes, statistics, prefix="").encode())
    write_atomic(folder / "DATASHEET.md", render_datasheet(version, statistics).encode())
    write_atomic(folder / "LICENSE.md", _LICENCE.read_bytes())
    entries = {
        size.name: TableEntry(
            digest=size.digest, rows={split: table.num_rows for split, table in tables[size.name].items()}
        )
        for size in sizes
    }
    manifest = Manifest(
        name="peacetalks",
        version=version,
        digest=release_digest(entries),
        inputs=inputs,
        tables=entries,
        vocabularies=vocabulary_digests(),
        made_with=library_versions(),
        files=list_files(folder),
    )
    write_atomic(folder / NAME, encode_manifest(manifest))
    return manifest.digest


def data_file(table: str, split: str) -> str:
    """Return the path of a table's file below the release."""
    return f"data/{table}/{split}-00000-of-00001.parquet"


def release_digest(tables: dict[str, TableEntry]) -> str:
    """Return the digest of a release's content: that of its tables' digests by name."""
    lines = "".join(f"{name} {tables[name].digest}\n" for name in sorted(tables))
    return hashlib.sha256(lines.encode()).hexdigest()


def _size(name: str, by_split: dict[Split, pa.Table]) -> ConfigSize:
    return ConfigSize(
        name=name,
        digest=digest_tables(by_split.values()),
        splits={split: (table.num_rows, table.nbytes) for split, table in by_split.items() if table.num_rows},
    )


def input_digest(captures: list[tuple[str, str]]) -> str:
    """Return the digest of what came in: each capture's id and source, sorted."""
    lines = "".join(f"{name} {source}\n" for name, source in sorted(captures))
    return hashlib.sha256(lines.encode()).hexdigest()


def _inputs(articles: Sequence[Article], excluded: Sequence[Excluded]) -> Inputs:
    captures = [(row.id, row.source) for row in articles] + [(row.id, row.source) for row in excluded]
    return Inputs(captures=len(captures), kept=len(articles), excluded=len(excluded), sha256=input_digest(captures))


def _require_same(target: Path, staging: Path) -> None:
    old, new = ({**list_files(folder), **_manifest_entry(folder)} for folder in (target, staging))
    differing = sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))
    if differing:
        raise ReleaseError(
            f"{target} exists with other content ({', '.join(differing[:3])}{', ...' if len(differing) > 3 else ''}), "
            f"and a release is never overwritten: build with a higher --version, or into another --out"
        )


def _manifest_entry(folder: Path) -> dict[str, FileEntry]:
    path = folder / NAME
    return {NAME: FileEntry(sha256=sha256_file(path), bytes=path.stat().st_size)} if path.exists() else {}
