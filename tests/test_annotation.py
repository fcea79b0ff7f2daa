"""The round trip through annotators' tools: what goes out comes back, and what does not fit is refused by name."""

import io
import json
import zlib
from collections.abc import Callable, Iterable
from typing import Any

import cassis
import pytest
import spacy
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs
from spacy.tokens import DocBin

from peacetalks.annotation import brat, inception, label_studio, spacy_docs
from peacetalks.annotation.documents import (
    FEATURES,
    FIELDS,
    LABELS,
    Document,
    Refused,
    make_document,
    place_span,
)
from peacetalks.annotation.label_studio import find_region
from peacetalks.annotation.pages import show_page
from peacetalks.errors import AnnotationError
from peacetalks.record import Gold
from peacetalks.registry.gazetteer import load_gazetteer

GAZETTEER = load_gazetteer()
TOOLS = ("label-studio", "inception", "spacy", "brat")
Files = dict[str, bytes]

# Letters beyond the first plane, joined accents, letters from right to left and marks that turn the direction, blanks
# that do not break, ends of lines of every kind, and what the formats themselves are written with.
LETTERS = [
    *("a", "Z", "7", ".", "\U0001f54a", "\U00010900", "e\u0301", "\u0301", "سوريا", "שלום", "\u200f", "\u202e"),
    *(" ", "\u00a0", "\u200d", "\r\n", "\n", "\r", "\u2028", "\x85", "\t", "\ufeff", "<", "&", '"', "\\n", ";", "|"),
]
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=8)


@st.composite
def documents(draw: st.DrawFn) -> Document:
    """A document with spans at its start and its end, nested, next to each other, and each with some features."""
    text = draw(st.lists(st.sampled_from(LETTERS), min_size=1, max_size=40).map("".join).filter(str.strip))
    edges = st.integers(0, len(text))
    pairs = draw(st.lists(st.tuples(edges, edges), max_size=8))
    middle = draw(edges)
    ends = [(0, len(text)), (0, middle), (middle, len(text)), *map(sorted, pairs)]
    spans = [draw(features(text, *end)) for end in ends if text[slice(*end)].strip()]
    fields = {name: (draw(st.sampled_from(known) if known else WORDS),) for name, known in FIELDS.items()}
    names = draw(st.lists(WORDS.filter(lambda word: ";" not in word), max_size=3, unique=True))
    return make_document(
        id=draw(st.from_regex("[0-9a-f]{16}", fullmatch=True)),
        source="pages/ä 1.txt",
        text=text,
        annotator="A1",
        spans=spans,
        fields={**fields, "authors": tuple(names)},
    )


def features(text: str, start: int, end: int) -> st.SearchStrategy[Any]:
    layers = {
        "segment": {"label": st.sampled_from(LABELS), "evidence": st.sampled_from([None, "date"])},
        "mention": {
            "link": st.sampled_from(sorted(GAZETTEER.events)[:5] + sorted(GAZETTEER.series)[:2]),
            **{name: st.sampled_from([None, *(FEATURES["mention"][name] or ())]) for name in ("basis", "stage")},
        },
    }
    return st.one_of(
        st.fixed_dictionaries(told).map(
            lambda row, layer=layer: place_span(text, start, end, layer, [(k, v) for k, v in row.items() if v])
        )
        for layer, told in layers.items()
    )


def write(tool: str, pages: Iterable[Document]) -> Files:
    if tool == "label-studio":
        return label_studio.write_tasks(pages, GAZETTEER)
    if tool == "inception":
        return inception.write_cas(pages)
    if tool == "spacy":
        return spacy_docs.write_docs(pages)[0]
    return brat.write_standoff_files(pages, GAZETTEER)


def read(tool: str, files: Files) -> list[Document | Refused]:
    if tool == "label-studio":
        return list(label_studio.read_tasks(files["tasks.json"], "tasks.json"))
    if tool == "spacy":
        return list(spacy_docs.read_docs(files["docs.spacy"], "docs.spacy"))
    if tool == "inception":
        found = [inception.read_cas(data, name) for name, data in files.items() if name != "layers.xml"]
    else:
        pairs = [(name, name.replace(".ann", ".txt")) for name in files if name.endswith(".ann")]
        found = [brat.read_standoff_files(files[text], files[name], name) for name, text in pairs]
    return [item for items in found for item in items]


def without_task(items: Iterable[Document | Refused]) -> list[Document]:
    refused = [item for item in items if isinstance(item, Refused)]
    assert refused == []
    return [structs.replace(item, task="") for item in items if isinstance(item, Document)]


def through_cassis_json(files: Files) -> Files:
    return {
        name: data if name == "layers.xml" else cassis.load_cas_from_json(io.BytesIO(data)).to_json().encode()
        for name, data in files.items()
    }


def through_cassis_xmi(files: Files) -> Files:
    types = cassis.load_typesystem(io.BytesIO(files["layers.xml"]))
    return {
        name: cassis.load_cas_from_json(io.BytesIO(data), typesystem=types).to_xmi().encode()
        for name, data in files.items()
        if name != "layers.xml"
    }


def through_spacy(files: Files) -> Files:
    docs = list(DocBin().from_bytes(files["docs.spacy"]).get_docs(spacy.blank("xx").vocab))
    return {"docs.spacy": DocBin(docs=docs, store_user_data=True).to_bytes()}


@pytest.mark.parametrize("tool", TOOLS)
@settings(max_examples=50)
@given(page=documents())
def test_every_span_and_field_comes_back(tool: str, page: Document) -> None:
    assert without_task(read(tool, write(tool, [page]))) == [page]


@pytest.mark.parametrize(
    ("tool", "library"),
    [("inception", through_cassis_json), ("inception", through_cassis_xmi), ("spacy", through_spacy)],
    ids=["cassis-json", "cassis-xmi", "spacy"],
)
@settings(max_examples=50)
@given(page=documents())
def test_every_span_comes_back_through_the_tools_own_library(
    tool: str, library: Callable[[Files], Files], page: Document
) -> None:
    assert without_task(read(tool, library(write(tool, [page])))) == [page]


@pytest.mark.parametrize("tool", TOOLS)
@settings(max_examples=50)
@given(pages=st.lists(documents(), max_size=3, unique_by=lambda page: page.id))
def test_what_came_back_goes_out_byte_for_byte_the_same(tool: str, pages: list[Document]) -> None:
    files = write(tool, pages)
    assert write(tool, without_task(read(tool, files))) == files


@settings(max_examples=50)
@given(page=documents())
def test_spans_inside_of_tokens_are_counted_and_kept(page: Document) -> None:
    files, loose = spacy_docs.write_docs([page])
    (doc,) = DocBin().from_bytes(files["docs.spacy"]).get_docs(spacy.blank("xx").vocab)
    grouped = sum(len(group) for group in doc.spans.values())
    assert (grouped + loose, len(doc.user_data["peacetalks"]["loose"])) == (len(page.spans), loose)


def test_a_span_that_ends_inside_of_a_token_is_one_of_them() -> None:
    told = [("label", "body")]
    page = make_document(
        id="0" * 16,
        source="a.txt",
        text="Geneva talks",
        annotator="A1",
        spans=[place_span("Geneva talks", 0, 3, "segment", told), place_span("Geneva talks", 0, 6, "segment", told)],
        fields={},
    )
    assert spacy_docs.write_docs([page])[1] == 1


@settings(max_examples=50)
@given(page=documents())
def test_a_line_of_brats_is_a_line_whatever_ends_lines_for_its_reader(page: Document) -> None:
    lines = write("brat", [page])[f"{page.id}.ann"].decode()
    assert lines.splitlines() == lines.split("\n")[:-1]
    for line in lines.splitlines():
        if line.startswith("T"):
            _, place, surface = line.split("\t", 2)
            fragments = [tuple(map(int, pair.split())) for pair in place.split(" ", 1)[1].split(";")]
            assert " ".join(page.text[start:end] for start, end in fragments) == surface


