"""Keep finished shards beside the releases, so that a build that was cut goes on where it was."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from peacetalks._files import write_atomic
from peacetalks.engine.sections import is_whole
from peacetalks.release.lock import hold

FOLDER = ".work"  # below the folder of releases
_ENDING = ".shard"


class Store:
    """The work folder of one build; shards are found by name, whatever build made them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def find(self, name: str) -> Path | None:
        """Return the file of a finished shard; None where there is none, or its checksum does not hold."""
        path = self.path(name)
        return path if path.exists() and is_whole(path) else None

    def put(self, name: str, data: bytes) -> Path:
        """Write a finished shard so that a cut, of the power too, leaves all of it or none; return its file."""
        path = self.path(name)
        write_atomic(path, data)
        return path

    def path(self, name: str) -> Path:
        """Return the file that a shard has, or would have."""
        return self.folder / f"{name}{_ENDING}"


@contextmanager
def open_store(out: Path, code: str) -> Iterator[Store]:
    """Yield the store below a folder of releases; it is gone once the work is done, and stays where it is cut.

    `code` is the digest of the code: shards of other code are removed. BuildError where another build is at work.
    """
    work = out / FOLDER
    with hold(out, work="build"):
        work.mkdir(exist_ok=True)
        folder = work / code[:16]
        for path in work.iterdir():
            if path != folder:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        folder.mkdir(exist_ok=True)
        for path in folder.iterdir():  # what a cut left: files half written, and folders to work in
            if path.is_dir():
                shutil.rmtree(path)
            elif path.name.startswith("."):
                path.unlink()
        yield Store(folder)
        shutil.rmtree(work)
