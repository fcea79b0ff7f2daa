"""What annotators make of pages: lines cut and relabelled, mentions moved along, two readings compared and decided."""

import json
import shutil
import tomllib
from pathlib import Path

import pytest
from click.testing import Result
from msgspec import json as msgspec_json
from msgspec import structs
from typer.testing import CliRunner

from conftest import CAPTURES, GOLD, ROOT
from peacetalks.annotation.compare import compare, kappa
from peacetalks.annotation.documents import Document, Span, make_document, place_span
from peacetalks.annotation.files import gold_bytes
from peacetalks.annotation.pages import show_page, take_page
from peacetalks.capture.gold import check_gold, read_gold
from peacetalks.clean.audit import body_text
from peacetalks.clean.segments import tile_gold
from peacetalks.cli import app
from peacetalks.errors import AnnotationError, GoldError
from peacetalks.pipeline import gold_digest
from peacetalks.record import Capture, Gold, GoldSegment, Label, Mention
from peacetalks.registry.gazetteer import load_gazetteer
from peacetalks.registry.outlets import load_outlets

SEED = "2da0afbf66b59619"
FOLDERS = [GOLD, *sorted(path for path in (ROOT / "tests" / "gold").iterdir() if path.is_dir())]


def take(document: Document, handed: Gold) -> Gold:
    return take_page(document, handed, load_gazetteer(), load_outlets())


def run(*words: str | Path, code: int = 0) -> Result:
    done = CliRunner().invoke(app, list(map(str, words)))
    assert done.exit_code == code, done.output
    return done


def small(*lines: tuple[str, Label], mentions: tuple[Mention, ...] = ()) -> Gold:
    segments = [GoldSegment(raw=raw, label=label) for raw, label in lines]
    return Gold(
        id="0" * 16,
        source="a.txt",
        annotator="A1",
        url=None,
        title=next((raw.strip() for raw, label in lines if label == "title"), None),
        captions=[],
        outlet=None,
        agency=None,
        authors=[],
        dateline=None,
        published=None,
        published_edtf=None,
        published_basis="none",
        language="en",
        on_topic=True,
        mentions=list(mentions),
        segments=segments,
    )


def marked(handed: Gold, *spans: tuple[str, str], more: tuple[Span, ...] = ()) -> Document:
    """The document of a page, its lines labelled by the words that they begin with and end with."""
    shown = show_page(handed)
    made, at = list(more), 0
    for words, label in spans:
        at = shown.text.index(words, at)
        made.append(place_span(shown.text, at, at + len(words), "segment", [("label", label)]))
        at += len(words)
    return make_document(
        id=shown.id, source=shown.source, text=shown.text, annotator="A2", spans=made, fields=shown.fields
    )


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_gold_is_the_same_after_it_was_shown_and_taken(folder: Path) -> None:
    for page in read_gold(folder).values():
        assert take(show_page(page), page) == page


@pytest.mark.parametrize(
    ("raw", "spans", "parts"),
    [
        pytest.param(
            "They met in Vienna. SHARE\n",
            [("They met in Vienna.", "body"), ("SHARE", "chrome")],
            [("They met in Vienna.", "body"), (" SHARE\n", "chrome")],
            id="chrome behind: the white space is its own",
        ),
        pytest.param(
            "SHARE  They met in Vienna.\n",
            [("SHARE", "chrome"), ("They met in Vienna.", "body")],
            [("SHARE  ", "chrome"), ("They met in Vienna.\n", "body")],
            id="chrome before: likewise",
        ),
        pytest.param(
            "  Talks end | The Record | Home",
            [("Talks end", "title"), ("| The Record", "chrome"), ("| Home", "chrome")],
            [("  Talks end", "title"), (" | The Record", "chrome"), (" | Home", "chrome")],
            id="two cuts",
        ),
        pytest.param(
            "Itâ€™s over.  SHARE\n",
            [("It’s over.", "body"), ("SHARE", "chrome")],
            [("Itâ€™s over.", "body"), ("  SHARE\n", "chrome")],
            id="in a line that is repaired",
        ),
        pytest.param(
            "They met. SHARE", [("They met. SHARE", "chrome")], [("They met. SHARE", "chrome")], id="relabelled"
        ),
    ],
)
def test_a_line_is_cut_where_the_annotator_cut_it(
    raw: str, spans: list[tuple[str, str]], parts: list[tuple[str, str]]
) -> None:
    handed = small((raw, "body"))
    taken = take(marked(handed, *spans), handed)
    assert [(part.raw, part.label) for part in taken.segments] == parts


