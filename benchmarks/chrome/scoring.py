"""Count right and wrong labels of lines, a page and a language at a time."""

from collections import Counter
from dataclasses import dataclass, field

import numpy as np
from render import Capture

from peacetalks.clean import features, model
from peacetalks.clean.model import LABELS, Weights


@dataclass(slots=True)
class Outcome:
    """One page: its truth and what was found, line by line."""

    name: str
    language: str
    truth: list[str]
    found: list[str]


@dataclass(slots=True)
class Tally:
    """Outcomes, and the figures that follow from them."""

    outcomes: list[Outcome] = field(default_factory=list)

    def add(self, outcomes: list[Outcome]) -> None:
        """Take in more pages."""
        self.outcomes += outcomes

    def figures(self, language: str | None = None) -> dict[str, float]:
        """Return precision, recall and F1 of body lines, and the shares of pages that lost any, and of perfect ones."""
        pages = [o for o in self.outcomes if language is None or o.language == language]
        counts = Counter((t == "body", f == "body") for o in pages for t, f in zip(o.truth, o.found, strict=True))
        right, extra, lost = counts[True, True], counts[False, True], counts[True, False]
        losers = sum(any(t == "body" and f != "body" for t, f in zip(o.truth, o.found, strict=True)) for o in pages)
        perfect = sum(all((t == "body") == (f == "body") for t, f in zip(o.truth, o.found, strict=True)) for o in pages)
        return {
            "precision": round(right / max(1, right + extra), 4),
            "recall": round(right / max(1, right + lost), 4),
            "f1": round(2 * right / max(1, 2 * right + extra + lost), 4),
            "pages-with-loss": round(losers / max(1, len(pages)), 4),
            "pages-perfect": round(perfect / max(1, len(pages)), 4),
            "pages": len(pages),
        }

    def languages(self) -> list[str]:
        """Return the languages that there are pages in."""
        return sorted({outcome.language for outcome in self.outcomes})

    def label_figures(self) -> dict[str, tuple[float, float, float]]:
        """Return precision, recall and F1 of each label."""
        pairs = Counter((t, f) for o in self.outcomes for t, f in zip(o.truth, o.found, strict=True))
        result = {}
        for label in LABELS:
            right = pairs[label, label]
            claimed = sum(n for (_, f), n in pairs.items() if f == label)
            true = sum(n for (t, _), n in pairs.items() if t == label)
            result[label] = (
                right / max(1, claimed),
                right / max(1, true),
                2 * right / max(1, claimed + true),
            )
        return result

    def summary(self) -> str:
        """Return the figures on one line."""
        return "  ".join(f"{name} {value}" for name, value in self.figures().items())


def score_captures(captures: list[Capture], weights: Weights) -> list[Outcome]:
    """Return what the model with these weights, without rules, makes of the captures."""
    pages = [features.Page(capture.lines, capture.blanks) for capture in captures]
    sizes = np.array([len(page.lines) for page in pages])
    best = model.judge_lines(features.measure_lines(pages), sizes, np.full(sizes.sum(), -1), weights).argmax(axis=1)
    outcomes = []
    offset = 0
    for capture in captures:
        found = [LABELS[n] for n in best[offset : offset + len(capture.lines)]]
        outcomes.append(Outcome(capture.name, capture.language, capture.labels, found))
        offset += len(capture.lines)
    return outcomes
