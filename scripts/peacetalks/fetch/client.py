"""Ask servers politely: one request at a time, with pauses, a limit on every answer, and robots.txt respected."""

import datetime
import time
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin, urlsplit
from urllib.robotparser import RobotFileParser

import requests
from msgspec import Struct
from urllib3.exceptions import HTTPError

from peacetalks import __version__
from peacetalks.capture.text import MAX_BYTES
from peacetalks.errors import PageError, StopFetchingError

_BUSY = frozenset({429, 500, 502, 503, 504})
_CHUNK = 65_536
_HOPS = 5
_NOTHING_ALLOWED = ["User-agent: *", "Disallow: /"]
_LONGEST_BACKOFF = 60.0
_ROBOTS_BYTES = 512_000  # what RFC 9309 asks a reader to take


class Manners(Struct, frozen=True, kw_only=True):
    """How to behave; times in seconds.

    `delay` is the least pause between two requests to a host, `backoff` the first wait after a failure, doubled each
    time. `patience` is the longest pause that a server may ask for before the run ends; `deadline` is for one answer.
    """

    delay: float = 0.0
    backoff: float = 2.0
    tries: int = 5
    patience: float = 300.0
    deadline: float = 120.0
    page_bytes: int = MAX_BYTES
    total_bytes: int = 2_000_000_000
    contact: str | None = None

    @property
    def agent(self) -> str:
        """What the program calls itself."""
        return f"peacetalks/{__version__} (research corpus{f'; {self.contact}' if self.contact else ''})"


class Answer(Struct, frozen=True, kw_only=True):
    """What a server answered; `body` as it came over the wire, with whatever Content-Encoding the headers name."""

    url: str
    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        """Return the first header of that name, in any case."""
        return next((value for key, value in self.headers if key.lower() == name), None)


class Client:
    """One polite asker, for all hosts of a run."""

    def __init__(
        self, manners: Manners, delays: Mapping[str, float], sleep: Callable[[float], None] = time.sleep
    ) -> None:
        """Take the pauses that hosts ask for; `sleep` is what waits."""
        self.manners = manners
        self.received = 0
        self._delays = dict(delays)
        self._next: dict[str, float] = {}
        self._robots: dict[str, RobotFileParser] = {}
        self._sleep = sleep
        self._session = requests.Session()
        self._session.auth = lambda request: request  # else a .netrc would give a password to whoever is asked
        self._session.headers.update({"User-Agent": manners.agent, "Accept-Encoding": "gzip, deflate"})

    def get(
        self,
        url: str,
        params: Mapping[str, str] | None = None,
        span: tuple[int, int] | None = None,
    ) -> Answer:
        """Return the answer to a request, redirects included; `span` is the first and last byte that is wanted.

        A server that is busy, or a line that breaks, is tried again. PageError says that there is no answer that can
        be used; StopFetchingError that no further request should be made.
        """
        wait = 0.0
        reason = "no answer"
        for attempt in range(self.manners.tries):
            self._sleep(wait) if wait else None
            self._take_turn(url)
            wait = min(_LONGEST_BACKOFF, self.manners.backoff * 2**attempt)
            try:
                answer = self._ask(url, params, span)
            except (requests.RequestException, HTTPError, OSError) as error:
                reason = type(error).__name__
                continue
            if answer.status not in _BUSY:
                return answer
            reason = f"status {answer.status}"
            wait = max(wait, self._asked_pause(answer))
        raise PageError("failed", f"{urlsplit(url).hostname}: {reason}, {self.manners.tries} times")

    def require_allowed(self, url: str) -> None:
        """Raise PageError where the robots.txt of a page's host does not let this program have it."""
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self._robots:
            self._robots[origin] = self._read_robots(origin)
        robots = self._robots[origin]
        if not robots.can_fetch(self.manners.agent, url):
            raise PageError("refused", f"robots.txt of {parts.hostname} does not allow it")
        pause = robots.crawl_delay(self.manners.agent)
        if pause is not None:
            self.keep_pause(url, float(pause))

    def keep_pause(self, url: str, pause: float) -> None:
        """Wait at least so many seconds between two requests to the host of an address."""
        host = urlsplit(url).hostname or ""
        self._delays[host] = max(pause, self._delays.get(host, 0.0))

    def _ask(self, url: str, params: Mapping[str, str] | None, span: tuple[int, int] | None) -> Answer:
        headers = {"Range": f"bytes={span[0]}-{span[1]}"} if span else {}
        timeout = self.manners.deadline
        with self._session.get(
            url,
            params=params,
            headers=headers,
            stream=True,
            allow_redirects=False,
            timeout=(min(30.0, timeout), timeout),
        ) as response:
            if span and response.status_code == requests.codes.ok:
                raise PageError("failed", f"{urlsplit(url).hostname}: sends whole files, where a part was asked for")
            body = self._read(response)
            return Answer(
                url=response.url,
                status=response.status_code,
                headers=[(str(key), str(value)) for key, value in response.raw.headers.items()],
                body=body,
            )

    def _read(self, response: requests.Response) -> bytes:
        ends = time.monotonic() + self.manners.deadline
        parts: list[bytes] = []
        size = 0
        # read1 returns what is there: read would wait for a full chunk, however slowly it comes.
        while chunk := response.raw.read1(_CHUNK, decode_content=False):
            size += len(chunk)
            self.received += len(chunk)
            if size > self.manners.page_bytes:
                raise PageError("refused", f"more than {self.manners.page_bytes:,} bytes, the limit for a page")
            if self.received > self.manners.total_bytes:
                raise StopFetchingError(f"{self.manners.total_bytes:,} bytes were received, the limit for a run")
            if time.monotonic() > ends:
                raise requests.Timeout
            parts.append(chunk)
        return b"".join(parts)

    def _take_turn(self, url: str) -> None:
        host = urlsplit(url).hostname or ""
        now = time.monotonic()
        if now < self._next.get(host, 0.0):
            self._sleep(self._next[host] - now)
        self._next[host] = time.monotonic() + max(self.manners.delay, self._delays.get(host, 0.0))

    def _asked_pause(self, answer: Answer) -> float:
        asked = answer.header("retry-after")
        if asked is None:
            return 0.0
        try:
            pause = float(asked) if asked.strip().isdigit() else _seconds_until(parsedate_to_datetime(asked))
        except (ValueError, OverflowError):
            return 0.0
        if pause > self.manners.patience:
            host = urlsplit(answer.url).hostname
            raise StopFetchingError(
                f"{host} asks for a pause of {pause:,.0f} seconds; run the same command again later"
            )
        return max(0.0, pause)

    def _read_robots(self, origin: str) -> RobotFileParser:
        robots = RobotFileParser()
        lines = _NOTHING_ALLOWED
        try:
            answer = self.get(f"{origin}/robots.txt")
            for _ in range(_HOPS):
                target = urljoin(answer.url, answer.header("location") or "")
                if answer.status // 100 != 3 or urlsplit(target).netloc != urlsplit(origin).netloc:
                    break
                answer = self.get(target)
        except PageError:
            pass  # RFC 9309: where it can't be reached, nothing is allowed
        else:
            if answer.status == requests.codes.ok:
                lines = answer.body[:_ROBOTS_BYTES].decode("utf-8", errors="replace").splitlines()
            elif answer.status not in (401, 403):
                lines = []
        robots.parse(lines)
        return robots


def _seconds_until(moment: datetime.datetime) -> float:
    zone = moment.tzinfo or datetime.UTC
    return (moment.replace(tzinfo=zone) - datetime.datetime.now(datetime.UTC)).total_seconds()
