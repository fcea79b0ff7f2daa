import json
import re
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import version
from pathlib import Path

import pytest
import yaml

from conftest import ROOT
from peacetalks import __version__

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names of the files in a wheel built from this checkout."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (path,) = folder.glob("*.whl")
    return set(zipfile.ZipFile(path).namelist())


def test_the_wheel_holds_every_file_of_the_package_and_every_vocabulary(wheel: set[str]) -> None:
    package = ROOT / "scripts" / "peacetalks"
    expected = {
        f"peacetalks/{path.relative_to(package).as_posix()}"
        for path in package.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    expected |= {f"peacetalks/schema/{path.name}" for path in (ROOT / "schema").iterdir()}
    assert expected <= wheel
    assert {name.split("/")[0] for name in wheel} == {"peacetalks", f"peacetalks-{__version__}.dist-info"}


def test_one_version_is_named_everywhere() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert {version("peacetalks"), citation["version"]} == {__version__}
    assert (ROOT / "CITATION.cff").read_bytes() == (ROOT / "corpus" / __version__ / "CITATION.cff").read_bytes()
    assert f"## {__version__}\n" in (ROOT / "CHANGELOG.md").read_text("utf-8")


def test_the_lock_holds_every_dependency_with_its_hash_and_names_no_host() -> None:
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    locked = re.findall(r"^([a-z0-9._-]+)==", lock, re.MULTILINE)
    wanted = [re.split(r"[<>=~! \[;]", name)[0].replace(".", "-") for name in PROJECT["dependencies"]]
    assert set(wanted) <= set(locked)
    assert lock.count("--hash=sha256:") >= len(locked)
    assert "://" not in lock


def test_the_lock_of_the_page_holds_every_package_with_its_hash_and_names_no_host() -> None:
    folder = ROOT / "scripts" / "peacetalks" / "explorer" / "page"
    packages = json.loads((folder / "package-lock.json").read_text("utf-8"))["packages"]
    root = packages.pop("")
    wanted = json.loads((folder / "package.json").read_text("utf-8"))
    assert root["dependencies"] == wanted["dependencies"]
    assert root["devDependencies"] == wanted["devDependencies"]
    assert all(entry["integrity"].startswith("sha512-") for entry in packages.values())
    assert not any("resolved" in entry for entry in packages.values())
    assert "://" not in (folder / "package-lock.json").read_text("utf-8")


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md"])
def test_every_file_that_a_document_links_to_is_there(document: str) -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", (ROOT / document).read_text("utf-8"))
    assert [link for link in links if not Path(ROOT, link).exists()] == []
