"""How far two annotators agree on the pages that both have read, and each place where they do not.

Both start from the same capture, so that whatever they marked is told by where it stands in that. (In a line that was
repaired and cut, a mention after the cut can look moved: then it is listed, and a person decides.)
"""

from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from msgspec import Struct

from peacetalks.annotation.documents import LABELS
from peacetalks.annotation.places import place_of
from peacetalks.clean.segments import tile_gold
from peacetalks.errors import GoldError
from peacetalks.record import Gold, Mention, Segment

EVIDENCE = "published_evidence"
FIELDS = (
    "outlet",
    "agency",
    "authors",
    "dateline",
    "published",
    "published_edtf",
    "published_basis",
    EVIDENCE,
    "language",
    "on_topic",
)
_AROUND = 60  # characters of context on either side


class Row(NamedTuple):
    """A mention by its place in the capture."""

    start: int
    surface: str
    link: str
    basis: str
    stage: str

    @property
    def end(self) -> int:
        """Where it ends, counted on from its start in repaired characters."""
        return self.start + len(self.surface)


class Reading(Struct, frozen=True, kw_only=True):
    """One annotator's page with everything by its place in the capture; `evidence` are starts of segments."""

    gold: Gold
    segments: list[Segment]
    mentions: dict[Row, Mention]
    evidence: list[int]


class Difference(Struct, frozen=True, kw_only=True):
    """One thing that two annotators see differently: a line, mentions that overlap, or a field of the page.

    `place` is where it starts in the capture, or a field's name; `end` is where it ends. `a` and `b` are what each has.
    """

    article: str
    source: str
    topic: Literal["line", "mention", "field"]
    place: str
    end: int
    context: str
    a: str
    b: str

    @property
    def key(self) -> tuple[str, str, str]:
        """What tells it from all others."""
        return self.article, self.topic, self.place


class Agreement(Struct, frozen=True, kw_only=True):
    """The figures over all pages; a share is None where there was nothing to agree on.

    `kappa` is Cohen's, of the labels of lines, `kappa_of` that of each label against the rest. `spans` are those of A,
    of B and of both by their exact ends, and `span_f1` is their F1. `links`, `bases` and `stages` are shares of the
    spans that both have marked, and `fields` are shares of pages.
    """

    annotators: tuple[list[str], list[str]]
    pages: int
    lines: int
    same_label: float | None
    kappa: float | None
    kappa_of: dict[str, float | None]
    spans: tuple[int, int, int]
    span_f1: float | None
    links: float | None
    bases: float | None
    stages: float | None
    fields: dict[str, float | None]


def compare(a: Mapping[str, Gold], b: Mapping[str, Gold]) -> tuple[Agreement, list[Difference]]:
    """Return the figures and the differences of two annotators' gold by id; GoldError where they share no page."""
    shared = sorted(a.keys() & b.keys(), key=lambda name: (a[name].source, name))
    if not shared:
        raise GoldError("the two annotators have no page in common, so that there is nothing to compare")
    pairs = [(read(a[name]), read(b[name])) for name in shared]
    for one, other in pairs:
        if _raw(one) != _raw(other):
            raise GoldError(f"{one.gold.source}: the annotators have read different captures")
    found = [difference for pair in pairs for difference in differences(*pair)]
    return _agreement(pairs), found


def read(gold: Gold) -> Reading:
    """Return a page by places in its capture."""
    segments = tile_gold(gold.segments)
    mentions = {}
    for mention in gold.mentions:
        segment, start = place_of(mention, segments, gold.source)
        row = Row(
            start_of(segments[segment]) + start,
            mention.surface,
            mention.conference or mention.series or "",
            mention.basis,
            mention.stage or "",
        )
        mentions[row] = mention
    evidence = [segments[n].start for n in gold.published_evidence if n < len(segments)]
    return Reading(gold=gold, segments=segments, mentions=mentions, evidence=sorted(evidence))


def start_of(segment: Segment) -> int:
    """Return where in the capture the first character of a segment stands that is no white space."""
    return segment.start + len(segment.raw) - len(segment.raw.lstrip())


def blocks(a: Reading, b: Reading) -> Iterator[tuple[list[Segment], list[Segment]]]:
    """Yield the segments of both between the cuts that both have made."""
    cuts = sorted({s.start for s in a.segments} & {s.start for s in b.segments})
    for start, end in zip(cuts, [*cuts[1:], len(_raw(a))], strict=True):
        yield ([s for s in a.segments if start <= s.start < end], [s for s in b.segments if start <= s.start < end])


def clusters(a: Reading, b: Reading) -> Iterator[tuple[list[Row], list[Row]]]:
    """Yield the mentions of both in groups of those that overlap."""
    rows = sorted({*a.mentions, *b.mentions})
    group: list[Row] = []
    for row in rows:
        if group and row.start >= max(other.end for other in group):
            yield [r for r in group if r in a.mentions], [r for r in group if r in b.mentions]
            group = []
        group.append(row)
    if group:
        yield [r for r in group if r in a.mentions], [r for r in group if r in b.mentions]


def differences(a: Reading, b: Reading) -> Iterator[Difference]:
    """Yield what two annotators see differently on a page: lines, then mentions, in order, then fields."""
    whole = _raw(a)

    def say(topic: Literal["line", "mention", "field"], place: str, end: int, context: str, *told: str) -> Difference:
        return Difference(
            article=a.gold.id,
            source=a.gold.source,
            topic=topic,
            place=place,
            end=end,
            context=context,
            a=told[0],
            b=told[1],
        )

    for ours, theirs in blocks(a, b):
        if _labels(ours) != _labels(theirs):
            start, end = ours[0].start, ours[-1].end
            yield say("line", str(start), end, _context(whole, start, end), _labels(ours), _labels(theirs))
    for ours_rows, their_rows in clusters(a, b):
        if ours_rows != their_rows:
            both = [*ours_rows, *their_rows]
            start, end = min(row.start for row in both), max(row.end for row in both)
            yield say("mention", str(start), end, _context(whole, start, end), _told(ours_rows), _told(their_rows))
    for name in FIELDS:
        if value_of(a, name) != value_of(b, name):
            yield say("field", name, 0, a.gold.title or "", _shown(value_of(a, name)), _shown(value_of(b, name)))


def value_of(reading: Reading, name: str) -> object:
    """Return a field's value, the evidence of the date as starts of segments: numbers depend on the cuts."""
    return reading.evidence if name == EVIDENCE else getattr(reading.gold, name)


def kappa(pairs: Sequence[tuple[Hashable, Hashable]]) -> float | None:
    """Return Cohen's kappa of two annotators' labels; None where chance alone explains that all are the same."""
    if not pairs:
        return None
    n = len(pairs)
    first, second = Counter(one for one, _ in pairs), Counter(other for _, other in pairs)
    chance = sum(first[label] * second[label] for label in first) / n**2
    observed = sum(one == other for one, other in pairs) / n
    return None if chance == 1 else (observed - chance) / (1 - chance)


def _agreement(pairs: Sequence[tuple[Reading, Reading]]) -> Agreement:
    labels = [pair for one, other in pairs for pair in _units(one, other)]
    spans = [(_by_span(one), _by_span(other)) for one, other in pairs]
    counts = [(len(one), len(other), len(one.keys() & other.keys())) for one, other in spans]
    in_a, in_b, both = (sum(row[n] for row in counts) for n in range(3))
    marked = [(one[key], other[key]) for one, other in spans for key in one.keys() & other.keys()]
    same = [[{row[n] for row in one} == {row[n] for row in other} for one, other in marked] for n in (2, 3, 4)]
    links, bases, stages = (_share(found) for found in same)
    return Agreement(
        annotators=(_marks(one for one, _ in pairs), _marks(other for _, other in pairs)),
        pages=len(pairs),
        lines=len(labels),
        same_label=_share([one == other for one, other in labels]),
        kappa=_rounded(kappa(labels)),
        kappa_of={
            label: _rounded(kappa([(one == label, other == label) for one, other in labels])) for label in LABELS
        },
        spans=(in_a, in_b, both),
        span_f1=_rounded(2 * both / (in_a + in_b)) if in_a + in_b else None,
        links=links,
        bases=bases,
        stages=stages,
        fields={
            name: _share([value_of(one, name) == value_of(other, name) for one, other in pairs]) for name in FIELDS
        },
    )


def _units(a: Reading, b: Reading) -> Iterator[tuple[str, str]]:
    """Yield the labels of each stretch between the cuts that either has made, blank lines left out."""
    whole = _raw(a)
    cuts = sorted({s.start for s in (*a.segments, *b.segments)})
    of_a, of_b = ({s.start: s.label for s in reading.segments} for reading in (a, b))
    one = other = "blank"
    for start, end in zip(cuts, [*cuts[1:], len(whole)], strict=True):
        one, other = of_a.get(start, one), of_b.get(start, other)
        if whole[start:end].strip() and (one, other) != ("blank", "blank"):
            yield one, other


def _by_span(reading: Reading) -> dict[tuple[int, str], list[Row]]:
    spans: dict[tuple[int, str], list[Row]] = {}
    for row in reading.mentions:
        spans.setdefault((row.start, row.surface), []).append(row)
    return spans


def _raw(reading: Reading) -> str:
    return "".join(segment.raw for segment in reading.segments)


def _labels(segments: Sequence[Segment]) -> str:
    if len(segments) == 1:
        return segments[0].label
    return " + ".join(f"{segment.label} {segment.raw.strip()!r}" for segment in segments)


def _told(rows: Sequence[Row]) -> str:
    told = [f"{row.surface!r} -> {row.link}, {row.basis}{f', {row.stage}' if row.stage else ''}" for row in rows]
    return "; ".join(told) or "no mention"


def _shown(value: object) -> str:
    return "; ".join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value)


def _context(whole: str, start: int, end: int) -> str:
    before, after = whole[max(0, start - _AROUND) : start], whole[end : end + _AROUND]
    return " ".join(f"{before}⟦{whole[start:end].strip()}⟧{after}".split())


def _marks(readings: Iterator[Reading]) -> list[str]:
    return sorted({reading.gold.annotator for reading in readings})


def _share(found: Sequence[bool]) -> float | None:
    return _rounded(sum(found) / len(found)) if found else None


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
