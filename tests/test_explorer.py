"""The explorer's page in a real browser: each feature, and that what articles say stays inert."""

import csv
import io
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, Literal
from urllib.parse import quote

import pyarrow.parquet as pq
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from conftest import ROOT
from explorer_corpus import FORMULA, GENEVA, OVERRIDE, PAGES, STORY, article_id, write_corpus
from peacetalks.explorer.bundle import load_page
from peacetalks.explorer.serve import serve_release
from peacetalks.release.standoff import write_standoff

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
AXE = ROOT / "build" / "explorer" / "node_modules" / "axe-core" / "axe.min.js"
WIDE = {"width": 1400, "height": 900}
PHONE = {"width": 390, "height": 800}
THEMES: list[Literal["light", "dark"]] = ["light", "dark"]

pytestmark = [
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"{CHROMIUM} is not installed: apt-get install chromium"),
    pytest.mark.skipif(not load_page(), reason="the page is not bundled: make page (needs Node.js and npm)"),
]

Open = Callable[..., Page]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The release that the page shows."""
    return write_corpus(tmp_path_factory.mktemp("explorer"))


@pytest.fixture(scope="module")
def address(corpus: Path) -> Iterator[str]:
    """Where it is served."""
    with serve_release(corpus) as found:
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield found
        found.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A fresh profile."""
    found = browser.new_context(viewport=WIDE, accept_downloads=True)
    found.set_default_timeout(15_000)
    yield found
    found.close()


@pytest.fixture
def visit(context: BrowserContext, address: str) -> Iterator[Open]:
    """Open the page at a state; in the end no console said an error, and nothing was asked of another origin."""
    said: list[str] = []
    asked: list[str] = []
    context.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    context.on("weberror", lambda error: said.append(str(error.error)))
    context.on("request", lambda request: asked.append(request.url))
    origins: set[str] = set()

    def open_page(state: str = "", at: str = address) -> Page:
        origins.add(at.removesuffix("explorer/"))
        page = context.new_page()
        page.goto(f"{at}{state}")
        page.wait_for_selector("body[data-ready=true]")
        return page

    yield open_page
    assert said == []
    assert [url for url in asked if not url.startswith((*origins, "blob:"))] == []


def rows(release: Path, table: str) -> list[dict[str, Any]]:
    return [row for path in sorted((release / "data" / table).iterdir()) for row in pq.read_table(path).to_pylist()]


def facet(page: Page, name: str) -> dict[str, int]:
    values = page.locator("fieldset.facet", has=page.locator("legend", has_text=name)).locator(".choice")
    counted = [
        (one.locator(".choice-name").inner_text(), one.locator(".choice-count").inner_text()) for one in values.all()
    ]
    return {label: int(count) for label, count in counted}


def choose(page: Page, label: str) -> None:
    page.locator(".choice", has_text=label).first.click()


def settle(page: Page, count: str) -> None:
    expect(page.locator("#count")).to_have_text(count)
    page.wait_for_selector("body[data-ready=true]")


def titles(page: Page) -> list[str]:
    return [text.strip() for text in page.locator(".row-title").all_inner_texts()]


def article(source: str, **state: str) -> str:
    return "#" + "&".join(f"{name}={quote(value)}" for name, value in {"article": article_id(source), **state}.items())


# Filters


def test_each_facet_counts_the_articles_of_each_value(visit: Open, corpus: Path) -> None:
    page = visit()
    articles = rows(corpus, "articles")
    assert sorted(facet(page, "Outlet").values()) == sorted(Counter(row["outlet"] for row in articles).values())
    assert facet(page, "Agency") == {"no agency credited": 4, "Reuters": 2}
    assert facet(page, "Language") == {"English": 5, "Arabic": 1}
    assert facet(page, "Year") == {"2017": 1, "2014": 3, "year not known": 2}
    assert facet(page, "Conference")["Geneva II Conference on Syria"] == 4
    splits = {
        path.name.partition("-")[0]: pq.read_metadata(path).num_rows for path in (corpus / "data/articles").iterdir()
    }
    assert facet(page, "Split") == splits


