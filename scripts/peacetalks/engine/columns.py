"""Turn what came of a shard's pages into the release's columns, and into small ones that the corpus is judged by."""

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from urllib.parse import urlsplit

import msgspec
import numpy as np
import pyarrow as pa
from msgspec import Struct, to_builtins

from peacetalks.clean.recurrence import SitePage, line_keys
from peacetalks.curate.shingles import sketch_texts
from peacetalks.curate.takedowns import text_digest
from peacetalks.engine.page import Page
from peacetalks.engine.sections import encode_sections, read_array, read_footer, read_section
from peacetalks.record import Capture, Excluded, Gold
from peacetalks.registry.addresses import find_page_id
from peacetalks.release.parquet import to_array, to_table
from peacetalks.release.schema import arrow_schema
from peacetalks.release.tables import mention_rows

# What the parent keeps of a page, or goes by; the counts say how many rows and values of a section are a page's own.
SMALL = pa.schema(
    [
        ("id", pa.uint64()),
        ("page", pa.uint64()),  # the id of its address; 0 where there is none
        ("site", pa.string()),
        ("published", pa.date32()),
        ("language", pa.string()),
        ("on_topic", pa.bool_()),
        ("gold", pa.bool_()),
        ("size", pa.uint32()),  # in characters, of the capture and of the text
        ("words", pa.uint64()),
        ("segments", pa.uint32()),
        ("mentions", pa.uint32()),
        ("lines", pa.uint32()),
        ("shingles", pa.uint32()),
        ("fingerprints", pa.uint32()),
    ]
)
_EXTRA = [("capture", pa.string()), ("evidence", pa.string()), ("alone", pa.binary()), ("text_digest", pa.string())]
EXTRA = [name for name, _ in _EXTRA]  # columns of a shard's articles that no release has
ARTICLES = pa.schema([*arrow_schema("articles"), *(pa.field(*column) for column in _EXTRA)])
TABLES = ("pages", "articles", "segments", "mentions", "excluded")
ARRAYS = ("lines", "bands", "fingerprints", "shingles")  # flat, in the order of the pages; bands are 40 a page
_NONE = np.zeros(0, np.uint64)


class Facts(Struct, frozen=True, kw_only=True):
    """What the footer of a shard tells: pages that became articles, those on topic, and those set aside, by reason.

    `gold` are the digests of the gold entries that its pages took, by id.
    """

    pages: int
    on_topic: int
    excluded: dict[str, int]
    gold: dict[str, str]


def encode_shard(outcomes: Sequence[Page | Excluded], gold: dict[str, Gold]) -> bytes:
    """Return the finished shard of these outcomes: its tables, sketches and facts; the same for the same pages."""
    pages = [outcome for outcome in outcomes if isinstance(outcome, Page)]
    excluded = [outcome for outcome in outcomes if isinstance(outcome, Excluded)]
    articles = [page.article for page in pages]
    sketches = sketch_texts([article.text for article in articles]) if articles else None
    lines = [line_keys(SitePage(site, page.segments)) if (site := _site(page)) else _NONE for page in pages]
    mentions = [row for article in articles for row in mention_rows(article)]
    columns = {
        "id": [int(article.id, 16) for article in articles],
        "page": [int(find_page_id(article.url) or "0", 16) for article in articles],
        "site": [_site(page) for page in pages],
        "published": [article.published for article in articles],
        "language": [article.language for article in articles],
        "on_topic": [page.on_topic for page in pages],
        "gold": [article.annotation == "gold" for article in articles],
        "size": [len(page.capture.text) + len(page.article.text) for page in pages],
        "words": sketches.words if sketches else _NONE,
        "segments": [len(page.segments) for page in pages],
        "mentions": [len(article.mentions) for article in articles],
        "lines": [len(keys) for keys in lines],
        "shingles": sketches.shingle_counts if sketches else _NONE,
        "fingerprints": sketches.fingerprint_counts if sketches else _NONE,
    }
    return encode_sections(
        {
            "pages": pa.table(columns, schema=SMALL),
            "articles": _article_table(pages),
            "segments": _segment_table(pages),
            "mentions": to_table("mentions", mentions),
            "excluded": to_table("excluded", excluded),
        },
        {
            "lines": np.concatenate([*lines, _NONE]),
            "bands": sketches.bands.ravel() if sketches else _NONE,
            "fingerprints": sketches.fingerprints if sketches else _NONE,
            "shingles": sketches.shingles if sketches else _NONE,
        },
        Facts(
            pages=len(pages),
            on_topic=sum(page.on_topic for page in pages),
            excluded=dict(sorted(Counter(row.reason for row in excluded).items())),
            gold=gold_digests([article.id for article in articles], gold),
        ),
    )


def join_shards(parts: Sequence[bytes]) -> bytes:
    """Return the shard of pages that were worked on in parts, as those of a page that breaks its worker are."""
    if len(parts) == 1:
        return parts[0]
    opened = [read_footer(part, Facts) for part in parts]
    pairs = [(part, footer) for part, (footer, _) in zip(parts, opened, strict=True)]
    facts = [found for _, found in opened]
    return encode_sections(
        {name: pa.concat_tables(read_section(*pair, name) for pair in pairs) for name in TABLES},
        {name: np.concatenate([read_array(*pair, name) for pair in pairs]) for name in ARRAYS},
        Facts(
            pages=sum(one.pages for one in facts),
            on_topic=sum(one.on_topic for one in facts),
            excluded=dict(sorted(sum((Counter(one.excluded) for one in facts), Counter[str]()).items())),
            gold=dict(sorted(entry for one in facts for entry in one.gold.items())),
        ),
    )


def gold_digests(ids: Sequence[str], gold: dict[str, Gold]) -> dict[str, str]:
    """Return a digest of the gold entry of each of these pages that has one."""
    used = sorted(gold.keys() & set(ids))
    return {name: hashlib.sha256(msgspec.json.encode(gold[name])).hexdigest() for name in used}


def _site(page: Page) -> str | None:
    return page.article.outlet or (urlsplit(page.article.url).hostname if page.article.url else None)


def _article_table(pages: Sequence[Page]) -> pa.Table:
    table = to_table("articles", [page.article for page in pages])
    extra = (
        [_pack(page.capture) for page in pages],
        [page.evidence for page in pages],
        [msgspec.json.encode(page.alone) if page.alone else None for page in pages],
        [text_digest(page.article.text) for page in pages],
    )
    columns = [pa.array(values, kind) for values, (_, kind) in zip(extra, _EXTRA, strict=True)]
    return pa.Table.from_arrays([*table.columns, *columns], schema=ARTICLES)


def _segment_table(pages: Sequence[Page]) -> pa.Table:
    rows = [segment for page in pages for segment in page.segments]
    counts = [len(page.segments) for page in pages]
    articles = pa.array([page.article.id for page in pages], pa.string())
    owners = pa.array(np.repeat(np.arange(len(pages)), counts))
    schema = arrow_schema("segments")
    columns = [
        articles.take(owners)
        if field.name == "article"
        else to_array([getattr(row, field.name) for row in rows], field.type)
        for field in schema
    ]
    return pa.Table.from_arrays(columns, schema=schema)


def _pack(capture: Capture) -> str:
    """Return what a capture says beside its text, in ASCII: what a page states of itself may be no valid Unicode."""
    kept = {name: getattr(capture, name) for name in ("encoding", "url", "captured", "facts")}
    return json.dumps(to_builtins(kept))
