"""The page as a part of releases, and the server that shows one on this machine alone."""

import http.client
import json
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
import pytest

from conftest import CAPTURES, GOLD, ROOT, build_seeds
from explorer_corpus import write_corpus
from peacetalks.capture.gold import read_gold
from peacetalks.capture.inputs import find_files
from peacetalks.errors import InputError
from peacetalks.evaluate.report import score_gold
from peacetalks.explorer import serve
from peacetalks.explorer.bundle import load_page
from peacetalks.explorer.serve import Server, parse_range, serve_release
from peacetalks.rebuild import rebuild_release
from peacetalks.release.manifest import read_manifest
from peacetalks.release.page import FOLDER, read_page
from peacetalks.release.standoff import write_standoff
from peacetalks.release.validate import validate_release

WORK = ROOT / "build" / "explorer"
OLDER = {"index.html": b"<!doctype html><title>an older page</title>", "app.js": b"0\n"}

needs_page = pytest.mark.skipif(not load_page(), reason="the page is not bundled: make page (needs Node.js and npm)")


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The release that the server shows."""
    return write_corpus(tmp_path_factory.mktemp("explorer"))


@pytest.fixture(scope="module")
def address(corpus: Path) -> Iterator[str]:
    """Where it is served."""
    with serve_release(corpus) as found:
        yield found


def get(address: str, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    """Ask for a path exactly as it is written: no client tidies it up."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
    try:
        connection.putrequest("GET", path, skip_host="Host" in headers)
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("header", "size", "expected"),
    [
        (None, 10, (0, 10, False)),
        ("bytes=2-4", 10, (2, 5, True)),
        ("bytes=2-", 10, (2, 10, True)),
        ("bytes=-3", 10, (7, 10, True)),
        ("bytes=-30", 10, (0, 10, True)),
        ("bytes=0-99", 10, (0, 10, True)),
        ("bytes=0-9", 10, (0, 10, True)),
        ("bytes=10-", 10, None),
        ("bytes=-0", 10, None),
        ("bytes=0-", 0, None),
        ("bytes=4-2", 10, (0, 10, False)),
        ("bytes=-", 10, (0, 10, False)),
        ("bytes=0-1,4-5", 10, (0, 10, False)),
        ("lines=0-1", 10, (0, 10, False)),
        ("bytes=" + "9" * 5000 + "-", 10, (0, 10, False)),
    ],
)
def test_a_range_means_what_the_standard_says(
    header: str | None, size: int, expected: tuple[int, int, bool] | None
) -> None:
    assert parse_range(header, size) == expected


@needs_page
def test_a_range_of_a_file_is_answered_with_those_bytes(address: str, corpus: Path) -> None:
    name = "data/conferences/train-00000-of-00001.parquet"
    whole = (corpus / name).read_bytes()
    status, headers, body = get(address, f"/{name}", Range="bytes=100-299")
    assert (status, body) == (206, whole[100:300])
    assert headers["content-range"] == f"bytes 100-299/{len(whole)}"
    status, headers, body = get(address, f"/{name}")
    assert (status, body, headers["accept-ranges"]) == (200, whole, "bytes")
    status, headers, body = get(address, f"/{name}", Range=f"bytes={len(whole)}-")
    assert (status, headers["content-range"]) == (416, f"bytes */{len(whole)}")


@needs_page
@pytest.mark.parametrize(
    "path",
    [
        "/../../../../etc/passwd",
        "/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
        "//etc/passwd",
        "/explorer/../../secret.txt",
        "/explorer/%2e%2e%2f%2e%2e%2fsecret.txt",
        "/..%5c..%5csecret.txt",
        "/secret.txt",
        "/link.txt",
        "/data",
        "/data/",
        "/nothing%00.json",
        "/%ff",
        "/?manifest.json",
    ],
)
def test_nothing_but_the_files_of_the_release_is_served(corpus: Path, tmp_path: Path, path: str) -> None:
    """The manifest itself is an attacker's here: it names a file above the release, and a link that leads out of it."""
    release = tmp_path / "0.1.0"
    shutil.copytree(corpus, release)
    (tmp_path / "secret.txt").write_text("secret")
    (release / "link.txt").symlink_to(tmp_path / "secret.txt")
    manifest = read_manifest(release)
    entry = next(iter(manifest.files.values()))
    named = {"../secret.txt": entry, "link.txt": entry, "nothing\x00.json": entry, "/etc/passwd": entry}
    (release / "manifest.json").write_bytes(
        msgspec.json.encode(msgspec.structs.replace(manifest, files={**manifest.files, **named}))
    )
    with serve_release(release) as address:
        status, headers, body = get(address, path)
        assert (status, body) in {(404, b""), (302, b"")}
        assert headers.get("location", "/explorer/") == "/explorer/"
        assert get(address, "/manifest.json")[0] == 200


@needs_page
def test_a_page_of_the_web_that_takes_the_address_for_its_own_is_refused(address: str) -> None:
    assert get(address, "/manifest.json", Host="attacker.example")[0] == 403
    assert get(address, "/manifest.json", Host="127.0.0.1.attacker.example:80")[0] == 403
    assert get(address, "/manifest.json", Host=f"localhost:{urlsplit(address).port}")[0] == 200


@needs_page
def test_it_listens_on_this_machine_alone_and_forbids_to_be_framed(corpus: Path, address: str) -> None:
    with Server(corpus, 0) as server:
        assert server.server_address[0] == "127.0.0.1"
    _, headers, _ = get(address, "/explorer/")
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "access-control-allow-origin" not in headers
    assert headers["x-content-type-options"] == "nosniff"


