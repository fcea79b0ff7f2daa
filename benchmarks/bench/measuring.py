"""Run a command and measure it: seconds by the clock, CPU of all its processes, and the most memory of each."""

import json
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import psutil

_EVERY = 0.2  # seconds between two looks at the memory
_HELPERS = ("resource_tracker", "forkserver")  # processes of Python's own that do no work


class Cost(NamedTuple):
    """What a command took: seconds, and bytes of resident memory."""

    wall: float
    cpu: float
    parent: int  # peak of the process that was started
    worker: int  # peak of the largest of those that it started
    tree: int  # peak of the sum of all
    workers: int
    disk: int  # peak of what the file system held more than at the start, by whomever
    output: str


class CommandError(RuntimeError):
    """A command that was to be measured failed."""


def measure(command: Sequence[str], folder: Path | None = None) -> Cost:
    """Run the command to its end and return its cost.

    CPU is what the system counted for it and for all the processes that it waited for; `folder` stands on the file
    system whose use is watched. Raise CommandError, with the end of what the command printed, where it fails.
    """
    began = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        watch = _Watch(process.pid, folder or Path.cwd())
        watch.start()
        output = process.stdout.read().decode() if process.stdout else ""
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        watch.stop()
    if process.returncode:
        raise CommandError(f"{' '.join(map(str, command))}: exit code {process.returncode}\n{output[-4000:]}")
    wall = time.perf_counter() - began
    peaks = dict(watch.peaks)
    parent = peaks.pop(process.pid, 0)
    return Cost(
        wall=wall,
        cpu=used.ru_utime + used.ru_stime,
        parent=parent,
        worker=max(peaks.values(), default=0),
        tree=watch.most,
        workers=len(peaks),
        disk=watch.disk,
        output=output,
    )


def last_json(output: str) -> Any:
    """Return the last line of an output that is a JSON object."""
    lines = [line for line in output.splitlines() if line.startswith("{")]
    return json.loads(lines[-1])


def folder_size(folder: Path) -> int:
    """Return the bytes of all files below a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


class _Watch(threading.Thread):
    """Looks at the memory of a process and its descendants again and again."""

    def __init__(self, process: int, folder: Path) -> None:
        super().__init__(daemon=True)
        self.disk = 0
        self._folder = folder
        self._used = shutil.disk_usage(folder).used
        self.peaks: dict[int, int] = {}
        self.most = 0
        self._root = psutil.Process(process)
        self._over = threading.Event()

    def run(self) -> None:
        while not self._over.wait(_EVERY):
            try:
                processes = [self._root, *self._root.children(recursive=True)]
            except psutil.NoSuchProcess:
                return
            total = 0
            for process in processes:
                try:
                    size = process.memory_info().rss
                    if process is not self._root and any(h in " ".join(process.cmdline()) for h in _HELPERS):
                        continue
                except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
                    continue  # it has ended meanwhile
                self.peaks[process.pid] = max(self.peaks.get(process.pid, 0), size)
                total += size
            self.most = max(self.most, total)
            self.disk = max(self.disk, shutil.disk_usage(self._folder).used - self._used)

    def stop(self) -> None:
        """End the watch."""
        self._over.set()
        self.join()
