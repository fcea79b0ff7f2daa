"""A build that was cut goes on where it was: what is finished is known by its content, and damage is never trusted."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from conftest import CAPTURES, GOLD
from faults.table import Record, times
from peacetalks.capture.gold import read_gold
from peacetalks.capture.inputs import find_files
from peacetalks.capture.pages import RawPage
from peacetalks.engine import finish
from peacetalks.engine.finish import Task, finish_shards, open_shard
from peacetalks.engine.progress import ShardDone, Step
from peacetalks.engine.sections import is_whole
from peacetalks.engine.shards import digest_circumstances
from peacetalks.engine.store import FOLDER, Store, open_store
from peacetalks.engine.work import work_shard
from peacetalks.errors import BuildError
from peacetalks.record import Excluded, Gold

BODY = [
    "The Syrian government and the opposition sent their envoys of both sides back to Geneva on Wednesday.",
    "The mediator said that he would meet each side in a room of its own, since neither was ready for more.",
]


def page(number: int) -> str:
    return "\n".join(["Envoys return to Geneva for another try", *BODY, f"It was day {number} of the round."])


def write(folder: Path, tables: int, rows: int) -> Path:
    folder.mkdir()
    for table in range(tables):
        lines = [json.dumps({"id": f"{table}-{n}", "text": page(rows * table + n)}) for n in range(rows)]
        (folder / f"{table}.jsonl").write_text("\n".join(lines))
    return folder


@pytest.fixture
def inputs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Four tables, and shards of so few pages that they make many."""
    monkeypatch.setattr("peacetalks.engine.shards._PAGES", 8)
    return write(tmp_path / "inputs", 4, 24)


class Told:
    """What a run told: how many shards it finished itself, and how many it took up again."""

    def __init__(self) -> None:
        self.done: list[ShardDone] = []

    def __call__(self, event: ShardDone | Step) -> None:
        if isinstance(event, ShardDone):
            self.done.append(event)

    @property
    def counts(self) -> Counter[str]:
        return Counter("taken up" if event.taken_up else "made" for event in self.done)


def work(store: Store, *inputs: Path, gold: dict[str, Gold] | None = None) -> tuple[list[Path], Counter[str]]:
    told = Told()
    names = finish_shards(find_files(list(inputs)), store, None, told, task=Task(gold=gold or {}))
    return [*map(store.path, names)], told.counts


def test_what_is_finished_is_taken_up_as_it_is(inputs: Path, tmp_path: Path) -> None:
    with open_store(tmp_path, "code") as store:
        first, made = work(store, inputs)
        before = {shard: (shard.stat().st_ino, shard.stat().st_mtime_ns) for shard in first}
        again, taken = work(store, inputs)
        assert (made["made"], taken) == (len(first), {"taken up": len(first)})
        assert again == first
        after = {shard: (shard.stat().st_ino, shard.stat().st_mtime_ns) for shard in again}
        assert after == before


def test_a_run_that_stops_after_any_shard_goes_on_behind_it(inputs: Path, tmp_path: Path, fault: Record) -> None:
    """A run that marks the whole as done, or none of it, does all again; one that writes anew changes the inodes."""
    with open_store(tmp_path / "whole", "code") as store:
        whole = [shard.read_bytes() for shard in work(store, inputs)[0]]
    numbers = range(1, len(whole), times(1, 7))
    for number in numbers:
        with open_store(tmp_path / f"{number}", "code") as store:
            with pytest.raises(InterruptedError):
                finish_shards(find_files([inputs]), store, None, StopAfter(number), task=Task())
            kept = {path: (path.stat().st_ino, path.stat().st_mtime_ns) for path in store.folder.iterdir()}
            assert len(kept) == number
            _touch(inputs)
            again, counts = work(store, inputs)
            assert counts == {"taken up": number, "made": len(whole) - number}
            assert [shard.read_bytes() for shard in again] == whole
            assert {path: (path.stat().st_ino, path.stat().st_mtime_ns) for path in kept} == kept
    fault("F9", "a run stopped after one of its shards", len(numbers), "the same bytes; what was finished is as it was")


class StopAfter:
    """Stop a run once so many shards are finished."""

    def __init__(self, number: int) -> None:
        self._left = number

    def __call__(self, event: ShardDone | Step) -> None:
        self._left -= isinstance(event, ShardDone)
        if not self._left:
            raise InterruptedError


def _touch(inputs: Path) -> Path:
    for path in inputs.iterdir():
        os.utime(path, (1, 1))
    return inputs


def _move(inputs: Path) -> Path:
    return inputs.rename(inputs.parent / "elsewhere")


