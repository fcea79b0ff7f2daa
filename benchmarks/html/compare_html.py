"""Score extractors on news pages whose publishers none was trained on, and print the tables of the README.

python benchmarks/html/compare_html.py DATA --folds DIR [--alone]
"""

import argparse
import json
import re
import sys
import time
import unicodedata
from collections import defaultdict
from pathlib import Path

import numpy as np
from extractors import Found, describe, extract_texts, rivals
from news import News, read_news  # puts benchmarks/chrome on the path

from train import FOLDS, SEED, folds  # isort: skip

from peacetalks.annotate.outlet_names import outlet_names
from peacetalks.capture.headline import text_key
from peacetalks.clean import judge, model
from peacetalks.clean.model import Weights
from peacetalks.registry.outlets import load_outlets

OURS = "peacetalks"
_WORD = re.compile(r"\w+")
_SHARD = 64
_FEW = 5  # pages of a language that has a row of its own


class Scores:
    """The scores of one extractor, a page each, in the order of the pages."""

    def __init__(self) -> None:
        self.body: list[tuple[float, float, float]] = []
        self.bare: list[float] = []
        self.title: list[bool] = []
        self.day: list[bool] = []
        self.authors = np.zeros(3)
        self.persons = np.zeros(3)
        self.seconds = 0.0

    def add(self, page: News, found: Found) -> None:
        """Count one page."""
        body = page.expected["body"]
        parts = [text for section in body["sections"] for text in (*section["headline"], *section["paragraphs"])]
        self.body.append(overlap(f"{found.lead}\n{found.text}", "\n".join([*body["summary"], *parts])))
        self.bare.append(overlap(found.text, "\n".join(parts))[2])
        self.title.append(_plain(found.title or "") == _plain(page.expected["title"] or ""))
        self.day.append(found.day == str(page.expected["publishing_date"])[:10])
        expected = set(page.expected.get("authors") or [])
        self.authors += _tally(set(found.authors), expected)
        others = {name for name in expected if is_organisation(name, page)}
        persons = {name.casefold() for name in expected - others}
        self.persons += _tally({name.casefold() for name in set(found.authors) - others}, persons)


def overlap(text: str, expected: str) -> tuple[float, float, float]:
    """Return precision, recall and F1 of the shingles of four words."""
    ours, theirs = _shingles(text), _shingles(expected)
    both = len(ours & theirs)
    precision, recall = both / max(1, len(ours)), both / max(1, len(theirs))
    return precision, recall, 2 * precision * recall / (precision + recall) if both else 0.0


def is_organisation(name: str, page: News) -> bool:
    """Tell whether an expected author is no person: one word, or a name of the vocabularies or of the publisher."""
    key = text_key(name)
    host = text_key((page.url or "").split("/")[2]) if page.url else ""
    own = [text_key(page.publisher), host]
    if outlet_names(load_outlets()).named(name) is not None or any(
        key in other or other in key for other in own if other
    ):
        return True
    return " " not in name and name.isascii()


def _shingles(text: str) -> set[tuple[str, ...]]:
    words = _WORD.findall(text.lower())
    return {tuple(words[n : n + 4]) for n in range(max(1, len(words) - 3))} if words else set()


