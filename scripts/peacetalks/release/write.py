"""Write a release: built aside, complete with its manifest, then moved into place at once, and never over another."""

import datetime
import hashlib
import shutil
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from peacetalks._files import sha256_file, write_atomic
from peacetalks.curate.ledger import ledger_bytes, version_key
from peacetalks.curate.splits import Leak, Splits, default_cut, temporal_splits
from peacetalks.errors import ReleaseError
from peacetalks.record import Article, Excluded, Segment
from peacetalks.registry.gazetteer import Gazetteer
from peacetalks.registry.outlets import load_outlets
from peacetalks.release.changelog import render_changelog
from peacetalks.release.citation import Citation, load_source
from peacetalks.release.folder import Content, folder_card, make_tables, measure_tables, release_digest, write_folder
from peacetalks.release.manifest import (
    NAME,
    SEAL,
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
from peacetalks.release.statistics import Statistics, describe
from peacetalks.release.tables import Rows, build_rows
from peacetalks.release.versions import Diff, diff_tables, find_parent, read_tables, require_legal

STABLE = (1, 0, 0)  # from this version on a release is never touched, nor built again over


class Built(Struct, frozen=True, kw_only=True):
    """A finished release: where it is, whether it was there already, what it holds, and the leaks that it closed."""

    path: Path
    already_there: bool
    digest: str
    statistics: Statistics
    leaks: list[Leak]


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
    gold: str | None,
    takedowns: str | None,
    quality: Quality,
    gazetteer: Gazetteer,
    page: Page,
) -> Built:
    """Write `out/version`, the ledger and the card of the latest version; ReleaseError where that can't be.

    A release that is already there is left alone: a stable one where its rows are the same, a preview where every
    byte is. A version that is too small for what changed is refused. A crash leaves the old state or the new one.
    The page that shows a release is given, not made from captures: where none is, that of the release there is kept.
    """
    parent = find_parent(out, order.version)
    cut = order.options.cut or _inherited_cut(parent) or default_cut(row.published for row in articles if row.published)
    temporal = {}
    if cut is not None:
        temporal = temporal_splits({row.id: row.published for row in articles}, splits.cluster_of, cut)
    rows = build_rows(articles, segments, excluded, splits.split_of, temporal, gazetteer, load_outlets())
    inputs = _inputs(articles, excluded, gold, takedowns)
    options = Options(keep_off_topic=order.options.keep_off_topic, cut=cut)
    target = out / order.version
    content = _content(order, rows, parent, options, inputs, splits, quality, page or read_page(target / PAGE))
    digest = content.citation.digest
    built = Built(
        path=target, already_there=target.exists(), digest=digest, statistics=content.statistics, leaks=splits.leaks
    )
    if built.already_there and version_key(order.version) >= STABLE and read_manifest(target).digest == digest:
        return built
    staging = out / f".staging-{order.version}"
    shutil.rmtree(staging, ignore_errors=True)
    try:
        write_folder(staging, content)
        if built.already_there:
            _require_same(target, staging)
        else:
            staging.rename(target)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    write_atomic(out / "splits.csv", ledger_bytes(splits.ledger))
    write_atomic(out / "README.md", folder_card(content, prefix=f"{order.version}/").encode())
    return built


def input_digest(captures: list[tuple[str, str]]) -> str:
    """Return the digest of what came in: each capture's id and source, sorted."""
    lines = "".join(f"{name} {source}\n" for name, source in sorted(captures))
    return hashlib.sha256(lines.encode()).hexdigest()


def _content(
    order: Order,
    rows: Rows,
    parent: Path | None,
    options: Options,
    inputs: Inputs,
    splits: Splits,
    quality: Quality,
    page: Page,
) -> Content:
    tables = make_tables(rows)
    entries, sizes = measure_tables(tables)
    statistics = describe(rows)
    digest = release_digest(entries)
    changes = Diff() if parent is None else diff_tables(read_tables(parent), tables)
    if parent is not None:
        require_legal(parent.name, order.version, changes)
    released = order.released or load_source().released.get(order.version) or statistics.last
    return Content(
        citation=Citation(version=order.version, released=released or datetime.date(1970, 1, 1), digest=digest),
        edition="full",
        full_digest=digest,
        parent=None if parent is None else Parent(version=parent.name, digest=read_manifest(parent).digest),
        options=options,
        inputs=inputs,
        provenance=own_provenance(),
        ledger=splits.ledger,
        tables=tables,
        entries=entries,
        sizes=sizes,
        statistics=statistics,
        quality=quality,
        changelog=render_changelog(order.version, parent, changes, splits.leaks),
        page=page,
    )


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


def _require_same(target: Path, staging: Path) -> None:
    old, new = ({**list_files(folder), **_entry(folder, NAME), **_entry(folder, SEAL)} for folder in (target, staging))
    differing = sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))
    if differing:
        raise ReleaseError(
            f"{target} exists with other content ({', '.join(differing[:3])}{', ...' if len(differing) > 3 else ''}), "
            f"and a release is never overwritten: build with a higher --version, or into another --out"
        )


def _entry(folder: Path, name: str) -> dict[str, FileEntry]:
    path = folder / name
    return {name: FileEntry(sha256=sha256_file(path), bytes=path.stat().st_size)} if path.exists() else {}
