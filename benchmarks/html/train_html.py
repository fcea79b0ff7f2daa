"""Train the weights of clean/model.py for lines of HTML on labelled news pages, in all and a publisher fold at a time.

python benchmarks/html/train_html.py DATA [--epochs N] [--folds DIR]
"""

import argparse
import json
import os
import random
import sys
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # the sums of another number of threads differ in their last bits

import numpy as np
import numpy.typing as npt
from news import News, read_news  # puts benchmarks/chrome on the path
from vary import draft_of, vary

from crf import Adam, loss_and_gradient, start_weights  # isort: skip
from pages import digest  # isort: skip
from train import FOLDS, SEED, folds, thresholds_of  # isort: skip

from peacetalks.clean import judge, model
from peacetalks.clean.judge import Draft
from peacetalks.clean.model import LABELS, Weights

EPOCHS = 60
WIDTH = 48
_BATCH = 16


def train(pages: list[News], epochs: int, seed: int = SEED, *, quiet: bool = False) -> Weights:
    """Return weights trained on fresh random variants of the pages in every epoch."""
    chance, random_state = random.Random(seed), np.random.default_rng(seed)  # noqa: S311
    pages = [page for page in pages if "body" in page.labels]
    sample = judge.measure_html([draft_of(page)[0] for page in pages])
    weights = start_weights(*thresholds_of(sample), WIDTH, random_state)
    optimiser = Adam(weights, rate=0.003, decay=0.02, steps=epochs * -(-len(pages) // _BATCH))
    for epoch in range(epochs):
        chance.shuffle(pages)
        losses = [
            _learn(
                [vary(page, pages, chance) for page in pages[first : first + _BATCH]], weights, optimiser, random_state
            )
            for first in range(0, len(pages), _BATCH)
        ]
        if not quiet and epoch % 10 == 9:
            print(f"  epoch {epoch + 1}: loss {np.mean(losses):.4f}", file=sys.stderr)
    return optimiser.averaged()


def _learn(
    variants: list[tuple[Draft, list[str]]], weights: Weights, optimiser: Adam, random_state: np.random.Generator
) -> float:
    variants = [variant for variant in variants if variant[1]]
    measures = judge.measure_html([draft for draft, _ in variants])
    # Whole measures are left out at random, so that the labels never hang on one of them.
    gone = random_state.random(measures.shape[1]) < 0.06
    inputs = model.reach_thresholds(measures, weights) * ~gone[weights.measure]
    labels = [label for _, page in variants for label in page]
    truth = np.array([LABELS.index(label) if label in LABELS else 0 for label in labels])
    known = np.array([label in LABELS for label in labels], np.float32)
    sizes = np.array([len(page) for _, page in variants])
    drop: npt.NDArray[np.bool_] = random_state.random((len(inputs), weights.inner.shape[1])) < 0.25
    loss, gradient = loss_and_gradient(inputs, sizes, truth, known, weights, drop)
    optimiser.update(gradient)
    return loss


def save(weights: Weights, path: Path) -> None:
    """Write the weights, matrices in half precision."""
    np.savez_compressed(
        path,
        measures=np.array(judge.measure_names(of_html=True)),
        **{name: value.astype(np.float16) if value.ndim > 1 else value for name, value in weights._asdict().items()},
    )


def main() -> None:
    """Train a model a fold for compare_html.py, then one on everything, and write that with its sidecar."""
    parser = argparse.ArgumentParser(description="Train the model for lines of HTML on a folder of news pages.")
    parser.add_argument("data", type=Path)
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--folds", type=Path, help="a folder for the weights of each fold")
    parser.add_argument("--out", type=Path, default=Path(model.__file__).parent)
    options = parser.parse_args()
    pages = read_news(options.data)
    if options.folds is not None:
        options.folds.mkdir(parents=True, exist_ok=True)
        for fold in range(FOLDS):
            kept = [page for page, other in zip(pages, folds(pages), strict=True) if other != fold]
            save(train(kept, options.epochs), options.folds / f"{fold}.npz")
            print(f"fold {fold}", file=sys.stderr)
    save(train(pages, options.epochs), options.out / judge.HTML)
    record = {
        "seed": SEED,
        "epochs": options.epochs,
        "pages": len(pages),
        "data": digest(options.data),
        "numpy": np.__version__,
    }
    about = options.out / Path(judge.HTML).with_suffix(".json")
    scores = json.loads(about.read_text("utf-8")).get("cross-validation", {}) if about.exists() else {}
    about.write_text(json.dumps(record | {"cross-validation": scores}, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
