"""Find and open captures at an address: object stores, the Hub and the web, each of a closed list, none by a detour."""

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, NamedTuple
from urllib.parse import urlsplit

from peacetalks.errors import CaptureError, InputError

# What opens an address, and the extra that brings it; plain http is for a server of this machine alone: what comes
# over an open line may have been changed on the way, and a corpus is what it says it was read from.
_EXTRAS = {"s3": "s3", "gs": "gs", "az": "az", "hf": "", "https": "", "http": ""}
_WEB = ("https", "http")
_LOOPBACK = frozenset({"localhost", "127.0.0.1"})
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+(?:::|://)")
_PATTERN = re.compile(r"[*?\[]")
_USER = re.compile(r"(?<=/)(?:(?<=//)[^/@\s]{1,500}|[^/@\s:]{1,200}:[^/@\s]{1,200})@")
_KEY = re.compile(r"(?i)([?&;][\w.%-]{0,60}(?:token|key|sig|secret|pass|credential|auth)[\w.%-]{0,60}=)[^\s&;\"']+")
_TOKEN = re.compile(r"\b(?:hf_[A-Za-z]{30,40}|AKIA[A-Z0-9]{16}|gh[pousr]_\w{36,60}|sk-[A-Za-z0-9]{32,60})\b")
_SILENCE = 60  # seconds without a byte after which a web server is given up

# Errors of the libraries behind the addresses that are none of the system; known only once the library is loaded.
_CURES = {
    "NoCredentialsError": "no keys are known; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE",
}
_ERRORS = (
    ("aiohttp", "ClientError"),
    ("azure.core.exceptions", "AzureError"),
    ("botocore.exceptions", "BotoCoreError"),
    ("botocore.exceptions", "ClientError"),
    ("gcsfs.retry", "HttpError"),
    ("google.auth.exceptions", "GoogleAuthError"),
    ("huggingface_hub.errors", "HfHubHTTPError"),
    ("httpx2", "HTTPError"),
    ("httpx", "HTTPError"),
)


def is_address(name: str) -> bool:
    """Tell whether a name is an address rather than a path of this machine."""
    return _ADDRESS.match(name) is not None


def show(address: str) -> str:
    """Return an address without what may be secret in it: user, password and query."""
    if not is_address(address):
        return address
    try:
        parts = urlsplit(address)
    except ValueError:
        return address.partition("://")[0] + "://..."
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def redact(text: str) -> str:
    """Return a message without what may be secret in it: users, passwords, keys of a query, and tokens."""
    text = _USER.sub("***@", text)
    text = _KEY.sub(r"\1***", text)
    return _TOKEN.sub("***", text)


class StoredObject(NamedTuple):
    """One object: its address, its name below the folder or pattern that was asked for, and its size if it is told."""

    address: str
    name: str
    size: int | None


def find_objects(address: str) -> list[StoredObject]:
    """Return the objects that an address means, sorted by name; InputError without any.

    It may be that of an object, a folder or a pattern; of a web server only that of a file.
    """
    _require_readable(address)
    store, root = _open_store(address)
    scheme = address.partition("://")[0]
    if scheme in _WEB:
        return [StoredObject(address, urlsplit(address).path.rpartition("/")[2] or "index.html", None)]
    try:
        folder, found = _list(store, root.rstrip("/"))
    except OSError as error:
        raise InputError(f"{show(address)}: {_reason(error)}") from None
    except _store_errors() as error:
        raise InputError(f"{show(address)}: {_reason(error)}") from None
    if not found:
        raise InputError(f"{show(address)}: no such file or folder, or an empty one")
    names = {path.removeprefix(folder).lstrip("/"): path for path in found if not path.endswith("/")}
    return [StoredObject(f"{scheme}://{names[name]}", name, found[names[name]].get("size")) for name in sorted(names)]


def _list(store: Any, root: str) -> tuple[str, dict[str, Any]]:  # noqa: ANN401  fsspec ships no types
    """Return the folder that names start from, and what the store says of each object, by path."""
    pattern = _PATTERN.search(root)
    if pattern and not store.exists(root):
        found = store.glob(root, detail=True)
        files = {path: entry for path, entry in found.items() if entry["type"] == "file"}
        return root[: pattern.start()].rpartition("/")[0], files
    if store.isfile(root):
        return root.rpartition("/")[0], {root: store.info(root)}
    return root, store.find(root, detail=True)


def fetch_object(address: str) -> bytes:
    """Return the bytes of an object, asked for at once; CaptureError where it can't be read."""
    store, path = _open_store(address)
    with reading():
        data: bytes = store.cat_file(path)
        return data


@contextmanager
def open_object(address: str) -> Iterator[BinaryIO]:
    """Yield the stream of an object; CaptureError where it can't be read, then or later."""
    store, path = _open_store(address)
    with reading():
        stream = store.open(path, "rb")
        with stream:
            yield stream


@contextmanager
def reading() -> Iterator[None]:
    """Turn the errors of files and stores into CaptureError, without any word of theirs: it may hold an address."""
    try:
        yield
    except OSError as error:
        raise CaptureError("unreadable", _reason(error)) from None
    except _store_errors() as error:
        raise CaptureError("unreadable", _reason(error)) from None


def _open_store(address: str) -> tuple[Any, str]:
    """Return what opens an address, by its scheme alone: a name in a store may read like a chain of addresses."""
    scheme = address.partition(":")[0]
    try:
        import fsspec  # files on this machine do without

        store = fsspec.filesystem(scheme, **_options(scheme))
    except ImportError:
        raise InputError(f"{show(address)}: needs an extra: pip install 'peacetalks[{_EXTRAS[scheme]}]'") from None
    except (ValueError, OSError) as error:
        raise InputError(f"{show(address)}: {_reason(error)}") from None
    except _store_errors() as error:
        raise InputError(f"{show(address)}: {_reason(error)}") from None
    return store, address if scheme in _WEB else address.partition("://")[2]


def _require_readable(address: str) -> None:
    scheme = address.partition(":")[0]
    if "::" in address:
        raise InputError(f"{show(address)}: a chain of addresses is not read; name one")
    if scheme not in _EXTRAS:
        known = ", ".join(f"{scheme}://" for scheme in _EXTRAS if scheme != "http")
        raise InputError(f"{show(address)}: {scheme}:// is not read; use a path, {known}")
    if scheme == "http" and urlsplit(address).hostname not in _LOOPBACK:
        raise InputError(f"{show(address)}: plain http can be changed on its way; use https://")


def _options(scheme: str) -> dict[str, Any]:
    if scheme not in _WEB:
        return {"use_listings_cache": False} if scheme != "hf" else {}
    from aiohttp import ClientTimeout

    # By default a whole download has to end within five minutes.
    return {"client_kwargs": {"timeout": ClientTimeout(total=None, sock_connect=_SILENCE, sock_read=_SILENCE)}}


def _store_errors() -> tuple[type[Exception], ...]:
    return tuple(getattr(sys.modules[module], name) for module, name in _ERRORS if module in sys.modules)


def _reason(error: Exception) -> str:
    number = error.errno if isinstance(error, OSError) else None
    name = type(error).__name__
    return os.strerror(number) if number else _CURES.get(name, name)
