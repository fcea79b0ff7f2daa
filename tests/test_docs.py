"""The pages that are made from commands and record types are what those say today, and so is what they show."""

import os
import sys
from pathlib import Path

import pytest

from conftest import ROOT

sys.path.insert(0, str(ROOT / "docs"))  # a script beside the pages, no part of the package
import reference

COMMANDS = reference.find_commands()
EXAMPLES = reference.read_examples()


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A shell without the tests' own settings, as a reader has it."""
    for name in [name for name in os.environ if name.startswith(("HF_", "PYTEST"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


@pytest.mark.parametrize("name", COMMANDS)
def test_the_page_of_a_command_says_what_the_command_says(name: str) -> None:
    page = reference.page_path(name).read_text("utf-8")
    assert page.startswith(reference.describe(name, COMMANDS[name])), "run `make docs`"
    assert (reference.SEEN in page) == (name in EXAMPLES), "run `make docs`"


@pytest.mark.usefixtures("shell")
@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_the_page_of_a_command_shows_what_the_command_prints(name: str) -> None:
    shown = reference.page_path(name).read_text("utf-8").partition(reference.SEEN)[2]
    assert shown.strip() == "\n\n".join(reference.run_examples(EXAMPLES[name])), "run `make docs`"


def test_no_page_is_left_of_a_command_that_is_gone() -> None:
    pages = {path.name for path in (ROOT / "docs" / "commands").iterdir()}
    assert pages == {"README.md", *(reference.page_path(name).name for name in COMMANDS)}
    assert EXAMPLES.keys() <= COMMANDS.keys()


def test_index_and_data_dictionary_are_of_today() -> None:
    assert (ROOT / "docs" / "commands" / "README.md").read_text("utf-8") == reference.render_index(COMMANDS)
    assert (ROOT / "docs" / "data.md").read_text("utf-8") == reference.render_dictionary()
