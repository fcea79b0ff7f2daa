"""What many tests share: the seeds, a release built from them, and a home of its own for every cache."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from faults.table import (
    fault,
    pytest_collection_modifyitems,
    pytest_runtest_logreport,
    pytest_terminal_summary,
)
from peacetalks.capture.gold import read_gold
from peacetalks.capture.inputs import find_files
from peacetalks.engine.progress import say_nothing
from peacetalks.engine.work import read_captures
from peacetalks.evaluate.report import score_gold
from peacetalks.explorer.bundle import load_page
from peacetalks.pipeline import build
from peacetalks.record import Capture, Gold
from peacetalks.release.page import Page
from peacetalks.release.write import Built, Order

__all__ = [
    "fault",
    "pytest_collection_modifyitems",
    "pytest_runtest_logreport",
    "pytest_terminal_summary",
]  # what they are imported for

ROOT = Path(__file__).parent.parent
CAPTURES = ROOT / "seeds" / "captures"
GOLD = ROOT / "seeds" / "gold"

# Read when datasets is imported, so set before any test can import it.
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_DATASETS_DISABLE_PROGRESS_BARS"] = "1"

# How long an example takes depends on what else the machine does: time is measured by the benchmarks.
settings.register_profile("peacetalks", deadline=None)
settings.load_profile("peacetalks")


def read_cases(name: str) -> list[Any]:
    """Return the cases of tests/cases/<name>.jsonl as pytest parameters, named by their ids."""
    lines = (ROOT / "tests" / "cases" / f"{name}.jsonl").read_text("utf-8").splitlines()
    rows = [json.loads(line) for line in lines if line.strip()]
    return [pytest.param(row, id=row["id"]) for row in rows]


def build_seeds(out: Path, version: str = "0.1.0", captures: Path = CAPTURES, page: Page | None = None) -> Built:
    """Build a release of the captures, with the seeds' gold and the installed page, in this process."""
    return build(
        find_files([captures]),
        out,
        Order(version=version),
        gold=read_gold(GOLD),
        score=score_gold,
        executor=None,
        tell=say_nothing,
        page=load_page() if page is None else page,
    )


@pytest.fixture(scope="session")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release of the seeds; tests that change one copy it first."""
    return build_seeds(tmp_path_factory.mktemp("built") / "corpus").path


@pytest.fixture(scope="session")
def captures() -> dict[str, Capture]:
    """The five captures by id."""
    found = read_captures(find_files([CAPTURES]))
    return {capture.id: capture for capture in found if isinstance(capture, Capture)}


@pytest.fixture(scope="session")
def gold() -> dict[str, Gold]:
    """The five gold annotations by id."""
    return read_gold(GOLD)


@pytest.fixture
def _no_shared_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache of the test's own: a shared one would show rows of another test's corpus."""
    import datasets

    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
