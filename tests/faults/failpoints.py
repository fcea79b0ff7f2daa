"""Let a process die, or run out of disk, at its n-th step that changes the disk; the program itself has no part in it.

Steps are counted where Python hands them to the system: making, opening, writing, syncing, renaming, removing.
"""

import builtins
import errno
import io
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

How = Literal["count", "kill", "full"]
_GROWING = ("mkdir", "create", "write")  # what a full disk refuses


class Failpoints:
    """Count the steps; at number `at` kill this process, or from there on refuse what needs room."""

    def __init__(self, how: How, at: int, log: Path | None) -> None:
        self.how = how
        self.at = at
        self.steps = 0
        self.log = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC) if log else None

    def step(self, kind: str, path: object, torn: Callable[[], object] = lambda: None) -> None:
        """Count one step; `torn` does a part of it, which is all that a killed one has done."""
        self.steps += 1
        if self.log is not None:
            os.write(self.log, f"{kind} {path}\n".encode())
        if self.how == "kill" and self.steps == self.at:
            torn()
            os.kill(os.getpid(), signal.SIGKILL)
        if self.how == "full" and self.steps >= self.at and kind in _GROWING:
            torn()
            where = () if kind == "write" else (str(path),)  # of a write the system does not say where
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), *where)


def install(points: Failpoints) -> None:
    """Put the failpoints between this process and the system, for good."""

    def before(name: str, kind: str) -> None:
        real = getattr(os, name)

        def call(*words: Any, **more: Any) -> Any:
            points.step(kind, _path_of(words[0]) if kind == "sync" else words[0])
            return real(*words, **more)

        setattr(os, name, call)

    for name, kind in (
        ("fsync", "sync"),
        ("replace", "rename"),
        ("rename", "rename"),
        ("mkdir", "mkdir"),
        ("unlink", "remove"),
        ("rmdir", "remove"),
    ):
        before(name, kind)
    os_open, io_open = os.open, io.open

    def open_descriptor(path: Any, flags: int, *words: Any, **more: Any) -> int:
        if flags & os.O_CREAT:
            points.step("create", path)
        return os_open(path, flags, *words, **more)

    class Raw(io.FileIO):
        def write(self, data: Any) -> int:
            view = memoryview(data).cast("B")
            points.step("write", self.name, lambda: io.FileIO.write(self, view[: len(view) // 2]))
            return super().write(data)

    def open_file(file: Any, mode: str = "r", *words: Any, **more: Any) -> Any:
        if "b" not in mode or not set(mode) & set("wax") or "opener" in more:  # the last is of temporary files
            return io_open(file, mode, *words, **more)
        points.step("create", file)
        raw = Raw(file, mode.replace("b", ""))
        return io.BufferedRandom(raw) if "+" in mode else io.BufferedWriter(raw)

    os.open = open_descriptor
    io.open = builtins.open = open_file  # type: ignore[assignment]


def _path_of(descriptor: int) -> str:
    return os.readlink(f"/proc/self/fd/{descriptor}")
