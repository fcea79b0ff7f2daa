"""Label the segments of pages: rules where they are certain, the model everywhere else."""

import re
from collections.abc import Sequence
from itertools import accumulate, chain, pairwise
from operator import itemgetter
from typing import NamedTuple, TypeVar

import numpy as np

from peacetalks.clean.cutting import find_cut
from peacetalks.clean.features import Page
from peacetalks.clean.judge import Draft, judge_pages
from peacetalks.clean.markup import Lines
from peacetalks.clean.model import LABELS, Floats, Weights
from peacetalks.clean.rules import Rule, load_rules
from peacetalks.clean.sheet import Sheet, as_sheet
from peacetalks.clean.wrapping import find_continuations
from peacetalks.record import Label, Markup, Segment

Item = TypeVar("Item")

_BODY, _CHROME = map(LABELS.index, ("body", "chrome"))
# A sentence lost is worse than a line too many: in doubt, body wins from a little below even chances on.
_BODY_FROM = 0.45
# Markup tells a sentence of the text from one of a teaser, so that there is less doubt to give the benefit of.
_BODY_OF_HTML_FROM = 0.5
# What is left of a score does not depend on the pages beside it in a batch, nor on the machine.
_DIGITS = 4
_MODEL, _HEADLINE = "model", "stated-headline"
_SHORT, _REMEMBERED = 80, 1 << 14  # characters of a line that is remembered, and lines: three megabytes
_PLACES = 32  # where a line that was repaired may be cut
_FEWEST_WORDS = 3  # of a headline that a site's name is split off from
# The name of a site after the headline: set off by a bar, or the host name of a site after a dash.
_SITE = re.compile(r"\s+(?:[|¦]\s+\S[^|¦]{1,40}|[-–—]\s+[\w-]{2,30}\.(?:com|org|net|info|co|[a-z]{2}))\s*\Z")


def label_segments(segments: list[Segment], markup: Markup | None = None) -> list[Segment]:
    """Return the segments of one page, each with its label, reason and score; glued furniture is split off."""
    return label_pages([segments], [markup])[0]


def label_pages(
    pages: list[list[Segment]], markups: Sequence[Markup | None] | None = None, weights: Weights | None = None
) -> list[list[Segment]]:
    """Return each page's segments labelled, as `label_sheets` does."""
    return [sheet.segments() for sheet in label_sheets([as_sheet(page) for page in pages], markups, weights)]


def label_sheets(
    pages: list[Sheet], markups: Sequence[Markup | None] | None = None, weights: Weights | None = None
) -> list[Sheet]:
    """Return each page's segments labelled; the raws of a page, joined, stay the same text.

    `markups` holds for each page how its lines stand in its HTML, or None; `weights` are for these pages, where not the
    package's own are meant. Reason is a rule's id with score 1, `stated-headline` for what the head of a page of HTML
    gives, or `model` with the probability of the label.
    """
    different = dict.fromkeys(chain.from_iterable(page.clean for page in pages))
    different.pop("", None)
    verdicts = _read_lines(list(different))
    of_html = markups or [None] * len(pages)
    drafts = [_Draft(page, markup, verdicts) for page, markup in zip(pages, of_html, strict=True)]
    chances = judge_pages([draft.lines() for draft in drafts], weights)
    chosen = _choose(drafts, [draft.spread(own) for draft, own in zip(drafts, chances, strict=True)])
    return [draft.labelled(*own) for draft, own in zip(drafts, chosen, strict=True)]


def _choose(drafts: list["_Draft"], chances: list[Floats]) -> list[tuple[list[Label], list[float]]]:
    """Return the most likely label of each line of each page that is judged, and the scores of those."""
    sizes = [len(draft.judged) for draft in drafts]
    every = np.concatenate([np.zeros((0, len(LABELS)), np.float32), *(own for own in chances if len(own))])
    least = [_BODY_FROM if draft.markup is None else _BODY_OF_HTML_FROM for draft in drafts]
    best = np.where(every[:, _BODY] >= np.repeat(np.array(least, np.float32), sizes), _BODY, every.argmax(axis=1))
    scores = np.minimum(every[np.arange(len(best)), best].astype(np.float64), 1.0)
    rounded = (np.rint(scores * 10**_DIGITS) / 10**_DIGITS).tolist()
    labels = [*map(LABELS.__getitem__, best.tolist())]
    parts = [slice(end - size, end) for end, size in zip(accumulate(sizes), sizes, strict=True)]
    return [(labels[part], rounded[part]) for part in parts]


