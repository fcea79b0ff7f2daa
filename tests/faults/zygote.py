"""Fork processes that run commands of the project, everything imported and every vocabulary read beforehand.

A line of JSON on standard input starts one or waits for one; the answer, a line too, is its number or its exit code.
One that is to `remember` runs in the zygote itself: what it computed without touching the disk is there for all later.
"""

import hashlib
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

from faults.failpoints import Failpoints, install


def warm(vocabularies: Path) -> None:
    """Do once what each of the processes would do first: it changes nothing on the disk."""
    import peacetalks.cli
    import peacetalks.commands.releases
    import peacetalks.evaluate.report
    import peacetalks.explorer.bundle
    import peacetalks.pipeline
    import peacetalks.release.lock  # noqa: F401  the last of those that are imported when they are needed
    from peacetalks.registry.catalogue import load_catalogue
    from peacetalks.registry.gazetteer import load_gazetteer

    load_gazetteer(vocabularies)
    load_catalogue(vocabularies)


def run(order: dict[str, Any]) -> NoReturn:
    """Be the process of an order: its words, folder, output, and where it is to fail."""
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    output = os.open(order["output"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.chdir(order["cwd"])
    if order["naive"]:
        NAIVE[order["naive"]]()
    if order["how"]:
        install(Failpoints(order["how"], order["at"], Path(order["log"]) if order["log"] else None))
    code = 1
    try:
        code = call(order["words"])
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def write_in_place() -> None:
    """Write a release into its own folder, the manifest last."""
    from peacetalks.release import write

    @contextmanager
    def in_place(target: Path) -> Iterator[Path]:
        yield target

    write.staged = in_place  # type: ignore[assignment]
    write.move_into_place = lambda *_: None  # type: ignore[assignment]


def lock_nothing() -> None:
    """Write without holding the folder."""
    from peacetalks.release import lock

    lock.hold = lambda *_, **__: nullcontext()  # type: ignore[assignment]


NAIVE = {"in-place": write_in_place, "no-lock": lock_nothing}


def call(words: list[str]) -> int:
    """Run a command in this process and return its exit code."""
    from peacetalks.cli import main

    sys.argv = ["peacetalks", *words]
    try:
        main()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0
    return 0


def remember(words: list[str]) -> int:
    """Run a command here, and keep what its steps that only compute return for the same arguments."""
    from peacetalks.engine import executors, work

    def keep(module: ModuleType, name: str) -> None:
        real = getattr(module, name)
        known: dict[bytes, tuple[Any, Callable[[Any], Any]]] = {}

        def recall(*given: Any, **more: Any) -> Any:
            key = hashlib.sha256(repr((given, more)).encode("utf-8", "surrogatepass")).digest()
            if key not in known:
                found = real(*given, **more)
                known[key] = (list(found), iter) if isinstance(found, Iterator) else (found, lambda same: same)
            kept, again = known[key]
            return again(kept)

        setattr(module, name, recall)

    keep(work, "process_captures")  # figures are remembered by the program itself
    executors.make_executor = lambda *_: nullcontext(None)  # type: ignore[assignment, return-value]  here, not in workers
    return call(words)


def serve() -> None:
    """Answer orders until there are no more."""
    warm(Path(sys.argv[1]))
    for line in sys.stdin:
        order = json.loads(line)
        if "wait" in order:
            _, status = os.waitpid(order["wait"], 0)
            print(os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201  the answer
            continue
        if "remember" in order:
            answers, sys.stdout = sys.stdout, sys.stderr
            code = remember(order["remember"])
            sys.stdout = answers
            print(code, flush=True)  # noqa: T201  the answer
            continue
        process = os.fork()
        if process == 0:
            run(order)
        print(process, flush=True)  # noqa: T201  the answer


if __name__ == "__main__":
    serve()
