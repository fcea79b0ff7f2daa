"""Put articles and their copies on the takedown list, from which the next version is built."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from peacetalks._files import write_atomic
from peacetalks.curate.takedowns import Takedown, read_takedowns, takedown_bytes, text_digest
from peacetalks.curate.version_names import version_key
from peacetalks.errors import ReleaseError
from peacetalks.release.manifest import newest_release, read_manifest
from peacetalks.release.versions import read_tables


def take_down(out: Path, articles: Sequence[str]) -> tuple[list[str], str]:
    """Add articles or records, with all of their clusters, to `out/takedowns.csv`; return the ids and the next version.

    The list holds ids and digests of texts alone: it says what must not come back, and not whose wish that was.
    """
    release = newest_release(out)
    manifest = read_manifest(release)
    if manifest.edition != "full":
        raise ReleaseError(f"{release}: is a stand-off edition; name the folder of the full ones")
    tables = read_tables(release)
    found = [table for name in ("articles", "catalogue") for table in tables.get(name, {}).values()]
    rows = [row for table in found for row in table.to_pylist()]
    known = {row["id"]: row for row in rows}
    unknown = sorted(set(articles) - known.keys())
    if unknown:
        raise ReleaseError(f"{release}: has no article or record {', '.join(unknown)}")
    clusters = {known[name]["cluster"] for name in articles}
    gone = [row for row in rows if row["cluster"] in clusters]
    major = version_key(manifest.version)[0] + 1
    path = out / "takedowns.csv"
    listed = read_takedowns(path)
    added = [
        Takedown(digest=digest, kind=kind, since=f"{major}.0.0")
        for row in sorted(gone, key=lambda row: row["id"])
        for digest, kind in _digests(row)
    ]
    rows_of = {row.digest: row for row in [*added[::-1], *listed]}  # each once: copies can have one text
    write_atomic(path, takedown_bytes([*listed, *(row for row in added if rows_of[row.digest] is row)]))
    return sorted(row["id"] for row in gone), f"{major}.0.0"


def _digests(row: dict[str, Any]) -> Iterator[tuple[str, str]]:
    yield row["id"], "article"
    if "text" in row:  # a record of the catalogue has none
        yield text_digest(row["text"]), "text"
