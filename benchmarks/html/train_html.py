"""Train the weights of clean/model.py for lines of HTML on labelled news pages, scored by cross-validation.

python benchmarks/html/train_html.py DATA [--epochs N] [--only-fold K] [--skip-folds]
"""

import argparse
import json
import os
import random
import sys
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "2")

import numpy as np
import numpy.typing as npt
from news import News, read_news  # puts benchmarks/chrome on the path
from vary import draft_of, vary

from crf import Adam, loss_and_gradient, start_weights  # isort: skip
from pages import digest  # isort: skip
from train import thresholds_of  # isort: skip

from peacetalks.clean import judge, model
from peacetalks.clean.judge import Draft
from peacetalks.clean.model import LABELS, Weights

SEED = 20110315
FOLDS = 5
EPOCHS = 60
WIDTH = 48
_BATCH = 16


def folds(pages: list[News]) -> list[int]:
    """Return the fold of each page: all pages of a publisher share one, large languages are spread evenly."""
    publishers = sorted({(page.language, page.publisher) for page in pages})
    random.Random(SEED).shuffle(publishers)  # noqa: S311
    publishers.sort(key=lambda pair: pair[0])
    first: dict[str, int] = {}
    for n, (_, publisher) in enumerate(publishers):
        first.setdefault(publisher, n % FOLDS)
    return [first[page.publisher] for page in pages]


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


def save(weights: Weights, out: Path) -> None:
    """Write the weights, matrices in half precision."""
    np.savez_compressed(
        out / judge.HTML,
        measures=np.array(judge.measure_names(of_html=True)),
        **{name: value.astype(np.float16) if value.ndim > 1 else value for name, value in weights._asdict().items()},
    )
