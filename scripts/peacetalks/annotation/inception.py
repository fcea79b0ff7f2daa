"""INCEpTION: a UIMA CAS a page, as JSON, with layers of its own; read as JSON or as XMI.

On disk UIMA counts in UTF-16, and cassis converts. What comes from outside is looked at before cassis may parse it: a
document type is refused, and so is what nests deep, is not of the shape, or is larger than any page.
"""

import io
import warnings
from collections.abc import Iterable
from types import ModuleType
from typing import TYPE_CHECKING
from xml.parsers import expat

import msgspec
from msgspec import Struct, field

from peacetalks.annotation.documents import (
    FEATURES,
    FIELDS,
    LISTS,
    Document,
    Layer,
    Read,
    Refused,
    make_document,
    place_span,
    require_digest,
    short,
)
from peacetalks.errors import AnnotationError, InputError

if TYPE_CHECKING:
    from cassis import Cas, TypeSystem

_LAYERS: dict[Layer, str] = {"segment": "webanno.custom.PeacetalksLine", "mention": "webanno.custom.PeacetalksMention"}
_PAGE = "webanno.custom.PeacetalksPage"
_STATED = ("article", "source", "annotator", "sha256")
_JOINED = "; "  # between the values of a field that can have several
_LARGEST = 64_000_000  # bytes
_DEEPEST = 16  # a CAS is flat


class _Structure(Struct):
    """What every feature structure of a CAS in JSON has, as far as cassis counts on it."""

    id: int = field(name="%ID")
    type: str = field(name="%TYPE")
    begin: int | None = None
    end: int | None = None


class _View(Struct):
    members: list[int] = field(name="%MEMBERS")


class _Json(Struct):
    types: dict[str, dict[str, object]] = field(name="%TYPES")
    structures: list[_Structure] = field(name="%FEATURE_STRUCTURES")
    views: dict[str, _View] = field(name="%VIEWS")


_json = msgspec.json.Decoder(_Json)


def write_cas(documents: Iterable[Document]) -> dict[str, bytes]:
    """Return the files to import, by name: the layers as a UIMA type system, and a CAS a page."""
    types = make_types()
    files = {"layers.xml": types.to_xml().encode()}
    for document in documents:
        files[f"{document.id}.json"] = f"{make_cas(document, types).to_json()}\n".encode()
    return files


def make_types() -> "TypeSystem":
    """Return the layers: lines and mentions with their features, and the page with its fields, on top of all of it."""
    cassis = _cassis()
    types = cassis.TypeSystem()
    layers = {_LAYERS[layer]: tuple(FEATURES[layer]) for layer in _LAYERS}
    for name, features in {**layers, _PAGE: (*_STATED, *FIELDS)}.items():
        made = types.create_type(name=name, supertypeName="uima.tcas.Annotation")
        for feature in features:
            types.create_feature(domainType=made, name=feature, rangeType="uima.cas.String")
    return types


def make_cas(document: Document, types: "TypeSystem") -> "Cas":
    """Return the CAS of a document; AnnotationError where a list can't be told from one value."""
    cas = _cassis().Cas(typesystem=types, sofa_string=document.text, sofa_mime="text/plain")
    stated = (document.id, document.source, document.annotator, document.digest)
    for name in LISTS & document.fields.keys():
        if any(_JOINED.strip() in value for value in document.fields[name]):
            raise AnnotationError(f"{document.source}: {name}: a value holds a semicolon, which stands between values")
    fields = {name: _JOINED.join(values) for name, values in document.fields.items()}
    page = types.get_type(_PAGE)
    cas.add(page(begin=0, end=len(document.text), **dict(zip(_STATED, stated, strict=True)), **fields))
    for span in document.spans:
        made = types.get_type(_LAYERS[span.layer])
        cas.add(made(begin=span.start, end=span.end, **dict(span.features)))
    return cas