def test_one_span_over_several_lines_labels_each_of_them() -> None:
    handed = small(("Home\n", "body"), ("\n", "blank"), ("News\n", "body"), ("They met.", "body"))
    taken = take(marked(handed, ("Home\nNews", "chrome"), ("They met.", "body")), handed)
    assert [part.label for part in taken.segments] == ["chrome", "blank", "chrome", "body"]


@pytest.mark.parametrize(
    ("spans", "reason"),
    [
        ([("They met in Vienna.", "body")], "line 'They met in Vienna. SHARE': 'SHARE' has no label"),
        ([("in Vienna. SHARE", "body")], "'They met' has no label"),
        ([("They met", "body"), ("Vienna. SHARE", "chrome")], "'in' has no label"),
        ([], "has no label"),
    ],
)
def test_what_has_no_label_is_named(spans: list[tuple[str, str]], reason: str) -> None:
    handed = small(("They met in Vienna. SHARE\n", "body"))
    with pytest.raises(AnnotationError, match=reason):
        take(marked(handed, *spans), handed)


def test_two_labels_on_the_same_words_are_named() -> None:
    handed = small(("They met in Vienna.", "body"))
    again = place_span("They met in Vienna.", 5, 8, "segment", [("label", "chrome")])
    with pytest.raises(AnnotationError, match="two labels at 5, one of them chrome"):
        take(marked(handed, ("They met in Vienna.", "body"), more=(again,)), handed)


def mention(text: str, surface: str, link: str, basis: str | None = "date") -> Span:
    start = text.index(surface)
    told = [("link", link), ("stage", "held"), *([("basis", basis)] if basis else [])]
    return place_span(text, start, start + len(surface), "mention", told)


TEXT = "Vienna talks end\nA standfirst on the talks\nThe talks in Vienna ended. SHARE\nThe talks"
LINES: tuple[tuple[str, Label], ...] = (
    ("Vienna talks end\n", "title"),
    ("A standfirst on the talks\n", "title"),
    ("The talks in Vienna ended. SHARE\n", "body"),
    ("The talks", "chrome"),
)


def test_a_mention_moves_with_its_line() -> None:
    handed = small(*LINES)
    shown = show_page(handed)
    assert shown.text == TEXT
    spans = (mention(TEXT, "Vienna talks", "vienna-2-2015"), mention(TEXT, "The talks in Vienna", "vienna-1-2015"))
    labels = [
        ("Vienna talks end", "chrome"),
        ("A standfirst on the talks", "title"),
        ("The talks in Vienna ended.", "body"),
    ]
    with pytest.raises(
        AnnotationError, match="mention 'Vienna talks' at 0: it stands in a line that is labelled chrome"
    ):
        take(marked(handed, *labels, ("SHARE", "chrome"), ("The talks", "body"), more=spans), handed)
    taken = take(marked(handed, *labels, ("SHARE", "chrome"), ("The talks", "body"), more=spans[1:]), handed)
    assert taken.title == "A standfirst on the talks"
    (found,) = taken.mentions
    assert (found.field, found.start, found.surface, found.series) == ("text", 0, "The talks in Vienna", "vienna")


@pytest.mark.parametrize(
    ("span", "reason"),
    [
        (mention(TEXT, "a standfirst"[2:], "vienna-2-2015"), "it stands in a standfirst"),
        (mention(TEXT, "end\nA", "vienna-2-2015"), "goes over the end of its line"),
        (mention(TEXT, "Vienna talks", "vienna-99"), "link 'vienna-99' is no event and no series"),
        (mention(TEXT, "Vienna talks", "vienna-2-2015", None), "its basis is missing"),
    ],
)
def test_a_mention_that_does_not_fit_is_named(span: Span, reason: str) -> None:
    handed = small(*LINES)
    shown = show_page(handed)
    document = structs.replace(shown, spans=tuple(sorted({*shown.spans, span})))
    with pytest.raises(AnnotationError, match=reason):
        take(document, handed)


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("outlet", "no-such-outlet", "outlet 'no-such-outlet': no id of outlets.toml"),
        ("published", "2016-02-30", "published"),
        ("published_edtf", "spring 2016", "published_edtf 'spring 2016': expected a day"),
        ("language", None, "language: no value"),
        ("on_topic", None, "on_topic: no value"),
    ],
)
def test_a_field_that_does_not_fit_is_named(name: str, value: str | None, reason: str) -> None:
    handed = small(("They met.", "body"))
    shown = show_page(handed)
    fields = {key: told for key, told in shown.fields.items() if key != name} | ({name: (value,)} if value else {})
    with pytest.raises(AnnotationError, match=reason):
        take(structs.replace(shown, fields=fields), handed)


