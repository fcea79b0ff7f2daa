import datetime
import json
import random
import re
import shutil
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from msgspec import structs

from faults.table import Record, times
from peacetalks.errors import ReleaseError
from peacetalks.release import checks_text
from peacetalks.release.folder import release_digest
from peacetalks.release.manifest import NAME, SEAL, TableEntry, list_files, read_manifest, write_manifest
from peacetalks.release.validate import CHECKS, validate_release
from release_rows import digest_tables, write_table

ARTICLES = "data/articles/train-00000-of-00001.parquet"
CATALOGUE = "data/catalogue/train-00000-of-00001.parquet"
MENTIONS = "data/mentions/train-00000-of-00001.parquet"
RESIDUE = Path(checks_text.__file__).with_name("residue.toml")
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


def edit_manifest(copy: Path, change: Callable[[dict[str, Any]], object]) -> None:
    manifest = json.loads((copy / NAME).read_text("utf-8"))
    change(manifest)
    (copy / NAME).write_text(json.dumps(manifest), "utf-8")


def reseal(copy: Path) -> None:
    """Make the manifest tell the truth of the damaged files: a forger would, and only the checks of rows are left."""
    manifest = read_manifest(copy)
    entries = {}
    for name in manifest.tables:
        tables = {path.name.partition("-")[0]: pq.read_table(path) for path in (copy / "data" / name).iterdir()}
        rows = {split: len(tables[split]) for split in ("train", "validation", "test") if split in tables}
        entries[name] = TableEntry(digest=digest_tables(tables.values()), rows=rows)
    write_manifest(
        copy, structs.replace(manifest, tables=entries, digest=release_digest(entries), files=list_files(copy))
    )


def flip(path: Path, at: int | None = None, mask: int = 0x10) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 3 if at is None else at] ^= mask
    path.write_bytes(data)


def move_row(copy: Path) -> None:
    train, test = copy / ARTICLES, copy / ARTICLES.replace("train", "test")
    row = pq.read_table(train).slice(0, 1)
    write_table(pa.concat_tables([pq.read_table(test), row]).sort_by("id"), test)


def articles(column: str, value: object) -> Callable[[Path], object]:
    return lambda copy: rewrite(copy / ARTICLES, replace(column, value))


def records(column: str, value: object) -> Callable[[Path], object]:
    return lambda copy: rewrite(copy / CATALOGUE, replace(column, value))


def move_record(copy: Path) -> None:
    train, test = copy / CATALOGUE, copy / CATALOGUE.replace("train", "test")
    rows = pq.read_table(train)
    write_table(pa.concat_tables([pq.read_table(test), rows.slice(0, 1)]).sort_by("id"), test)
    write_table(rows.slice(1), train)


def take_down_record(copy: Path) -> None:
    record = pq.read_table(copy / CATALOGUE)["id"][0].as_py()
    (copy.parent / "takedowns.csv").write_text(f"digest,kind,since\n{record},article,0.1.0\n", "utf-8")


def edit_text(change: Callable[[str], str]) -> Callable[[Path], object]:
    def damage(copy: Path) -> None:
        text = pq.read_table(copy / ARTICLES)["text"][0].as_py()
        rewrite(copy / ARTICLES, replace("text", change(text)))

    return damage


def take_down(copy: Path) -> None:
    article = pq.read_table(copy / ARTICLES)["id"][0].as_py()
    (copy.parent / "takedowns.csv").write_text(f"digest,kind,since\n{article},article,0.1.0\n", "utf-8")


def change_parent(copy: Path) -> None:
    """Put a release before it whose content is no longer the one that it names."""
    parent = Path(shutil.copytree(copy, copy.parent / "0.0.9"))
    edit_manifest(parent, lambda m: m.update(version="0.0.9"))
    edit_manifest(copy, lambda m: m.update(parent={"version": "0.0.9", "digest": "0" * 64}))


