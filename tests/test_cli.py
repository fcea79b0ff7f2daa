import json
import os
import pty
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import CAPTURES, GOLD, ROOT
from peacetalks import __version__

COMMANDS = [
    "build",
    "clean",
    "evaluate",
    "validate",
    "contacts",
    "diff",
    "cite",
    "standoff",
    "rehydrate",
    "takedown",
    "publish",
    "explore",
    "annotate",
]
SEED = sorted(CAPTURES.iterdir())[0]


def run(*words: str | Path, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "peacetalks", *map(str, words)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


def test_help_names_every_command_and_the_exit_codes() -> None:
    done = run("--help")
    assert done.returncode == 0
    for word in (*COMMANDS, "Exit codes: 0 done"):
        assert word in done.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_explains_itself(command: str) -> None:
    done = run(command, "--help")
    assert done.returncode == 0
    assert "Usage:" in done.stdout
    assert "Traceback" not in done.stderr


def test_the_version_is_the_packages() -> None:
    assert run("--version").stdout.strip() == __version__


def test_what_build_prints_loads_the_corpus(tmp_path: Path) -> None:
    done = run("build", CAPTURES, "--gold", GOLD, "--out", "corpus", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "kept      5 articles (train 3, validation 1, test 1)" in done.stdout
    assert "excluded  0 captures" in done.stdout
    assert done.stderr == ""
    lines = done.stdout.strip().splitlines()[-3:]
    environment = {**os.environ, "HF_HOME": str(tmp_path / "hf")}
    shown = subprocess.run(
        [sys.executable, "-c", "\n".join(lines)],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "geneva-2-2014" in shown.stdout


def test_build_can_speak_to_a_program(tmp_path: Path) -> None:
    done = run("build", CAPTURES, "--out", tmp_path / "corpus", "--json")
    summary = json.loads(done.stdout)
    assert summary["statistics"]["articles"] == {"train": 3, "validation": 1, "test": 1}
    assert summary["state"] == "written"


def test_a_build_that_differs_from_a_released_version_says_what_to_do_and_ends_with_code_one(tmp_path: Path) -> None:
    folder, corpus = tmp_path / "captures", tmp_path / "corpus"
    shutil.copytree(CAPTURES, folder)
    assert run("build", folder, "--gold", GOLD, "--out", corpus, "--version", "1.0.0").returncode == 0
    released = {path: path.read_bytes() for path in corpus.rglob("*") if path.is_file()}
    same = run("build", folder, "--gold", GOLD, "--out", corpus, "--version", "1.0.0")
    assert (same.returncode, same.stderr) == (0, "")
    assert "kept      5 articles" in same.stdout
    assert "(released already, byte for byte the same; digest" in same.stdout
    assert same.stdout.splitlines()[-3] == "from datasets import load_dataset"
    (folder / sorted(path.name for path in folder.iterdir())[0]).unlink()
    other = run("build", folder, "--gold", GOLD, "--out", corpus, "--version", "1.0.0")
    assert other.returncode == 1
    assert "kept      4 articles" in other.stdout
    assert "load_dataset" not in other.stdout
    assert "1.0.0 is released, and what was built now is not the same: articles: 1 removed" in other.stderr
    assert "2.0.0 is the smallest version that may have these rows" in other.stderr
    assert {path: path.read_bytes() for path in corpus.rglob("*") if path.is_file()} == released


def test_diff_compares_like_with_like(release: Path, tmp_path: Path) -> None:
    assert run("standoff", release, tmp_path).returncode == 0
    done = run("diff", release, tmp_path / release.name)
    assert (done.returncode, done.stdout) == (2, "")
    assert "is the full edition" in done.stderr
    same = run("diff", release, release)
    assert same.returncode == 0
    assert same.stdout.splitlines()[0] == "no row differs"
    fewer = tmp_path / "captures"
    shutil.copytree(CAPTURES, fewer)
    (fewer / SEED.name).unlink()
    assert run("build", fewer, "--gold", GOLD, "--out", tmp_path / "corpus", "--version", "0.1.0").returncode == 0
    other = run("diff", release, tmp_path / "corpus" / "0.1.0", "--json")
    assert other.returncode == 1
    found = json.loads(other.stdout)
    assert (found["bump"], len(found["tables"]["articles"]["removed"])) == ("major", 1)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["build", "nowhere"], "nowhere: no such file or folder"),
        (["build", "empty"], "holds no captures; expected .txt"),
        (["build", "only-bad"], "none of the 2 captures became an article"),
        (["build", str(CAPTURES), "--version", "one"], "expected MAJOR.MINOR.PATCH"),
        (["build", str(CAPTURES), "--gold", "nowhere"], "nowhere: no such folder"),
        (["build", str(CAPTURES), "--scheduler", "tcp://127.0.0.1:8786"], "is asked by --engine dask alone"),
        (["clean", "nowhere"], "nowhere: no such file or folder"),
        (["evaluate", "--gold", "empty"], "holds no JSON files"),
        (["evaluate", "--gold", str(GOLD), "--captures", "only-bad"], "holds no capture with the id of"),
        (["validate", "empty"], "no manifest.json, so this is no release"),
        (["diff", "empty", "empty"], "no manifest.json, so this is no release"),
        (["cite", "empty"], "no manifest.json, so this is no release"),
        (["standoff", "empty", "out"], "no manifest.json, so this is no release"),
        (["rehydrate", "empty", str(CAPTURES), "out"], "no manifest.json, so this is no release"),
        (["takedown", "0123456789abcdef", "--out", "empty"], "holds no release"),
        (["publish", "empty", "out"], "no manifest.json, so this is no release"),
    ],
)
def test_wrong_use_ends_with_code_two_and_one_clear_message(tmp_path: Path, words: list[str], message: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "only-bad").mkdir()
    (tmp_path / "only-bad" / "a.txt").write_bytes(b"")
    (tmp_path / "only-bad" / "b.docx").write_bytes(b"PK\x03\x04")
    done = run(*words, cwd=tmp_path)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert [*(tmp_path / "corpus").glob("[!.]*")] == []  # shards may wait there for the next build, and nothing else


