"""Versions: what changed is told row by row, a number that is too small is refused, and no release is ever touched."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from msgspec import structs

from conftest import CAPTURES, GOLD, ROOT, build_seeds
from peacetalks.capture.gold import read_gold
from peacetalks.capture.inputs import find_files
from peacetalks.errors import InputError, ReleaseError
from peacetalks.evaluate.report import score_gold
from peacetalks.rebuild import rebuild_release
from peacetalks.release.manifest import NAME, SEAL, read_manifest, write_manifest
from peacetalks.release.opened import open_release
from peacetalks.release.standoff import write_standoff
from peacetalks.release.validate import CHECKS, validate_release
from peacetalks.release.versions import diff_tables, read_tables, smallest_legal
from release_rows import write_table

pytestmark = pytest.mark.usefixtures("_no_shared_cache")

# The digests of every release from 1.0.0 on, by version: that of the seal, which is that of the manifest, which has
# those of all files. A line is added with each release, and none is ever changed.
RELEASED: dict[str, str] = json.loads((ROOT / "tests" / "cases" / "released.json").read_text("utf-8"))


def altered(corpus: Path, released: dict[str, str]) -> list[str]:
    """Return the versions of which a file is not as it was released, or is gone, or was not recorded."""
    stable = {path.parent.name for path in corpus.glob(f"*/{NAME}") if int(path.parent.name.split(".")[0]) > 0}
    return [version for version in sorted(stable | released.keys()) if not _is_as(corpus / version, released)]


def _is_as(folder: Path, released: dict[str, str]) -> bool:
    digest = released.get(folder.name)
    if digest is None or not (folder / SEAL).exists() or (folder / SEAL).read_text("utf-8").split()[0] != digest:
        return False
    release = open_release(folder)
    return not [*CHECKS["files-exact"].run(release), *CHECKS["file-hash"].run(release)]


def test_every_release_is_as_it_was_released() -> None:
    assert altered(ROOT / "corpus", RELEASED) == []


@pytest.fixture(scope="module")
def stable(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release 1.0.0 of four of the seeds; tests that change something copy it first."""
    folder = tmp_path_factory.mktemp("stable")
    shutil.copytree(CAPTURES, folder / "captures")
    shutil.move(sorted((folder / "captures").iterdir())[0], folder / "later.txt")
    return build_seeds(folder / "corpus", "1.0.0", captures=folder / "captures").path


@pytest.fixture
def corpus(stable: Path, tmp_path: Path) -> Path:
    shutil.copytree(stable.parent, tmp_path / "corpus")
    shutil.copytree(stable.parent.parent / "captures", tmp_path / "captures")
    shutil.copy(stable.parent.parent / "later.txt", tmp_path / "later.txt")
    return tmp_path / "corpus"


def test_a_release_that_was_touched_is_found(corpus: Path) -> None:
    folder = corpus / "1.0.0"
    released = {"1.0.0": (folder / SEAL).read_text("utf-8").split()[0]}
    assert altered(corpus, released) == []
    assert altered(corpus, {}) == ["1.0.0"]
    card = folder / "README.md"
    sound = card.read_bytes()
    card.write_bytes(sound + b"\n")
    assert altered(corpus, released) == ["1.0.0"]
    card.write_bytes(sound)
    manifest = folder / NAME
    manifest.write_bytes(manifest.read_bytes().replace(b'"peacetalks"', b'"peacetalk5"', 1))
    (folder / SEAL).write_text(f"{'0' * 64}  {NAME}\n")
    assert altered(corpus, released) == ["1.0.0"]
    shutil.rmtree(folder)
    assert altered(corpus, released) == ["1.0.0"]


def test_building_a_stable_version_again_touches_nothing(corpus: Path) -> None:
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in corpus.rglob("*") if path.is_file()}
    # As another version of the program would have written it: a stable release stays as it is.
    (corpus / "1.0.0" / "README.md").write_bytes(b"another card\n")
    before[corpus / "1.0.0" / "README.md"] = _state(corpus / "1.0.0" / "README.md")
    again = build_seeds(corpus, "1.0.0", captures=corpus.parent / "captures")
    assert (again.state, again.differing) == ("same-rows", ["README.md"])
    assert {path: _state(path) for path in corpus.rglob("*") if path.is_file()} == before
    shutil.move(corpus.parent / "later.txt", corpus.parent / "captures" / "later.txt")
    other = build_seeds(corpus, "1.0.0", captures=corpus.parent / "captures")
    assert (other.state, other.smallest) == ("differs", "1.1.0")
    assert other.changes.startswith("articles: 1 added")
    assert {path: _state(path) for path in corpus.rglob("*") if path.is_file()} == before


