"""Measure how the lines of HTML pages stand in their markup, with array operations over a batch of pages at once.

A line is seen through the kinds of the elements around it (rules/marks.toml), through links and emphasis, through what
it repeats of the page's stated facts, and through where it stands to the part of the tree that holds most of the text.
"""

from collections import defaultdict
from collections.abc import Iterable
from itertools import chain, count
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from peacetalks.clean.features import fill_rows
from peacetalks.clean.marks import load_kinds, read_marks
from peacetalks.record import Markup

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]
Measure = npt.NDArray[np.float64] | npt.NDArray[np.int64] | npt.NDArray[np.bool_]

_NEAR = 3  # elements from a line upwards whose kinds are counted as its own surroundings
_UP = 4  # elements above a line's block whose share of the page's text is measured
_ECHOES = ("title", "part-of-title", "holds-title", "body", "has-body", "summary", "author", "date")
_DOUBLINGS = 9  # trees are 2 ** 9 elements deep at most
# fmt: off
_INLINE = frozenset([
    "a", "abbr", "b", "big", "cite", "em", "font", "i", "mark", "q", "s", "small", "span", "strong", "sub", "sup",
    "time", "u",
])
# fmt: on
_FAR = 99


class Lines(NamedTuple):
    """The markup of a page and, for each of the lines that are measured, the line of the page that it is of."""

    markup: Markup
    rows: list[int]


class _Trees(NamedTuple):
    """The elements of all pages in one array, after one that stands above every root, and the lines among them.

    `row` is which of all lines of the pages' markup each line is of.
    """

    parent: Ints
    depth: Ints
    bits: Ints
    page: Ints
    signature: Ints
    element: Ints
    block: Ints
    row: Ints
    page_of: Ints
    doublings: int


def measure_markup(pages: list[Lines], size: Ints, full: npt.NDArray[np.bool_], out: Floats | None = None) -> Floats:
    """Return the measures of every line of every page, stacked: shape (lines, len(names())), which `out` may have.

    `size` is each line's length, `full` tells which are as long as paragraphs.
    """
    columns = _measure(pages, size, full)
    if out is None:
        out = np.empty((len(columns), len(size)), np.float32).T
    fill_rows(out.T, columns)
    return out


def names() -> tuple[str, ...]:
    """Return the names of the columns of `measure_markup`."""
    markup = Markup(tag=["body"], parent=[-1], marks=[""], element=[0], linked=[0], strong=[0], echoes=[0])
    return tuple(_measure([Lines(markup, [0])], np.ones(1, np.int64), np.ones(1, np.bool_)))


def _measure(pages: list[Lines], size: Ints, full: npt.NDArray[np.bool_]) -> dict[str, Measure]:
    trees = _plant(pages)
    columns = _kinds(trees)
    columns |= _runs(pages, trees, size)
    columns |= _echoes(pages, trees)
    columns |= _mass(trees, np.where(full, size, 0), size)
    columns |= _neighbours(trees)
    return columns


def _plant(pages: list[Lines]) -> _Trees:
    kinds = load_kinds()
    sizes = np.array([len(page.markup.tag) for page in pages], np.int64)
    first = np.cumsum(sizes) - sizes + 1
    numbers: dict[tuple[str, str], int] = defaultdict(count().__next__)
    pairs = chain([("", "")], *(zip(page.markup.tag, page.markup.marks, strict=True) for page in pages))
    signatures = np.fromiter(map(numbers.__getitem__, pairs), np.int64, int(sizes.sum()) + 1)
    bits = np.array([kinds.tags.get(tag, 0) | read_marks(marks) for tag, marks in numbers], np.int64)[signatures]
    parent = np.zeros(len(bits), np.int64)
    parent[1:] = _join(page.markup.parent for page in pages) + np.repeat(first, sizes)
    parent[first] = 0
    counts = np.array([len(page.rows) for page in pages], np.int64)
    lines = np.array([len(page.markup.element) for page in pages], np.int64)
    row = _join(page.rows for page in pages) + np.repeat(np.cumsum(lines) - lines, counts)
    element = _join(page.markup.element for page in pages)[row] + np.repeat(first, counts)
    skip = np.array([tag in _INLINE or not tag for tag, _ in numbers])[signatures]
    block = element
    for _ in range(_DOUBLINGS):
        inline = skip[block]
        if not inline.any():
            break
        block = np.where(inline, parent[block], block)
    depth = (parent != np.arange(len(parent))).astype(np.int64)
    up, doublings = parent, 0
    while doublings < _DOUBLINGS and up.any():
        depth, up = depth + depth[up], up[up]
        doublings += 1
    return _Trees(
        parent=parent,
        depth=depth,
        bits=bits,
        page=np.concatenate([[-1], np.repeat(np.arange(len(pages)), sizes)]),
        signature=signatures,
        element=element,
        block=block,
        row=row,
        page_of=np.repeat(np.arange(len(pages)), counts),
        doublings=doublings,
    )


