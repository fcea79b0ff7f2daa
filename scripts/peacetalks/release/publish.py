"""Publish a release: only what may be passed on, data first and manifest last, and never over another release."""

import hashlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import fsspec
from fsspec.implementations.local import LocalFileSystem
from msgspec import Struct

from peacetalks.capture.stores import is_address, redact, show
from peacetalks.errors import InputError, ReleaseError
from peacetalks.registry.outlets import load_outlets
from peacetalks.registry.rights import load_rights
from peacetalks.release.hub import HUB, plan_hub, publish_to_hub
from peacetalks.release.manifest import NAME, SEAL, list_files, read_manifest
from peacetalks.release.standoff import write_standoff
from peacetalks.release.validate import validate_release
from peacetalks.release.versions import read_tables

_SCHEMES = ("file", "s3", "gs", "az")


class Published(Struct, frozen=True, kw_only=True):
    """What was, or would be, published: where to, which edition, the files that were sent, and why not the full one."""

    address: str
    edition: str
    sent: list[str]
    already_there: bool
    withheld: dict[str, int]


def publish_release(release: Path, destination: str, *, has_rights: bool, dry_run: bool) -> Published:
    """Publish a sound release to a Hub repository (hf://datasets/OWNER/NAME), a folder or an object store.

    A full edition with texts that may not be passed on goes out as its stand-off edition, unless the publisher
    says that the rights are there. It is safe to run again after a cut: what is there already is not sent again.
    """
    findings = validate_release(release)
    if findings:
        first = findings[0]
        raise ReleaseError(
            f"{release}: {len(findings)} findings, the first {first.check}: {first.message}; nothing was published"
        )
    withheld = {} if has_rights else find_withheld(release)
    with _edition(release, standoff=bool(withheld)) as folder:
        if destination.startswith(HUB):
            act = plan_hub if dry_run else publish_to_hub
            sent, already = act(folder, destination.removeprefix(HUB))
            address = destination
        else:
            address = f"{destination.rstrip('/')}/{read_manifest(folder).version}"
            sent, already = send_folder(folder, address, dry_run=dry_run)
            address = show(address)
        edition = read_manifest(folder).edition
    return Published(address=address, edition=edition, sent=sent, already_there=already, withheld=withheld)


def find_withheld(release: Path) -> dict[str, int]:
    """Return how many articles of a full edition may not be passed on, by their terms; the agency's count as well."""
    if read_manifest(release).edition != "full":
        return {}
    terms = load_rights()
    counts: dict[str, int] = {}
    for table in read_tables(release)["articles"].values():
        for row in table.select(["rights", "outlet", "agency"]).to_pylist():
            agency = load_outlets().get(row["agency"])
            names = [row["rights"]] + ([agency.rights] if agency and row["agency"] != row["outlet"] else [])
            closed = [name for name in names if name not in terms or not terms[name].redistributable]
            if closed:
                counts[closed[0]] = counts.get(closed[0], 0) + 1
    return counts


def send_folder(folder: Path, address: str, *, dry_run: bool) -> tuple[list[str], bool]:
    """Copy a release to an address that fsspec knows; return the files that were sent, and whether all were there.

    A file is sent unless the same bytes are there. All are read back before the manifest is created, and that is done
    by an exclusive write, so that of two who publish at once one fails. ReleaseError where another release is there,
    or where the store fails.
    """
    shown = show(address)
    try:
        return _send(folder, address, shown, dry_run=dry_run)
    except _store_errors() as error:
        why = redact(f"{type(error).__name__}: {error}".splitlines()[0])
        raise ReleaseError(f"{shown}: the store refused ({why}); once that is mended, run the command again") from None


def _send(folder: Path, address: str, shown: str, *, dry_run: bool) -> tuple[list[str], bool]:
    store, root = _open_store(address, shown)
    manifest = (folder / NAME).read_bytes()
    there = store.cat_file(f"{root}/{NAME}") if store.exists(f"{root}/{NAME}") else None
    cut = there is not None and there != manifest and manifest.startswith(there)  # the start of our own
    there = None if cut else there
    if there is not None and there != manifest:
        raise ReleaseError(f"{shown}: another release of this version is there, and none is ever overwritten")
    names = [*list_files(folder), SEAL]
    wanted = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in names}
    missing = [name for name in names if _remote_digest(store, f"{root}/{name}") != wanted[name]]
    if there is not None:
        if missing:
            raise ReleaseError(f"{shown}: is published, but {', '.join(missing[:3])} differ: somebody has touched it")
        return [], True
    if dry_run:
        return [*missing, NAME], False
    for name in missing:
        path = f"{root}/{name}"
        store.makedirs(path.rpartition("/")[0], exist_ok=True)
        store.pipe_file(path, (folder / name).read_bytes())
    broken = [name for name in missing if _remote_digest(store, f"{root}/{name}") != wanted[name]]
    if broken:
        raise ReleaseError(f"{shown}: {', '.join(broken[:3])} did not arrive as sent; run the command again")
    try:
        _create(store, f"{root}/{NAME}", manifest, anew=cut)
    except FileExistsError:
        raise ReleaseError(f"{shown}: another release of this version came first") from None
    return [*missing, NAME], False


@contextmanager
def _edition(release: Path, *, standoff: bool) -> Iterator[Path]:
    if not standoff:
        yield release
        return
    with TemporaryDirectory(prefix="peacetalks-") as folder:
        yield write_standoff(release, Path(folder))


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


def _create(store: Any, path: str, data: bytes, *, anew: bool) -> None:  # noqa: ANN401  fsspec ships no types
    """Write a file that must not be there; `anew` over one that a cut left half written."""
    if isinstance(store, LocalFileSystem):  # which looks, and then writes: another could come between
        with Path(path).open("wb" if anew else "xb") as file:
            file.write(data)
    else:
        store.pipe_file(path, data, mode="overwrite" if anew else "create")


def _store_errors() -> tuple[type[Exception], ...]:
    """Return what a store fails with: besides OSError, errors of the libraries behind it, where they are loaded."""
    names = (("botocore.exceptions", "BotoCoreError"), ("aiohttp", "ClientError"))
    behind = [getattr(sys.modules[module], name) for module, name in names if module in sys.modules]
    return (OSError, NotImplementedError, *behind)


def _remote_digest(store: Any, path: str) -> str | None:  # noqa: ANN401  fsspec ships no types
    try:
        return hashlib.sha256(store.cat_file(path)).hexdigest()
    except FileNotFoundError:
        return None
