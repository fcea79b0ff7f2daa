"""A page as a document, and an annotator's document as gold.

The text of the document is the page as cleaned, a line a segment; blank ones have no place in it.
"""

from collections.abc import Iterable, Sequence

import msgspec

from peacetalks import __version__
from peacetalks.annotate.edtf import interval
from peacetalks.annotation.documents import EVIDENCE, Document, Span, make_document, place_span, require_digest, short
from peacetalks.annotation.lines import Piece, cut_line, shown_lines
from peacetalks.annotation.places import Place, as_mention, headline, place_of, sort_mentions
from peacetalks.clean.segments import tile_gold
from peacetalks.errors import AnnotationError
from peacetalks.record import Article, Gold, GoldSegment, Mention, Segment
from peacetalks.registry.gazetteer import Gazetteer
from peacetalks.registry.outlets import Outlets

_PROGRAM = "peacetalks "  # no annotator's mark begins so


def propose(article: Article, segments: Iterable[Segment], *, on_topic: bool) -> Gold:
    """Return what the program, or a release, has of a page in the form of gold; its annotator is the program.

    A date that the catalogue gave is left out: gold holds what the page itself tells.
    """
    basis = article.published_basis
    of_page = basis != "catalogue"
    return Gold(
        id=article.id,
        source=article.source,
        annotator=f"{_PROGRAM}{__version__}",
        url=article.url,
        title=article.title,
        captions=article.captions,
        outlet=article.outlet,
        agency=article.agency,
        authors=article.authors,
        dateline=article.dateline,
        published=article.published if of_page else None,
        published_edtf=article.published_edtf if of_page else None,
        published_basis="none" if basis == "catalogue" else basis,
        published_evidence=article.published_evidence if of_page else [],
        language=article.language,
        on_topic=on_topic,
        mentions=article.mentions,
        segments=[GoldSegment(raw=segment.raw, label=segment.label) for segment in segments],
    )


def is_program(annotator: str) -> bool:
    """Return whether an annotator's mark is that of the program, of whatever version."""
    return annotator.startswith(_PROGRAM)


def show_page(page: Gold) -> Document:
    """Return the document of a page; AnnotationError where its offsets do not fit."""
    segments = tile_gold(page.segments)
    lines = {line.segment.n: line for line in shown_lines(segments)}
    text = "\n".join(line.segment.clean for line in lines.values())
    spans = []
    for n, line in lines.items():
        features = {"label": line.segment.label} | ({"evidence": EVIDENCE} if n in page.published_evidence else {})
        spans.append(place_span(text, line.start, line.end, "segment", features.items()))
    for mention in page.mentions:
        place = place_of(mention, segments, page.source)
        start = lines[place.segment].start + place.start
        told = {"link": mention.conference or mention.series, "basis": mention.basis, "stage": mention.stage}
        features = {name: value for name, value in told.items() if value}
        spans.append(place_span(text, start, start + len(mention.surface), "mention", features.items()))
    return make_document(
        id=page.id,
        source=page.source,
        text=text,
        annotator=page.annotator,
        spans=spans,
        fields=_fields_of(page),
        annotated=not is_program(page.annotator),
    )


