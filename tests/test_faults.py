"""Builds that are killed, run out of disk, or run side by side: the old release or the new one, and never half of one.

Each of these tests fails on a program that does the same in the naive way; where that is not another test of this file,
the test says which way that is.
"""

import os
import random
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest

from conftest import CAPTURES, GOLD
from faults.processes import Zygote, open_zygote
from faults.table import LONG, Record, times
from peacetalks._files import schema_folder
from peacetalks.registry.addresses import page_host
from peacetalks.registry.catalogue import load_catalogue
from peacetalks.registry.outlets import load_outlets
from peacetalks.release.lock import hold
from peacetalks.release.validate import validate_release

Files = dict[str, bytes]
RECORDS = 20  # of the catalogue: the steps that change the disk are those of all of it, and each takes a third as long
LEFT = (".staging-", ".lock", ".splits.csv.partial", ".README.md.partial")  # what a killed build may leave to the next


def read(folder: Path) -> Files:
    """Return every file of a folder by its path; what a build keeps for the next one is not of the release."""
    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    return {name: path.read_bytes() for name, path in sorted(found.items()) if not name.startswith(".work/")}


class States(NamedTuple):
    """The zygote, and a folder of releases before and after the build that is disturbed."""

    zygote: Zygote
    vocabularies: Path
    old: Path
    before: Files
    after: Files

    def build(self, version: str, out: str = "corpus") -> list[str]:
        """Return the words of a build of the seeds."""
        return build_words(self.vocabularies, version, out)


def build_words(vocabularies: Path, version: str, out: str) -> list[str]:
    words = ["build", str(CAPTURES), "--gold", str(GOLD), "--gazetteer", str(vocabularies)]
    return [*words, "--version", version, "--out", out]


@pytest.fixture(scope="module")
def vocabularies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's own vocabularies, with few records of the catalogue."""
    folder = tmp_path_factory.mktemp("vocabularies")
    for name in ("conferences.toml", "actors.toml", "topic.toml"):
        shutil.copy(schema_folder() / name, folder)
    known = [record for record in load_catalogue() if load_outlets().of_host(page_host(record.url))]
    (folder / "catalogue.jsonl").write_bytes(b"".join(msgspec.json.encode(one) + b"\n" for one in known[:RECORDS]))
    bounds = (schema_folder() / "catalogue.toml").read_text("utf-8").partition("open_hosts")[0]
    (folder / "catalogue.toml").write_text(bounds, "utf-8")
    return folder


@pytest.fixture(scope="module")
def states(tmp_path_factory: pytest.TempPathFactory, vocabularies: Path) -> Iterator[States]:
    scratch = tmp_path_factory.mktemp("faults")
    with open_zygote(scratch, vocabularies) as zygote:
        old, new = scratch / "old" / "corpus", scratch / "new"
        assert zygote.remember(build_words(vocabularies, "0.1.0", str(old))) == 0
        before = read(old)
        shutil.copytree(old.parent, new)
        assert zygote.run(build_words(vocabularies, "0.2.0", "corpus"), new).code == 0
        yield States(zygote, vocabularies, old, before, read(new / "corpus"))


@pytest.fixture
def corpus(states: States, tmp_path: Path) -> Path:
    """The folder of releases as it was."""
    return Path(shutil.copytree(states.old, tmp_path / "corpus"))


def restore(states: States, corpus: Path) -> None:
    shutil.rmtree(corpus, ignore_errors=True)
    shutil.copytree(states.old, corpus)


def half_of(found: Files, states: States) -> list[str]:
    """Return what is neither as it was before nor as it is after the build: nothing, if no release is half."""
    wrong = [name for name, data in states.before.items() if name.startswith("0.1.0/") and found.get(name) != data]
    new = {name: data for name, data in found.items() if name.startswith("0.2.0/")}
    if new:
        wrong += [n for n, data in states.after.items() if n.startswith("0.2.0/") and new.get(n) != data]
    for name in ("README.md", "splits.csv"):
        if found.get(name) not in (states.before[name], states.after[name] if new else None):
            wrong.append(name)
    known = states.before.keys() | states.after.keys()
    return wrong + [name for name in found if name not in known and not name.startswith(LEFT)]


