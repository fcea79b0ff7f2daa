"""Copies of a story are found whatever an outlet did to it, and nothing else is taken for one."""

import random
import re
import tracemalloc
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from xxhash import xxh3_64_intdigest

from peacetalks.curate import candidates, column_files, part_files, rarity, shingles
from peacetalks.curate.candidates import Numbers, PairFiles, pair_sharing
from peacetalks.curate.column_files import ColumnFile
from peacetalks.curate.near_duplicates import cluster_sketches, cluster_texts
from peacetalks.curate.rarity import find_limits
from peacetalks.curate.shingles import BANDS, Hashes, Sketches, sketch_texts
from peacetalks.curate.sketches import Shingled, SketchFiles
from peacetalks.record import Capture

WORDS = [f"word{n}" for n in range(400)]
# Sentences that press reports share whatever their story: they make no two of them copies.
BACKGROUND = [
    " ".join(random.Random(seed).choices(WORDS, k=25))  # noqa: S311  a test text, not a secret
    for seed in range(900, 906)
]
FEWEST_FOUND = 0.99


def article(seed: int, length: int = 300) -> list[str]:
    chooser = random.Random(seed)  # noqa: S311
    return [chooser.choice(WORDS) for _ in range(length)]


def together(first: str, second: str) -> bool:
    return len(cluster_texts([("a", first), ("b", second)])) == 1


def cut(words: list[str], chooser: random.Random) -> list[str]:
    return words[: int(len(words) * chooser.uniform(0.15, 0.7))]


def cut_from_both_ends(words: list[str], chooser: random.Random) -> list[str]:
    start = int(len(words) * chooser.uniform(0.1, 0.4))
    return words[start : start + int(len(words) * chooser.uniform(0.2, 0.5))]


def reorder(words: list[str], chooser: random.Random) -> list[str]:
    paragraphs = [words[i : i + 40] for i in range(0, len(words), 40)]
    chooser.shuffle(paragraphs)
    return [word for paragraph in paragraphs for word in paragraph]


def retitle(words: list[str], chooser: random.Random) -> list[str]:
    return [*chooser.choices(WORDS, k=12), *words[8:]]


def add_chrome(words: list[str], chooser: random.Random) -> list[str]:
    return [*chooser.choices(WORDS, k=20), *words, *chooser.choices(WORDS, k=40)]


def edit_lightly(words: list[str], chooser: random.Random) -> list[str]:
    return [chooser.choice(WORDS) if chooser.random() < 0.03 else word for word in words]


def cut_and_edit(words: list[str], chooser: random.Random) -> list[str]:
    return [chooser.choice(WORDS) if chooser.random() < 0.01 else word for word in cut(words, chooser)]


CHANGES = [cut, cut_from_both_ends, reorder, retitle, add_chrome, edit_lightly, cut_and_edit]


def planted(stories: int) -> tuple[dict[str, str], set[frozenset[str]]]:
    """Return texts and the pairs that are copies: each story once, and once changed; all share background."""
    texts, pairs = {}, set()
    for n in range(stories):
        chooser = random.Random(n)  # noqa: S311
        words = article(10_000 + n, chooser.randint(150, 700))
        background = chooser.choice(BACKGROUND)
        for copy, text in enumerate((words, CHANGES[n % len(CHANGES)](words, chooser))):
            texts[f"{n:05d}-{copy}"] = f"{' '.join(text)}\n\n{background}"
        pairs.add(frozenset((f"{n:05d}-0", f"{n:05d}-1")))
    return texts, pairs


def found_pairs(clusters: list[list[str]]) -> set[frozenset[str]]:
    return {
        frozenset((first, second)) for members in clusters for first in members for second in members if first < second
    }


def test_planted_copies_are_found_and_nothing_else() -> None:
    texts, pairs = planted(700)
    found = found_pairs(cluster_texts(texts.items()))
    right = len(found & pairs)
    assert right == len(found)
    assert right >= FEWEST_FOUND * len(pairs)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_a_changed_copy_is_a_near_duplicate(change: object) -> None:
    words = article(1)
    assert callable(change)
    assert together(" ".join(words), " ".join(change(words, random.Random(3))))  # noqa: S311


def test_other_case_and_punctuation_are_near_duplicates() -> None:
    words = article(4)
    assert together(" ".join(words), ", ".join(words).upper())


def test_two_articles_are_two_clusters() -> None:
    assert not together(" ".join(article(5)), " ".join(article(6)))


def test_two_articles_that_quote_the_same_statement_are_two_clusters() -> None:
    quote = " ".join(BACKGROUND[:3])
    assert not together(f"{' '.join(article(7))} {quote}", f"{quote} {' '.join(article(8))}")