def test_a_bad_capture_is_excluded_with_its_reason_and_the_others_build(tmp_path: Path) -> None:
    folder = tmp_path / "captures"
    folder.mkdir()
    (folder / "good.txt").write_bytes(SEED.read_bytes())
    (folder / "copy.txt").write_bytes(SEED.read_bytes())
    (folder / "empty.txt").write_bytes(b"")
    (folder / "binary.txt").write_bytes(bytes(range(256)) * 20)
    (folder / "notes.docx").write_bytes(b"PK\x03\x04")
    done = run("build", folder, "--out", tmp_path / "corpus", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["statistics"]["excluded"] == {
        "duplicate-capture": 1,
        "empty": 1,
        "not-text": 1,
        "unknown-format": 1,
    }


def test_captures_that_came_in_several_times_make_a_sound_release(tmp_path: Path) -> None:
    """Keys that have to be unique over all that came in fail here, and `publish` refused what `build` had written."""
    folder = tmp_path / "captures"
    folder.mkdir()
    page, notes = {"id": "x", "text": SEED.read_text("utf-8")}, {"id": "y", "notes": "none"}
    (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in [page, page, page, notes, notes]))
    (folder / "page.txt").write_bytes(SEED.read_bytes())
    (folder / "page.orig").write_bytes(SEED.read_bytes())
    done = run("build", folder, "--out", tmp_path / "corpus", "--version", "0.1.0", "--json")
    assert done.returncode == 0, done.stderr
    excluded = json.loads(done.stdout)["statistics"]["excluded"]
    assert excluded == {"duplicate-capture": 3, "broken-row": 2, "unknown-format": 1}
    release = tmp_path / "corpus" / "0.1.0"
    for words in (["validate", release, "--rebuild", folder], ["publish", release, tmp_path / "site"]):
        done = run(*words)
        assert done.returncode == 0, done.stdout + done.stderr
    assert run("rehydrate", tmp_path / "site" / "0.1.0", folder, tmp_path / "full").returncode == 0
    assert run("diff", release, tmp_path / "full" / "0.1.0").returncode == 0


