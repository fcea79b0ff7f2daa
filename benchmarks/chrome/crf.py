"""Train the network of clean/model.py by gradient descent: its loss, its gradient, and Adam."""

import numpy as np
import numpy.typing as npt

from peacetalks.clean import model
from peacetalks.clean.model import LABELS, REACH, Floats, Ints, Weights

# The running average forgets over so large a share of a step.
_AVERAGING = 0.005
_LEARNT = Weights._fields[2:]


def start_weights(measure: Ints, threshold: Floats, width: int, random: np.random.Generator) -> Weights:
    """Return small random weights for measures with these thresholds."""

    def draw(*shape: int) -> Floats:
        return (random.standard_normal(shape) * np.sqrt(1.5 / np.prod(shape[:-1]))).astype(np.float32)

    def zeros(*shape: int) -> Floats:
        return np.zeros(shape, np.float32)

    window, labels = 2 * REACH + 1, len(LABELS)
    return Weights(
        measure=measure,
        threshold=threshold,
        inner=draw(len(threshold), width),
        inner_bias=zeros(width),
        near=draw(window, width, width) * np.float32(0.5),
        near_bias=zeros(width),
        wide=draw(window, width, width) * np.float32(0.5),
        wide_bias=zeros(width),
        out=draw(width, labels),
        out_bias=zeros(labels),
        transition=zeros(labels, labels),
        start=zeros(labels),
        end=zeros(labels),
    )


def loss_and_gradient(
    inputs: Floats, sizes: Ints, truth: Ints, weight: Floats, weights: Weights, drop: npt.NDArray[np.bool_] | None
) -> tuple[float, dict[str, Floats]]:
    """Return the mean negative log likelihood a line and its gradient; lines of weight 0 are of unknown label.

    `truth` holds label indices; `drop` marks units of the first layer that are left out.
    """
    places = model.spread(sizes)
    before = inputs @ weights.inner + weights.inner_bias
    first = np.maximum(before, 0)
    scale = np.float32(1.0)
    if drop is not None:
        scale = np.float32(1 / (1 - drop.mean()))
        first = np.where(drop, 0, first) * scale
    near_windows, near_before = _convolve(first, places, weights.near, weights.near_bias)
    second = first + np.maximum(near_before, 0)
    wide_windows, wide_before = _convolve(second, places, weights.wide, weights.wide_bias)
    third = second + np.maximum(wide_before, 0)
    scores = third @ weights.out + weights.out_bias
    loss, slope, gradient = _chain(scores, sizes, truth, weight, weights)
    gradient["out"] = third.T @ slope
    gradient["out_bias"] = slope.sum(axis=0)
    back = slope @ weights.out.T
    gate = back * (wide_before > 0)
    gradient["wide"], gradient["wide_bias"] = (wide_windows.T @ gate).reshape(weights.wide.shape), gate.sum(axis=0)
    back = back + _spread_back(gate, places, weights.wide)
    gate = back * (near_before > 0)
    gradient["near"], gradient["near_bias"] = (near_windows.T @ gate).reshape(weights.near.shape), gate.sum(axis=0)
    back = back + _spread_back(gate, places, weights.near)
    gate = back * (before > 0) * scale
    if drop is not None:
        gate = np.where(drop, 0, gate)
    gradient["inner"], gradient["inner_bias"] = inputs.T @ gate, gate.sum(axis=0)
    return loss, {name: value.astype(np.float32) for name, value in gradient.items()}


def _convolve(hidden: Floats, places: Ints, kernel: Floats, bias: Floats) -> tuple[Floats, Floats]:
    padded = np.zeros((places[-1] + 1 + REACH, hidden.shape[1]), np.float32)
    padded[places] = hidden
    windows = np.concatenate([padded[places + offset] for offset in range(-REACH, REACH + 1)], axis=1)
    return windows, windows @ kernel.reshape(-1, kernel.shape[2]) + bias


def _spread_back(gate: Floats, places: Ints, kernel: Floats) -> Floats:
    padded = np.zeros((places[-1] + 1 + REACH, gate.shape[1]), np.float32)
    padded[places] = gate
    windows = np.concatenate([padded[places - offset] for offset in range(-REACH, REACH + 1)], axis=1)
    result: Floats = windows @ kernel.transpose(0, 2, 1).reshape(-1, kernel.shape[1])
    return result