# Damage that shows in the bytes, and damage that only the rows show: there the manifest is made to fit.
OF_BYTES: dict[str, Callable[[Path], object]] = {
    "files-exact": lambda copy: (copy / "stray.tmp").write_bytes(b"x"),
    "file-hash": lambda copy: (copy / "DATASHEET.md").write_text("other", "utf-8"),
    "parquet-open": lambda copy: flip(copy / SEGMENTS),
    "manifest-schema": lambda copy: edit_manifest(copy, lambda m: m.update(version="0.1")),
    "names-safe": lambda copy: edit_manifest(copy, lambda m: m["files"].update({"../escape": m["files"][ARTICLES]})),
    "row-counts": lambda copy: rewrite(copy / MENTIONS, lambda t: t.slice(1)),
    "drift-immutable": change_parent,
}
OF_ROWS: dict[str, Callable[[Path], object]] = {
    "schema-exact": lambda copy: rewrite(
        copy / ARTICLES, lambda t: t.append_column("more", pa.nulls(len(t), pa.string()))
    ),
    "reconcile": lambda copy: rewrite(copy / ARTICLES, lambda t: t.slice(1)),
    "id-unique": lambda copy: rewrite(copy / ARTICLES, lambda t: pa.concat_tables([t.slice(0, 1), t])),
    "sorted-deterministic": lambda copy: pq.write_table(pq.read_table(copy / ARTICLES), copy / ARTICLES),
    "required-not-null": articles("text", "\n"),
    "enums-ranges": articles("published_basis", "guess"),
    "utf8-nfc": edit_text(lambda text: f"{text}\n\ncafe\u0301"),
    "no-controls": edit_text(lambda text: f"{text}\u202e"),
    "clean-fixpoint": articles("captions", ["Itâ€™s a caption"]),
    "size-bounds": edit_text(lambda text: "\n\n".join([text.partition("\n")[0]] * 20)),
    "language-agrees": articles("language", "de"),
    "mojibake-chrome": edit_text(lambda text: f"{text}\n\nSign up for our newsletter"),
    "spans-valid": lambda copy: rewrite(copy / ARTICLES, first_mention(start=1)),
    "audit-rebuild": lambda copy: rewrite(copy / SEGMENTS, lambda t: t.slice(1)),
    "refs": articles("outlet", "no-such-outlet"),
    "splits-no-leak": move_row,
    "loadable": lambda copy: (copy / "README.md").write_text(
        (copy / "README.md").read_text("utf-8").replace("split: test\n", "split: tset\n", 1), "utf-8"
    ),
    "records": lambda copy: rewrite(copy / CATALOGUE, replace("url", "https://example.org/another-page")),
    "privacy-takedown-rights": take_down,
}


def found(copy: Path) -> set[str]:
    return {finding.check for finding in validate_release(copy)}


def test_a_sound_release_has_no_findings(release: Path) -> None:
    assert validate_release(release) == []


def test_there_are_twenty_six_checks_and_a_bad_release_for_each() -> None:
    assert len(CHECKS) == 26
    assert OF_BYTES.keys() | OF_ROWS.keys() == CHECKS.keys()


@pytest.mark.parametrize("check", OF_BYTES)
def test_each_check_of_bytes_finds_the_release_that_it_is_for(copy: Path, check: str) -> None:
    OF_BYTES[check](copy)
    assert check in found(copy)


@pytest.mark.parametrize("check", OF_ROWS)
def test_each_check_of_rows_finds_the_release_that_it_is_for_where_the_manifest_fits(copy: Path, check: str) -> None:
    OF_ROWS[check](copy)
    reseal(copy)
    seen = found(copy)
    assert check in seen
    assert seen.isdisjoint({"files-exact", "file-hash", "row-counts", "parquet-open"})


