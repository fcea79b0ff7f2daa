"""What an annotator is shown and gives back: a text, spans on it, and fields of the whole, whatever the tool.

Offsets are code points of the text, end exclusive. Each format writes documents and reads them again; none of them
knows what a page is, and every offset that comes from outside passes `place_span`.
"""

import hashlib
from collections.abc import Iterable, Iterator
from typing import Literal, get_args

from msgspec import Struct

from peacetalks.errors import AnnotationError
from peacetalks.record import Basis, DateBasis, Label, Stage

Layer = Literal["segment", "mention"]

LABELS: tuple[str, ...] = tuple(name for name in get_args(Label) if name != "blank")
EVIDENCE = "date"
# The features of a span by layer, the first one always there, with their values where the list of them is closed.
FEATURES: dict[Layer, dict[str, tuple[str, ...] | None]] = {
    "segment": {"label": LABELS, "evidence": (EVIDENCE,)},
    "mention": {"link": None, "basis": get_args(Basis), "stage": get_args(Stage)},
}
# The fields of a document likewise; a field without a value is absent, and of authors there may be several.
FIELDS: dict[str, tuple[str, ...] | None] = {
    "outlet": None,
    "agency": None,
    "authors": None,
    "dateline": None,
    "published": None,
    "published_edtf": None,
    "published_basis": get_args(DateBasis),
    "language": None,
    "on_topic": ("yes", "no"),
}
LISTS = frozenset({"authors"})


class Span(Struct, frozen=True, order=True):
    """A stretch of a text with its features; no white space stands at its ends."""

    start: int
    end: int
    layer: Layer
    features: tuple[tuple[str, str], ...]

    def get(self, name: str) -> str | None:
        """Return a feature, None where it is not told."""
        return dict(self.features).get(name)


class Document(Struct, frozen=True, kw_only=True):
    """One page as an annotator sees it; `task` names it in messages about a tool's file.

    `annotated` is false of what a program proposed and nobody has looked at yet.
    """

    id: str
    source: str
    text: str
    annotator: str
    spans: tuple[Span, ...]
    fields: dict[str, tuple[str, ...]]
    task: str = ""
    annotated: bool = True

    @property
    def digest(self) -> str:
        """The SHA-256 of the text in UTF-8: it says which text the offsets are of."""
        return digest_of(self.text)


class Refused(Struct, frozen=True):
    """A page of a tool's file that can't be taken: its task, and why."""

    task: str
    reason: str


Read = Iterator[Document | Refused]


def digest_of(text: str) -> str:
    """Return the SHA-256 of a text in UTF-8, as 64 hex digits."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def place_span(text: str, start: int, end: int, layer: Layer, features: Iterable[tuple[str, str]]) -> Span:
    """Return a span without the white space at its ends; AnnotationError where it is none of the text or its layer."""
    if not 0 <= start < end <= len(text):
        raise AnnotationError(f"a {layer} from {start} to {end} is not within the text of {len(text)} characters")
    surface = text[start:end]
    if not surface.strip():
        raise AnnotationError(f"the {layer} from {start} to {end} holds nothing but white space")
    told = dict(features)
    where = f"the {layer} {short(surface)!r} at {start}"
    known = FEATURES[layer]
    for name, value in told.items():
        if name not in known:
            raise AnnotationError(f"{where}: no {layer} has a feature {short(name)!r}; it has {', '.join(known)}")
        _require_value(f"{where}: {name}", value, known[name])
    first = next(iter(known))
    if first not in told:
        raise AnnotationError(f"{where}: its {first} is missing")
    return Span(
        start + len(surface) - len(surface.lstrip()),
        end - len(surface) + len(surface.rstrip()),
        layer,
        tuple((name, told[name]) for name in known if name in told),
    )


def make_document(
    *,
    id: str,  # noqa: A002  the name that the record has
    source: str,
    text: str,
    annotator: str,
    spans: Iterable[Span],
    fields: dict[str, tuple[str, ...]],
    task: str = "",
    annotated: bool = True,
) -> Document:
    """Return a document in normal form: spans sorted and each once, fields known and in their order."""
    for name, values in fields.items():
        if name not in FIELDS:
            raise AnnotationError(f"no document has a field {short(name)!r}; it has {', '.join(FIELDS)}")
        if len(values) > 1 and name not in LISTS:
            raise AnnotationError(f"{name}: {len(values)} values, and there is room for one")
        for value in values:
            _require_value(name, value, FIELDS[name])
    return Document(
        id=id,
        source=source,
        text=text,
        annotator=annotator,
        spans=tuple(sorted(set(spans))),
        fields={name: fields[name] for name in FIELDS if fields.get(name)},
        task=task,
        annotated=annotated,
    )


class Stated(Struct):
    """What a file says of its page beside the spans: which page it is, the digest of its text, and its fields."""

    article: str
    source: str
    annotator: str
    sha256: str
    fields: dict[str, tuple[str, ...]]


def state_page(document: Document) -> Stated:
    """Return what a file is to say of a document's page."""
    return Stated(
        article=document.id,
        source=document.source,
        annotator=document.annotator,
        sha256=document.digest,
        fields=document.fields,
    )


def restore_document(stated: Stated, text: str, spans: Iterable[Span], task: str) -> Document:
    """Return the document of a page that a file states, in normal form."""
    return make_document(
        id=stated.article,
        source=stated.source,
        text=text,
        annotator=stated.annotator,
        spans=spans,
        fields=stated.fields,
        task=task,
    )


def require_digest(text: str, stated: str) -> None:
    """Raise AnnotationError unless a text is the one that was handed out."""
    if digest_of(text) != stated:
        raise AnnotationError("its text is not the one that was handed out, so that no offset can be trusted")


def short(text: str) -> str:
    """Return the beginning of a text for a message."""
    return text if len(text) <= 60 else f"{text[:59]}…"


def _require_value(where: str, value: str, known: tuple[str, ...] | None) -> None:
    if known is not None and value not in known:
        raise AnnotationError(f"{where} {short(value)!r}: expected one of {', '.join(known)}")
    if not value or value != value.strip() or len(value.splitlines()) != 1:
        raise AnnotationError(f"{where} {short(value)!r}: expected one line without outer white space")