def test_a_build_that_is_killed_at_any_moment_leaves_the_old_state_or_the_new_one_and_goes_on(
    states: States, corpus: Path, tmp_path: Path, fault: Record
) -> None:
    """The naive way is a build that writes into the release's own folder: see the test of that below."""
    chooser = random.Random(9)  # noqa: S311  when to kill, not a secret
    words = states.build("0.2.0")
    count, killed, old = times(100, 5), 0, 0
    with open_zygote(tmp_path, states.vocabularies) as zygote:  # where nothing is remembered, and workers do the work
        begin = time.monotonic()
        assert zygote.run(words, corpus.parent).code == 0
        duration = time.monotonic() - begin
        assert read(corpus) == states.after
        restore(states, corpus)
        for _ in range(count):
            process = zygote.start(words, corpus.parent)
            time.sleep(chooser.uniform(0, duration))
            os.kill(process, 9)  # one that has ended is not gone before it is waited for
            killed += zygote.wait(process).code == -9
            found = read(corpus)
            assert half_of(found, states) == []
            new = any(name.startswith("0.2.0/") for name in found)
            old += not new
            if new or chooser.random() < 0.2:  # most builds go on from what the one before left, some start anew
                restore(states, corpus)
        assert killed > count // 2
        done = zygote.run(words, corpus.parent)
    assert (done.code, read(corpus)) == (0, states.after)
    outcome = (
        f"{killed} killed, 0 half releases ({old} times the old state, {count - old} the new); resumed: same bytes"
    )
    fault("F1", "kill -9 of a build at a random moment", count, outcome)


def steps_of(states: States, corpus: Path, words: list[str], log: Path) -> list[str]:
    """Return each step of an undisturbed command that changes the disk, and put the folder back."""
    assert states.zygote.run(words, corpus.parent, how="count", log=log).code == 0
    restore(states, corpus)
    return log.read_text("utf-8").splitlines()


def chosen(steps: list[str], few: int) -> list[int]:
    """Return the numbers of all steps in `make faults`, else of so many at random and of the last so many."""
    numbers = range(1, len(steps) + 1)
    some = random.Random(2).sample(numbers, few)  # noqa: S311  which, not a secret
    return [*numbers] if LONG else sorted({*some, *numbers[-few:]})


def test_a_build_that_is_killed_at_any_step_leaves_the_old_state_or_the_new_one_and_the_next_ends_it(
    states: States, corpus: Path, tmp_path: Path, fault: Record
) -> None:
    """The naive way is a build that writes into the release's own folder: see the next test."""
    words = states.build("0.2.0")
    steps = steps_of(states, corpus, words, tmp_path / "log")
    numbers = chosen(steps, 6)
    resumed = 0
    for number in numbers:
        assert states.zygote.run(words, corpus.parent, how="kill", at=number).code == -9
        assert half_of(read(corpus), states) == [], steps[number - 1]
        if ".staging-" not in steps[number - 1] or number % 10 == 0:  # the rest only leave a folder that is removed
            assert states.zygote.run(words, corpus.parent).code == 0
            assert read(corpus) == states.after, steps[number - 1]
            resumed += 1
        restore(states, corpus)
    outcome = f"0 half releases; {resumed} resumed, each to the same bytes"
    fault("F2", f"kill -9 at a step that changes the disk, of {len(steps)} steps of a build", len(numbers), outcome)


