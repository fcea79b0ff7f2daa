"""Write the folder of a release: its tables, and everything that a person needs to trust and cite them."""

import hashlib
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec import Struct

from peacetalks._files import copy_atomic, sync_folder, write_atomic
from peacetalks.release.card import render_card
from peacetalks.release.citation import Citation, cite_bibtex, cite_cff, zenodo_metadata
from peacetalks.release.croissant import render_croissant
from peacetalks.release.data_files import ConfigSize, DataFiles
from peacetalks.release.datasheet import render_datasheet
from peacetalks.release.figures import Figure
from peacetalks.release.manifest import (
    FORMAT,
    Inputs,
    Manifest,
    Options,
    Parent,
    TableEntry,
    list_files,
    write_manifest,
)
from peacetalks.release.page import FOLDER as PAGE
from peacetalks.release.page import Page, write_page
from peacetalks.release.provenance import Provenance
from peacetalks.release.quality import NAME as QUALITY
from peacetalks.release.quality import Quality, encode_quality
from peacetalks.release.schema import Edition, write_json_schemas
from peacetalks.release.statistics import Statistics
from peacetalks.release.tables import Tables

_LICENCE = Path(__file__).with_name("licence.md")


class Content(Struct, frozen=True, kw_only=True):
    """All that a release holds, before it is written.

    `full_digest` is that of the edition with the texts, `ledger` the file of the ledger: it has a row an article.
    """

    citation: Citation
    edition: Edition
    full_digest: str
    parent: Parent | None
    options: Options
    inputs: Inputs
    provenance: Provenance
    ledger: Path
    entries: dict[str, TableEntry]
    sizes: list[ConfigSize]
    statistics: Statistics
    quality: Quality
    changelog: str
    page: Page


@contextmanager
def staged(target: Path) -> Iterator[Path]:
    """Yield the folder to write a release to, beside its target; what is still there in the end is removed."""
    staging = target.with_name(f".staging-{target.name}")
    shutil.rmtree(staging, ignore_errors=True)
    try:
        yield staging
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def move_into_place(staging: Path, target: Path) -> None:
    """Give a complete release its name, at once and for good."""
    staging.rename(target)
    sync_folder(target.parent)


def write_folder(folder: Path, content: Content, figures: Sequence[Figure]) -> None:
    """Write every file of a release whose data files are there, the manifest last."""
    version = content.citation.version
    write_json_schemas(folder / "schema", content.edition)
    for figure in figures:
        write_atomic(folder / figure.file, figure.svg)
    texts = {
        "README.md": folder_card(content, prefix=""),
        "DATASHEET.md": render_datasheet(version, content.statistics),
        "LICENSE.md": _LICENCE.read_text("utf-8"),
        "CHANGELOG.md": content.changelog,
        "CITATION.cff": cite_cff(content.citation),
        "CITATION.bib": cite_bibtex(content.citation),
        ".zenodo.json": zenodo_metadata(content.citation, content.edition),
    }
    for name, text in texts.items():
        write_atomic(folder / name, text.encode())
    copy_atomic(content.ledger, folder / "splits.csv")
    write_atomic(folder / QUALITY, encode_quality(content.quality))
    write_page(folder / PAGE, content.page)
    croissant = render_croissant(
        content.citation,
        content.edition,
        content.sizes,
        content.statistics,
        content.inputs.annotators,
        list_files(folder),
    )
    write_atomic(folder / "croissant.json", croissant.encode())
    manifest = Manifest(
        format=FORMAT,
        name="peacetalks",
        version=version,
        edition=content.edition,
        released=content.citation.released,
        digest=content.citation.digest,
        full_digest=content.full_digest,
        parent=content.parent,
        options=content.options,
        inputs=content.inputs,
        tables=content.entries,
        provenance=content.provenance,
        files=list_files(folder),
    )
    write_manifest(folder, manifest)


def write_data(
    folder: Path, parts: Iterable[Tables], edition: Edition
) -> tuple[dict[str, TableEntry], list[ConfigSize]]:
    """Write the data files of a release that is at hand; return the manifest's entry and the card's sizes of each."""
    folder.mkdir(parents=True, exist_ok=True)
    # Not where the system keeps what is temporary: that may be small, and what is sorted grows with the corpus.
    with TemporaryDirectory(prefix=".sorting-", dir=folder) as scratch:
        files = DataFiles(folder, edition, Path(scratch))
        for part in parts:
            files.add(part)
        return files.finish()


def folder_card(content: Content, *, prefix: str) -> str:
    """Return the card of the release, with paths that start at its folder, or at the one above with a prefix."""
    return render_card(
        content.citation,
        content.edition,
        content.sizes,
        content.statistics,
        content.quality,
        content.changelog,
        content.inputs.annotators,
        prefix=prefix,
    )


def release_digest(tables: dict[str, TableEntry]) -> str:
    """Return the digest of a release's content: that of its tables' digests by name."""
    lines = "".join(f"{name} {tables[name].digest}\n" for name in sorted(tables))
    return hashlib.sha256(lines.encode()).hexdigest()
