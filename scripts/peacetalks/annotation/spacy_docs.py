"""spaCy: a DocBin with a span group a layer; spans that fit no tokens are kept as they are, and counted.

Of a span, `label_` is the label of a line or `mention`, `kb_id_` the event or series, `id_` the rest of its features.
"""

import zlib
from collections.abc import Iterable, Iterator
from types import ModuleType
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct, structs

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
from peacetalks.errors import AnnotationError, InputError

if TYPE_CHECKING:
    from spacy.tokens import Doc, DocBin

_KEY = "peacetalks"
_MENTION = "mention"
_SEPARATOR = "|"
_LARGEST = 1_000_000_000  # bytes when unpacked


class _Loose(Struct, array_like=True):
    """A span that fits no tokens."""

    start: int
    end: int
    layer: Layer
    features: list[tuple[str, str]]


class _Stated(Stated):
    """What a Doc's user data say of its page."""

    loose: list[_Loose]


def write_docs(documents: Iterable[Document]) -> tuple[dict[str, bytes], int]:
    """Return the file by name, a DocBin, and how many spans fit no tokens; `user_data` keeps these as they are."""
    spacy = _spacy()
    language = spacy.blank("xx")
    docs = spacy.tokens.DocBin(store_user_data=True)
    loose = 0
    for document in documents:
        doc = make_doc(document, language.make_doc(document.text))
        loose += len(doc.user_data[_KEY]["loose"])
        docs.add(doc)
    return {"docs.spacy": docs.to_bytes()}, loose


def make_doc(document: Document, doc: "Doc") -> "Doc":
    """Put a document's spans and fields on a Doc of its text, and return it."""
    if doc.text != document.text:
        raise AnnotationError(f"{document.source}: spaCy's tokens do not make up its text")
    loose: list[Span] = []
    for layer in FEATURES:
        group = []
        for span in (span for span in document.spans if span.layer == layer):
            rest = _SEPARATOR.join(f"{name}={value}" for name, value in span.features if name not in {"label", "link"})
            found = doc.char_span(
                span.start,
                span.end,
                label=span.get("label") or _MENTION,
                kb_id=span.get("link") or "",
                span_id=rest,
            )
            if found is None:
                loose.append(span)
            else:
                group.append(found)
        doc.spans[layer] = group
    doc.cats = {"on_topic": 1.0 if document.fields.get("on_topic") == ("yes",) else 0.0}
    stated = _Stated(
        **structs.asdict(state_page(document)),
        loose=[_Loose(span.start, span.end, span.layer, list(span.features)) for span in loose],
    )
    doc.user_data[_KEY] = msgspec.to_builtins(stated)
    return doc


def read_docs(data: bytes, name: str) -> Read:
    """Yield the document of each Doc of a DocBin; AnnotationError where it is none, Refused where a Doc doesn't fit."""
    for n, doc in enumerate(_load(data, name), start=1):
        where = f"{name}: Doc number {n}"
        try:
            stated = msgspec.convert(doc.user_data.get(_KEY), _Stated)
            yield _as_document(doc, stated, where)
        except msgspec.ValidationError as error:
            yield Refused(where, f"user_data[{_KEY!r}] does not say which page it is: {error}")
        except AnnotationError as error:
            yield Refused(where, str(error))
        except LookupError as error:  # a string or token that the file does not hold
            yield Refused(where, f"can't be read: {error}")


def _as_document(doc: "Doc", stated: _Stated, where: str) -> Document:
    text = doc.text
    require_digest(text, stated.sha256)
    spans = [place_span(text, one.start, one.end, one.layer, one.features) for one in stated.loose]
    for layer in FEATURES:
        for found in doc.spans.get(layer, ()):
            if not 0 <= found.start < found.end <= len(doc):
                raise AnnotationError(f"a {layer} of the tokens {found.start} to {found.end}, and there are {len(doc)}")
            first = ("link", found.kb_id_) if layer == "mention" else ("label", found.label_)
            rest = [part.partition("=") for part in found.id_.split(_SEPARATOR) if part]
            told = [first, *((key, value) for key, _, value in rest)]
            last = doc[found.end - 1]
            spans.append(place_span(text, doc[found.start].idx, last.idx + len(last), layer, told))
    return restore_document(stated, text, spans, where)


def _load(data: bytes, name: str) -> "Iterator[Doc]":
    spacy = _spacy()
    try:
        _require_small(data)
        docs: DocBin = spacy.tokens.DocBin().from_bytes(data)
        yield from docs.get_docs(spacy.blank("xx").vocab)
    # spaCy trusts its input, and says in many ways that it does not fit.
    except (zlib.error, ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError) as error:
        raise AnnotationError(f"{name}: no DocBin that can be read: {short(str(error))}") from None


def _require_small(data: bytes) -> None:
    unpacked = zlib.decompressobj()
    unpacked.decompress(data, _LARGEST)
    if unpacked.unconsumed_tail:
        raise ValueError(f"it unpacks to more than {_LARGEST:,} bytes")


def _spacy() -> ModuleType:
    try:
        import spacy
        import spacy.tokens
    except ModuleNotFoundError:
        raise InputError("spaCy's files need the extra: pip install 'peacetalks[annotation]'") from None
    return spacy
