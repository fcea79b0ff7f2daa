"""Run the notebooks of this folder and keep what they show: `make notebooks`, or `python examples/run.py NAME...`."""

import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

_FOLDER = Path(__file__).parent


def main() -> None:
    """Run the notebooks that are named, or all."""
    for name in sys.argv[1:] or sorted(path.name for path in _FOLDER.glob("*.ipynb")):
        path = _FOLDER / name
        nbformat.write(run(path), path)


def run(path: Path) -> nbformat.NotebookNode:
    """Return a notebook with the outputs of a run from its own folder, and with nothing of when it was."""
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        cell.metadata.clear()
    client = NotebookClient(
        notebook, timeout=600, record_timing=False, resources={"metadata": {"path": str(path.parent)}}
    )
    return client.execute()


if __name__ == "__main__":
    main()
