import os
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import CAPTURES, GOLD

ELSEWHERE = {"PYTHONHASHSEED": "4242", "TZ": "Asia/Damascus", "LC_ALL": "C", "LANG": "tr_TR.UTF-8"}


@pytest.mark.parametrize(
    "options",
    [[], ["--workers", "2"], ["--engine", "dask", "--workers", "2"]],
    ids=["in-this-process", "two-workers", "a-dask-cluster"],
)
def test_another_place_seed_zone_and_locale_give_the_same_bytes(
    release: Path, tmp_path: Path, options: list[str]
) -> None:
    command = [sys.executable, "-m", "peacetalks", "build", str(CAPTURES), "--gold", str(GOLD), "--version", "0.1.0"]
    command += ["--out", "elsewhere", *options]
    subprocess.run(command, cwd=tmp_path, env={**os.environ, **ELSEWHERE}, check=True, capture_output=True)
    assert _bytes(tmp_path / "elsewhere") == _bytes(release.parent)


def _bytes(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }
