"""Move the labels and mentions of an article to where their words stand in a changed page."""

from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import chain

from msgspec import Struct, structs

from peacetalks.clean.audit import body_text
from peacetalks.clean.chrome import label_pages
from peacetalks.clean.segments import tile
from peacetalks.record import Capture, Mention, Segment, StandoffArticle, StandoffMention, StandoffSegment
from peacetalks.release.standoff import short_hash

_EQUAL = 32  # equal segments of a page that are compared with those of the article
_REACH = 50_000  # code points before and behind its place in which a mention's words are looked for


class Moved(Struct, frozen=True, kw_only=True):
    """A changed page with the labels of the article, and what was found in it: mentions, and what gives the date."""

    segments: list[Segment]
    mentions: list[Mention]
    evidence: list[int]


def realign(
    article: StandoffArticle, rows: Sequence[StandoffSegment], mentions: Sequence[StandoffMention], page: Capture
) -> Moved:
    """Return the page cut and labelled as the article was where its segments are the same, by program elsewhere."""
    (labelled,) = label_pages([tile(page.text)], [page.markup])
    twin = _twins(article.id, rows, labelled)
    segments = [
        structs.replace(segment, label=rows[twin[n]].label, reason=rows[twin[n]].reason, score=rows[twin[n]].score)
        if n in twin
        else segment
        for n, segment in enumerate(labelled)
    ]
    text = body_text(segments)
    title = next((segment.clean for segment in segments if segment.label == "title"), "")
    offsets = {"text": _shifts(rows, segments, twin), "title": [(0, len(title), 0)]}
    fields = {"text": text, "title": title}
    moved = [_find(article.id, row, fields[row.field], offsets[row.field]) for row in mentions]
    return Moved(
        segments=segments,
        mentions=_in_order([mention for mention in moved if mention is not None]),
        evidence=sorted(n for n, old in twin.items() if old in article.published_evidence),
    )


def _twins(article: str, rows: Sequence[StandoffSegment], labelled: Sequence[Segment]) -> dict[int, int]:
    """Return the row of each segment that is as it was, but of blank ones and of most of a flood of equal ones."""
    often = Counter(row.clean_hash for row in rows)
    seen: Counter[str] = Counter()
    ours: list[tuple[int, str]] = []
    for n, segment in enumerate(labelled):
        key = short_hash(article, segment.clean) if segment.clean else ""
        if key in often and seen[key] < max(_EQUAL, often[key]):
            seen[key] += 1
            ours.append((n, key))
    own = [(n, row.clean_hash) for n, row in enumerate(rows) if row.label != "blank"]
    match = SequenceMatcher(None, [key for _, key in own], [key for _, key in ours], autojunk=False)
    pairs = ((i + k, j + k) for i, j, size in match.get_matching_blocks() for k in range(size))
    return {ours[j][0]: own[i][0] for i, j in pairs}


def _shifts(
    rows: Sequence[StandoffSegment], segments: Sequence[Segment], twin: dict[int, int]
) -> list[tuple[int, int, int]]:
    """Return, for each body segment that is as it was, its start and end in the old text, and how far it has moved."""
    starts = _starts([(row.n, row.clean_length) for row in rows if row.label == "body"])
    now = _starts([(n, len(segment.clean)) for n, segment in enumerate(segments) if segment.label == "body"])
    return [
        (starts[old], starts[old] + rows[old].clean_length, now[n] - starts[old])
        for n, old in twin.items()
        if old in starts and n in now
    ]


def _starts(lengths: Sequence[tuple[int, int]]) -> dict[int, int]:
    starts: dict[int, int] = {}
    position = 0
    for n, length in lengths:
        starts[n] = position
        position += length + len("\n\n")
    return starts


def _find(article: str, row: StandoffMention, field: str, shifts: Sequence[tuple[int, int, int]]) -> Mention | None:
    """Return the mention at its place; where that can't be told, at the place nearest to it that has its words."""
    length = row.end - row.start
    starts = [row.start + shift for start, end, shift in shifts if start <= row.start and row.end <= end]
    for start in chain(starts, _around(row.start, len(field) - length)):
        surface = field[start : start + length]
        if len(surface) == length and short_hash(article, surface) == row.surface_hash:
            shared = {name: getattr(row, name) for name in Mention.__struct_fields__ if name != "surface"}
            return Mention(**shared | {"start": start, "end": start + length}, surface=surface)
    return None


def _around(place: int, last: int) -> Iterator[int]:
    """Yield the places from 0 to the last that are in reach of one, the nearest first."""
    for away in range(_REACH):
        if 0 <= place - away <= last:
            yield place - away
        if away and 0 <= place + away <= last:
            yield place + away


def _in_order(mentions: list[Mention]) -> list[Mention]:
    """Return the mentions as a title's first, then by place, each once."""
    unique: dict[tuple[bool, int, int, str, str], Mention] = {}
    for mention in mentions:
        key = (mention.field != "title", mention.start, mention.end, mention.conference or "", mention.series or "")
        unique.setdefault(key, mention)
    return [unique[key] for key in sorted(unique)]