def test_a_page_whose_text_is_another_one_is_refused() -> None:
    handed = small(("They met.", "body"))
    with pytest.raises(AnnotationError, match="its text is not the one that was handed out"):
        take(show_page(handed), small(("They meet.", "body")))


def test_kappa_is_cohens() -> None:
    # Both yes 20, both no 15, and 5 and 10 between: (0.7 - 0.5) / (1 - 0.5), as in the textbooks.
    pairs = [("y", "y")] * 20 + [("y", "n")] * 5 + [("n", "y")] * 10 + [("n", "n")] * 15
    assert kappa(pairs) == pytest.approx(0.4)
    assert kappa([("y", "n"), ("n", "y")]) == -1
    assert kappa([("y", "y")] * 3) is None
    assert kappa([]) is None


def second_reading(page: Gold) -> Gold:
    """A page as another reads it: a line, a link and a field differ, one mention is missing, one is shorter."""
    first = next(n for n, part in enumerate(page.segments) if part.label == "chrome" and part.raw.strip())
    segments = [*page.segments]
    segments[first] = structs.replace(segments[first], label="meta")
    mentions = [one for one in page.mentions if one.surface != "this forum"]
    n = next(n for n, one in enumerate(mentions) if one.surface == "additional preparatory talks")
    shorter = mentions[n].surface.removeprefix("additional ")
    start = mentions[n].end - len(shorter)
    mentions[n] = structs.replace(mentions[n], start=start, surface=shorter)
    mentions[0] = structs.replace(mentions[0], conference=None, basis="series", stage=None)
    return structs.replace(page, annotator="A2", segments=segments, mentions=mentions, outlet="reuters")


def test_each_difference_of_two_readings_is_found(gold: dict[str, Gold]) -> None:
    other = {**gold, SEED: second_reading(gold[SEED])}
    figures, found = compare(gold, other)
    assert [(one.topic, one.a, one.b) for one in found] == [
        ("line", "chrome", "meta"),
        (
            "mention",
            "'Syria Peace Talks' -> geneva-2-2014, date, ahead",
            "'Syria Peace Talks' -> geneva, series",
        ),
        (
            "mention",
            "'additional preparatory talks' -> us-russia-preparatory-2013-08, date, ahead",
            "'preparatory talks' -> us-russia-preparatory-2013-08, date, ahead",
        ),
        ("mention", "'this forum' -> geneva-2-2014, anaphora, ahead", "no mention"),
        ("field", "naharnet", "reuters"),
    ]
    assert {one.source for one in found} == {gold[SEED].source}
    assert "⟦additional preparatory talks⟧" in found[2].context
    marked = sum(len(page.mentions) for page in gold.values())
    spans = len({(id_, m.field, m.start, m.end) for id_, page in gold.items() for m in page.mentions})
    assert marked == 76
    assert figures.spans == (spans, spans - 1, spans - 2)
    assert figures.span_f1 == round(2 * (spans - 2) / (2 * spans - 1), 4)
    assert figures.links == round((spans - 3) / (spans - 2), 4)
    assert figures.fields["outlet"] == 0.8
    assert figures.fields["agency"] == 1
    assert figures.kappa is not None
    assert figures.same_label == round((figures.lines - 1) / figures.lines, 4)
    assert figures.kappa < figures.same_label
    assert figures.annotators == (["A1"], ["A1", "A2"])


def test_who_agrees_with_himself_agrees_in_everything(gold: dict[str, Gold]) -> None:
    figures, found = compare(gold, gold)
    assert found == []
    shares = (figures.kappa, figures.span_f1, figures.links, figures.bases, figures.stages, *figures.fields.values())
    assert set(shares) == {1.0}


def test_a_cut_that_one_annotator_made_is_one_difference() -> None:
    whole = small(("They met. SHARE\n", "body"), ("More", "chrome"))
    cut = small(("They met.", "body"), (" SHARE\n", "chrome"), ("More", "chrome"))
    figures, (one,) = compare({"0" * 16: whole}, {"0" * 16: cut})
    assert (one.topic, one.a, one.b) == ("line", "body", "body 'They met.' + chrome 'SHARE'")
    assert (figures.lines, figures.same_label) == (3, round(2 / 3, 4))


def test_a_mention_that_stands_nowhere_is_told_with_its_page(gold: dict[str, Gold]) -> None:
    page = gold[SEED]
    moved = structs.replace(page, mentions=[structs.replace(page.mentions[0], start=page.mentions[0].start + 1)])
    with pytest.raises(AnnotationError, match=rf"{page.source}: mention .* no line of it has these words there"):
        compare({SEED: moved}, {SEED: page})


