"""Write another edition of a release: other tables, and all that does not hang on them as the release has it."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from peacetalks._arrow import pa
from peacetalks.curate.ledger import read_ledger
from peacetalks.record import Split
from peacetalks.release.citation import Citation
from peacetalks.release.folder import Content, move_into_place, release_digest, staged, write_data, write_folder
from peacetalks.release.known_figures import draw_all
from peacetalks.release.manifest import Inputs, read_manifest
from peacetalks.release.page import FOLDER as PAGE
from peacetalks.release.page import read_page
from peacetalks.release.quality import read_quality
from peacetalks.release.schema import Edition
from peacetalks.release.statistics import Counting
from peacetalks.release.tables import Tables

_WRITTEN = 64_000_000  # bytes of rows that are written at a time


def write_edition(
    release: Path,
    target: Path,
    parts: Iterable[Tables],
    *,
    edition: Edition,
    full_digest: str,
    inputs: Inputs,
    counting: Counting,
) -> str:
    """Write the edition to a folder that is not there yet, as a whole or not at all; return the digest of its rows.

    `parts` are its tables in the order of the ids, `counting` has the numbers of what they hold once all were given.
    """
    manifest, ledger = read_manifest(release), release / "splits.csv"
    read_ledger(ledger)  # which says what is wrong with it: it is copied as it is
    with staged(target) as staging:
        entries, sizes = write_data(staging, _joined(parts), edition)
        digest = release_digest(entries)
        content = Content(
            citation=Citation(version=manifest.version, released=manifest.released, digest=digest),
            edition=edition,
            full_digest=full_digest,
            parent=manifest.parent,
            options=manifest.options,
            inputs=inputs,
            provenance=manifest.provenance,
            ledger=ledger,
            entries=entries,
            sizes=sizes,
            statistics=counting.finish(),
            quality=read_quality(release),
            changelog=(release / "CHANGELOG.md").read_text("utf-8"),
            page=read_page(release / PAGE),
        )
        write_folder(staging, content, draw_all(content.statistics))
        move_into_place(staging, target)
    return digest


def _joined(parts: Iterable[Tables]) -> Iterator[Tables]:
    """Yield parts together, as many as a build writes at a time: so a small edition is written as one."""
    waiting: list[Tables] = []
    size = 0
    for part in parts:
        waiting.append(part)
        size += sum(table.nbytes for by_split in part.values() for table in by_split.values())
        if size >= _WRITTEN:
            yield _concatenated(waiting)
            waiting, size = [], 0
    if waiting:
        yield _concatenated(waiting)


def _concatenated(parts: list[Tables]) -> Tables:
    found: dict[str, dict[Split, list[pa.Table]]] = {}
    for part in parts:
        for name, by_split in part.items():
            for split, table in by_split.items():
                found.setdefault(name, {}).setdefault(split, []).append(table)
    return {name: {split: pa.concat_tables(tables) for split, tables in some.items()} for name, some in found.items()}