def _inherit(bits: Ints, trees: _Trees) -> Ints:
    """Return for each element the bits of all elements from it up to the root."""
    up = trees.parent
    for _ in range(trees.doublings):
        bits, up = bits | bits[up], up[up]
    return bits


def _kinds(trees: _Trees) -> dict[str, Measure]:
    """Measure of what kinds the elements near a line are, and those further up."""
    own = trees.bits[trees.element] | trees.bits[trees.block]
    near, up = trees.bits[trees.element], trees.element
    for _ in range(_NEAR - 1):
        up = trees.parent[up]
        near = near | trees.bits[up]
    every = _inherit(trees.bits, trees)[trees.element]
    columns: dict[str, Measure] = {}
    for n, name in enumerate(load_kinds().names):
        # How near: 3 for the element or its block, 2 for those right above, 1 for any further up.
        columns[f"in-{name}"] = ((own >> n) & 1) + ((near >> n) & 1) + ((every >> n) & 1)
    columns["depth"] = trees.depth[trees.element]
    return columns


def _join(columns: Iterable[list[int]]) -> Ints:
    return np.fromiter(chain.from_iterable(columns), np.int64)


def _runs(pages: list[Lines], trees: _Trees, size: Ints) -> dict[str, Measure]:
    linked = _join(page.markup.linked for page in pages)[trees.row]
    strong = _join(page.markup.strong for page in pages)[trees.row]
    return {
        "linked": np.minimum(linked / np.maximum(size, 1), 1.0),
        "linked-size": np.minimum(linked, size),
        "unlinked-size": np.maximum(size - linked, 0),
        "strong": np.minimum(strong / np.maximum(size, 1), 1.0),
    }


def _echoes(pages: list[Lines], trees: _Trees) -> dict[str, Measure]:
    bits = _join(page.markup.echoes for page in pages)[trees.row]
    said = {name: (bits >> n) & 1 for n, name in enumerate(_ECHOES)}
    columns: dict[str, Measure] = {f"echoes-{name}": value for name, value in said.items()}
    columns["lacks-body"] = said["has-body"] & (1 - said["body"])
    columns["since-title"] = _since(said["title"] > 0, trees.page_of)
    heads = (trees.bits[trees.block] >> load_kinds().names.index("tags-first_heading")) & 1 > 0
    columns["since-heading"] = _since(heads, trees.page_of)
    return columns


def _since(marked: npt.NDArray[np.bool_], page_of: Ints) -> Ints:
    """Return how many lines ago the first marked line of the page was; negative before it, `_FAR` without one."""
    here = np.arange(len(marked))
    first = np.full(int(page_of[-1]) + 1 if len(page_of) else 0, -1, np.int64)
    places = np.flatnonzero(marked)[::-1]
    first[page_of[places]] = places
    return np.where(first[page_of] >= 0, here - first[page_of], -_FAR)