class _Verdict(NamedTuple):
    """What rules say of a line: the reason and the index of the label that it must have, or -1; how it is to be cut.

    `later` is the index of the label that it gets once the lines around it are judged, or -1.
    """

    reason: str
    forced: int
    cuts: list[tuple[int, int, str]] | None
    later: int = -1


_REASON, _FORCED, _LATER = map(itemgetter, (0, 1, 3))  # of a verdict: quicker, line by line, than by name
_BLANK_LINE = _Verdict("blank", -1, None)
_STATED = _Verdict(_HEADLINE, -1, None)
_OPEN = _Verdict(_MODEL, -1, None)
_SAID: dict[str, _Verdict] = {}  # of short lines: sites show the same ones on page after page


def _read_lines(lines: list[str]) -> dict[str, _Verdict]:
    """Return what rules say of each line; blank ones among them."""
    verdicts = {line: said for line in lines if (said := _SAID.get(line)) is not None}
    new = [line for line in lines if line not in verdicts]
    rules = load_rules()
    known = {rule.id: _verdict(rule) for rule in rules.rules}
    if len(_SAID) == _REMEMBERED:
        _SAID.clear()
    for line, rule in zip(new, rules.find(new), strict=True):
        cuts = rules.cut(line) if rule is None else []
        said = known[rule.id] if rule is not None else _OPEN if len(cuts) == 1 else _Verdict(_MODEL, -1, cuts)
        verdicts[line] = said
        if len(line) <= _SHORT and len(_SAID) < _REMEMBERED:
            _SAID[line] = said
    return verdicts | {"": _BLANK_LINE}


def _verdict(rule: Rule) -> _Verdict:
    label = LABELS.index(rule.label)
    return _Verdict(rule.id, -1, None, label) if rule.between else _Verdict(rule.id, label, None)


