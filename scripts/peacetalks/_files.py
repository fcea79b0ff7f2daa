"""Find the project's data files and write files whole or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

_COPIED = 1 << 18  # bytes at a time


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
    import hashlib  # it loads OpenSSL, which --help needs as little as it does a digest

    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_atomic(path: Path, data: bytes) -> None:
    """Write `data` to `path` so that a reader sees the old file or the new one, never half of it."""
    with replacing(path) as file:
        file.write(data)


def copy_atomic(source: Path, path: Path) -> None:
    """Copy a file to `path` so that a reader sees the old file or the new one, never half of it."""
    with source.open("rb") as read, replacing(path) as file:
        while some := read.read(_COPIED):
            file.write(some)


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Yield a file that takes the place of `path` once all of it is on the disk; an error leaves the old one."""
    partial = path.with_name(f".{path.name}.partial")
    with naming(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with partial.open("wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            partial.replace(path)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise
        sync_folder(path.parent)


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Give an error of the system the path that it is about: that of a write that found no room has none."""
    try:
        yield
    except OSError as error:
        if error.errno is not None and error.filename is None:
            error.filename = str(path)
        raise


def sync_folder(folder: Path) -> None:
    """Wait until the names in a folder are on the disk: a rename that is not can be undone by a power cut."""
    with suppress(PermissionError):  # where folders can't be opened, the system keeps their names itself
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _shipped(name: str) -> Path:
    package = Path(__file__).resolve().parent
    installed = package / name
    return installed if installed.is_dir() else package.parent.parent / name