@settings(max_examples=50)
@given(page=documents())
def test_regions_are_found_in_utf_16_too(page: Document) -> None:
    for span in page.spans:
        surface = page.text[span.start : span.end]
        start = len(page.text[: span.start].encode("utf-16-le")) // 2
        end = start + len(surface.encode("utf-16-le")) // 2
        first, last = find_region(page.text, start, end, surface)
        assert page.text[first:last] == surface


@pytest.mark.parametrize(
    ("start", "end", "surface", "found"),
    [
        pytest.param(2, 8, "Geneva", (2, 8), id="code points"),
        pytest.param(3, 9, "Geneva", (2, 8), id="UTF-16, behind a letter beyond the first plane"),
        pytest.param(0, 8, "\U0001f54a Geneva", (0, 8), id="at the start"),
        pytest.param(2, 14, "Geneva talks", None, id="other words"),
        pytest.param(2, 14, "Geneva\\ntalks", (2, 14), id="a line's end written as two characters"),
        pytest.param(2, 99, "Geneva", None, id="past the end"),
        pytest.param(-6, 2, "Geneva", None, id="before the start"),
        pytest.param(1, 3, "Geneva", None, id="within a letter"),
        pytest.param(10**30, 10**30 + 6, "Geneva", None, id="huge"),
    ],
)
def test_a_region_counts_where_its_words_stand(
    start: int, end: int, surface: str, found: tuple[int, int] | None
) -> None:
    text = "\U0001f54a Geneva\ntalks"
    if found is None:
        with pytest.raises(AnnotationError, match="does not stand at"):
            find_region(text, start, end, surface)
    else:
        assert find_region(text, start, end, surface) == found


@pytest.fixture(scope="module")
def page(gold: dict[str, Gold]) -> Document:
    return show_page(gold["2da0afbf66b59619"])


@pytest.mark.parametrize("tool", TOOLS)
def test_a_changed_text_is_refused_with_its_task(tool: str, page: Document) -> None:
    files = write(tool, [page])
    if tool == "spacy":
        doc = spacy.blank("xx")(page.text.replace("October", "november"))
        doc.user_data = spacy_docs.make_doc(page, spacy.blank("xx")(page.text)).user_data
        files = {"docs.spacy": DocBin(docs=[doc], store_user_data=True).to_bytes()}
    else:
        files = {name: data.replace(b"October", b"november") for name, data in files.items()}
    (refused,) = read(tool, files)
    assert isinstance(refused, Refused)
    assert "its text is not the one that was handed out" in refused.reason or "does not stand at" in refused.reason
    assert refused.task in {
        f"{page.id}.json",
        f"{page.id}.ann",
        "docs.spacy: Doc number 1",
        "tasks.json: task number 1",
    }


def task_of(page: Document) -> dict[str, Any]:
    (task,) = json.loads(write("label-studio", [page])["tasks.json"])
    return dict(task)


def with_regions(change: Callable[[list[Any]], object]) -> Callable[[Any], object]:
    return lambda task: change(task["annotations"][0]["result"])


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        pytest.param(lambda task: task["data"].update(page="Other words."), "its text is not", id="other text"),
        pytest.param(lambda task: task["data"].pop("sha256"), "no task of ours", id="no digest"),
        pytest.param(lambda task: task.update(data=[]), "no task of ours", id="wrong type"),
        pytest.param(with_regions(lambda r: r[0]["value"].update(start="0")), "no task of ours", id="offset in words"),
        pytest.param(with_regions(lambda r: r[0]["value"].update(end=10**12)), "does not stand", id="huge offset"),
        pytest.param(with_regions(lambda r: r[0]["value"].pop("text")), "has no start, end or text", id="no words"),
        pytest.param(with_regions(lambda r: r[0]["value"].update(labels=[])), "has 0 values", id="no label"),
        pytest.param(with_regions(lambda r: r[0]["value"].update(labels=["advert"])), "expected one of", id="a label"),
        pytest.param(with_regions(lambda r: r[0].update(from_name="links")), "neither a line nor", id="unknown tag"),
        pytest.param(with_regions(lambda r: r[1].update(id=r[0]["id"])), "stands in two places", id="id used twice"),
    ],
)
def test_a_task_that_does_not_fit_is_refused_and_its_neighbour_is_read(
    page: Document, change: Callable[[Any], object], reason: str
) -> None:
    broken, whole = task_of(page), task_of(page)
    broken["id"], whole["id"] = 17, 18
    change(broken)
    refused, kept = label_studio.read_tasks(json.dumps([broken, whole]).encode(), "export.json")
    assert isinstance(refused, Refused)
    assert isinstance(kept, Document)
    assert refused.task == "export.json: task 17"
    assert reason in refused.reason
    assert kept.spans == page.spans


