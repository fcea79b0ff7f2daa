"""A small convolutional network with a linear-chain CRF on top: labels for the lines of a batch of pages.

Each measure becomes a row of thresholds passed or not. Two convolutions over neighbouring lines give a score a label,
and the CRF weighs them against the labels before and after. One set of weights reads lines of text (`features`),
another lines of HTML (`markup` on top of them); benchmarks/chrome and benchmarks/html train them.
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from threadpoolctl import ThreadpoolController

from peacetalks.errors import BuildError
from peacetalks.record import Label

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

LABELS: tuple[Label, ...] = ("title", "meta", "body", "caption", "chrome")
REACH = 3
# A chain is cut into windows of this many lines, so that a page of a million lines costs no more a line than others.
_WINDOW = 384
_MARGIN = 24
_AT_ONCE = 256  # lines that are worked on at a time: their thresholds stay in a core's own memory
_CHAINS = 256  # windows of about the same length that are gone through together


class Weights(NamedTuple):
    """The parameters; input n is whether measure `measure[n]` reaches `threshold[n]`, the rest is for `emissions`."""

    measure: Ints
    threshold: Floats
    inner: Floats
    inner_bias: Floats
    near: Floats
    near_bias: Floats
    wide: Floats
    wide_bias: Floats
    out: Floats
    out_bias: Floats
    transition: Floats
    start: Floats
    end: Floats


@cache
def load_weights(name: str, measures: tuple[str, ...]) -> Weights:
    """Return the weights of a file: of the package, or at a whole path; BuildError if trained for other measures."""
    with np.load(Path(__file__).parent / name) as file:
        trained = tuple(str(measure) for measure in file["measures"])
        weights = Weights(
            *(file[field].astype(np.int64 if field == "measure" else np.float32) for field in Weights._fields)
        )
    if trained != measures:
        raise BuildError(f"{name}: trained for other measures than the package takes; train it again")
    return weights


def judge_lines(measures: Floats, sizes: Ints, forced: Ints, weights: Weights) -> Floats:
    """Return the probability of each label for each line, stacked: shape (lines, len(LABELS)).

    `sizes` is the number of lines of each page. `forced` holds a label's index for each line, or -1; forced labels are
    certain, and their neighbours know of them.
    """
    # On matrices of this size a second thread only spins, and each worker of a build would start as many as there are
    # cores; one thread also adds up in the same order on every machine.
    with _threads().limit(limits=1, user_api="blas"):
        scores = emissions(measures, sizes, weights)
        certain = np.flatnonzero(forced >= 0)
        scores[certain] = -1e4
        scores[certain, forced[certain]] = 0.0
        return marginals(scores, sizes, weights)


@cache
def _threads() -> ThreadpoolController:
    return ThreadpoolController()


def reach_thresholds(measures: Floats, weights: Weights) -> Floats:
    """Return the inputs of the network, 1 where a measure reaches its threshold: shape (lines, thresholds)."""
    # Columns are taken as rows of the turned matrix, which lie in one piece.
    reached: Floats = (measures.T.take(weights.measure, axis=0) >= weights.threshold[:, None]).astype(np.float32)
    return reached.T


def emissions(measures: Floats, sizes: Ints, weights: Weights) -> Floats:
    """Return the score of each label for each line, without regard to its neighbours' labels.

    BLAS adds up a row in another order by its place among the rows that it is given. What it is given at a time is so
    many lines of one page, counted from its first: the scores of a page do not depend on the pages beside it.
    """
    pieces = _pieces(sizes)
    hidden = np.empty((len(measures), weights.inner.shape[1]), np.float32)
    for stretch in _stretches(pieces):
        low, high = stretch[0][0], stretch[-1][1]
        reached = reach_thresholds(measures[low:high], weights)
        for first, stop in stretch:
            rows = reached[first - low : stop - low]
            # A row alone is another product to BLAS, which adds it up in another order where it lies in pieces.
            np.matmul(rows if len(rows) > 1 else rows.copy(), weights.inner, out=hidden[first:stop])
    hidden += weights.inner_bias
    np.maximum(hidden, 0, out=hidden)
    places = spread(sizes)
    for kernel, bias in ((weights.near, weights.near_bias), (weights.wide, weights.wide_bias)):
        around = convolve(hidden, places, pieces, kernel)
        around += bias
        hidden += np.maximum(around, 0, out=around)
    scores = np.empty((len(hidden), weights.out.shape[1]), np.float32)
    for first, stop in pieces:
        np.matmul(hidden[first:stop], weights.out, out=scores[first:stop])
    scores += weights.out_bias
    return scores


def _pieces(sizes: Ints) -> list[tuple[int, int]]:
    """Return the first and the last line, exclusive, of each part of a page that is worked on by itself."""
    ends = np.cumsum(sizes).tolist()
    return [
        (first, min(first + _AT_ONCE, end))
        for end, size in zip(ends, sizes.tolist(), strict=True)
        for first in range(end - size, end, _AT_ONCE)
    ]


def _stretches(pieces: list[tuple[int, int]]) -> Iterator[list[tuple[int, int]]]:
    """Yield pieces that are one after the other, together no more than are worked on at a time."""
    stretch: list[tuple[int, int]] = []
    for piece in pieces:
        if stretch and piece[1] - stretch[0][0] > _AT_ONCE:
            yield stretch
            stretch = []
        stretch.append(piece)
    if stretch:
        yield stretch


def spread(sizes: Ints) -> Ints:
    """Return each line's row in an array that holds `REACH` empty rows before, between and after the pages."""
    page = np.repeat(np.arange(len(sizes)), sizes)
    return np.arange(int(sizes.sum())) + REACH * (page + 1)