def test_an_addition_is_minor_and_told_in_diff_and_changelog(corpus: Path) -> None:
    shutil.move(corpus.parent / "later.txt", corpus.parent / "captures" / "later.txt")
    with pytest.raises(ReleaseError, match=r"version 1\.0\.1 is too small: .*minor.*smallest legal version is 1\.1\.0"):
        build_seeds(corpus, "1.0.1", captures=corpus.parent / "captures")
    with pytest.raises(ReleaseError, match=r"version 0\.9\.0 is lower than 1\.0\.0"):
        build_seeds(corpus, "0.9.0", captures=corpus.parent / "captures")
    new = build_seeds(corpus, "1.1.0", captures=corpus.parent / "captures").path
    found = diff_tables(read_tables(corpus / "1.0.0"), read_tables(new))
    assert found.bump == "minor"
    assert len(found.tables["articles"].added) == 1
    assert not any(table.removed or table.corrected or table.moved for table in found.tables.values())
    changelog = (new / "CHANGELOG.md").read_text("utf-8")
    assert f"added 1: {found.tables['articles'].added[0]}" in changelog
    assert changelog.index("## 1.1.0") < changelog.index("## 1.0.0")
    assert read_manifest(new).parent == read_manifest(new).parent.__class__(
        version="1.0.0", digest=read_manifest(corpus / "1.0.0").digest
    )
    for version in ("1.0.0", "1.1.0"):
        assert validate_release(corpus / version) == []
    files = find_files([corpus.parent / "captures"])
    assert rebuild_release(new, files, read_gold(GOLD), score_gold) == []


def test_a_release_is_rebuilt_from_its_captures_byte_for_byte_and_a_difference_is_named(corpus: Path) -> None:
    files, gold = find_files([corpus.parent / "captures"]), read_gold(GOLD)
    assert rebuild_release(corpus / "1.0.0", files, gold, score_gold) == []
    (corpus / "1.0.0" / "LICENSE.md").write_text("other terms\n", "utf-8")
    assert [f.message for f in rebuild_release(corpus / "1.0.0", files, gold, score_gold)] == [
        "LICENSE.md: other bytes when it is built again"
    ]
    assert rebuild_release(corpus / "1.0.0", files[1:], gold, score_gold) != []


def test_a_rebuild_says_which_of_its_inputs_is_another_one(corpus: Path, tmp_path: Path) -> None:
    files, gold = find_files([corpus.parent / "captures"]), read_gold(GOLD)
    release = corpus / "1.0.0"
    (finding,) = rebuild_release(release, files, {}, score_gold)
    assert "it was built with gold, and none was given: name its folder with --gold" in finding.message
    (finding,) = rebuild_release(release, files, dict(list(gold.items())[1:]), score_gold)
    assert "the gold is not that of the manifest" in finding.message
    found = rebuild_release(release, files, gold, score_gold, ROOT / "tests/gazetteers/minsk")
    assert [f.message.split()[1] for f in found] == [
        "actors.toml",
        "catalogue.jsonl",
        "catalogue.toml",
        "conferences.toml",
        "topic.toml",
    ]
    first, *rest = rebuild_release(release, files[1:], gold, score_gold)
    assert "the captures are not those that it was built from" in first.message
    assert rest
    with pytest.raises(InputError, match="is a stand-off edition"):
        rebuild_release(write_standoff(release, tmp_path / "standoff"), files, gold, score_gold)


def test_a_rebuild_says_which_tool_is_another_one(corpus: Path) -> None:
    release = corpus / "1.0.0"
    manifest = read_manifest(release)
    older = {**manifest.provenance.made_with, "pyarrow": "1.2.3"}
    write_manifest(release, structs.replace(manifest, provenance=structs.replace(manifest.provenance, made_with=older)))
    found = rebuild_release(release, find_files([corpus.parent / "captures"]), read_gold(GOLD), score_gold)
    assert found[0].message.startswith("made with pyarrow 1.2.3, here is ")
    assert [f.message.partition(":")[0] for f in found[1:]] == [NAME, SEAL]


def test_a_rebuild_without_the_release_before_says_so(corpus: Path) -> None:
    shutil.move(corpus.parent / "later.txt", corpus.parent / "captures" / "later.txt")
    new = build_seeds(corpus, "1.1.0", captures=corpus.parent / "captures").path
    alone = Path(shutil.copytree(new, corpus.parent / "alone" / "1.1.0"))
    files = find_files([corpus.parent / "captures"])
    (finding,) = rebuild_release(alone, files, read_gold(GOLD), score_gold)
    assert "1.0.0: is not there, and 1.1.0 was built after it" in finding.message


def test_building_an_older_version_again_takes_nothing_from_the_ledger_or_the_card(tmp_path: Path) -> None:
    captures, corpus = tmp_path / "captures", tmp_path / "corpus"
    shutil.copytree(CAPTURES, captures)
    later = Path(shutil.move(sorted(captures.iterdir())[0], tmp_path / "later.txt"))
    build_seeds(corpus, "0.1.0", captures=captures)
    build_seeds(corpus, "0.2.0")
    before = {path: path.read_bytes() for path in corpus.rglob("*") if path.is_file()}
    assert build_seeds(corpus, "0.1.0", captures=captures).state == "identical"
    assert {path: path.read_bytes() for path in corpus.rglob("*") if path.is_file()} == before
    assert later.exists()


