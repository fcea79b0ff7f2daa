import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from peacetalks.errors import ReleaseError
from peacetalks.release.manifest import NAME
from peacetalks.release.parquet import write_table
from peacetalks.release.validate import CHECKS, validate_release

ARTICLES = "data/articles/train-00000-of-00001.parquet"
MENTIONS = "data/mentions/train-00000-of-00001.parquet"
SEGMENTS = "data/segments/train-00000-of-00001.parquet"


@pytest.fixture
def copy(release: Path, tmp_path: Path) -> Path:
    """A release that a test may damage."""
    return Path(shutil.copytree(release, tmp_path / release.name))


def rewrite(path: Path, change: Callable[[pa.Table], pa.Table]) -> None:
    write_table(change(pq.read_table(path)), path)


def replace(column: str, value: object) -> Callable[[pa.Table], pa.Table]:
    """Return a change that puts a value into the first row of a column."""

    def change(table: pa.Table) -> pa.Table:
        values = [value, *table[column].to_pylist()[1:]]
        field = table.schema.field(column)
        return table.set_column(table.schema.get_field_index(column), field, pa.array(values, field.type))

    return change


def first_mention(**changes: object) -> Callable[[pa.Table], pa.Table]:
    def change(table: pa.Table) -> pa.Table:
        mentions = table["mentions"].to_pylist()
        mentions[0][0].update(changes)
        return replace("mentions", mentions[0])(table)

    return change


def edit_manifest(copy: Path, change: Callable[[dict[str, object]], None]) -> None:
    manifest = json.loads((copy / NAME).read_text("utf-8"))
    change(manifest)
    (copy / NAME).write_text(json.dumps(manifest), "utf-8")


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 3] ^= 0x10
    path.write_bytes(data)


def move_row(copy: Path) -> None:
    train, test = copy / ARTICLES, copy / ARTICLES.replace("train", "test")
    row = pq.read_table(train).slice(0, 1)
    write_table(pa.concat_tables([pq.read_table(test), row]).sort_by("id"), test)


DAMAGE: dict[str, Callable[[Path], object]] = {
    "files-exact": lambda copy: (copy / "stray.tmp").write_bytes(b"x"),
    "file-hash": lambda copy: (copy / "DATASHEET.md").write_text("other", "utf-8"),
    "names-safe": lambda copy: (
        (copy / ARTICLES).rename(copy / "data/articles/train-1.parquet")
        and edit_manifest(copy, lambda m: m["files"].update({"../escape": m["files"][ARTICLES]}))
    ),  # type: ignore[attr-defined, index]
    "parquet-open": lambda copy: flip(copy / SEGMENTS),
    "manifest-version": lambda copy: edit_manifest(copy, lambda m: m.update(version="0.1")),
    "schema-exact": lambda copy: rewrite(
        copy / ARTICLES, lambda t: t.append_column("more", pa.nulls(len(t), pa.string()))
    ),
    "row-counts": lambda copy: rewrite(copy / MENTIONS, lambda t: t.slice(1)),
    "table-digest": lambda copy: rewrite(copy / ARTICLES, replace("title", "Another headline")),
    "card-agrees": lambda copy: (copy / "README.md").write_text(
        (copy / "README.md").read_text("utf-8").replace("split: test\n", "split: tset\n", 1), "utf-8"
    ),
    "record-valid": lambda copy: rewrite(copy / ARTICLES, replace("published_basis", "guess")),
    "id-unique": lambda copy: rewrite(copy / ARTICLES, lambda t: pa.concat_tables([t.slice(0, 1), t])),
    "sorted": lambda copy: rewrite(copy / ARTICLES, lambda t: t.take(list(reversed(range(len(t)))))),
    "reconcile": lambda copy: rewrite(copy / ARTICLES, lambda t: t.slice(1)),
    "dates-in-range": lambda copy: rewrite(copy / ARTICLES, replace("published_basis", "none")),
    "text-clean": lambda copy: rewrite(copy / ARTICLES, replace("captions", ["Itâ€™s a caption"])),
    "spans-valid": lambda copy: rewrite(copy / ARTICLES, first_mention(start=1)),
    "audit-rebuild": lambda copy: rewrite(copy / SEGMENTS, lambda t: t.slice(1)),
    "refs": lambda copy: rewrite(copy / ARTICLES, replace("outlet", "no-such-outlet")),
    "splits-no-leak": move_row,
}


def test_a_sound_release_has_no_findings(release: Path) -> None:
    assert validate_release(release) == []


@pytest.mark.parametrize("check", list(CHECKS))
def test_each_check_finds_the_release_that_it_is_for(copy: Path, check: str) -> None:
    DAMAGE[check](copy)
    assert check in {finding.check for finding in validate_release(copy)}


def test_a_flipped_byte_is_found_in_every_file(copy: Path) -> None:
    for path in sorted(copy.rglob("*")):
        if path.is_file() and path.name != NAME:
            sound = path.read_bytes()
            flip(path)
            assert validate_release(copy), path.name
            path.write_bytes(sound)
    assert validate_release(copy) == []


def test_a_folder_without_a_manifest_is_no_release(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match=r"no manifest\.json, so this is no release"):
        validate_release(tmp_path)