def test_readings_of_different_captures_are_not_compared() -> None:
    with pytest.raises(GoldError, match="have read different captures"):
        compare({"0" * 16: small(("They met.", "body"))}, {"0" * 16: small(("They meet.", "body"))})
    with pytest.raises(GoldError, match="no page in common"):
        compare({"0" * 16: small(("They met.", "body"))}, {})


@pytest.fixture
def readings(tmp_path: Path) -> tuple[Path, Path]:
    a, b = tmp_path / "A1", tmp_path / "A2"
    shutil.copytree(GOLD, a)
    b.mkdir()
    for path in GOLD.iterdir():
        page = msgspec_json.decode(path.read_bytes(), type=Gold)
        other = second_reading(page) if page.id == SEED else structs.replace(page, annotator="A2")
        (b / path.name).write_bytes(gold_bytes(other))
    return a, b


def decide(file: Path, *decisions: str) -> None:
    text = file.read_text("utf-8")
    for decision in decisions:
        text = text.replace('decision = ""', f'decision = "{decision}"', 1)
    file.write_text(text, "utf-8")


def test_decisions_make_gold_that_names_all_who_read_it(
    readings: tuple[Path, Path], tmp_path: Path, gold: dict[str, Gold], captures: dict[str, Capture]
) -> None:
    file, out = tmp_path / "differences.toml", tmp_path / "gold"
    assert "5 differences in" in run("annotate", "compare", *readings, "-o", file, code=1).output
    assert len(tomllib.loads(file.read_text("utf-8"))["difference"]) == 5
    open_ = run("annotate", "adjudicate", *readings, file, out, "--annotator", "A3", code=1)
    assert "000_a7df54f76e2ced25.txt is not decided" in str(open_.exception)
    decide(file, "=caption", "A", "B", "B", "=")
    run("annotate", "adjudicate", *readings, file, out, "--annotator", "A3")
    made = read_gold(out)
    page, other = made[SEED], second_reading(gold[SEED])
    assert (page.annotator, page.annotators) == ("A3", ["A1", "A2"])
    assert page.outlet is None
    first = next(n for n, part in enumerate(page.segments) if part != gold[SEED].segments[n])
    assert page.segments[first].label == "caption"
    assert page.captions == [page.segments[first].raw.strip()]
    assert page.mentions == [gold[SEED].mentions[0], *other.mentions[1:]]
    for name, entry in made.items():
        check_gold(entry, captures[name], body_text(tile_gold(entry.segments)))
    run("evaluate", "--gold", out, "--captures", CAPTURES)


def test_a_release_of_adjudicated_gold_says_how_many_read_it(
    readings: tuple[Path, Path], tmp_path: Path, release: Path
) -> None:
    file, out = tmp_path / "differences.toml", tmp_path / "gold"
    run("annotate", "compare", *readings, "-o", file, code=1)
    decide(file, *"AAAAA")
    run("annotate", "adjudicate", *readings, file, out, "--annotator", "A3")
    (out / "004_7d283dcaf14dbb0c.json").write_bytes((GOLD / "004_7d283dcaf14dbb0c.json").read_bytes())
    corpus = tmp_path / "corpus"
    run("build", CAPTURES, "--gold", out, "--out", corpus, "--version", release.name)
    built = corpus / release.name
    told = "Gold is the work of 3 annotators; 4 of its pages were read by several of them before one decided."
    assert told in (built / "README.md").read_text("utf-8")
    assert "annotated by 3 annotators under" in (built / "croissant.json").read_text("utf-8")
    assert json.loads((built / "manifest.json").read_text("utf-8"))["inputs"]["annotators"] == {
        "people": 3,
        "read_twice": 4,
    }
    run("validate", built)
    run("diff", release, built)
    run("standoff", built, tmp_path / "standoff")
    run("validate", tmp_path / "standoff" / release.name)


