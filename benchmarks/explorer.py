"""Time the explorer's page on a large made-up release: until list and timeline are painted, a search, an article.

    python benchmarks/explorer.py [--articles 50000] [--folder build/explorer-benchmark] [--runs 3]

The release is written once and kept in the folder. Times are milliseconds of the wall clock, in headless Chromium over
loopback; what is painted is told in CPU time as well, as a machine with other work to do has a slow clock.
"""

import argparse
import datetime
import json
import os
import random
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
from msgspec import Struct
from playwright.sync_api import Browser, sync_playwright

from peacetalks._files import replacing
from peacetalks.curate.ledger import SPLITS
from peacetalks.explorer.bundle import load_page
from peacetalks.explorer.serve import serve_release
from peacetalks.record import Article, Mention, SegmentRow, Split
from peacetalks.registry.gazetteer import Gazetteer, load_gazetteer
from peacetalks.registry.outlets import load_outlets
from peacetalks.release.data_files import data_file
from peacetalks.release.manifest import FORMAT, Inputs, Manifest, Options, TableEntry, list_files
from peacetalks.release.manifest import write_manifest as seal_manifest
from peacetalks.release.page import FOLDER, write_page
from peacetalks.release.parquet import open_writer, to_table, write_rows
from peacetalks.release.provenance import own_provenance
from peacetalks.release.schema import TableName
from peacetalks.release.tables import Rows, mention_rows, vocabulary_rows

CHROMIUM = "/usr/bin/chromium"
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
WORDS = [
    "talks",
    "delegation",
    "government",
    "opposition",
    "envoy",
    "ceasefire",
    "border",
    "city",
    "minister",
    "president",
    "said",
    "on",
    "in",
    "of",
    "the",
    "and",
    "to",
    "a",
    "council",
    "resolution",
    "draft",
    "aid",
    "convoy",
    "prisoners",
    "constitution",
    "committee",
    "session",
    "round",
    "table",
    "mediator",
    "statement",
    "press",
    "Damascus",
    "Aleppo",
    "Idlib",
    "Moscow",
    "Ankara",
    "Tehran",
    "Geneva",
    "Astana",
    "Vienna",
    "Riyadh",
    "transition",
    "election",
    "refugees",
    "truce",
]
DAY = datetime.date(2011, 6, 1)
DAYS = 5_000
LINES = 8  # paragraphs of an article
SEGMENTS = 20_000  # a stretch of rows that is made into a table at once


