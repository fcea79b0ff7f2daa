"""E-mail addresses and telephone numbers are found where they stand, and masked where that is asked for."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import read_cases
from faults.table import Record
from peacetalks.clean.contacts import find_contacts, mask_contacts
from peacetalks.release.manifest import read_manifest
from peacetalks.release.validate import validate_release

# A line with each contact between brackets of its own; `missed` are those that are known to be passed over.
CASES = read_cases("contacts")


def expected(line: str) -> tuple[str, list[str]]:
    return re.sub("[⟦⟧]", "", line), re.findall("⟦(.*?)⟧", line)


@pytest.mark.parametrize("case", CASES)
def test_each_contact_of_a_line_is_found_and_nothing_else(case: dict[str, str]) -> None:
    line, wanted = expected(case["line"])
    assert [line[found.start : found.end] for found in find_contacts(line)] == wanted


def test_how_many_are_found_is_measured(fault: Record) -> None:
    rows = [case.values[0] for case in CASES]
    wanted = right = found = 0
    for row in rows:
        line, contacts = expected(row["line"])
        got = [line[one.start : one.end] for one in find_contacts(line)]
        wanted += len(contacts) + len(row.get("missed", []))
        right += len(set(got) & set(contacts))
        found += len(got)
    outcome = f"recall {right / wanted:.3f} ({right} of {wanted}), precision {right / found:.3f} ({right} of {found})"
    assert right / wanted > 0.85
    assert right / found > 0.95
    fault("contacts", "a line of ours with or without contacts", len(rows), outcome)


@given(st.text(st.sampled_from("0123456789 +()-.@ab\u0663\n") | st.characters(exclude_categories=["Cs"]), max_size=80))
def test_masking_keeps_every_offset_and_leaves_none(text: str) -> None:
    masked = mask_contacts(text)
    assert len(masked) == len(text)
    assert find_contacts(masked) == []
    hidden = {place for one in find_contacts(text) for place in range(one.start, one.end)}
    assert all(masked[n] == text[n] for n in range(len(text)) if n not in hidden)


BODY = (
    "The third round of the Geneva talks on Syria was suspended on 3 February 2016, the United Nations envoy said. " * 3
)
PAGES = {
    "a.txt": f"Talks suspended in Geneva\nBy Anna Example, anna@gazette.example\n3 February 2016\n\n{BODY}\n\n"
    "Comments\nSami: call me on +963 11 555 0100\n",
    "b.html": "<html><head><title>Talks suspended</title><meta name=author content='Anna anna@gazette.example'></head>"
    f"<body><h1>Talks suspended</h1><p>By Anna anna@gazette.example</p><p>{BODY}</p><p>{BODY}</p></body></html>",
}


def run(*words: str | Path, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "peacetalks", *map(str, words)]
    return subprocess.run(command, cwd=folder, env={**os.environ}, capture_output=True, text=True, check=False)


def test_a_release_without_contacts_is_made_where_that_is_asked_for_and_no_byte_holds_one(tmp_path: Path) -> None:
    """A program that masks the text alone leaves them in the segments, and in what the head of a page states."""
    for name, page in PAGES.items():
        (tmp_path / "pages").mkdir(exist_ok=True)
        (tmp_path / "pages" / name).write_text(page, "utf-8")
    words = ["pages", "--version", "0.1.0", "--keep-off-topic"]
    assert run("build", *words, "--out", "with", folder=tmp_path).returncode == 0
    assert run("build", *words, "--out", "without", "--drop-contacts", folder=tmp_path).returncode == 0
    told = run("contacts", "with/0.1.0", "--json", folder=tmp_path)
    assert told.returncode == 1
    kinds = [(one["kind"], one["label"]) for one in json.loads(told.stdout)["contacts"]]
    assert kinds.count(("telephone", "chrome")) + kinds.count(("telephone", "body")) == 1
    assert sum(kind == "e-mail" for kind, _ in kinds) >= 2
    assert "anna@" not in told.stdout
    bare = tmp_path / "without" / "0.1.0"
    assert run("contacts", bare, folder=tmp_path).returncode == 0
    assert validate_release(bare) == []
    import pyarrow.parquet as pq

    cells = "".join(str(pq.read_table(path).to_pylist()) for path in bare.rglob("*.parquet"))
    everything = cells.encode() + b"".join(path.read_bytes() for path in bare.rglob("*") if path.is_file())
    assert b"anna@" not in everything
    assert b"555 0100" not in everything
    assert read_manifest(bare).options.drop_contacts is True
    assert b"drop_contacts" not in (tmp_path / "with" / "0.1.0" / "manifest.json").read_bytes()
    again = run("validate", bare, "--rebuild", "pages", "--workers", "2", folder=tmp_path)
    assert again.returncode == 0, again.stdout