def test_a_choice_narrows_every_other_facet_and_widens_within_its_own(visit: Open) -> None:
    page = visit()
    outlets = facet(page, "Outlet")
    choose(page, "Reuters")
    settle(page, "3 articles")
    assert facet(page, "Outlet") == outlets
    assert facet(page, "Language") == {"English": 3}
    choose(page, "Naharnet")
    settle(page, "4 articles")
    choose(page, "2014")
    settle(page, "2 articles")
    page.get_by_role("button", name="Clear all").click()
    settle(page, "6 articles")


def test_a_period_keeps_the_articles_of_its_months(visit: Open) -> None:
    page = visit()
    page.locator(".month input").first.fill("2014-02")
    settle(page, "1 article")
    assert titles(page) == ["Astana talks 🕊🕊 resume"]
    page.locator(".chip").click()
    settle(page, "6 articles")


def test_the_order_can_be_turned_and_articles_without_a_date_stay_last(visit: Open) -> None:
    page = visit()
    assert titles(page)[0] == "Astana talks 🕊🕊 resume"
    page.select_option("#sort", "oldest")
    expect(page.locator(".row-date").first).to_have_text("20 Jan 2014")
    assert page.locator(".row-date").all_inner_texts()[-2:] == ["no date", "no date"]


# Full text


def test_the_filter_finds_titles_and_texts_and_marks_the_hits(visit: Open) -> None:
    page = visit()
    page.fill("#search", "one TABLE")
    settle(page, "2 articles")
    page.locator(".row-link", has_text="Montreux").first.click()
    expect(page.locator(".text mark")).to_have_text(["one", "table"])
    page.fill("#search", '"table one"')
    settle(page, "0 articles")
    expect(page.locator("#nothing")).to_be_visible()
    page.fill("#search", '"one table"')
    settle(page, "2 articles")
    expect(page.locator(".row-snippet mark").first).to_have_text("one table")


def test_a_query_is_no_pattern(visit: Open) -> None:
    page = visit()
    for query, count in (("(.*)+[", "0 articles"), ("</textarea>", "1 article"), ("Geneva‑II", "0 articles")):
        page.fill("#search", query)
        settle(page, count)


def test_the_concordance_sets_each_hit_between_its_words(visit: Open) -> None:
    page = visit("#q=talks&mode=concordance")
    hits = page.locator(".line-text[dir=ltr] mark")
    assert hits.count() == sum(text.lower().count("talks") for text in _texts())
    assert page.locator("#count").inner_text() == "9 lines in 4 articles"
    middles = {round(box["x"]) for box in (hit.bounding_box() for hit in hits.all()) if box}
    assert max(middles) - min(middles) <= 1
    line = page.locator(".line", has_text="Lakhdar").first
    assert line.locator(".line-before").inner_text().endswith("Lakhdar Brahimi said that the ")
    page.select_option("#sort", "after")
    expect(page.locator(".line-after").first).to_contain_text("of two.")
    after = [text.strip() for text in page.locator(".line-after").all_inner_texts()]
    worded = [text for text in after if text[:1].isascii() and text[:1].isalpha()]
    assert len(worded) >= 6
    assert worded == sorted(worded, key=str.casefold)
    page.locator(".line", has_text="Lakhdar").first.click()
    expect(page.locator("#reader h2")).to_contain_text("Syria talks open")


def _texts() -> list[str]:
    return [text for *_, lines, _ in PAGES.values() for label, text in lines if label in ("title", "body")]


# Timeline


def test_the_timeline_has_a_bar_a_month_and_a_mark_a_conference(visit: Open) -> None:
    page = visit()
    assert page.locator(".timeline .bar rect").count() == 2
    assert page.locator(".timeline .event circle").count() == 2
    expect(page.locator(".timeline svg")).to_have_attribute(
        "aria-label", "Timeline: 4 articles from 2014-01 to 2017-09, 2 conferences marked"
    )
    page.locator(".timeline .event circle").first.hover()
    expect(page.locator("#card")).to_contain_text("Geneva II Conference on Syria")
    page.locator(".timeline .bar rect").first.click()
    settle(page, "3 articles")
    page.locator(".chip", has_text="2014-01").click()
    settle(page, "6 articles")
    page.locator(".timeline .event circle").nth(1).click()
    settle(page, "1 article")


