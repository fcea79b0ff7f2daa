"""The catalogue: one key a page, facts that can be true, and records that stand where their articles do."""

import datetime
import json
import re
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import unquote

import msgspec
import numpy as np
import pyarrow.parquet as pq
import pytest
from babel import Locale
from hypothesis import given
from hypothesis import strategies as st

from conftest import CAPTURES, ROOT, build_seeds, read_cases
from peacetalks.annotate.jalali import from_jalali
from peacetalks.capture.inputs import find_files
from peacetalks.curate.column_files import ColumnFile
from peacetalks.curate.ledger import Assignment
from peacetalks.curate.pages import join_pages
from peacetalks.curate.records import Stratum
from peacetalks.engine.work import read_captures
from peacetalks.errors import InputError, VocabularyError
from peacetalks.record import Capture
from peacetalks.registry.addresses import page_host, page_id, page_key
from peacetalks.registry.catalogue import Record, load_catalogue, read_records
from peacetalks.registry.outlets import load_outlets
from peacetalks.release.rehydrate import rehydrate
from peacetalks.release.standoff import write_standoff
from peacetalks.release.takedown import take_down
from peacetalks.release.validate import validate_release
from splitting import assign_named, place_named

TABLE = ROOT / "schema" / "catalogue.jsonl"
BOUNDS = "first = 2011-03-15\nlast = 2026-11-30\nahead = 400\nopen_hosts = [{hosts}]\n"
GOOD: dict[str, Any] = {
    "url": "https://example.org/2016/02/03/talks",
    "language": "en",
    "published": "2016-02-03",
    "date_evidence": "address",
    "kind": "news",
    "conferences": ["geneva-3-2016"],
    "basis": "both",
    "confidence": "high",
}


@pytest.mark.parametrize("case", read_cases("addresses"))
def test_spellings_of_a_page_have_one_key_and_other_pages_another(case: dict[str, Any]) -> None:
    assert (page_key(case["one"]) == page_key(case["other"])) is case["same"]
    assert (page_id(case["one"]) == page_id(case["other"])) is case["same"]


@given(st.text(min_size=1), st.text())
def test_the_key_of_a_key_is_the_key(path: str, query: str) -> None:
    url = f"https://example.org/{path.replace('#', '')}?{query.replace('#', '')}"
    try:
        key = page_key(url)
    except InputError:
        return
    assert page_key(f"https://{key}") == key


@pytest.mark.parametrize(
    "url", ["", "example.org/a", "ftp://example.org/a", "https://", "https://exa mple.org/", "javascript:alert(1)",
            "https://example.org:99999/", "http://[::1", "file:///etc/passwd", "https://example.org:80:80/"]
)  # fmt: skip
def test_what_is_no_web_address_is_refused(url: str) -> None:
    with pytest.raises(InputError, match="no web address"):
        page_key(url)


def test_the_id_of_a_page_never_changes() -> None:
    assert page_id("https://www.example.org/2016/02/03/talks/?utm_source=x") == "bfca549df51c79ee"


def test_the_table_is_in_order_and_in_its_shortest_form() -> None:
    lines = TABLE.read_text("utf-8").splitlines()
    records = read_records(TABLE)
    assert [page_key(record.url) for record in records] == sorted(page_key(record.url) for record in records)
    for line, record in zip(lines, records, strict=True):
        given = msgspec.to_builtins(record)
        assert json.loads(line) == given
        assert list(json.loads(line)) == [name for name in Record.__struct_fields__ if name in given]


def test_the_table_is_sound_and_large_enough_to_work_with() -> None:
    records = load_catalogue()
    assert len(records) > 1900
    placed = sum(load_outlets().of_host(page_host(record.url)) is not None for record in records)
    assert placed > 0.85 * len(records)
    english = Locale("en")
    assert all(record.language in english.languages for record in records)


