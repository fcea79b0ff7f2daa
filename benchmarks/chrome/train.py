"""Train the network of clean/model.py on rendered news pages, score it by cross-validation, and write its weights.

python benchmarks/chrome/train.py DATA [--epochs N] [--only-fold K]
"""

import argparse
import json
import random
import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
from crf import Adam, loss_and_gradient, start_weights
from pages import Page, digest, read_pages
from render import Capture, composable, compose, render, render_plain
from scoring import Tally, score_captures

from peacetalks.clean import features, model
from peacetalks.clean.model import LABELS, Floats, Weights

SEED = 20110315
FOLDS = 5
WIDTH = 48
_STEPS = 7
_BATCH = 24


def folds(pages: list[Page]) -> list[int]:
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
    weights = start_weights(_thresholds(sample), WIDTH, random_state)
    batches = -(-(len(pages) + 4 * len(composable())) // _BATCH)
    optimiser = Adam(weights, rate=0.003, decay=0.02, steps=epochs * batches)
    for epoch in range(epochs):
        captures = [render(page, pages, chance) for page in pages]
        captures += [compose(language, chance) for language in composable() for _ in range(4)]
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
    reached = (measures[:, :, None] >= weights.thresholds) & ~gone[:, None]
    inputs = reached.reshape(len(measures), -1).astype(np.float32)
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


def _thresholds(measures: Floats) -> Floats:
    """Return for each measure the values that part the lines best evenly, `_STEPS` of them, the last repeated."""
    rows = []
    for column in measures.T:
        values = np.unique(column)
        grid = np.quantile(column, [0.05, 0.15, 0.3, 0.5, 0.7, 0.85, 0.95, 0.99])
        between = (values[1:] + values[:-1]) / 2 if len(values) > 1 else np.array([1.0])
        places = np.unique(np.clip(np.searchsorted(between, grid), 0, len(between) - 1))
        chosen = np.unique(np.concatenate([between[:1] if len(between) < 40 else between[places[:1]], between[places]]))
        if len(chosen) < _STEPS and len(between) > len(chosen):
            chosen = np.unique(np.concatenate([chosen, between[: _STEPS - len(chosen)]]))
        picks = np.linspace(0, len(chosen) - 1, _STEPS).round().astype(int)
        rows.append(chosen[picks] if len(chosen) > _STEPS else np.pad(chosen, (0, _STEPS - len(chosen)), mode="edge"))
    return np.array(rows, np.float32)


def main() -> None:
    """Cross-validate, train on everything, and write weights.npz and weights.json beside clean/model.py."""
    parser = argparse.ArgumentParser(description="Train the chrome model on a folder of news pages.")
    parser.add_argument("data", type=Path)
    parser.add_argument("--epochs", type=int, default=120)
    parser.add_argument("--only-fold", type=int)
    parser.add_argument("--skip-folds", action="store_true")
    parser.add_argument("--out", type=Path, default=Path(model.__file__).parent)
    options = parser.parse_args()
    pages = read_pages(options.data)
    fold_of = folds(pages)
    scores: dict[str, float] = {}
    if not options.skip_folds:
        tallies = {"whole": Tally(), "main": Tally()}
        for fold in range(FOLDS) if options.only_fold is None else [options.only_fold]:
            weights = train([p for p, f in zip(pages, fold_of, strict=True) if f != fold], options.epochs)
            test = [p for p, f in zip(pages, fold_of, strict=True) if f == fold]
            for style, tally in tallies.items():
                tally.add(score_captures(held_out(test, whole=style == "whole"), weights))
                print(f"fold {fold} {style}: {tally.summary()}", file=sys.stderr)
        scores = {
            f"{style}-{name}": value for style, tally in tallies.items() for name, value in tally.figures().items()
        }
    if options.only_fold is not None:
        return
    weights = train(pages, options.epochs)
    np.savez_compressed(
        options.out / "weights.npz",
        measures=np.array(features.names()),
        **{
            name: value.astype(np.float16 if value.ndim > 1 else np.float32)
            for name, value in weights._asdict().items()
        },
    )
    about = {
        "seed": SEED,
        "epochs": options.epochs,
        "pages": len(pages),
        "data": digest(options.data),
        "numpy": np.__version__,
        "cross-validation": scores,
    }
    (options.out / "weights.json").write_text(json.dumps(about, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