def test_a_bar_is_as_high_as_its_articles_are_many(visit: Open) -> None:
    page = visit()
    heights = [box["height"] for box in (bar.bounding_box() for bar in page.locator(".bar rect").all()) if box]
    assert heights[0] == pytest.approx(3 * heights[1], rel=0.05)


# Articles


def test_every_mention_covers_the_words_that_it_was_made_for(visit: Open, corpus: Path) -> None:
    """Offsets count code points and the browser counts UTF-16 units: they differ where a text has astral characters."""
    for row in rows(corpus, "articles"):
        page = visit(f"#article={row['id']}")
        expect(page.locator("#reader h2")).to_have_text(row["title"])
        page.wait_for_selector(".facts")
        assert page.locator(".text a.mention").all_inner_texts() == [one["surface"] for one in row["mentions"]]
        page.close()


def test_pointing_at_a_mention_shows_the_card_of_its_conference(visit: Open) -> None:
    page = visit(article("first.txt"))
    mention = page.locator(".text a.mention").first
    mention.hover()
    card = page.locator("#card")
    expect(card).to_contain_text("Geneva II Conference on Syria")
    expect(card).to_contain_text("22 January – 15 February 2014")
    expect(card).to_contain_text("Geneva, Switzerland")
    expect(card).to_contain_text("Linked by a name of it · under way that day · score 0.88")
    assert mention.get_attribute("aria-describedby") == "card"
    page.mouse.move(5, 5)
    expect(card).to_be_hidden()
    mention.focus()
    expect(card).to_be_visible()
    page.keyboard.press("Escape")
    expect(card).to_be_hidden()
    expect(page.locator("#reader h2")).to_be_visible()


def test_on_a_touch_screen_the_first_tap_shows_the_card_and_the_second_follows(browser: Browser, address: str) -> None:
    context = browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.goto(address + article("first.txt"))
    mention = page.locator(".text a.mention").first
    mention.tap()
    expect(page.locator("#card")).to_contain_text("Geneva II Conference on Syria")
    assert "conference=" not in page.url
    mention.tap()
    page.wait_for_url("**conference=**")
    context.close()


def test_a_mention_leads_to_all_articles_on_its_conference(visit: Open) -> None:
    page = visit(article("first.txt"))
    page.locator(".text a.mention").first.click()
    settle(page, "4 articles")
    assert f"conference={GENEVA}" in page.url
    assert article_id("first.txt") in page.url


def test_a_mention_that_a_search_hits_in_part_stays_one_link(visit: Open) -> None:
    page = visit(article("first.txt", q="II"))
    expect(page.locator(".text a.mention").first).to_have_text("Geneva II talks")
    expect(page.locator(".text a.mention mark")).to_have_text(["II"])


def test_a_filter_leaves_the_reader_where_the_eye_is(visit: Open) -> None:
    page = visit(article("first.txt"))
    page.wait_for_selector(".evidence")
    page.locator("#reader-body").evaluate("node => { node.dataset.seen = 'before' }")
    choose(page, "Arabic")
    settle(page, "1 article")
    expect(page.locator("#reader-body")).to_have_attribute("data-seen", "before")
    expect(page.locator(".position")).to_have_text("")
    page.locator(".text a.mention").first.click()
    expect(page.locator(".chip")).to_have_count(2)


def test_the_timeline_keeps_the_size_of_its_letters_when_an_article_takes_its_room(visit: Open) -> None:
    page = visit()
    page.locator(".row-link").first.click()
    page.wait_for_selector(".facts")
    width = page.locator("#timeline-plot").evaluate("node => node.clientWidth")
    expect(page.locator("#timeline-plot svg")).to_have_attribute("width", str(width))


def test_an_article_shows_its_captions_and_what_is_known_with_the_basis(visit: Open) -> None:
    page = visit(article("first.txt"))
    expect(page.locator(".captions li")).to_have_text("The hall of the hotel before the session.")
    facts = page.locator(".facts dl")
    for words in (
        "22 January 2014",
        "stated on the page",
        "Jane Roe",
        "first.txt",
        article_id("first.txt"),
        "made by the program",
    ):
        expect(facts).to_contain_text(words)
    expect(page.locator(".evidence")).to_have_text("By Jane Roe, 22 January 2014")
    expect(facts.get_by_role("link")).to_have_attribute("href", "https://news.example/montreux")


