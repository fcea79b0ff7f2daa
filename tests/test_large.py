"""What a corpus that does not fit in memory goes through: here with limits so small that a few pages exceed them."""

import errno
import json
import os
import resource
import sys
import time
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path

import psutil
import pyarrow.parquet as pq
import pytest

from conftest import CAPTURES, GOLD
from peacetalks._files import sha256_file
from peacetalks.capture.gold import read_gold
from peacetalks.capture.inputs import find_files
from peacetalks.engine.executors import SandboxExecutor
from peacetalks.engine.limits import WRITING
from peacetalks.engine.progress import say_nothing
from peacetalks.engine.work import read_captures
from peacetalks.evaluate.report import score_gold
from peacetalks.pipeline import build
from peacetalks.record import Capture
from peacetalks.release.compare import diff_data
from peacetalks.release.manifest import Options, read_manifest
from peacetalks.release.publish import publish_release
from peacetalks.release.rehydrate import rehydrate
from peacetalks.release.standoff import write_standoff
from peacetalks.release.validate import validate_release
from peacetalks.release.versions import diff_tables, read_tables
from peacetalks.release.write import Built, Order

PLACES = ("Geneva", "Astana", "Sochi", "Vienna", "Montreux", "Lausanne")
HOUSE = "Dear reader of the Gazette, this house has reported on all of it since 2011 without a break."


def page(number: int) -> dict[str, str]:
    """One of many pages of two sites; every seventh is a copy of the one before, every eleventh holds no sentence."""
    story = number - (number % 7 == 6)
    place = PLACES[story % 6]
    lines = [
        f"Talks on Syria turn to aid in {place}",
        f"{1 + story % 28} February 2016",
        f"The mediator said in {place} that {story} delegates of both sides would speak of aid for besieged towns.",
        f"A government delegate told reporters on Friday that round {story} of the Geneva III talks had begun.",
        f"The opposition asked again that {story * 3} prisoners be released before the ceasefire is renewed.",
        *([HOUSE] if number % 3 == 0 else []),
    ]
    text = "\n".join(lines) if number % 11 else "Home\nMenu\nShare"
    return {"id": f"p{number}", "text": text, "url": f"https://site{number % 2}.example/{number}"}


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("large") / "pages.jsonl"
    rows = [json.dumps(page(number)) for number in range(160)]
    copies = [json.dumps(page(number) | {"id": f"again-{number}"}) for number in range(1, 6)]
    path.write_text("\n".join([*rows, *copies, '{"text": "cut']))
    return path


def small_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let shards, runs, stretches, row groups and files be of a few rows."""
    for name, value in {
        "engine.shards._PAGES": 16,
        "assemble.parts._RUN": 16_000,
        "assemble.parts._STRETCH": 12_000,
        "release.data_files.PART_BYTES": 2_000,
        "release.data_files.FILE_BYTES": 12_000,
        "release.checks_content.PART_BYTES": 2_000,
        "release.compare._STRETCH": 4_000,
        "release.lines._BATCH": 1_000,
        "release.lines._MERGED": 3,
        "curate.candidates._PART": 500,
    }.items():
        monkeypatch.setattr(f"peacetalks.{name}", value)


def build_from(*inputs: Path, out: Path, version: str = "0.1.0", writers: Executor | None = None) -> Built:
    return build(
        find_files(list(inputs)),
        out,
        Order(version=version, options=Options(keep_off_topic=False)),
        gold=read_gold(GOLD),
        score=score_gold,
        executor=None,
        tell=say_nothing,
        page={},
        writers=writers,
    )


@pytest.fixture(scope="module")
def small(inputs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The corpus as it is written where it fits."""
    return build_from(inputs, CAPTURES, out=tmp_path_factory.mktemp("small")).path