def convolve(hidden: Floats, places: Ints, pieces: list[tuple[int, int]], kernel: Floats) -> Floats:
    """Return the sum over the neighbours within `REACH` of their values times the kernel of their distance."""
    result = np.empty((len(hidden), kernel.shape[2]), np.float32)
    if not pieces:
        return result
    padded = np.zeros((places[-1] + 1 + REACH, hidden.shape[1]), np.float32)
    padded[places] = hidden
    # A line and its neighbours lie in one piece.
    windows = np.lib.stride_tricks.sliding_window_view(padded.reshape(-1), kernel[..., 0].size)[:: hidden.shape[1]]
    flat = kernel.reshape(-1, kernel.shape[2])
    for first, stop in pieces:
        place = places[first] - REACH
        np.matmul(np.ascontiguousarray(windows[place : place + stop - first]), flat, out=result[first:stop])
    return result


def marginals(scores: Floats, sizes: Ints, weights: Weights) -> Floats:
    """Return the CRF's probability of each label for each line, by the forward-backward algorithm."""
    result = np.empty_like(scores)
    windows = _windows(sizes)
    windows.sort(key=lambda window: window[1] - window[0])
    for first in range(0, len(windows), _CHAINS):
        group = windows[first : first + _CHAINS]
        length = max(high - low for low, high, _, _ in group)
        cells = np.full((len(group), length), -1, np.int64)
        for row, (low, high, _, _) in enumerate(group):
            cells[row, : high - low] = np.arange(low, high)
        chained = chain_marginals(scores[cells], cells >= 0, weights)
        for row, (low, _, keep, stop) in enumerate(group):
            result[keep:stop] = chained[row, keep - low : stop - low]
    return result


def chain_marginals(scores: Floats, inside: npt.NDArray[np.bool_], weights: Weights) -> Floats:
    """Return the marginals of chains of unequal length: scores (chains, lines, labels), `inside` marks true lines."""
    forward, backward, local = chain_messages(scores, inside, weights)
    product = forward * backward
    del local
    total: Floats = product / product.sum(axis=2, keepdims=True)
    return total


def chain_messages(scores: Floats, inside: npt.NDArray[np.bool_], weights: Weights) -> tuple[Floats, Floats, Floats]:
    """Return the scaled forward and backward messages, and the local factors; lines past the end carry on the last.

    Each chain's are the same to the bit whatever the chains beside it, as no product of matrices is left to BLAS.
    """
    length = scores.shape[1]
    local = np.exp(scores - scores.max(axis=2, keepdims=True))
    move = np.exp(weights.transition)[:, :, None]
    back = move.swapaxes(0, 1)
    # Chains that are still going on come first, so that those that have ended are not looked at again.
    order = np.argsort(-inside.sum(axis=1), kind="stable")
    factors = local[order].transpose(1, 2, 0).copy()
    going = inside.sum(axis=0).tolist()
    ahead, behind = np.empty_like(factors), np.empty_like(factors)
    state = np.exp(weights.start)[:, None] * factors[0]
    ahead[0] = state / state.sum(axis=0)
    for n in range(1, length):
        many = going[n]
        state = (ahead[n - 1, :, None, :many] * move).sum(axis=0)
        state *= factors[n, :, :many]
        np.divide(state, state.sum(axis=0), out=ahead[n, :, :many])
        ahead[n, :, many:] = ahead[n - 1, :, many:]
    behind[:] = np.exp(weights.end)[:, None]
    for n in range(length - 2, -1, -1):
        many = going[n + 1]
        state = behind[n + 1, :, :many] * factors[n + 1, :, :many]
        state = (state[:, None] * back).sum(axis=0)
        np.divide(state, state.sum(axis=0), out=behind[n, :, :many])
    forward, backward = np.empty_like(local), np.empty_like(local)
    forward[order], backward[order] = ahead.transpose(2, 0, 1), behind.transpose(2, 0, 1)
    return forward, backward, local


def _windows(sizes: Ints) -> list[tuple[int, int, int, int]]:
    """Return for each stretch of lines the window that is read (low, high) and the part of it that is kept."""
    windows = []
    offset = 0
    for size in sizes.tolist():
        for start in range(0, size, _WINDOW):
            stop = min(start + _WINDOW, size)
            low, high = max(start - _MARGIN, 0), min(stop + _MARGIN, size)
            windows.append((offset + low, offset + high, offset + start, offset + stop))
        offset += size
    return windows