def test_a_capture_is_shown_line_by_line_with_what_was_removed_and_why(visit: Open, corpus: Path) -> None:
    page = visit(article("first.txt", view="capture"))
    segments = [row for row in rows(corpus, "segments") if row["article"] == article_id("first.txt")]
    expect(page.locator(".segment")).to_have_count(len(segments))
    assert [text.strip() for text in page.locator(".segment-text").all_inner_texts()] == [
        row["clean"] for row in segments
    ]
    assert page.locator(".segment .label").all_inner_texts() == [row["label"] for row in segments]
    page.get_by_role("button", name="Removed (2)").click()
    expect(page.locator(".segment-text")).to_have_text(
        ["Home | World | Sport", "Read more: ten lakes to see this summer"]
    )
    expect(page.locator(".why").first).to_have_text("the model, 0.93")


def test_near_duplicates_stand_side_by_side_with_their_differences_marked(visit: Open) -> None:
    page = visit(article("first.txt", view="copies"))
    left, right = page.locator(".copy").all()
    expect(left.locator("h3")).to_have_text("Syria talks open in Montreux")
    expect(right.locator("h3")).to_have_text("Syria talks open by the lake")
    assert left.locator("del").all_inner_texts() == ["began."]
    assert [text.strip() for text in right.locator("ins").all_inner_texts()] == ["two", "began in 2011."]
    assert left.locator(".copy-text").inner_text().split() == " ".join(STORY).split()
    boxes = [left.bounding_box(), right.bounding_box()]
    assert boxes[0]
    assert boxes[1]
    assert boxes[0]["y"] == boxes[1]["y"]
    assert boxes[0]["x"] + boxes[0]["width"] <= boxes[1]["x"]
    page.goto(page.url.replace(article_id("first.txt"), article_id("undated.txt")))
    expect(page.locator(".reader-body")).to_contain_text("No other article")


# Permalinks and keyboard


@pytest.mark.parametrize("view", ["text", "capture", "copies"])
def test_the_address_is_a_permalink_of_what_is_shown(visit: Open, view: str) -> None:
    marks = {"text": ".evidence", "capture": ".segments", "copies": ".copy ins"}
    first = visit()
    choose(first, "Geneva II")
    settle(first, "4 articles")
    choose(first, "English")
    settle(first, "3 articles")
    first.fill("#search", "table")
    settle(first, "2 articles")
    first.locator(".row-link", has_text="Montreux").click()
    first.locator(".tab").nth(["text", "capture", "copies"].index(view)).click()
    expect(first.locator(".tab[aria-current=page]")).to_have_count(1)
    first.wait_for_selector(f"{marks[view]}")
    again = visit(first.url.partition("explorer/")[2])
    settle(again, "2 articles")
    again.wait_for_selector(marks[view])
    expect(again.locator("#search")).to_have_value("table")
    expect(again.locator(".chip")).to_have_count(3)
    assert again.locator(".reader-body").inner_text() == first.locator(".reader-body").inner_text()


def test_going_back_takes_back_one_step(visit: Open) -> None:
    page = visit()
    choose(page, "Reuters")
    settle(page, "3 articles")
    page.locator(".row-link").first.click()
    expect(page.locator("#reader h2")).to_be_visible()
    page.go_back()
    expect(page.locator("#reader h2")).to_have_count(0)
    settle(page, "3 articles")
    page.go_back()
    settle(page, "6 articles")


