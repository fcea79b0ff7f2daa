"""Check a release: every check has a stable id, and reads what is on disk, never what a build remembers."""

from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Literal

from msgspec import Struct

from peacetalks.curate.version_names import is_version
from peacetalks.errors import ReleaseError
from peacetalks.release import (
    checks_card,
    checks_content,
    checks_files,
    checks_policy,
    checks_records,
    checks_tables,
    checks_text,
)
from peacetalks.release.manifest import NAME, SEAL, list_files
from peacetalks.release.opened import Opened, open_release

Level = Literal["files", "format", "text", "tables", "policy"]


class Check(Struct, frozen=True, kw_only=True):
    """One check: its level, what it runs, and the format of releases that first had it: older ones are spared it."""

    level: Level
    run: Callable[[Opened], Iterator[str]]
    since: int = 1


# In the order of what they rest on: rows are looked at only where every file opens and has its schema, and texts only
# in an edition that has them.
CHECKS: dict[str, Check] = {
    "files-exact": Check(level="files", run=checks_files.files_exact),
    "file-hash": Check(level="files", run=checks_files.file_hash),
    "parquet-open": Check(level="files", run=checks_files.parquet_open),
    "manifest-schema": Check(level="files", run=checks_files.manifest_schema),
    "names-safe": Check(level="files", run=checks_files.names_safe),
    "schema-exact": Check(level="format", run=checks_files.schema_exact),
    "row-counts": Check(level="format", run=checks_files.row_counts),
    "reconcile": Check(level="format", run=checks_content.reconcile),
    "id-unique": Check(level="format", run=checks_content.id_unique),
    "sorted-deterministic": Check(level="format", run=checks_content.sorted_deterministic),
    "required-not-null": Check(level="format", run=checks_content.required_not_null),
    "enums-ranges": Check(level="format", run=checks_content.enums_ranges),
    "utf8-nfc": Check(level="text", run=checks_text.utf8_nfc),
    "no-controls": Check(level="text", run=checks_text.no_controls),
    "clean-fixpoint": Check(level="text", run=checks_text.clean_fixpoint),
    "size-bounds": Check(level="text", run=checks_text.size_bounds),
    "language-agrees": Check(level="text", run=checks_text.language_agrees),
    "mojibake-chrome": Check(level="text", run=checks_text.mojibake_chrome),
    "spans-valid": Check(level="tables", run=checks_tables.spans_valid),
    "audit-rebuild": Check(level="tables", run=checks_tables.audit_rebuild),
    "refs": Check(level="tables", run=checks_tables.references),
    "splits-no-leak": Check(level="tables", run=checks_tables.splits_no_leak),
    "records": Check(level="tables", run=checks_records.records),
    "loadable": Check(level="tables", run=checks_card.loadable),
    "privacy-takedown-rights": Check(level="policy", run=checks_policy.privacy_takedown_rights),
    "drift-immutable": Check(level="policy", run=checks_policy.drift_immutable),
}
_ON_ROWS = frozenset(list(CHECKS)[list(CHECKS).index("reconcile") :])
_MOST = 20


class Finding(Struct, frozen=True, kw_only=True):
    """One fault: the id of the check, and what and where."""

    check: str
    message: str


def validate_release(folder: Path) -> list[Finding]:
    """Return what is wrong with a release, nothing where it is sound; ReleaseError where it is no release.

    A check shows its first 20 findings.
    """
    try:
        release = open_release(folder)
    except ReleaseError as error:
        if not (folder / NAME).is_file():
            raise
        return [Finding(check="manifest-schema", message=str(error))]
    findings: list[Finding] = []
    for name, check in CHECKS.items():
        broken = release.unreadable or not is_version(release.manifest.version)
        broken = broken or any(finding.check == "schema-exact" for finding in findings)
        if check.since > release.manifest.format or (name in _ON_ROWS and broken):
            continue
        if check.level == "text" and release.manifest.edition != "full":
            continue
        # What the reader's library makes of damaged files says nothing that the checks before it did not.
        if name == "loadable" and any(CHECKS[finding.check].level in ("files", "format") for finding in findings):
            continue
        findings += [Finding(check=name, message=message) for message in islice(_run(check, release), _MOST)]
    return findings


def _run(check: Check, release: Opened) -> Iterator[str]:
    try:
        yield from check.run(release)
    except ReleaseError as error:  # what it looks up beside the release can't be read
        yield str(error)


def compare_folders(release: Path, rebuilt: Path) -> list[Finding]:
    """Return a finding for each file whose bytes differ between a release and the same built again."""
    names = {*list_files(release), *list_files(rebuilt), NAME, SEAL}
    findings = []
    for name in sorted(names):
        old, new = (folder / name for folder in (release, rebuilt))
        if not old.exists() or not new.exists():
            findings.append(
                Finding(check="rebuild", message=f"{name}: is not in the {'old' if new.exists() else 'new'}")
            )
        elif old.read_bytes() != new.read_bytes():
            findings.append(Finding(check="rebuild", message=f"{name}: other bytes when it is built again"))
    return findings