def _chain(
    scores: Floats, sizes: Ints, truth: Ints, weight: Floats, weights: Weights
) -> tuple[float, Floats, dict[str, Floats]]:
    """Return the loss, its slope by the scores, and its gradient by the CRF's own parameters."""
    length, chains, labels = int(sizes.max()), len(sizes), len(LABELS)
    cells = np.full((chains, length), -1, np.int64)
    offsets = np.concatenate([[0], np.cumsum(sizes)])
    for row, size in enumerate(sizes):
        cells[row, :size] = np.arange(offsets[row], offsets[row + 1])
    inside = cells >= 0
    free, slope_free, pair_free, edges_free = _expect(scores, cells, inside, weights)
    held = scores.copy()
    known = np.flatnonzero(weight > 0)
    kept = held[known, truth[known]]
    held[known] = -60.0
    held[known, truth[known]] = kept
    bound, slope_held, pair_held, edges_held = _expect(held, cells, inside, weights)
    lines = len(scores)
    slope = np.zeros((lines, labels), np.float32)
    slope[cells[inside]] = (slope_free - slope_held)[inside]
    slope *= np.where(weight > 0, weight, 1.0)[:, None]
    total = float((free - bound).sum())
    gradient = {
        "transition": (pair_free - pair_held) / lines,
        "start": (edges_free[0] - edges_held[0]) / lines,
        "end": (edges_free[1] - edges_held[1]) / lines,
    }
    return total / lines, slope / np.float32(lines), gradient


def _expect(
    scores: Floats, cells: Ints, inside: npt.NDArray[np.bool_], weights: Weights
) -> tuple[Floats, Floats, Floats, tuple[Floats, Floats]]:
    """Return a log partition function's estimate a chain, marginals, expected moves, expected first and last label."""
    chained = scores[cells].astype(np.float64)
    forward, backward, local = model.chain_messages(chained, inside, weights)
    product = forward * backward
    marginal = product / product.sum(axis=2, keepdims=True)
    pair = forward[:, :-1, :, None] * np.exp(weights.transition) * (local * backward)[:, 1:, None, :]
    pair /= pair.sum(axis=(2, 3), keepdims=True)
    moves = (pair * inside[:, 1:, None, None]).sum(axis=(0, 1))
    last = inside.sum(axis=1) - 1
    edges = marginal[:, 0].sum(axis=0), marginal[np.arange(len(last)), last].sum(axis=0)
    return _log_partition(chained, inside, weights), marginal, moves, edges


def _log_partition(chained: Floats, inside: npt.NDArray[np.bool_], weights: Weights) -> Floats:
    highest = chained.max(axis=2)
    local = np.exp(chained - highest[:, :, None])
    move = np.exp(weights.transition.astype(np.float64))
    state = np.exp(weights.start) * local[:, 0]
    total = highest[:, 0].copy()
    for n in range(1, chained.shape[1]):
        mass = state.sum(axis=1, keepdims=True)
        step = ((state / mass) @ move) * local[:, n]
        state = np.where(inside[:, n, None], step, state)
        total += np.where(inside[:, n], np.log(mass[:, 0]) + highest[:, n], 0.0)
    result: Floats = total + np.log((state * np.exp(weights.end)).sum(axis=1))
    return result


class Adam:
    """Adam with weight decay on the matrices and a cosine schedule."""

    def __init__(self, weights: Weights, rate: float, decay: float, steps: int) -> None:
        self.weights, self.rate, self.decay, self.steps, self.step = weights, rate, decay, steps, 0
        self.mean = {name: np.zeros_like(getattr(weights, name)) for name in _LEARNT}
        self.square = {name: np.zeros_like(getattr(weights, name)) for name in _LEARNT}
        self.average = {name: getattr(weights, name).copy() for name in _LEARNT}

    def update(self, gradient: dict[str, Floats]) -> None:
        """Move the weights one step against the gradient."""
        self.step += 1
        norm = float(np.sqrt(sum(float((g**2).sum()) for g in gradient.values())))
        clip = min(1.0, 1.0 / (norm + 1e-9))
        rate = self.rate * (0.02 + 0.98 * 0.5 * (1 + np.cos(np.pi * min(1.0, self.step / self.steps))))
        for name, raw in gradient.items():
            slope = raw * np.float32(clip)
            self.mean[name] += np.float32(0.1) * (slope - self.mean[name])
            self.square[name] += np.float32(0.005) * (slope**2 - self.square[name])
            mean = self.mean[name] / np.float32(1 - 0.9**self.step)
            square = self.square[name] / np.float32(1 - 0.995**self.step)
            parameter = getattr(self.weights, name)
            if parameter.ndim > 1 and name != "transition":
                parameter *= np.float32(1 - rate * self.decay)
            parameter -= np.float32(rate) * mean / (np.sqrt(square) + np.float32(1e-8))
            weight = np.float32(max(1 / self.step, _AVERAGING))
            self.average[name] += weight * (parameter - self.average[name])

    def averaged(self) -> Weights:
        """Return the running average of the weights over the latest steps, which is steadier than the last step's."""
        return self.weights._replace(**self.average)