@pytest.fixture(scope="module")
def large(inputs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same corpus, written in many parts and files."""
    with pytest.MonkeyPatch.context() as patch:
        small_limits(patch)
        return build_from(inputs, CAPTURES, out=tmp_path_factory.mktemp("large")).path


@pytest.fixture
def stretches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a corpus be sorted in many runs and stretches, and its files be as they are."""
    for name, value in {
        "assemble.parts._RUN": 4_000,
        "assemble.parts._STRETCH": 4_000,
        "engine.shards._PAGES": 8,
    }.items():
        monkeypatch.setattr(f"peacetalks.{name}", value)


@pytest.mark.usefixtures("stretches")
def test_runs_that_are_merged_change_no_byte(inputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    at_once = build_from(inputs, CAPTURES, out=tmp_path / "at-once").path
    monkeypatch.setattr("peacetalks.assemble.parts._MANY", 5)
    merged = build_from(inputs, CAPTURES, out=tmp_path / "merged").path
    assert file_digests(merged) == file_digests(at_once)


@pytest.mark.usefixtures("stretches")
@pytest.mark.parametrize(
    ("many", "moments"),
    [
        pytest.param(300, [("run-*", 2), ("run-*", 6), ("lines-articles-*", 1)], id="all-runs-are-read-side-by-side"),
        pytest.param(5, [("run-*", 6), ("merged-*", 1), ("merged-*", 3)], id="groups-of-runs-are-merged-first"),
    ],
)
def test_processes_write_the_release_that_one_writes_even_where_they_are_killed(
    inputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, many: int, moments: list[tuple[str, int]]
) -> None:
    """What a process that died has left of a file must not stay in it, and no table may be missing."""
    alone = build_from(inputs, CAPTURES, out=tmp_path / "alone").path
    monkeypatch.setattr("peacetalks.assemble.parts._MANY", many)
    with SandboxExecutor(2, WRITING) as writers, ThreadPoolExecutor(1) as thread:
        killed = thread.submit(kill_writers, tmp_path / "many", moments)
        release = build_from(inputs, CAPTURES, out=tmp_path / "many", writers=writers).path
        assert killed.result() >= 3
    assert file_digests(release) == file_digests(alone)
    assert not [path for name in ("run-*", "merged-*") for path in (tmp_path / "many").rglob(name)]


def kill_writers(out: Path, moments: list[tuple[str, int]]) -> int:
    """Kill the processes of a build each time that it has come to have so many files of a name."""
    killed = 0
    for pattern, count in moments:
        deadline = time.monotonic() + 60
        while len([*out.glob(f".work/*/runs-*/{pattern}")]) < count:
            assert time.monotonic() < deadline, (pattern, count)
            time.sleep(0.001)
        for child in psutil.Process().children():
            child.kill()
            killed += 1
    return killed


def file_digests(release: Path) -> dict[str, str]:
    return {path.relative_to(release).as_posix(): sha256_file(path) for path in release.rglob("*") if path.is_file()}


@pytest.mark.usefixtures("stretches")
@pytest.mark.skipif(sys.platform != "linux", reason="a bound that a process inherits")
@pytest.mark.parametrize(("bytes_of_a_file", "name"), [(1_000, "run-0"), (120_000, "merged-0")])
def test_what_the_system_refuses_a_writer_is_told_with_its_path(
    inputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bytes_of_a_file: int, name: str
) -> None:
    """Of what a worker on pages meets no words come through, for they may be those of a page."""
    monkeypatch.setattr("peacetalks.assemble.parts._MANY", 5)
    own = resource.getrlimit(resource.RLIMIT_FSIZE)
    with SandboxExecutor(1, WRITING) as writers:
        resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_of_a_file, own[1]))
        try:
            writers.submit(os.getpid).result()  # it is there now, and keeps the bound
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, own)
        with pytest.raises(OSError, match="File too large") as told:
            build_from(inputs, CAPTURES, out=tmp_path, writers=writers)
    assert (told.value.errno, Path(told.value.filename).name) == (errno.EFBIG, name)
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == [".work"]


def test_parts_change_neither_rows_nor_numbers(small: Path, large: Path) -> None:
    one, many = read_manifest(small), read_manifest(large)
    assert (many.digest, many.tables, many.inputs, many.options) == (one.digest, one.tables, one.inputs, one.options)
    for name in ("README.md", "DATASHEET.md", "CHANGELOG.md", "splits.csv", "quality.json", "CITATION.cff"):
        assert (large / name).read_bytes() == (small / name).read_bytes(), name
    before, after = read_tables(small), read_tables(large)
    for name, by_split in before.items():
        for split, table in by_split.items():
            assert after[name][split].combine_chunks().equals(table.combine_chunks()), (name, split)


def test_the_corpus_holds_what_it_is_to_test(small: Path) -> None:
    tables = read_tables(small)
    reasons = {reason for table in tables["excluded"].values() for reason in table["reason"].to_pylist()}
    assert {"duplicate-capture", "no-body", "broken-row"} <= reasons
    labels = {reason for table in tables["segments"].values() for reason in table["reason"].to_pylist()}
    assert "recurring" in labels
    clusters = [name for table in tables["articles"].values() for name in table["cluster"].to_pylist()]
    assert len(set(clusters)) < len(clusters)


