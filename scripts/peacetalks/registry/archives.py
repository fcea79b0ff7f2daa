"""The web archives that pages can be fetched from, from archives.toml or by address."""

from functools import cache
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from msgspec import Meta, Struct

from peacetalks._files import schema_folder
from peacetalks.errors import InputError, VocabularyError
from peacetalks.registry.vocabulary import convert_entries, read_toml, require_known_keys

Address = Annotated[str, Meta(pattern=r"^https?://[^/\s]+/\S*$")]


class Archive(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One web archive and its interfaces; `delay` in seconds.

    `index` (CDX) and `timemap` (Memento) list the captures of a page, and `page` serves one as it was taken. An archive
    of crawls has `crawls`, its list of CDX indexes, and `data`, where the WARC files that these name can be read.
    """

    id: str
    name: str
    index: Address | None = None
    timemap: Address | None = None
    page: Address | None = None
    crawls: Address | None = None
    data: Address | None = None
    delay: Annotated[float, Meta(ge=0)] = 2.0
    terms: str | None = None


@cache
def load_archives(path: Path | None = None) -> dict[str, Archive]:
    """Return the archives by id; VocabularyError names file, entry and rule. Default: the package's own."""
    path = path or schema_folder() / "archives.toml"
    document = read_toml(path)
    require_known_keys(path, document, {"archive"})
    archives = convert_entries(path, document, "archive", Archive)
    for archive in archives:
        served = archive.page is not None and (archive.index or archive.timemap) is not None
        if served == (archive.crawls is not None and archive.data is not None):
            raise VocabularyError(
                f"{path.name}: archive {archive.id!r}: needs `page` with `index` or `timemap`, or `crawls` with `data`"
            )
    return {archive.id: archive for archive in archives}


def find_archive(name: str) -> Archive:
    """Return the archive of that id, or the one at that address; InputError where it is neither."""
    known = load_archives()
    if name in known:
        return known[name]
    if not name.startswith(("http://", "https://")) or " " in name:
        raise InputError(f"--archive {name!r}: neither an address nor one of {', '.join(known)}")
    try:
        place = urlsplit(name).netloc
    except ValueError as error:
        raise InputError(f"--archive {name!r}: {error}") from None
    if "@" in place:
        raise InputError("--archive: holds a user or a password, and the address is written into every capture")
    base = name.rstrip("/")
    return Archive(
        id=base,
        name=base,
        index=f"{base}/cdx",
        timemap=f"{base}/timemap/link/{{url}}",
        page=f"{base}/{{timestamp}}id_/{{url}}",
        delay=0.0,  # it is the reader's own to say
    )
