"""A worker process holds no secret, keeps to its limits, is replaced, and its answer is read as data."""

import os
import pickle
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import misbehaving
from conftest import ROOT
from peacetalks.curate.shingles import sketch_texts
from peacetalks.engine.answers import pack, read_answer
from peacetalks.engine.executors import SandboxExecutor
from peacetalks.engine.limits import Limits, worker_environment
from peacetalks.errors import WorkerError
from peacetalks.record import Excluded

ROW = Excluded(id="0" * 16, source="a", reason="empty", detail="no bytes")
SECRETS = {
    "HF_TOKEN": "hf_canary",
    "AWS_SECRET_ACCESS_KEY": "aws_canary",
    "GOOGLE_APPLICATION_CREDENTIALS": "/google_canary",
    "AZURE_STORAGE_KEY": "azure_canary",
    "GITHUB_TOKEN": "github_canary",
    "DASK_DISTRIBUTED__COMM__TLS__CLIENT__KEY": "dask_canary",
    "HTTPS_PROXY": "http://user:proxy_canary@proxy",
    "HOME": "/home_canary",
    "SSH_AUTH_SOCK": "/ssh_canary",
    "UNHEARD_OF": "other_canary",
}


@pytest.fixture(scope="module")
def executor() -> Iterator[SandboxExecutor]:
    with SandboxExecutor(1, Limits()) as made:
        yield made


def test_no_secret_reaches_a_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """A ProcessPoolExecutor fails here: its workers inherit the whole environment. So do those of pebble."""
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("LC_TIME", "C.UTF-8")
    with SandboxExecutor(1, Limits()) as pool:
        kernel, command, variables = pool.submit(misbehaving.environment, 0).result()
    seen = f"{kernel}{command}{variables}"
    assert "LC_TIME=C.UTF-8" in kernel
    assert "canary" not in seen
    assert not variables.keys() & SECRETS.keys()


def test_only_what_is_on_the_list_is_handed_on() -> None:
    own = {**SECRETS, "PATH": "/bin", "TZ": "UTC", "LC_ALL": "C", "PYTHONPATH": "tests"}
    kept = worker_environment(own).keys()
    assert own.keys() & kept == {"PATH", "TZ", "LC_ALL", "PYTHONPATH"}


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's own account")
def test_the_kernel_holds_a_worker_to_its_limits(executor: SandboxExecutor) -> None:
    """A ProcessPoolExecutor fails here: its workers have no limit, and inherit what its process has open."""
    with (ROOT / "README.md").open() as file:
        os.set_inheritable(file.fileno(), True)  # noqa: FBT003
        with SandboxExecutor(1, Limits(memory=700_000_000)) as pool:
            found = pool.submit(misbehaving.limits, 0).result()
    assert found["Max core file size"] == "0"
    assert found["Max file size"] == "1000000"
    assert found["oom"] == "1000"
    assert found["new privileges"] == "1"
    # Standard streams, its end of the line, and the folder that is being listed.
    assert found["open"] == "5"
    assert executor.submit(misbehaving.write, 900_000).result() == "written"
    assert executor.submit(misbehaving.write, 1_100_000).result() == "File too large"


def test_a_worker_is_replaced_after_its_share_of_tasks() -> None:
    """A ProcessPoolExecutor of one worker and without max_tasks_per_child keeps the same process for good."""
    with SandboxExecutor(1, Limits(tasks=3)) as pool:
        workers = list(pool.map(misbehaving.who, range(7)))
    assert len(set(workers[:3])) == len(set(workers[3:6])) == 1
    assert len(set(workers)) == 3


def test_a_worker_that_has_grown_is_replaced() -> None:
    """A ProcessPoolExecutor fails here: max_tasks_per_child counts tasks, and knows no memory."""
    with SandboxExecutor(1, Limits(memory=800_000_000)) as pool:
        workers = list(pool.map(misbehaving.keep, [1_000, 1_000, 400_000_000, 1_000, 1_000]))
    assert len(set(workers[:3])) == 1
    assert len(set(workers[3:])) == 1
    assert workers[0] != workers[3]


def test_workers_at_rest_take_no_memory_and_others_take_up_what_comes(executor: SandboxExecutor) -> None:
    worker = executor.submit(misbehaving.who, 0).result()
    executor.rest()
    wait_for_end(Path(f"/proc/{worker}"))
    assert executor.submit(misbehaving.who, 0).result() != worker


def test_what_stops_a_build_comes_through_a_worker_in_its_words(executor: SandboxExecutor) -> None:
    with pytest.raises(WorkerError, match=r"^outlets.toml: id 'afp' appears twice; ids are unique$"):
        executor.submit(misbehaving.refuse, 0).result()


