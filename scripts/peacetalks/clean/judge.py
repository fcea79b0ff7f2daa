"""Judge the lines of pages, those of HTML by their markup as well as by their words."""

from functools import cache
from itertools import chain
from typing import NamedTuple

import numpy as np

from peacetalks.clean import features, markup
from peacetalks.clean.features import Page
from peacetalks.clean.markup import Lines
from peacetalks.clean.model import Floats, Weights, judge_lines, load_weights

TEXT, HTML = "weights.npz", "weights_html.npz"
_SIZE, _FULL = "size", "since-long"


class Draft(NamedTuple):
    """The lines of a page, their markup if it is of HTML, and the label's index that a rule gave each, or -1."""

    page: Page
    lines: Lines | None
    forced: list[int]


def judge_pages(drafts: list[Draft], weights: Weights | None = None) -> list[Floats]:
    """Return for each page the probability of each label for each line: shape (lines, len(LABELS)).

    `weights` are those for these pages, all of one kind, where not the package's own are meant.
    """
    result: list[Floats] = [np.zeros((0, 0), np.float32)] * len(drafts)
    for of_html in (False, True):
        chosen = [n for n, draft in enumerate(drafts) if (draft.lines is not None) is of_html and draft.page.lines]
        if not chosen:
            continue
        group = [drafts[n] for n in chosen]
        measures = measure_html(group) if of_html else features.measure_lines([draft.page for draft in group])
        taken = own_weights(of_html=of_html) if weights is None else weights
        sizes = np.array([len(draft.page.lines) for draft in group], np.int64)
        forced = np.fromiter(chain.from_iterable(draft.forced for draft in group), np.int64)
        chances = judge_lines(measures, sizes, forced, taken)
        for n, rows in zip(chosen, np.split(chances, np.cumsum(sizes)[:-1]), strict=True):
            result[n] = rows
    return result


def measure_html(drafts: list[Draft]) -> Floats:
    """Return the measures of every line of pages of HTML: those of its words, then those of its markup."""
    columns, every = measure_names(of_html=False), measure_names(of_html=True)
    measures = features.measure_lines([draft.page for draft in drafts], len(every) - len(columns))
    size = measures[:, columns.index(_SIZE)].astype(np.int64)
    full = measures[:, columns.index(_FULL)] == 0
    standing = [draft.lines for draft in drafts if draft.lines]
    markup.measure_markup(standing, size, full, measures[:, len(columns) :])
    return measures


@cache
def measure_names(*, of_html: bool) -> tuple[str, ...]:
    """Return the names of the measures of a line."""
    return features.names() + markup.names() if of_html else features.names()


@cache
def own_weights(*, of_html: bool) -> Weights:
    """Return the package's weights for lines of HTML or of text."""
    return load_weights(HTML if of_html else TEXT, measure_names(of_html=of_html))
