"""Check a release: every check has a stable id, and reads what is on disk, never what a build remembers."""

from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

from msgspec import Struct

from peacetalks.release import checks_content, checks_files
from peacetalks.release.opened import Opened, open_release

Check = Callable[[Opened], Iterator[str]]

# In the order of what they rest on: bytes, then format, then text, then what ties the tables together.
CHECKS: dict[str, Check] = {
    "files-exact": checks_files.files_exact,
    "file-hash": checks_files.file_hash,
    "names-safe": checks_files.names_safe,
    "parquet-open": checks_files.parquet_open,
    "manifest-version": checks_files.manifest_version,
    "schema-exact": checks_files.schema_exact,
    "row-counts": checks_files.row_counts,
    "table-digest": checks_files.table_digest,
    "card-agrees": checks_files.card_agrees,
    "record-valid": checks_content.record_valid,
    "id-unique": checks_content.id_unique,
    "sorted": checks_content.sorted_rows,
    "reconcile": checks_content.reconcile,
    "dates-in-range": checks_content.dates_in_range,
    "text-clean": checks_content.text_clean,
    "spans-valid": checks_content.spans_valid,
    "audit-rebuild": checks_content.audit_rebuild,
    "refs": checks_content.references,
    "splits-no-leak": checks_content.splits_no_leak,
}
_CONTENT = frozenset(name for name, check in CHECKS.items() if check.__module__ == checks_content.__name__)
_MOST = 20


class Finding(Struct, frozen=True, kw_only=True):
    """One fault: the id of the check, and what and where."""

    check: str
    message: str


def validate_release(folder: Path) -> list[Finding]:
    """Return what is wrong with a release, nothing where it is sound; ReleaseError where it is no release.

    A check shows its first 20 findings. Rows are checked only where every file opens and has its declared schema.
    """
    release = open_release(folder)
    findings: list[Finding] = []
    for name, check in CHECKS.items():
        if name in _CONTENT and (release.unreadable or any(finding.check == "schema-exact" for finding in findings)):
            break
        findings += [Finding(check=name, message=message) for message in islice(check(release), _MOST)]
    return findings
