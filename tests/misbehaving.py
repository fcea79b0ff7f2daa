"""Work that goes wrong in every way that native code can: what the tests of the engines let workers do."""

import ctypes
import mmap
import os
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from peacetalks.capture.packed import PackedPage
from peacetalks.capture.pages import PageFile, RawPage
from peacetalks.record import Excluded

if TYPE_CHECKING:  # most of this work needs none of it, and a worker that starts waits for it
    from peacetalks.engine.page import Page

Outcome = tuple[str, str, str]


def outcomes(pages: Sequence[RawPage | Excluded]) -> list[Outcome]:
    """Return source, reason and text or detail of each page, and do what a page says where it is one of DEEDS."""
    found = []
    for page in pages:
        if isinstance(page, Excluded):
            found.append((page.source, page.reason, page.detail))
            continue
        assert isinstance(page, PageFile)
        word, _, rest = page.data.decode().partition(" ")
        if word in DEEDS:
            DEEDS[word](rest)
        found.append((page.source, "kept", page.data.decode()))
    return found


def process(pages: Sequence[RawPage | Excluded]) -> "list[Page | Excluded]":
    """Do the pipeline's own work, and what a page says where it is one of DEEDS."""
    from peacetalks.engine.work import process_pages

    outcomes([page for page in pages if isinstance(page, PageFile) and page.data.startswith(b"do-")])
    return process_pages(pages, {}, known=False)


def counted(pages: Sequence[RawPage | Excluded]) -> list[Outcome]:
    """Leave a file for each page that is worked on, in the folder that the page names, and take a moment."""
    for page in pages:
        if isinstance(page, PageFile):
            folder, name, seconds = page.data.decode().split("|")
            descriptor = os.open(f"{folder}/{name}.{time.monotonic_ns()}.{os.getpid()}", os.O_CREAT)
            os.close(descriptor)
            time.sleep(float(seconds))
    return [(page.source, "kept", "") for page in pages]


def environment(_: int) -> tuple[str, str, dict[str, str]]:
    """Return what a worker can know of its environment: the variables, and what the kernel has of them."""
    return Path("/proc/self/environ").read_text(), Path("/proc/self/cmdline").read_text(), dict(os.environ)


def who(_: int) -> int:
    """Return the process that works."""
    return os.getpid()


def limits(_: int) -> dict[str, str]:
    """Return what the kernel says of the worker."""
    status = dict(line.split(":\t", 1) for line in Path("/proc/self/status").read_text().splitlines() if ":\t" in line)
    rows = Path("/proc/self/limits").read_text().splitlines()[1:]
    return {
        **{row[:25].strip(): row[25:].split()[0] for row in rows},
        "oom": Path("/proc/self/oom_score_adj").read_text().strip(),
        "new privileges": status["NoNewPrivs"],
        "open": str(len(os.listdir("/proc/self/fd"))),  # noqa: PTH208
    }


def keep(size: int) -> int:
    """Keep so many bytes, as a leak does, and return the process."""
    _kept.append(b"x" * size)
    return os.getpid()


def write(size: int) -> str:
    """Return what comes of writing so many bytes to a file."""
    import tempfile

    with tempfile.TemporaryFile() as file:
        try:
            file.write(bytes(size))
            file.flush()
        except OSError as error:
            return error.strerror
    return "written"


def refuse(_: int) -> None:
    """Say that the build can't go on."""
    from peacetalks.errors import VocabularyError

    raise VocabularyError("outlets.toml: id 'afp' appears twice; ids are unique")


class Trap:
    """An answer that would run a command in whoever reads it as Python's pools do."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, (f"touch {self.path}",)


def trap(path: str) -> Trap:
    """Answer with a trap."""
    return Trap(path)


_kept: list[bytes] = []


def _busy(_: str) -> None:
    """Never come back from native code, which holds the interpreter's lock, so that no thread of it can interfere."""
    ctypes.PyDLL(None).pause()


def _quadratic(_: str) -> None:
    import unicodedata

    unicodedata.normalize("NFC", "a" + "\u0301\u0327" * 2_000_000)


def _once(path: str) -> None:
    try:
        Path(path).touch(exist_ok=False)
    except FileExistsError:
        return
    os._exit(9)


def _marked(path: str) -> None:
    with Path(path).open("ab") as file:
        file.write(b".")
    os._exit(3)


def _bomb(_: str) -> None:
    held = []
    while True:
        held.append(bytearray(50_000_000))


def _map(_: str) -> None:
    held = []
    while True:
        held.append(mmap.mmap(-1, 50_000_000, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS))
        held[-1].write(bytes(50_000_000))


def _recurse(_: str) -> None:
    def down() -> None:
        down()

    sys.setrecursionlimit(10_000)
    down()


DEEDS = {
    "do-hang": _busy,
    "do-grow-slowly": _quadratic,
    "do-stop": lambda _: os.kill(os.getpid(), signal.SIGSTOP),
    "do-exit": lambda _: os._exit(3),
    "do-exit-well": lambda _: os._exit(0),
    "do-exit-once": _once,
    "do-exit-marked": _marked,
    "do-segfault": lambda _: ctypes.string_at(0),
    "do-abort": lambda _: os.abort(),
    "do-kill": lambda _: os.kill(os.getpid(), signal.SIGKILL),
    "do-bomb": _bomb,
    "do-map": _map,
    "do-recurse": _recurse,
    "do-raise": lambda _: {}["\x1b]0;owned\x07"],
    "do-leave": lambda _: sys.exit(4),
    "do-interrupt": lambda _: signal.raise_signal(signal.SIGTERM),
    "do-close": lambda _: os.closerange(3, 100),
    "do-nothing": lambda _: None,
    "do-rest": lambda seconds: time.sleep(float(seconds)),
}


def hold(pages: Sequence[RawPage | Excluded]) -> list[Outcome]:
    """Take 200 MB a page until all are done."""
    held = [b"x" * 200_000_000 for page in pages if isinstance(page, PageFile)]
    assert len(held) <= len(pages)
    return [(page.source, "kept", page.data.decode()) for page in pages if isinstance(page, PageFile)]


def die_of_packed(pages: Sequence[RawPage | Excluded]) -> list[Excluded]:
    """Die of each page that was left packed, and return the rows among the others."""
    if any(isinstance(page, PackedPage) for page in pages):
        os.kill(os.getpid(), signal.SIGKILL)
    return [page for page in pages if isinstance(page, Excluded)]


def rows(pages: Sequence[RawPage | Excluded]) -> list[Excluded]:
    """Return the rows among the pages."""
    outcomes(pages)
    return [page for page in pages if isinstance(page, Excluded)]
