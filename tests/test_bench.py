"""The pages of benchmarks are the same everywhere, look like news, and hold the copies that they are said to hold."""

import gzip
import hashlib
import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from statistics import mean

import pytest
from selectolax.lexbor import LexborHTMLParser

from conftest import ROOT
from peacetalks.annotate.language import detect_language
from peacetalks.curate.near_duplicates import cluster_texts

sys.path.insert(0, str(ROOT / "benchmarks"))
from bench.measuring import CommandError, measure
from bench.pace import Pace, pacing
from bench.pages import Made, make_html, make_text, tell_page
from bench.phrases import languages
from bench.plan import SHARES, plan_page
from bench.results import about, keep, read
from bench.sites import sites
from bench.writing import FORMS, Form, write_captures

SEED = 8
PAGES = 2_000


@pytest.fixture(scope="module")
def texts() -> list[Made]:
    return [make_text(SEED, number) for number in range(PAGES)]


def _clean(captures: Path) -> dict[str, dict[str, object]]:
    """Return the rows of `peacetalks clean` by the number of the page; pages that are set aside have none."""
    command = [sys.executable, "-m", "peacetalks", "clean", str(captures)]
    done = subprocess.run(command, check=False, capture_output=True)
    assert done.returncode == 1, done.stderr.decode()  # some pages are set aside
    return {row["source"][-8:]: row for row in map(json.loads, done.stdout.splitlines())}


@pytest.mark.parametrize("form", FORMS)
def test_the_bytes_are_the_same_in_every_process(form: Form, tmp_path: Path) -> None:
    digests = set()
    for hash_seed in ("1", "2"):
        folder = tmp_path / hash_seed
        command = [
            sys.executable,
            str(ROOT / "benchmarks" / "generate.py"),
            str(folder),
            "--form",
            form,
            "--pages",
            "9",
        ]
        subprocess.run(command, check=True, env={**os.environ, "PYTHONHASHSEED": hash_seed})
        found = sorted(path for path in folder.rglob("*") if path.is_file())
        digests.add(hashlib.sha256(b"".join(path.read_bytes() for path in found)).hexdigest())
    assert len(digests) == 1


def test_a_page_does_not_hang_on_how_many_there_are_nor_on_who_writes_it(tmp_path: Path) -> None:
    few = write_captures(tmp_path / "few", "txt", 30, seed=SEED)
    many = write_captures(tmp_path / "many", "txt", 1_030, seed=SEED, workers=2)
    written = [path for shard in many for path in sorted(shard.iterdir())]
    assert [path.read_bytes() for path in sorted(few[0].iterdir())] == [path.read_bytes() for path in written[:30]]
    assert [path.read_text("utf-8") for path in written[1_000:]] == [
        make_text(SEED, n).content for n in range(1_000, 1_030)
    ]


def test_the_piece_that_tells_the_pace_is_done_beside_what_is_measured_and_ends_with_it() -> None:
    with pacing() as pace:
        assert pace.pieces == []
    assert pace.pieces
    assert min(pace.pieces) > 0
    assert Pace([0.064, 0.128]).us == pytest.approx(1_500)


def test_a_shard_that_is_there_is_not_made_again(tmp_path: Path) -> None:
    (shard,) = write_captures(tmp_path, "jsonl", 5, seed=SEED)
    shard.write_bytes(gzip.compress(b"{}\n"))
    assert write_captures(tmp_path, "jsonl", 5, seed=SEED) == [shard]
    assert gzip.decompress(shard.read_bytes()) == b"{}\n"


def test_another_seed_gives_other_pages() -> None:
    ours, others = ({make_text(seed, number).content for number in range(200)} for seed in (SEED, SEED + 1))
    assert not ours & others


def test_texts_are_as_long_as_press_articles(texts: list[Made]) -> None:
    assert 2_700 < mean(len(page.content.encode()) for page in texts) < 3_300
    lines = mean(sum(bool(line.strip()) for line in page.content.split("\n")) for page in texts)
    assert 15 < lines < 25
    assert 0.01 < mean(page.content.isascii() for page in texts) < 0.1


def test_html_is_as_heavy_as_news_pages_are() -> None:
    pages = [make_html(SEED, number).content for number in range(60)]
    assert 220_000 < mean(len(page.encode()) for page in pages) < 280_000
    assert 700 < mean(len(LexborHTMLParser(page).css("*")) for page in pages) < 1_500


def test_no_slot_is_left_open(texts: list[Made]) -> None:
    slots = ("{by}", "{day}", "{event}", "{in_city}", "{start}", "{end}", "{published}", "{n}", "{text}")
    assert [page.plan.number for page in texts if any(slot in page.content for slot in slots)] == []
    assert not any(slot in make_html(SEED, number).content for number in range(20) for slot in slots)


