"""The same captures give the same bytes, wherever, however and by how many they are built."""

import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import CAPTURES, GOLD
from faults.table import LONG, Record

ELSEWHERE = {"PYTHONHASHSEED": "4242", "TZ": "Asia/Damascus", "LC_ALL": "C", "LANG": "tr_TR.UTF-8"}
WORKERS = [[], ["--workers", "2"], ["--engine", "dask", "--workers", "2"]]
# Pairs of what a place may be: each value with each other one at least once would be 36 builds, these are the corners.
PLACES = [
    ("0", "UTC", "C"),
    ("1", "Asia/Tokyo", "C.UTF-8"),
    ("random", "America/St_Johns", "C"),
    ("random", "Pacific/Kiritimati", "POSIX"),
    ("0", "Asia/Tokyo", "tr_TR.UTF-8"),
    ("1", "America/St_Johns", "de_DE.UTF-8"),
]


@pytest.mark.parametrize(
    "options",
    [*WORKERS, *([["--workers", "4"], ["--workers", "8"]] if LONG else [])],
    ids=lambda options: " ".join(options) or "in this process",
)
def test_another_place_seed_zone_and_locale_give_the_same_bytes(
    release: Path, tmp_path: Path, options: list[str], fault: Record
) -> None:
    """A set whose order is that of its hashes, or pages in the order that workers end in, would show."""
    build(tmp_path, CAPTURES, ELSEWHERE, options)
    assert _bytes(tmp_path / "elsewhere") == _bytes(release.parent)
    fault("F12", "workers, and engines, by number", 1, "the same bytes")


@pytest.mark.parametrize("place", PLACES if LONG else PLACES[2:3], ids=" ".join)
def test_files_in_another_order_under_another_umask_give_the_same_bytes(
    release: Path, tmp_path: Path, place: tuple[str, str, str], fault: Record
) -> None:
    """Folders are read in the order in which the disk has them, unless they are sorted."""
    paths = sorted(CAPTURES.iterdir())
    random.Random(place[0]).shuffle(paths)  # noqa: S311  an order, not a secret
    captures = tmp_path / "captures"
    captures.mkdir()
    for path in paths:
        shutil.copyfile(path, captures / path.name)
    seed, zone, locale = place
    build(tmp_path, captures, {"PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": locale}, [], umask=0o077)
    assert _bytes(tmp_path / "elsewhere") == _bytes(release.parent)
    fault("F11", "hash seed, zone, locale, folder, umask and order of files changed", 1, "the same bytes")


def build(folder: Path, captures: Path, place: dict[str, str], options: list[str], *, umask: int = -1) -> None:
    command = [sys.executable, "-m", "peacetalks", "build", str(captures), "--gold", str(GOLD), "--version", "0.1.0"]
    command += ["--out", "elsewhere", *options]
    subprocess.run(command, cwd=folder, env={**os.environ, **place}, check=True, capture_output=True, umask=umask)


def _bytes(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.relative_to(folder).as_posix().startswith(".")
    }
