"""The dependency audit against services on loopback: it finds what they know, and no answer is not a pass."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import advisories
from conftest import ROOT
from servers.loopback import serve

pytestmark = pytest.mark.skipif(
    not advisories.PIP_AUDIT.exists() or shutil.which("npm") is None,
    reason="`make test` installs pip-audit; npm is apart",
)
# Two that are public: each names a version long before those that are locked.
REQUESTS = {
    "id": "PYSEC-2018-28",
    "aliases": ["CVE-2018-18074"],
    "affected": [
        {
            "package": {"name": "requests", "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "2.20.0"}]}],
        }
    ],
}
ESBUILD = {
    "id": 1102341,
    "title": "any site can read its server",
    "severity": "moderate",
    "vulnerable_versions": "<=0.24.2",
}


def answer(environ: dict[str, Any], start_response: Callable[..., object]) -> list[bytes]:
    """Answer as osv.dev does to a query, and as an npm registry does to a list of versions."""
    found: dict[str, object] = {}
    if environ["PATH_INFO"] == "/v1/query":
        asked = json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
        if (asked["package"]["name"], asked["version"]) == ("requests", "2.19.1"):
            found = {"vulns": [REQUESTS]}
    elif environ["REQUEST_METHOD"] == "POST":
        found = {"esbuild": [ESBUILD]}
    else:  # npm looks for the version that mends it, and can do without
        start_response("404 Not Found", [])
        return []
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(found).encode()]


@pytest.fixture
def service() -> Iterator[str]:
    with serve(answer) as address:
        yield address


def ask(service: str, lock: Path, page: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, advisories.__file__, "--lock", lock, "--page", page]
    where = ["--osv", f"{service}/v1/query", "--registry", service]
    return subprocess.run([*command, *where], capture_output=True, text=True, check=False)


def write_page(folder: Path, version: str) -> Path:
    """Write the lock of a page that bundles esbuild alone."""
    folder.mkdir()
    needs = {"name": "page", "version": "1.0.0", "dependencies": {"esbuild": version}}
    (folder / "package.json").write_text(json.dumps(needs))
    packages = {"": needs, "node_modules/esbuild": {"version": version}}
    lock = {"name": "page", "version": "1.0.0", "lockfileVersion": 3, "packages": packages}
    (folder / "package-lock.json").write_text(json.dumps(lock))
    return folder


def test_the_locked_versions_are_all_asked_about_and_none_of_them_is_vulnerable(service: str) -> None:
    found = ask(service, advisories.LOCK, advisories.PAGE)
    assert found.stdout.splitlines() == [
        "requirements.lock: vulnerable versions: none is known",
        "page: vulnerable versions: none is known",
    ], found.stderr
    assert found.returncode == 0


def test_a_vulnerable_version_is_named_with_the_one_that_is_mended(service: str, tmp_path: Path) -> None:
    """An audit whose exit is ignored, or that reads only one of the locks, fails here."""
    lock = tmp_path / "old.lock"
    lock.write_text(f"requests==2.19.1 --hash=sha256:{'0' * 64}\n")
    found = ask(service, lock, write_page(tmp_path / "page", "0.24.2"))
    assert found.stdout.splitlines() == [
        "old.lock: vulnerable versions:",
        "  requests 2.19.1: PYSEC-2018-28, mended in 2.20.0",
        "page: vulnerable versions:",
        "  esbuild: moderate, any site can read its server (<=0.24.2)",
    ]
    assert found.returncode == advisories.VULNERABLE


def test_a_service_that_gives_no_answer_is_not_taken_for_none_known() -> None:
    found = ask("http://127.0.0.1:9", advisories.LOCK, advisories.PAGE)
    assert found.stdout.count("no answer, so nothing is known") == 2
    assert found.returncode == advisories.UNKNOWN


def test_ci_fails_by_a_vulnerable_version_alone() -> None:
    """The step of .ci/run as it stands there, with each of the three endings."""
    step = next(line for line in (ROOT / ".ci/run").read_text().splitlines() if "advisories.py" in line)
    endings = {
        ending: subprocess.run(
            ["bash", "-c", f"set -euo pipefail; python() {{ return {ending}; }}; {step}".replace(".venv/bin/", "")],
            capture_output=True,
            check=False,
        ).returncode
        for ending in (0, advisories.VULNERABLE, advisories.UNKNOWN)
    }
    assert endings == {0: 0, advisories.VULNERABLE: 1, advisories.UNKNOWN: 0}