def _mass(trees: _Trees, mass: Ints, size: Ints) -> dict[str, Measure]:
    """Measure a line's place by the text that elements hold, and to the element that holds most paragraphs."""
    parent, count = trees.parent, len(trees.parent)
    above = parent[trees.block]
    own = [np.bincount(trees.block, mass, count), np.bincount(trees.block, minlength=count)]
    held, lines, letters = _sum_up([*own, np.bincount(trees.block, size, count)], trees)
    pages = int(trees.page_of[-1]) + 1 if len(trees.page_of) else 0
    total = np.maximum(np.bincount(trees.page_of, mass, pages), 1)[trees.page_of]
    columns: dict[str, Measure] = {}
    up = trees.block
    for n in range(_UP):
        columns[f"held-{n}"] = held[up] / total
        columns[f"full-{n}"] = held[up] / np.maximum(letters[up], 1)
        columns[f"lines-{n}"] = lines[up]
        up = np.where(parent[up] > 0, parent[up], up)
    score = np.bincount(above, mass, count) + 0.7 * np.bincount(parent[above], mass, count)
    score += np.bincount(trees.block, np.where(lines[trees.block] > 1, mass, 0), count)
    score[0] = 0
    best = _best(score, trees.page, pages)
    spine = np.zeros(count, np.int64)
    step = best
    for _ in range(1 << (_DOUBLINGS - 1)):
        spine[step] = trees.depth[step]
        step = parent[step]
        if not step.any():
            break
    spine[0] = 0
    joint, far = spine, parent
    for _ in range(trees.doublings):
        joint, far = np.maximum(joint, joint[far]), far[far]
    meet = joint[trees.block]
    columns["from-main"] = trees.depth[best][trees.page_of] - meet
    columns["below-main"] = trees.depth[trees.block] - meet
    columns["main-share"] = (held[best] if len(best) else held[:0])[trees.page_of] / total
    columns["main-lines"] = (lines[best] if len(best) else lines[:0])[trees.page_of]
    sorts = trees.signature[trees.block] * (int(trees.signature.max(initial=0)) + 1) + trees.signature[above]
    _, group = np.unique(sorts * (pages + 1) + trees.page_of, return_inverse=True)
    alike = np.bincount(group, mass)[group]
    columns["alike-share"] = alike / total
    columns["alike-lines"] = np.bincount(group)[group]
    columns["alike-size"] = np.bincount(group, size)[group] / np.maximum(np.bincount(group)[group], 1)
    return columns


def _sum_up(values: list[npt.NDArray[Any]], trees: _Trees) -> list[npt.NDArray[np.float64]]:
    """Return for each element the sums of its own values and of those below it."""
    totals = [value.astype(np.float64) for value in values]
    order = np.argsort(-trees.depth.astype(np.int16), kind="stable")  # small numbers are sorted in linear time
    levels = np.flatnonzero(np.diff(trees.depth[order], prepend=-1))
    for start, stop in zip(levels, [*levels[1:], len(order)], strict=True):
        rows = order[start:stop]
        if trees.depth[rows[0]] > 0:
            above = trees.parent[rows]
            for total in totals:
                np.add.at(total, above, total[rows])
    return totals


def _best(score: npt.NDArray[np.float64], page: Ints, pages: int) -> Ints:
    """Return the element with the highest score on each page, the first of equals."""
    order = np.lexsort((np.arange(len(score)), -score, page))
    first = np.searchsorted(page[order], np.arange(pages))
    best: Ints = order[np.minimum(first, len(order) - 1)]
    return best


def _neighbours(trees: _Trees) -> dict[str, Measure]:
    """Measure how far up a line meets the lines before and after it, and whether they are alike."""
    block, above = trees.block, trees.parent[trees.block]
    same = trees.page_of[1:] == trees.page_of[:-1]
    kin = same & (above[1:] == above[:-1])
    alike = same & (trees.signature[block[1:]] == trees.signature[block[:-1]])
    one = same & (block[1:] == block[:-1])
    columns: dict[str, Measure] = {}
    for name, pairs in (("kin", kin), ("alike", alike), ("one", one)):
        edge = np.zeros(1 if len(block) else 0, np.bool_)
        columns[f"{name}-before"] = np.concatenate([edge, pairs])
        columns[f"{name}-after"] = np.concatenate([pairs, edge])
    columns["depth-change"] = np.concatenate([[0] * min(len(block), 1), np.where(same, np.diff(trees.depth[block]), 0)])
    return columns
