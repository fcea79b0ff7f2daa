"""Train the network of clean/model.py on rendered news pages, score it by cross-validation, and write its weights.

python benchmarks/chrome/train.py DATA [--epochs N] [--only-fold K] [--skip-folds]
"""

import argparse
import json
import random
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt
from compare import STYLES, by_language, comparison, score_rivals
from crf import Adam, loss_and_gradient, start_weights
from pages import Page, digest, digest_of, read_pages
from render import Capture, composable, compose, render, render_plain
from scoring import Tally, score_captures, score_recurrence
from threadpoolctl import ThreadpoolController
from written import read_written, render_written

from peacetalks.clean import features, model
from peacetalks.clean.model import LABELS, Floats, Ints, Weights

SEED = 20110315
FOLDS = 5
EPOCHS = 120
WIDTH = 48
THREADS = 2
_STEPS = 7
_BATCH = 24
_COMPOSED = 8  # pages a language that are made of furniture.toml
_WRITTEN = 1  # renderings of each page of captures.jsonl


class Published(Protocol):
    """A page of whatever form, of which the publisher and the language are known."""

    publisher: str
    language: str


def folds(pages: Sequence[Published]) -> list[int]:
    """Return the fold of each page: all pages of a publisher share one, large languages are spread evenly."""
    publishers = sorted({(page.language, page.publisher) for page in pages})
    random.Random(SEED).shuffle(publishers)  # noqa: S311
    publishers.sort(key=lambda pair: pair[0])
    first: dict[str, int] = {}
    for n, (_, publisher) in enumerate(publishers):
        first.setdefault(publisher, n % FOLDS)
    return [first[page.publisher] for page in pages]


def held_out(pages: list[Page], *, whole: bool) -> list[Capture]:
    """Return the renderings that scores are taken on: the same for every model and every rival."""
    return [render_plain(page, random.Random(f"{SEED} {page.name}"), whole=whole) for page in pages]  # noqa: S311