def test_splits_are_cut_into_files_that_are_numbered(large: Path) -> None:
    names = sorted(path.name for path in (large / "data/segments").iterdir() if path.name.startswith("train"))
    assert len(names) > 3
    assert names == [f"train-{n:05}-of-{len(names):05}.parquet" for n in range(len(names))]
    ids: list[str] = []
    for name in names:
        ids += pq.read_table(large / "data/segments" / name)["article"].to_pylist()
    assert ids == sorted(ids)


def test_a_release_of_many_files_is_sound(large: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("peacetalks.release.checks_content.PART_BYTES", 2_000)
    assert validate_release(large) == []


def _drop_a_file(release: Path) -> None:
    next((release / "data/segments").glob("train-00001-*")).unlink()


def _rename_a_file(release: Path) -> None:
    path = next((release / "data/segments").glob("train-00001-*"))
    path.rename(path.with_name("train-00001-of-00099.parquet"))


@pytest.mark.parametrize("damage", [_drop_a_file, _rename_a_file], ids=["one-is-gone", "one-is-of-another-number"])
def test_a_file_that_is_not_of_its_row_is_found(large: Path, tmp_path: Path, damage: Callable[[Path], None]) -> None:
    from shutil import copytree

    copy = copytree(large, tmp_path / "0.1.0")
    damage(copy)
    assert "files-exact" in {finding.check for finding in validate_release(copy)}


@pytest.mark.usefixtures("_no_shared_cache")
def test_load_dataset_reads_all_files_in_order(large: Path, small: Path) -> None:
    import datasets

    for config in ("articles", "segments"):
        many = datasets.load_dataset(str(large), config)
        one = datasets.load_dataset(str(small), config)
        assert {s: [*rows] for s, rows in many.items()} == {s: [*rows] for s, rows in one.items()}


def test_the_standoff_edition_of_many_files_gets_its_words_back(large: Path, inputs: Path, tmp_path: Path) -> None:
    bare = write_standoff(large, tmp_path / "bare")
    captures = [item for item in read_captures(find_files([inputs, CAPTURES])) if isinstance(item, Capture)]
    done = rehydrate(bare, captures, tmp_path / "full")
    assert (done.missing, done.changed, done.identical) == ([], {}, True)


def test_a_release_of_many_files_is_published(large: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("peacetalks.release.checks_content.PART_BYTES", 2_000)
    done = publish_release(large, str(tmp_path / "store"), has_rights=True, dry_run=False)
    assert len([name for name in done.sent if name.startswith("data/segments/train-")]) > 3
    assert validate_release(tmp_path / "store" / "0.1.0") == []


def test_a_comparison_in_stretches_finds_what_one_in_memory_finds(
    large: Path, small: Path, inputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [json.loads(line) for line in inputs.read_text().splitlines()[:160]]
    changed = [
        row | {"text": row["text"].replace("Friday", "Monday")} if n % 20 == 1 else row for n, row in enumerate(rows)
    ]
    (tmp_path / "pages.jsonl").write_text("\n".join(map(json.dumps, changed[:150])))
    other = build_from(tmp_path / "pages.jsonl", out=tmp_path / "other").path
    expected = diff_tables(read_tables(small), read_tables(other))
    monkeypatch.setattr("peacetalks.release.compare._STRETCH", 4_000)
    found = diff_data(large, other)
    assert found.tables.keys() == expected.tables.keys()
    for name, table in expected.tables.items():
        for what in ("added", "removed", "corrected", "moved", "columns"):
            one, many = (getattr(side, what) for side in (table, found.tables[name]))
            assert sorted(many) == sorted(one), (name, what)
    short = diff_data(large, other, most=3)
    for name, table in expected.tables.items():
        assert len(short.tables[name].removed) <= 3
        for what in ("added", "removed", "corrected", "moved"):
            assert short.tables[name].count(what) == table.count(what)


def test_the_order_of_the_inputs_and_of_the_work_changes_no_byte(
    inputs: Path, large: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_limits(monkeypatch)
    monkeypatch.setattr("peacetalks.engine.shards._PAGES", 23)
    again = build_from(CAPTURES, inputs, out=tmp_path).path
    assert _bytes(again) == _bytes(large)


def _bytes(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
