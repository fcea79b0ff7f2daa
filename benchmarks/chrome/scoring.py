"""Count right and wrong labels of lines, a page and a language at a time."""

from collections import Counter
from dataclasses import dataclass, field, replace

from render import Capture

from peacetalks.clean.chrome import label_pages
from peacetalks.clean.model import LABELS, Weights
from peacetalks.clean.recurrence import SitePage, find_recurring
from peacetalks.clean.segments import tile
from peacetalks.record import Segment


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
    """Return what the package makes of the captures with these weights, its rules included."""
    labelled = label_pages([tile(_as_text(capture)) for capture in captures], weights=weights)
    return [
        Outcome(capture.name, capture.language, capture.labels, _labels(capture, segments))
        for capture, segments in zip(captures, labelled, strict=True)
    ]


def score_recurrence(captures: list[Capture], tally: Tally, least: int = 3) -> dict[str, Tally]:
    """Return the scores on sites with at least so many pages: pages alone, and cleared of what their site repeats."""
    site_of = {capture.name: capture.name.partition("_")[0] for capture in captures}
    large = {site for site, count in Counter(site_of.values()).items() if count >= least}
    outcomes = [outcome for outcome in tally.outcomes if site_of[outcome.name] in large]
    lines_of = {capture.name: capture.lines for capture in captures}
    pages = [SitePage(site_of[o.name], _as_segments(lines_of[o.name], o.found)) for o in outcomes]
    recurring = find_recurring(pages)
    cleared = [
        replace(outcome, found=[segment.label for segment in recurring.relabel(page)])
        for outcome, page in zip(outcomes, pages, strict=True)
    ]
    return {"each page alone": Tally(outcomes), "with the site's other pages": Tally(cleared)}


def _as_text(capture: Capture) -> str:
    return "".join("\n" * blank + line + "\n" for blank, line in zip(capture.blanks, capture.lines, strict=False))


def _labels(capture: Capture, segments: list[Segment]) -> list[str]:
    """Return a label a line; one that was cut in pieces is body only where all of them are."""
    pieces: dict[int, list[str]] = {}
    text = _as_text(capture)
    for segment in segments:
        if segment.label != "blank":
            # A piece belongs to the line of its first visible character.
            visible = segment.start + len(segment.raw) - len(segment.raw.lstrip())
            pieces.setdefault(text.count("\n", 0, visible), []).append(segment.label)
    at = 0
    found = []
    for blank, line in zip(capture.blanks, capture.lines, strict=False):
        at += blank
        labels = pieces.get(at, ["blank"])
        found.append(next((label for label in labels if label != "body"), "body"))
        at += 1 + line.count("\n")
    return found


def _as_segments(lines: list[str], labels: list[str]) -> list[Segment]:
    return [
        Segment(n=n, start=0, end=len(line), raw=line, clean=line, label=label, reason="model", score=0.5)
        for n, (line, label) in enumerate(zip(lines, labels, strict=True))
    ]