def _plain(title: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", title).split())


def _tally(found: set[str], expected: set[str]) -> np.ndarray:
    return np.array([len(found & expected), len(found - expected), len(expected - found)])


def _f1(tally: np.ndarray) -> float:
    return float(2 * tally[0] / max(1, 2 * tally[0] + tally[1] + tally[2]))


def score_ours(pages: list[News], weights: list[Weights]) -> tuple[Scores, float]:
    """Return our scores, each page by a model that knows no page of its publisher, and the seconds for texts alone."""
    scores, texts = Scores(), 0.0
    fold_of = folds(pages)
    found: dict[str, Found] = {}
    for fold, own in enumerate(weights):
        test = [page for page, other in zip(pages, fold_of, strict=True) if other == fold]
        for first in range(0, len(test), _SHARD):
            shard = test[first : first + _SHARD]
            start = time.process_time()
            extracted = extract_texts(shard, own)
            texts += time.process_time() - start
            found |= {page.name: describe(*one) if one else Found() for page, one in zip(shard, extracted, strict=True)}
            scores.seconds += time.process_time() - start
    for page in pages:
        scores.add(page, found[page.name])
    return scores, texts


def score_all(pages: list[News], weights: list[Weights], *, alone: bool) -> dict[str, Scores]:
    """Return the scores of each extractor, or ours alone; each runs once before its time counts."""
    extract_texts(pages[:2], weights[0])
    ours, texts = score_ours(pages, weights)
    print(f"Texts alone: {1000 * texts / len(pages):.1f} ms a page.\n")
    result = {OURS: ours}
    for name, run in ({} if alone else rivals()).items():
        scores = Scores()
        run(pages[0])
        for page in pages:
            start = time.process_time()
            found = run(page)
            scores.seconds += time.process_time() - start
            scores.add(page, found)
        result[name] = scores
        print(name, f"{np.mean(scores.body, axis=0)[2]:.4f}", file=sys.stderr)
    return result


def paired(ours: Scores, theirs: Scores, pages: list[News]) -> tuple[float, float, float, float]:
    """Return the mean difference of body F1, its 95 % interval by resampling publishers, and a sign-flip p value."""
    by_publisher: dict[str, list[float]] = defaultdict(list)
    for page, one, other in zip(pages, ours.body, theirs.body, strict=True):
        by_publisher[page.publisher].append(one[2] - other[2])
    sums = np.array([sum(values) for values in by_publisher.values()])
    counts = np.array([len(values) for values in by_publisher.values()])
    chance = np.random.default_rng(SEED)
    picks = chance.integers(0, len(sums), (10_000, len(sums)))
    means = sums[picks].sum(axis=1) / counts[picks].sum(axis=1)
    flipped = (chance.choice([-1, 1], (10_000, len(sums))) * sums).sum(axis=1)
    p = (1 + int((np.abs(flipped) >= abs(sums.sum())).sum())) / 10_001
    return sums.sum() / counts.sum(), *np.quantile(means, [0.025, 0.975]), p


def show(pages: list[News], scores: dict[str, Scores]) -> None:
    """Print the tables."""
    print("| extractor | body F1 | P | R | body without standfirst | title | day | authors | persons | CPU ms |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for name, own in scores.items():
        precision, recall, f1 = np.mean(own.body, axis=0)
        more = [np.mean(own.title), np.mean(own.day), _f1(own.authors), _f1(own.persons)]
        told = [f"{value:.3f}" if value else "" for value in more]
        cells = [f"{f1:.3f}", f"{precision:.3f}", f"{recall:.3f}", f"{np.mean(own.bare):.3f}", *told]
        print(f"| {name} | {' | '.join(cells)} | {1000 * own.seconds / len(pages):.1f} |")
    print("\n| against | difference of body F1 | 95 % interval | p |")
    print("|---|---|---|---|")
    for name, theirs in list(scores.items())[1:]:
        mean, low, high, p = paired(scores[OURS], theirs, pages)
        print(f"| {name} | {mean:+.3f} | {low:+.3f} to {high:+.3f} | {p:.4f} |")
    print("\n| language | pages | " + " | ".join(scores) + " |")
    print("|---|---|" + "---|" * len(scores))
    for language, rows in _languages(pages).items():
        cells = [f"{np.mean([own.body[n][2] for n in rows]):.3f}" for own in scores.values()]
        print(f"| {language} | {len(rows)} | {' | '.join(cells)} |")


def _languages(pages: list[News]) -> dict[str, list[int]]:
    rows: dict[str, list[int]] = defaultdict(list)
    for n, page in enumerate(pages):
        rows[page.language].append(n)
    often = {
        name: own for name, own in sorted(rows.items(), key=lambda pair: (-len(pair[1]), pair[0])) if len(own) >= _FEW
    }
    rest = [n for name, own in rows.items() if len(own) < _FEW for n in own]
    return often | {"other": sorted(rest)}


def main() -> None:
    """Print the comparison, and keep our own figures beside the weights."""
    parser = argparse.ArgumentParser(description="Compare extractors on a folder of news pages.")
    parser.add_argument("data", type=Path)
    parser.add_argument("--folds", type=Path, required=True, help="the weights of each fold, by train_html.py")
    parser.add_argument("--alone", action="store_true", help="leave the rivals out")
    options = parser.parse_args()
    pages = read_news(options.data)
    names = judge.measure_names(of_html=True)
    weights = [model.load_weights(str((options.folds / f"{fold}.npz").resolve()), names) for fold in range(FOLDS)]
    scores = score_all(pages, weights, alone=options.alone)
    show(pages, scores)
    own = scores[OURS]
    about = Path(model.__file__).with_name(judge.HTML).with_suffix(".json")
    record = json.loads(about.read_text("utf-8"))
    record["cross-validation"] = {
        "pages": len(pages),
        "body-f1": round(float(np.mean(own.body, axis=0)[2]), 4),
        "title": round(float(np.mean(own.title)), 4),
        "day": round(float(np.mean(own.day)), 4),
        "authors-f1": round(_f1(own.authors), 4),
    }
    about.write_text(json.dumps(record, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
