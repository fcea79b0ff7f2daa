"""End a command at the first SIGINT or SIGTERM in an orderly way, and at the second at once."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Stopped(BaseException):
    """Say that a signal asked the command to end; no error, so that nothing that handles errors holds it up."""

    def __init__(self, signum: int) -> None:
        super().__init__(signum)
        self.signum = signum

    @property
    def name(self) -> str:
        """Return the name of the signal."""
        return signal.Signals(self.signum).name

    @property
    def exit_code(self) -> int:
        """Return what a shell makes of it: 130 after SIGINT, 143 after SIGTERM."""
        return 128 + self.signum


@contextmanager
def stopping() -> Iterator[None]:
    """Turn the first signal that asks for an end into Stopped, wherever the command is."""
    before = {signum: signal.signal(signum, _stop) for signum in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for signum, handler in before.items():
            signal.signal(signum, handler)


def _stop(signum: int, _: FrameType | None) -> None:
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, signal.SIG_DFL)
    raise Stopped(signum)