def test_a_build_that_writes_in_place_would_be_caught(
    states: States, corpus: Path, tmp_path: Path, fault: Record
) -> None:
    words = states.build("0.2.0")
    assert states.zygote.run(words, corpus.parent, naive="in-place", how="count", log=tmp_path / "log").code == 0
    steps = (tmp_path / "log").read_text("utf-8").splitlines()
    half = 0
    inside = [n for n, step in enumerate(steps, start=1) if "/0.2.0/" in step and not step.startswith("sync")]
    numbers = inside[10 : -5 : len(inside) // times(20, 3)]
    for number in numbers:
        restore(states, corpus)
        assert states.zygote.run(words, corpus.parent, naive="in-place", how="kill", at=number).code == -9
        half += half_of(read(corpus), states) != []
    assert half == len(numbers)
    fault("F2", "the same of a build that writes in place", len(numbers), f"{half} half releases: the test has teeth")


def test_what_gets_its_name_is_on_the_disk_before_and_its_name_after(
    states: States, corpus: Path, tmp_path: Path, fault: Record
) -> None:
    """Without the sync of a file, or of its folder, a power cut after the rename could leave a name without bytes."""
    steps = [step.partition(" ")[::2] for step in steps_of(states, corpus, states.build("0.2.0"), tmp_path / "log")]
    renames = 0
    for number, (kind, path) in enumerate(steps):
        if kind != "rename":
            continue
        renames += 1
        resolved = str((corpus.parent / path).resolve())
        assert steps[number + 1] == ("sync", str(Path(resolved).parent))
        below = [
            n for n, (other, p) in enumerate(steps[:number]) if other == "write" and f"{p}/".startswith(f"{path}/")
        ]
        for last in {steps[n][1]: n for n in below}.values():
            written = str((corpus.parent / steps[last][1]).resolve())
            assert ("sync", written) in steps[last:number], path
    assert renames > 40
    fault("F2", "a rename without a sync before or after it, looked for", renames, "none")


@pytest.mark.parametrize("command", ["standoff", "rehydrate", "takedown"])
def test_other_commands_that_write_a_release_leave_it_whole_or_not_at_all(
    states: States, corpus: Path, tmp_path: Path, command: str, fault: Record
) -> None:
    """The naive way is to write into the folder itself, without one aside: a half edition was then in the way."""
    bare = tmp_path / "bare"
    article = validate_and_name(corpus / "0.1.0")
    if command == "rehydrate":
        assert states.zygote.run(["standoff", str(corpus / "0.1.0"), str(bare)], tmp_path).code == 0
    words = {
        "standoff": ["standoff", str(corpus / "0.1.0"), "out"],
        "rehydrate": ["rehydrate", str(bare / "0.1.0"), str(CAPTURES), "out"],
        "takedown": ["takedown", article, "--out", "out"],
    }[command]
    out = tmp_path / "out"

    def renew() -> None:
        shutil.rmtree(out, ignore_errors=True)
        if command == "takedown":
            shutil.copytree(states.old, out)

    renew()
    assert states.zygote.run(words, tmp_path, how="count", log=tmp_path / "log").code == 0
    whole, steps = read(out), (tmp_path / "log").read_text("utf-8").splitlines()
    renew()
    untouched = read(out)
    numbers = chosen(steps, 1)[:: times(4, 1)]  # most of them are those of a build
    for number in numbers:
        assert states.zygote.run(words, tmp_path, how="kill", at=number).code == -9
        left = {name: data for name, data in read(out).items() if not name.startswith((".", *LEFT))}
        assert left in (untouched, whole)
        if left == untouched:
            assert states.zygote.run(words, tmp_path).code == 0
            assert read(out) == whole
        renew()
    fault("F2", f"kill -9 at a step of `{command}`", len(numbers), "0 half; the next run ends it")


def validate_and_name(release: Path) -> str:
    import pyarrow.parquet as pq

    assert validate_release(release) == []
    return str(pq.read_table(release / "data/articles")["id"][0])


def test_a_disk_that_is_full_at_any_step_is_told_with_the_path_and_leaves_the_old_release(
    states: States, corpus: Path, tmp_path: Path, fault: Record
) -> None:
    """The naive way is to let the error pass as a traceback, without a path: a write that finds no room has none."""
    words = states.build("0.2.0")
    steps = steps_of(states, corpus, words, tmp_path / "log")
    growing = [n for n, step in enumerate(steps, start=1) if step.split(" ")[0] in ("mkdir", "create", "write")]
    numbers = growing[:: times(3, max(1, len(growing) // 6))]
    for number in numbers:
        done = states.zygote.run(words, corpus.parent, how="full", at=number)
        told = " ".join(done.output.split())
        assert done.code == 2, steps[number - 1]
        # The path as it was given, or as whatever met the error knows it: the lock knows it from the root.
        assert re.search(r"error: (?:\S*/)?corpus\b\S*", told), told
        assert "No space left on device" in told
        assert "Traceback" not in told
        found = read(corpus)
        assert half_of(found, states) == []
        assert not [name for name in found if name.startswith(".staging-")]
        assert states.zygote.run(words, corpus.parent).code == 0
        assert read(corpus) == states.after
        restore(states, corpus)
    outcome = "exit code 2 with the path, old release intact; with room again: same bytes"
    fault("F3", "a disk that is full from a step of a build on", len(numbers), outcome)


@pytest.mark.parametrize(
    "room",
    ["size=4k", "size=64k", "size=256k", "size=512k", "size=1m", "size=1280k", "size=1536k", "nr_inodes=12"],
)
def test_a_small_disk_is_told_with_the_path_and_works_once_it_is_larger(
    states: States, tmp_path: Path, room: str, fault: Record
) -> None:
    """The naive way is the one above, on a real file system."""
    if room not in ("size=256k", "nr_inodes=12") and not LONG:
        pytest.skip("the other sizes are tried by `make faults`")
    place = tmp_path / "disk"
    place.mkdir()
    size = sum((len(data) // 4096 + 1) * 4096 for data in states.before.values())
    key, _, amount = room.partition("=")
    kilobytes = size // 1024 + (int(amount[:-1]) * (1024 if amount[-1] == "m" else 1) if key == "size" else 60_000)
    options = f"size={kilobytes}k" + (f",nr_inodes={len(states.before) + 20 + int(amount)}" if key != "size" else "")
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", place], capture_output=True, text=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"mounting is refused here: {mounted.stderr.strip()}")
    try:
        corpus = Path(shutil.copytree(states.old, place / "corpus"))
        done = states.zygote.run(states.build("0.2.0"), place)
        told = " ".join(done.output.split())
        assert (done.code, "No space left on device" in told, "error: corpus" in told) == (2, True, True), told
        assert half_of(read(corpus), states) == []
        subprocess.run(["mount", "-o", "remount,size=64m,nr_inodes=0", place], check=True)
        assert states.zygote.run(states.build("0.2.0"), place).code == 0
        assert read(corpus) == states.after
    finally:
        subprocess.run(["umount", place], check=True)
    outcome = "exit code 2 with the path, old release intact; with room again: same bytes"
    fault("F3", "a file system with too few bytes or names left", 1, outcome)


@pytest.mark.parametrize("count", [2, 8])
def test_of_builds_that_start_at_once_one_wins_and_the_others_are_told(
    states: States, corpus: Path, count: int, fault: Record
) -> None:
    """The naive way is to hold no lock: see the next test."""
    rounds = times(25, 1)
    locked = 0
    for _ in range(rounds):
        running = [states.zygote.start(states.build("0.2.0"), corpus.parent) for _ in range(count)]
        done = [states.zygote.wait(process) for process in running]
        assert any(one.code == 0 for one in done)
        for one in done:
            assert one.code == 0 or "locked by another build" in " ".join(one.output.split()), one.output
            locked += one.code == 2
        assert read(corpus) == states.after
        restore(states, corpus)
    assert locked >= rounds
    fault("F10", f"{count} builds of one version at once", rounds, f"one winner; told that it is locked: {locked}")


def test_builds_without_a_lock_would_be_caught(states: States, corpus: Path, fault: Record) -> None:
    rounds = times(10, 2)
    bad = 0
    for _ in range(rounds):
        running = [states.zygote.start(states.build("0.2.0"), corpus.parent, naive="no-lock") for _ in range(8)]
        done = [states.zygote.wait(process) for process in running]
        bad += any(one.code != 0 for one in done) or read(corpus) != states.after
        restore(states, corpus)
    assert bad > 0
    fault("F10", "8 builds at once that hold no lock", rounds, f"{bad} broken: the test has teeth")


def test_two_versions_at_once_give_one_of_them_and_then_the_other(states: States, corpus: Path, fault: Record) -> None:
    """Without the lock the later one would start from a ledger that the earlier one is about to change."""
    running = [states.zygote.start(states.build(version), corpus.parent) for version in ("0.2.0", "0.3.0")]
    codes = sorted(states.zygote.wait(process).code for process in running)
    assert codes == [0, 2]
    made = {name.partition("/")[0] for name in read(corpus)} - {"README.md", "splits.csv"}
    assert made in ({"0.1.0", "0.2.0"}, {"0.1.0", "0.3.0"})
    assert states.zygote.run(states.build("0.3.0"), corpus.parent).code == 0
    assert validate_release(corpus / "0.3.0") == []
    fault("F10", "builds of two versions at once", 1, "one winner; the other follows when it is run again")


@pytest.mark.parametrize(
    "words",
    [
        ["build", str(CAPTURES), "--out", "{out}"],
        ["standoff", "{release}", "{out}"],
        ["rehydrate", "{release}", str(CAPTURES), "{out}"],
        ["takedown", "0" * 16, "--out", "{out}"],
        ["fetch", "{release}", "{out}", "--archive", "http://127.0.0.1:9/x"],
    ],
    ids=lambda words: words[0],
)
def test_each_command_that_writes_into_a_folder_holds_it(
    states: States, corpus: Path, tmp_path: Path, words: list[str], fault: Record
) -> None:
    """A command that forgot to hold its folder would go on here, and end otherwise."""
    out = tmp_path / "out"
    out.mkdir()
    with hold(out, work="test"):
        said = states.zygote.run([word.format(out=out, release=corpus / "0.1.0") for word in words], tmp_path)
    assert said.code == 2
    assert "locked by another" in " ".join(said.output.split())
    assert list(out.iterdir()) == []
    fault("F10", "a command on a folder that another one holds", 1, "told that it is locked, nothing written")


def test_of_those_who_publish_at_once_none_leaves_another_release(
    states: States, corpus: Path, tmp_path: Path, fault: Record
) -> None:
    """The naive way is to look whether a manifest is there and then to send: files of two that both look first mix."""
    rounds, release = times(10, 3), corpus / "0.1.0"
    bare = tmp_path / "bare"
    assert states.zygote.run(["standoff", str(release), str(bare)], tmp_path).code == 0
    for number in range(rounds):
        there = tmp_path / f"there-{number}"
        words = [["publish", str(folder), str(there), "--i-have-the-rights"] for folder in (release, bare / "0.1.0")]
        running = [states.zygote.start(one, tmp_path) for one in (words[0], words[1], words[0])]
        done = [states.zygote.wait(process) for process in running]
        assert any(one.code == 0 for one in done)
        for one in done:
            said = " ".join(one.output.split())
            assert one.code == 0 or "locked by another" in said or "another release" in said, said
        assert read(there / "0.1.0") in (read(release), read(bare / "0.1.0"))
    fault("F10", "3 publishing at once, 2 of one edition and 1 of the other", rounds, "one as a whole, the others told")