def test_every_language_and_every_site_has_its_pages(texts: list[Made]) -> None:
    assert {page.plan.language for page in texts} == set(languages())
    assert {page.plan.site for page in texts} == set(range(len(sites())))
    assert len({(site.name, site.host) for site in sites()}) == len(sites())


def test_each_kind_has_its_share() -> None:
    counts = Counter(plan_page(SEED, number).kind for number in range(20_000))
    assert {kind: round(counts[kind] / 200) for kind in SHARES} == pytest.approx(dict(SHARES), abs=1)


def test_copies_are_copies_and_nothing_else_is(texts: list[Made]) -> None:
    plans = [page.plan for page in texts if page.plan.kind not in ("no-body", "mojibake")]
    bodies = {plan.number: "\n\n".join(tell_page(plan)[1].paragraphs) for plan in plans}
    same = [page for page in texts if page.plan.kind == "same"]
    assert same
    assert all(
        page.content == texts[page.plan.story].content and page.url == texts[page.plan.story].url for page in same
    )
    clusters = cluster_texts((f"{number:08}", text) for number, text in bodies.items())
    told = [{texts[int(name)].plan.story for name in members} for members in clusters]
    assert [stories for stories in told if len(stories) > 1] == []
    cluster_of = {int(name): n for n, members in enumerate(clusters) for name in members}
    for kind in ("edited", "cut"):
        copies = [page.plan for page in texts if page.plan.kind == kind]
        assert len(copies) > PAGES / 100
        assert all(plan.site != plan_page(SEED, plan.story).site for plan in copies)
        found = [cluster_of[plan.number] == cluster_of[plan.story] for plan in copies]
        assert mean(found) > 0.98


@pytest.mark.parametrize("form", ["jsonl", "warc"])
def test_the_pages_go_through_the_program(form: Form, tmp_path: Path) -> None:
    count = 150 if form == "jsonl" else 60
    rows = _clean(*write_captures(tmp_path, form, count, seed=SEED))
    plans = [plan_page(SEED, number) for number in range(count)]
    kept = {plan.number: rows[f"{plan.number:08}"] for plan in plans if plan.kind not in ("no-body", "mojibake")}
    assert mean(row["language"] == plans[number].language for number, row in kept.items()) == 1
    on_topic = {number: bool(row["on_topic"]) for number, row in kept.items()}
    assert mean(on_topic[n] for n in kept if plans[n].kind == "report") > 0.85  # some names of conferences are general
    assert mean(on_topic[n] for n in kept if plans[n].kind == "off-topic") < 0.1
    bodies = {n: make_text(SEED, n).content for n in kept}
    assert mean(len(str(rows[f"{n:08}"]["text"])) / len(text) for n, text in bodies.items()) > 0.7


def test_mojibake_is_what_a_wrong_decoding_leaves(texts: list[Made]) -> None:
    wrong = [page for page in texts if page.plan.kind == "mojibake"]
    assert wrong
    marks = ("Ã", "â€", "Ð", "Ø", "Ù")
    assert mean(any(mark in page.content for mark in marks) for page in wrong) > 0.8  # a line of ASCII stays as it is
    assert not any("â€" in page.content for page in texts if page.plan.kind == "report")


def test_the_language_of_a_page_is_that_of_its_plan(texts: list[Made]) -> None:
    reports = [page for page in texts if page.plan.kind == "report"]
    assert mean(detect_language(page.content) == page.plan.language for page in reports) > 0.99


def test_the_cost_of_a_command_counts_the_processes_that_it_starts() -> None:
    child = "held = bytearray(120_000_000); sum(n * n for n in range(4_000_000)); import time; time.sleep(1)"
    cost = measure([sys.executable, "-c", f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"])
    assert cost.worker > 120_000_000 > cost.parent
    assert cost.tree > cost.worker
    assert cost.wall > 1
    assert cost.cpu > 0.1


def test_a_command_that_fails_says_so() -> None:
    with pytest.raises(CommandError, match="exit code 3\nno such thing"):
        measure([sys.executable, "-c", "print('no such thing'); raise SystemExit(3)"])


def test_results_are_kept_with_versions_and_machine(tmp_path: Path) -> None:
    keep("speeds", {"pages": 1}, tmp_path)
    keep("speeds", {"pages": 2, "disk_mb": 5}, tmp_path)
    first, second = read("speeds", tmp_path)
    assert (first["pages"], first["disk_mb"], second["disk_mb"]) == ("1", "", "5")
    assert {name: second[name] for name in about()} == about()
    assert about().keys() >= {"python", "peacetalks", "processor", "cores", "memory_gb"}
