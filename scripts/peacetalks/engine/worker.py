"""The worker process: take a task, do it, answer; it holds no secret, and whoever started it keeps the time.

python -P -m peacetalks.engine.worker SOCKET PARENT [writes]
"""

import socket
import sys
import traceback
from pathlib import Path

from msgspec import Struct, msgpack

from peacetalks._collector import staying, without_collector
from peacetalks._heap import keep_no_large_blocks
from peacetalks.engine.answers import pack, unpack
from peacetalks.engine.frames import receive, send
from peacetalks.engine.limits import confine, limit_memory, memory_in_use
from peacetalks.errors import BuildError

STARTED = b"started"
WRITES = "writes"


class Task(Struct, frozen=True, kw_only=True):
    """Where the modules of a call are and how much memory it may take; the call itself, as pickled, comes after it."""

    path: list[str]
    memory: int | None


class Answer(Struct, frozen=True, kw_only=True):
    """What came of a task: its value, as pickled, or what went wrong; and what the worker occupies afterwards.

    `stops` says that it is no fault of a page, and that the build can't go on; with an `errno` of the system `error` is
    the path that it is about.
    """

    value: bytes = b""
    error: str = ""
    stops: bool = False
    errno: int = 0
    memory: int = 0


def main() -> None:
    """Do tasks until the other side is gone."""
    writes = sys.argv[3:] == [WRITES]
    confine(int(sys.argv[2]), writes=writes)
    if writes:
        keep_no_large_blocks()
    with socket.socket(fileno=int(sys.argv[1])) as channel:
        loading = staying  # the first task brings the modules that its work needs
        while True:
            try:
                task = msgpack.decode(receive(channel), type=Task)
                call = receive(channel)
            except EOFError:
                return
            sys.path[:] = task.path
            with loading():
                work, arguments = unpack(call)
            del call  # which is as large as its pages
            loading = without_collector
            send(channel, STARTED)
            send(channel, msgpack.encode(_do(work, arguments, task.memory, writes=writes)))


def _do(work: object, arguments: tuple[object, ...], memory: int | None, *, writes: bool) -> Answer:
    limit_memory(memory)
    try:
        value = pack(work(*arguments))  # type: ignore[operator]
    except BuildError as error:
        return Answer(error=str(error), stops=True)
    except MemoryError:
        return Answer(error="ran out of memory")
    except OSError as error:
        if not writes or error.errno is None:  # its words may be of a page
            return Answer(error=_place(error), stops=True)
        return Answer(error=str(error.filename or ""), stops=True, errno=error.errno)
    # Whatever else a page can bring about, its neighbours go on; what the system brings about stops the build.
    except Exception as error:  # noqa: BLE001
        return Answer(error=_place(error), stops=isinstance(error, ImportError))
    finally:
        limit_memory(None)
    return Answer(value=value, memory=memory_in_use())


def _place(error: Exception) -> str:
    """Return what an error is and where it came about, without what it says: that may be text of the page."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} in {Path(last.filename).name}, line {last.lineno}"


if __name__ == "__main__":
    main()
