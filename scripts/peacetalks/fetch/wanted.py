"""Read what is to be fetched: a table of the catalogue, or the articles and records of a release, stand-off or full."""

import datetime
from collections.abc import Iterable
from pathlib import Path

import msgspec
from msgspec import Struct

from peacetalks.errors import InputError
from peacetalks.registry.addresses import page_id
from peacetalks.registry.gazetteer import edtf_days
from peacetalks.release.manifest import NAME
from peacetalks.release.versions import read_tables


class Wanted(Struct, frozen=True, kw_only=True):
    """One page: its id and address, the first day that it can be of, and the article of that page, if there is one."""

    id: str
    url: str
    first: datetime.date | None = None
    article: str | None = None


class _Row(Struct, frozen=True):
    url: str
    published: str | None = None


def read_wanted(path: Path, *, articles_only: bool = False) -> list[Wanted]:
    """Return the pages of a table (JSON lines with `url` and optionally `published`) or of a release, each once.

    Of a release the articles come first, in the order of their ids, and then, unless `articles_only`, the records of
    its catalogue; what has no address is left out. InputError names file and line.
    """
    if not path.exists():
        raise InputError(f"{path}: no such file or folder; `peacetalks catalogue -o FILE` writes one")
    pages = _of_release(path, articles_only=articles_only) if (path / NAME).exists() else _of_table(path)
    found: dict[str, Wanted] = {}
    for page in pages:
        found.setdefault(page.id, page)
    if not found:
        raise InputError(f"{path}: names no page that has an address")
    return list(found.values())


def _of_release(folder: Path, *, articles_only: bool) -> Iterable[Wanted]:
    tables = read_tables(folder)
    for name in ("articles",) if articles_only else ("articles", "catalogue"):
        rows = [row for table in tables.get(name, {}).values() for row in table.to_pylist()]
        for row in sorted(rows, key=lambda row: str(row["id"])):
            if row["url"] is not None:
                article = row["id"] if name == "articles" else row["article"]
                yield _wanted(row["url"], row["published_edtf"], f"{folder}: {name} {row['id']}", article)


def _of_table(path: Path) -> Iterable[Wanted]:
    if path.is_dir():
        raise InputError(f"{path}: a folder that is no release; name one such as corpus/0.1.0, or a .jsonl table")
    for number, line in enumerate(path.read_bytes().split(b"\n"), start=1):
        if not line.strip():
            continue
        where = f"{path}: line {number}"
        try:
            row = msgspec.json.decode(line, type=_Row)
        except msgspec.DecodeError as error:
            raise InputError(f"{where}: {error}") from None
        yield _wanted(row.url, row.published, where, None)


def _wanted(url: str, published: str | None, where: str, article: str | None) -> Wanted:
    try:
        first = edtf_days(published)[0] if published else None
        return Wanted(id=page_id(url), url=url, first=first, article=article)
    except (InputError, ValueError) as error:
        raise InputError(f"{where}: {error}") from None