def test_a_cut_between_a_release_and_its_ledger_is_completed_by_the_next_build(corpus: Path) -> None:
    whole = {name: (corpus / name).read_bytes() for name in ("splits.csv", "README.md")}
    for name in whole:
        (corpus / name).unlink()
    assert build_seeds(corpus, "1.0.0", captures=corpus.parent / "captures").state == "identical"
    assert {name: (corpus / name).read_bytes() for name in whole} == whole


def test_a_ledger_that_was_lost_comes_from_the_newest_release(corpus: Path) -> None:
    ledger = (corpus / "splits.csv").read_text("utf-8")
    (corpus / "splits.csv").unlink()
    shutil.move(corpus.parent / "later.txt", corpus.parent / "captures" / "later.txt")
    build_seeds(corpus, "1.1.0", captures=corpus.parent / "captures")
    after = (corpus / "splits.csv").read_text("utf-8")
    assert after.startswith(ledger)
    assert len(after.splitlines()) == len(ledger.splitlines()) + 1


def test_a_ledger_that_contradicts_a_release_is_refused_by_build_and_found_by_validate(corpus: Path) -> None:
    path = corpus / "splits.csv"
    path.write_text(path.read_text("utf-8").replace(",test,", ",train,"), "utf-8")
    with pytest.raises(ReleaseError, match=r"is in train since 1\.0\.0, in that of 1\.0\.0 in test"):
        build_seeds(corpus, "1.0.1", captures=corpus.parent / "captures")
    shutil.copy(corpus / "1.0.0" / "splits.csv", path)
    new = build_seeds(corpus, "1.0.1", captures=corpus.parent / "captures").path
    rows = (new / "splits.csv").read_text("utf-8").splitlines(keepends=True)
    (new / "splits.csv").write_text("".join(rows[:-1]), "utf-8")
    assert any("a ledger only grows" in finding.message for finding in validate_release(new))


def test_a_version_below_one_that_the_ledger_knows_is_refused(corpus: Path) -> None:
    shutil.move(corpus.parent / "later.txt", corpus.parent / "captures" / "later.txt")
    shutil.rmtree(build_seeds(corpus, "1.1.0", captures=corpus.parent / "captures").path)
    with pytest.raises(ReleaseError, match=r"has articles since 1\.1\.0, so that 1\.0\.1 can't follow"):
        build_seeds(corpus, "1.0.1", captures=corpus.parent / "captures")


def _state(path: Path) -> tuple[bytes, int]:
    return path.read_bytes(), path.stat().st_mtime_ns


def _change(release: Path, tmp_path: Path, change: Callable[[Path], None]) -> Path:
    copy = Path(shutil.copytree(release, tmp_path / "changed"))
    change(copy)
    return copy


def _edit(copy: Path) -> None:
    path = copy / "data/articles/train-00000-of-00001.parquet"
    table = pq.read_table(path)
    field = table.schema.field("outlet")
    values = pa.array(["afp", *table["outlet"].to_pylist()[1:]], field.type)
    write_table(table.set_column(table.schema.get_field_index("outlet"), field, values), path)


def _move(copy: Path) -> None:
    train, test = (copy / f"data/articles/{split}-00000-of-00001.parquet" for split in ("train", "test"))
    rows = pq.read_table(train)
    write_table(pa.concat_tables([pq.read_table(test), rows.slice(0, 1)]), test)
    write_table(rows.slice(1), train)


def _drop(copy: Path) -> None:
    path = copy / "data/articles/train-00000-of-00001.parquet"
    write_table(pq.read_table(path).slice(1), path)


def _widen(copy: Path) -> None:
    for path in (copy / "data/articles").iterdir():
        table = pq.read_table(path)
        write_table(table.append_column("more", pa.nulls(len(table), pa.string())), path)


def _narrow(copy: Path) -> None:
    for path in (copy / "data/articles").iterdir():
        write_table(pq.read_table(path).drop_columns(["words"]), path)


@pytest.mark.parametrize(
    ("change", "bump", "legal"),
    [
        (_edit, "major", "2.0.0"),
        (_move, "major", "2.0.0"),
        (_drop, "major", "2.0.0"),
        (_narrow, "major", "2.0.0"),
        (_widen, "minor", "1.1.0"),
        (lambda _: None, "patch", "1.0.1"),
    ],
    ids=["edited", "moved", "removed", "column-gone", "column-added", "the-same"],
)
def test_each_kind_of_change_asks_for_its_version(
    release: Path, tmp_path: Path, change: Callable[[Path], None], bump: str, legal: str
) -> None:
    found = diff_tables(read_tables(release), read_tables(_change(release, tmp_path, change)))
    assert (found.bump, smallest_legal("1.0.0", found)) == (bump, legal)
    assert smallest_legal("0.1.0", found) == "0.1.1"


def test_a_correction_names_field_old_and_new_value(release: Path, tmp_path: Path) -> None:
    found = diff_tables(read_tables(release), read_tables(_change(release, tmp_path, _edit)))
    ((_, (correction,)),) = found.tables["articles"].corrected.items()
    assert (correction.field, correction.new) == ("outlet", "afp")
    found = diff_tables(read_tables(release), read_tables(_change(release, tmp_path / "b", _move)))
    assert list(found.tables["articles"].moved.values()) == [("train", "test")]