@needs_page
def test_a_taken_port_is_said(corpus: Path) -> None:
    with Server(corpus, 0) as server, pytest.raises(InputError, match="name another one with --port"):
        Server(corpus, server.server_address[1])


@needs_page
def test_the_installed_page_is_shown_and_not_the_one_that_a_stranger_put_into_a_release(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = tmp_path / "0.1.0"
    shutil.copytree(corpus, release)
    (release / FOLDER / "index.html").write_bytes(OLDER["index.html"])
    with serve_release(release) as address:
        assert get(address, "/explorer/")[2] == load_page()["index.html"]
    monkeypatch.setattr(serve, "load_page", dict)
    with serve_release(release) as address:
        assert get(address, "/explorer/")[2] == OLDER["index.html"]
    shutil.rmtree(release / FOLDER)
    with pytest.raises(InputError, match="holds no page"):
        Server(release, 0)


@needs_page
def test_the_command_prints_the_address_serves_it_and_stops_at_ctrl_c(corpus: Path) -> None:
    command = [sys.executable, "-m", "peacetalks", "explore", str(corpus), "--port", "0", "--no-browser"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/explorer/", address)
        assert json.loads(get(address, "/manifest.json")[2])["version"] == "0.1.0"
        process.send_signal(signal.SIGINT)
        _, log = process.communicate(timeout=20)
    assert process.returncode == 0
    assert "Traceback" not in log


def test_a_folder_that_is_no_release_is_said(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "peacetalks", "explore", str(tmp_path), "--port", "0", "--no-browser"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2
    assert "this is no release" in done.stderr


@needs_page
def test_every_release_holds_the_page_and_its_manifest_the_digests(release: Path) -> None:
    assert read_page(release / FOLDER) == load_page()
    assert {f"explorer/{name}" for name in load_page()} <= set(read_manifest(release).files)
    assert validate_release(release) == []


def test_an_edition_without_words_keeps_the_page_of_its_release(tmp_path: Path) -> None:
    built = build_seeds(tmp_path / "full", page=OLDER)
    assert read_page(write_standoff(built.path, tmp_path / "bare") / FOLDER) == OLDER


def test_a_release_with_another_page_is_rebuilt_to_the_byte(tmp_path: Path) -> None:
    """What is installed here may be a newer page, or none: the release brings its own."""
    built = build_seeds(tmp_path, page=OLDER)
    assert rebuild_release(built.path, find_files([CAPTURES]), read_gold(GOLD), score_gold) == []
    (built.path / FOLDER / "app.js").write_bytes(b"1\n")
    assert {finding.check for finding in validate_release(built.path)} == {"file-hash"}


@pytest.mark.parametrize("version", ["0.1.0", "1.0.0"])
def test_without_a_page_to_give_a_release_that_is_there_is_built_again_with_its_own(
    tmp_path: Path, version: str
) -> None:
    """So that Python alone, without Node.js, is enough to build what was published."""
    build_seeds(tmp_path, version, page=OLDER)
    again = build_seeds(tmp_path, version, page={})
    assert again.state == "identical"
    assert read_page(again.path / FOLDER) == OLDER


def test_a_newer_page_gets_into_no_release_that_is_there(tmp_path: Path) -> None:
    newer = {**OLDER, "app.js": b"1\n"}
    build_seeds(tmp_path, "0.1.0", page=OLDER)
    build_seeds(tmp_path, page=OLDER)
    again = build_seeds(tmp_path, page=newer)
    assert again.state == "same-rows"
    assert "explorer/app.js" in again.differing
    assert read_page(again.path / FOLDER) == OLDER


def test_a_release_without_a_page_is_sound(tmp_path: Path) -> None:
    built = build_seeds(tmp_path, page={})
    assert not (built.path / FOLDER).exists()
    assert validate_release(built.path) == []


def test_a_link_is_no_file_of_a_page(tmp_path: Path) -> None:
    (tmp_path / "page").mkdir()
    (tmp_path / "secret.txt").write_text("secret")
    (tmp_path / "page" / "app.js").symlink_to(tmp_path / "secret.txt")
    assert read_page(tmp_path / "page") == {}


@needs_page
@pytest.mark.skipif(not (WORK / "node_modules").exists(), reason="the page was bundled elsewhere: make page")
def test_bundling_again_gives_the_same_bytes(tmp_path: Path) -> None:
    """In another folder, so that no path of this machine is in them."""
    work = tmp_path / "elsewhere"
    shutil.copytree(ROOT / "scripts" / "peacetalks" / "explorer" / "page", work)
    (work / "node_modules").symlink_to(WORK / "node_modules")
    subprocess.run(["node", "build.mjs", str(tmp_path / "bundle")], cwd=work, check=True, capture_output=True)
    assert read_page(tmp_path / "bundle") == load_page()


@needs_page
def test_the_page_names_the_terms_of_all_that_it_is_made_of() -> None:
    notices = load_page()["licences.txt"].decode()
    for name in ("@observablehq/plot", "hyparquet", "fzstd", "diff", "d3-scale"):
        assert re.search(rf"^{re.escape(name)} \d", notices, re.MULTILINE)
    assert "Terms: undefined" not in notices


@needs_page
def test_the_page_has_no_inline_script_and_asks_no_other_host() -> None:
    index = load_page()["index.html"].decode()
    assert not re.search(r"<script(?![^>]*\ssrc=)", index)
    assert not re.search(r"\son\w+=|style=|https?://", index)
    assert "default-src 'none'" in index
    assert "unsafe" not in index
