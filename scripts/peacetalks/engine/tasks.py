"""Do tasks in sandboxes, and where a page breaks one find the page: it is set aside, and its neighbours go on."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Generic, TypeVar

from msgspec import Struct

from peacetalks.capture.packed import PackedPage, is_one, miscut
from peacetalks.capture.pages import RawPage, give_up
from peacetalks.engine.answers import pack, read_answer, unpack
from peacetalks.engine.limits import Limits
from peacetalks.engine.sandbox import Sandbox
from peacetalks.errors import CaptureError, WorkerError
from peacetalks.record import Excluded

Pages = Sequence[RawPage | Excluded]
T = TypeVar("T")

_TRIES = 3  # of work that no page is to blame for: something else ends its worker
_PATIENCE = 10  # times the seconds of a page are what such work may take


class PerPage(Generic[T]):
    """Work on a list of pages of which any can break it; `join` makes of the results for its parts that for the whole.

    Called as it is, it is nothing but the work. Where workers have limits, a page that is late, or that its worker
    dies of, is tried once more alone, and then handed to the work as an Excluded that says so.
    """

    def __init__(self, work: Callable[[Pages], T], join: Callable[[list[T]], T]) -> None:
        self.work = work
        self.join = join

    def __call__(self, pages: Pages) -> T:
        """Do the work."""
        return self.work(pages)


def join_lists(parts: list[list[T]]) -> list[T]:
    """Return lists as one."""
    return [item for part in parts for item in part]


class Call(Struct, frozen=True, kw_only=True):
    """A function with its arguments, as pickled, and whether it is work on pages."""

    packed: bytes
    per_page: bool

    @classmethod
    def of(cls, work: Callable[..., object], *arguments: object) -> "Call":
        """Return the call of a function that a worker can import."""
        return cls(packed=pack((work, arguments)), per_page=isinstance(work, PerPage))


class Sandboxes:
    """The sandboxes of this process: as many as threads do calls at a time."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._idle: list[Sandbox] = []
        self._busy: set[Sandbox] = set()
        self._lock = threading.Lock()
        self._closed = threading.Event()

    def run(self, call: Call) -> bytes:
        """Return the answer to a call, as pickled."""
        with self._one() as sandbox:
            if not call.per_page:
                return self._insist(sandbox, call)
            try:
                return self._try(sandbox, call)
            except CaptureError as error:
                work, (pages,) = unpack(call.packed)
                if len(pages) == 1:
                    return self._retry(sandbox, work, pages[0], error)
            parts = [self._alone(sandbox, work, page) for page in pages]
            return self._insist(sandbox, Call.of(_join_answers, work.join, parts))

    def rest(self) -> None:
        """End the workers that have nothing to do; others are started when there is."""
        with self._lock:
            idle, self._idle = self._idle, []
        for sandbox in idle:
            sandbox.discard()

    def close(self) -> None:
        """End all workers at once, whatever they do; no other is started."""
        with self._lock:
            self._closed.set()
            for sandbox in self._busy:
                sandbox.close()
        self.rest()

    def _alone(self, sandbox: Sandbox, work: PerPage[object], page: RawPage | Excluded) -> bytes:
        try:
            return self._try(sandbox, Call.of(work, [page]))
        except CaptureError as error:
            return self._retry(sandbox, work, page, error)

    def _retry(self, sandbox: Sandbox, work: PerPage[object], page: RawPage | Excluded, error: CaptureError) -> bytes:
        if isinstance(page, Excluded):  # nothing is read of it, so that it broke nothing
            return self._insist(sandbox, Call.of(work, [page]))
        try:
            return self._try(sandbox, Call.of(work, [page]))
        except CaptureError as again:
            error = again
        # What stands behind a page that was left packed is known to be no part of it only if it is one member.
        if isinstance(page, PackedPage) and not self._is_one(sandbox, page):
            return self._insist(sandbox, Call.of(work, [miscut(page)]))
        return self._insist(sandbox, Call.of(work, [give_up(page, error)]))

    def _is_one(self, sandbox: Sandbox, page: PackedPage) -> bool:
        try:
            return bool(read_answer(self._try(sandbox, Call.of(is_one, page))))
        except CaptureError:
            return False

    def _try(self, sandbox: Sandbox, call: Call) -> bytes:
        return sandbox.call(call.packed, self._limits.seconds, self._limits.memory)

    def _insist(self, sandbox: Sandbox, call: Call) -> bytes:
        tries = 0
        while True:
            try:
                return sandbox.call(call.packed, _PATIENCE * self._limits.seconds, None)
            except CaptureError as error:
                tries += 1
                if tries == _TRIES:
                    why = f"{error.reason}, {error.detail}"
                    raise WorkerError(f"work that reads no page was cut off {tries} times: {why}") from error

    @contextmanager
    def _one(self) -> Iterator[Sandbox]:
        with self._lock:
            if self._closed.is_set():
                raise WorkerError("the workers were stopped")
            sandbox = self._idle.pop() if self._idle else Sandbox(self._limits)
            self._busy.add(sandbox)
        try:
            yield sandbox
        finally:
            with self._lock:
                self._busy.discard(sandbox)
                closed = self._closed.is_set()
                if not closed:
                    self._idle.append(sandbox)
            if closed:
                sandbox.discard()


def _join_answers(join: Callable[[list[object]], object], parts: list[bytes]) -> object:
    return join([read_answer(part) for part in parts])
