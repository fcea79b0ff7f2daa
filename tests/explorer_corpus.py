"""A release for the explorer's tests: near-duplicates, Arabic, astral characters, and articles that attack the page."""

import datetime
import hashlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa
from msgspec import UNSET, structs

from peacetalks.clean.audit import body_text
from peacetalks.curate.ids import id_numbers
from peacetalks.curate.ledger import write_ledger
from peacetalks.curate.splits import default_cut
from peacetalks.explorer.bundle import load_page
from peacetalks.record import Article, Label, Mention, Segment
from peacetalks.release.tables import Tables, make_tables
from peacetalks.release.write import Order, write_release, write_tables
from release_rows import build_rows
from splitting import assign_named, split_by_day

SCRIPT = "<script>window.attacked = 'script'</script>"
IMAGE = "<img src=x onerror=\"window.attacked = 'image'\">"
OVERRIDE = "\u202eelbatrever\u202c"
FORMULA = '=HYPERLINK("http://attacker.example/", "open")'

# Own words about true facts. Each row: source, outlet, agency, day, language, lines with their labels, mentions.
Line = tuple[Label, str]
Link = tuple[str, str | None, str | None, str, str | None]  # surface, conference, series, basis, stage

GENEVA = "geneva-2-2014"
STORY = [
    "Envoys met in Montreux on Wednesday to open the Geneva II talks on Syria.",
    "The delegations sat at one table for the first time since the war began.",
    "Lakhdar Brahimi said that the talks would move to Geneva on Friday.",
]
PAGES: dict[str, tuple[str | None, str | None, datetime.date | None, str, list[Line], list[Link]]] = {
    "first.txt": (
        "reuters",
        "reuters",
        datetime.date(2014, 1, 22),
        "en",
        [
            ("chrome", "Home | World | Sport"),
            ("title", "Syria talks open in Montreux"),
            ("meta", "By Jane Roe, 22 January 2014"),
            *(("body", line) for line in STORY),
            ("caption", "The hall of the hotel before the session."),
            ("chrome", "Read more: ten lakes to see this summer"),
        ],
        [
            ("Geneva II talks", GENEVA, "geneva", "alias", "under-way"),
            ("the talks", GENEVA, "geneva", "anaphora", "held"),
        ],
    ),
    "second.txt": (
        "naharnet",
        "reuters",
        datetime.date(2014, 1, 23),
        "en",
        [
            ("title", "Syria talks open by the lake"),
            ("meta", "23 January 2014"),
            ("body", STORY[0]),
            ("body", "The two delegations sat at one table for the first time since the war began in 2011."),
            ("body", STORY[2]),
        ],
        [("Geneva II talks", GENEVA, "geneva", "alias", "under-way")],
    ),
    "arabic.txt": (
        "al-hayat",
        None,
        datetime.date(2014, 1, 20),
        "ar",
        [
            ("title", "محادثات جنيف ٢ تبدأ هذا الأسبوع"),
            ("body", "يلتقي الوفدان في مدينة مونترو قبل أن تنتقل محادثات جنيف ٢ إلى جنيف."),
        ],
        [("محادثات جنيف ٢", GENEVA, "geneva", "alias", "ahead")],
    ),
    "astral.txt": (
        "reuters",
        None,
        datetime.date(2017, 9, 14),
        "en",
        [
            ("title", "Astana talks 🕊🕊 resume"),
            ("body", "🕊🕊🕊 Delegates came back for the sixth round of Astana talks, 𝒹𝒶𝓎 𝑜𝓃𝑒 of two."),
        ],
        [("the sixth round of Astana talks", "astana-6-2017", "astana", "ordinal", "under-way")],
    ),
    "payload.txt": (
        None,
        None,
        None,
        "en",
        [
            ("title", f"{FORMULA} {SCRIPT}"),
            ("body", f'A "quoted" line of an attacker about the Geneva II talks {IMAGE} & more {OVERRIDE}.'),
            ("body", f"{SCRIPT} javascript:alert(1) \u2028 ''' \"\"\" \\u0041 ]]> --> </textarea>"),
            ("caption", IMAGE),
            ("chrome", SCRIPT),
        ],
        [("Geneva II talks", GENEVA, "geneva", "alias", None)],
    ),
    "undated.txt": (
        "reuters",
        None,
        None,
        "en",
        [("title", "What a ceasefire needs"), ("body", "Nothing here speaks of a conference, and no day is printed.")],
        [],
    ),
}
ADDRESSES = {"first.txt": "https://news.example/montreux", "payload.txt": "javascript:window.attacked='address'"}


