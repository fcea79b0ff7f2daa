"""The notebooks of examples/ run, and what they show is what the release says."""

import sys
from pathlib import Path

import nbformat
import pytest

from conftest import ROOT

sys.path.insert(0, str(ROOT / "examples"))  # a script beside the notebooks, no part of the package
import run

FOLDER = ROOT / "examples"
FIGURES = {"baseline": 1, "catalogue": 5, "coverage": 2, "extend": 0}  # how many each notebook shows


def texts(notebook: nbformat.NotebookNode) -> list[str]:
    """What each cell prints and returns, as one text: a kernel sends it in as many parts as it likes."""
    return [
        "".join(output.text if output.output_type == "stream" else output.data["text/plain"] for output in cell.outputs)
        for cell in notebook.cells
        if cell.cell_type == "code"
    ]


def figures(notebook: nbformat.NotebookNode) -> int:
    return sum("image/png" in output.get("data", {}) for cell in notebook.cells for output in cell.get("outputs", []))


@pytest.fixture(params=FIGURES)
def notebook(request: pytest.FixtureRequest) -> Path:
    return FOLDER / f"{request.param}.ipynb"


def test_a_notebook_shows_what_it_finds_when_it_is_run(
    notebook: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))  # no reader's own start-up files
    shown, found = nbformat.read(notebook, as_version=4), run.run(notebook)
    assert texts(found) == texts(shown), "run `make notebooks`"
    assert figures(found) == figures(shown) == FIGURES[notebook.stem]


def test_a_notebook_holds_no_clock_no_path_and_no_trouble(notebook: Path) -> None:
    code = [cell for cell in nbformat.read(notebook, as_version=4).cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    assert all("execution" not in cell.metadata for cell in code)
    assert all(output.output_type in ("stream", "display_data", "execute_result") for c in code for output in c.outputs)
    assert all(output.get("name") != "stderr" for c in code for output in c.outputs)
    assert str(ROOT) not in notebook.read_text("utf-8")
    assert notebook.stat().st_size < 400_000


def test_every_notebook_is_tested() -> None:
    assert {path.stem for path in FOLDER.glob("*.ipynb")} == FIGURES.keys()
