import json
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import version
from pathlib import Path

import pytest
import yaml

from conftest import CAPTURES, GOLD, ROOT
from faults.table import LONG, Record
from peacetalks import __version__
from peacetalks.release.validate import validate_release

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the source distribution of this checkout."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def wheel(dist: Path) -> set[str]:
    """The names of the files in the wheel."""
    (path,) = dist.glob("*.whl")
    return set(zipfile.ZipFile(path).namelist())


# A build from what is installed and from nothing else, on a machine whose network refuses every connection.
OFFLINE = """
import os, runpy, socket, sys
def refuse(*_, **__):
    raise OSError("no network here")
socket.socket.connect = socket.socket.connect_ex = socket.getaddrinfo = refuse
import peacetalks
assert os.path.realpath(peacetalks.__file__).startswith(os.path.realpath(sys.argv.pop(1))), peacetalks.__file__
runpy.run_module("peacetalks", run_name="__main__", alter_sys=True)
"""


@pytest.mark.parametrize("kind", ["wheel", "sdist"])
def test_what_is_given_away_builds_the_seeds_without_a_network(
    dist: Path, release: Path, tmp_path: Path, kind: str, fault: Record
) -> None:
    """A wheel without its vocabularies, or a program that asks the network for a model, ends here with an error."""
    (archive,) = dist.glob("*.whl" if kind == "wheel" else "*.tar.gz")
    uv, python, place = Path(sys.executable).with_name("uv"), sys.executable, tmp_path / "site"
    if LONG:  # an environment of its own, with every dependency from the lock
        subprocess.run([uv, "venv", "--quiet", "--python", python, tmp_path / "venv"], check=True)
        python, place = str(tmp_path / "venv" / "bin" / "python"), tmp_path / "venv"
        install = [uv, "pip", "install", "--quiet", "--python", python]
        subprocess.run([*install, "--require-hashes", "--requirements", ROOT / "requirements.lock"], check=True)
        subprocess.run([*install, "--no-deps", archive], check=True)
    else:
        install = [uv, "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--python", python]
        subprocess.run([*install, "--target", place, archive], check=True)
    environment = {**os.environ, "PYTHONPATH": "" if LONG else str(place)}
    command = [python, "-c", OFFLINE, place, "build", CAPTURES, "--gold", GOLD, "--out", "out", "--version", "0.1.0"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    built = tmp_path / "out" / "0.1.0"
    assert validate_release(built) == []
    for path in (release / "data").rglob("*.parquet"):
        assert (built / path.relative_to(release)).read_bytes() == path.read_bytes()
    how = "in a fresh environment" if LONG else "beside the dependencies"
    fault(
        "F20", f"{kind} installed {how}, seeds built without a network", 1, "the tables of the checkout, byte for byte"
    )


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


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md", "SECURITY.md", "docs/reliability.md"])
def test_every_file_that_a_document_links_to_is_there(document: str) -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", (ROOT / document).read_text("utf-8"))
    assert [link for link in links if not (ROOT / document).parent.joinpath(link).exists()] == []
