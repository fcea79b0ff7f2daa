"""What a worker process may take: time, memory, files and secrets; kept by the kernel and by who started it."""

import ctypes
import os
import resource
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from msgspec import Struct

_MB = 1_000_000

# A worker computes: it needs to find Python and the package, and to know language and zone. Every other variable may
# hold a key, and stays with the process that reads and writes.
_NEEDED = frozenset(
    {
        "DYLD_LIBRARY_PATH",
        "LANG",
        "LANGUAGE",
        "LD_LIBRARY_PATH",
        "PATH",
        "PYTHONDONTWRITEBYTECODE",
        "PYTHONHASHSEED",
        "PYTHONHOME",
        "PYTHONPATH",
        "PYTHONUTF8",
        "TMPDIR",
        "TZ",
        "VIRTUAL_ENV",
    }
)
# One worker a core: threads of their own would only get in each other's way. Arrow's own allocator claims a gigabyte
# before it needs one, which the limit would count.
_FIXED = {"ARROW_DEFAULT_MEMORY_POOL": "system", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}

_LARGEST_FILE = 1 * _MB  # a worker writes no file but its own last words
_FIRST_TO_GO = "1000"  # where memory is short the kernel is to take a worker, which is replaced
_SET_PARENT_DEATH_SIGNAL = 1  # of prctl(2)
_SET_NO_NEW_PRIVILEGES = 38


class Limits(Struct, frozen=True, kw_only=True):
    """What a worker may take before it is killed or replaced.

    With `writes` its work is not on pages but on files of ours: it may write them, and as large as they come.
    `seconds` is for one task, whether it holds one page or a shard of them: a shard that takes longer is run page by
    page. `memory` is in bytes of private data. After so many `tasks`, or when half of its memory stays in use, a
    worker is replaced. `start` is how many seconds it has to start and to import what it runs.
    """

    seconds: float = 60.0
    memory: int = 2_000 * _MB
    tasks: int = 1_000
    start: float = 120.0
    writes: bool = False


# A file of ours takes as long as it is large, and nothing that anyone has sent can make it late.
WRITING = Limits(seconds=1_000_000, writes=True)


def worker_environment(own: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of an environment that a worker gets: those of the list, and none that may hold a secret."""
    kept = {name: value for name, value in own.items() if name in _NEEDED or name.startswith("LC_")}
    return {**kept, **_FIXED}


def confine(parent: int, *, writes: bool) -> None:
    """Bind this process: it dies with `parent`, leaves no core, fills no disk, and is the first to go without memory.

    One that `writes` files of ours may fill the disk. What a system does not know is left out.
    """
    for kind, most in ((resource.RLIMIT_CORE, 0), *([] if writes else [(resource.RLIMIT_FSIZE, _LARGEST_FILE)])):
        own = _at_most(most, kind)
        resource.setrlimit(kind, (own, own))
    if writes:  # it reads as many files side by side as a corpus has runs
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started it decides when it ends
    if sys.platform != "linux":
        return
    with suppress(OSError):  # some containers show /proc and let nobody write there
        Path("/proc/self/oom_score_adj").write_text(_FIRST_TO_GO)
    system = ctypes.CDLL(None)
    system.prctl(_SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    system.prctl(_SET_PARENT_DEATH_SIGNAL, int(signal.SIGKILL), 0, 0, 0)
    if os.getppid() != parent:
        os._exit(0)  # it died before it could be asked for its signal


def limit_memory(most: int | None) -> None:
    """Let this process have so many bytes of private data, or as many as there are."""
    # Address space is no measure: libraries reserve gigabytes of it that they never touch.
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (hard if most is None else _at_most(most, resource.RLIMIT_DATA), hard))


def memory_in_use() -> int:
    """Return the bytes of memory that this process occupies; 0 where the system does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return 0
    return pages * resource.getpagesize()


def _at_most(wanted: int, kind: int) -> int:
    _, hard = resource.getrlimit(kind)
    return wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