def test_everything_can_be_reached_by_the_keyboard(visit: Open) -> None:
    page = visit()
    page.keyboard.press("/")
    expect(page.locator("#search")).to_be_focused()
    page.keyboard.type("talks")
    settle(page, "4 articles")
    page.keyboard.type("jk")
    settle(page, "0 articles")
    page.fill("#search", "")
    settle(page, "6 articles")
    page.keyboard.press("Escape")
    expect(page.locator("#search")).not_to_be_focused()
    page.keyboard.press("j")
    expect(page.locator("#reader h2")).to_have_text("Astana talks 🕊🕊 resume")
    page.keyboard.press("j")
    expect(page.locator("#reader h2")).to_have_text("Syria talks open by the lake")
    expect(page.locator(".position")).to_have_text("2 of 6")
    page.keyboard.press("k")
    expect(page.locator("#reader h2")).to_have_text("Astana talks 🕊🕊 resume")
    page.keyboard.press("k")
    expect(page.locator("#reader h2")).to_have_text("Astana talks 🕊🕊 resume")
    page.keyboard.press("Escape")
    expect(page.locator("#reader h2")).to_have_count(0)
    page.keyboard.press("?")
    expect(page.get_by_role("heading", name="How to use this page")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("heading", name="How to use this page")).to_be_hidden()


def test_a_choice_made_by_the_keyboard_keeps_the_focus(visit: Open) -> None:
    page = visit()
    page.locator(".choice input").first.focus()
    page.keyboard.press("Space")
    settle(page, "3 articles")
    expect(page.locator(".choice input").first).to_be_focused()


# Looks


def test_the_page_follows_the_systems_theme_and_a_choice_against_it_lasts(visit: Open, context: BrowserContext) -> None:
    page = visit()
    paper = "() => getComputedStyle(document.documentElement).backgroundColor"
    light = page.evaluate(paper)
    page.emulate_media(color_scheme="dark")
    dark = page.evaluate(paper)
    assert light != dark
    page.keyboard.press("t")
    assert page.evaluate(paper) == light
    page.keyboard.press("t")
    page.emulate_media(color_scheme="light")
    assert page.evaluate(paper) == dark
    assert visit().evaluate(paper) == dark
    assert context.pages


def test_arabic_is_set_from_right_to_left(visit: Open) -> None:
    page = visit(article("arabic.txt", q="جنيف", mode="concordance"))
    for place in (".heading h2", ".text p"):
        found = page.locator(place).first
        assert found.evaluate("node => getComputedStyle(node).direction") == "rtl"
        assert found.get_attribute("lang") == "ar"
    line = page.locator(".line-text").first
    hit, before = line.locator("mark").bounding_box(), line.locator(".line-before").bounding_box()
    assert line.get_attribute("dir") == "rtl"
    assert hit
    assert before
    assert before["x"] > hit["x"]
    assert page.locator(".text a.mention").inner_text() == "محادثات جنيف ٢"


def test_on_a_phone_filters_open_over_the_list_and_an_article_takes_the_screen(visit: Open) -> None:
    page = visit()
    page.set_viewport_size(PHONE)
    wider = "() => document.documentElement.scrollWidth > document.documentElement.clientWidth"
    assert not page.evaluate(wider)
    expect(page.locator(".facets")).to_be_hidden()
    page.get_by_role("button", name="Filters").click()
    choose(page, "Reuters")
    settle(page, "3 articles")
    page.get_by_role("button", name="Show the articles").click()
    expect(page.locator(".facets")).to_be_hidden()
    page.locator(".row-link").first.click()
    expect(page.locator("#reader h2")).to_be_visible()
    expect(page.locator("#list")).to_be_hidden()
    assert not page.evaluate(wider)
    page.get_by_role("button", name="Close the article").click()
    expect(page.locator("#list")).to_be_visible()


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not there: make page")
@pytest.mark.parametrize("scheme", THEMES)
@pytest.mark.parametrize(
    "state",
    [
        "",
        article("first.txt"),
        article("first.txt", view="capture"),
        article("first.txt", view="copies"),
        "#q=talks&mode=concordance",
        "#q=nothing-at-all",
    ],
    ids=["list", "article", "capture", "copies", "concordance", "nothing"],
)
def test_axe_finds_no_fault_of_accessibility(visit: Open, state: str, scheme: Literal["light", "dark"]) -> None:
    page = visit(state)
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # a colour half way to the next has no contrast
    if "article" in state:
        page.wait_for_selector(".reader-body h2")
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("() => axe.run()")
    assert [
        (one["id"], one["impact"], [node["html"] for node in one["nodes"][:3]]) for one in found["violations"]
    ] == []
    assert len(found["passes"]) > 20


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not there: make page")
def test_axe_finds_no_fault_in_the_dialogs_and_on_a_phone(visit: Open) -> None:
    page = visit()
    page.evaluate(AXE.read_text("utf-8"))
    for action in (lambda: page.click("#export"), lambda: page.click("#help"), lambda: page.set_viewport_size(PHONE)):
        action()
        page.wait_for_timeout(300)
        assert [one["id"] for one in page.evaluate("() => axe.run()")["violations"]] == []
        page.keyboard.press("Escape")