def test_a_report_and_its_translation_are_two_clusters() -> None:
    assert not together(
        "The delegations met in Geneva on Wednesday. They spoke about access for aid, and about who may take part.",
        "Les délégations se sont réunies à Genève mercredi. Elles ont parlé de l'accès de l'aide et des participants.",
    )


def test_a_language_without_spaces_is_compared_by_its_characters() -> None:
    report = "各方代表星期三在日内瓦会面讨论人道援助的准入问题以及哪些团体可以参加下一轮会谈联合国特使表示会谈是有益的"
    assert together(report, report[:40])
    assert not together(report, "外长们星期五在维也纳开会之后发表声明说停火必须扩大到全国")


def test_a_sentence_that_is_an_article_makes_no_copies_of_those_that_hold_it() -> None:
    line = "Talks on Syria resume in Geneva on Wednesday"
    assert not together(line, f"{' '.join(article(9))} {line}")


def test_a_round_up_joins_the_stories_that_it_holds() -> None:
    first, second = " ".join(article(10)), " ".join(article(11))
    assert cluster_texts({"a": first, "b": f"{first} {second}", "c": second}.items()) == [["a", "b", "c"]]


def test_a_flood_of_copies_is_one_cluster_and_costs_no_comparison_of_all_pairs() -> None:
    words = article(12, 120)
    texts = {f"{n:05d}": " ".join([f"number{n}", *words]) for n in range(5000)}
    assert len(cluster_texts(texts.items())) == 1


def test_the_seeds_are_five_clusters(captures: dict[str, Capture]) -> None:
    assert len(cluster_texts((name, capture.text) for name, capture in captures.items())) == 5


def test_a_text_of_few_words_is_clustered_too() -> None:
    assert together("talks resume", "talks resume")
    assert not together("talks resume", "talks end")
    assert cluster_texts([]) == []
    assert cluster_texts([("a", "…"), ("b", "!")]) == [["a", "b"]]


