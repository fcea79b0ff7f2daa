"""Start commands of the project by the dozen, each in a process that can be killed or made to fail at a step."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from faults.failpoints import How

TESTS = Path(__file__).parent.parent


class Done(NamedTuple):
    """How a process ended, negative where a signal ended it, and all that it wrote to either stream."""

    code: int
    output: str


class Zygote:
    """The process that forks them."""

    def __init__(self, server: "subprocess.Popen[str]", scratch: Path) -> None:
        self._server = server
        self._scratch = scratch
        self._started = 0
        self._outputs: dict[int, Path] = {}

    def start(
        self,
        words: list[str],
        cwd: Path,
        *,
        how: How | None = None,
        at: int = 0,
        log: Path | None = None,
        naive: str = "",
    ) -> int:
        """Start a command and return the number of its process; `naive` names the way in which it does it worse."""
        self._started += 1
        output = self._scratch / f"output-{self._started}"
        order = {"words": words, "cwd": str(cwd), "output": str(output), "how": how, "at": at, "naive": naive}
        process = self._ask({**order, "log": str(log) if log else None})
        self._outputs[process] = output
        return process

    def wait(self, process: int) -> Done:
        """Wait for the end of a process."""
        code = self._ask({"wait": process})
        output = self._outputs.pop(process)
        written = output.read_text("utf-8")
        output.unlink()
        return Done(code, written)

    def run(
        self,
        words: list[str],
        cwd: Path,
        *,
        how: How | None = None,
        at: int = 0,
        log: Path | None = None,
        naive: str = "",
    ) -> Done:
        """Start a command and wait for its end."""
        return self.wait(self.start(words, cwd, how=how, at=at, log=log, naive=naive))

    def remember(self, words: list[str]) -> int:
        """Run a command in the zygote, so that those to come need not compute the same; return its exit code."""
        return self._ask({"remember": words})

    def _ask(self, order: dict[str, object]) -> int:
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        self._server.stdin.write(json.dumps(order) + "\n")
        self._server.stdin.flush()
        return int(self._server.stdout.readline())


@contextmanager
def open_zygote(scratch: Path, vocabularies: Path) -> Iterator[Zygote]:
    """Yield a zygote that has read those vocabularies, and ends with this context."""
    environment = {**os.environ, "PYTHONPATH": str(TESTS)}
    command = [sys.executable, "-m", "faults.zygote", str(vocabularies)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=environment, stdin=pipe, stdout=pipe, text=True) as server:
        yield Zygote(server, scratch)
        assert server.stdin is not None
        server.stdin.close()
