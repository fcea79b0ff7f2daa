"""Write the folder of a release: its tables, and everything that a person needs to trust and cite them."""

import hashlib
from pathlib import Path

import pyarrow as pa
from msgspec import Struct

from peacetalks._files import write_atomic
from peacetalks.curate.ledger import SPLITS, Assignment, ledger_bytes
from peacetalks.record import Split
from peacetalks.release.card import ConfigSize, render_card
from peacetalks.release.citation import Citation, cite_bibtex, cite_cff, zenodo_metadata
from peacetalks.release.croissant import render_croissant
from peacetalks.release.datasheet import render_datasheet
from peacetalks.release.figures import draw_figures
from peacetalks.release.known_figures import draw_known_figures
from peacetalks.release.manifest import (
    FORMAT,
    Inputs,
    Manifest,
    Options,
    Parent,
    Provenance,
    TableEntry,
    list_files,
    write_manifest,
)
from peacetalks.release.page import FOLDER as PAGE
from peacetalks.release.page import Page, write_page
from peacetalks.release.parquet import digest_tables, to_table, write_table
from peacetalks.release.quality import NAME as QUALITY
from peacetalks.release.quality import Quality, encode_quality
from peacetalks.release.schema import TABLE_NAMES, Edition, write_json_schemas
from peacetalks.release.statistics import Statistics
from peacetalks.release.tables import Rows

_LICENCE = Path(__file__).with_name("licence.md")

Tables = dict[str, dict[Split, pa.Table]]


class Content(Struct, frozen=True, kw_only=True):
    """All that a release holds, before it is written; `full_digest` is that of the edition with the texts."""

    citation: Citation
    edition: Edition
    full_digest: str
    parent: Parent | None
    options: Options
    inputs: Inputs
    provenance: Provenance
    ledger: list[Assignment]
    tables: Tables
    entries: dict[str, TableEntry]
    sizes: list[ConfigSize]
    statistics: Statistics
    quality: Quality
    changelog: str
    page: Page


def make_tables(rows: Rows, edition: Edition = "full") -> Tables:
    """Return the Arrow tables of the rows, each with the splits that it has rows for."""
    tables: Tables = {}
    for name in (name for name in TABLE_NAMES if name in rows):
        by_split = rows[name]
        # An empty split can't be loaded, so it is left out; a table that is empty as a whole keeps one file.
        kept = {split: by_split[split] for split in SPLITS if by_split.get(split)} or {"train": []}
        tables[name] = {split: to_table(name, found, edition) for split, found in kept.items()}
    return tables


def measure_tables(tables: Tables) -> tuple[dict[str, TableEntry], list[ConfigSize]]:
    """Return the manifest's entry and the card's sizes of each table."""
    digests = {name: digest_tables(by_split.values()) for name, by_split in tables.items()}
    entries = {
        name: TableEntry(digest=digests[name], rows={split: table.num_rows for split, table in by_split.items()})
        for name, by_split in tables.items()
    }
    sizes = [
        ConfigSize(
            name=name,
            digest=digests[name],
            splits={split: (table.num_rows, table.nbytes) for split, table in by_split.items() if table.num_rows},
        )
        for name, by_split in tables.items()
    ]
    return entries, sizes


def write_folder(folder: Path, content: Content) -> None:
    """Write every file of the release, the manifest last."""
    version = content.citation.version
    for name, by_split in content.tables.items():
        for split, table in by_split.items():
            write_table(table, folder / data_file(name, split))
    write_json_schemas(folder / "schema", content.edition)
    figures = draw_figures(content.statistics) + draw_known_figures(content.statistics)
    for figure in figures:
        write_atomic(folder / figure.file, figure.svg)
    texts = {
        "README.md": folder_card(content, prefix=""),
        "DATASHEET.md": render_datasheet(version, content.statistics),
        "LICENSE.md": _LICENCE.read_text("utf-8"),
        "CHANGELOG.md": content.changelog,
        "CITATION.cff": cite_cff(content.citation),
        "CITATION.bib": cite_bibtex(content.citation),
        ".zenodo.json": zenodo_metadata(content.citation),
    }
    for name, text in texts.items():
        write_atomic(folder / name, text.encode())
    write_atomic(folder / "splits.csv", ledger_bytes(content.ledger))
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


def data_file(table: str, split: str) -> str:
    """Return the path of a table's file below the release."""
    return f"data/{table}/{split}-00000-of-00001.parquet"


def release_digest(tables: dict[str, TableEntry]) -> str:
    """Return the digest of a release's content: that of its tables' digests by name."""
    lines = "".join(f"{name} {tables[name].digest}\n" for name in sorted(tables))
    return hashlib.sha256(lines.encode()).hexdigest()
