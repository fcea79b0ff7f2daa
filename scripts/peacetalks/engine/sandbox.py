"""Run calls in a worker process with hard limits: it is killed from outside where it is late, and replaced."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache

from msgspec import MsgspecError, msgpack

from peacetalks.capture.names import visible
from peacetalks.engine.frames import Deadline, receive, send
from peacetalks.engine.limits import Limits, worker_environment
from peacetalks.engine.worker import STARTED, WRITES, Answer, Task
from peacetalks.errors import CaptureError, WorkerError

_LAST_WORDS = 2_000  # bytes of what a worker wrote that is shown
_LARGEST_ANSWER = 4_000_000_000
_STARTS = 3  # of which each may be cut short by something else
_CLOSING = 5.0  # seconds between the end of a channel and that of its process


class Sandbox:
    """One worker process: started when it is first needed, and again after its end. One thread calls, any closes."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._child: _Child | None = None
        self._calls = 0
        self._closed = threading.Event()

    def call(self, call: bytes, seconds: float, memory: int | None) -> bytes:
        """Return the value of a pickled function and its arguments, as pickled.

        CaptureError where it took more than so many seconds or bytes, or its worker died of it; WorkerError where no
        worker can be had, or where the work says that the build can't go on; OSError as one that writes met it.
        """
        child = self._hand_over(call, msgpack.encode(Task(path=sys.path, memory=memory)))
        answer = self._await(child, seconds)
        self._calls += 1
        if self._calls >= self._limits.tasks or answer.memory > self._limits.memory // 2:
            self._drop()
        if answer.errno and self._limits.writes:
            raise OSError(answer.errno, os.strerror(answer.errno), answer.error or None)
        if answer.stops:
            raise WorkerError(answer.error)
        if answer.error:
            raise CaptureError("crashed", visible(answer.error[:200]))
        return answer.value

    def close(self) -> None:
        """End the worker at once, whatever it does; no other is started."""
        self._closed.set()
        if self._child is not None:
            self._child.kill()

    def discard(self) -> None:
        """Close what no thread calls any more."""
        self._closed.set()
        self._drop()

    def _hand_over(self, call: bytes, task: bytes) -> "_Child":
        """Give the task to a worker that takes it up: one that waited may have died, and a new one be killed."""
        starts = 0
        while True:
            fresh = self._child is None
            starts += fresh
            child = self._child = self._child or _Child(writes=self._limits.writes)
            if self._closed.is_set():
                self._drop()
                raise WorkerError("the workers were stopped")
            allowed = self._limits.start if fresh else self._limits.seconds
            try:
                deadline = Deadline(allowed)
                send(child.channel, task, deadline)
                send(child.channel, call, deadline)
                if receive(child.channel, deadline, len(STARTED)) == STARTED:
                    return child
                late = "answered before it was asked"
            except (OSError, EOFError) as error:  # of which TimeoutError is one
                late = f"took more than {allowed:g} s" if isinstance(error, TimeoutError) else "died"
            words = self._drop()
            if starts == _STARTS:
                raise WorkerError(f"a worker process {late} before it took up a task: {words or 'it left no word'}")

    def _await(self, child: "_Child", seconds: float) -> Answer:
        try:
            return msgpack.decode(receive(child.channel, Deadline(seconds), _LARGEST_ANSWER), type=Answer)
        except TimeoutError:
            self._drop()
            raise CaptureError("timeout", f"no end within {seconds:g} s") from None
        except (OSError, EOFError, MsgspecError):
            code = child.end()
            self._drop()
            raise CaptureError("crashed", f"its worker {code}") from None

    def _drop(self) -> str:
        child, self._child, self._calls = self._child, None, 0
        return child.bury() if child else ""


class _Child:
    """A process that has just been started, its end of the line, and what it writes to standard error."""

    def __init__(self, *, writes: bool) -> None:
        self.channel, theirs = socket.socketpair()
        self._words = tempfile.TemporaryFile()  # noqa: SIM115  closed when the process is buried
        with theirs:
            try:
                self._process = _starter().submit(_start, theirs.fileno(), self._words.fileno(), writes=writes).result()
            except OSError as error:
                self.channel.close()
                self._words.close()
                raise WorkerError(f"a worker process can't be started: {error}") from error

    def kill(self) -> None:
        """Kill it with all that it started."""
        if self._process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def end(self) -> str:
        """Return how it ended, once its channel has."""
        try:
            code = self._process.wait(_CLOSING)
        except subprocess.TimeoutExpired:
            return "answered with what is no answer"
        return f"died of {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"

    def bury(self) -> str:
        """Kill it, and return the end of what it wrote."""
        self.kill()
        self._process.wait()
        self.channel.close()
        with self._words as words:
            size = words.seek(0, os.SEEK_END)
            words.seek(max(0, size - _LAST_WORDS))
            return visible(words.read().decode("utf-8", "replace").strip())


@cache
def _starter() -> ThreadPoolExecutor:
    # Linux ends a worker with the thread that started it: this one lives as long as the process.
    return ThreadPoolExecutor(1, "peacetalks-starter")


def _start(channel: int, words: int, *, writes: bool) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-P", "-m", "peacetalks.engine.worker", str(channel), str(os.getpid())]
    command += [WRITES] if writes else []
    return subprocess.Popen(  # noqa: S603  this interpreter, and a module of ours
        command,
        env=worker_environment(os.environ),
        pass_fds=[channel],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=words,
        process_group=0,  # an interrupt from the terminal is for who started it
    )
