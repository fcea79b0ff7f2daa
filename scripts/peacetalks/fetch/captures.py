"""List the captures that an archive has of a page, by CDX or by a TimeMap of Memento (RFC 7089)."""

import datetime
import re
from collections.abc import Iterable, Iterator
from email.utils import parsedate_to_datetime
from urllib.parse import quote, urldefrag

import msgspec
import requests
from msgspec import Struct
from requests.utils import parse_header_links

from peacetalks.errors import PageError
from peacetalks.fetch.client import Answer, Client
from peacetalks.registry.archives import Archive

_LIMIT = 50  # captures of a page that are looked at, from its day on
_STAMP = "%Y%m%d%H%M%S"
_IN_ADDRESS = re.compile(r"/(\d{14})(?:[a-z]{2}_)?/(https?:/.+)")
_PAGES = ("text/html", "application/xhtml+xml", "text/plain", "warc/revisit", "unk", "-")


class Holding(Struct, frozen=True, kw_only=True):
    """One capture that an archive has; `file`, `offset` and `length` tell where, in an archive of crawls.

    `status` is None where the list does not tell it, `digest` the SHA-1 of the payload in base 32, where it does.
    """

    taken: datetime.datetime
    url: str
    status: int | None = None
    mime: str = "unk"
    digest: str | None = None
    file: str | None = None
    offset: int = 0
    length: int = 0

    @property
    def timestamp(self) -> str:
        """The moment in 14 digits."""
        return self.taken.strftime(_STAMP)


class _Line(Struct, frozen=True, rename={"status": "status", "mime": "mime"}):
    timestamp: str
    url: str = ""
    original: str = ""
    status: str = "-"
    statuscode: str = "-"
    mime: str = "unk"
    mimetype: str = "unk"
    digest: str | None = None
    filename: str | None = None
    offset: str | int = 0
    length: str | int = 0


def list_captures(archive: Archive, client: Client, url: str, since: datetime.date | None) -> list[Holding]:
    """Return the captures of a page from a day on, in order of time; PageError where the archive does not tell.

    The index is asked, and where there is none at that address, the TimeMap.
    """
    if archive.index is not None:
        try:
            return list_index(archive.index, client, url, since)
        except PageError as error:
            if archive.timemap is None or error.outcome != "missing":
                raise
    if archive.timemap is None:
        raise PageError("missing", f"{archive.id} has no list of captures")
    return list_timemap(archive.timemap, client, url, since)


def list_index(index: str, client: Client, url: str, since: datetime.date | None) -> list[Holding]:
    """Return the captures that a CDX server lists, none where it has none; PageError where it is no CDX server."""
    wanted = urldefrag(url).url
    params = {"url": wanted, "output": "json", "limit": str(_LIMIT)}
    answer = client.get(index, params | ({"from": since.strftime("%Y%m%d")} if since else {}))
    _require_open(answer)
    if answer.status == requests.codes.not_found and b"No Captures found" in answer.body:
        return []
    if answer.status != requests.codes.ok:
        raise PageError("missing", f"no index at {index}: status {answer.status}")
    try:
        found = [_holding(msgspec.convert(row, _Line, strict=False), wanted) for row in _rows(answer.body)]
    except (msgspec.DecodeError, ValueError) as error:
        raise PageError("failed", f"{index}: no CDX: {error}") from None
    return _in_time(found, since)


def list_timemap(timemap: str, client: Client, url: str, since: datetime.date | None) -> list[Holding]:
    """Return the captures of a TimeMap in link format, none where the archive has none."""
    wanted = urldefrag(url).url
    answer = client.get(timemap.replace("{url}", wanted))
    _require_open(answer)
    if answer.status == requests.codes.not_found:
        return []
    if answer.status != requests.codes.ok:
        raise PageError("failed", f"{timemap}: status {answer.status}")
    text = " ".join(answer.body.decode("utf-8", errors="replace").split())
    found = []
    for link in parse_header_links(text):
        if "memento" in link.get("rel", "").split() and "datetime" in link:
            try:
                taken = parsedate_to_datetime(link["datetime"]).replace(tzinfo=datetime.UTC)
            except ValueError:
                continue
            found.append(Holding(taken=taken, url=original_address(link["url"]) or wanted))
    return _in_time(found, since)


def original_address(url: str) -> str | None:
    """Return the address of the page in that of its capture, or None where it holds none."""
    match = _IN_ADDRESS.search(url)
    return match[2] if match else None


def capture_moment(url: str) -> datetime.datetime | None:
    """Return the moment in the address of a capture, or None."""
    match = _IN_ADDRESS.search(url)
    try:
        return datetime.datetime.strptime(match[1], _STAMP).replace(tzinfo=datetime.UTC) if match else None
    except ValueError:
        return None


def capture_address(page: str, timestamp: str, url: str) -> str:
    """Return the address at which an archive serves a capture."""
    return page.replace("{timestamp}", timestamp).replace(
        "{url}", quote(urldefrag(url).url, safe=":/?&=%+,;@!$'()*~#[]")
    )


def worth_asking(holdings: Iterable[Holding]) -> list[Holding]:
    """Return the captures that may hold the page, the nearest first; redirects come after pages, errors never."""
    pages = [h for h in holdings if h.status in (None, requests.codes.ok) and h.mime.lower().startswith(_PAGES)]
    redirects = [h for h in holdings if h.status is not None and h.status // 100 == 3]
    return [*pages, *redirects]


def _require_open(answer: Answer) -> None:
    if answer.status in (401, 403, 451):
        raise PageError("refused", f"the archive does not open it: status {answer.status}")


def _rows(body: bytes) -> Iterator[object]:
    """Yield the rows of CDX as JSON: one object a line, or one list whose first row names the columns."""
    if body.lstrip().startswith(b"["):
        head, *rows = msgspec.json.decode(body, type=list[list[str]]) or [[]]
        yield from (dict(zip(head, row, strict=True)) for row in rows)
    else:
        yield from (msgspec.json.decode(line) for line in body.split(b"\n") if line.strip())


def _holding(line: _Line, wanted: str) -> Holding:
    status = line.status if line.status != "-" else line.statuscode
    mime = line.mime if line.mime != "unk" else line.mimetype
    return Holding(
        taken=datetime.datetime.strptime(line.timestamp, _STAMP).replace(tzinfo=datetime.UTC),
        url=line.url or line.original or wanted,
        status=int(status) if status.isdigit() else None,
        mime=mime,
        digest=line.digest,
        file=line.filename,
        offset=int(line.offset),
        length=int(line.length) if str(line.length).isdigit() else 0,
    )


def _in_time(found: Iterable[Holding], since: datetime.date | None) -> list[Holding]:
    floor = since or datetime.date.min
    return sorted((h for h in found if h.taken.date() >= floor), key=lambda h: (h.taken, h.url))[:_LIMIT]
