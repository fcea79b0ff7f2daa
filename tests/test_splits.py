"""Splits: shares and strata are kept, clusters stay whole, nothing that was published ever moves."""

import datetime
import random
import tracemalloc
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from peacetalks.curate import column_files
from peacetalks.curate.column_files import ColumnFile
from peacetalks.curate.ledger import SPLITS, Assignment, Ledger, read_ledger, write_ledger
from peacetalks.curate.records import Stratum
from peacetalks.curate.splits import Clustered, Leak, assign_splits, default_cut
from peacetalks.errors import ReleaseError
from splitting import Named, assign_named, make_ledger, split_by_day

ID = st.text("0123456789abcdef", min_size=16, max_size=16)
IDS = st.sets(ID, min_size=1, max_size=60)


def assign(clusters: list[list[str]], ledger: list[Assignment] | None = None, version: str = "0.1.0") -> Named:
    strata: dict[str, Stratum] = {name: (2016, "en") for members in clusters for name in members}
    return assign_named(clusters, strata, ledger or [], version)


def alone(ids: set[str]) -> list[list[str]]:
    return [[name] for name in sorted(ids)]


@st.composite
def partitions(draw: st.DrawFn) -> list[list[str]]:
    ids = sorted(draw(IDS))
    random.Random(draw(st.integers(0, 99))).shuffle(ids)  # noqa: S311
    clusters = []
    while ids:
        size = draw(st.sampled_from([1, 1, 2, 3, 9]))
        clusters.append(sorted(ids[:size]))
        ids = ids[size:]
    return sorted(clusters)


@given(partitions())
def test_a_cluster_is_never_split_and_no_split_is_empty_from_three_on(clusters: list[list[str]]) -> None:
    splits = assign(clusters)
    assert all(len({splits.split_of[name] for name in members}) == 1 for members in clusters)
    assert splits.leaks == []
    if len(clusters) >= 3:
        assert set(splits.split_of.values()) == set(SPLITS)