def test_decisions_for_one_annotator_give_what_that_one_read(readings: tuple[Path, Path], tmp_path: Path) -> None:
    for letter, folder in zip("AB", readings, strict=True):
        file, out = tmp_path / f"{letter}.toml", tmp_path / letter
        run("annotate", "compare", *readings, "-o", file, code=1)
        decide(file, *letter * 5)
        run("annotate", "adjudicate", *readings, file, out, "--annotator", "A3")
        for name, page in read_gold(folder).items():
            assert structs.replace(read_gold(out)[name], annotator="", annotators=[]) == structs.replace(
                page, annotator="", annotators=[]
            )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda text: text.replace('decision = "A"', 'decision = "C"', 1), 'expected "A" or "B"'),
        (lambda text: text.replace('decision = "A"', 'decision = "=advert"', 1), "expected one of title"),
        (lambda text: text.replace('place = "outlet"', 'place = "agency"'), "nothing differs there"),
        (lambda text: text[: text.rindex("[[difference]]")], "is not decided; compare again"),
        (lambda text: text + "[[", "not the file that `annotate compare` wrote"),
    ],
)
def test_a_decision_that_fits_nothing_is_named(
    readings: tuple[Path, Path], tmp_path: Path, change: "object", message: str
) -> None:
    assert callable(change)
    file = tmp_path / "differences.toml"
    run("annotate", "compare", *readings, "-o", file, code=1)
    decide(file, *"AAAAA")
    file.write_text(change(file.read_text("utf-8")), "utf-8")
    done = run("annotate", "adjudicate", *readings, file, tmp_path / "out", "--annotator", "A3", code=1)
    assert message in str(done.exception)
    assert not (tmp_path / "out").exists()


def test_gold_without_annotators_has_the_bytes_and_the_digest_that_it_had(gold: dict[str, Gold]) -> None:
    manifest = json.loads((ROOT / "corpus" / "1.0.0" / "manifest.json").read_text("utf-8"))
    assert gold_digest(gold) == manifest["inputs"]["gold"]
    for path in GOLD.iterdir():
        assert gold_bytes(msgspec_json.decode(path.read_bytes(), type=Gold)) == path.read_bytes()


@pytest.mark.parametrize("tool", ["label-studio", "inception", "spacy", "brat"])
def test_a_release_that_was_handed_out_comes_back_as_its_gold(tool: str, release: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run("annotate", "export", release, out, "--to", tool)
    again = run("annotate", "export", release, out, "--to", tool, code=1)
    assert "holds something already" in str(again.exception)
    taken = run("annotate", "import", out, "-o", tmp_path / "back", "--annotator", "A1")
    if tool == "label-studio":
        assert "5 not annotated yet" in taken.output
    else:
        for path in GOLD.iterdir():
            assert (tmp_path / "back" / "A1" / path.name).read_bytes() == path.read_bytes()


def test_what_nobody_has_put_a_name_to_is_refused(tmp_path: Path) -> None:
    run("annotate", "export", CAPTURES, tmp_path / "out", "--to", "brat")
    done = run("annotate", "import", tmp_path / "out", "-o", tmp_path / "back", code=1)
    assert done.output.count("name the annotator with --annotator") == 5
    assert not (tmp_path / "back").exists()
    for name in ("../A1", "/A1", ".A1", "A/1"):
        done = run("annotate", "import", tmp_path / "out", "-o", tmp_path / "back", "--annotator", name, code=1)
        assert done.output.count("expected letters, digits") == 5
    assert not (tmp_path / "back").exists()


def test_a_page_that_was_never_handed_out_is_refused_and_the_others_are_taken(tmp_path: Path) -> None:
    run("annotate", "export", GOLD, tmp_path / "out", "--to", "label-studio")
    lines = (tmp_path / "out" / "pages.jsonl").read_bytes().splitlines(keepends=True)
    (tmp_path / "fewer.jsonl").write_bytes(b"".join(lines[1:]))
    words = ("annotate", "import", tmp_path / "out" / "tasks.json", "-o", tmp_path / "back")
    done = run(*words, "--pages", tmp_path / "fewer.jsonl", code=1)
    assert "task number 1: refused: article 2da0afbf66b59619 is not among the pages" in done.output
    assert len(list((tmp_path / "back" / "A1").iterdir())) == 4


def test_an_annotator_who_gives_a_page_twice_is_told_so(tmp_path: Path) -> None:
    run("annotate", "export", GOLD, tmp_path / "out", "--to", "label-studio")
    tasks = json.loads((tmp_path / "out" / "tasks.json").read_text("utf-8"))
    (tmp_path / "out" / "tasks.json").write_text(json.dumps(tasks + tasks[:1]), "utf-8")
    done = run("annotate", "import", tmp_path / "out", "-o", tmp_path / "back", code=1)
    assert "task number 6: refused: A1 has annotated 000_a7df54f76e2ced25.txt twice" in done.output


def test_without_the_pages_that_were_handed_out_nothing_is_taken(tmp_path: Path) -> None:
    (tmp_path / "tasks.json").write_text("[]", "utf-8")
    done = run("annotate", "import", tmp_path / "tasks.json", code=1)
    assert "name the pages.jsonl that `annotate export` wrote with --pages" in str(done.exception)