def train(pages: list[Page], epochs: int, seed: int = SEED, *, quiet: bool = False) -> Weights:
    """Return weights trained on fresh random renderings of the pages in every epoch."""
    chance, random_state = random.Random(seed), np.random.default_rng(seed)  # noqa: S311
    sample = _measure([render(page, pages, chance) for page in pages])
    weights = start_weights(*thresholds_of(sample), WIDTH, random_state)
    written = read_written()
    batches = -(-(len(pages) + _WRITTEN * len(written) + _COMPOSED * len(composable())) // _BATCH)
    optimiser = Adam(weights, rate=0.003, decay=0.02, steps=epochs * batches)
    for epoch in range(epochs):
        captures = [render(page, pages, chance) for page in pages]
        captures += [render_written(page, pages, chance) for page in written for _ in range(_WRITTEN)]
        captures += [compose(language, chance) for language in composable() for _ in range(_COMPOSED)]
        chance.shuffle(captures)
        losses = [
            _learn(captures[first : first + _BATCH], weights, optimiser, random_state)
            for first in range(0, len(captures), _BATCH)
        ]
        if not quiet and epoch % 10 == 9:
            print(f"  epoch {epoch + 1}: loss {np.mean(losses):.4f}", file=sys.stderr)
    return optimiser.averaged()


def _learn(captures: list[Capture], weights: Weights, optimiser: Adam, random_state: np.random.Generator) -> float:
    measures = _measure(captures)
    # Whole measures are left out at random, so that the labels never hang on one of them.
    gone = random_state.random(measures.shape[1]) < 0.06
    inputs = model.reach_thresholds(measures, weights) * ~gone[weights.measure]
    labels = [label for capture in captures for label in capture.labels]
    truth = np.array([LABELS.index(label) if label in LABELS else 0 for label in labels])
    known = np.array([label in LABELS for label in labels], np.float32)
    sizes = np.array([len(capture.lines) for capture in captures])
    drop: npt.NDArray[np.bool_] = random_state.random((len(inputs), weights.inner.shape[1])) < 0.25
    loss, gradient = loss_and_gradient(inputs, sizes, truth, known, weights, drop)
    optimiser.update(gradient)
    return loss


def _measure(captures: list[Capture]) -> Floats:
    return features.measure_lines([features.Page(capture.lines, capture.blanks) for capture in captures])


def thresholds_of(measures: Floats) -> tuple[Ints, Floats]:
    """Return measures and values that part their lines evenly, up to `_STEPS` values a measure."""
    columns, values = [], []
    for n, column in enumerate(measures.T):
        distinct = np.unique(column)
        between = (distinct[1:] + distinct[:-1]) / 2
        if not len(between):
            continue
        grid = np.quantile(column, [0.05, 0.15, 0.3, 0.5, 0.7, 0.85, 0.95, 0.99])
        places = np.clip(np.searchsorted(between, grid), 0, len(between) - 1)
        chosen = np.unique([*between[: _STEPS if len(between) <= _STEPS else 1], *between[places]])
        picks = np.unique(np.linspace(0, len(chosen) - 1, _STEPS).round().astype(int))
        values += chosen[picks].tolist()
        columns += [n] * len(picks)
    return np.array(columns), np.array(values, np.float32)


def cross_validate(pages: list[Page], epochs: int, only: int | None = None) -> dict[str, Tally]:
    """Return what models make of publishers that they were not trained on, for each style of rendering."""
    fold_of = folds(pages)
    tallies = {"main": Tally(), "whole": Tally()}
    for fold in range(FOLDS) if only is None else [only]:
        weights = train([p for p, f in zip(pages, fold_of, strict=True) if f != fold], epochs)
        test = [p for p, f in zip(pages, fold_of, strict=True) if f == fold]
        for style, tally in tallies.items():
            tally.add(score_captures(held_out(test, whole=style == "whole"), weights))
            print(f"fold {fold} {style}: {tally.summary()}", file=sys.stderr)
    return tallies


def show(pages: list[Page], tallies: dict[str, Tally]) -> None:
    """Print the scores beside those of rivals on the same renderings."""
    for style, tally in tallies.items():
        rivals = score_rivals(held_out(pages, whole=style == "whole"))
        print("\n".join([*comparison(STYLES[style], {"peacetalks": tally, **rivals}), ""]))
        print("\n".join([*by_language(tally, rivals["C4's line rule"]), ""]))
        together = score_recurrence(held_out(pages, whole=style == "whole"), tally)
        print("\n".join([*comparison(f"{STYLES[style]}, sites with three pages or more", together), ""]))


def save(weights: Weights, out: Path) -> None:
    """Write weights.npz, matrices in half precision."""
    np.savez_compressed(
        out / "weights.npz",
        measures=np.array(features.names()),
        **{name: value.astype(np.float16) if value.ndim > 1 else value for name, value in weights._asdict().items()},
    )


def main() -> None:
    """Cross-validate and print the comparison, then train on everything and write weights.npz and weights.json."""
    parser = argparse.ArgumentParser(description="Train the chrome model on a folder of news pages.")
    parser.add_argument("data", type=Path)
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--only-fold", type=int, help="cross-validate one fold, and train nothing else")
    parser.add_argument("--skip-folds", action="store_true", help="train alone, keeping the scores of weights.json")
    parser.add_argument("--out", type=Path, default=Path(model.__file__).parent)
    options = parser.parse_args()
    # With another number of threads sums come out in another order, and the weights with them.
    ThreadpoolController().limit(limits=THREADS, user_api="blas")
    pages = read_pages(options.data)
    about = options.out / "weights.json"
    if options.skip_folds:
        scores = json.loads(about.read_text("utf-8"))["cross-validation"]
    else:
        tallies = cross_validate(pages, options.epochs, options.only_fold)
        if options.only_fold is not None:
            return
        show(pages, tallies)
        scores = {
            style: {"all": tally.figures()} | {language: tally.figures(language) for language in tally.languages()}
            for style, tally in tallies.items()
        }
    save(train(pages, options.epochs), options.out)
    record = {
        "seed": SEED,
        "epochs": options.epochs,
        "threads": THREADS,
        "pages": len(pages),
        "data": digest(options.data),
        "written": digest_of(Path(__file__).parent),
        "numpy": np.__version__,
        "cross-validation": scores,
    }
    about.write_text(json.dumps(record, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
