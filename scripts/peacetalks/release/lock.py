"""Hold a folder while a command writes into it: of two at once, one goes on and the other is told so."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from peacetalks._files import naming
from peacetalks.errors import BuildError

_NAME = ".lock"


@contextmanager
def hold(folder: Path, *, work: str) -> Iterator[None]:
    """Hold a folder, made if need be, for one command at a time; BuildError at once where another one has it.

    `work` says what kind of command it is. The system gives the folder free when its holder ends, even if killed; what
    a killed one left half written is removed.
    """
    is_new = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / _NAME
    lock = FileLock(path, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise BuildError(
            f"{folder}: locked by another {work}, which is writing there; wait until it ends, or name another folder"
        ) from None
    try:
        _tidy(folder)
        with naming(folder):
            yield
    finally:
        path.unlink(missing_ok=True)  # while it is held: who waits for the file that is gone looks again
        lock.release()
        if is_new:
            with suppress(OSError):  # what was written stays; a command that failed leaves no trace
                folder.rmdir()


def _tidy(folder: Path) -> None:
    for path in folder.glob(".*.partial"):
        path.unlink()
    for path in folder.glob(".staging-*"):
        shutil.rmtree(path)
