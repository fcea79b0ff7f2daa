"""Choose among the many indexes of an archive of crawls: those made from a page's day on, the nearest first."""

import datetime
import re

import msgspec
import requests
from msgspec import Struct

from peacetalks.errors import PageError
from peacetalks.fetch.client import Client

_FORM = re.compile(r"CC-MAIN-(\d{4})-(\d{2})")


class Crawl(Struct, frozen=True, rename={"index": "cdx-api", "first": "from", "last": "to"}):
    """One crawl: its id, its CDX index, and when it was made, where the list tells."""

    id: str
    index: str
    first: str | None = None
    last: str | None = None

    @property
    def end(self) -> datetime.date:
        """The last day of the crawl: as listed, or no earlier than the week in its id."""
        if self.last:
            return datetime.date.fromisoformat(self.last[:10])
        match = _FORM.fullmatch(self.id)
        if match:
            return datetime.date(int(match[1]), 1, 7) + datetime.timedelta(weeks=int(match[2]))
        return datetime.date(int(max(re.findall(r"(?:19|20)\d\d", self.id), default="1990")), 12, 31)


def read_crawls(address: str, client: Client) -> list[Crawl]:
    """Return the crawls of an archive, the oldest first; PageError where the list can't be read."""
    answer = client.get(address)
    if answer.status != requests.codes.ok:
        raise PageError("failed", f"{address}: status {answer.status}")
    try:
        crawls = msgspec.json.decode(answer.body, type=list[Crawl])
        return sorted(crawls, key=lambda crawl: (crawl.end, crawl.id))
    except (msgspec.DecodeError, ValueError) as error:
        raise PageError("failed", f"{address}: no list of crawls: {error}") from None


def crawls_since(crawls: list[Crawl], first: datetime.date | None, most: int) -> list[Crawl]:
    """Return the first crawls that can hold a page of that day, at most so many; all may, of a page without a day."""
    return [crawl for crawl in crawls if first is None or crawl.end >= first][:most]