def xmi(*elements: str, before: str = "") -> bytes:
    names = 'xmlns:xmi="http://www.omg.org/XMI" xmlns:cas="http:///uima/cas.ecore" xmi:version="2.0"'
    return f'<?xml version="1.0"?>{before}<xmi:XMI {names}>{"".join(elements)}</xmi:XMI>'.encode()


LAUGHS = "".join(f'<!ENTITY l{n + 1} "{f"&l{n};" * 10}">' for n in range(9))
SOFA = '<cas:Sofa xmi:id="1" sofaNum="1" sofaID="_InitialView" mimeType="text/plain" sofaString="{}"/>'
BROKEN = {
    "billion-laughs.xmi": xmi(SOFA.format("&l9;"), before=f'<!DOCTYPE x [<!ENTITY l0 "ha">{LAUGHS}]>'),
    "outside-entity.xmi": xmi(SOFA.format("x"), before='<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>'),
    "outside-entity-utf16.xmi": xmi(SOFA.format("x"), before='<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">')
    .decode()
    .replace("<?xml version", "<?xml version")
    .encode("utf-16"),
    "deep.xmi": xmi("<a>" * 5000 + "</a>" * 5000),
    "cut.xmi": xmi(SOFA.format("x"))[:-9],
    "no-number.xmi": xmi('<cas:Sofa xmi:id="one" sofaNum="x" sofaID="_InitialView" sofaString="x"/>'),
    "empty.xmi": b"",
    "deep.json": b'{"%TYPES":' + b"[" * 100_000,
    "not-json.json": b"{",
    "no-structures.json": b'{"%TYPES": {}, "%FEATURE_STRUCTURES": [{"%ID": "x"}], "%VIEWS": {}}',
    "no-sofa.json": b'{"%TYPES": {}, "%FEATURE_STRUCTURES": [], "%VIEWS": {"_InitialView": {"%MEMBERS": [4]}}}',
    "circle.json": b'{"%TYPES": {"A": {"%SUPER_TYPE": "B"}, "B": {"%SUPER_TYPE": "A"}}, "%FEATURE_STRUCTURES": [],'
    b' "%VIEWS": {}}',
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_cas_is_named_and_never_followed(name: str) -> None:
    with pytest.raises(AnnotationError, match=f"^{name}: no UIMA CAS that can be read"):
        list(inception.read_cas(BROKEN[name], name))


def cas_of(page: Document) -> dict[str, Any]:
    return dict(json.loads(inception.write_cas([page])[f"{page.id}.json"]))


@pytest.mark.parametrize("end", [10**12, -1, 2**63], ids=["huge", "negative", "wider than a machine's word"])
def test_a_cas_with_an_offset_that_is_none_is_refused(page: Document, end: int) -> None:
    row = cas_of(page)
    line = next(one for one in row["%FEATURE_STRUCTURES"] if one["%TYPE"].endswith("Line"))
    line["end"] = end
    with pytest.raises(AnnotationError, match="an offset that is within no character or beyond the text"):
        list(inception.read_cas(json.dumps(row).encode(), "x.json"))


def test_a_cas_offset_within_a_letter_is_refused() -> None:
    text = "\U0001f54a Geneva"
    span = place_span(text, 2, 8, "segment", [("label", "body")])
    made = make_document(id="0" * 16, source="a", text=text, annotator="A1", spans=[span], fields={})
    row = cas_of(made)
    line = next(one for one in row["%FEATURE_STRUCTURES"] if one["%TYPE"].endswith("Line"))
    assert line["begin"] == 3
    line["begin"] = 1
    with pytest.raises(AnnotationError, match="within no character"):
        list(inception.read_cas(json.dumps(row).encode(), "x.json"))


@pytest.mark.parametrize(
    "data",
    [b"", b"no DocBin", zlib.compress(b"\x81\xa1a\x01"), zlib.compress(b"\xff" * 100)],
    ids=["empty", "other bytes", "other keys", "no msgpack"],
)
def test_a_broken_docbin_is_named(data: bytes) -> None:
    with pytest.raises(AnnotationError, match=r"^x\.spacy: no DocBin that can be read"):
        list(spacy_docs.read_docs(data, "x.spacy"))


def test_a_doc_of_somebody_elses_is_refused_by_its_number(page: Document) -> None:
    language = spacy.blank("xx")
    docs = [language("Not ours."), spacy_docs.make_doc(page, language(page.text))]
    data = DocBin(docs=docs, store_user_data=True).to_bytes()
    refused, kept = spacy_docs.read_docs(data, "x.spacy")
    assert isinstance(refused, Refused)
    assert refused.task == "x.spacy: Doc number 1"
    assert isinstance(kept, Document)


@pytest.mark.parametrize("data", [b"", b"{}", b"[" * 100_000, b'{"a": []}', b"\xff"])
def test_a_file_that_is_no_list_of_tasks_is_named(data: bytes) -> None:
    with pytest.raises(AnnotationError, match=r"^x\.json: no list of tasks"):
        list(label_studio.read_tasks(data, "x.json"))


def test_a_deep_task_is_refused_alone() -> None:
    (refused,) = label_studio.read_tasks(b'[{"id": 3, "data": ' + b"[" * 400 + b"]" * 400 + b"}]", "x.json")
    assert isinstance(refused, Refused)
    assert refused.task == "x.json: task 3"


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("title 0 47", "title 0 99999999999", "is no place"),
        ("title 0 47", "title 0 999999999", "does not stand at"),
        ("title 0 47", "title 47 0", "does not stand at"),
        ("title 0 47", "title ٠ ٤٧", "is no place"),
        ("title 0 47", "headline 0 47", "expected one of"),
        ("title 0 47\tRussia", "title 0 6;7 47\tRussia", "is in pieces"),
        ("A1\tBasis T2", "A1\tBasis T999", "T999 has attributes or a reference, and no place"),
        ("#1\t", "#1", "the note is missing"),
        ('{"article"', '{"article": [[', "can't be read"),
        ("A1\t", "R1\t", "is no annotation of ours"),
        ("conferences:", "wiki:", "is no annotation of ours"),
    ],
)
def test_a_broken_line_of_brats_is_named(page: Document, old: str, new: str, reason: str) -> None:
    files = write("brat", [page])
    text, lines = files[f"{page.id}.txt"], files[f"{page.id}.ann"].decode()
    assert old in lines
    (refused,) = brat.read_standoff_files(text, lines.replace(old, new).encode(), "x.ann")
    assert isinstance(refused, Refused)
    assert reason in refused.reason


@given(st.binary(max_size=200))
def test_no_bytes_make_a_reader_stumble(data: bytes) -> None:
    readers = (
        lambda: label_studio.read_tasks(data, "x"),
        lambda: inception.read_cas(data, "x"),
        lambda: spacy_docs.read_docs(data, "x"),
        lambda: brat.read_standoff_files(b"text", data, "x"),
    )
    for reader in readers:
        told = []
        try:
            told = [item.task for item in reader() if isinstance(item, Refused)]
        except AnnotationError as error:
            told = [str(error)]
        assert [one.partition(":")[0] for one in told] in (["x"], [])
