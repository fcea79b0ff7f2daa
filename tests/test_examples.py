"""The notebook of examples/ runs, and what it shows is what the release says."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from conftest import ROOT

NOTEBOOK = ROOT / "examples" / "catalogue.ipynb"


def texts(notebook: nbformat.NotebookNode) -> list[str]:
    """What each cell prints and returns, as one text: a kernel sends it in as many parts as it likes."""
    return [
        "".join(output.text if output.output_type == "stream" else output.data["text/plain"] for output in cell.outputs)
        for cell in notebook.cells
        if cell.cell_type == "code"
    ]


def figures(notebook: nbformat.NotebookNode) -> int:
    return sum("image/png" in output.get("data", {}) for cell in notebook.cells for output in cell.get("outputs", []))


def test_the_notebook_shows_what_it_finds_when_it_is_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))  # no reader's own start-up files
    shown = nbformat.read(NOTEBOOK, as_version=4)
    run = NotebookClient(
        nbformat.read(NOTEBOOK, as_version=4), timeout=300, resources={"metadata": {"path": str(NOTEBOOK.parent)}}
    ).execute()
    assert texts(run) == texts(shown), "run `make notebook`"
    assert figures(run) == figures(shown) == 5


def test_the_notebook_holds_no_clock_no_path_and_no_trouble() -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    assert all("execution" not in cell.metadata for cell in code)
    assert all(output.output_type in ("stream", "display_data", "execute_result") for c in code for output in c.outputs)
    assert all(output.get("name") != "stderr" for c in code for output in c.outputs)
    assert str(ROOT) not in NOTEBOOK.read_text("utf-8")
    assert NOTEBOOK.stat().st_size < 400_000