def article_id(source: str) -> str:
    """Return the id of a page of this corpus."""
    return hashlib.sha256(source.encode()).hexdigest()[:16]


def write_corpus(out: Path, sources: list[str] | None = None, more: int = 0, parts: int = 1) -> Path:
    """Write a release of these pages, all of them by default, and `more` plain ones, in parts; return its folder."""
    chosen = [source for source in PAGES if sources is None or source in sources]
    segments = {article_id(source): _segments(PAGES[source][4]) for source in chosen}
    articles = [_article(source, segments[article_id(source)]) for source in chosen]
    for n in range(more):
        plain = structs.replace(
            articles[0], id=article_id(f"plain-{n}"), source=f"plain-{n}.txt", mentions=[], conferences=[]
        )
        articles.append(plain)
        segments[plain.id] = segments[articles[0].id]
    pair = sorted(article_id(source) for source in ("first.txt", "second.txt") if source in chosen)
    others = [[row.id] for row in articles if row.id not in pair]
    strata = {row.id: (row.published.year if row.published else None, row.language) for row in articles}
    splits = assign_named([pair, *others] if pair else others, strata, [], "0.1.0")
    placed = [structs.replace(row, cluster=splits.cluster_of[row.id]) for row in articles]
    cut = default_cut(Counter(row.published for row in placed if row.published))
    temporal = split_by_day({r.id: r.published for r in placed}, splits.cluster_of, cut) if cut else {}
    rows = build_rows(placed, segments, splits.split_of, temporal, {})
    ledger = out.with_name(f"{out.name}-splits.csv")
    write_ledger(ledger, [splits.whole])
    return write_release(
        out,
        Order(version="0.1.0", released=datetime.date(2026, 1, 1)),
        data=lambda folder: write_tables(folder, _in_parts(make_tables(rows), parts)),
        cut=cut,
        ledger=ledger,
        leaks=[],
        gold=None,
        annotators=UNSET,
        takedowns=None,
        quality={},
        vocabularies=None,
        page=load_page(),
    ).path


def _in_parts(tables: Tables, count: int) -> Iterator[Tables]:
    """Yield tables a stretch of the ids at a time; those that are not of pages stand in the first."""
    keys = {"articles": "id", "mentions": "article", "segments": "article", "temporal": "id"}
    first: Tables = {name: found for name, found in tables.items() if name not in keys}
    for part in range(count):
        stretch = {
            name: {split: _stretch(table, key, part, count) for split, table in tables[name].items()}
            for name, key in keys.items()
        }
        yield {**stretch, **first}
        first = {}


def _stretch(table: pa.Table, key: str, part: int, count: int) -> pa.Table:
    return table.filter(pa.array((id_numbers(table[key]) >> np.uint64(60)) * count // 16 == part))


def _segments(lines: list[Line]) -> list[Segment]:
    found: list[Segment] = []
    at = 0
    for label, text in lines:
        for kind, raw, clean in ((label, f"{text}\n", text), ("blank", "\n", "")):
            segment = Segment(
                n=len(found),
                start=at,
                end=at + len(raw),
                raw=raw,
                clean=clean,
                label=kind,
                reason="blank" if kind == "blank" else "model",
                score=1.0 if kind == "blank" else 0.93,
            )
            found.append(segment)
            at += len(raw)
    return found


def _article(source: str, segments: list[Segment]) -> Article:
    outlet, agency, day, language, lines, links = PAGES[source]
    text = body_text(segments)
    title = next(line for label, line in lines if label == "title")
    mentions = [_mention(text, *link) for link in links]
    return Article(
        id=article_id(source),
        source=source,
        url=ADDRESSES.get(source),
        title=title,
        text=text,
        captions=[line for label, line in lines if label == "caption"],
        outlet=outlet,
        agency=agency,
        authors=["Jane Roe"] if source == "first.txt" else [],
        published=day,
        published_edtf=day.isoformat() if day else None,
        published_basis="explicit" if day else "none",
        published_evidence=[segment.n for segment in segments if segment.label == "meta"],
        language=language,
        conferences=sorted({mention.conference for mention in mentions if mention.conference}),
        mentions=mentions,
        cluster=article_id(source),
        annotation="automatic",
        rights="all-rights-reserved",
        words=len(text.split()),
    )


def _mention(
    text: str, surface: str, conference: str | None, series: str | None, basis: str, stage: str | None
) -> Mention:
    start = text.index(surface)
    row = {
        "field": "text",
        "start": start,
        "end": start + len(surface),
        "surface": surface,
        "conference": conference,
        "series": series,
        "basis": basis,
        "stage": stage,
        "score": 0.875,
    }
    return msgspec.convert(row, Mention)