class _Draft:
    """One page on its way: its segments, which of them are not blank, and what rules said of those."""

    def __init__(self, page: Sheet, markup: Markup | None, verdicts: dict[str, _Verdict]) -> None:
        self.markup = markup
        self.raw, self.clean = [*page.raw], [*page.clean]
        self.said = [*map(verdicts.__getitem__, page.clean)]
        line_of = [*range(len(self.raw))]
        if markup is not None and markup.headline and self.said[:1] not in ([], [_BLANK_LINE]):
            self.said[0] = _STATED
        for n in reversed([n for n, said in enumerate(self.said) if said.cuts]):
            pieces = _split(self.raw[n], self.clean[n], self.said[n].cuts or [])
            row = slice(n, n + 1)
            self.raw[row] = [raw for raw, _, _ in pieces]
            self.clean[row] = [text for _, text, _ in pieces]
            self.said[row] = [_Verdict(name, _CHROME, None) if name else _OPEN for _, _, name in pieces]
            line_of[row] = [n] * len(pieces)
        self.judged: Sequence[int] = range(int(self.said[:1] == [_STATED]), len(self.said))
        if "" in self.clean:
            self.judged = [n for n in self.judged if self.said[n] is not _BLANK_LINE]
        self.line_of = self._of_judged(line_of)
        self.paragraph_of = None if markup is not None else self._paragraphs()

    def _of_judged(self, column: list[Item]) -> list[Item]:
        return column[self.judged.start :] if isinstance(self.judged, range) else [column[n] for n in self.judged]

    def _paragraphs(self) -> list[int] | None:
        """Return the number of the paragraph that each judged line is of; None where each is one by itself."""
        goes_on = find_continuations(self.raw)
        if goes_on is None:
            return None
        said, starts = self.said, [True] * len(goes_on)
        for n in range(1, len(said)):
            # What a rule is certain of is no part of a paragraph.
            starts[n] = not (goes_on[n] and said[n] is said[n - 1] is _OPEN)
        return [number - 1 for number in accumulate(self._of_judged(starts))]

    def lines(self) -> Draft:
        """Return the lines that are to be judged, with the number of blank ones between them; HTML knows of none."""
        lines, forced = self._of_judged(self.clean), [*map(_FORCED, self._of_judged(self.said))]
        if self.markup is not None:
            return Draft(Page(lines, [0] * (len(lines) + 1)), Lines(self.markup, self.line_of), forced)
        edges = [-1, *self.judged, len(self.raw)]
        blanks = [after - before - 1 for before, after in pairwise(edges)]
        if self.paragraph_of is not None:
            firsts = [n for n, (before, own) in enumerate(pairwise([-1, *self.paragraph_of])) if own != before]
            parts = [slice(first, stop) for first, stop in pairwise([*firsts, len(lines)])]
            lines = [" ".join(lines[part]) for part in parts]
            forced, blanks = [forced[n] for n in firsts], [*(blanks[n] for n in firsts), blanks[-1]]
        return Draft(Page(lines, blanks), None, forced)

    def spread(self, chances: Floats) -> Floats:
        """Return the chances of what was judged as those of each line; lines of a paragraph have the same ones."""
        return chances if self.paragraph_of is None else chances[self.paragraph_of]

    def labelled(self, labels: list[Label], scores: list[float]) -> Sheet:
        """Return the page with the label and the score of each line that is judged; what rules label is certain."""
        score = [1.0] * len(self.said)
        label: list[Label] = ["blank"] * len(self.said)
        if self.said[:1] == [_STATED]:
            label[0] = "title"
        if isinstance(self.judged, range):
            label[self.judged.start :], score[self.judged.start :] = labels, scores
        else:
            for n, own, chance in zip(self.judged, labels, scores, strict=True):
                label[n], score[n] = own, chance
        if max(map(_LATER, self.said), default=-1) >= 0:
            for n, said in enumerate(self.said):
                if said.later >= 0:
                    label[n], score[n] = LABELS[said.later], 1.0
        sheet = Sheet(self.raw, self.clean, label, [*map(_REASON, self.said)], score)
        for n in reversed([n for n, name in enumerate(label) if name == "title" and sheet.reason[n] == _MODEL]):
            _split_site(sheet, n)
        return sheet


def _split(raw: str, clean: str, cuts: list[tuple[int, int, str]]) -> list[tuple[str, str, str]]:
    """Return raw, clean and the rule that cut it off for each piece of a line; the whole where its raw can't be cut."""
    pieces: list[tuple[str, str, str]] = []
    at = 0
    for start, end, name in cuts:
        last = end == len(clean)
        text = clean[start:end]
        place = raw.find(text, at)
        if not last and place < 0:
            return _split_repaired(raw, clean, cuts)
        stop = len(raw) if last else place + len(text)
        pieces.append((raw[at:stop], text.strip(), name))
        at = stop
    return pieces


def _split_repaired(raw: str, clean: str, cuts: list[tuple[int, int, str]]) -> list[tuple[str, str, str]]:
    pieces: list[tuple[str, str, str]] = []
    rest = raw
    for start, end, name in cuts:
        left, right = clean[start:end].strip(), clean[end:].strip()
        # What sticks to the head of a line is short, and so is what sticks to its end.
        place = find_cut(rest, left, right, early=bool(name), most=_PLACES) if right else len(rest)
        if place is None:
            return [(raw, clean, "")]
        pieces.append((rest[:place], left, name))
        rest = rest[place:]
    return pieces


def _split_site(sheet: Sheet, n: int) -> None:
    """Split the site's name off from a headline, where it has one."""
    clean = sheet.clean[n]
    site = _SITE.search(clean)
    if site is None or len(clean[: site.start()].split()) < _FEWEST_WORDS:
        return
    cuts = [(0, site.start(), ""), (site.start(), len(clean), "site-name")]
    pieces = _split(sheet.raw[n], clean, cuts)
    row = slice(n, n + 1)
    sheet.raw[row] = [raw for raw, _, _ in pieces]
    sheet.clean[row] = [text for _, text, _ in pieces]
    sheet.label[row] = ["chrome" if name else "title" for _, _, name in pieces]
    sheet.score[row] = [1.0 if name else sheet.score[n] for _, _, name in pieces]
    sheet.reason[row] = [name or _MODEL for _, _, name in pieces]