def test_a_worker_that_can_not_start_says_why(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A ProcessPoolExecutor says that a process of the pool was terminated abruptly, and no more."""
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho 'no such library: libm' >&2\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(broken))
    with (
        SandboxExecutor(1, Limits()) as pool,
        pytest.raises(WorkerError, match=r"died before .*: no such library: libm"),
    ):
        pool.submit(misbehaving.who, 0).result()
    monkeypatch.setattr(sys, "executable", str(tmp_path / "nowhere"))
    with SandboxExecutor(1, Limits()) as pool, pytest.raises(WorkerError, match=r"can't be started: .*nowhere"):
        pool.submit(misbehaving.who, 0).result()


@pytest.mark.parametrize(
    "value",
    [ROW, [ROW, None, 1.5, "a", b"b", (True, {"k": [ROW]})], {1, 2}, frozenset("a"), bytearray(b"c")],
    ids=["record", "containers", "set", "frozenset", "bytearray"],
)
def test_data_comes_back_as_it_was(value: object) -> None:
    assert read_answer(pack(value)) == value


def test_sketches_come_back_as_they_were() -> None:
    texts = ["Envoys of the government and of the opposition met in Geneva on Wednesday.", "", "one"]
    sent = sketch_texts(texts)
    got = read_answer(pack(sent))
    for name in sent.__struct_fields__:
        assert np.array_equal(getattr(got, name), getattr(sent, name))
        assert getattr(got, name).dtype == getattr(sent, name).dtype


def test_an_answer_can_not_run_anything(executor: SandboxExecutor, tmp_path: Path) -> None:
    """A ProcessPoolExecutor fails here: it unpickles what a worker sends, and the file is there."""
    proof = tmp_path / "proof"
    with pytest.raises(WorkerError, match="system is not on the list of what a worker may answer with"):
        executor.submit(misbehaving.trap, str(proof)).result()
    assert not proof.exists()
    assert pickle.loads(pickle.dumps(misbehaving.Trap(str(proof)))) == 0  # noqa: S301  the trap is one
    assert proof.exists()


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\x80\x05.",
        pack(ROW)[:-9],
        b"cos\nsystem\n(S'true'\ntR.",
        b"cpeacetalks.pipeline\nbuild\n.",  # a function of ours
        b"cpeacetalks.record\nExcluded.__init__\n.",
        b"cpeacetalks.record\nExcluded\n}S'__init__'\nNs\x86b.",
        b"cpeacetalks.record\nExcluded\nN}S'__init__'\nNs\x86b.",  # an attribute of the type itself
        b"cpeacetalks.cli\nmain\n)R.",
        b"cbuiltins\neval\n.",
        b"cnumpy\ndtype\n(S'O'\ntR.",
        b"cantigravity\nx\n.",
    ],
)
def test_what_is_no_data_is_refused(answer: bytes) -> None:
    before = set(sys.modules)
    with pytest.raises(WorkerError, match="no data"):
        read_answer(answer)
    assert set(sys.modules) == before
    assert Excluded(id="1" * 16, source="b", reason="empty", detail="").source == "b"


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's promise")
@pytest.mark.parametrize("deed", ["do-nothing", "do-hang"])
def test_a_worker_does_not_outlive_who_started_it(deed: str) -> None:
    """The workers of a ProcessPoolExecutor whose process is killed in mid-task end with their task, or never."""
    program = f"""
        import sys, time
        from pathlib import Path
        sys.path.insert(0, {str(ROOT / "tests")!r})
        import misbehaving
        from peacetalks.capture.formats import Format
        from peacetalks.capture.pages import PageFile
        from peacetalks.engine.executors import SandboxExecutor
        from peacetalks.engine.limits import Limits
        from peacetalks.engine.tasks import PerPage, join_lists
        page = PageFile(data=b"{deed}", source="a", format=Format("text"))
        pool = SandboxExecutor(1, Limits())
        print(pool.submit(misbehaving.who, 0).result(), flush=True)
        pool.submit(PerPage(misbehaving.outcomes, join_lists), [page])
        time.sleep(1000)
    """
    process = subprocess.Popen([sys.executable, "-c", textwrap.dedent(program)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    with process, process.stdout:
        worker = Path(f"/proc/{int(process.stdout.readline())}")
        assert worker.exists()
        time.sleep(0.5)
        process.kill()
    wait_for_end(worker)


def wait_for_end(process: Path) -> None:
    """Return once a process is gone; the test's own time is no part of what is promised."""
    for _ in range(600):
        try:
            if process.joinpath("stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return
        except OSError:
            return
        time.sleep(0.1)
    raise AssertionError(f"{process} is still there")