def take_page(document: Document, handed: Gold, gazetteer: Gazetteer, outlets: Outlets) -> Gold:
    """Return the gold that a document makes of a page; AnnotationError names the line or the span that does not fit.

    `handed` is the page as it was handed out. Lines can be cut and relabelled, never joined or left without a label.
    """
    require_digest(document.text, show_page(handed).digest)
    pieces: list[Piece | GoldSegment] = []
    lines = {line.segment.n: line for line in shown_lines(tile_gold(handed.segments))}
    labelled = [span for span in document.spans if span.layer == "segment"]
    for n, segment in enumerate(handed.segments):
        line = lines.get(n)
        over = [span for span in labelled if line and span.start < line.end and span.end > line.start]
        pieces += cut_line(line, document.text, over) if line else [segment]
    parts = [_as_part(piece) for piece in pieces]
    segments = tile_gold(parts)
    places = {n: piece for n, piece in enumerate(pieces) if isinstance(piece, Piece)}
    evidence = [n for n, piece in places.items() if piece.span.get("evidence")]
    rows = [
        _as_mention(span, document.text, places, segments, gazetteer)
        for span in document.spans
        if span.layer == "mention"
    ]
    values = {name: found for name, found in document.fields.items() if name != "authors"}
    row: dict[str, object] = {
        **dict.fromkeys(("outlet", "agency", "dateline", "published", "published_edtf", "language", "on_topic")),
        "published_basis": "none",
        **{name: found[0] for name, found in values.items()},
        "id": handed.id,
        "source": handed.source,
        "annotator": document.annotator,
        "url": handed.url,
        "title": headline(segments),
        "captions": [segment.clean for segment in segments if segment.label == "caption"],
        "authors": document.fields.get("authors", ()),
        "published_evidence": evidence,
        "mentions": sort_mentions(rows),
        "segments": parts,
    }
    return as_gold({**row, "on_topic": {"yes": True, "no": False}.get(str(row["on_topic"]))}, outlets)


def as_gold(row: dict[str, object], outlets: Outlets) -> Gold:
    """Return a row as gold, its fields checked against their types and the vocabularies."""
    for name in ("language", "on_topic"):
        if row[name] is None:
            raise AnnotationError(f"{name}: no value; every page has one")
    for name in ("outlet", "agency"):
        if row[name] is not None and outlets.get(str(row[name])) is None:
            raise AnnotationError(f"{name} {short(str(row[name]))!r}: no id of outlets.toml or agencies.toml")
    try:
        page = msgspec.convert(row, Gold, from_attributes=True)
    except msgspec.ValidationError as error:
        raise AnnotationError(str(error)) from None
    if page.published_edtf is not None and interval(page.published_edtf) is None:
        raise AnnotationError(
            f"published_edtf {short(page.published_edtf)!r}: expected a day, a month, or two with a slash between"
        )
    return page


def _as_part(piece: Piece | GoldSegment) -> GoldSegment:
    if isinstance(piece, GoldSegment):
        return piece
    return msgspec.convert({"raw": piece.raw, "label": piece.span.get("label")}, GoldSegment)


def _as_mention(
    span: Span, text: str, places: dict[int, Piece], segments: Sequence[Segment], gazetteer: Gazetteer
) -> Mention:
    surface = text[span.start : span.end]
    where = f"mention {short(surface)!r} at {span.start}"
    name = span.get("link") or ""
    event = gazetteer.events.get(name)
    if event is None and name not in gazetteer.series:
        raise AnnotationError(f"{where}: link {short(name)!r} is no event and no series of conferences.toml")
    if span.get("basis") is None:
        raise AnnotationError(f"{where}: its basis is missing")
    n = next((n for n, piece in places.items() if piece.start <= span.start < piece.start + len(segments[n].clean)), -1)
    start = span.start - places[n].start if n >= 0 else 0
    if n < 0 or not segments[n].clean.startswith(surface, start):
        raise AnnotationError(f"{where}: it goes over the end of its line")
    link = (event.id, event.series) if event else (None, name)
    try:
        return as_mention(
            Place(n, start), surface, segments, link=link, basis=span.get("basis"), stage=span.get("stage")
        )
    except AnnotationError as error:
        raise AnnotationError(f"{where}: {error}") from None


def _fields_of(page: Gold) -> dict[str, tuple[str, ...]]:
    told = {
        "outlet": page.outlet,
        "agency": page.agency,
        "dateline": page.dateline,
        "published": page.published.isoformat() if page.published else None,
        "published_edtf": page.published_edtf,
        "published_basis": page.published_basis,
        "language": page.language,
        "on_topic": "yes" if page.on_topic else "no",
    }
    fields = {name: (value,) for name, value in told.items() if value is not None}
    return {**fields, "authors": tuple(page.authors)} if page.authors else {**fields}
