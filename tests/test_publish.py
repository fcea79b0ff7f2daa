"""Publishing: to a folder, an object store and the Hub, each a real service on loopback; cut at every upload."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from conftest import ROOT, build_seeds
from faults.table import Record, times
from peacetalks.errors import BuildError, InputError, ReleaseError
from peacetalks.release.manifest import NAME, SEAL, list_files, read_manifest
from peacetalks.release.publish import find_withheld, publish_release
from peacetalks.release.sending import send_folder
from peacetalks.release.standoff import write_standoff
from peacetalks.release.validate import validate_release
from servers.loopback import Cut, serve

pytestmark = pytest.mark.usefixtures("_no_shared_cache")

TOKEN = "hf_" + "canary" * 6


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def small(release: Path, tmp_path: Path) -> Path:
    """A release with few files, for tests that send it again and again; its manifest is that of the whole one."""
    folder = Path(shutil.copytree(release, tmp_path / "small"))
    for name in ("schema", "figures", "data/segments", "data/mentions", "data/temporal", "data/outlets"):
        shutil.rmtree(folder / name)
    return folder


def test_a_full_edition_goes_out_as_stand_off_unless_the_rights_are_there(release: Path, tmp_path: Path) -> None:
    assert find_withheld(release) == {"all-rights-reserved": 4, "unknown": 1}
    planned = publish_release(release, str(tmp_path / "plan"), has_rights=False, dry_run=True)
    assert (planned.edition, planned.sent[-1], (tmp_path / "plan").exists()) == ("standoff", NAME, False)
    done = publish_release(release, str(tmp_path / "bare"), has_rights=False, dry_run=False)
    assert done.edition == "standoff"
    assert validate_release(tmp_path / "bare" / release.name) == []
    full = publish_release(release, str(tmp_path / "full"), has_rights=True, dry_run=False)
    assert (full.edition, full.withheld) == ("full", {})
    assert files(tmp_path / "full" / release.name) == files(release)


def test_texts_that_are_free_to_pass_on_are_not_withheld(release: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(release, tmp_path / release.name))
    for path in (copy / "data/articles").iterdir():
        table = pq.read_table(path)
        for column, value in (("rights", "public-domain"), ("agency", None)):
            field = table.schema.field(column)
            at = table.schema.get_field_index(column)
            table = table.set_column(at, field, pa.array([value] * len(table), field.type))
        pq.write_table(table, path)
    assert find_withheld(copy) == {}


def test_a_release_with_findings_is_not_published(release: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(release, tmp_path / release.name))
    (copy / "stray.txt").write_text("x")
    with pytest.raises(ReleaseError, match=r"1 findings, the first files-exact: .* nothing was published"):
        publish_release(copy, str(tmp_path / "out"), has_rights=True, dry_run=False)
    assert not (tmp_path / "out").exists()


def test_a_folder_gets_every_byte_once_and_another_release_is_never_overwritten(release: Path, tmp_path: Path) -> None:
    address = f"{tmp_path}/out/{release.name}"
    sent, already = send_folder(release, address, dry_run=False)
    assert (set(sent), already) == (set(files(release)), False)
    assert sent[-1] == NAME
    assert send_folder(release, address, dry_run=False) == ([], True)
    other = write_standoff(release, tmp_path / "standoff")
    with pytest.raises(ReleaseError, match="another release of this version is there"):
        send_folder(other, address, dry_run=False)
    assert files(Path(address)) == files(release)
    (Path(address) / "README.md").write_text("touched")
    with pytest.raises(ReleaseError, match=r"README\.md differ: somebody has touched it"):
        send_folder(release, address, dry_run=False)


def test_a_folder_that_was_cut_at_any_file_is_finished_by_the_next_run(
    small: Path, tmp_path: Path, fault: Record
) -> None:
    """With the manifest first, a reader would take each of these for a release."""
    names = [*list_files(small), SEAL, NAME]
    for arrived, half in enumerate(names):
        address = tmp_path / f"cut-{arrived}"
        for name in names[: arrived + 1]:
            (address / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(small / name, address / name)
        (address / half).write_bytes((small / half).read_bytes()[:7])
        sent, already = send_folder(small, str(address), dry_run=False)
        assert (sent, already) == (names[arrived:], False)
        assert files(address) == files(small)
    fault("F14", "publishing to a folder cut in the middle of a file", len(names), "no manifest; the next run ends it")


def test_a_folder_that_cannot_be_made_is_one_message(small: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(ReleaseError, match=r"the store refused .*File exists"):
        send_folder(small, f"{tmp_path}/file/out", dry_run=False)


@pytest.mark.parametrize(
    "address",
    ["memory://there", "ftp://127.0.0.1:9/x", "github://a:b@c/x", "zip::file://x", "s3::file:///x", "sftp://h/x"],
)
def test_nothing_is_published_but_to_a_closed_list_of_stores(small: Path, address: str) -> None:
    with pytest.raises(InputError, match="nothing is published there; name a folder"):
        send_folder(small, address, dry_run=False)


def test_no_secret_of_an_address_is_shown(small: Path) -> None:
    with pytest.raises((ReleaseError, InputError)) as caught:
        send_folder(small, "ftp://someone:canary@127.0.0.1:9/x", dry_run=False)
    assert "canary" not in str(caught.value)
    assert "127.0.0.1:9" in str(caught.value)


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cut]:
    """A bucket on a real object store server, whose writes can be cut off."""
    pytest.importorskip("s3fs", reason="publishing to an object store needs the extra s3")
    server = pytest.importorskip("moto.server", reason="the object store server is moto's")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "loopback")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "loopback")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    app = Cut(server.DomainDispatcherApplication(server.create_backend_app), lambda e: e["REQUEST_METHOD"] == "PUT")
    import s3fs

    with serve(app) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        s3fs.S3FileSystem.clear_instance_cache()
        urlopen(Request(f"{url}/moto-api/reset", method="POST")).close()  # noqa: S310  the buckets are the process's
        s3fs.S3FileSystem(skip_instance_cache=True).mkdir("peacetalks")
        app.seen = 0
        yield app
        s3fs.S3FileSystem.clear_instance_cache()


def bucket(name: str = "peacetalks") -> dict[str, bytes]:
    import s3fs

    fs = s3fs.S3FileSystem(skip_instance_cache=True)
    root = f"{name}/corpus/0.1.0"
    return {path.removeprefix(f"{root}/"): fs.cat_file(path) for path in fs.find(root)}


def test_an_object_store_gets_data_first_and_the_manifest_last_and_survives_a_cut_at_every_upload(
    small: Path, store: Cut, fault: Record
) -> None:
    """With the manifest first, a reader would take each of these for a release."""
    address = "s3://peacetalks/corpus/0.1.0"
    wanted = files(small)
    uploads = len(wanted) + 1  # the claim comes before all, and goes when the manifest is there
    cuts = range(times(1, 5), uploads, times(1, 5))
    for arrived in cuts:
        store.left = cuts.step
        with pytest.raises(ReleaseError, match=r"the store refused .*(Forbidden|denied|403)"):
            send_folder(small, address, dry_run=False)
        assert NAME not in bucket()
        assert store.seen == arrived
    store.left = cuts.step
    sent, was_there = send_folder(small, address, dry_run=False)
    assert (sent[-1], was_there) == (NAME, False)
    store.left = None
    assert bucket() == wanted
    assert send_folder(small, address, dry_run=False) == ([], True)
    assert store.seen == uploads
    (small / NAME).write_bytes(b"another")
    with pytest.raises(ReleaseError, match="another release of this version is there"):
        send_folder(small, address, dry_run=False)
    assert bucket() == wanted
    fault("F14", "publishing to an object store cut at an upload", len(cuts), "no manifest; the next run ends it")


@pytest.fixture
def other(small: Path, tmp_path: Path) -> Path:
    """Another release of that version, each of whose files differs."""
    folder = Path(shutil.copytree(small, tmp_path / "other"))
    for path in (folder / name for name in files(small)):
        path.write_bytes(b"another" + path.read_bytes())
    return folder


def send_at_once(folders: list[Path], address: str) -> list[BaseException]:
    """Send releases to an address in a thread each; return what those that failed were told."""
    with ThreadPoolExecutor(len(folders)) as pool:
        sent = [pool.submit(send_folder, folder, address, dry_run=False) for folder in folders]
    return [error for one in sent if (error := one.exception())]


@pytest.mark.usefixtures("store")
def test_of_two_releases_that_are_sent_to_an_object_store_at_once_one_arrives(
    small: Path, other: Path, fault: Record
) -> None:
    """Where each only looks for a manifest first, files of two mix."""
    import s3fs

    s3 = s3fs.S3FileSystem(skip_instance_cache=True)
    rounds = times(10, 3)
    for number in range(rounds):
        s3.mkdir(f"peacetalks-{number}")
        told = send_at_once([small, other, small], f"s3://peacetalks-{number}/corpus/0.1.0")
        assert all(isinstance(error, ReleaseError) for error in told)
        assert all("another release of this version is" in str(error) for error in told)
        assert bucket(f"peacetalks-{number}") in (files(small), files(other))
    fault("F10", "3 sending to an object store at once, 2 of one release and 1 of another", rounds, "one as a whole")


def test_of_two_releases_that_are_sent_to_a_folder_at_once_one_arrives(
    small: Path, other: Path, tmp_path: Path, fault: Record
) -> None:
    """Where each only looks for a manifest first, files of two mix."""
    rounds = times(50, 10)
    for number in range(rounds):
        told = send_at_once([small, other, small], f"{tmp_path}/there-{number}/0.1.0")
        assert all(isinstance(error, BuildError | ReleaseError) for error in told)
        assert all("locked by another" in str(error) or "another release of" in str(error) for error in told)
        assert files(tmp_path / f"there-{number}" / "0.1.0") in (files(small), files(other))
    fault("F10", "3 sending to a folder at once, 2 of one release and 1 of another", rounds, "one as a whole")


def test_a_release_whose_sending_was_cut_keeps_its_place_from_another_one(small: Path, other: Path, store: Cut) -> None:
    import s3fs

    address = "s3://peacetalks/corpus/0.1.0"
    store.left = 3
    with pytest.raises(ReleaseError, match="the store refused"):
        send_folder(small, address, dry_run=False)
    store.left, there = None, bucket()
    with pytest.raises(ReleaseError, match=r"is being sent there, or was until a cut; .* remove \.publishing there"):
        send_folder(other, address, dry_run=False)
    assert bucket() == there
    s3fs.S3FileSystem(skip_instance_cache=True).rm_file("peacetalks/corpus/0.1.0/.publishing")
    send_folder(other, address, dry_run=False)
    assert bucket() == files(other)


def test_a_store_without_credentials_is_one_message(release: Path, tmp_path: Path) -> None:
    pytest.importorskip("s3fs", reason="publishing to an object store needs the extra s3")
    bare = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    done = subprocess.run(
        [sys.executable, "-m", "peacetalks", "publish", str(release), "s3://peacetalks/corpus"],
        env=bare | {"AWS_EC2_METADATA_DISABLED": "true", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "s3://peacetalks/corpus/0.1.0: the store refused (NoCredentialsError" in done.stderr.replace("\n", " ")
    assert "Traceback" not in done.stderr


def test_an_address_that_nothing_can_open_is_wrong_use(release: Path) -> None:
    with pytest.raises(InputError, match="gopher"):
        send_folder(release, "gopher://somewhere/x", dry_run=False)


def hub_command(url: str, *words: str, home: Path) -> subprocess.CompletedProcess[str]:
    """Run Python in a process of its own: the client reads its address and token when it is imported."""
    environment = {
        **os.environ,
        "HF_ENDPOINT": url,
        "HF_HUB_OFFLINE": "0",
        "HF_TOKEN": TOKEN,
        "HF_HOME": str(home),
        "HF_DEBUG": "1",  # the client logs each request: the token must not be in it
        "HF_HUB_DISABLE_XET": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    }
    return subprocess.run(
        [sys.executable, *words], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


def publish_by_command(url: str, release: Path, *options: str, home: Path) -> subprocess.CompletedProcess[str]:
    words = ("-m", "peacetalks", "publish", str(release), "hf://datasets/someone/peacetalks", *options)
    return hub_command(url, *words, home=home)


@pytest.fixture
def hub() -> Iterator[tuple[Any, Cut, str]]:
    pytest.importorskip("flask", reason="the Hub's server is written with flask")
    from servers.hub import Hub

    found = Hub()
    cut = Cut(found.app, lambda e: e["REQUEST_METHOD"] in ("POST", "PUT"))
    with serve(cut) as url:
        yield found, cut, url


def test_the_hub_gets_one_commit_and_a_tag_and_no_log_has_the_token(
    release: Path, tmp_path: Path, hub: tuple[Any, Cut, str]
) -> None:
    server, _, url = hub
    done = publish_by_command(url, release, "--i-have-the-rights", home=tmp_path)
    assert done.returncode == 0, done.stderr[-3000:]
    assert server.files("someone/peacetalks", f"v{release.name}") == files(release) | {".gitattributes": b""}
    commits = [line for line in server.log if "/commit/" in line]
    assert len(commits) == 1
    assert [line for line in server.log if "/tag/" in line] == server.log[-1:]
    assert server.tokens == {f"Bearer {TOKEN}"}
    assert TOKEN not in done.stdout + done.stderr
    again = publish_by_command(url, release, "--i-have-the-rights", "--json", home=tmp_path)
    assert json.loads(again.stdout)["already_there"] is True
    assert len([line for line in server.log if "/commit/" in line]) == 1
    bare = publish_by_command(url, release, home=tmp_path)
    assert (bare.returncode, "is on another release" in bare.stderr) == (2, True)
    assert server.files("someone/peacetalks", f"v{release.name}")[NAME] == (release / NAME).read_bytes()


def test_a_later_version_on_the_hub_leaves_no_file_of_an_older_one_and_the_old_tag_stays(
    release: Path, tmp_path: Path, hub: tuple[Any, Cut, str]
) -> None:
    server, _, url = hub
    captures = tmp_path / "captures"
    shutil.copytree(ROOT / "seeds" / "captures", captures)
    sorted(captures.iterdir())[0].unlink()
    later = build_seeds(tmp_path / "corpus", "0.2.0", captures=captures).path
    program = """
