"""Write a release: built aside, complete with its manifest, then moved into place at once, and never over another."""

import datetime
import hashlib
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from msgspec import Struct, UnsetType, structs

from peacetalks._files import sha256_file
from peacetalks.curate.splits import Leak, Splits, default_cut, temporal_splits
from peacetalks.record import Article, CatalogueRow, Excluded, Segment, Split
from peacetalks.registry.catalogue import Record
from peacetalks.registry.gazetteer import Gazetteer
from peacetalks.registry.outlets import load_outlets
from peacetalks.release.changelog import render_changelog
from peacetalks.release.citation import Citation, load_source
from peacetalks.release.folder import (
    Content,
    Tables,
    folder_card,
    make_tables,
    measure_tables,
    release_digest,
    write_folder,
)
from peacetalks.release.history import complete, point_at
from peacetalks.release.manifest import (
    NAME,
    SEAL,
    Annotators,
    FileEntry,
    Inputs,
    Options,
    Parent,
    list_files,
    own_provenance,
    read_manifest,
)
from peacetalks.release.page import FOLDER as PAGE
from peacetalks.release.page import Page, read_page
from peacetalks.release.quality import Quality
from peacetalks.release.records import catalogue_rows
from peacetalks.release.statistics import Statistics, describe
from peacetalks.release.tables import build_rows
from peacetalks.release.versions import (
    Diff,
    diff_tables,
    find_parent,
    read_tables,
    require_legal,
    smallest_legal,
    summarise,
)

State = Literal["written", "identical", "same-rows", "differs"]


class Built(Struct, frozen=True, kw_only=True):
    """What was built: where that version is, what it would hold, and the leaks that were closed.

    `state` is "written", or how it compares with the release that was there already and stays as it is: `differing`
    are its files with other bytes, `changes` counts the rows, `smallest` is the version that may have them.
    """

    path: Path
    state: State
    digest: str
    statistics: Statistics
    leaks: list[Leak]
    differing: list[str] = []
    changes: str = ""
    smallest: str = ""


class Order(Struct, frozen=True, kw_only=True):
    """What a release is asked to be; without `released` its day is that of citation.toml, or of its newest article."""

    version: str
    released: datetime.date | None = None
    options: Options = Options()


def write_release(
    out: Path,
    order: Order,
    *,
    articles: Sequence[Article],
    segments: dict[str, list[Segment]],
    excluded: Sequence[Excluded],
    splits: Splits,
    catalogue: Sequence[Record],
    records: Splits,
    gold: str | None,
    annotators: Annotators | UnsetType,
    takedowns: str | None,
    quality: Quality,
    gazetteer: Gazetteer,
    vocabularies: Path | None,
    page: Page,
) -> Built:
    """Write `out/version`, the ledger and the card of the latest version; ReleaseError where that can't be.

    `splits` places the articles, `records` the records of the catalogue, with the ledger and the leaks of both.

    A release that is already there stays as it is, and is compared with what was built. A version that is too small
    for what changed is refused. A crash leaves the old state or the new one, and the next build completes it.
    `vocabularies` is the folder of another process. The page that shows a release is given, not made from captures:
    where none is, that of the release there is kept.
    """
    parent = find_parent(out, order.version)
    cut = order.options.cut or _inherited_cut(parent) or default_cut(row.published for row in articles if row.published)
    temporal = {}
    if cut is not None:
        temporal = temporal_splits({row.id: row.published for row in articles}, splits.cluster_of, cut)
    outlets = load_outlets()
    known: dict[Split, list[CatalogueRow]] = {}
    for row in catalogue_rows(catalogue, articles, records, outlets):
        known.setdefault(records.split_of[row.id], []).append(row)
    rows = build_rows(articles, segments, excluded, splits.split_of, temporal, known, gazetteer, outlets)
    tables = make_tables(rows)
    changes = Diff() if parent is None else diff_tables(read_tables(parent), tables)
    target, staging = out / order.version, out / f".staging-{order.version}"
    if parent is not None and not target.exists():
        require_legal(parent.name, order.version, changes)
    entries, sizes = measure_tables(tables)
    statistics, digest = describe(rows), release_digest(entries)
    released = order.released or load_source().released.get(order.version) or statistics.last
    content = Content(
        citation=Citation(version=order.version, released=released or datetime.date(1970, 1, 1), digest=digest),
        edition="full",
        full_digest=digest,
        parent=None if parent is None else Parent(version=parent.name, digest=read_manifest(parent).digest),
        options=structs.replace(order.options, cut=cut),
        inputs=structs.replace(_inputs(articles, excluded, gold, takedowns), annotators=annotators),
        provenance=own_provenance(vocabularies),
        ledger=records.ledger,
        tables=tables,
        entries=entries,
        sizes=sizes,
        statistics=statistics,
        quality=quality,
        changelog=render_changelog(order.version, parent, changes, records.leaks),
        page=page or read_page(target / PAGE),
    )
    built = Built(path=target, state="written", digest=digest, statistics=statistics, leaks=records.leaks)
    shutil.rmtree(staging, ignore_errors=True)
    try:
        write_folder(staging, content)
        if target.exists():
            built = _compare(built, staging, tables)
        else:
            staging.rename(target)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    card = folder_card(content, prefix=f"{order.version}/")
    if built.state == "written":
        point_at(target, records.ledger, card)
    elif built.state != "differs":
        complete(target, records.ledger, card, digest)
    return built


def input_digest(captures: list[tuple[str, str]]) -> str:
    """Return the digest of what came in: each capture's id and source, sorted."""
    lines = "".join(f"{name} {source}\n" for name, source in sorted(captures))
    return hashlib.sha256(lines.encode()).hexdigest()


def _inherited_cut(parent: Path | None) -> datetime.date | None:
    """Return the day of the release before: a cut that moved would move articles."""
    return None if parent is None else read_manifest(parent).options.cut


def _inputs(
    articles: Sequence[Article], excluded: Sequence[Excluded], gold: str | None, takedowns: str | None
) -> Inputs:
    captures = [(row.id, row.source) for row in articles] + [(row.id, row.source) for row in excluded]
    return Inputs(
        captures=len(captures),
        kept=len(articles),
        excluded=len(excluded),
        sha256=input_digest(captures),
        gold=gold,
        takedowns=takedowns,
    )


def _compare(built: Built, staging: Path, tables: Tables) -> Built:
    folders = (built.path, staging)
    old, new = ({**list_files(folder), **_entry(folder, NAME), **_entry(folder, SEAL)} for folder in folders)
    differing = sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))
    if not differing:
        return structs.replace(built, state="identical")
    manifest = read_manifest(built.path)
    changes = diff_tables(read_tables(built.path), tables)
    return structs.replace(
        built,
        state="differs" if changes.tables else "same-rows",
        differing=differing,
        changes=summarise(changes),
        smallest=smallest_legal(manifest.version, changes),
    )


def _entry(folder: Path, name: str) -> dict[str, FileEntry]:
    path = folder / name
    return {name: FileEntry(sha256=sha256_file(path), bytes=path.stat().st_size)} if path.exists() else {}
