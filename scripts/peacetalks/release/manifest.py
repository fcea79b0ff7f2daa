"""The manifest of a release: every file, table, input and version that it was made from, and no clock."""

import datetime
import hashlib
from pathlib import Path

import msgspec
from msgspec import UNSET, Struct, UnsetType

from peacetalks._files import sha256_file, write_atomic
from peacetalks.curate.version_names import is_version, version_key
from peacetalks.errors import ReleaseError
from peacetalks.release.provenance import Provenance
from peacetalks.release.schema import Edition

NAME = "manifest.json"
SEAL = "manifest.sha256"  # of the manifest's own bytes, in the form that `sha256sum -c` reads
FORMAT = 1


class FileEntry(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One file of the release."""

    sha256: str
    bytes: int


class TableEntry(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One table: the digest of its sorted rows, and the rows of each split."""

    digest: str
    rows: dict[str, int]


class Annotators(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many people the gold of a release is the work of, and how many of its pages two or more read apart."""

    people: int
    read_twice: int


class Inputs(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What came in: counts that add up, and digests of all ids and sources, of the gold and of the takedown list.

    What was taken down counts as a capture that is excluded, whether it still came in or not. `annotators` is unset
    where the gold is the work of one.
    """

    captures: int
    kept: int
    excluded: int
    sha256: str
    gold: str | None
    takedowns: str | None
    annotators: Annotators | UnsetType = UNSET


class Options(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a build was told: with it and the captures the same release is built again.

    `cut` is the day that the temporal splits are cut at; null where no day divides the articles. `catalogue` says that
    the catalogue's dates counted as evidence, `drop_contacts` that e-mail addresses and telephone numbers were masked;
    it is left out where they were not.
    """

    keep_off_topic: bool = False
    cut: datetime.date | None = None
    catalogue: bool = False
    drop_contacts: bool | UnsetType = UNSET


class Parent(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The release that this one follows: its version, and its digest of the content."""

    version: str
    digest: str


class Manifest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The manifest; `digest` names the content of the whole release.

    `format` is that of the manifest and of the checks: a release is judged by those of its own. `full_digest` of a
    stand-off edition is the digest of the edition with the texts.
    """

    format: int
    name: str
    version: str
    edition: Edition
    released: datetime.date
    digest: str
    full_digest: str
    parent: Parent | None
    options: Options
    inputs: Inputs
    tables: dict[str, TableEntry]
    provenance: Provenance
    files: dict[str, FileEntry]


class _Format(Struct):
    """What every manifest says, whatever else it holds."""

    format: int


def newest_release(out: Path) -> Path:
    """Return the folder of the newest release in a folder of releases; ReleaseError where there is none."""
    releases = [path.parent for path in out.glob(f"*/{NAME}") if is_version(path.parent.name)]
    if not releases:
        raise ReleaseError(f"{out}: holds no release; name a folder such as corpus/1.0.0")
    return max(releases, key=lambda path: version_key(path.name))


def list_files(folder: Path) -> dict[str, FileEntry]:
    """Return an entry for each file of a release but the manifest and its seal, by path, sorted."""
    own = (folder / NAME, folder / SEAL)
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path not in own)
    return {
        path.relative_to(folder).as_posix(): FileEntry(sha256=sha256_file(path), bytes=path.stat().st_size)
        for path in paths
    }


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write manifest.json and its seal."""
    data = msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n"
    write_atomic(folder / NAME, data)
    write_atomic(folder / SEAL, seal(data))


def seal(manifest: bytes) -> bytes:
    """Return the bytes of manifest.sha256."""
    return f"{hashlib.sha256(manifest).hexdigest()}  {NAME}\n".encode()


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest of a release folder; ReleaseError where it is missing or broken."""
    path = folder / NAME
    try:
        data = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise ReleaseError(f"{folder}: no {NAME}, so this is no release; name a folder such as corpus/1.0.0") from None
    except OSError as error:
        raise ReleaseError(f"{path}: {error.strerror}") from None
    try:
        return msgspec.json.decode(data, type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ReleaseError(_newer(path, data) or f"{path}: {error}") from None


def _newer(path: Path, data: bytes) -> str | None:
    try:
        found = msgspec.json.decode(data, type=_Format).format
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    if found <= FORMAT:
        return None
    return f"{path}: format {found} is newer than this program knows ({FORMAT}): use a newer one"