@pytest.mark.parametrize("change", [_touch, _move], ids=["touched", "moved-to-another-folder"])
def test_neither_time_nor_place_of_the_inputs_matters(
    inputs: Path, tmp_path: Path, change: Callable[[Path], Path]
) -> None:
    with open_store(tmp_path, "code") as store:
        work(store, inputs)
        _, counts = work(store, change(inputs))
        assert set(counts) == {"taken up"}


def test_one_changed_byte_costs_its_own_shard_alone(inputs: Path, tmp_path: Path, fault: Record) -> None:
    """A shard that is known by path and time, or by its number, is taken for what it was."""
    with open_store(tmp_path, "code") as store:
        first, _ = work(store, inputs)
        path = inputs / "3.jsonl"
        path.write_bytes(path.read_bytes().replace(b"day 80 of", b"day 90 of"))
        again, counts = work(store, inputs)
        assert counts == {"made": 1, "taken up": len(first) - 1}
        assert sum(a != b for a, b in zip(first, again, strict=True)) == 1
    fault("F9", "one byte of the input changed", 1, "its shard is made again, and no other")


def test_a_page_that_comes_in_between_costs_the_shards_beside_it(inputs: Path, tmp_path: Path) -> None:
    with open_store(tmp_path, "code") as store:
        first, _ = work(store, inputs)
        (inputs / "0-more.txt").write_text(page(999))
        _, counts = work(store, inputs)
        assert counts["made"] <= 2
        assert counts["taken up"] >= len(first) - 2


def test_files_in_another_order_cost_the_shards_where_they_meet(inputs: Path, tmp_path: Path) -> None:
    with open_store(tmp_path, "code") as store:
        first, _ = work(store, inputs)
        files = [inputs / f"{table}.jsonl" for table in (2, 0, 3, 1)]
        _, counts = work(store, *files)
        assert counts["made"] <= 2 * len(files)
        assert counts["taken up"] >= len(first) - 2 * len(files) > len(first) / 2


