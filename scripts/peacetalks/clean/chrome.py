"""Label the segments of pages: rules where they are certain, the model everywhere else."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from peacetalks.clean.features import Page
from peacetalks.clean.judge import Draft, judge_pages
from peacetalks.clean.markup import Lines
from peacetalks.clean.model import LABELS, Floats, Weights
from peacetalks.clean.rules import Rule, Rules, load_rules
from peacetalks.record import Label, Markup, Segment

_BODY, _CHROME = LABELS.index("body"), LABELS.index("chrome")
# A sentence lost is worse than a line too many: in doubt, body wins from a little below even chances on.
_BODY_FROM = 0.45
# Markup tells a sentence of the text from one of a teaser, so that there is less doubt to give the benefit of.
_BODY_OF_HTML_FROM = 0.5
# What is left of a score does not depend on the pages beside it in a batch, nor on the machine.
_DIGITS = 4
# The name of a site after the headline: set off by a bar, or the host name of a site after a dash.
_SITE = re.compile(r"\s+(?:[|¦]\s+\S[^|¦]{1,40}|[-–—]\s+[\w-]{2,30}\.(?:com|org|net|info|co|[a-z]{2}))\s*\Z")


def label_segments(segments: list[Segment], markup: Markup | None = None) -> list[Segment]:
    """Return the segments of one page, each with its label, reason and score; glued furniture is split off."""
    return label_pages([segments], [markup])[0]


def label_pages(
    pages: list[list[Segment]], markups: Sequence[Markup | None] | None = None, weights: Weights | None = None
) -> list[list[Segment]]:
    """Return each page's segments labelled; the raws of a page, joined, stay the same text.

    `markups` holds for each page how its lines stand in its HTML, or None; `weights` are for these pages, where not the
    package's own are meant. Reason is a rule's id with score 1, `stated-headline` for what the head of a page of HTML
    gives, or `model` with the probability of the label.
    """
    rules = load_rules()
    found = iter(rules.find([segment.clean for page in pages for segment in page if segment.label != "blank"]))
    of_html = markups or [None] * len(pages)
    pieces = [_Pieces(page, markup, rules, found) for page, markup in zip(pages, of_html, strict=True)]
    for page, chances in zip(pieces, judge_pages([page.draft() for page in pieces], weights), strict=True):
        page.label(chances)
    return [_numbered(_split_sites(page.segments)) for page in pieces]


class _Pieces:
    """One page on its way: its segments, which of them are not blank, and what rules said of those."""

    def __init__(
        self, segments: list[Segment], markup: Markup | None, rules: Rules, found: Iterator[Rule | None]
    ) -> None:
        self.markup = markup
        self.segments: list[Segment] = []
        self.spoken: list[int] = []
        self.lines: list[int] = []
        self.forced: list[int] = []
        self.reasons: list[str] = []
        for line, segment in enumerate(segments):
            if segment.label == "blank":
                self.segments.append(segment)
                continue
            rule = next(found)
            if line == 0 and markup is not None and markup.headline:
                self.segments.append(_labelled(segment, "title", "stated-headline", 1.0))
                continue
            if rule is not None:
                self._add(line, segment, LABELS.index(rule.label), rule.id)
                continue
            cuts = rules.cut(segment.clean)
            for piece, name in [(segment, "")] if len(cuts) == 1 else _split(segment, cuts):
                self._add(line, piece, _CHROME if name else -1, name or "model")

    def _add(self, line: int, segment: Segment, label: int, reason: str) -> None:
        self.spoken.append(len(self.segments))
        self.lines.append(line)
        self.segments.append(segment)
        self.forced.append(label)
        self.reasons.append(reason)

    def draft(self) -> Draft:
        """Return the lines that are to be judged, with the number of blank ones between them; HTML knows of none."""
        lines = [self.segments[n].clean for n in self.spoken]
        if self.markup is not None:
            return Draft(Page(lines, [0] * (len(lines) + 1)), Lines(self.markup, self.lines), self.forced)
        edges = [-1, *self.spoken, len(self.segments)]
        return Draft(Page(lines, [after - before - 1 for before, after in pairwise(edges)]), None, self.forced)

    def label(self, chances: Floats) -> None:
        """Give each line that is not blank its most likely label."""
        if not self.spoken:
            return
        enough = _BODY_FROM if self.markup is None else _BODY_OF_HTML_FROM
        best = np.where(chances[:, _BODY] >= enough, _BODY, chances.argmax(axis=1))
        scores = chances[np.arange(len(best)), best]
        for n, reason, label, score in zip(self.spoken, self.reasons, best.tolist(), scores.tolist(), strict=True):
            self.segments[n] = _labelled(self.segments[n], LABELS[label], reason, round(min(score, 1.0), _DIGITS))


def _split(segment: Segment, cuts: list[tuple[int, int, str]]) -> list[tuple[Segment, str]]:
    """Return the pieces of a segment with the rule that cut each off; the whole one where its raw can't be cut."""
    pieces: list[tuple[Segment, str]] = []
    at = 0
    for start, end, name in cuts:
        last = end == len(segment.clean)
        text = segment.clean[start:end]
        place = segment.raw.find(text, at)
        if not last and place < 0:
            return [(segment, "")]
        stop = len(segment.raw) if last else place + len(text)
        piece = Segment(
            n=0,
            start=segment.start + at,
            end=segment.start + stop,
            raw=segment.raw[at:stop],
            clean=text.strip(),
            label="chrome",
            reason="",
            score=0.0,
        )
        pieces.append((piece, name))
        at = stop
    return pieces


def _split_sites(segments: list[Segment]) -> list[Segment]:
    """Return the segments with the site's name split off from headlines."""
    result: list[Segment] = []
    for segment in segments:
        site = _SITE.search(segment.clean) if segment.label == "title" and segment.reason == "model" else None
        if site is None or len(segment.clean[: site.start()].split()) < 3:
            result.append(segment)
            continue
        cuts = [(0, site.start(), ""), (site.start(), len(segment.clean), "site-name")]
        pieces = _split(segment, cuts)
        for piece, name in pieces:
            label: Label = "chrome" if name else "title"
            result.append(_labelled(piece, label, name or "model", 1.0 if name else segment.score))
    return result


def _labelled(segment: Segment, label: Label, reason: str, score: float) -> Segment:
    return Segment(
        n=segment.n,
        start=segment.start,
        end=segment.end,
        raw=segment.raw,
        clean=segment.clean,
        label=label,
        reason=reason,
        score=1.0 if reason != "model" else score,
    )


def _numbered(segments: list[Segment]) -> list[Segment]:
    if all(segment.n == n for n, segment in enumerate(segments)):
        return segments
    return [
        Segment(
            n=n,
            start=segment.start,
            end=segment.end,
            raw=segment.raw,
            clean=segment.clean,
            label=segment.label,
            reason=segment.reason,
            score=segment.score,
        )
        for n, segment in enumerate(segments)
    ]
