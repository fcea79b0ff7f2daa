import os
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from conftest import read_cases
from peacetalks.capture.bombs import refuse_bombs
from peacetalks.capture.headline import text_key, text_keys
from peacetalks.capture.html import read_html
from peacetalks.capture.linearise import linearise
from peacetalks.capture.text import capture_id
from peacetalks.errors import CaptureError
from peacetalks.record import Capture, Excluded

SILENT = {"script", "style", "template", "noscript", "svg", "iframe"}


def lines_of(markup: str) -> list[str]:
    return linearise(LexborHTMLParser(markup, scripting=True))[0]


def read(data: bytes, charset: str | None = None) -> Capture:
    page = read_html(data, "page.html", charset=charset)
    assert isinstance(page, Capture), page
    return page


def shown(page: Capture) -> list[str]:
    """The lines of a capture that its page shows."""
    assert page.markup is not None
    return page.text.split("\n")[page.markup.headline :]


@pytest.mark.parametrize("case", read_cases("html-lines"))
def test_what_is_seen_becomes_lines(case: dict[str, Any]) -> None:
    assert lines_of(case["html"]) == case["lines"]


@pytest.mark.parametrize("case", read_cases("html-facts"))
def test_what_a_page_states_is_read(case: dict[str, Any]) -> None:
    facts = read((case["html"] + "<p>The talks went on.</p>").encode()).facts
    assert facts is not None
    assert {name: getattr(facts, name) for name in case["facts"]} == case["facts"]


# A tree is a tag and what it holds: words, which are numbered as they are written, and trees.
Tree = str | tuple[str, list["Tree"]]
TREES = st.recursive(
    st.just("word") | st.tuples(st.sampled_from(sorted(SILENT)), st.lists(st.just("word"), max_size=2)),
    lambda inside: st.tuples(
        st.sampled_from(["div", "p", "span", "b", "a", "li", "ul", "td", "h2", "section", "em", "pre", "button", "br"]),
        st.lists(inside, max_size=5),
    ),
    max_leaves=30,
)


@given(st.lists(TREES, max_size=8))
def test_every_text_that_is_seen_stands_once_in_page_order(forest: list[Tree]) -> None:
    counter = iter(range(10**6))
    seen: list[str] = []

    def write(tree: Tree, *, visible: bool) -> str:
        if isinstance(tree, str):
            word = f"w{next(counter)}."
            seen.extend([word] if visible else [])
            return word
        tag, inside = tree
        if tag == "br":
            return "<br>"
        return f"<{tag}>{''.join(write(part, visible=visible and tag not in SILENT) for part in inside)}</{tag}>"

    lines = lines_of("<body><div>" + "".join(write(tree, visible=True) for tree in forest) + "</div>")
    assert re.findall(r"w\d+\.", "".join(lines)) == seen


@given(st.text(max_size=300))
def test_whatever_stands_in_a_paragraph_is_kept_letter_by_letter(text: str) -> None:
    markup = "<p>" + text.replace("&", "&amp;").replace("<", "&lt;") + "</p>"
    kept = "".join("".join(lines_of(markup)).split())
    # The parser drops NUL, and reads what UTF-8 can't hold as U+FFFD.
    assert kept == "".join(text.replace("\x00", "").split())


@given(st.binary(max_size=400))
@example(b"\xef\xbb\xbf")
def test_no_bytes_break_the_reader(data: bytes) -> None:
    page = read_html(data, "page.html")
    assert isinstance(page, Capture | Excluded)
    assert page.id == capture_id(data)


def test_the_first_line_is_the_headline_that_the_head_states() -> None:
    page = read(b"<title>Fourth round opens</title><body><h1>Fourth round opens</h1><p>The envoy spoke.</p>")
    assert page.text == "Fourth round opens\nFourth round opens\nThe envoy spoke."
    assert shown(page) == ["Fourth round opens", "The envoy spoke."]


def test_each_line_has_its_markup() -> None:
    page = read(
        b"<body class='post'><div id=main><p>Read <a href=x>the <b>text</b></a></p><nav><a>Home</a></nav></div>"
    )
    markup = page.markup
    assert markup is not None
    assert [len(column) for column in (markup.element, markup.linked, markup.strong, markup.echoes)] == [2] * 4
    assert [markup.tag[element] for element in markup.element] == ["p", "a"]
    assert markup.linked == [8, 4]
    assert markup.strong == [4, 0]
    assert "main" in markup.marks
    assert all(above < n for n, above in enumerate(markup.parent))


RUSSIAN = "<meta charset={}><p>Переговоры в Женеве прошли без результата, сообщил посланник ООН журналистам.</p>"
JAPANESE = "<p>ジュネーブで和平協議が始まった。国連の特使が記者団に語った。</p>"