def test_a_page_under_another_name_is_another_page(inputs: Path, tmp_path: Path) -> None:
    with open_store(tmp_path, "code") as store:
        (inputs / "a.txt").write_text(page(1))
        work(store, inputs / "a.txt")
        (inputs / "a.txt").rename(inputs / "b.txt")
        shards, counts = work(store, inputs / "b.txt")
        assert counts == {"made": 1}
        assert len(shards) == 1


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def _tear(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def test_what_a_killed_build_worked_in_is_removed_by_the_next_and_its_shards_are_not(
    inputs: Path, tmp_path: Path
) -> None:
    with open_store(tmp_path / "whole", "code") as store:
        wanted = sorted(path.name for path in work(store, inputs)[0])
    with open_store(tmp_path, "code") as store:
        cut = store.folder
    (cut / "corpus-killed" / "sketches").mkdir(parents=True)
    (cut / "corpus-killed" / "sketches" / "band-0").write_bytes(bytes(8))
    (cut / ".half.shard").write_bytes(b"half")
    for name in wanted:
        (cut / name).write_bytes(b"")
    with open_store(tmp_path, "code") as store:
        assert sorted(path.name for path in store.folder.iterdir()) == wanted


@pytest.mark.parametrize("damage", [_flip, _tear, _empty], ids=["a-flipped-bit", "a-torn-end", "no-bytes"])
def test_a_damaged_shard_is_made_again(inputs: Path, tmp_path: Path, damage: Callable[[Path], None]) -> None:
    with open_store(tmp_path, "code") as store:
        first, _ = work(store, inputs)
        whole = first[2].read_bytes()
        damage(first[2])
        assert not is_whole(first[2])
        _, counts = work(store, inputs)
        assert counts == {"made": 1, "taken up": len(first) - 1}
        assert first[2].read_bytes() == whole


def test_gold_costs_the_shards_that_take_it(tmp_path: Path) -> None:
    gold = read_gold(GOLD)
    with open_store(tmp_path, "code") as store:
        _, counts = work(store, CAPTURES)
        assert counts == {"made": 1}
        assert work(store, CAPTURES, gold=gold)[1] == {"made": 1}
        assert work(store, CAPTURES, gold=gold)[1] == {"taken up": 1}
        kept = dict(list(gold.items())[1:])
        assert work(store, CAPTURES, gold=kept)[1] == {"made": 1}
        elsewhere = {"0" * 16: next(iter(gold.values())), **kept}  # an entry for a page that is not among them
        assert work(store, CAPTURES, gold=elsewhere)[1] == {"taken up": 1}


def test_a_page_that_broke_its_worker_is_tried_again(
    inputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def give_up(pages: Sequence[RawPage | Excluded], **given: Any) -> list[bytes]:  # noqa: ANN401  whatever the work takes
        late = Excluded(id="0" * 16, source="late", reason="timeout", detail="no end within 10 s")
        return work_shard([late, *pages[1:]], **given)

    with open_store(tmp_path, "code") as store:
        monkeypatch.setattr(finish, "work_shard", give_up)
        work(store, inputs / "0.jsonl")
        monkeypatch.setattr(finish, "work_shard", work_shard)
        shards, counts = work(store, inputs / "0.jsonl")
        assert set(counts) == {"made"}
        assert not any("timeout" in open_shard(shard).facts.excluded for shard in shards)
        assert set(work(store, inputs / "0.jsonl")[1]) == {"taken up"}


def test_options_and_code_are_part_of_the_name(
    inputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: Record
) -> None:
    """A shard that is known by its input alone is taken for one of other options or of newer code."""
    with open_store(tmp_path, "code") as store:
        files = find_files([inputs / "0.jsonl"])
        finish_shards(files, store, None, Told(), task=Task())
        told = Told()
        finish_shards(files, store, None, told, task=Task(known=True))
        assert set(told.counts) == {"made"}
        monkeypatch.setattr("peacetalks.engine.shards.code_digest", lambda: "another")
        digest_circumstances.cache_clear()
        assert set(work(store, inputs / "0.jsonl")[1]) == {"made"}
    digest_circumstances.cache_clear()
    fault("F9", "an option, or the code, changed", 2, "every shard is made again")


def test_shards_of_other_code_are_cleared_away_and_a_second_build_is_refused(tmp_path: Path) -> None:
    (tmp_path / FOLDER / "old-code").mkdir(parents=True)
    (tmp_path / FOLDER / "old-code" / "a.shard").write_bytes(b"x")
    with open_store(tmp_path, "new-code") as store:
        assert not (tmp_path / FOLDER / "old-code").exists()
        with pytest.raises(BuildError, match="locked by another build"), open_store(tmp_path, "new-code"):
            raise AssertionError
        assert store.folder.exists()
    assert not (tmp_path / FOLDER).exists()


def start(inputs: Path, out: Path, *more: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "peacetalks", "build", str(inputs), "--out", str(out), "--version", "0.1.0"]
    command += ["--json", "--keep-off-topic", *more]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)


@pytest.mark.parametrize("more", [[], ["--workers", "2"]], ids=["one-worker", "two-workers"])
@pytest.mark.parametrize("attempt", range(times(5, 1)))
def test_a_build_that_was_killed_goes_on_and_gives_the_same_bytes(
    tmp_path: Path, more: list[str], attempt: int, fault: Record
) -> None:
    """A build that starts anew makes every shard again, under new inodes."""
    inputs = write(tmp_path / "inputs", 3, 200)
    whole = start(inputs, tmp_path / "whole")
    words, complaints = whole.communicate()
    assert whole.returncode == 0, complaints
    shards = json.loads(words)["work"]["shards"]
    cut = start(inputs, tmp_path / "cut", *more)
    while len([*(tmp_path / "cut" / FOLDER).glob("*/*.shard")]) < 1 + attempt % 3:
        assert cut.poll() is None, "it ended before it could be cut"
        time.sleep(0.001)
    os.killpg(cut.pid, signal.SIGKILL)  # with its workers, as a machine that goes down ends them
    cut.communicate()
    kept = [*(tmp_path / "cut" / FOLDER).glob("*/*.shard")]
    before = {path: (path.stat().st_ino, path.stat().st_mtime_ns) for path in kept}
    assert not (tmp_path / "cut" / "0.1.0").exists()
    again = start(inputs, tmp_path / "cut", *more)
    seen: dict[Path, tuple[int, int]] = {}
    while again.poll() is None:
        for path in kept:
            if path.exists():
                seen[path] = (path.stat().st_ino, path.stat().st_mtime_ns)
        time.sleep(0.01)
    words, complaints = again.communicate()
    assert again.returncode == 0, complaints
    assert json.loads(words)["work"] == {
        "pages": 600,
        "shards": shards,
        "shards_taken_up": len(kept),
    }
    assert seen == before
    assert _bytes(tmp_path / "cut") == _bytes(tmp_path / "whole")
    fault("F9", "kill -9 to a build with its workers", 1, "goes on with what is finished as it is; the same bytes")


def test_no_work_is_done_for_what_is_taken_up(inputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_store(tmp_path, "code") as store:
        work(store, inputs)

        def refuse(*_: object, **__: object) -> list[bytes]:
            raise AssertionError("a finished shard was worked on again")

        monkeypatch.setattr(finish, "work_shard", refuse)
        assert set(work(store, inputs)[1]) == {"taken up"}


def _bytes(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