@pytest.mark.parametrize(
    ("check", "damage"),
    [
        ("enums-ranges", articles("published", datetime.date(1891, 3, 4))),
        ("enums-ranges", articles("published", datetime.date(2999, 3, 4))),
        ("enums-ranges", articles("language", "English")),
        (
            "sorted-deterministic",
            lambda copy: rewrite(copy / SEGMENTS, lambda t: t.take(list(range(len(t) - 1, -1, -1)))),
        ),
        ("no-controls", edit_text(lambda text: f"{text}\x07")),
        ("no-controls", edit_text(lambda text: text + "a" + "\u0323" * 40)),
        ("no-controls", edit_text(lambda text: f"{text} \ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd")),
        ("size-bounds", edit_text(lambda text: text + "x" * 200_000)),
        ("privacy-takedown-rights", edit_text(lambda text: f"{text}\n\nWrite to some.one@mail.example.org")),
        ("privacy-takedown-rights", edit_text(lambda text: f"{text}\n\nCall +41 22 917 00 00")),
        ("privacy-takedown-rights", edit_text(lambda text: f"{text}\n\nhf_{'a' * 34}")),
        ("records", records("conferences", ["geneva-99"])),
        ("records", records("series", ["no-series"])),
        ("records", records("agency", "nobody")),
        ("records", records("published_edtf", "1999")),
        ("records", records("article", "0" * 16)),
        ("records", records("cluster", "0" * 16)),
        ("records", articles("record", "0" * 16)),
        ("records", articles("published_basis", "catalogue")),
        ("records", move_record),
        ("enums-ranges", records("kind", "rumour")),
        ("privacy-takedown-rights", take_down_record),
        ("privacy-takedown-rights", articles("rights", "free for all")),
        ("splits-no-leak", lambda copy: rewrite(copy / ARTICLES, replace("cluster", cluster_in_test(copy)))),
        ("splits-no-leak", lambda copy: (copy / "splits.csv").write_text("article,split,since\n", "utf-8")),
        ("refs", articles("cluster", "0" * 16)),
        ("spans-valid", articles("conferences", ["geneva-2-2014", "vienna-2015"])),
    ],
)
def test_a_check_finds_its_other_faults_too(copy: Path, check: str, damage: Callable[[Path], object]) -> None:
    damage(copy)
    reseal(copy)
    assert check in found(copy)


def cluster_in_test(copy: Path) -> str:
    value = pq.read_table(copy / ARTICLES.replace("train", "test"))["cluster"][0].as_py()
    assert isinstance(value, str)
    return value


def test_a_release_of_a_later_format_is_not_read_wrongly(copy: Path) -> None:
    edit_manifest(copy, lambda m: m.update(format=2))
    assert "manifest-schema" in found(copy)


def drop(copy: Path, table: str, record: str, column: str) -> None:
    """Take a column from a table and from the schema that the release has of it, as one made earlier would be."""

    def change(schema: dict[str, Any]) -> None:
        del schema["$defs"][record]["properties"][column]
        required = schema["$defs"][record].get("required", [])
        schema["$defs"][record]["required"] = [name for name in required if name != column]

    rewrite_schema(table, change)(copy)
    for path in (copy / "data" / table).iterdir():
        rewrite(path, lambda t: t.drop_columns([column]) if column in t.column_names else drop_inside(t, column))


def drop_inside(table: pa.Table, column: str) -> pa.Table:
    kind = table.schema.field("mentions").type.value_type
    bare = pa.list_(pa.field("element", pa.struct([field for field in kind if field.name != column])))
    rows = [[{k: v for k, v in row.items() if k != column} for row in rows] for rows in table["mentions"].to_pylist()]
    at = table.schema.get_field_index("mentions")
    return table.set_column(at, pa.field("mentions", bare, nullable=False), pa.array(rows, bare))


def test_a_release_of_an_earlier_schema_is_judged_by_its_own(copy: Path) -> None:
    drop(copy, "conferences", "ConferenceRow", "venue")
    drop(copy, "conferences", "ConferenceRow", "outcome")
    drop(copy, "mentions", "MentionRow", "score")
    for table in ("articles", "temporal"):
        drop(copy, table, "Mention", "score")
        drop(copy, table, "Article", "published_evidence")
    reseal(copy)
    faults = validate_release(copy)
    # The card repeats the digests, and this test does not write it again.
    assert {finding.check for finding in faults} == {"loadable"}
    assert all("dataset_info" in fault.message or "digest of its rows" in fault.message for fault in faults)
    rewrite_schema("conferences", lambda s: s["$defs"]["ConferenceRow"]["properties"]["kind"].update(maxLength=3))(copy)
    reseal(copy)
    assert "enums-ranges" in found(copy)


