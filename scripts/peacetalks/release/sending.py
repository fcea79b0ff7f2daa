"""Send a release to a folder or an object store: data first and manifest last, one release of a version at a time."""

import hashlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import fsspec
from fsspec.implementations.local import LocalFileSystem

from peacetalks._files import sha256_file
from peacetalks.capture.stores import is_address, redact, show
from peacetalks.errors import InputError, ReleaseError
from peacetalks.release.hub import HUB
from peacetalks.release.lock import hold
from peacetalks.release.manifest import NAME, SEAL, list_files

_SCHEMES = ("file", "s3", "gs", "az")
_CLAIM = ".publishing"  # where a store has no lock: the digest of the manifest that is to come


def send_folder(folder: Path, address: str, *, dry_run: bool) -> tuple[list[str], bool]:
    """Copy a release to an address that fsspec knows; return the files that were sent, and whether all were there.

    A file is sent unless the same bytes are there; all are read back before the manifest is written. Of those who
    publish two releases of a version at once, one goes on: BuildError or ReleaseError for the other, and ReleaseError
    where another release is there, or where the store fails.
    """
    place = _Place(folder, address)
    try:
        if place.is_published():
            return [], True
        if dry_run:
            return [*place.find_missing(), NAME], False
        with place.alone():
            if place.is_published():  # by one that ended before this one was alone
                return [], True
            return place.send(), False
    except _store_errors() as error:
        why = redact(f"{type(error).__name__}: {error}".splitlines()[0])
        raise ReleaseError(
            f"{place.shown}: the store refused ({why}); once that is mended, run the command again"
        ) from None


class _Place:
    """Where a release goes to, and what of it is there."""

    def __init__(self, folder: Path, address: str) -> None:
        self.shown = show(address)
        self._folder = folder
        self._store, self._root = _open_store(address, self.shown)
        self._manifest = (folder / NAME).read_bytes()
        self._wanted = {name: sha256_file(folder / name) for name in [*list_files(folder), SEAL]}

    def is_published(self) -> bool:
        """Return whether the release is there with its manifest; ReleaseError where another one is."""
        path = f"{self._root}/{NAME}"
        there = self._store.cat_file(path) if self._store.exists(path) else b""
        if not self._manifest.startswith(there):  # the start of our own is that of a cut
            raise ReleaseError(f"{self.shown}: another release of this version is there, and none is ever overwritten")
        if there != self._manifest:
            return False
        if missing := self.find_missing():
            names = ", ".join(missing[:3])
            raise ReleaseError(f"{self.shown}: is published, but {names} differ: somebody has touched it")
        return True

    def find_missing(self) -> list[str]:
        """Return the files, but for the manifest, that are not there as they have to be."""
        return [name for name in self._wanted if not self._is_there(name)]

    def send(self) -> list[str]:
        """Send what is missing, and the manifest once all is there; return what was sent."""
        missing = self.find_missing()
        self._write(missing)
        if broken := [name for name in missing if not self._is_there(name)]:
            names = ", ".join(broken[:3])
            raise ReleaseError(f"{self.shown}: {names} did not arrive as sent; run the command again")
        self._write([NAME])
        return [*missing, NAME]

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Let one release of a version be sent at a time: where each only looks first, files of two can mix.

        A folder is held by the system. An object store has no lock: there an object, which it lets one publisher
        create, says which release comes until the manifest is there. Who sends the same, as after a cut, goes on.
        """
        if isinstance(self._store, LocalFileSystem):
            with hold(Path(self._root).parent, work="command"):
                yield
            return
        claim, digest = f"{self._root}/{_CLAIM}", hashlib.sha256(self._manifest).hexdigest().encode()
        if not self._store.exists(claim):
            with suppress(FileExistsError):
                self._store.pipe_file(claim, digest, mode="create")
        with suppress(FileNotFoundError):  # whoever had it has just ended, and has left a manifest
            if self._store.cat_file(claim) != digest:
                raise ReleaseError(
                    f"{self.shown}: another release of this version is being sent there, or was until a cut; wait, or "
                    f"publish that one again, or, if nobody will, remove {_CLAIM} there"
                )
        try:
            yield
        finally:
            if self._store.exists(f"{self._root}/{NAME}"):
                with suppress(FileNotFoundError):
                    self._store.rm_file(claim)

    def _write(self, names: list[str]) -> None:
        for name in names:
            path = f"{self._root}/{name}"
            self._store.makedirs(path.rpartition("/")[0], exist_ok=True)
            self._store.pipe_file(path, (self._folder / name).read_bytes())

    def _is_there(self, name: str) -> bool:
        try:
            there = self._store.cat_file(f"{self._root}/{name}")
        except FileNotFoundError:
            return False
        return hashlib.sha256(there).hexdigest() == self._wanted[name]


def _open_store(address: str, shown: str) -> tuple[Any, str]:
    scheme = address.partition(":")[0] if is_address(address) else "file"
    if "::" in address or scheme not in _SCHEMES:
        known = ", ".join(f"{name}://" for name in _SCHEMES if name != "file")
        raise InputError(f"{shown}: nothing is published there; name a folder, {HUB}OWNER/NAME, {known}")
    try:
        store, root = fsspec.core.url_to_fs(address)
    except ImportError as error:
        raise InputError(f"{shown}: {error}; for s3:// addresses: pip install 'peacetalks[s3]'") from None
    except ValueError as error:
        raise InputError(f"{shown}: {redact(str(error))}") from None
    # What it lists may be what it listed a while ago: a store has to be asked each time.
    if hasattr(store, "use_listings_cache"):
        store.use_listings_cache = False
    store.invalidate_cache()
    return store, str(root).rstrip("/")


def _store_errors() -> tuple[type[Exception], ...]:
    """Return what a store fails with: besides OSError, errors of the libraries behind it, where they are loaded."""
    names = (("botocore.exceptions", "BotoCoreError"), ("aiohttp", "ClientError"))
    behind = [getattr(sys.modules[module], name) for module, name in names if module in sys.modules]
    return (OSError, NotImplementedError, *behind)
