"""brat: a text and its stand-off annotation a page, with links as normalisations.

A span with a line's end inside is written as fragments around it, and put together again. The fields of a page stand in
a note on its first span, for brat has no place for what is said of a whole text.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import pairwise

import msgspec

from peacetalks.annotation.documents import (
    FEATURES,
    Document,
    Layer,
    Read,
    Refused,
    Span,
    Stated,
    place_span,
    require_digest,
    restore_document,
    short,
    state_page,
)
from peacetalks.errors import AnnotationError
from peacetalks.registry.gazetteer import Event, Gazetteer, Series

_DATABASE = "conferences"
_MENTION = "mention"
_OVERLAP = "<OVERLAP>\tArg1:<ENTITY>, Arg2:<ENTITY>, <OVL-TYPE>:<ANY>"  # mentions stand inside of lines
_NUMBER = re.compile(r"\d{1,9}", re.ASCII)
_ATTRIBUTES = {"evidence": "Evidence", "basis": "Basis", "stage": "Stage"}


_note = msgspec.json.Decoder(Stated)


def write_standoff_files(documents: Iterable[Document], gazetteer: Gazetteer) -> dict[str, bytes]:
    """Return the files of a brat collection, by name: a text and its annotation a page, and the configuration."""
    files = {
        "annotation.conf": _annotation_conf(),
        "tools.conf": _tools_conf(),
        f"{_DATABASE}.txt": _database(gazetteer),
    }
    for document in documents:
        files[f"{document.id}.txt"] = document.text.encode()
        files[f"{document.id}.ann"] = "".join(f"{line}\n" for line in _lines(document)).encode()
    return files


def read_standoff_files(text: bytes, annotation: bytes, name: str) -> Read:
    """Yield the document of a text and its annotation, or a Refused that says which line does not fit."""
    try:
        yield _as_document(text.decode(), annotation.decode(), name)
    except UnicodeDecodeError as error:
        yield Refused(name, f"not in UTF-8: {error}")
    except AnnotationError as error:
        yield Refused(name, str(error))


def _lines(document: Document) -> Iterator[str]:
    attributes = references = 0
    for n, span in enumerate(document.spans, start=1):
        fragments = list(_fragments(document.text, span))
        places = ";".join(f"{start} {end}" for start, end in fragments)
        surface = " ".join(document.text[start:end] for start, end in fragments)
        yield f"T{n}\t{span.get('label') or _MENTION} {places}\t{surface}"
        for name, value in span.features:
            if name in _ATTRIBUTES:
                attributes += 1
                yield f"A{attributes}\t{_ATTRIBUTES[name]} T{n} {value}"
        if link := span.get("link"):
            references += 1
            yield f"N{references}\tReference T{n} {_DATABASE}:{link}\t{surface}"
    if not document.spans:
        raise AnnotationError(f"{document.source}: a page without a line has nothing for brat to show")
    yield f"#1\tAnnotatorNotes T1\t{msgspec.json.encode(state_page(document)).decode()}"


def _fragments(text: str, span: Span) -> Iterator[tuple[int, int]]:
    """Yield the parts of a span between the ends of lines, of whatever kind: readers differ in what ends a line."""
    start = span.start
    for line in text[span.start : span.end].splitlines(keepends=True):
        inner = line.splitlines()[0]
        if inner:
            yield start, start + len(inner)
        start += len(line)


def _as_document(text: str, annotation: str, name: str) -> Document:
    places: dict[str, tuple[int, int, Layer]] = {}
    features: dict[str, dict[str, str]] = defaultdict(dict)
    stated: Stated | None = None
    for n, line in enumerate(annotation.split("\n"), start=1):
        parts = line.split("\t", 2)
        kind, words = line[:1], parts[1].split(" ") if len(parts) > 1 else []
        if kind == "T" and len(parts) == 3:
            label, _, where = parts[1].partition(" ")
            layer: Layer = "mention" if label == _MENTION else "segment"
            places[parts[0]] = (*_place(text, where, parts[2], n), layer)
            features[parts[0]] |= {} if layer == "mention" else {"label": label}
        elif kind == "A" and len(words) == 3:
            features[words[1]][words[0].lower()] = words[2]
        elif kind == "N" and len(words) == 3 and words[2].startswith(f"{_DATABASE}:"):
            features[words[1]]["link"] = words[2].removeprefix(f"{_DATABASE}:")
        elif kind == "#" and len(parts) == 3 and parts[2].startswith("{"):
            try:
                stated = _note.decode(parts[2])
            except (msgspec.DecodeError, RecursionError) as error:
                raise AnnotationError(f"line {n}: the note on the page can't be read: {error}") from None
        elif line and kind != "#":
            raise AnnotationError(f"line {n}: {short(line)!r} is no annotation of ours")
    if stated is None:
        raise AnnotationError("the note is missing that says which page this is")
    require_digest(text, stated.sha256)
    if lost := features.keys() - places.keys():
        raise AnnotationError(f"{min(lost)} has attributes or a reference, and no place")
    spans = [place_span(text, start, end, layer, features[key].items()) for key, (start, end, layer) in places.items()]
    return restore_document(stated, text, spans, name)


def _place(text: str, where: str, surface: str, n: int) -> tuple[int, int]:
    fragments = []
    for pair in where.split(";"):
        ends = pair.split(" ")
        if len(ends) != 2 or not all(_NUMBER.fullmatch(end) for end in ends):
            raise AnnotationError(f"line {n}: {short(where)!r} is no place, such as 3 9 or 3 9;10 12")
        fragments.append((int(ends[0]), int(ends[1])))
    if " ".join(text[start:end] for start, end in fragments) != surface:
        raise AnnotationError(f"line {n}: {short(surface)!r} does not stand at {short(where)}")
    for (_, end), (start, _) in pairwise(fragments):
        if end > start or "".join(text[end:start].splitlines()):
            raise AnnotationError(f"line {n}: {short(surface)!r} is in pieces; a span is in one, but for ends of lines")
    return fragments[0][0], fragments[-1][1]


def _annotation_conf() -> bytes:
    rows = [
        "[entities]",
        *(FEATURES["segment"]["label"] or ()),
        _MENTION,
        "",
        "[relations]",
        _OVERLAP,
        "",
        "[events]",
        "",
    ]
    rows.append("[attributes]")
    lines = "|".join(FEATURES["segment"]["label"] or ())
    for layer, known in FEATURES.items():
        for name, values in known.items():
            if name in _ATTRIBUTES:
                arg = _MENTION if layer == "mention" else lines
                rows.append(f"{_ATTRIBUTES[name]}\tArg:{arg}, Value:{'|'.join(values or ())}")
    return "\n".join([*rows, ""]).encode()


def _tools_conf() -> bytes:
    rows = ["[options]", "Tokens\ttokenizer:whitespace", "Sentences\tsplitter:newline", "", "[normalization]"]
    return "\n".join([*rows, f"{_DATABASE}\tDB:{_DATABASE}, <URL>:{_DATABASE}.txt", ""]).encode()


def _database(gazetteer: Gazetteer) -> bytes:
    rows = []
    entries: list[Series | Event] = [*gazetteer.series.values(), *gazetteer.events.values()]
    for entry in entries:
        names = {entry.name, *(name for language in entry.aliases.values() for name in language)}
        rows.append("\t".join([entry.id, *(f"name:Name:{name}" for name in sorted(names))]))
    return "\n".join([*sorted(rows), ""]).encode()