def test_repairs_that_came_later_are_not_asked_of_an_older_release(copy: Path) -> None:
    OF_ROWS["clean-fixpoint"](copy)
    edit_manifest(copy, lambda m: m["provenance"]["made_with"].update(peacetalks="0.0.1"))
    reseal(copy)
    assert "clean-fixpoint" not in found(copy)


def test_a_column_that_means_something_else_is_no_earlier_schema(copy: Path) -> None:
    drop(copy, "outlets", "OutletRow", "rights")
    reseal(copy)
    faults = validate_release(copy)
    assert [fault.check for fault in faults] == ["schema-exact"]
    assert "rights is not what it is in format 1" in faults[0].message


@pytest.mark.parametrize("row", tomllib.loads(RESIDUE.read_text("utf-8"))["residue"], ids=lambda row: row["id"])
def test_each_pattern_of_residue_finds_its_example_and_leaves_the_other(row: dict[str, str]) -> None:
    assert re.search(row["pattern"], row["match"], re.MULTILINE)
    assert not re.search(row["pattern"], row["no_match"], re.MULTILINE)


def test_a_flipped_byte_of_any_file_is_a_finding(copy: Path, fault: Record) -> None:
    """A check that opens the tables alone misses most of these, and a flip in a page of Parquet as well."""
    chooser = random.Random(25)  # noqa: S311  where damage falls, not a secret
    flips = 0
    files = sorted(path for path in copy.rglob("*") if path.is_file())
    for path in files[:: times(1, 3)]:
        sound = path.read_bytes()
        places = [0, len(sound) - 1, *(chooser.randrange(len(sound)) for _ in range(5))]
        for at in places[-times(7, 1) :]:
            flip(path, at, chooser.choice((1, 2, 0x10, 0x80, 0xFF)))
            assert found(copy) & {"file-hash", "manifest-schema"}, path.name
            path.write_bytes(sound)
            flips += 1
    assert found(copy) == set()
    fault("F15", "a byte of a release flipped", flips, "found by `validate` each time")


def spoil(name: str, old: bytes, new: bytes) -> Callable[[Path], object]:
    def damage(copy: Path) -> None:
        sound = (copy / name).read_bytes()
        assert old in sound
        (copy / name).write_bytes(sound.replace(old, new, 1))

    return damage


def rewrite_schema(table: str, change: Callable[[dict[str, Any]], object]) -> Callable[[Path], object]:
    def damage(copy: Path) -> None:
        path = copy / "schema" / f"{table}.schema.json"
        schema = json.loads(path.read_text("utf-8"))
        change(schema)
        path.write_text(json.dumps(schema), "utf-8")

    return damage


def point_elsewhere(schema: dict[str, Any]) -> None:
    schema["$defs"]["OutletRow"]["properties"]["name"] = {"$ref": "http://127.0.0.1:9/a"}


