"""Get one capture out of an archive: as it is served, or as the record of a WARC file."""

import contextlib
import datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin, urlsplit

import requests
from msgspec import Struct

from peacetalks.errors import PageError
from peacetalks.fetch.captures import Holding, capture_address, capture_moment, original_address
from peacetalks.fetch.client import Answer, Client
from peacetalks.registry.addresses import page_key
from peacetalks.registry.archives import Archive

_HOPS = 5
_OF_THE_ARCHIVE = ("x-archive-", "x-ts", "x-cache", "x-location", "x-app-", "x-nid", "x-rl", "x-na", "x-as", "x-tr")
_DROPPED = frozenset(
    {"memento-datetime", "content-location", "link", "vary", "preference-applied", "set-cookie", "date", "server"}
    | {"transfer-encoding", "connection", "keep-alive", "age", "via", "strict-transport-security", "permissions-policy"}
    | {"cache-control", "server-timing", "referrer-policy", "content-security-policy", "content-length"}
)


class Response(Struct, frozen=True, kw_only=True):
    """One answer of a site as an archive has it; `memento` is where it was read, `decoded` that it lost its coding."""

    url: str
    taken: datetime.datetime
    status: int
    headers: list[tuple[str, str]]
    body: bytes
    memento: str
    decoded: bool = False


class Member(Struct, frozen=True, kw_only=True):
    """One record of a WARC file, byte for byte, and where it was read."""

    data: bytes
    memento: str


def retrieve(archive: Archive, client: Client, holding: Holding) -> list[Response] | Member:
    """Return a capture, with the redirects on the way to it first; PageError where the archive does not give it."""
    if archive.page is None:
        return _member(archive, client, holding)
    found: list[Response] = []
    timestamp, url = holding.timestamp, holding.url
    for _ in range(_HOPS):
        address = capture_address(archive.page, timestamp, url)
        response, target = _serve(archive.page, client, address, url)
        timestamp, moved = (target[0] or timestamp, target[1]) if target else (timestamp, None)
        if response is not None:
            found.append(response)
        if moved is None:
            return found
        url = moved
    raise PageError("missing", f"more than {_HOPS} redirects")


def _serve(page: str, client: Client, address: str, url: str) -> tuple[Response | None, tuple[str | None, str] | None]:
    """Return what an archive serves at an address, and the moment and page that it leads on to."""
    client.require_allowed(address)
    answer = client.get(address)
    memento = answer.header("memento-datetime")
    if answer.status in (401, 403, 451) and memento is None:
        raise PageError("refused", f"the archive does not open the capture: status {answer.status}")
    target = _leads_to(page, answer, url)
    if target is not None and memento is None:
        return None, target  # the archive's own way to the moment that it has
    if target is None and answer.status != requests.codes.ok:
        raise PageError("missing", f"the capture can't be had: status {answer.status}")
    return _response(answer, url, memento), target


def _leads_to(page: str, answer: Answer, url: str) -> tuple[str | None, str] | None:
    location = answer.header("location")
    if answer.status // 100 != 3 or location is None:
        return None
    target = urljoin(answer.url, location)
    moved, moment = original_address(target), capture_moment(target)
    if urlsplit(target).netloc == urlsplit(page).netloc and moved is not None:
        return moment.strftime("%Y%m%d%H%M%S") if moment else None, moved
    if answer.header("memento-datetime") is None or urlsplit(location).netloc == urlsplit(page).netloc:
        raise PageError("missing", f"the archive leads elsewhere: {location[:200]}")
    # Where the site itself leads elsewhere, the archive is asked for that page, and never the site.
    return None, urljoin(url, location)


def _response(answer: Answer, url: str, memento: str | None) -> Response:
    taken = capture_moment(answer.url)
    with contextlib.suppress(ValueError):
        taken = parsedate_to_datetime(memento).astimezone(datetime.UTC) if memento else taken
    if taken is None:
        raise PageError("failed", "the archive does not say when the capture was taken")
    kept = [(key, value) for key, value in answer.headers if not _is_archives(key)]
    names = {key.lower() for key, _ in kept}
    original = [(key[15:], value) for key, value in answer.headers if key.lower().startswith("x-archive-orig-")]
    decoded = "content-encoding" not in names and any(key.lower() == "content-encoding" for key, _ in original)
    kept += [(key, value) for key, value in original if key.lower() not in names | _DROPPED | {"content-encoding"}]
    return Response(
        url=url,
        taken=taken,
        status=answer.status,
        headers=[*kept, ("Content-Length", str(len(answer.body)))],
        body=answer.body,
        memento=answer.url,
        decoded=decoded,
    )


def _is_archives(name: str) -> bool:
    return name.lower() in _DROPPED or name.lower().startswith(_OF_THE_ARCHIVE)


def _member(archive: Archive, client: Client, holding: Holding) -> Member:
    if archive.data is None or holding.file is None or holding.length <= 0 or holding.offset < 0:
        raise PageError("failed", "the index does not say where the capture lies")
    if holding.length > client.manners.page_bytes:
        raise PageError("refused", f"{holding.length:,} bytes; the limit for a page is {client.manners.page_bytes:,}")
    address = urljoin(archive.data, holding.file)
    if not address.startswith(archive.data):
        raise PageError("failed", f"the index names a file elsewhere: {holding.file[:200]!r}")
    last = holding.offset + holding.length - 1
    client.require_allowed(address)
    answer = client.get(address, span=(holding.offset, last))
    if answer.status in (401, 403, 451):
        raise PageError("refused", f"the archive does not open the file: status {answer.status}")
    if answer.status != requests.codes.partial or len(answer.body) != holding.length:
        raise PageError("failed", f"{holding.file}: {len(answer.body):,} bytes of {holding.length:,}")
    return Member(data=answer.body, memento=f"{address}#bytes={holding.offset}-{last}")


def same_page(one: str, other: str) -> bool:
    """Tell whether two addresses are spellings of one page."""
    return page_key(one) == page_key(other)
