"""Cut what is read into shards, and name each by all that decides what comes of it."""

import builtins
import hashlib
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Generic, TypeVar

from msgspec import Struct

from peacetalks.capture.inputs import InputFile, Place, read_files
from peacetalks.capture.pages import RawPage, size_of
from peacetalks.record import Excluded
from peacetalks.release.provenance import library_versions, vocabulary_digests

Named = RawPage | Excluded
T = TypeVar("T")

_PAGES = 256  # pages of one shard
_BYTES = 8_000_000  # and how many bytes they take at most, but for one page that is larger
_CATALOGUE = ("catalogue.jsonl", "catalogue.toml")
_NO_CODE = ("explorer", "fetch", "commands")  # no page goes through them
_NAME = 32  # hex digits


class Shard(Struct, Generic[T]):
    """The pages of one task, the digest of each and of all that it says, and the bytes that they take as they are.

    `files` are the sources of the files that they are from. `read` says how far the files are read with it, in bytes.
    `name` is what it is kept as.
    """

    pages: list[T]
    digests: list[builtins.bytes] = []
    files: set[str] = set()
    bytes: int = 0
    read: int = 0
    name: str = ""


def cut_shards(
    files: Sequence[InputFile], passed: Counter[str] | None = None, *, at_once: frozenset[str] | None = None
) -> Iterator[Shard[Named]]:
    """Yield the pages of the files in shards, bounded by count and by bytes and half as large on average.

    `passed` counts the records of crawls that hold no page; `read` of a shard is the bytes of the files so far. Workers
    unpack the pages of crawls, but for the files that are to be unpacked `at_once`, by their sources (None is all): a
    page that they find to be MISCUT asks for its file to be one of these.
    """
    shard: Shard[Named] = Shard([])
    place = Place()
    for file, pages in read_files(files, passed, place, at_once=at_once):
        for page in pages:
            size = 0 if isinstance(page, Excluded) else size_of(page)
            if len(shard.pages) == _PAGES or (shard.pages and shard.bytes + size > _BYTES):
                yield shard
                shard = Shard([])
            shard.pages.append(page)
            shard.files.add(file.source)
            shard.digests.append(_digest(page))
            shard.bytes += size
            shard.read = place.bytes
            # Ends are chosen by what a page holds, so that shards are the same again behind a page that came or went.
            if int.from_bytes(shard.digests[-1][:8], "big") >> 11 < (1 << 53) * max(2 / _PAGES, 2 * size / _BYTES):
                yield shard
                shard = Shard([])
    shard.read = place.bytes
    yield shard


def name_shard(digests: Sequence[bytes], circumstances: str) -> str:
    """Return the name of a shard: a digest of those of its pages, and of the circumstances.

    Gold is not in it: which entries a shard takes is known once its pages are read.
    """
    return hashlib.sha256(circumstances.encode() + b"".join(digests)).hexdigest()[:_NAME]


@lru_cache(maxsize=4)
def digest_circumstances(vocabularies: Path | None, *, known: bool, drop_contacts: bool = False) -> str:
    """Return a digest of all that decides the outcome of a page besides the page: code, weights, rules and options.

    `known` says that the catalogue's dates count; without it the catalogue decides nothing.
    """
    digest = hashlib.sha256()
    tables = vocabulary_digests(vocabularies)
    for name, value in sorted(tables.items()):
        if known or name not in _CATALOGUE:
            digest.update(f"{name} {value}\n".encode())
    digest.update(
        f"known {known}\ncontacts {not drop_contacts}\npython {sys.version_info[:2]}\n{code_digest()}\n".encode()
    )
    for name, value in sorted(library_versions().items()):
        digest.update(f"{name} {value}\n".encode())
    return digest.hexdigest()


@lru_cache(maxsize=1)
def code_digest() -> str:
    """Return a digest of the package's own files that a page can go through: code, rules and weights."""
    package = Path(__file__).resolve().parent.parent
    digest = hashlib.sha256()
    for path in sorted(package.rglob("*")):
        parts = path.relative_to(package).parts
        if parts[0] in _NO_CODE or "__pycache__" in parts or not path.is_file():
            continue
        digest.update(f"{'/'.join(parts)}\n".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _digest(page: Named) -> bytes:
    digest = hashlib.sha256()
    _feed(digest.update, page)
    return digest.digest()


def _feed(update: Callable[[bytes], None], value: object) -> None:
    """Feed a value of plain types and records into a digest, so that no two different ones feed the same."""
    if isinstance(value, bytes):
        update(b"b%d:" % len(value))
        update(value)
    elif isinstance(value, str):
        encoded = value.encode("utf-8", "surrogatepass")
        update(b"s%d:" % len(encoded) + encoded)
    elif isinstance(value, Struct):
        names = value.__struct_fields__
        update(f"{type(value).__name__}{len(names)}:".encode())
        for name in names:
            _feed(update, getattr(value, name))
    elif isinstance(value, dict):
        update(b"d%d:" % len(value))
        for key in value:
            _feed(update, key)
            _feed(update, value[key])
    elif isinstance(value, list | tuple):
        update(b"l%d:" % len(value))
        for item in value:
            _feed(update, item)
    else:  # a number, a flag, a day or nothing
        update(f"{type(value).__name__} {value};".encode())