@pytest.mark.parametrize(
    ("data", "charset", "encoding", "word"),
    [
        pytest.param(RUSSIAN.format("utf-8").encode(), None, "utf-8", "Женеве", id="as-declared"),
        pytest.param(RUSSIAN.format("windows-1251").encode("cp1251"), None, "cp1251", "Женеве", id="meta"),
        pytest.param(RUSSIAN.format("utf-8").encode("cp1251"), "windows-1251", "cp1251", "Женеве", id="http"),
        pytest.param(RUSSIAN.format("windows-1251").encode(), "windows-1251", "utf-8", "Женеве", id="both-wrong"),
        pytest.param(RUSSIAN.format("utf-8").encode("cp1251"), "utf-8", "cp1251", "Женеве", id="both-say-utf-8"),
        pytest.param(RUSSIAN.format("x-nonsense").encode("koi8-r"), "koi8-r", "koi8-u", "Женеве", id="unknown-meta"),
        pytest.param(b"\xef\xbb\xbf" + RUSSIAN.format("latin1").encode(), "latin1", "utf-8-sig", "Женеве", id="mark"),
        pytest.param(RUSSIAN.format("utf-8").encode("utf-16"), "utf-8", "utf-16", "Женеве", id="utf-16-mark"),
        pytest.param(JAPANESE.encode("shift_jis"), "Shift_JIS", "cp932", "ジュネーブ", id="shift-jis"),
        pytest.param(JAPANESE.encode("iso2022_jp"), "iso-2022-jp", "iso2022_jp", "ジュネーブ", id="escapes"),
        pytest.param(
            "<p>Gen\u00e8ve \u2013 \u201cpaix\u201d</p>".encode("cp1252"),
            "iso-8859-1",
            "cp1252",
            "“paix”",
            id="latin-1",
        ),
        pytest.param("<p>日内瓦和谈开始</p>".encode("gb18030"), "gb2312", "gb18030", "日内瓦", id="gb2312"),
        pytest.param(b"<p>+ADw-script+AD4-</p>", "utf-7", "utf-8", "+ADw-script", id="utf-7-is-refused"),
        pytest.param(b"<p>Geneva</p>", "base64", "utf-8", "Geneva", id="a-codec-that-is-none"),
    ],
)
def test_the_encoding_is_what_mark_http_meta_and_bytes_agree_on(
    data: bytes, charset: str | None, encoding: str, word: str
) -> None:
    page = read(data, charset)
    assert page.encoding == encoding
    assert word in page.text


def test_one_broken_byte_of_utf_8_is_replaced_and_the_rest_read() -> None:
    page = read(RUSSIAN.format("utf-8").encode().replace("ООН".encode(), b"\xff"), "utf-8")
    assert page.encoding == "utf-8"
    assert "посланник \ufffd журналистам" in page.text


NOISE = bytes(n * n * 31 % 256 ^ n % 251 for n in range(100_000))


@pytest.mark.parametrize(
    ("markup", "reason"),
    [
        pytest.param("<div>" * 100_000 + "x", "too-large", id="nesting"),
        pytest.param("<div>" * 5_000 + "x", "too-large", id="deep"),
        pytest.param("<div><marquee></div></marquee>" * 5_000 + "x", "too-large", id="deep-and-closed-in-vain"),
        pytest.param("<p>x</p>" * 5_000 + "<ul><li>" * 4_000 + "x", "too-large", id="deep-far-down"),
        pytest.param("<p " + " ".join(f"a{n}=1" for n in range(100_000)) + ">x", "too-large", id="attributes"),
        pytest.param("<p " + " ".join(f"a{n}='>'" for n in range(9_999)) + ">x", "too-large", id="quoted-attributes"),
        pytest.param('<p a" ' + " ".join(f'a{n}="<"' for n in range(9_999)) + ">x", "too-large", id="stray-quote"),
        pytest.param('<!-- <p x=" --><p ' + "/".join(f"a{n}" for n in range(9_999)) + '">x', "too-large", id="comment"),
        pytest.param("<a" * 25_000 + "x" * 2_000_000, "empty", id="tags-in-a-tag"),
        pytest.param("<a " * 25_000 + "x" * 2_000_000, "too-large", id="tags-in-a-tag-of-words"),
        pytest.param("".join(f"<b a{n}><p>" for n in range(3_000)), "too-large", id="emphasis"),
        pytest.param(
            "<p>" + "".join(f"<b a={n}{'x' * 4_000}>" for n in range(25)) + "<p>x" * 20_000,
            "too-large",
            id="long-emphasis",
        ),
        pytest.param("<p>" + "word " * 1_000_000, "too-large", id="one-text"),
        pytest.param("<!--" + "x" * 1_000_000, "empty", id="open-comment"),
        pytest.param("<script>" + "x" * 1_000_000, "empty", id="open-script"),
        pytest.param("<p></p>", "empty", id="no-text"),
        pytest.param(NOISE, "not-text", id="noise"),
        pytest.param(b"%PDF-1.7 " + NOISE, "not-text", id="pdf"),
        pytest.param(b"", "empty", id="no-bytes"),
    ],
)
def test_a_hostile_page_is_set_aside_with_its_reason(markup: str | bytes, reason: str) -> None:
    page = read_html(markup if isinstance(markup, bytes) else markup.encode(), "page.html")
    assert isinstance(page, Excluded)
    assert page.reason == reason


