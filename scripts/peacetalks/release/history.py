"""Keep what a folder of releases says of all of them: the ledger of splits, which only grows, and the newest card."""

from collections.abc import Sequence
from pathlib import Path

from peacetalks._files import write_atomic
from peacetalks.curate.ledger import Assignment, is_version, ledger_bytes, read_ledger, version_key
from peacetalks.errors import ReleaseError
from peacetalks.release.manifest import NAME

STABLE = (1, 0, 0)  # from this version on a release is never touched
LEDGER = "splits.csv"


def list_versions(out: Path) -> list[str]:
    """Return the versions of the releases in a folder, oldest first."""
    names = [path.parent.name for path in out.glob(f"*/{NAME}")]
    return sorted(filter(is_version, names), key=version_key)


def known_assignments(out: Path, version: str) -> list[Assignment]:
    """Return the ledger of the versions before this one; ReleaseError where that of a release is not all in it.

    Rows that a cut, or a hand, took from the ledger of the folder are taken from that of the newest release.
    """
    path, wanted = out / LEDGER, version_key(version)
    ledger = read_ledger(path)
    ahead = [row.since for row in ledger if version_key(row.since) > max(wanted, STABLE)]
    if ahead and not (out / version / NAME).exists():
        raise ReleaseError(
            f"{path}: has articles since {max(ahead, key=version_key)}, so that {version} can't follow; "
            f"build a higher version"
        )
    before = [name for name in list_versions(out) if version_key(name) < wanted]
    if before:
        ledger = _extend(path, read_ledger(out / before[-1] / LEDGER), ledger, before[-1])
    return [row for row in ledger if version_key(row.since) < wanted]


def point_at(release: Path, ledger: Sequence[Assignment], card: str) -> None:
    """Make the ledger and the card beside a release that was just written its own."""
    write_atomic(release.parent / LEDGER, ledger_bytes(ledger))
    write_atomic(release.parent / "README.md", card.encode())


def complete(release: Path, ledger: Sequence[Assignment], card: str, digest: str) -> None:
    """Write the ledger and the card beside the newest release where a cut left those of the one before, or none."""
    out = release.parent
    if list_versions(out)[-1] != release.name:
        return
    kept = read_ledger(out / LEDGER)
    if not set(ledger) <= set(kept):
        write_atomic(out / LEDGER, ledger_bytes(ledger))
    path = out / "README.md"
    old = path.read_text("utf-8", "replace") if path.exists() else ""
    if f"version: {release.name}\n" not in old or digest not in old:
        write_atomic(path, card.encode())


def _extend(path: Path, released: list[Assignment], ledger: list[Assignment], version: str) -> list[Assignment]:
    missing = set(released) - set(ledger)
    if not missing:
        return ledger
    known = {row.article: row for row in ledger}
    for row in released:
        if row.article in known and row in missing:
            raise ReleaseError(
                f"{path}: article {row.article} is in {known[row.article].split} since {known[row.article].since}, in "
                f"that of {version} in {row.split} since {row.since}; the ledger only grows: copy that of {version}"
            )
    names = {row.article for row in released}
    return [*released, *(row for row in ledger if row.article not in names)]
