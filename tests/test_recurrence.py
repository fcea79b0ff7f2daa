"""Lines that an outlet repeats from story to story."""

import json
import random
import re
import tracemalloc
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import ROOT
from peacetalks.clean import recurrence
from peacetalks.clean.chrome import label_segments
from peacetalks.clean.recurrence import Lines, SitePage, find_recurring, find_recurring_keys, line_keys
from peacetalks.clean.segments import tile
from peacetalks.record import Label, Segment

HOUSE = "The Courier has reported from the region since 1911 and is read in forty countries."


def segment(clean: str, label: Label = "body") -> Segment:
    return Segment(n=0, start=0, end=len(clean), raw=clean, clean=clean, label=label, reason="model", score=0.9)


def pages(site: str, count: int, *more: str) -> list[SitePage]:
    return [SitePage(site, [segment(f"{site} reports on day {'ab' * n}."), *map(segment, more)]) for n in range(count)]


def labels(page: SitePage, among: list[SitePage]) -> list[str]:
    return [s.label for s in find_recurring(among).relabel(page)]


def test_a_line_of_three_stories_of_one_site_is_chrome() -> None:
    courier = pages("courier", 3, HOUSE)
    assert labels(courier[0], courier) == ["body", "chrome"]
    assert find_recurring(courier).relabel(courier[0])[1].reason == "recurring"


def test_a_line_of_two_stories_stays() -> None:
    courier = [*pages("courier", 2, HOUSE), *pages("courier", 3)]
    assert labels(courier[0], courier) == ["body", "body"]


def test_a_line_that_three_sites_print_once_each_stays() -> None:
    sites = [*pages("courier", 1, HOUSE), *pages("herald", 1, HOUSE), *pages("post", 1, HOUSE)]
    assert all(labels(page, sites) == ["body", "body"] for page in sites)


def test_a_sentence_of_three_stories_in_a_hundred_stays() -> None:
    courier = [*pages("courier", 3, HOUSE), *pages("courier", 97)]
    assert labels(courier[0], courier) == ["body", "body"]


@pytest.mark.parametrize(("carrying", "of", "label"), [(12, 240, "chrome"), (12, 241, "body"), (20, 1000, "body")])
def test_a_line_of_a_dozen_stories_is_chrome_where_these_are_a_twentieth_of_the_outlet(
    carrying: int, of: int, label: str
) -> None:
    """A dozen whatever the share takes "Background" out of each story of a large outlet."""
    courier = [*pages("courier", carrying, HOUSE), *pages("courier", of - carrying)]
    assert labels(courier[0], courier) == ["body", label]


def test_counters_and_dates_do_not_hide_a_repeated_line() -> None:
    courier = [SitePage("courier", [segment(f"Readers left {n} notes on this story.")]) for n in (3, 17, 240)]
    assert labels(courier[0], courier) == ["chrome"]


def test_a_repeated_byline_stays_meta() -> None:
    courier = [SitePage("courier", [segment("By Anna Keller", "meta")])] * 5
    assert labels(courier[0], courier) == ["meta"]


@given(st.permutations([*pages("courier", 4, HOUSE), *pages("herald", 2, HOUSE)]))
def test_the_order_of_the_pages_changes_nothing(order: list[SitePage]) -> None:
    assert find_recurring(order) == find_recurring([*pages("courier", 4, HOUSE), *pages("herald", 2, HOUSE)])


@pytest.mark.parametrize("shift", [0, 56, 58], ids=["keys-of-one-file", "keys-of-many", "keys-of-all-but-four"])
def test_what_is_counted_in_parts_is_what_counting_each_line_gives(shift: int, tmp_path: Path) -> None:
    """Counts that begin anew with each batch, or that lose a key's site, fail here."""
    chance = np.random.default_rng(4)
    batches = []
    for _ in range(30):
        sites, counts = chance.integers(0, 5, 8), chance.integers(0, 6, 8)
        of_line = np.repeat(sites, counts)
        keys = (chance.integers(0, 12, len(of_line)) * 5 + of_line).astype(np.uint64)
        batches.append(Lines(sites, counts, keys << np.uint64(shift)))
    stories, lines = Counter[int](), Counter[int]()
    for batch in batches:
        stories.update(batch.sites.tolist())
        lines.update(batch.keys.tolist())
    shares = {key: n / stories[(key >> shift) % 5] for key, n in lines.items()}
    wanted = [key for key, n in lines.items() if n >= 3 and shares[key] >= (0.05 if n >= 12 else 0.2)]
    assert 10 < len(wanted) < len(lines)
    assert find_recurring_keys(batches, tmp_path).tolist() == sorted(wanted)


def test_lines_are_counted_in_a_fraction_of_the_memory_that_they_take(tmp_path: Path) -> None:
    def batches() -> Iterator[Lines]:
        chance = np.random.default_rng(4)
        for _ in range(200):
            yield Lines(np.arange(100), np.full(100, 20), chance.integers(0, 1 << 64, 2_000, np.uint64))

    tracemalloc.start()
    try:
        assert len(find_recurring_keys(batches(), tmp_path)) == 0
        assert tracemalloc.get_traced_memory()[1] < 200 * 2_000 * 12 / 4
    finally:
        tracemalloc.stop()


def test_furniture_that_the_model_takes_for_text_goes_once_an_outlet_repeats_it() -> None:
    stories = [json.loads(line) for line in (ROOT / "tests/cases/chrome_pages.jsonl").read_text("utf-8").splitlines()]
    chance = random.Random(3)  # noqa: S311
    site = []
    for story in stories[:6]:
        lines = [s["raw"] for s in story["segments"] if s["label"] in ("title", "body") and s["raw"].strip()]
        lines.insert(chance.randrange(3, len(lines)), HOUSE + "\n")
        site.append(SitePage("courier", label_segments(tile("\n".join(line.strip() for line in lines)))))
    alone = [s for page in site for s in page.segments if s.clean == HOUSE and s.label == "body"]
    recurring = find_recurring(site)
    together = [s for page in site for s in recurring.relabel(page) if s.clean == HOUSE and s.label == "body"]
    assert len(alone) > 0
    assert together == []


@given(st.lists(st.text("aΣİ1२٣𝟎\n", max_size=6), max_size=4))
def test_lines_are_compared_the_same_together_and_each_alone(lines: list[str]) -> None:
    together = line_keys([SitePage("courier", [*map(segment, lines)])])[0].tolist()
    alone = {key for line in lines for key in line_keys([SitePage("courier", [segment(line)])])[0].tolist()}
    assert together == sorted(alone)


@pytest.mark.parametrize("beside", ["", " ΑΣ", " Σ ΣΑ"])
def test_every_character_is_turned_as_lower_case_and_its_digits_say(beside: str) -> None:
    """A table of small letters fails by itself: that of İ is two, and that of Σ depends on what is beside it."""
    lines = [f"a{chr(code)}{chr(code)}1{beside}" for code in range(0x20000) if chr(code) != "\n"]
    expected = [re.sub(r"\d+", "0", line.lower()).encode("utf-8", "surrogatepass") for line in lines]
    assert recurrence._plain(lines) == expected
