from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peacetalks.curate.splits import SPLITS, Assignment, assign_splits, ledger_bytes, read_ledger
from peacetalks.errors import ReleaseError

IDS = st.sets(st.text("0123456789abcdef", min_size=16, max_size=16), min_size=1, max_size=60)


def alone(ids: set[str]) -> dict[str, list[str]]:
    return {name: [name] for name in ids}


@given(IDS)
def test_every_cluster_gets_one_split_and_none_is_empty_from_three_on(ids: set[str]) -> None:
    ledger = assign_splits(alone(ids), [], "0.1.0")
    assert sorted(row.cluster for row in ledger) == sorted(ids)
    if len(ids) >= 3:
        assert {row.split for row in ledger} == set(SPLITS)


@given(IDS, IDS)
def test_no_cluster_moves_when_others_come(old: set[str], new: set[str]) -> None:
    before = assign_splits(alone(old), [], "0.1.0")
    after = assign_splits(alone(old | new), before, "0.2.0")
    assert after[: len(before)] == before
    assert {row.cluster for row in after} == old | new


def test_an_article_that_joins_an_old_cluster_inherits_its_split() -> None:
    old = [Assignment(cluster="5" * 16, split="test", since="0.1.0")]
    after = assign_splits({"1" * 16: ["1" * 16, "5" * 16]}, old, "0.2.0")
    assert after[1] == Assignment(cluster="1" * 16, split="test", since="0.2.0")


def test_shares_are_eighty_ten_ten() -> None:
    ledger = assign_splits(alone({f"{n:016x}" for n in range(1000)}), [], "0.1.0")
    assert [sum(row.split == split for row in ledger) for split in SPLITS] == [800, 100, 100]


def test_a_ledger_is_read_as_it_was_written(tmp_path: Path) -> None:
    ledger = assign_splits(alone({f"{n:016x}" for n in range(40)}), [], "0.1.0")
    path = tmp_path / "splits.csv"
    path.write_bytes(ledger_bytes(ledger))
    assert read_ledger(path) == ledger
    assert read_ledger(tmp_path / "none.csv") == []


def test_a_broken_ledger_stops_with_file_and_line(tmp_path: Path) -> None:
    path = tmp_path / "splits.csv"
    path.write_bytes(ledger_bytes([Assignment(cluster="a" * 16, split="train", since="0.1.0")]))
    assert read_ledger(path)[0].split == "train"
    path.write_text("cluster,split,since\naaaa,trian,0.1.0\n")
    with pytest.raises(ReleaseError, match=r"splits\.csv: line 2"):
        read_ledger(path)
    path.write_text("id,split\n")
    with pytest.raises(ReleaseError, match="the first line must be"):
        read_ledger(path)
