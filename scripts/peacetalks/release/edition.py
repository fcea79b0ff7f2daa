"""Write another edition of a release: other tables, and all that does not hang on them as the release has it."""

from pathlib import Path

from peacetalks.curate.ledger import read_ledger
from peacetalks.release.citation import Citation
from peacetalks.release.folder import Content, move_into_place, release_digest, staged, write_data, write_folder
from peacetalks.release.manifest import Inputs, read_manifest
from peacetalks.release.page import FOLDER as PAGE
from peacetalks.release.page import read_page
from peacetalks.release.quality import read_quality
from peacetalks.release.schema import Edition
from peacetalks.release.statistics import Statistics
from peacetalks.release.tables import Tables


def write_edition(
    release: Path,
    target: Path,
    tables: Tables,
    *,
    edition: Edition,
    full_digest: str,
    inputs: Inputs,
    statistics: Statistics,
) -> str:
    """Write the edition to a folder that is not there yet, as a whole or not at all; return the digest of its rows."""
    manifest = read_manifest(release)
    with staged(target) as staging:
        entries, sizes = write_data(staging, [tables], edition)
        digest = release_digest(entries)
        content = Content(
            citation=Citation(version=manifest.version, released=manifest.released, digest=digest),
            edition=edition,
            full_digest=full_digest,
            parent=manifest.parent,
            options=manifest.options,
            inputs=inputs,
            provenance=manifest.provenance,
            ledger=read_ledger(release / "splits.csv"),
            entries=entries,
            sizes=sizes,
            statistics=statistics,
            quality=read_quality(release),
            changelog=(release / "CHANGELOG.md").read_text("utf-8"),
            page=read_page(release / PAGE),
        )
        write_folder(staging, content)
        move_into_place(staging, target)
    return digest
