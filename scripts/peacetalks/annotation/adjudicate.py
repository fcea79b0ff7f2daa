"""A file in which a person decides between two annotators, and the gold that comes of the decisions."""

import json
from collections.abc import Iterable, Mapping, Sequence

import msgspec
import tomli
from msgspec import Struct

from peacetalks.annotation.compare import (
    EVIDENCE,
    FIELDS,
    Difference,
    Reading,
    Row,
    blocks,
    clusters,
    differences,
    read,
    start_of,
    value_of,
)
from peacetalks.annotation.documents import LABELS, LISTS, short
from peacetalks.annotation.pages import as_gold
from peacetalks.annotation.places import Place, as_mention, headline, sort_mentions
from peacetalks.clean.segments import tile_gold
from peacetalks.errors import AnnotationError, GoldError, InputError
from peacetalks.record import Gold, GoldSegment, Mention, Segment
from peacetalks.registry.gazetteer import Gazetteer
from peacetalks.registry.outlets import Outlets

_HEAD = """\
# Two annotators differ in what follows. Read page and guideline, and decide each: set `decision` to "A" or "B".
# For a line or a field a third reading can be right: "=meta", "=reuters", "=2016-02-03", or "=" alone for no value.
"""
_UNDECIDED = ""
_OWN = "="


class _Entry(Struct, forbid_unknown_fields=True):
    article: str
    source: str
    topic: str
    place: str
    context: str
    A: str
    B: str
    decision: str


class _File(Struct, forbid_unknown_fields=True):
    difference: list[_Entry] = []


Decisions = dict[tuple[str, str, str], str]


def write_differences(found: Iterable[Difference]) -> bytes:
    """Return the differences as TOML, for a person to fill in."""
    entries = [_HEAD]
    for one in found:
        row = {
            "article": one.article,
            "source": one.source,
            "topic": one.topic,
            "place": one.place,
            "context": one.context,
            "A": one.a,
            "B": one.b,
            "decision": _UNDECIDED,
        }
        entries.append(
            "\n".join(["[[difference]]", *(f"{name} = {_quoted(value)}" for name, value in row.items()), ""])
        )
    return "\n".join(entries).encode()


def read_decisions(data: bytes, name: str) -> Decisions:
    """Return the decisions by article, topic and place; InputError names what is open or can't be read."""
    try:
        file = msgspec.convert(tomli.loads(data.decode()), _File)
    except (tomli.TOMLDecodeError, msgspec.ValidationError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"{name}: not the file that `annotate compare` wrote: {error}") from None
    for entry in file.difference:
        where = f"{name}: {entry.topic} {entry.place} of {entry.source}"
        if entry.decision == _UNDECIDED:
            raise InputError(f'{where} is not decided; set its decision to "A" or "B"')
        own = entry.decision.startswith(_OWN) and entry.topic != "mention" and entry.place != EVIDENCE
        if entry.decision not in {"A", "B"} and not own:
            raise InputError(f'{where}: decision {short(entry.decision)!r}: expected "A" or "B"')
    return {(entry.article, entry.topic, entry.place): entry.decision for entry in file.difference}


def adjudicate(
    a: Mapping[str, Gold],
    b: Mapping[str, Gold],
    decisions: Decisions,
    *,
    annotator: str,
    gazetteer: Gazetteer,
    outlets: Outlets,
) -> list[Gold]:
    """Return the gold of the pages that both have read; GoldError where a decision is missing, or fits nothing."""
    pairs = [(read(a[name]), read(b[name])) for name in sorted(a.keys() & b.keys())]
    found = {one.key: one for pair in pairs for one in differences(*pair)}
    for key in sorted(found.keys() ^ decisions.keys()):
        what = "is not decided" if key in found else "is decided, and nothing differs there"
        raise GoldError(f"{key[1]} {key[2]} of {key[0]} {what}; compare again, for A or B has changed")
    made = []
    for one, other in pairs:
        try:
            made.append(_decide(one, other, decisions, annotator, gazetteer, outlets))
        except AnnotationError as error:
            raise GoldError(f"{one.gold.source}: {error}") from None
    return made


def _decide(
    a: Reading, b: Reading, decisions: Decisions, annotator: str, gazetteer: Gazetteer, outlets: Outlets
) -> Gold:
    def decided(topic: str, place: object) -> str:
        return decisions.get((a.gold.id, topic, str(place)), "A")

    parts = [part for ours, theirs in blocks(a, b) for part in _parts(ours, theirs, decided("line", ours[0].start))]
    segments = tile_gold(parts)
    rows = [
        row
        for ours, theirs in clusters(a, b)
        for row in (ours if decided("mention", min(row.start for row in (*ours, *theirs))) == "A" else theirs)
    ]
    fields = {name: _value(a, b, name, decided("field", name)) for name in FIELDS if name != EVIDENCE}
    chosen = b if decided("field", EVIDENCE) == "B" else a
    evidence = {s.n for s in segments for start in chosen.evidence if s.start <= start < s.end}
    return as_gold(
        {
            **fields,
            "id": a.gold.id,
            "source": a.gold.source,
            "annotator": annotator,
            "annotators": sorted({*_annotators(a.gold), *_annotators(b.gold)}),
            "url": a.gold.url,
            "title": headline(segments),
            "captions": [segment.clean for segment in segments if segment.label == "caption"],
            EVIDENCE: sorted(evidence),
            "mentions": sort_mentions(_mention(row, segments, gazetteer) for row in rows),
            "segments": parts,
        },
        outlets,
    )


def _parts(ours: Sequence[Segment], theirs: Sequence[Segment], decision: str) -> list[GoldSegment]:
    if decision.startswith(_OWN):
        label = decision.removeprefix(_OWN)
        if label not in LABELS:
            raise AnnotationError(f"line at {ours[0].start}: {short(label)!r}: expected one of {', '.join(LABELS)}")
        return [msgspec.convert({"raw": "".join(s.raw for s in ours), "label": label}, GoldSegment)]
    return [GoldSegment(raw=s.raw, label=s.label) for s in (ours if decision == "A" else theirs)]


def _value(a: Reading, b: Reading, name: str, decision: str) -> object:
    if not decision.startswith(_OWN):
        return value_of(a if decision == "A" else b, name)
    told = decision.removeprefix(_OWN).strip()
    if name in LISTS:
        return [word.strip() for word in told.split(";") if word.strip()]
    if name == "on_topic":
        return {"yes": True, "no": False, "True": True, "False": False}.get(told)
    return told or None


def _mention(row: Row, segments: Sequence[Segment], gazetteer: Gazetteer) -> Mention:
    n = next((s.n for s in segments if s.start <= row.start < s.end), 0)
    start = row.start - start_of(segments[n])
    if start < 0 or not segments[n].clean.startswith(row.surface, start):
        raise AnnotationError(f"mention {short(row.surface)!r} at {row.start} goes over a cut of its line")
    event = gazetteer.events.get(row.link)
    link = (event.id, event.series) if event else (None, row.link)
    try:
        return as_mention(Place(n, start), row.surface, segments, link=link, basis=row.basis, stage=row.stage or None)
    except AnnotationError as error:
        raise AnnotationError(f"mention {short(row.surface)!r} at {row.start}: {error}") from None


def _annotators(gold: Gold) -> list[str]:
    return [gold.annotator] if gold.annotators is msgspec.UNSET else gold.annotators


def _quoted(value: str) -> str:
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
