"""Ask a site itself for a page: only where that was asked for by name, and only of public addresses."""

import datetime
import ipaddress
import socket
from urllib.parse import urljoin, urlsplit

import requests

from peacetalks.errors import PageError
from peacetalks.fetch.captures import Holding
from peacetalks.fetch.client import Client
from peacetalks.fetch.pack import Packed, pack
from peacetalks.fetch.retrieve import Response
from peacetalks.fetch.wanted import Wanted

_HOPS = 5
_DELAY = 5.0


def take_live(client: Client, page: Wanted) -> Packed:
    """Return the page as its site answers today; PageError where it does not, or robots.txt does not allow it."""
    now = datetime.datetime.now(datetime.UTC)
    found: list[Response] = []
    url = page.url
    for _ in range(_HOPS):
        require_public(url)
        client.require_allowed(url)
        client.keep_pause(url, _DELAY)
        answer = client.get(url)
        found.append(
            Response(url=url, taken=now, status=answer.status, headers=answer.headers, body=answer.body, memento=url)
        )
        location = answer.header("location")
        if answer.status // 100 != 3 or location is None:
            break
        url = urljoin(url, location)
    if found[-1].status in (401, 402, 403, 429, 451):
        raise PageError("refused", f"status {found[-1].status}")
    if found[-1].status != requests.codes.ok:
        raise PageError("missing", f"status {found[-1].status}")
    return pack(found, Holding(taken=now, url=page.url), page.id, "live", now)


def require_public(url: str) -> None:
    """Raise PageError where an address leads into a private network: a list of pages could ask for anything there."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise PageError("refused", f"{url[:200]!r} is no web address")
    try:
        found = {str(entry[4][0]) for entry in socket.getaddrinfo(parts.hostname, None)}
    except OSError as error:
        raise PageError("failed", f"{parts.hostname}: {error}") from None
    if not all(ipaddress.ip_address(address.partition("%")[0]).is_global for address in found):
        raise PageError("refused", f"{parts.hostname} is no public host")
