"""Keep what a folder of releases says of all of them: the ledger of splits, which only grows, and the newest card."""

from pathlib import Path

import numpy as np

from peacetalks._files import copy_atomic, write_atomic
from peacetalks.curate.ids import find_ids
from peacetalks.curate.ledger import Ledger, read_ledger
from peacetalks.curate.version_names import is_version, version_key
from peacetalks.errors import ReleaseError
from peacetalks.release.manifest import NAME

STABLE = (1, 0, 0)  # from this version on a release is never touched
LEDGER = "splits.csv"


def list_versions(out: Path) -> list[str]:
    """Return the versions of the releases in a folder, oldest first."""
    names = [path.parent.name for path in out.glob(f"*/{NAME}")]
    return sorted(filter(is_version, names), key=version_key)


def known_assignments(out: Path, version: str) -> Ledger:
    """Return the ledger of the versions before this one; ReleaseError where that of a release is not all in it.

    Rows that a cut, or a hand, took from the ledger of the folder are taken from that of the newest release.
    """
    path, wanted = out / LEDGER, version_key(version)
    ledger = read_ledger(path)
    ahead = [name for name in ledger.versions if version_key(name) > max(wanted, STABLE)]
    if ahead and not (out / version / NAME).exists():
        raise ReleaseError(
            f"{path}: has articles since {max(ahead, key=version_key)}, so that {version} can't follow; "
            f"build a higher version"
        )
    before = [name for name in list_versions(out) if version_key(name) < wanted]
    if before:
        ledger = _extend(path, read_ledger(out / before[-1] / LEDGER), ledger, before[-1])
    return ledger.where(ledger.before(version))


def point_at(release: Path, ledger: Path, card: str) -> None:
    """Make the ledger and the card beside a release that was just written its own."""
    copy_atomic(ledger, release.parent / LEDGER)
    write_atomic(release.parent / "README.md", card.encode())


def complete(release: Path, ledger: Path, card: str, digest: str) -> None:
    """Write the ledger and the card beside the newest release where a cut left those of the one before, or none."""
    out = release.parent
    if list_versions(out)[-1] != release.name:
        return
    if read_ledger(out / LEDGER).missing(read_ledger(ledger)).any():
        copy_atomic(ledger, out / LEDGER)
    path = out / "README.md"
    old = path.read_text("utf-8", "replace") if path.exists() else ""
    if f"version: {release.name}\n" not in old or digest not in old:
        write_atomic(path, card.encode())


def _extend(path: Path, released: Ledger, ledger: Ledger, version: str) -> Ledger:
    missing = np.flatnonzero(ledger.missing(released))
    if not len(missing):
        return ledger
    places = find_ids(ledger.id, released.id[missing])
    for there, own in zip(missing.tolist(), places.tolist(), strict=True):
        if own >= 0:
            row, known = released.row(there), ledger.row(own)
            raise ReleaseError(
                f"{path}: article {row.article} is in {known.split} since {known.since}, in "
                f"that of {version} in {row.split} since {row.since}; the ledger only grows: copy that of {version}"
            )
    return released.extended(ledger.where(find_ids(released.id, ledger.id) < 0))