# Export


def test_the_selection_is_exported_as_a_table_that_no_spreadsheet_takes_for_formulas(
    visit: Open, tmp_path: Path
) -> None:
    page = visit("#language=en")
    table = _download(page, "Table (CSV)", tmp_path)
    raw = table.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    found = {row["source"]: row for row in csv.DictReader(io.StringIO(raw.decode("utf-8-sig"), newline=""))}
    assert set(found) == {source for source, (_, _, _, language, *_) in PAGES.items() if language == "en"}
    assert found["payload.txt"]["title"].startswith(f"'{FORMULA}")
    assert found["first.txt"]["title"] == "Syria talks open in Montreux"
    assert found["first.txt"]["published"] == "2014-01-22"
    assert found["first.txt"]["conferences"] == GENEVA
    assert found["first.txt"]["url"] == "https://news.example/montreux"
    assert [value for row in found.values() for value in row.values() if value.lstrip()[:1] in tuple("=+-@\t\r")] == []


def test_the_ids_of_the_selection_are_a_line_each(visit: Open, tmp_path: Path) -> None:
    page = visit("#outlet=reuters&sort=oldest")
    ids = _download(page, "Article ids", tmp_path).read_text("utf-8").split()
    assert ids == [article_id(source) for source in ("first.txt", "astral.txt", "undated.txt")]


def test_the_python_of_the_selection_loads_just_those_articles(visit: Open, corpus: Path, tmp_path: Path) -> None:
    page = visit(f"#outlet=reuters&q={quote('talks')}")
    code = _download(page, "Python file", tmp_path).read_text("utf-8")
    assert page.locator(".snippet").inner_text().strip() == code.strip()
    code = code.replace('"corpus/0.1.0"', repr(str(corpus)))
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nprint(*sorted(articles['id']))"],
        capture_output=True,
        text=True,
        check=True,
        env={"HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path / "home"), "PATH": "/usr/bin:/bin"},
    )
    assert done.stdout.split() == sorted(article_id(source) for source in ("first.txt", "astral.txt"))


def _download(page: Page, name: str, folder: Path) -> Path:
    page.click("#export")
    with page.expect_download() as download:
        page.get_by_role("button", name=name).click()
    download.value.save_as(folder / download.value.suggested_filename)
    return folder / download.value.suggested_filename


# Attacks


@pytest.mark.parametrize("state", ["", "&view=capture", "&view=copies", "&q=attacker", "&q=attacker&mode=concordance"])
def test_what_an_article_says_stays_text(visit: Open, state: str) -> None:
    page = visit(article("payload.txt") + state)
    page.wait_for_selector(".reader-body h2")
    page.wait_for_timeout(200)
    assert page.evaluate("() => window.attacked") is None
    assert page.locator("script").count() == 1
    assert page.locator("img, iframe, object, embed, base").count() == 0
    addresses = page.evaluate("() => [...document.querySelectorAll('[href],[src]')].map(node => node.href || node.src)")
    assert [one for one in addresses if isinstance(one, str) and not one.startswith("http")] == []
    assert FORMULA in page.locator("body").inner_text()


def test_an_address_that_is_none_of_the_web_leads_nowhere(visit: Open) -> None:
    page = visit(article("payload.txt"))
    expect(page.locator(".facts")).to_contain_text("javascript:window.attacked='address'")
    expect(page.locator(".facts a")).to_have_count(0)


