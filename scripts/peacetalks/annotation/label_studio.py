"""Label Studio: a configuration and tasks to import, and what it exports, whose offsets are never taken on trust.

What it exports as JSON (not JSON-MIN) is read. Its front end counts in UTF-16 in some versions and in code points in
others, so that a region counts only where the words that it states stand.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from xml.sax.saxutils import quoteattr

import msgspec
from msgspec import UNSET, Struct, UnsetType

from peacetalks.annotation.documents import (
    FEATURES,
    FIELDS,
    LISTS,
    Document,
    Layer,
    Read,
    Refused,
    Span,
    make_document,
    place_span,
    require_digest,
    short,
)
from peacetalks.errors import AnnotationError
from peacetalks.registry.gazetteer import Gazetteer

_TEXT = "page"  # the name of the text in the configuration
_TAGS: dict[str, Layer] = {"segment": "segment", "mention": "mention"}


class _Value(Struct, omit_defaults=True, kw_only=True):
    start: int | None = None
    end: int | None = None
    text: str | list[str] | None = None
    labels: list[str] = []
    choices: list[str] = []
    taxonomy: list[list[str]] = []


class _Region(Struct, omit_defaults=True, kw_only=True):
    id: str = ""
    from_name: str
    to_name: str  # never left out: the front end asks for it
    type: str
    value: _Value


class _Annotation(Struct, omit_defaults=True, kw_only=True):
    id: int | None = None
    model_version: str | None = None
    completed_by: int | dict[str, object] | None = None
    was_cancelled: bool = False
    result: list[_Region] = []


class _Data(Struct, kw_only=True):
    article: str
    source: str
    annotator: str
    sha256: str
    page: str


class _Numbered(Struct):
    id: int | None = None


class _Task(Struct, omit_defaults=True, kw_only=True):
    id: int | None = None
    data: _Data
    annotations: list[_Annotation] | UnsetType = UNSET
    predictions: list[_Annotation | int] | UnsetType = UNSET  # an export names them by number only


_tasks = msgspec.json.Decoder(list[msgspec.Raw])
_task = msgspec.json.Decoder(_Task)


def write_tasks(documents: Iterable[Document], gazetteer: Gazetteer) -> dict[str, bytes]:
    """Return the files to import, by name: the configuration of the project, and its tasks.

    What a program proposed becomes a prediction, and gold an annotation.
    """
    tasks = [_as_task(document, gazetteer) for document in documents]
    lines = b",\n".join(msgspec.json.encode(task) for task in tasks)
    return {"config.xml": make_config(gazetteer).encode(), "tasks.json": b"[" + lines + b"]\n"}


def make_config(gazetteer: Gazetteer) -> str:
    """Return the labelling configuration: labels of lines, mentions with their links, and the fields of a page."""
    events = defaultdict(list)
    for event in gazetteer.events.values():
        events[event.series].append((event.start, event.id))
    rows = ["<View>", f'  <Labels name="segment" toName="{_TEXT}">']
    rows += [f'    <Label value="{label}"/>' for label in FEATURES["segment"]["label"] or ()]
    rows += ["  </Labels>", _choices("evidence", FEATURES["segment"]["evidence"] or (), "segment")]
    rows += [f'  <Labels name="mention" toName="{_TEXT}">', '    <Label value="mention"/>', "  </Labels>"]
    rows += [f'  <Taxonomy name="link" toName="{_TEXT}" perRegion="true" whenTagName="mention" maxUsages="1">']
    for series in sorted(gazetteer.series):
        inner = "".join(f"<Choice value={quoteattr(name)}/>" for _, name in sorted(events[series]))
        rows += [f"    <Choice value={quoteattr(series)}>{inner}</Choice>"]
    rows += ["  </Taxonomy>"]
    rows += [_choices(name, FEATURES["mention"][name] or (), "mention") for name in ("basis", "stage")]
    rows += [f'  <Text name="{_TEXT}" value="${_TEXT}" granularity="symbol"/>']
    for name, values in FIELDS.items():
        several = 'maxSubmissions="20"' if name in LISTS else 'maxSubmissions="1"'
        rows += [
            f'  <Header value="{name}" size="6"/>',
            _choices(name, values, None)
            if values
            else f'  <TextArea name="{name}" toName="{_TEXT}" {several} editable="true"/>',
        ]
    return "\n".join([*rows, "</View>", ""])


def read_tasks(data: bytes, name: str) -> Read:
    """Yield a document for each annotation of each task, and a Refused for each that can't be taken.

    A task that nobody has annotated gives what the program proposed, as far as the file holds it. AnnotationError where
    the file is no list of tasks.
    """
    try:
        raws = _tasks.decode(data)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise AnnotationError(f"{name}: no list of tasks, as Label Studio exports it as JSON: {error}") from None
    for position, raw in enumerate(raws, start=1):
        where = f"{name}: task {_id_of(raw) or f'number {position}'}"
        try:
            task = _task.decode(raw)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
            yield Refused(where, f"no task of ours: {error}")
            continue
        made = [one for one in task.annotations or [] if not one.was_cancelled]
        proposed = [one for one in task.predictions or [] if isinstance(one, _Annotation)]
        for one in made or proposed[:1] or [_Annotation()]:
            try:
                yield _as_document(task.data, one, where, annotated=bool(made))
            except AnnotationError as error:
                yield Refused(where, str(error))


def find_region(text: str, start: int, end: int, surface: str) -> tuple[int, int]:
    """Return where a region stands, in code points: as it says, or as counted in UTF-16, if its words are there."""
    for first, last in ((start, end), _from_utf16(text, start, end)):
        # The front end writes a line's end inside of a region as two characters.
        if 0 <= first < last <= len(text) and text[first:last] in (surface, surface.replace("\\n", "\n")):
            return first, last
    raise AnnotationError(f"{short(surface)!r} does not stand at {start} to {end}, be it counted in UTF-16 or not")


def _from_utf16(text: str, start: int, end: int) -> tuple[int, int]:
    units = text.encode("utf-16-le", "surrogatepass")
    if not 0 <= start < end <= len(units) // 2:
        return -1, -1
    before, inside = (units[: 2 * start], units[2 * start : 2 * end])
    first = len(before.decode("utf-16-le", "replace"))
    return first, first + len(inside.decode("utf-16-le", "replace"))


def _as_task(document: Document, gazetteer: Gazetteer) -> _Task:
    regions = list(_regions(document, gazetteer))
    one = _Annotation(result=regions, model_version=None if document.annotated else document.annotator)
    data = _Data(
        article=document.id,
        source=document.source,
        annotator=document.annotator,
        sha256=document.digest,
        page=document.text,
    )
    return _Task(data=data, annotations=[one]) if document.annotated else _Task(data=data, predictions=[one])


def _regions(document: Document, gazetteer: Gazetteer) -> Iterator[_Region]:
    for n, span in enumerate(document.spans):
        name, surface = f"{span.layer}-{n}", document.text[span.start : span.end]

        def say(
            tag: str, kind: str, *, name: str = name, span: Span = span, surface: str = surface, **value: object
        ) -> _Region:
            told = msgspec.convert({**value, "start": span.start, "end": span.end, "text": surface}, _Value)
            return _Region(id=name, from_name=tag, to_name=_TEXT, type=kind, value=told)

        yield say(span.layer, "labels", labels=[span.get("label") or "mention"])
        for feature, found in span.features:
            if feature == "link":
                event = gazetteer.events.get(found)
                yield say("link", "taxonomy", taxonomy=[[event.series, event.id] if event else [found]])
            elif feature != "label":
                yield say(feature, "choices", choices=[found])
    for field, values in document.fields.items():
        kind, value = ("choices", _Value(choices=[*values])) if FIELDS[field] else ("textarea", _Value(text=[*values]))
        yield _Region(id=f"field-{field}", from_name=field, to_name=_TEXT, type=kind, value=value)


def _as_document(data: _Data, annotation: _Annotation, where: str, *, annotated: bool) -> Document:
    require_digest(data.page, data.sha256)
    layers: dict[str, Layer] = {}
    ends: dict[str, tuple[int, int]] = {}
    features: dict[str, dict[str, str]] = defaultdict(dict)
    fields: dict[str, list[str]] = defaultdict(list)
    for region in annotation.result:
        value = region.value
        if region.from_name in FIELDS:
            fields[region.from_name] += value.choices or (
                [value.text] if isinstance(value.text, str) else value.text or []
            )
            continue
        if value.start is None or value.end is None or not isinstance(value.text, str):
            raise AnnotationError(
                f"region {short(region.id)!r} of {short(region.from_name)!r} has no start, end or text"
            )
        found = find_region(data.page, value.start, value.end, value.text)
        if ends.setdefault(region.id, found) != found:
            raise AnnotationError(f"region {short(region.id)!r} stands in two places")
        told = value.labels or value.choices or [path[-1] for path in value.taxonomy if path]
        if len(told) != 1:
            raise AnnotationError(
                f"{short(value.text)!r}: {short(region.from_name)} has {len(told)} values, expected one"
            )
        if region.from_name in _TAGS:
            layers[region.id] = _TAGS[region.from_name]
        if region.from_name != "mention":
            features[region.id]["label" if region.from_name == "segment" else region.from_name] = told[0]
    if unknown := ends.keys() - layers.keys():
        first = min(unknown, key=lambda name: ends[name])
        raise AnnotationError(f"region {short(first)!r} at {ends[first][0]} is neither a line nor a mention")
    return make_document(
        id=data.article,
        source=data.source,
        text=data.page,
        annotator=_annotator(annotation, data),
        spans=[place_span(data.page, *ends[name], layer, features[name].items()) for name, layer in layers.items()],
        fields={name: tuple(word.strip() for word in words if word.strip()) for name, words in fields.items()},
        task=where,
        annotated=annotated,
    )


def _annotator(annotation: _Annotation, data: _Data) -> str:
    who = annotation.completed_by
    if isinstance(who, dict):
        who = who.get("email") or who.get("id")  # type: ignore[assignment]
    return str(who) if who is not None else annotation.model_version or data.annotator


def _choices(name: str, values: Iterable[str], layer: str | None) -> str:
    of = f' perRegion="true" whenTagName="{layer}"' if layer else ""
    inner = "".join(f'<Choice value="{value}"/>' for value in values)
    return f'  <Choices name="{name}" toName="{_TEXT}" choice="single" showInline="true"{of}>{inner}</Choices>'


def _id_of(raw: msgspec.Raw) -> str | None:
    try:
        stub = msgspec.json.decode(raw, type=_Numbered)
    except (msgspec.DecodeError, RecursionError):
        return None
    return None if stub.id is None else str(stub.id)