import sys
from pathlib import Path
from peacetalks.release.hub import publish_to_hub
for folder in sys.argv[1:]:
    publish_to_hub(Path(folder), "someone/peacetalks")
"""
    done = hub_command(url, "-c", program, str(release), str(later), home=tmp_path)
    assert done.returncode == 0, done.stderr[-3000:]
    assert server.files("someone/peacetalks") == files(later) | {".gitattributes": b""}
    assert server.files("someone/peacetalks", f"v{release.name}") == files(release) | {".gitattributes": b""}


def test_a_cut_at_any_request_to_the_hub_leaves_the_old_state_or_the_new_one_and_the_next_run_ends_it(
    small: Path, tmp_path: Path, fault: Record
) -> None:
    """A commit a file, as uploads one by one make them, leaves a part of a release at most of these cuts."""
    program = f"""
import sys
sys.path.insert(0, {str(ROOT / "tests")!r})
from pathlib import Path
from servers.hub import Hub
from servers.loopback import Cut, serve
import os
hub = Hub()
cut = Cut(hub.app, lambda e: e["REQUEST_METHOD"] in ("POST", "PUT"))
with serve(cut) as url:
    os.environ.update(HF_ENDPOINT=url)
    from peacetalks.errors import ReleaseError
    from peacetalks.release.hub import publish_to_hub
    folder = Path({str(small)!r})
    wanted = {{p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}}
    allowed, states = 0, []
    while True:
        hub.repositories.clear(); hub.large.clear()
        cut.left = allowed
        try:
            publish_to_hub(folder, "someone/peacetalks")
            break
        except ReleaseError:
            pass
        there = set(hub.files("someone/peacetalks")) - {{".gitattributes"}} if hub.repositories else set()
        assert there in (set(), wanted), there
        states.append(bool(there))
        cut.left = None
        publish_to_hub(folder, "someone/peacetalks")
        assert set(hub.files("someone/peacetalks", "v0.1.0")) - {{".gitattributes"}} == wanted
        allowed += 1
    print(allowed, sum(states))
"""
    done = hub_command("http://127.0.0.1:9", "-c", program, home=tmp_path)
    assert done.returncode == 0, done.stderr[-3000:]
    cuts, committed = map(int, done.stdout.split())
    parquet = len(list(small.rglob("*.parquet")))
    assert cuts >= parquet + 4  # create, preupload, batch, each large file, commit, tag
    assert committed == 1  # between commit and tag
    assert TOKEN not in done.stdout + done.stderr
    fault("F14", "publishing to the Hub cut at a request", cuts, "all files or none; the next run ends it")


def test_the_hub_is_asked_by_owner_and_name(release: Path) -> None:
    from peacetalks.release.hub import publish_to_hub

    with pytest.raises(InputError, match="expected hf://datasets/OWNER/NAME"):
        publish_to_hub(release, "only-a-name")
    assert read_manifest(release).edition == "full"


def test_a_hub_that_is_not_reached_is_one_message(release: Path) -> None:
    with pytest.raises(
        ReleaseError, match=r"example/peacetalks: the Hub was not reached \(\w+\); check the connection"
    ):
        publish_release(release, "hf://datasets/example/peacetalks", has_rights=False, dry_run=True)