def read_cas(data: bytes, name: str) -> Read:
    """Yield the document of a CAS, JSON or XMI; AnnotationError where it is none, and Refused where it doesn't fit."""
    cas = _load(data, name)
    try:
        yield _as_document(cas, name)
    except AnnotationError as error:
        yield Refused(name, str(error))


def _as_document(cas: "Cas", name: str) -> Document:
    text = cas.sofa_string
    pages = cas.select(_PAGE)
    if not isinstance(text, str) or len(pages) != 1:
        raise AnnotationError(f"holds {len(pages)} annotations {_PAGE}, expected one: it says which page this is")
    stated = {feature: pages[0].get(feature) for feature in (*_STATED, *FIELDS)}
    if missing := [feature for feature in _STATED if not stated[feature]]:
        raise AnnotationError(f"its page does not tell {', '.join(missing)}")
    require_digest(text, stated["sha256"])
    spans = []
    for layer, kind in _LAYERS.items():
        for made in cas.select(kind):
            if not isinstance(made.begin, int) or not isinstance(made.end, int):
                raise AnnotationError(f"a {layer} has no place in the text of {len(text)} characters")
            features = {feature: made.get(feature) for feature in FEATURES[layer]}
            told = [(feature, value) for feature, value in features.items() if value]
            spans.append(place_span(text, made.begin, made.end, layer, told))
    fields = {name: _values(name, stated[name] or "") for name in FIELDS}
    return make_document(
        id=stated["article"],
        source=stated["source"],
        text=text,
        annotator=stated["annotator"],
        spans=spans,
        fields=fields,
        task=name,
    )


def _values(name: str, told: str) -> tuple[str, ...]:
    words = told.split(_JOINED.strip()) if name in LISTS else [told]
    return tuple(word.strip() for word in words if word.strip())


def _load(data: bytes, name: str) -> "Cas":
    if len(data) > _LARGEST:
        raise AnnotationError(f"{name}: {len(data):,} bytes; a page has no more than {_LARGEST:,}")
    cassis = _cassis()
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        try:
            if data.lstrip()[:1] == b"{":
                _json.decode(data)
                cas = cassis.load_cas_from_json(io.BytesIO(data), typesystem=make_types(), lenient=True)
            else:
                _require_flat_xml(data)
                cas = cassis.load_cas_from_xmi(io.BytesIO(data), typesystem=make_types(), lenient=True)
        # cassis trusts its input, and says in many ways that it does not fit.
        except (
            cassis.typesystem.TypeCheckError,
            cassis.typesystem.TypeNotFoundError,
            ArithmeticError,
            AttributeError,
            LookupError,
            RuntimeError,
            SyntaxError,
            TypeError,
            ValueError,
        ) as error:
            raise AnnotationError(f"{name}: no UIMA CAS that can be read: {short(str(error))}") from None
    # cassis leaves such an offset as it is, and then it counts something else.
    if wrong := next((str(one.message) for one in told if "Not mapping" in str(one.message)), None):
        raise AnnotationError(f"{name}: an offset that is within no character or beyond the text: {short(wrong)}")
    return cas


def _require_flat_xml(data: bytes) -> None:
    """Raise ValueError for XML with a document type, which can hold entities, or that nests deep; a CAS has neither."""
    depth = 0

    def open_type(*_: object) -> None:
        raise ValueError("it has a document type (DOCTYPE), and a CAS needs none")

    def open_element(tag: str, _: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > _DEEPEST:
            raise ValueError(f"{short(tag)} stands {depth} elements deep, and a CAS is flat")

    def close_element(_: str) -> None:
        nonlocal depth
        depth -= 1

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = open_type
    parser.StartElementHandler = open_element
    parser.EndElementHandler = close_element
    try:
        parser.Parse(data, True)  # noqa: FBT003  expat takes it so
    except expat.ExpatError as error:
        raise ValueError(f"not well-formed: {error}") from None


def _cassis() -> ModuleType:
    try:
        import cassis
    except ModuleNotFoundError:
        raise InputError("INCEpTION's files need the extra: pip install 'peacetalks[annotation]'") from None
    module: ModuleType = cassis
    return module