def test_an_override_of_direction_ends_with_the_text_that_has_it(visit: Open) -> None:
    page = visit(article("payload.txt"))
    page.wait_for_selector(".text p")
    holders = page.evaluate(
        """() => [...document.querySelectorAll("body *")]
            .filter((node) => [...node.childNodes].some((child) => child.data?.includes("\\u202e")))
            .map((node) => getComputedStyle(node.closest("[dir], bdi")).unicodeBidi)"""
    )
    assert holders
    assert set(holders) == {"isolate"}
    shown = visit(article("payload.txt", view="capture"))
    expect(shown.locator(".control", has_text="U+202E")).to_have_count(1)
    assert OVERRIDE not in shown.locator(".segments").inner_text()


@pytest.mark.parametrize(
    "state",
    [
        "#article=<img src=x onerror=alert(1)>",
        "#q=<script>alert(1)</script>&mode=nonsense&sort=__proto__&view=constructor",
        "#outlet=__proto__&year=%00&conference=%E2%80%AE&split=toString",
        "#from=99999-99&to=javascript:alert(1)",
        "#%%%&=&==",
    ],
)
def test_an_address_made_by_an_attacker_does_nothing(visit: Open, state: str) -> None:
    page = visit(state)
    page.wait_for_timeout(200)
    assert page.locator("script").count() == 1
    assert page.locator("img").count() == 0
    expect(page.locator("#failure")).to_be_hidden()


def test_an_unknown_article_is_said(visit: Open) -> None:
    page = visit("#article=0000000000000000")
    expect(page.locator("#reader")).to_contain_text("No article of this release has the id 0000000000000000.")
    page.keyboard.press("Escape")
    expect(page.locator("#reader .empty")).to_have_count(0)