def test_a_day_whose_evidence_is_the_address_stands_in_the_address() -> None:
    months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
    for record in load_catalogue():
        if record.date_evidence != "address" or record.published is None:
            continue
        address = unquote(record.url).lower()
        numbers = {int(n) for n in re.findall(r"\d{1,2}", address)} | {int(n) for n in re.findall(r"\d{4}", address)}
        numbers |= {int(run[i : i + 2]) for run in re.findall(r"\d{6,}", address) for i in range(len(run) - 1)}
        numbers |= {i for i, name in enumerate(months, start=1) if name in address}
        year, *rest = (int(part) for part in record.published.split("-"))
        runs = re.findall(r"\d+", address)
        gregorian = (str(year) in "".join(runs) or year % 100 in numbers) and set(rest) <= numbers
        jalali = [from_jalali(int(y), int(m), int(d)) for y, m, d in re.findall(r"(1[34]\d\d)/(\d\d)/(\d\d)", address)]
        assert gregorian or record.day in jalali, record.url


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"conferences": ["geneva-99"]}, "conference 'geneva-99' is no event"),
        ({"series": ["nothing"]}, "series 'nothing' is no series"),
        ({"conferences": []}, "names neither conference nor series"),
        ({"conferences": ["vienna-1-2015", "geneva-3-2016"]}, "not sorted"),
        ({"agency": "nobody", "credit": "Nobody"}, "agency 'nobody' is neither agency nor outlet"),
        ({"agency": "afp"}, "no credit that names it"),
        ({"date_evidence": "none"}, "a day without evidence"),
        ({"published": None}, "evidence without a day"),
        ({"published": "1999"}, "not between 2011-03-15 and 2026-11-30"),
        ({"published": "2030-01-01"}, "not between 2011-03-15 and 2026-11-30"),
        ({"published": "2014-01-01"}, "758 days before 'geneva-3-2016', the limit is 400"),
        ({"published": "2016-02-30"}, "line 1: day is out of range for month"),
        ({"published": "yesterday"}, "line 1: Expected `str` matching regex"),
        ({"url": "https://elsewhere.example/a"}, "host 'elsewhere.example' is that of no outlet"),
        ({"url": "gopher://example.org/a"}, "line 1: 'gopher://example.org/a': no web address"),
        ({"kind": "rumour"}, "line 1: Invalid enum value 'rumour'"),
        ({"title": "Talks open"}, "line 1: Object contains unknown field `title`"),
        ({"language": "English"}, "line 1: Expected `str` matching regex"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_record_that_breaks_a_rule_stops_with_the_rule(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    row = {key: value for key, value in (GOOD | change).items() if value is not None}
    with pytest.raises(VocabularyError, match=re.escape(message)):
        load_catalogue(write(tmp_path, [row]))


def test_a_good_record_is_read_as_it_stands(tmp_path: Path) -> None:
    (record,) = load_catalogue(write(tmp_path, [GOOD]))
    assert (record.id, record.day, record.series) == (page_id(GOOD["url"]), datetime.date(2016, 2, 3), [])


def test_a_page_may_stand_there_once_whatever_its_spelling(tmp_path: Path) -> None:
    again = GOOD | {"url": "http://www.example.org/2016/02/03/talks/"}
    with pytest.raises(VocabularyError, match=r"line 2: the page of line 1 again"):
        load_catalogue(write(tmp_path, [GOOD, again]))


@pytest.mark.parametrize(
    ("hosts", "message"),
    [
        ('"afp.com", "example.org"', "open host 'afp.com' is that of no record"),
        ('"example.org", "example.org"', "not sorted"),
    ],
)
def test_the_open_hosts_are_those_that_are_open(tmp_path: Path, hosts: str, message: str) -> None:
    with pytest.raises(VocabularyError, match=message):
        load_catalogue(write(tmp_path, [GOOD], hosts))


def test_an_open_host_that_became_known_is_told(tmp_path: Path) -> None:
    row = GOOD | {"url": "https://www.afp.com/2016/02/03/talks"}
    with pytest.raises(VocabularyError, match=r"open host 'afp\.com' is that of 'afp' by now"):
        load_catalogue(write(tmp_path, [row], '"afp.com"'))


def test_a_folder_without_a_catalogue_has_none(tmp_path: Path) -> None:
    assert load_catalogue(tmp_path / "nowhere") == []


A, B, R, S = "a" * 16, "b" * 16, "1" * 16, "2" * 16
ONE: Stratum = (2016, "en")


def test_a_record_stands_where_its_article_stands() -> None:
    articles = assign_named([[A], [B]], {A: ONE, B: ONE}, [], "0.1.0")
    placed = place_named({R: ONE, S: ONE}, {R: A}, articles, "0.1.0")
    assert placed.split_of[R] == articles.split_of[A]
    assert placed.cluster_of == {R: A, S: S}
    assert {row.article for row in placed.ledger.rows()} == {A, B, R, S}
    assert [*placed.ledger.rows()][: len(articles.ledger)] == articles.ledger


def test_an_article_that_comes_later_goes_to_the_split_of_its_record() -> None:
    old = [Assignment(article=R, split="test", since="0.1.0")]
    articles = assign_named([[A], [B]], {A: ONE, B: ONE}, old, "0.2.0", {A: R})
    assert articles.split_of[A] == "test"
    placed = place_named({R: ONE}, {R: A}, articles, "0.2.0")
    assert placed.split_of == {R: "test"}
    assert placed.cluster_of == {R: A}
    assert placed.leaks == []
    assert [row.article for row in placed.ledger.rows()].count(R) == 1


def test_a_record_that_an_earlier_version_had_elsewhere_is_withheld_and_told() -> None:
    old = [Assignment(article=A, split="train", since="0.1.0"), Assignment(article=R, split="test", since="0.1.0")]
    articles = assign_named([[A]], {A: ONE}, old, "0.2.0", {A: R})
    placed = place_named({R: ONE}, {R: A}, articles, "0.2.0")
    assert articles.split_of == {A: "train"}
    assert placed.split_of == {}
    assert [leak.withheld for leak in placed.leaks] == [[R]]
    assert [*placed.ledger.rows()] == old


def test_the_catalogue_moves_no_article() -> None:
    names = [f"{n:016x}" for n in range(40)]
    strata = dict.fromkeys(names, ONE)
    alone = assign_named([[name] for name in names], strata, [], "0.1.0")
    beside = assign_named([[name] for name in names], strata, [], "0.1.0", dict.fromkeys(names[:9], R))
    assert (beside.ledger, beside.split_of, beside.cluster_of) == (alone.ledger, alone.split_of, alone.cluster_of)


def test_records_fill_the_shares_and_never_move() -> None:
    records = dict.fromkeys((f"{n:016x}" for n in range(1000)), ONE)
    empty = assign_named([], {}, [], "0.1.0")
    first = place_named(records, {}, empty, "0.1.0")
    assert sorted(map(list(first.split_of.values()).count, ("train", "validation", "test"))) == [100, 100, 800]
    more = records | dict.fromkeys((f"{n:016x}" for n in range(1000, 1500)), ONE)
    later = place_named(more, {}, assign_named([], {}, first.ledger.rows(), "0.2.0"), "0.2.0")
    assert first.split_of.items() <= later.split_of.items()
    assert [*later.ledger.rows()][: len(first.ledger)] == [*first.ledger.rows()]


@given(st.lists(st.lists(st.integers(0, 30), min_size=1, max_size=4, unique=True), max_size=12))
def test_captures_of_one_page_are_in_one_cluster_and_no_article_is_lost(pages: list[list[int]]) -> None:
    clusters = [[f"{i:x}-{page}" for page in group] for i, group in enumerate(pages)]
    page_of = {name: name.partition("-")[2] for members in clusters for name in members}
    names = [name for members in clusters for name in members]
    joined = np.array([i for i, members in enumerate(clusters) for _ in members], np.uint32)
    with TemporaryDirectory() as folder, ColumnFile(Path(folder) / "pages", np.uint64) as addresses:
        addresses.add(np.array([int(page_of[name]) + 1 for name in names], np.uint64))
        join_pages(joined, addresses, np.ones(len(names), np.bool_))
    home = dict(zip(names, joined.tolist(), strict=True))
    assert sorted(home) == sorted(page_of)
    for members in clusters:
        assert len({home[name] for name in members}) == 1
    for page in set(page_of.values()):
        assert len({home[name] for name in page_of if page_of[name] == page}) == 1


@pytest.fixture(scope="module")
def with_page(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, str]:
    """A stable release of the seeds and one page of the catalogue, its captures, and the id of the record."""
    record = next(r for r in load_catalogue() if r.conferences and r.language == "en" and r.day)
    folder = tmp_path_factory.mktemp("with-page")
    captures = Path(shutil.copytree(CAPTURES, folder / "captures"))
    text = next(iter(sorted(CAPTURES.iterdir()))).read_text("utf-8")
    row = {
        "id": "one",
        "text": f"{text}\nA line more, so that it is no capture with gold.\n",
        "url": f"{record.url}#top",
    }
    (captures / "pages.jsonl").write_text(f"{json.dumps(row)}\n", "utf-8")
    return build_seeds(folder / "corpus", "1.0.0", captures=captures).path, captures, record.id


def test_a_page_of_the_catalogue_becomes_an_article_that_refers_to_its_record(
    with_page: tuple[Path, Path, str],
) -> None:
    release, _, name = with_page
    (article,) = [row for row in _rows(release, "articles") if row["source"] == "one"]
    records = {row["id"]: row for row in _rows(release, "catalogue")}
    assert article["record"] == name
    assert (records[name]["article"], records[name]["cluster"]) == (article["id"], article["cluster"])
    assert sum(row["article"] is not None for row in records.values()) == 1
    assert validate_release(release) == []


def test_a_record_whose_article_is_not_recovered_is_a_page_without_text_again(
    with_page: tuple[Path, Path, str], tmp_path: Path
) -> None:
    release, _, name = with_page
    standoff = write_standoff(release, tmp_path / "standoff")
    assert validate_release(standoff) == []
    seeds = [item for item in read_captures(find_files([CAPTURES])) if isinstance(item, Capture)]
    full = rehydrate(standoff, seeds, tmp_path / "full").path
    (record,) = [row for row in _rows(full, "catalogue") if row["id"] == name]
    assert (record["article"], record["cluster"]) == (None, name)
    assert validate_release(full) == []


def test_a_page_that_is_taken_down_leaves_catalogue_and_articles_and_does_not_come_back(
    with_page: tuple[Path, Path, str], tmp_path: Path
) -> None:
    release, captures, name = with_page
    corpus = Path(shutil.copytree(release.parent, tmp_path / "corpus"))
    (article,) = [row for row in _rows(release, "articles") if row["record"] == name]
    gone, due = take_down(corpus, [name])
    assert {name, article["id"]} <= set(gone)
    after = build_seeds(corpus, due, captures=captures).path
    assert name not in {row["id"] for row in _rows(after, "catalogue")}
    assert {row["id"] for row in _rows(after, "articles")}.isdisjoint(gone)
    assert validate_release(after) == []


def _rows(folder: Path, table: str) -> list[dict[str, Any]]:
    return [row for path in sorted((folder / "data" / table).iterdir()) for row in pq.read_table(path).to_pylist()]


def write(folder: Path, rows: list[dict[str, Any]], hosts: str = '"example.org"') -> Path:
    (folder / "catalogue.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows), "utf-8")
    (folder / "catalogue.toml").write_text(BOUNDS.format(hosts=hosts), "utf-8")
    for name in ("conferences.toml", "actors.toml"):
        if not (folder / name).exists():
            (folder / name).symlink_to(ROOT / "schema" / name)
    return folder
