"""Fetch page after page: from the first archive that has it, the capture nearest after its day, and say what came."""

import datetime
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from msgspec import Struct

from peacetalks._files import write_atomic
from peacetalks.errors import InputError, PageError, StopFetchingError
from peacetalks.fetch.captures import Holding, list_captures, list_index, worth_asking
from peacetalks.fetch.client import Client, Manners
from peacetalks.fetch.crawls import Crawl, crawls_since, read_crawls
from peacetalks.fetch.journal import NAME, Entry, Outcome, append_entry, read_journal
from peacetalks.fetch.live import take_live
from peacetalks.fetch.pack import Packed, pack
from peacetalks.fetch.retrieve import retrieve, same_page
from peacetalks.fetch.wanted import Wanted
from peacetalks.registry.archives import Archive

_CAPTURES = 3  # that are tried of one page in one archive
_CRAWLS = 4  # whose indexes are asked for one page
_SILENT = 5  # pages in a row that may fail before the run ends
_GRACE = datetime.timedelta(days=1)  # a day begins earlier in some zones than in that of the archive
_DONE: tuple[Outcome, ...] = ("found", "changed")


class Fetched(Struct, frozen=True, kw_only=True):
    """What became of the wanted pages, those of earlier runs included; `stopped` says why a run ended early."""

    entries: list[Entry]
    asked: int
    received: int
    stopped: str | None


def fetch_pages(
    pages: Sequence[Wanted],
    out: Path,
    archives: Sequence[Archive],
    manners: Manners,
    *,
    live: bool = False,
    again: bool = False,
    progress: Callable[[Entry], None] = lambda _: None,
) -> Fetched:
    """Write a WARC file a page to `out/warc` and a line a page to `out/fetch.jsonl`; what is there is not asked again.

    Pages that were missing or refused are asked again only with `again`, those that failed always. Sites themselves
    are asked only with `live`, and only for what no archive has.
    """
    if not archives and not live:
        raise InputError("no archive to ask; name one with --archive")
    out.mkdir(parents=True, exist_ok=True)
    journal = out / NAME
    known = read_journal(journal)
    client = Client(manners, _delays(archives))
    finder = _Finder(archives, client, live=live)
    settled = {*_DONE} if again else {*_DONE, "missing", "refused"}
    asked = silent = 0
    stopped: str | None = None
    # What failed before comes last: pages that always fail must not keep a run from those behind them.
    for page in sorted(pages, key=lambda page: page.id in known):
        before = known.get(page.id)
        if before is not None and before.outcome in settled and _is_there(out, before):
            continue
        try:
            entry = finder.fetch(page, out)
        except StopFetchingError as error:
            stopped = str(error)
            break
        asked += 1
        append_entry(journal, entry)
        known[page.id] = entry
        progress(entry)
        silent = silent + 1 if entry.outcome == "failed" else 0
        if silent == _SILENT:
            stopped = f"{_SILENT} pages in a row failed, the last with: {entry.why}; run the same command again later"
            break
    wanted = [known[page.id] for page in pages if page.id in known]
    return Fetched(entries=wanted, asked=asked, received=client.received, stopped=stopped)


class _Finder:
    """The archives of a run, in the order that they are asked in."""

    def __init__(self, archives: Sequence[Archive], client: Client, *, live: bool) -> None:
        self.archives = archives
        self.client = client
        self.live = live
        self._crawls: dict[str, list[Crawl]] = {}

    def fetch(self, page: Wanted, out: Path) -> Entry:
        reasons: list[PageError] = []
        for archive in self.archives:
            try:
                return self._keep(page, self._take(archive, page), archive.id, out)
            except PageError as error:
                reasons.append(PageError(error.outcome, f"{archive.id}: {error.detail}"))
        if self.live:
            try:
                return self._keep(page, take_live(self.client, page), "live", out)
            except PageError as error:
                reasons.append(PageError(error.outcome, f"live: {error.detail}"))
        outcomes = {error.outcome for error in reasons}
        outcome: Outcome = "failed" if "failed" in outcomes else "refused" if "refused" in outcomes else "missing"
        return Entry(page=page.id, url=page.url, outcome=outcome, why="; ".join(error.detail for error in reasons))

    def _take(self, archive: Archive, page: Wanted) -> Packed:
        since = page.first - _GRACE if page.first else None
        listed = self._list(archive, page, since)
        if not listed:
            raise PageError("missing", f"no capture{f' from {since} on' if since else ''}")
        candidates = worth_asking(listed)[:_CAPTURES]
        if not candidates:
            raise PageError("missing", f"{len(listed)} captures, none of them of a page")
        last: PageError | None = None
        for holding in candidates:
            try:
                found = retrieve(archive, self.client, holding)
                packed = pack(found, holding, page.id, archive.id, datetime.datetime.now(datetime.UTC))
                _require_page(packed, since)
            except PageError as error:
                last = error if last is None or error.outcome != "missing" else last
            else:
                return packed
        raise last or PageError("missing", "no capture")

    def _list(self, archive: Archive, page: Wanted, since: datetime.date | None) -> list[Holding]:
        if archive.crawls is None:
            return list_captures(archive, self.client, page.url, since)
        if archive.id not in self._crawls:
            self._crawls[archive.id] = read_crawls(archive.crawls, self.client)
        for crawl in crawls_since(self._crawls[archive.id], since, _CRAWLS):
            if listed := list_index(crawl.index, self.client, page.url, since):
                return listed
        return []

    def _keep(self, page: Wanted, packed: Packed, archive: str, out: Path) -> Entry:
        file = f"warc/{page.id}.warc.gz"
        write_atomic(out / file, packed.warc)
        why = None
        if not same_page(packed.url, page.url):
            why = f"leads to {packed.url}"
        elif packed.as_listed is False:
            why = "not the bytes that the archive's index names"
        return Entry(
            page=page.id,
            url=page.url,
            outcome="found" if why is None else "changed",
            why=why,
            archive=archive,
            found=packed.url,
            taken=packed.taken,
            memento=packed.memento,
            sha256=packed.sha256,
            bytes=packed.size,
            file=file,
            exact=page.article in packed.ids,
        )


def _require_page(packed: Packed, since: datetime.date | None) -> None:
    if packed.status != 200:
        raise PageError("missing", f"the capture is of an answer with status {packed.status}")
    if since is not None and datetime.date.fromisoformat(packed.taken[:10]) < since:
        raise PageError("missing", f"the archive gives a capture of {packed.taken[:10]}, from before the page's day")
    parts = urlsplit(packed.url)
    if parts.path.strip("/") == "" and not parts.query:
        raise PageError("missing", f"leads to a front page, {packed.url}")
    if not packed.size:
        raise PageError("missing", "the capture has no bytes")


def _is_there(out: Path, entry: Entry) -> bool:
    return entry.file is None or (out / entry.file).is_file()


def _delays(archives: Sequence[Archive]) -> dict[str, float]:
    delays: dict[str, float] = {}
    for archive in archives:
        for address in (archive.index, archive.timemap, archive.page, archive.crawls, archive.data):
            host = urlsplit(address or "").hostname
            if host:
                delays[host] = max(archive.delay, delays.get(host, 0.0))
    return delays
