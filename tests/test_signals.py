"""A signal that asks for an end is never lost, whatever Python is at when it comes."""

import subprocess
import sys

import pytest

# What runs while the signal comes; each goes on for seconds if the signal is lost, and then says so.
BUSY = {
    "plain code": "os.kill(os.getpid(), sign)",
    "a callback of the collector": "gc.callbacks.append(lambda *_: kill_once()); gc.collect()",
    "a finaliser": "type('Left', (), {'__del__': lambda self: kill_once()})()",
    "a callback of a weak reference": "it = Some(); held = weakref.ref(it, lambda _: kill_once()); del it",
}
PROGRAM = """
import gc, os, signal, sys, time, weakref
from peacetalks.engine.signals import Stopped, stopping

class Some: pass
sign, killed = signal.Signals[sys.argv[1]], []
def kill_once():
    if not killed:
        killed.append(True)
        os.kill(os.getpid(), sign)
    for _ in range(1000): pass  # so that the signal is taken here
try:
    with stopping("all is as it was"):
        exec(sys.argv[2])
        end = time.monotonic() + 5
        while time.monotonic() < end: pass
    print("lost")
except Stopped as stop:
    print(stop.name, stop.exit_code, stop.state)
assert sys.unraisablehook is sys.__unraisablehook__
assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
"""


@pytest.mark.parametrize("busy", BUSY)
@pytest.mark.parametrize(("sign", "code"), [("SIGTERM", 143), ("SIGINT", 130)])
def test_a_signal_ends_what_runs_even_where_python_may_not_raise(sign: str, code: int, busy: str) -> None:
    """A handler that raises and no more fails here: Python prints what is raised in a callback, and goes on."""
    command = [sys.executable, "-c", PROGRAM, sign, BUSY[busy]]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr, done.returncode) == (f"{sign} {code} all is as it was\n", "", 0)