# Ways to write an attribute, plain ones and such as only a parser can tell the end of.
STYLES = [
    " a",
    " a=b",
    ' a="b"',
    " a='b'",
    ' a=">"',
    " a='>'",
    ' a = "b"',
    "/a",
    '\na\t=\t">"',
    " @a=<",
    ' "',
    " a='\"'",
]


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("tag", ["p", "b", "x-y"])
def test_a_tag_may_have_so_many_attributes_however_they_are_written(tag: str, style: str) -> None:
    refuse_bombs(f"<{tag}{4_472 * style}>x".encode())
    with pytest.raises(CaptureError, match="pairs of attributes"):
        refuse_bombs(f"<p>x</p><{tag}{4_473 * style}>x".encode())


@pytest.mark.parametrize(
    "inside",
    [
        pytest.param("for(;a<b;c++)" + "var word = 1; " * 1_000, id="comparison"),
        pytest.param("for(;a<b;c++){" + "if(a<b)return; " * 500 + "}", id="comparisons"),
        pytest.param("var markup = '<p class=\"x' + \" " + "words of a text " * 500, id="markup"),
        pytest.param("t='<b a=\">\"';" + "a=\"<b c='>'\"; " * 500, id="quotes"),
    ],
)
def test_the_words_of_a_script_are_no_attributes(inside: str) -> None:
    page = read(f"<script>{inside}</script><p>Seen".encode())
    assert shown(page) == ["Seen"]


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n"))))
def test_keys_of_many_texts_are_those_of_each(texts: list[str]) -> None:
    assert text_keys(texts) == [text_key(text) for text in texts]


def test_a_key_keeps_the_same_letters_however_many_are_read_at_once() -> None:
    every = "".join(chr(code) for code in range(0x110000) if chr(code) != "\n" and not 0xD800 <= code < 0xE000)
    assert text_keys([every, ""]) == [text_key(every), ""]


@pytest.mark.parametrize(
    "markup",
    [
        pytest.param("<div>" * 2_000 + "Seen", id="deep"),
        pytest.param("<select>" + "<option>x" * 20_000 + "</select><p>Seen", id="options"),
        pytest.param("<table><tr><td><a href=1>" * 4_000 + "<p>Seen", id="tables"),
        pytest.param("<p>Se\x00en", id="nul"),
        pytest.param("<" * 100_000 + "<p>Seen", id="brackets"),
        pytest.param("&" * 100_000 + "<p>Seen", id="ampersands"),
        pytest.param('<script type="application/ld+json">' + "[" * 100_000 + "</script><p>Seen", id="json-depth"),
        pytest.param(
            '<script type="application/ld+json">{"headline": "' + "\\" * 99_999 + "</script><p>Seen", id="json"
        ),
        pytest.param("<title>" + " - " * 50_000 + "</title><p>Seen", id="title"),
        pytest.param("<meta name=author content='" + "(" * 50_000 + "'><p>Seen", id="author"),
    ],
)
def test_an_odd_page_is_read(markup: str) -> None:
    assert shown(read(markup.encode()))[-1].endswith("Seen")


def test_the_pages_of_a_folder_keep_every_text_once() -> None:
    folder = os.environ.get("PEACETALKS_NEWS_PAGES")
    if folder is None:
        pytest.skip("PEACETALKS_NEWS_PAGES names no folder of .html files; texts of publishers are not part of this")
    paths = sorted(Path(folder).rglob("*.html"))
    assert paths
    for path in paths:
        page = read_html(path.read_bytes(), path.name)
        tree = LexborHTMLParser(path.read_bytes().decode("utf-8", "replace"), scripting=True)
        if isinstance(page, Capture):
            assert "".join("".join(shown(page)).split()) == "".join(visible_text(tree).split()), path


def visible_text(tree: LexborHTMLParser) -> str:
    """Every text that has no silent element above it, in order."""
    gone = SILENT | {"head", "object", "canvas", "video", "audio", "datalist", "noframes", "noembed", "title"}
    tree.strip_tags(sorted(gone))
    assert tree.root is not None
    return tree.root.text(deep=True)
