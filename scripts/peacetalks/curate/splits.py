"""Assign clusters to splits so that none straddles two, and none ever moves: the ledger remembers."""

import csv
import hashlib
import io
from pathlib import Path

from msgspec import Struct

from peacetalks.errors import ReleaseError
from peacetalks.record import Split

SPLITS: tuple[Split, ...] = ("train", "validation", "test")
SHARES: dict[Split, float] = {"train": 0.8, "validation": 0.1, "test": 0.1}
_HEADER = ["cluster", "split", "since"]


class Assignment(Struct, frozen=True, kw_only=True):
    """One row of the ledger: a cluster, its split, and the version that first had it."""

    cluster: str
    split: Split
    since: str


def assign_splits(clusters: dict[str, list[str]], ledger: list[Assignment], version: str) -> list[Assignment]:
    """Return the ledger with a row for each new cluster (id to member ids) appended.

    A cluster that holds the first member of an older one inherits its split. The rest fill the shares of the whole
    in an order that depends on their ids alone. From three clusters on no split is left empty.
    """
    known = {row.cluster: row.split for row in ledger}
    assigned: dict[str, Split] = {}
    for cluster, members in sorted(clusters.items()):
        inherited = [known[member] for member in sorted(members) if member in known]
        if inherited:
            assigned[cluster] = known.get(cluster, inherited[0])
    quotas = _quotas(len(clusters))
    for split in assigned.values():
        quotas[split] -= 1
    for cluster in sorted(clusters.keys() - assigned.keys(), key=_shuffle_key):
        split = max(SPLITS, key=lambda name: (quotas[name] > 0, quotas[name] / SHARES[name]))
        quotas[split] -= 1
        assigned[cluster] = split
    return ledger + [
        Assignment(cluster=cluster, split=assigned[cluster], since=version)
        for cluster in sorted(assigned)
        if cluster not in known
    ]


def read_ledger(path: Path) -> list[Assignment]:
    """Return the rows of splits.csv, none where the file does not exist; ReleaseError where a row is broken."""
    if not path.exists():
        return []
    rows = list(csv.reader(io.StringIO(path.read_text("utf-8"))))
    if not rows or rows[0] != _HEADER:
        raise ReleaseError(f"{path}: the first line must be {','.join(_HEADER)}")
    ledger: list[Assignment] = []
    for number, row in enumerate(rows[1:], start=2):
        split = next((split for split in SPLITS if len(row) == len(_HEADER) and row[1] == split), None)
        if split is None:
            raise ReleaseError(
                f"{path}: line {number}: expected cluster, one of {', '.join(SPLITS)}, version; got {row}"
            )
        ledger.append(Assignment(cluster=row[0], split=split, since=row[2]))
    return ledger


def ledger_bytes(ledger: list[Assignment]) -> bytes:
    """Return the ledger as the bytes of splits.csv."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_HEADER)
    writer.writerows([row.cluster, row.split, row.since] for row in ledger)
    return out.getvalue().encode()


def _quotas(clusters: int) -> dict[Split, int]:
    small: list[Split] = ["validation", "test"]
    quotas: dict[Split, int] = {split: round(SHARES[split] * clusters) for split in small}
    if clusters >= len(SPLITS):
        quotas = {split: max(1, count) for split, count in quotas.items()}
    quotas["train"] = clusters - sum(quotas.values())
    return quotas


def _shuffle_key(cluster: str) -> bytes:
    # Ids are hashes of captures, but a second hash keeps the order from following the id that names the cluster.
    return hashlib.sha256(f"split {cluster}".encode()).digest()