# Damage that a forger's manifest vouches for: each has to end as a finding, none in a traceback.
FORGED: dict[str, tuple[str, Callable[[Path], object]]] = {
    "a ledger that is no text": ("splits-no-leak", spoil("splits.csv", b"article", b"articl\xff")),
    "a ledger with a nul": ("splits-no-leak", spoil("splits.csv", b"train", b"tr\x00in")),
    "a card whose YAML ends nowhere": ("loadable", spoil("README.md", b"pretty_name: ", b"pretty_name: '")),
    "a card of another shape": ("loadable", spoil("README.md", b"configs:", b"configs: {}\nother:")),
    "a card without counts": ("loadable", spoil("README.md", b"num_examples", b"num_exemples")),
    "a card that points out of its folder": ("loadable", spoil("README.md", b"path: data/", b"path: ../data/")),
    "a schema of unknown types": ("schema-exact", spoil("schema/outlets.schema.json", b'"string"', b'"strang"')),
    "a schema that is a list": ("schema-exact", lambda copy: (copy / "schema/outlets.schema.json").write_text("[]")),
    "a schema without records": ("schema-exact", rewrite_schema("outlets", lambda s: s.update({"$defs": []}))),
    "a schema that asks elsewhere": ("enums-ranges", rewrite_schema("outlets", point_elsewhere)),
    "a table that nobody knows": (
        "schema-exact",
        lambda copy: shutil.copytree(copy / "data/outlets", copy / "data/others"),
    ),
    "temporal splits with other words": (
        "refs",
        lambda copy: rewrite(copy / ARTICLES.replace("articles", "temporal"), replace("title", "Another")),
    ),
    "a score that is none": ("enums-ranges", lambda copy: rewrite(copy / ARTICLES, first_mention(score=float("nan")))),
    "a score above one": ("enums-ranges", lambda copy: rewrite(copy / ARTICLES, first_mention(score=1.5))),
    "evidence that is not there": ("enums-ranges", articles("published_evidence", [9999])),
    "another cut": (
        "splits-no-leak",
        lambda copy: edit_manifest(copy, lambda m: m["options"].update(cut="1999-01-01")),
    ),
}


@pytest.mark.parametrize("damage", FORGED)
def test_damage_that_the_manifest_vouches_for_is_a_finding(copy: Path, damage: str) -> None:
    check, change = FORGED[damage]
    change(copy)
    reseal(copy)
    assert check in found(copy)


def test_a_day_that_no_calendar_has_is_a_finding(copy: Path) -> None:
    path = copy / MENTIONS
    table = pq.read_table(path)
    days = pa.array([2**31 - 1] * len(table), pa.int32()).cast(pa.date32())
    at = table.schema.get_field_index("published")
    write_table(table.set_column(at, table.schema.field("published"), days), path)
    assert "parquet-open" in found(copy)


@pytest.mark.parametrize(
    "damage",
    [b"\xff", b'{"format": 2, "later": 1}', b'{"format": 1}', b"null", b"[" * 100_000],
    ids=["no text", "a later format", "no fields", "null", "a deep nest"],
)
def test_a_manifest_that_cannot_be_read_is_a_finding(copy: Path, damage: bytes) -> None:
    (copy / NAME).write_bytes(damage)
    (finding,) = validate_release(copy)
    assert finding.check == "manifest-schema"
    assert ("use a newer one" in finding.message) == (b'"format": 2' in damage)


def test_a_parent_that_is_no_version_is_a_finding_and_is_not_looked_up(copy: Path) -> None:
    edit_manifest(copy, lambda m: m.update(parent={"version": "../0.1.0", "digest": "0" * 64}))
    assert "manifest-schema" in found(copy)


def test_a_release_is_checked_from_inside_its_folder_with_what_stands_beside_it(
    copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_down(copy)
    monkeypatch.chdir(copy)
    assert "privacy-takedown-rights" in found(Path())


@pytest.mark.parametrize("name", [SEAL, "croissant.json", ".zenodo.json", ARTICLES])
def test_a_missing_file_is_found(copy: Path, name: str) -> None:
    (copy / name).unlink()
    assert found(copy) & {"files-exact", "file-hash"}


def test_a_folder_without_a_manifest_is_no_release(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match=r"no manifest\.json, so this is no release"):
        validate_release(tmp_path)


def test_rows_that_load_dataset_gives_but_does_not_stream_are_a_finding(
    release: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import datasets

    def load(*words: str, streaming: bool = False, **more: object) -> object:
        found = real(*words, streaming=streaming, **more)
        return {split: rows.take(1) for split, rows in found.items()} if streaming else found

    real = datasets.load_dataset
    monkeypatch.setattr(datasets, "load_dataset", load)
    found = validate_release(release)
    assert {finding.check for finding in found} == {"loadable"}
    assert "segments/train: load_dataset gives other rows than the file" in {finding.message for finding in found}
