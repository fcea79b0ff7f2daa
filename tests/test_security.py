"""What is let in, and what is let out: hostile pages and vocabularies, terminals, spreadsheets, secrets, code."""

import ast
import csv
import json
import os
import re
import shutil
import sys
from pathlib import Path

import pytest

from conftest import CAPTURES, ROOT
from peacetalks.capture.stores import redact
from peacetalks.cli import main
from peacetalks.errors import InputError, VocabularyError
from peacetalks.registry.actors import load_actors
from peacetalks.registry.archives import find_archive
from peacetalks.registry.catalogue import load_catalogue
from peacetalks.registry.gazetteer import load_gazetteer
from peacetalks.registry.topic import load_topic
from servers.loopback import serve

# Escape, the eight-bit form of it, the bell, a direction override and its like, and a line that would be erased.
STEER = "\x1b[2J\x1b]0;owned\x07\x9b31m\u202e\u2066\u061c\r\x08"
STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
BODY = (
    "Envoys of the government and of the opposition met in Geneva on Wednesday for peace talks on Syria, "
    "the first round since last year, the United Nations said. The mediator spoke to both sides for an hour."
)


def invoke(monkeypatch: pytest.MonkeyPatch, *words: str | Path) -> int:
    """Run a command here, as the command line would, and return its exit code."""
    monkeypatch.setattr(sys, "argv", ["peacetalks", *map(str, words)])
    try:
        main()
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def hostile_page(number: int) -> str:
    facts = json.dumps(
        {
            "@type": "NewsArticle",
            "headline": f"Talks {STEER} in Geneva",
            "author": {"@type": "Person", "name": f"Anna {STEER} Example"},
            "datePublished": f"2016-02-0{number}T10:00:00Z",
            "publisher": {"name": f"The {STEER} Gazette"},
        }
    )
    head = f"<title>Talks {STEER} in Geneva</title><meta name=author content='Anna {STEER} Example'>"
    body = (
        f"<h1>Talks {STEER} in Geneva</h1><p>By Anna {STEER} Example</p><p>{BODY} Part {number}.</p>"
        + f"<p>{BODY}</p>" * 12
    )
    return f"<html><head>{head}<script type='application/ld+json'>{facts}</script></head><body>{body}</body></html>"


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Captures whose every field, name and address is made to steer a terminal or to lead out of a folder."""
    folder = tmp_path_factory.mktemp("hostile") / f"pages{STEER.replace(chr(0x1B), '').replace('/', '')}"
    folder.mkdir()
    names = ["../../outside", "/etc/outside", "a\x00b", f"x{STEER}", "=HYPERLINK(1)", "con", "n" * 300]
    rows = [
        {"id": name, "html": hostile_page(n), "url": f"https://gazette.example/{STEER}{n}"}
        for n, name in enumerate(names, start=1)
    ]
    rows.append({"id": f"bad{STEER}", "text": STEER})
    (folder / f"rows{STEER.replace('/', '')}.jsonl").write_text("\n".join(map(json.dumps, rows)), "utf-8")
    (folder / "page.html").write_text(hostile_page(9), "utf-8")
    return folder


def test_no_command_lets_a_page_steer_the_terminal(
    hostile: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """A program that prints titles, sources or paths as they stand fails at the first of these."""
    monkeypatch.chdir(tmp_path)
    out = Path(f"out{STEER.replace('/', '')}")
    commands: dict[str, list[str | Path]] = {
        "build": ["build", hostile, "--out", out, "--version", "0.1.0", "--keep-off-topic"],
        "build again": ["build", hostile, "--out", out, "--version", "0.1.0", "--keep-off-topic", "--json"],
        "differing": ["build", CAPTURES, "--out", out, "--version", "0.1.0"],
        "clean text": ["clean", hostile, "--format", "text"],
        "clean json": ["clean", hostile],
        "clean diff": ["clean", hostile, "--format", "diff"],
        "validate": ["validate", out / "0.1.0"],
        "validate json": ["validate", out / "0.1.0", "--json"],
        "standoff": ["standoff", out / "0.1.0", f"bare{STEER.replace('/', '')}"],
        "rehydrate": ["rehydrate", f"bare{STEER.replace('/', '')}/0.1.0", hostile, "full"],
        "diff": ["diff", out / "0.1.0", "full/0.1.0"],
        "diff json": ["diff", out / "0.1.0", "full/0.1.0", "--json"],
        "agreement": ["agreement", out / "0.1.0"],
        "cite": ["cite", out / "0.1.0"],
        "publish": ["publish", out / "0.1.0", f"there{STEER.replace('/', '')}", "--dry-run"],
        "takedown": ["takedown", f"x{STEER}", "--out", out],
        "no input": ["build", f"nowhere{STEER}"],
        "no archive": ["fetch", hostile / "page.html", "x", "--archive", f"http://a{STEER}"],
        "no gazetteer": ["clean", hostile, "--gazetteer", f"nowhere{STEER}"],
        "no column": ["clean", hostile, "--column", f"a{STEER}=b"],
    }
    for name, words in commands.items():
        code = invoke(monkeypatch, *words)
        shown = capfd.readouterr()
        found = STEERING.search(shown.out + shown.err)
        assert found is None, f"{name}: {shown.out[:300]!r} {shown.err[:300]!r}"
        assert "Traceback" not in shown.err
        assert code in (0, 1, 2)
        assert shown.out + shown.err
    inside = {path.relative_to(tmp_path).parts[0] for path in tmp_path.rglob("*")}
    assert inside == {str(out), f"bare{STEER.replace('/', '')}", "full"}
    written = {path.name for path in (tmp_path / out).rglob("*") if path.is_file()}
    assert all(re.fullmatch(r"[\w.-]+", name, re.ASCII) for name in written)


def test_no_cell_of_a_table_for_spreadsheets_can_be_a_formula(hostile: Path, tmp_path: Path) -> None:
    """The tables hold ids, splits and versions alone: a source or a title in one would be found here."""
    from conftest import build_seeds
    from peacetalks.release.takedown import take_down

    release = build_seeds(tmp_path / "corpus", captures=hostile).path
    (articles, *_) = (release / "data/articles").iterdir()
    import pyarrow.parquet as pq

    take_down(tmp_path / "corpus", [pq.read_table(articles)["id"][0].as_py()])
    tables = [*tmp_path.rglob("*.csv")]
    assert {path.name for path in tables} == {"splits.csv", "takedowns.csv"}
    for path in tables:
        with path.open(encoding="utf-8", newline="") as file:
            cells = [cell for row in csv.reader(file) for cell in row]
        assert len(cells) > 4
        assert [cell for cell in cells if not re.fullmatch(r"[a-z0-9][a-z0-9.-]*", cell)] == []


CANARIES = {
    "HF_TOKEN": "hf_" + "Canary" * 6,
    "AWS_ACCESS_KEY_ID": "AKIA" + "CANARY11" * 2,
    "AWS_SECRET_ACCESS_KEY": "canary/secret/key",
    "AWS_SESSION_TOKEN": "canary-session",
    "GOOGLE_APPLICATION_CREDENTIALS": "/canary/keys.json",
    "SOME_PASSWORD": "canary-password",
}


def test_no_secret_of_the_environment_or_of_an_address_reaches_any_byte_that_is_written(
    release: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """A program that names its inputs as they were given fails: their users, passwords and queries would be there."""
    pytest.importorskip("flask", reason="the web server is written with flask")
    from servers.web import web_app

    for name, value in CANARIES.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.chdir(tmp_path)
    for path in CAPTURES.iterdir():
        shutil.copy(path, tmp_path / path.name)
    files = {path.name: path.read_bytes() for path in CAPTURES.iterdir()}
    some = sorted(files)[0]
    shown = ""
    with serve(web_app(files, ranges=True)) as url:
        host = url.removeprefix("http://")
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://canary-user:canary-password@{host}")
        secret = f"http://canary-user:canary-password@{host}"
        commands: list[list[str | Path]] = [
            ["build", f"{secret}/{some}?token=canary-query", "--out", "a", "--version", "0.1.0"],
            ["build", f"{secret}/nothing.txt?X-Amz-Signature=canary-query", "--out", "b", "--version", "0.1.0"],
            ["clean", f"{secret}/{some}?sig=canary-query"],
            ["build", "s3://canary-user:canary-password@bucket/x", "--out", "c", "--version", "0.1.0"],
            ["build", "https://canary-user:canary-password@127.0.0.1:9/x.txt?key=canary-query", "--out", "d"],
            ["publish", release, f"{secret}/there?token=canary-query"],
            ["publish", release, "s3://canary-user:canary-password@bucket/x?token=canary-query"],
            ["publish", release, "hf://datasets/canary-user:canary-password@x/y"],
            ["fetch", release, "e", "--archive", secret, "--articles"],
            ["validate", release],
        ]
        for words in commands:
            invoke(monkeypatch, *words)
            captured = capfd.readouterr()
            assert captured.out + captured.err
            shown += captured.out + captured.err
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(written) > 40
    everything = {str(path): path.read_bytes() for path in written} | {
        "shown": shown.encode(),
        "names": str(written).encode(),
    }
    secrets = [secret.encode() for secret in (*CANARIES.values(), "canary-query", "canary-password", "canary-user")]
    assert {name: s for name, data in everything.items() for s in secrets if s in data} == {}
    assert some in shown  # what is no secret is named


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("s3://key:word@bucket/x", "s3://***@bucket/x"),
        ("https://h/x?a=1&X-Amz-Signature=abc&b=2", "https://h/x?a=1&X-Amz-Signature=***&b=2"),
        ("https://h/x?SAS_TOKEN=abc", "https://h/x?SAS_TOKEN=***"),
        (f"refused: Bearer hf_{'x' * 34} is wrong", "refused: Bearer *** is wrong"),
        ("AKIAABCDEFGHIJKLMNOP, no such key", "***, no such key"),
        ("mail someone@host.example about https://h/a@b", "mail someone@host.example about https://h/a@b"),
        ("hf://datasets/someone:word@x/y is no name", "hf://datasets/***@x/y is no name"),
        ("https://h/x?page=2&keyword", "https://h/x?page=2&keyword"),
    ],
)
def test_a_message_loses_its_secrets_and_nothing_else(message: str, shown: str) -> None:
    assert redact(message) == shown


def test_an_archive_with_a_password_is_refused_for_captures_name_their_archive() -> None:
    with pytest.raises(InputError, match="written into every capture") as refused:
        find_archive("https://someone:canary@archive.example/all")
    assert "canary" not in str(refused.value)


SERIES = '[[series]]\nid = "s{n}"\nname = "S"\n'
GAZETTEERS: dict[str, tuple[str, str]] = {
    "a file of many megabytes": ("# " + "x\n# " * 500_000, "more than 1,000,000 bytes"),
    "a line that takes hours": ("a." * 200_000 + "b = 1", "a line of more than 5,000 bytes"),
    "a deep nest": ("a = " + "[\n" * 4_000, "nested too deeply"),
    "a deep table": ("a = " + "{b=" * 1_500, "nested too deeply"),
    "a number of thousands of digits": (f"a = {'9' * 4_900}", "not valid TOML"),
    "a day that no calendar has": ("a = 2014-02-31", "not valid TOML"),
    "a table that is a number": ("event = 5", "event is no array of tables"),
    "tables that are numbers": ("series = [1, 2]", "series is no array of tables"),
    "too many tables": ("".join(SERIES.format(n=n) for n in range(5_001)), "5,001 tables series; at most 5,000"),
    "a series above itself": (SERIES.format(n=1) + 'parent = "s1"\n', "is above itself"),
    "a ring of series": (
        SERIES.format(n=1) + 'parent = "s2"\n' + SERIES.format(n=2) + 'parent = "s1"\n',
        "above itself",
    ),
    "a name of nothing": (SERIES.format(n=1) + 'aliases.en = [""]\n', "length >= 1"),
    "a name of a space": (SERIES.format(n=1) + 'aliases.en = [" . "]\n', "regex"),
    "a name without end": (SERIES.format(n=1) + f'aliases.en = ["{"x" * 400}"]\n', "length <= 300"),
    "an id that leads elsewhere": ('[[series]]\nid = "../s"\nname = "S"\n', "regex"),
    "bytes that are no text": ("\udcff", "not valid TOML"),
    "a null byte": ("a = 1 # \x00", "not valid TOML"),
}


@pytest.mark.parametrize("name", GAZETTEERS)
def test_a_hostile_vocabulary_is_refused_with_file_and_rule(name: str, tmp_path: Path) -> None:
    """A loader without bounds reads each of these for minutes, or ends in a traceback."""
    text, message = GAZETTEERS[name]
    (tmp_path / "conferences.toml").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(VocabularyError, match=re.escape(message)) as refused:
        load_gazetteer(tmp_path)
    assert str(refused.value).startswith("conferences.toml: ")
    assert len(str(refused.value)) < 500


def test_a_vocabulary_is_a_plain_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "conferences.toml")
    with pytest.raises(VocabularyError, match="is no plain file"):
        load_gazetteer(tmp_path)
    (tmp_path / "topic.toml").symlink_to("/dev/zero")
    with pytest.raises(VocabularyError, match="is no plain file"):
        load_topic(tmp_path)


def test_a_pattern_in_a_vocabulary_is_a_name_and_never_an_expression(tmp_path: Path) -> None:
    """One that were compiled as it stands would take longer than the universe has: (a+)+ and its like."""
    from peacetalks.annotate.linking import link_mentions

    alias = "(a+)+ talks (x|x)*y"
    (tmp_path / "conferences.toml").write_text(SERIES.format(n=1) + f"aliases.en = ['{alias}']\n", "utf-8")
    places = '[[place]]\nid = "p"\ncity = "(b+)+$"\nnames.en = ["(b+)+$"]\n'
    (tmp_path / "actors.toml").write_text(places, "utf-8")
    gazetteer = load_gazetteer(tmp_path)
    text = f"On {alias} they said {'a' * 40}! {'b' * 40}c."
    found = link_mentions(None, text, language="en", published=None, gazetteer=gazetteer)
    assert [text[mention.start : mention.end] for mention in found] == [alias]


def test_a_hostile_catalogue_is_refused(tmp_path: Path) -> None:
    shutil.copy(ROOT / "schema" / "conferences.toml", tmp_path)
    for lines in (b"\xff\n", b"[" * 100_000, b'{"url": "javascript:alert(1)"}', b'{"url": "https://u:p@h/x"}'):
        (tmp_path / "catalogue.jsonl").write_bytes(lines)
        load_catalogue.cache_clear()
        with pytest.raises(VocabularyError, match=r"catalogue\.jsonl: line 1"):
            load_catalogue(tmp_path)
    load_catalogue.cache_clear()


def test_actors_that_are_no_table_are_refused(tmp_path: Path) -> None:
    (tmp_path / "actors.toml").write_text("place = 5\n")
    with pytest.raises(VocabularyError, match=r"actors\.toml: Expected `array`"):
        load_actors(tmp_path / "actors.toml")


BANNED = {
    "eval", "exec", "compile", "__import__", "pickle.load", "pickle.loads", "marshal.loads", "shelve.open", "yaml.load",
    "yaml.unsafe_load", "yaml.full_load", "torch.load", "joblib.load", "os.system", "os.popen", "subprocess.getoutput",
    "tempfile.mktemp", "numpy.lib.format.open_memmap",
}  # fmt: skip


def calls_of(source: str) -> list[tuple[str, ast.Call]]:
    """Return each call of a source with its name, by which module it was imported from."""
    tree = ast.parse(source)
    names = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            names |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            names |= {alias.asname or alias.name: alias.name for alias in node.names}
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            head, _, rest = ast.unparse(node.func).partition(".")
            found.append((f"{names.get(head, head)}{'.' if rest else ''}{rest}", node))
    return found


def faults_of(source: str) -> list[str]:
    found = []
    for name, call in calls_of(source):
        given = {word.arg: ast.unparse(word.value) for word in call.keywords}
        if name in BANNED or given.get("shell") == "True" or given.get("verify") == "False":
            found.append(name)
        if given.get("trust_remote_code") == "True" or given.get("allow_pickle") == "True":
            found.append(name)
        if name.endswith(".extractall"):
            found.append(name)
    return found


# A worker is handed its task as a pickle that this program made a moment before; what it answers is read as data alone.
OWN_PICKLES = {"scripts": {"peacetalks/engine/answers.py": ["pickle.loads"]}}


@pytest.mark.parametrize("tree", ["scripts", "benchmarks", "docs"])
def test_no_code_of_ours_runs_what_it_reads(tree: str) -> None:
    """Objects are read as JSON, TOML, Parquet, or arrays without pickles; a line of the others is found by name."""
    sources = sorted((ROOT / tree).rglob("*.py"))
    assert sources
    found = {path.relative_to(ROOT / tree).as_posix(): faults_of(path.read_text("utf-8")) for path in sources}
    assert {name: faults for name, faults in found.items() if faults} == OWN_PICKLES.get(tree, {})


@pytest.mark.parametrize(
    "line",
    [
        "import pickle\npickle.loads(b'')",
        "from pickle import load as read\nread(file)",
        "import yaml\nyaml.load(text)",
        "eval('1')",
        "import numpy as np\nnp.load('x', allow_pickle=True)",
        "import subprocess as s\ns.run('ls', shell=True)",
        "import torch\ntorch.load('x')",
    ],
)
def test_a_line_that_would_is_found(line: str) -> None:
    assert len(faults_of(line)) == 1
