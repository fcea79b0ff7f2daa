"""Find the project's data files and write files whole or not at all."""

import hashlib
import os
from pathlib import Path


def schema_folder() -> Path:
    """Return the folder of vocabularies and schemas, of an installed package or of a checkout."""
    return _shipped("schema")


def seeds_folder() -> Path:
    """Return the folder of the five captures and their gold, of an installed package or of a checkout."""
    return _shipped("seeds")


def lock_file() -> Path | None:
    """Return the lock of a checkout, with every dependency's version and hash; None of an installed package."""
    path = Path(__file__).resolve().parent.parent.parent / "requirements.lock"
    return path if path.is_file() else None


def sha256_file(path: Path) -> str:
    """Return the SHA-256 of a file's bytes as 64 hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_atomic(path: Path, data: bytes) -> None:
    """Write `data` to `path` so that a reader sees the old file or the new one, never half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    with partial.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def _shipped(name: str) -> Path:
    package = Path(__file__).resolve().parent
    installed = package / name
    return installed if installed.is_dir() else package.parent.parent / name