def main() -> None:
    """Write the release unless it is there, then measure and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, default=50_000)
    parser.add_argument("--folder", type=Path, default=Path("build/explorer-benchmark"))
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    release = options.folder / str(options.articles) / "0.1.0"
    if not release.exists():
        write_release(release, options.articles)
    sizes = {path.parent.name: 0 for path in release.glob("data/*/*.parquet")}
    for path in release.glob("data/*/*.parquet"):
        sizes[path.parent.name] += path.stat().st_size
    with serve_release(release) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        runs = [measure(browser, address) for _ in range(options.runs)]
        browser.close()
    figures = {
        name: {"median": statistics.median(run[name] for run in runs), "runs": [run[name] for run in runs]}
        for name in runs[0]
    }
    print(json.dumps({"articles": options.articles, "bytes": sizes, "figures": figures}, indent=2))


def measure(browser: Browser, address: str) -> dict[str, float]:
    """Return milliseconds of a fresh browser, and the bytes that it read until it had painted."""
    context = browser.new_context(viewport={"width": 1400, "height": 900})
    page = context.new_page()
    read: list[int] = []
    page.on("response", lambda response: read.append(int(response.headers.get("content-length", 0))))
    before = _chromium_seconds()
    page.goto(address)
    page.wait_for_selector("body[data-painted]")
    spent = sum(seconds - before.get(process, 0) for process, seconds in _chromium_seconds().items())
    found = {"painted, CPU of all of Chromium": round(1000 * spent)}
    found["painted"] = round(page.evaluate("performance.getEntriesByName('painted')[0].startTime"))
    found["bytes read"] = sum(read)
    found["facet"] = _timed(lambda: (page.locator(".facet input").nth(1).check(), page.wait_for_selector(".chip")))
    found["article"] = _timed(lambda: (page.locator(".row-link").first.click(), page.wait_for_selector(".text p")))
    page.goto(f"{address}#")

    def search(words: str) -> None:
        page.fill("#search", words)
        page.wait_for_selector(f".chip:has-text({json.dumps(words)})", timeout=120_000)
        page.wait_for_selector("body[data-ready=true]", timeout=120_000)

    found["first full-text search"] = _timed(lambda: search("constitution committee"))
    found["next full-text search"] = _timed(lambda: search("ceasefire convoy"))
    found["concordance"] = _timed(lambda: (page.click("#mode"), page.wait_for_selector(".line")))
    found["heap MB"] = round(page.evaluate("performance.memory.usedJSHeapSize") / 1e6)
    context.close()
    return found


def write_release(release: Path, count: int) -> None:
    """Write a release of made-up articles, the same for the same count."""
    chance = random.Random(count)  # noqa: S311  text, no secret
    gazetteer, outlets = load_gazetteer(), load_outlets()
    ids = sorted(f"{chance.getrandbits(64):016x}" for _ in range(count))
    names = chance.sample(sorted(outlets.outlets), 200)
    rows: dict[Split, list[Article]] = {split: [] for split in SPLITS}
    for name in ids:
        rows[chance.choices(SPLITS, (80, 10, 10))[0]].append(_article(chance, name, names, gazetteer))
    vocabularies: Rows = {**vocabulary_rows(gazetteer, outlets), "excluded": {"train": []}}
    counts: dict[str, dict[str, int]] = {}
    for split, articles in rows.items():
        tables: dict[TableName, Iterator[Struct]] = {
            "articles": iter(articles),
            "mentions": (row for article in articles for row in mention_rows(article)),
            "segments": (row for article in articles for row in _segments(article)),
        }
        for table, found in tables.items():
            counts.setdefault(table, {})[split] = _write(release, table, split, found)
    for table in ("conferences", "outlets", "excluded"):
        counts[table] = {"train": _write(release, table, "train", iter(vocabularies[table]["train"]))}
    write_page(release / FOLDER, load_page())
    digest = "0" * 64
    manifest = Manifest(
        format=FORMAT,
        name="peacetalks",
        version="0.1.0",
        edition="full",
        released=DAY,
        digest=digest,
        full_digest=digest,
        parent=None,
        options=Options(),
        inputs=Inputs(captures=count, kept=count, excluded=0, sha256=digest, gold=None, takedowns=None),
        tables={name: TableEntry(digest=digest, rows=by_split) for name, by_split in counts.items()},
        provenance=own_provenance(),
        files=list_files(release),
    )
    seal_manifest(release, manifest)


def _write(release: Path, table: TableName, split: str, rows: Iterator[Struct]) -> int:
    parts = []
    stretch = []
    for row in rows:
        stretch.append(row)
        if len(stretch) == SEGMENTS:
            parts.append(to_table(table, stretch))
            stretch = []
    whole = pa.concat_tables([*parts, to_table(table, stretch)])
    with replacing(release / data_file(table, split)) as file, open_writer(file, whole.schema) as writer:
        write_rows(writer, whole)
    return whole.num_rows


def _article(chance: random.Random, name: str, outlets: list[str], gazetteer: Gazetteer) -> Article:
    day = DAY + datetime.timedelta(days=min(DAYS, int(chance.gauss(DAYS / 2, DAYS / 5)) % DAYS))
    paragraphs = [" ".join(chance.choices(WORDS, k=45)).capitalize() + "." for _ in range(LINES)]
    events = chance.sample(sorted(gazetteer.events), 2)
    mentions = []
    for event in events:
        surface = gazetteer.events[event].name
        start = sum(len(one) + 2 for one in paragraphs)
        paragraphs.append(f"{surface} was spoken of again.")
        mentions.append(
            Mention(
                field="text",
                start=start,
                end=start + len(surface),
                surface=surface,
                conference=event,
                series=gazetteer.events[event].series,
                basis="alias",
                stage="held",
                score=0.9,
            )
        )
    text = "\n\n".join(paragraphs)
    return Article(
        id=name,
        source=f"{name}.txt",
        url=f"https://news.example/{name}",
        title=" ".join(chance.choices(WORDS, k=8)).capitalize(),
        text=text,
        outlet=chance.choice(outlets),
        published=day,
        published_edtf=day.isoformat(),
        published_basis="explicit",
        language=chance.choice(["en", "en", "en", "ar", "fr", "ru", "tr"]),
        conferences=sorted(events),
        mentions=mentions,
        cluster=name,
        annotation="automatic",
        rights="unknown",
        words=len(text.split()),
    )


def _segments(article: Article) -> Iterator[SegmentRow]:
    at = 0
    for n, line in enumerate(["Home | World | Sport", *article.text.split("\n\n"), "Read more"]):
        raw = f"{line}\n"
        yield SegmentRow(
            article=article.id,
            n=n,
            start=at,
            end=at + len(raw),
            raw=raw,
            clean=line,
            label="body" if 0 < n <= LINES + 2 else "chrome",
            reason="model",
            score=0.9,
        )
        at += len(raw)


def _chromium_seconds() -> dict[str, float]:
    """Return the CPU time of each Chromium process of this machine: unlike wall-clock, it is the same on a busy one."""
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, _, rest = stat.read_text("utf-8").rpartition(")")
        except OSError:  # it has ended meanwhile
            continue
        if name.endswith("(chromium"):
            found[stat.parent.name] = sum(int(ticks) for ticks in rest.split()[11:13]) / os.sysconf("SC_CLK_TCK")
    return found


def _timed(action: Callable[[], object]) -> int:
    started = time.perf_counter()
    action()
    return round(1000 * (time.perf_counter() - started))


if __name__ == "__main__":
    main()