@given(partitions(), partitions(), st.integers(0, 99))
def test_no_article_moves_whatever_comes_and_however_clusters_grow(
    old: list[list[str]], new: list[list[str]], seed: int
) -> None:
    before = assign(old)
    merged: list[set[str]] = [set(members) for members in old]
    for members in new:
        fresh = set(members) - {name for cluster in merged for name in cluster}
        if fresh:
            merged.append(fresh)
    chooser = random.Random(seed)  # noqa: S311
    for _ in range(len(merged) // 3):
        merged.append(merged.pop(chooser.randrange(len(merged))) | merged.pop(chooser.randrange(len(merged))))
    after = assign(sorted(sorted(members) for members in merged), before.ledger, "0.2.0")
    assert after.ledger[: len(before.ledger)] == before.ledger
    withheld = {name for leak in after.leaks for name in leak.withheld}
    everyone = {name for members in merged for name in members}
    assert everyone - withheld == set(after.split_of)
    assert all(after.split_of[name] == split for name, split in before.split_of.items() if name not in withheld)
    for members in merged:
        assert len({after.split_of[name] for name in members - withheld}) == 1


@given(partitions())
def test_the_order_of_clusters_changes_nothing_but_their_order(clusters: list[list[str]]) -> None:
    assert assign(clusters).split_of == assign(clusters[::-1]).split_of


def test_an_article_that_joins_an_old_cluster_inherits_its_split_and_renames_nothing() -> None:
    old = [Assignment(article="5" * 16, split="test", since="0.1.0")]
    after = assign([["1" * 16, "5" * 16]], old, "0.2.0")
    assert after.ledger[1:] == [Assignment(article="1" * 16, split="test", since="0.2.0")]
    assert after.cluster_of == {"1" * 16: "5" * 16, "5" * 16: "5" * 16}


def test_old_clusters_that_grow_together_are_reported_and_the_smaller_side_is_withheld() -> None:
    a, b, c, new = ("a" * 16, "b" * 16, "c" * 16, "d" * 16)
    old = [
        Assignment(article=a, split="train", since="0.1.0"),
        Assignment(article=b, split="test", since="0.1.0"),
        Assignment(article=c, split="test", since="0.1.0"),
    ]
    after = assign([[a, b, c, new]], old, "0.2.0")
    assert after.leaks == [Leak(cluster=a, kept="test", sizes={"test": 2, "train": 1}, withheld=[a])]
    assert after.split_of == {b: "test", c: "test", new: "test"}
    assert after.ledger[:3] == old


def test_of_two_sides_of_one_size_the_training_side_is_withheld() -> None:
    a, b = ("a" * 16, "b" * 16)
    old = [Assignment(article=a, split="train", since="0.1.0"), Assignment(article=b, split="test", since="0.1.0")]
    assert assign([[a, b]], old, "0.2.0").split_of == {b: "test"}


def test_shares_are_eighty_ten_ten() -> None:
    splits = assign(alone({f"{n:016x}" for n in range(1000)}))
    assert Counter(splits.split_of.values()) == {"train": 800, "validation": 100, "test": 100}


def test_shares_are_of_articles_and_a_large_cluster_goes_to_train() -> None:
    clusters = [[f"{n:016x}" for n in range(300)], *alone({f"{n:016x}" for n in range(300, 1000)})]
    splits = assign(clusters)
    assert Counter(splits.split_of.values()) == {"train": 800, "validation": 100, "test": 100}
    assert splits.split_of["0" * 16] == "train"


def test_each_year_and_language_has_its_shares_where_numbers_allow() -> None:
    strata: dict[str, Stratum] = {f"{n:016x}": (2012 + n % 5, "ar" if n % 2 else "en") for n in range(1000)} | {
        f"{n:016x}": (None, "ru") for n in range(1000, 1003)
    }
    splits = assign_named(alone(set(strata)), strata, [], "0.1.0")
    for stratum in set(strata.values()) - {(None, "ru")}:
        found = Counter(splits.split_of[name] for name, of in strata.items() if of == stratum)
        assert found == {"train": 80, "validation": 10, "test": 10}
    assert Counter(splits.split_of.values()) == pytest.approx({"train": 803, "validation": 100, "test": 100}, abs=1)


def test_growing_a_corpus_keeps_the_shares() -> None:
    ledger: list[Assignment] = []
    for n in range(1, 11):
        splits = assign(alone({f"{i:016x}" for i in range(n * 37)}), ledger, f"0.{n}.0")
        ledger = splits.ledger
    assert Counter(splits.split_of.values()) == {"train": 296, "validation": 37, "test": 37}


def test_a_temporal_split_cuts_by_day_and_lets_no_later_copy_of_an_early_story_into_test() -> None:
    day = datetime.date
    published = {"a": day(2015, 1, 1), "b": day(2016, 1, 1), "c": day(2017, 1, 1), "d": day(2017, 1, 2), "e": None}
    clusters = {name: name for name in published} | {"d": "a"}
    assert split_by_day(published, clusters, day(2017, 1, 1)) == {"a": "train", "b": "train", "c": "test"}


def test_the_default_cut_leaves_the_last_fifth_for_test() -> None:
    days = [datetime.date(2016, 1, n) for n in range(1, 11)]
    assert default_cut(Counter(days)) == datetime.date(2016, 1, 9)
    assert default_cut({days[0]: 9, days[1]: 1}) == days[1]
    assert default_cut({days[0]: 3}) is None
    assert default_cut({}) is None


def test_a_ledger_is_read_as_it_was_written(tmp_path: Path) -> None:
    ledger = assign(alone({f"{n:016x}" for n in range(40)})).ledger
    path = tmp_path / "splits.csv"
    write_ledger(path, [make_ledger(ledger)])
    assert [*read_ledger(path).rows()] == ledger
    assert len(read_ledger(tmp_path / "none.csv")) == 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("article,split,since\naaaaaaaaaaaaaaaa,trian,0.1.0\n", r"splits\.csv: line 2: expected article"),
        ("article,split,since\naaaaaaaaaaaaaaaa,train,0.1\n", r"splits\.csv: line 2: expected article"),
        ("article,split,since\n../x,train,0.1.0\n", r"splits\.csv: line 2: expected article"),
        ("article,split,since\naaaaaaaaaaaaaaaa,test,0.1.0\x0bbbbbbbbbbbbbbbbb,test,0.1.0\n", "line 2: expected"),
        ("article,split,since\naaaaaaaaaaaaaaaa,test,0.1.0\n\n", "line 3: expected article"),
        ("id,split\n", "the first line must be"),
        (
            "article,split,since\naaaaaaaaaaaaaaaa,train,0.1.0\naaaaaaaaaaaaaaaa,test,0.2.0\n",
            "line 3: article aaaaaaaaaaaaaaaa appears twice",
        ),
    ],
)
def test_a_broken_ledger_stops_with_file_and_line(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "splits.csv"
    path.write_text(text)
    with pytest.raises(ReleaseError, match=message):
        read_ledger(path)


def test_an_article_more_takes_some_bytes_of_memory_and_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A column in memory of what stands on disk fails here, and Python's numbers for all articles at once."""
    monkeypatch.setattr(column_files, "_BLOCK", 1 << 12)
    monkeypatch.setattr(column_files, "_RANGE", 1 << 12)
    peaks = []
    for count in (20_000, 60_000):
        (folder := tmp_path / f"{count}").mkdir()
        with ExitStack() as stack:
            ids, strata, cluster = (
                stack.enter_context(ColumnFile(folder / name, np.uint64)) for name in ("ids", "strata", "cluster")
            )
            ids.add(np.random.default_rng(1).integers(0, 2**64, count, np.uint64))
            strata.add(np.arange(count) % 50)
            cluster.add(np.zeros(count))
            articles = Clustered(
                id=ids,
                clusters=np.arange(count, dtype=np.uint32),
                strata=strata,
                chosen=np.ones(count, np.bool_),
                cluster=cluster,
                records={},
                folder=folder,
            )
            tracemalloc.start()
            try:
                splits = assign_splits(articles, Ledger(), "0.1.0")
                peaks.append(tracemalloc.get_traced_memory()[1])
            finally:
                tracemalloc.stop()
        assert np.bincount(splits.split).tolist() == [count * 8 // 10, count // 10, count // 10]
    assert (peaks[1] - peaks[0]) / 40_000 < 30