@given(st.permutations(range(8)))
def test_the_order_of_texts_changes_nothing(order: list[int]) -> None:
    texts = {f"{n}": " ".join(article(n // 2)) + f" end {n}" for n in range(8)}
    expected = [["0", "1"], ["2", "3"], ["4", "5"], ["6", "7"]]
    assert cluster_texts((f"{n}", texts[f"{n}"]) for n in order) == expected


def test_workers_and_shuffled_batches_change_nothing() -> None:
    texts, _ = planted(700)
    rows = list(texts.items())
    random.Random(0).shuffle(rows)  # noqa: S311
    with ThreadPoolExecutor(2) as pool:
        assert cluster_texts(rows, pool) == cluster_texts(texts.items())


def test_the_hashing_is_fixed() -> None:
    sketch = sketch_texts(["The talks on Syria resume in Geneva on Wednesday, the envoy said."])
    assert (int(sketch.bands[0, 0]), int(sketch.fingerprints[0])) == (0xB48AAC21B58ED325, 0x2405CD9986915F1)


@given(st.lists(st.text("aÉİΣςσ'_.,–\n\t\x1f\x85\xa0中国ไทยー한0٠ "), min_size=1))
@pytest.mark.parametrize("few", [1, 9, shingles._AT_ONCE])
def test_a_text_is_hashed_by_its_words_whatever_stands_beside_it(few: int, texts: list[str]) -> None:
    unspaced = "\u0e00-\u0eff\u3040-\u30ff\u4e00-\u9fff"
    words = [re.findall(rf"[{unspaced}]|[^\W{unspaced}]+", text.lower()) for text in texts]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shingles, "_AT_ONCE", few)
        hashed, counts = shingles._hash_words(texts)
    assert counts.tolist() == [*map(len, words)]
    assert hashed.tolist() == [xxh3_64_intdigest(word.encode()) for own in words for word in own]


def test_no_file_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    cluster_texts([("a", "one text"), ("b", "another")])
    assert list(tmp_path.iterdir()) == []


@given(st.lists(st.tuples(st.lists(st.tuples(st.integers(0, 199), st.integers(0, 199))), st.booleans()), max_size=4))
@pytest.mark.parametrize("few", [1, 7, candidates._TEXTS])
def test_pairs_on_disk_are_counted_as_they_would_be_in_memory(
    few: int, batches: list[tuple[list[tuple[int, int]], bool]]
) -> None:
    """Counts that begin anew with each batch, and pairs at the edge of a range that are lost, fail here."""
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        for module, bound in ((candidates, "_TEXTS"), (candidates, "_PAIRED"), (part_files, "_HELD")):
            patch.setattr(module, bound, few)
        files = PairFiles(Path(folder), 200)
        for batch, sure in batches:
            files.add(np.array([(first << 32) | second for first, second in batch], np.uint64), sure=sure)
        read = [rows for found in files.read() for rows in zip(*(side.tolist() for side in found), strict=True)]
        assert list(Path(folder).iterdir()) == []
    wanted = Counter(pair for batch, _ in batches for pair in batch)
    certain = {pair for batch, sure in batches if sure for pair in batch}
    assert read == [
        ((first << 32) | second, wanted[first, second], (first, second) in certain) for first, second in sorted(wanted)
    ]


BORNE = st.sets(st.tuples(st.integers(0, 9), st.integers(0, 24)), max_size=120)  # keys, and who bears them


def columns(borne: set[tuple[int, int]]) -> tuple[Hashes, Numbers]:
    keys, owners = zip(*borne, strict=True) if borne else ((), ())
    return np.array(keys, np.uint64), np.array(owners, np.uint32)


@given(BORNE, st.lists(st.integers(0, 12), min_size=25, max_size=25))
@pytest.mark.parametrize("few", [1, 4, candidates._PART])
def test_texts_that_share_a_rare_key_are_paired_with_the_next(
    few: int, borne: set[tuple[int, int]], limits: list[int]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        for bound, value in (("REACH", 3), ("_PART", few), ("_PAIRED", few)):
            patch.setattr(candidates, bound, value)
        found = [*pair_sharing(*columns(borne), 25, np.array(limits, np.uint16))]
    bearers = [sorted(owner for key, owner in borne if key == wanted) for wanted in range(10)]
    wanted = Counter(
        (first << 32) | second
        for owners in bearers
        for place, first in enumerate(owners)
        if len(owners) <= limits[first]
        for second in owners[place + 1 : place + 4]
    )
    assert Counter(pair for pairs in found for pair in pairs.tolist()) == wanted


@given(BORNE, st.sampled_from([0.25, 0.5, 0.75]))
def test_the_rarest_keys_of_a_text_propose_it_and_no_more_than_are_needed(
    borne: set[tuple[int, int]], least: float
) -> None:
    classes = [2, 4, 9]
    counts = np.array([sum(of == owner for _, of in borne) for owner in range(25)], np.uint32)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rarity, "_CLASSES", np.array(classes))
        limits, rarest = find_limits([columns(borne)], counts, least)
    number = Counter(key for key, _ in borne)
    for owner in range(25):
        borne_by = sorted(number[key] for key, of in borne if of == owner)
        kept = [sum(n <= limit for n in borne_by) for limit in [*classes, 25]]
        fits = next((n for n, count in enumerate(kept) if count > least * len(borne_by)), len(classes))
        assert rarest[owner] == kept[fits]
        assert limits[owner] == classes[fits] if fits < len(classes) else limits[owner] > 25


def are_copies(first: set[int], second: set[int]) -> bool:
    """Tell what the definition says of two sets of shingles."""
    shared, shorter = len(first & second), min(len(first), len(second))
    return shared >= 0.5 * len(first | second) or (shorter >= 16 and shared >= 0.8 * shorter)


def compare_all(texts: dict[str, str]) -> list[tuple[str, ...]]:
    """Return the clusters that a comparison of every two texts gives."""
    shingles = {name: set(sketch_texts([text]).shingles.tolist()) for name, text in texts.items()}
    home = {name: {name} for name in texts}
    for first, second in combinations(texts, 2):
        if home[first] is not home[second] and are_copies(shingles[first], shingles[second]):
            home[first] |= home[second]
            home.update(dict.fromkeys(home[second], home[first]))
    return sorted({tuple(sorted(members)) for members in home.values()})


def inside_one(members: Sequence[str], clusters: list[tuple[str, ...]]) -> bool:
    return any(set(members) <= set(cluster) for cluster in clusters)


@example([[0, 0], [0, 0, 1, 0]], [])  # of 28 words, but of too few kinds to be told from a phrase
@given(
    st.lists(st.lists(st.integers(0, 14), min_size=1, max_size=12), max_size=12),
    st.lists(st.tuples(st.integers(0, 11), st.integers(0, 6), st.integers(2, 12)), max_size=8),
)
def test_texts_of_stock_sentences_are_clustered_as_the_definition_says(
    made: list[list[int]], cuts: list[tuple[int, int, int]]
) -> None:
    """No two are together that no copies lead to from one to the other, and what was cut out of a text is with it."""
    sentences = [" ".join(article(700 + n, 14)) for n in range(15)]
    made = made + [part for of, start, end in cuts if of < len(made) and (part := made[of][start:end])]
    texts = {f"{n:02}": ". ".join(sentences[s] for s in chosen) for n, chosen in enumerate(made)}
    wanted = compare_all(texts)
    found = [tuple(members) for members in cluster_texts(texts.items())]
    assert [members for members in found if not inside_one(members, wanted)] == []
    shingles = {name: set(sketch_texts([text]).shingles.tolist()) for name, text in texts.items()}
    for first, second in combinations(texts, 2):
        if texts[first] in texts[second] and are_copies(shingles[first], shingles[second]):
            assert inside_one((first, second), found)


def test_copies_are_found_among_texts_of_stock_sentences() -> None:
    """Sentences that dozens of texts have, more than are paired by one, hide no copy."""
    chooser = random.Random(4)  # noqa: S311
    stock = [" ".join(article(2_000 + n, 24)) for n in range(30)]
    texts: dict[str, str] = {}
    pairs = []
    for n in range(200):
        own = [" ".join(article(5_000 + 20 * n + k, 24)) for k in range(8)]
        told = chooser.sample(own + chooser.sample(stock, 7), 15)
        texts[f"{n:03}-0"] = ". ".join(told)
        if n % 3 == 0:
            start = chooser.randrange(6)
            texts[f"{n:03}-1"] = ". ".join(told[start : start + chooser.randint(3, 9)])
            pairs.append((f"{n:03}-0", f"{n:03}-1"))
    wanted, found = compare_all(texts), [tuple(members) for members in cluster_texts(texts.items())]
    assert [members for members in found if not inside_one(members, wanted)] == []
    assert [pair for pair in pairs if not inside_one(pair, found)] == []


def random_texts(texts: int) -> Sketches:
    """Return sketches of texts that have nothing in common."""
    chance = np.random.default_rng(6)
    return Sketches(
        words=chance.integers(0, 2**64, texts, np.uint64),
        shingles=np.zeros(0, np.uint64),
        shingle_counts=chance.integers(200, 600, texts),
        bands=chance.integers(0, 2**64, (texts, BANDS), np.uint64),
        fingerprints=chance.integers(0, 2**64, 4 * texts, np.uint64),
        fingerprint_counts=np.full(texts, 4),
    )


def peak_of_clustering(folder: Path, sketches: Sketches) -> int:
    """Return the most memory that clusters of texts take, in bytes, beside what was there before."""
    texts = len(sketches.words)
    with SketchFiles(folder, texts) as files, ColumnFile(folder / "ids", np.uint64) as ids:
        files.add(sketches, Shingled(str(folder / "none"), 0))
        ids.add(np.random.default_rng(7).integers(0, 2**64, texts, np.uint64))
        tracemalloc.start()
        try:
            found = cluster_sketches(files, ids)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert len(np.unique(found)) == texts
    return peak


def test_a_text_more_takes_some_bytes_of_memory_and_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A column in memory of what stands on disk fails here: 8 bytes a text each, and some are 40 wide."""
    for bound in ("_BLOCK", "_RANGE"):
        monkeypatch.setattr(column_files, bound, 1 << 12)
    monkeypatch.setattr(part_files, "_HELD", 1 << 12)
    peaks = []
    for texts in (1_000, 20_000, 80_000):  # the first of all loads what is loaded once
        (folder := tmp_path / f"{texts}").mkdir()
        peaks.append(peak_of_clustering(folder, random_texts(texts)))
    assert 8 < (peaks[2] - peaks[1]) / 60_000 < 25


def test_phrases_that_many_texts_share_take_disk_and_not_memory(tmp_path: Path) -> None:
    """Pairs in memory fail here: each text makes 640 of these, of which none is worth a comparison: 5 kB a text."""
    texts, shared, pool = 10_000, 20, 2_000
    chance = np.random.default_rng(5)
    keys = chance.integers(0, 2**64, pool, np.uint64)
    sketches = Sketches(
        words=chance.integers(0, 2**64, texts, np.uint64),
        shingles=np.zeros(0, np.uint64),
        shingle_counts=np.zeros(texts, np.int64),
        bands=chance.integers(0, 2**64, (texts, BANDS), np.uint64),
        fingerprints=np.concatenate(
            [chance.choice(keys, (texts, shared)), chance.integers(0, 2**64, (texts, shared), np.uint64)], axis=1
        ).ravel(),
        fingerprint_counts=np.full(texts, 2 * shared),
    )
    assert peak_of_clustering(tmp_path, sketches) / texts < 2_500
