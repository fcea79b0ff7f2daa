"""Write a release: built aside, complete with its manifest, then moved into place at once, and never over another."""

import datetime
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Literal

from msgspec import Struct, UnsetType, structs

from peacetalks._files import sha256_file
from peacetalks.curate.splits import Leak, default_cut
from peacetalks.release.changelog import render_changelog
from peacetalks.release.citation import Citation, load_source
from peacetalks.release.compare import diff_data
from peacetalks.release.data_files import ConfigSize
from peacetalks.release.figures import Figure
from peacetalks.release.folder import (
    Content,
    folder_card,
    move_into_place,
    release_digest,
    staged,
    write_data,
    write_folder,
)
from peacetalks.release.history import complete, point_at
from peacetalks.release.inputs import Captures, InputCount
from peacetalks.release.known_figures import draw_all
from peacetalks.release.manifest import (
    NAME,
    SEAL,
    Annotators,
    FileEntry,
    Inputs,
    Options,
    Parent,
    TableEntry,
    list_files,
    read_manifest,
)
from peacetalks.release.page import FOLDER as PAGE
from peacetalks.release.page import Page, read_page
from peacetalks.release.provenance import own_provenance
from peacetalks.release.quality import Quality
from peacetalks.release.statistics import Counting, Statistics
from peacetalks.release.tables import Tables
from peacetalks.release.versions import Diff, find_parent, require_legal, smallest_legal, summarise

State = Literal["written", "identical", "same-rows", "differs"]


_LISTED = 10_000  # rows of a kind of change that are named; the rest is counted


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


class Data(Struct, frozen=True, kw_only=True):
    """What is known of the data files of a release once they are written."""

    entries: dict[str, TableEntry]
    sizes: list[ConfigSize]
    statistics: Statistics
    captures: Captures
    figures: list[Figure]


class Order(Struct, frozen=True, kw_only=True):
    """What a release is asked to be; without `released` its day is that of citation.toml, or of its newest article."""

    version: str
    released: datetime.date | None = None
    options: Options = Options()


def write_release(
    out: Path,
    order: Order,
    *,
    data: Callable[[Path], Data],
    cut: datetime.date | None,
    ledger: Path,
    leaks: list[Leak],
    gold: str | None,
    annotators: Annotators | UnsetType,
    takedowns: str | None,
    quality: Quality,
    vocabularies: Path | None,
    page: Page,
) -> Built:
    """Write `out/version`, the ledger and the card of the latest version; ReleaseError where that can't be.

    `data` writes its data files to a folder. `cut` is the day that the temporal splits are cut at, `ledger` the
    file of the ledger; it and `leaks` are those of articles and records.

    A release that is already there stays as it is, and is compared with what was built. A version that is too small
    for what changed is refused. A crash leaves the old state or the new one, and the next build completes it.
    `vocabularies` is the folder of another process. The page that shows a release is given, not made from captures:
    where none is, that of the release there is kept.
    """
    parent = find_parent(out, order.version)
    target = out / order.version
    with staged(target) as staging:
        written = data(staging)
        # A release that is there is compared as it is: what it may be called is known.
        changes = Diff() if parent is None else diff_data(parent, staging, most=_LISTED)
        if parent is not None and not target.exists():
            require_legal(parent.name, order.version, changes)
        statistics, digest = written.statistics, release_digest(written.entries)
        released = order.released or load_source().released.get(order.version) or statistics.last
        content = Content(
            citation=Citation(version=order.version, released=released or datetime.date(1970, 1, 1), digest=digest),
            edition="full",
            full_digest=digest,
            parent=None if parent is None else Parent(version=parent.name, digest=read_manifest(parent).digest),
            options=structs.replace(order.options, cut=cut),
            inputs=Inputs(
                captures=written.captures.kept + written.captures.excluded,
                kept=written.captures.kept,
                excluded=written.captures.excluded,
                sha256=written.captures.sha256,
                gold=gold,
                takedowns=takedowns,
                annotators=annotators,
            ),
            provenance=own_provenance(vocabularies),
            ledger=ledger,
            entries=written.entries,
            sizes=written.sizes,
            statistics=statistics,
            quality=quality,
            changelog=render_changelog(order.version, parent, changes, leaks),
            page=page or read_page(target / PAGE),
        )
        built = Built(path=target, state="written", digest=digest, statistics=statistics, leaks=leaks)
        write_folder(staging, content, written.figures)
        if target.exists():
            built = _compare(built, staging)
        else:
            move_into_place(staging, target)
    card = folder_card(content, prefix=f"{order.version}/")
    if built.state == "written":
        point_at(target, ledger, card)
    elif built.state != "differs":
        complete(target, ledger, card, digest)
    return built


def write_tables(folder: Path, parts: Iterable[Tables]) -> Data:
    """Write the data files of tables that are at hand, sorted, in parts in the order of their ids."""
    counting, captures = Counting(), InputCount()

    def counted() -> Iterator[Tables]:
        for part in parts:
            counting.add(part)
            captures.add(part)
            yield part

    entries, sizes = write_data(folder, counted(), "full")
    statistics = counting.finish()
    return Data(
        entries=entries,
        sizes=sizes,
        statistics=statistics,
        captures=captures.finish(),
        figures=draw_all(statistics),
    )


def find_cut(out: Path, order: Order, days: Mapping[datetime.date, int]) -> datetime.date | None:
    """Return the day that temporal splits are cut at: as ordered, as before, or by how many articles are of each."""
    parent = find_parent(out, order.version)
    inherited = None if parent is None else read_manifest(parent).options.cut  # a cut that moved would move articles
    return order.options.cut or inherited or default_cut(days)


def _compare(built: Built, staging: Path) -> Built:
    folders = (built.path, staging)
    old, new = ({**list_files(folder), **_entry(folder, NAME), **_entry(folder, SEAL)} for folder in folders)
    differing = sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))
    if not differing:
        return structs.replace(built, state="identical")
    changes = diff_data(built.path, staging, most=_LISTED)
    return structs.replace(
        built,
        state="differs" if changes.tables else "same-rows",
        differing=differing,
        changes=summarise(changes),
        smallest=smallest_legal(read_manifest(built.path).version, changes),
    )


def _entry(folder: Path, name: str) -> dict[str, FileEntry]:
    path = folder / name
    return {name: FileEntry(sha256=sha256_file(path), bytes=path.stat().st_size)} if path.exists() else {}