def test_the_pages_policy_lets_nothing_out(address: str, context: BrowserContext) -> None:
    """A script that got in could still reach no other server, and no script of another file or of a string starts."""
    asked: list[str] = []

    class Elsewhere(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()

    with ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        page = context.new_page()
        page.goto(address)
        page.wait_for_selector("body[data-ready=true]")
        other = f"http://127.0.0.1:{server.server_address[1]}"
        refused = page.evaluate("url => fetch(url).then(() => 'sent', (error) => error.name)", f"{other}/fetch")
        page.evaluate(
            """url => {
              const add = (tag, given) => document.body.append(Object.assign(document.createElement(tag), given));
              add("img", { src: `${url}/image` });
              add("script", { src: `${url}/script.js` });
              add("script", { textContent: "window.attacked = 1" });
              add("iframe", { src: `${url}/frame` });
              add("div", { innerHTML: "<i onclick='window.attacked = 2'></i>" });
              document.querySelector("i").click();
              navigator.sendBeacon(`${url}/beacon`, "x");
            }""",
            other,
        )
        page.wait_for_timeout(500)
        assert refused == "TypeError"
        assert page.evaluate("() => window.attacked") is None
        server.shutdown()
    assert asked == []


# Other releases


def test_a_release_with_empty_splits_is_shown(visit: Open, tmp_path: Path) -> None:
    release = write_corpus(tmp_path, ["first.txt", "second.txt"])
    assert len(list((release / "data" / "articles").iterdir())) == 1
    with serve_release(release) as at:
        page = visit("", at)
        settle(page, "2 articles")
        assert list(facet(page, "Split").values()) == [2]
        page.close()


def test_a_release_without_mentions_is_shown(visit: Open, tmp_path: Path) -> None:
    release = write_corpus(tmp_path, ["undated.txt"])
    with serve_release(release) as at:
        page = visit(article("undated.txt"), at)
        expect(page.locator("#reader h2")).to_have_text("What a ceasefire needs")
        expect(page.locator(".facts")).to_contain_text("nothing on the page fixes it")
        expect(page.locator("#timeline")).to_be_hidden()
        assert facet(page, "Conference") == {"no single conference": 1}
        page.close()


def test_an_edition_without_words_says_so_and_shows_what_it_has(visit: Open, corpus: Path, tmp_path: Path) -> None:
    with serve_release(write_standoff(corpus, tmp_path)) as at:
        page = visit(article("first.txt"), at)
        expect(page.locator("#release")).to_contain_text("stand-off edition")
        expect(page.locator("#search")).to_be_disabled()
        expect(page.locator(".text .notice")).to_contain_text("it holds no words of the articles")
        expect(page.locator(".text tbody tr")).to_have_count(2)
        expect(page.locator(".row-title").first).to_have_text("astral.txt")
        expect(page.locator(".facts")).to_contain_text("22 January 2014")
        page.locator(".tab", has_text="Capture").click()
        expect(page.locator(".reader-body .notice")).to_contain_text("not what it says")
        expect(page.locator(".segment").first).to_contain_text("chrome")
        page.locator(".tab", has_text="Copies").click()
        expect(page.locator(".reader-body .notice")).to_contain_text("no words to compare")
        page.close()


def test_of_a_long_list_only_the_rows_in_sight_are_in_the_document(visit: Open, tmp_path: Path) -> None:
    with serve_release(write_corpus(tmp_path, ["first.txt"], more=1500)) as at:
        page = visit("", at)
        settle(page, "1,501 articles")
        assert 5 < page.locator(".row").count() < 60
        page.locator("#list").evaluate("node => { node.scrollTop = node.scrollHeight }")
        expect(page.locator(".row[aria-posinset='1501']")).to_be_visible()
        assert page.locator(".row").count() < 60
        page.locator(".row-link").last.click()
        expect(page.locator(".position")).to_have_text("1,501 of 1,501")
        page.keyboard.press("k")
        expect(page.locator(".position")).to_have_text("1,500 of 1,501")
        page.close()


def test_a_release_whose_splits_are_several_files_is_shown_as_one(
    visit: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PART_BYTES", "FILE_BYTES"):
        monkeypatch.setattr(f"peacetalks.release.data_files.{name}", 5_000)
    release = write_corpus(tmp_path, more=40, parts=8)  # its tables are cut at different articles
    assert min(len(list((release / "data" / table).glob("train-*"))) for table in ("articles", "segments")) > 2
    found = rows(release, "articles")
    with serve_release(release) as at:
        page = visit("", at)
        settle(page, f"{len(found)} articles")
        assert sum(facet(page, "Outlet").values()) == len(found)
        page.fill("#search", "one table")
        settle(page, f"{sum('one table' in row['text'] for row in found)} articles")
        page.close()
        for row in (found[0], found[-1], *(one for one in found if one["source"] == "astral.txt")):
            page = visit(f"#article={row['id']}&view=capture", at)
            own = [segment for segment in rows(release, "segments") if segment["article"] == row["id"]]
            expect(page.locator(".segment-text")).to_have_text([segment["clean"].strip() for segment in own])
            page.close()


def test_a_web_space_without_ranges_serves_it_as_well(visit: Open, corpus: Path) -> None:
    class Plain(SimpleHTTPRequestHandler):
        def log_request(self, code: object = "-", size: object = "-") -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Plain, directory=str(corpus))) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        page = visit(article("astral.txt"), f"http://127.0.0.1:{server.server_address[1]}/explorer/")
        expect(page.locator(".text a.mention")).to_have_text("the sixth round of Astana talks")
        page.close()
        server.shutdown()


def test_a_page_opened_from_a_file_says_what_to_do(context: BrowserContext, corpus: Path) -> None:
    page = context.new_page()
    page.goto((corpus / "explorer" / "index.html").as_uri())
    expect(page.locator("#failure")).to_contain_text("peacetalks explore FOLDER")


def test_a_file_that_is_gone_is_said_when_it_is_asked_for(context: BrowserContext, tmp_path: Path) -> None:
    release = write_corpus(tmp_path)
    shutil.rmtree(release / "data" / "segments")
    with serve_release(release) as at:
        page = context.new_page()
        page.goto(f"{at}{article('first.txt')}")
        expect(page.locator("#failure")).to_contain_text("The release could not be read")
        expect(page.locator(".text p")).to_have_count(3)
        page.close()


def test_a_damaged_file_is_said(context: BrowserContext, tmp_path: Path) -> None:
    release = write_corpus(tmp_path)
    for path in (release / "data" / "articles").iterdir():
        path.write_bytes(path.read_bytes()[:200])
    with serve_release(release) as at:
        page = context.new_page()
        page.goto(at)
        expect(page.locator("#failure")).to_contain_text("The release could not be read")
        page.close()
