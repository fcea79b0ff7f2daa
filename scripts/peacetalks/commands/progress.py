"""Show how far a build is: a bar on a terminal, lines at long intervals in a log."""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from peacetalks.commands.console import err

if TYPE_CHECKING:  # imported where it is used: it costs time, and --help has none to spare
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

    from peacetalks.engine.progress import Event

_EVERY = 30.0  # seconds between two lines of a log
_WHOLE = 10  # pages a second from which a rate is told without a decimal


class Progress:
    """What a build told so far: pages, what was set aside by reason, shards that were taken up again, and the step."""

    def __init__(self, total: int | None) -> None:
        self.total = total
        self.step = ""
        self._forget()

    def _forget(self) -> None:
        self.pages = self.read = self.shards = self.taken_up = self.made = 0
        self.excluded: Counter[str] = Counter()
        self.started = time.monotonic()

    def tell(self, event: "Event") -> None:
        """Take in what a build tells."""
        from peacetalks.engine.progress import Restart, Step

        if isinstance(event, Step):
            self.step = event.name
            return
        if isinstance(event, Restart):
            self._forget()
            return
        self.pages += event.pages
        self.made += 0 if event.taken_up else event.pages
        self.shards += 1
        self.taken_up += event.taken_up
        self.excluded.update(event.excluded)
        self.excluded["off-topic"] += event.off_topic
        self.read = event.read

    @property
    def rate(self) -> float:
        """The pages a second, without those that were taken up again."""
        return self.made / max(1e-9, time.monotonic() - self.started)

    @property
    def left(self) -> float | None:
        """The seconds that are left, by the bytes of the input; None where these are not known."""
        if not self.total or not self.read:
            return None
        return (time.monotonic() - self.started) * max(0, self.total - self.read) / self.read

    def words(self) -> str:
        """Return where the build is, in words."""
        if self.step:
            return f"{self.pages:,} pages are done; now: {self.step}"
        excluded = ", ".join(f"{reason} {count:,}" for reason, count in self.excluded.most_common() if count)
        parts = [f"{self.pages:,} pages", f"{self.rate:,.{0 if self.rate >= _WHOLE else 1}f} a second"]
        parts += [f"set aside: {excluded}"] if excluded else []
        parts += [f"{self.taken_up:,} of {self.shards:,} shards taken up again"] if self.taken_up else []
        parts += [f"{_clock(self.left)} left"] if self.left is not None else []
        return "; ".join(parts)

    def row(self) -> dict[str, object]:
        """Return the counts for a program; no clock is in them."""
        return {"pages": self.pages, "shards": self.shards, "shards_taken_up": self.taken_up}


class _Logged(Progress):
    """A progress that writes a line now and then, and at each step."""

    def __init__(self, total: int | None) -> None:
        super().__init__(total)
        self._said = self.started

    def tell(self, event: "Event") -> None:
        """Take in what a build tells, and say it where it is time to."""
        before = self.step
        super().tell(event)
        if self.step != before or time.monotonic() - self._said >= _EVERY:
            self._said = time.monotonic()
            err.print(self.words())


class _Drawn(Progress):
    """A progress that draws a bar."""

    def __init__(self, total: int | None, bar: "Bar", task: "TaskID") -> None:
        super().__init__(total)
        self._bar, self._task = bar, task

    def tell(self, event: "Event") -> None:
        """Take in what a build tells, and draw it."""
        super().tell(event)
        self._bar.update(self._task, completed=self.read, words=self.words())


@contextmanager
def show_progress(total: int | None, verbose: bool) -> Iterator[Progress]:  # noqa: FBT001  a flag of the command line
    """Yield a progress that is shown as fits: drawn on a terminal, logged if `verbose`, or kept for the summary.

    `total` is the bytes of the input, where they are known.
    """
    if not err.is_terminal:
        yield _Logged(total) if verbose else Progress(total)
        return
    from rich.progress import BarColumn, TextColumn
    from rich.progress import Progress as Bar

    with Bar(BarColumn(20), TextColumn("{task.fields[words]}"), console=err, transient=True) as bar:
        yield _Drawn(total, bar, bar.add_task("build", total=total, words="reading"))


def _clock(seconds: float) -> str:
    minutes, seconds = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}"
