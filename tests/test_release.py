import csv
import re
import shutil
from pathlib import Path

import pytest
import yaml

from conftest import CAPTURES, ROOT, build_seeds
from faults.table import Record
from peacetalks import __version__
from peacetalks.curate.version_names import version_key
from peacetalks.explorer.bundle import load_page
from peacetalks.release.history import STABLE
from peacetalks.release.manifest import read_manifest
from peacetalks.release.page import FOLDER, read_page
from peacetalks.release.schema import TABLE_NAMES
from peacetalks.release.validate import validate_release

pytestmark = pytest.mark.usefixtures("_no_shared_cache")


def test_every_config_and_split_loads_as_the_manifest_counts(release: Path) -> None:
    from datasets import get_dataset_config_names, load_dataset

    corpus = str(release.parent)
    counted = {name: entry.rows for name, entry in read_manifest(release).tables.items() if any(entry.rows.values())}
    assert sorted(get_dataset_config_names(corpus)) == sorted(counted)
    for name, rows in counted.items():
        loaded = load_dataset(corpus, name)
        assert {split: len(found) for split, found in loaded.items()} == rows
        streamed = load_dataset(corpus, name, streaming=True)
        assert {split: sum(1 for _ in found) for split, found in streamed.items()} == rows


def test_articles_are_the_default_and_a_version_loads_by_its_own_card(release: Path) -> None:
    from datasets import load_dataset

    latest = load_dataset(str(release.parent))
    pinned = load_dataset(str(release))
    assert set(latest) == {"train", "validation", "test"}
    for split, rows in latest.items():
        assert len(rows) > 0
        assert rows.to_list() == pinned[split].to_list()


def test_pandas_polars_and_duckdb_read_the_same_rows(release: Path) -> None:
    import duckdb
    import pandas as pd
    import polars as pl

    for table in TABLE_NAMES:
        for path in sorted((release / "data" / table).glob("*.parquet")):
            frame = pl.read_parquet(path)
            assert len(pd.read_parquet(path, dtype_backend="pyarrow")) == len(frame)
            (count,) = duckdb.execute("select count(*) from read_parquet(?)", [str(path)]).fetchone() or (None,)
            assert count == len(frame)
    titles = pl.read_parquet(release / "data/articles/*.parquet").sort("id")["title"].to_list()
    query = "select title from read_parquet(?) order by id"
    assert [row[0] for row in duckdb.execute(query, [f"{release}/data/articles/*.parquet"]).fetchall()] == titles


def test_a_rebuilt_corpus_is_seen_by_load_dataset_and_not_an_older_one(tmp_path: Path) -> None:
    from datasets import load_dataset

    fewer = tmp_path / "captures"
    shutil.copytree(CAPTURES, fewer)
    next(iter(sorted(fewer.iterdir()))).unlink()
    corpus = tmp_path / "corpus"
    build_seeds(corpus, captures=fewer)
    assert sum(len(split) for split in load_dataset(str(corpus)).values()) == 4
    shutil.rmtree(corpus)
    build_seeds(corpus)
    assert sum(len(split) for split in load_dataset(str(corpus)).values()) == 5


def test_the_same_release_is_left_alone_and_another_is_never_overwritten(tmp_path: Path) -> None:
    first = build_seeds(tmp_path / "corpus")
    written = {path: path.stat().st_mtime_ns for path in first.path.rglob("*")}
    again = build_seeds(tmp_path / "corpus")
    assert (first.state, again.state) == ("written", "identical")
    assert {path: path.stat().st_mtime_ns for path in first.path.rglob("*")} == written
    fewer = tmp_path / "captures"
    shutil.copytree(CAPTURES, fewer)
    next(iter(sorted(fewer.iterdir()))).unlink()
    other = build_seeds(tmp_path / "corpus", captures=fewer)
    assert (other.state, other.smallest) == ("differs", "0.1.1")
    assert other.changes.startswith("articles: 1 removed")
    assert {path: path.stat().st_mtime_ns for path in first.path.rglob("*")} == written
    assert not list((tmp_path / "corpus").glob(".staging*"))


def test_no_article_moves_to_another_split_in_the_next_version(tmp_path: Path) -> None:
    fewer = tmp_path / "captures"
    shutil.copytree(CAPTURES, fewer)
    moved = tmp_path / "later.txt"
    shutil.move(sorted(fewer.iterdir())[0], moved)
    corpus = tmp_path / "corpus"
    build_seeds(corpus, "0.1.0", captures=fewer)
    before = _splits(corpus)
    shutil.move(moved, fewer / "later.txt")
    build_seeds(corpus, "0.2.0", captures=fewer)
    after = _splits(corpus)
    assert before.items() <= after.items()
    assert len(after) == len(before) + 1
    assert validate_release(corpus / "0.2.0") == []


def _splits(corpus: Path) -> dict[str, str]:
    with (corpus / "splits.csv").open(encoding="utf-8") as file:
        return {row["article"]: row["split"] for row in csv.DictReader(file)}


def test_the_card_names_version_and_digest_in_every_config(release: Path) -> None:
    for card in (release / "README.md", release.parent / "README.md"):
        header = yaml.safe_load(card.read_text("utf-8").split("---\n")[1])
        manifest = read_manifest(release)
        for config in header["configs"]:
            assert config["version"] == manifest.version
            assert config["description"] == f"sha256-{manifest.tables[config['config_name']].digest}"


def test_every_published_release_is_sound(fault: Record) -> None:
    """A check that is stricter than the format of an older release would find faults that are none."""
    releases = sorted(path.parent for path in (ROOT / "corpus").glob("*/manifest.json"))
    assert releases
    for folder in releases:
        assert validate_release(folder) == []
    fault("F19", "a published release opened by this version", len(releases), "sound, by its own schema")


def test_the_newest_published_release_is_what_the_seeds_build(tmp_path: Path) -> None:
    corpus = Path(shutil.copytree(ROOT / "corpus", tmp_path / "corpus"))
    page = load_page() or read_page(
        corpus / __version__ / FOLDER
    )  # without Node.js there is none but the published one
    built = build_seeds(corpus, __version__, page=page)
    assert built.state in ("identical", "same-rows"), (
        f"the seeds, vocabularies or code changed ({built.changes}): CONTRIBUTING.md, Make a release"
    )
    if version_key(__version__) < STABLE:  # a stable one stays as the program of its day wrote it
        assert built.state == "identical", f"remove the preview and run `make corpus`: {built.differing}"


def test_every_release_that_the_readme_names_is_there() -> None:
    named = re.findall(r"(?<![\w-])corpus/(\d+\.\d+\.\d+)", (ROOT / "README.md").read_text("utf-8"))
    assert named
    assert {name for name in named if not (ROOT / "corpus" / name / "manifest.json").exists()} == set()