def test_clean_writes_one_object_a_capture_with_the_keys_of_articles(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    done = run("clean", CAPTURES, "-o", out)
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert [row["source"] for row in rows] == sorted(path.name for path in CAPTURES.iterdir())
    assert {"id", "text", "mentions", "on_topic", "outlet_name", "agency_name"} <= rows[0].keys()
    assert all(row["on_topic"] for row in rows)


def test_clean_reports_what_is_no_page_and_ends_with_code_one(tmp_path: Path) -> None:
    (tmp_path / "empty.txt").write_bytes(b"")
    done = run("clean", tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert "empty.txt: excluded, empty" in done.stderr


def test_a_diff_shows_every_line_with_its_label_and_reason() -> None:
    done = run("clean", SEED, "--format", "diff")
    assert "Comments 0" in done.stdout
    removed = [line for line in done.stdout.splitlines() if line.startswith("- chrome")]
    assert any("Comments 0" in line for line in removed)
    assert "\x1b[" not in done.stdout


def test_a_diff_is_in_colour_on_a_terminal() -> None:
    master, slave = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color"}
    environment.pop("NO_COLOR", None)
    command = [sys.executable, "-m", "peacetalks", "clean", str(SEED), "--format", "diff"]
    with subprocess.Popen(command, stdout=slave, stderr=slave, env=environment) as process:
        os.close(slave)
        shown = b""
        while True:
            try:
                part = os.read(master, 65536)
            except OSError:  # the other end is closed: all was read
                break
            if not part:
                break
            shown += part
        process.wait()
    os.close(master)
    assert b"\x1b[" in shown


def test_a_hostile_name_and_line_cannot_steer_the_terminal(tmp_path: Path) -> None:
    (tmp_path / "a\x1b]0;owned\x07.txt").write_text("line one \x1b[2J\u202e of the page\n", "utf-8")
    done = run("clean", tmp_path, "--format", "diff")
    assert "\x1b" not in done.stdout + done.stderr
    assert "\u202e" not in done.stdout + done.stderr


def test_validate_prints_json_and_ends_with_code_one_where_it_finds_something(release: Path, tmp_path: Path) -> None:
    assert run("validate", release).returncode == 0
    copy = shutil.copytree(release, tmp_path / release.name)
    (Path(copy) / "stray.txt").write_text("x")
    done = run("validate", copy, "--json")
    assert done.returncode == 1
    assert [finding["check"] for finding in json.loads(done.stdout)["findings"]] == ["files-exact"]


def test_a_release_is_shared_without_its_words_and_put_back_byte_for_byte(release: Path, tmp_path: Path) -> None:
    assert run("standoff", release, tmp_path / "bare").returncode == 0
    done = run("rehydrate", tmp_path / "bare" / release.name, CAPTURES, tmp_path / "full")
    assert (done.returncode, "recovered 5, changed 0, missing 0" in done.stdout) == (0, True), done.stderr
    told = run("rehydrate", tmp_path / "bare" / release.name, CAPTURES, tmp_path / "again", "--json")
    assert json.loads(told.stdout)["path"] == (tmp_path / "again" / release.name).as_posix(), told.stderr
    same = run("diff", release, tmp_path / "full" / release.name)
    assert same.returncode == 0
    assert "a preview promises nothing; the smallest version that may follow 0.1.0 is 0.1.1" in same.stdout


def test_cite_prints_version_day_and_digest(release: Path) -> None:
    manifest = json.loads((release / "manifest.json").read_text("utf-8"))
    for form in ("bibtex", "apa", "cff"):
        printed = run("cite", release, "--format", form).stdout
        assert manifest["version"] in printed
        assert manifest["digest"] in printed
        assert manifest["released"][:4] in printed


def test_publish_plans_first_and_sends_the_edition_without_words(release: Path, tmp_path: Path) -> None:
    plan = run("publish", release, tmp_path / "out", "--dry-run")
    assert plan.returncode == 0, plan.stderr
    assert "so the stand-off edition goes out" in plan.stdout
    assert "would send manifest.json" in plan.stdout
    assert not (tmp_path / "out").exists()


def test_a_release_that_cannot_be_rebuilt_is_a_finding(release: Path, tmp_path: Path) -> None:
    other = tmp_path / "captures"
    other.mkdir()
    (other / SEED.name).write_bytes(SEED.read_bytes())
    done = run("validate", release, "--rebuild", other, "--gold", GOLD, "--json")
    assert done.returncode == 1
    assert {finding["check"] for finding in json.loads(done.stdout)["findings"]} == {"rebuild"}
