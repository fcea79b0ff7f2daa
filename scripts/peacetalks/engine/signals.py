"""End a command at the first SIGINT or SIGTERM in an orderly way, and at the second at once."""

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_ENDS = (signal.SIGINT, signal.SIGTERM)
_SOON = 0.01  # seconds


class Stopped(BaseException):
    """Say that a signal asked the command to end; no error, so that nothing that handles errors holds it up.

    `state` says what that leaves, in words, where the command knows.
    """

    def __init__(self, signum: int, state: str) -> None:
        super().__init__(signum, state)
        self.name = signal.Signals(signum).name
        self.exit_code = 128 + signum  # as shells have it: 130 after SIGINT, 143 after SIGTERM
        self.state = state


@contextmanager
def stopping(state: str = "") -> Iterator[None]:
    """Turn the first signal that asks for an end into Stopped; in a thread that gets no signals, do nothing.

    Where the signal comes while Python runs what may not raise, as a callback of its collector, it is raised again.
    """

    def stop(signum: int, _: FrameType | None) -> None:
        for one in _ENDS:
            signal.signal(one, signal.SIG_DFL)  # whoever asks again does not want to wait
        raise Stopped(signum, state)

    def ignored(what: "sys.UnraisableHookArgs") -> None:
        if not isinstance(what.exc_value, Stopped):
            hook(what)
            return
        stopped = what.exc_value

        def again(_: int, __: FrameType | None) -> None:
            raise stopped

        signal.signal(signal.SIGALRM, again)
        signal.setitimer(signal.ITIMER_REAL, _SOON)

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    hook = sys.unraisablehook
    before = {signum: signal.signal(signum, stop) for signum in _ENDS} | {
        signal.SIGALRM: signal.getsignal(signal.SIGALRM)
    }
    sys.unraisablehook = ignored
    try:
        yield
    finally:
        sys.unraisablehook = hook
        signal.setitimer(signal.ITIMER_REAL, 0)  # by default its signal would end the process
        for signum, handler in before.items():
            signal.signal(signum, handler)
