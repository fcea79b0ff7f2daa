"""The edition without words: nothing can be read from it, and the reader's own captures bring everything back."""

import json
import re
import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from msgspec import Struct

from conftest import CAPTURES, build_seeds
from peacetalks.capture.inputs import find_files
from peacetalks.engine.work import read_captures
from peacetalks.errors import ReleaseError
from peacetalks.record import (
    Article,
    Capture,
    MentionRow,
    SegmentRow,
    StandoffArticle,
    StandoffMention,
    StandoffSegment,
)
from peacetalks.release.manifest import read_manifest
from peacetalks.release.rehydrate import Rehydrated, rehydrate
from peacetalks.release.standoff import write_standoff
from peacetalks.release.validate import validate_release

pytestmark = pytest.mark.usefixtures("_no_shared_cache")


@pytest.fixture(scope="module")
def standoff(release: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The stand-off edition of the release of the seeds."""
    return write_standoff(release, tmp_path_factory.mktemp("standoff"))


def put_back(standoff: Path, folder: Path, out: Path) -> Rehydrated:
    return rehydrate(standoff, [c for c in read_captures(find_files([folder])) if isinstance(c, Capture)], out)


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_stand_off_edition_is_sound_and_loads(standoff: Path) -> None:
    assert validate_release(standoff) == []
    manifest = read_manifest(standoff)
    assert manifest.edition == "standoff"
    assert manifest.full_digest != manifest.digest


def test_no_four_words_in_a_row_of_any_page_can_be_read_from_it(release: Path, standoff: Path) -> None:
    """Every run of four words of a capture is looked for in every cell, and in every other file, of the edition."""
    names = {word for row in _rows(standoff, "conferences") for word in _runs(json.dumps(row, default=str))}
    names |= {run for row in _rows(standoff, "outlets") for run in _runs(json.dumps(row, default=str))}
    raw = " ".join(row["raw"] for row in _rows(release, "segments"))
    secret = _runs(raw) - names
    assert len(secret) > 2000
    public = []
    for table in ("articles", "mentions", "segments", "temporal", "excluded"):
        public += [json.dumps(row, default=str, ensure_ascii=False) for row in _rows(standoff, table)]
    public += [
        path.read_text("utf-8") for path in standoff.rglob("*") if path.is_file() and path.suffix not in (".parquet",)
    ]
    # The metadata of the corpus itself, such as "the Syrian peace process", is nobody's sentence.
    ours = _runs((standoff / "DATASHEET.md").read_text("utf-8")) | _runs((standoff / "CITATION.cff").read_text("utf-8"))
    assert {run for text in public for run in _runs(text)} & secret - ours == set()


def test_it_holds_no_column_of_text(standoff: Path) -> None:
    for table in ("articles", "mentions", "segments", "temporal"):
        columns = set(pq.read_schema(next((standoff / "data" / table).iterdir())).names)
        assert columns.isdisjoint({"text", "raw", "clean", "surface", "sentence", "mentions"})


@pytest.mark.parametrize(
    ("full", "bare", "words"),
    [
        (Article, StandoffArticle, {"text", "mentions"}),
        (MentionRow, StandoffMention, {"surface", "sentence"}),
        (SegmentRow, StandoffSegment, {"raw", "clean"}),
    ],
)
def test_it_lacks_the_words_and_nothing_else(full: type[Struct], bare: type[Struct], words: set[str]) -> None:
    assert set(full.__struct_fields__) - set(bare.__struct_fields__) == words


def test_the_round_trip_of_the_seeds_gives_every_byte_of_the_release(
    release: Path, standoff: Path, tmp_path: Path
) -> None:
    done = put_back(standoff, CAPTURES, tmp_path)
    assert (len(done.recovered), done.changed, done.missing, done.identical) == (5, {}, [], True)
    assert files(done.path) == files(release)


def test_captures_under_other_names_give_the_same_articles(standoff: Path, tmp_path: Path) -> None:
    folder = tmp_path / "renamed"
    folder.mkdir()
    for n, path in enumerate(sorted(CAPTURES.iterdir(), reverse=True)):
        shutil.copy(path, folder / f"page-{n}.txt")
    assert put_back(standoff, folder, tmp_path / "out").identical


def test_a_page_that_changed_slightly_is_realigned_and_reported(release: Path, standoff: Path, tmp_path: Path) -> None:
    folder = tmp_path / "captures"
    shutil.copytree(CAPTURES, folder)
    path = sorted(folder.iterdir())[1]
    lines = path.read_text("utf-8").split("\n")
    lines[:0] = ["Subscribe to our newsletter", ""]
    spoken = [n for n, line in enumerate(lines) if len(line) > 100]
    lines[spoken[2]] = "The report was shortened here, and this line stands in for a paragraph that spoke of talks."
    path.write_text("\n".join(lines), "utf-8")
    done = put_back(standoff, folder, tmp_path / "out")
    ((name, change),) = done.changed.items()
    assert len(done.recovered) == 4
    assert (done.missing, done.identical) == ([], False)
    before = {row["id"]: row for row in _rows(release, "articles")}[name]
    after = {row["id"]: row for row in _rows(done.path, "articles")}[name]
    assert change.found == len(after["mentions"])
    assert change.found + change.lost == len(before["mentions"])
    assert change.found >= len(before["mentions"]) // 2
    assert "Subscribe" not in after["text"]
    for mention in after["mentions"]:
        field = after["text"] if mention["field"] == "text" else after["title"]
        assert field[mention["start"] : mention["end"]] == mention["surface"]
    links = {(m["surface"], m["conference"], m["series"]) for m in before["mentions"]}
    assert {(m["surface"], m["conference"], m["series"]) for m in after["mentions"]} <= links
    assert _evidence(done.path, name) == _evidence(release, name)
    faults = {finding.check for finding in validate_release(done.path)}
    assert faults <= {"language-agrees", "mojibake-chrome"}


@pytest.mark.parametrize("line", ["", "The same line, again and again, as often as a page can hold it."])
def test_a_page_that_is_flooded_with_equal_lines_costs_no_more_than_its_length(
    standoff: Path, tmp_path: Path, line: str
) -> None:
    """Comparing each with each of the article's takes the square of their number."""
    folder = tmp_path / "captures"
    shutil.copytree(CAPTURES, folder)
    path = sorted(folder.iterdir())[1]
    lines = path.read_text("utf-8").split("\n")
    flooded = [*lines[:3], *[line] * 20_000, *lines[3:8], *[lines[4]] * 5_000, *lines[8:]]
    path.write_text("\n".join(flooded), "utf-8")
    done = put_back(standoff, folder, tmp_path / "out")
    ((_, change),) = done.changed.items()
    assert change.found > 0
    assert len(done.recovered) == 4


def test_an_article_without_a_capture_is_missing_and_set_aside(standoff: Path, tmp_path: Path) -> None:
    folder = tmp_path / "captures"
    shutil.copytree(CAPTURES, folder)
    gone = sorted(folder.iterdir())[0]
    gone.unlink()
    done = put_back(standoff, folder, tmp_path / "out")
    assert len(done.missing) == 1
    (row,) = _rows(done.path, "excluded")
    assert (row["reason"], row["source"]) == ("missing-capture", gone.name)
    assert validate_release(done.path) == []


def test_another_page_is_not_taken_for_a_missing_one(standoff: Path, tmp_path: Path) -> None:
    folder = tmp_path / "captures"
    folder.mkdir()
    (folder / "other.txt").write_text("A headline\n\nAn article about something else altogether, in one line.\n")
    with pytest.raises(ReleaseError, match="none of the 1 captures is of any of its articles"):
        put_back(standoff, folder, tmp_path / "out")
    shutil.copy(sorted(CAPTURES.iterdir())[0], folder / "first.txt")
    done = put_back(standoff, folder, tmp_path / "out")
    assert (len(done.recovered), done.changed, len(done.missing)) == (1, {}, 4)


def test_neither_edition_is_taken_for_the_other_nor_written_over(release: Path, standoff: Path, tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match="is a stand-off edition already"):
        write_standoff(standoff, tmp_path)
    with pytest.raises(ReleaseError, match="is no stand-off edition"):
        put_back(release, CAPTURES, tmp_path)
    with pytest.raises(ReleaseError, match="never overwritten"):
        write_standoff(release, standoff.parent)


def test_a_takedown_removes_an_article_and_its_copies_leaves_a_tombstone_and_forces_a_major_version(
    tmp_path: Path,
) -> None:
    from peacetalks.release.takedown import take_down

    captures, corpus = tmp_path / "captures", tmp_path / "corpus"
    shutil.copytree(CAPTURES, captures)
    first = sorted(captures.iterdir())[0]
    (captures / "copy.txt").write_text(first.read_text("utf-8") + "\nA line more.\n", "utf-8")
    before = build_seeds(corpus, "1.0.0", captures=captures)
    clusters = {row["id"]: row["cluster"] for row in _rows(before.path, "articles")}
    named = next(row["id"] for row in _rows(before.path, "articles") if row["source"] == "copy.txt")
    gone, due = take_down(corpus, [named])
    assert due == "2.0.0"
    assert len(gone) == 2
    assert {clusters[name] for name in gone} == {clusters[named]}
    listed = (corpus / "takedowns.csv").read_text("utf-8")
    assert all(re.fullmatch(r"[0-9a-f]{16,64},(article|text),2\.0\.0", line) for line in listed.split()[1:])
    with pytest.raises(ReleaseError, match=r"version 1\.1\.0 is too small: .* smallest legal version is 2\.0\.0"):
        build_seeds(corpus, "1.1.0", captures=captures)
    after = build_seeds(corpus, "2.0.0", captures=captures)
    for table in ("articles", "temporal"):
        assert {row["id"] for row in _rows(after.path, table)}.isdisjoint(gone)
    for table in ("mentions", "segments"):
        assert {row["article"] for row in _rows(after.path, table)}.isdisjoint(gone)
    tombstones = [row for row in _rows(after.path, "excluded") if row["reason"] == "taken-down"]
    assert [row["id"] for row in tombstones] == gone
    assert {row["source"] for row in tombstones} == {"-"}
    assert validate_release(after.path) == []
    assert f"removed {len(gone)}: {', '.join(gone)}" in (after.path / "CHANGELOG.md").read_text("utf-8")
    for name in ("copy.txt", first.name):
        (captures / name).unlink()
    later = build_seeds(corpus, "2.0.1", captures=captures)
    assert [row for row in _rows(later.path, "excluded") if row["reason"] == "taken-down"] == tombstones
    assert validate_release(later.path) == []


def test_a_takedown_list_names_each_digest_once(tmp_path: Path) -> None:
    from peacetalks.release.takedown import take_down

    captures, corpus = tmp_path / "captures", tmp_path / "corpus"
    shutil.copytree(CAPTURES, captures)
    first = sorted(captures.iterdir())[0]
    shutil.copy(first, captures / "b.txt")
    with (captures / "b.txt").open("a") as file:
        file.write("\nShare this\n")
    release = build_seeds(corpus, "1.0.0", captures=captures).path
    names = [str(row["id"]) for row in _rows(release, "articles") if row["source"] in ("b.txt", first.name)]
    assert take_down(corpus, names[:1])[0] == sorted(names)
    once = (corpus / "takedowns.csv").read_text("utf-8")
    assert take_down(corpus, names)[0] == sorted(names)
    assert (corpus / "takedowns.csv").read_text("utf-8") == once
    digests = [line.partition(",")[0] for line in once.splitlines()]
    assert len(digests) == len(set(digests)) >= 4


def _evidence(release: Path, article: str) -> list[str]:
    (row,) = [row for row in _rows(release, "articles") if row["id"] == article]
    lines = {row["n"]: row["clean"] for row in _rows(release, "segments") if row["article"] == article}
    return [lines[n] for n in row["published_evidence"]]


def _rows(folder: Path, table: str) -> list[dict[str, object]]:
    return [row for path in sorted((folder / "data" / table).iterdir()) for row in pq.read_table(path).to_pylist()]


def _runs(text: str, length: int = 4) -> set[str]:
    words = re.findall(r"\w+", text.lower())
    return {" ".join(words[i : i + length]) for i in range(len(words) - length + 1)}
