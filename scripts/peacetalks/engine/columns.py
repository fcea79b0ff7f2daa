"""Turn what came of a shard's pages into the release's columns, and into small ones that the corpus is judged by."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from urllib.parse import urlsplit

import msgspec
import numpy as np
from msgspec import Struct

from peacetalks._arrow import pa
from peacetalks.clean.recurrence import SitePage, line_keys
from peacetalks.curate.shingles import sketch_texts
from peacetalks.engine.page import Page
from peacetalks.engine.sections import encode_sections, read_array, read_footer, read_section
from peacetalks.engine.tables import article_table, mention_table, segment_table
from peacetalks.record import Excluded, Gold
from peacetalks.registry.addresses import find_page_id
from peacetalks.release.parquet import to_table

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
        ("size", pa.uint32()),  # of its rows in bytes, as far as characters tell it
        ("words", pa.uint64()),
        ("segments", pa.uint32()),
        ("mentions", pa.uint32()),
        ("lines", pa.uint32()),
        ("shingles", pa.uint32()),
        ("fingerprints", pa.uint32()),
    ]
)
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
    sites = [_site(page) for page in pages]
    sketches = sketch_texts([article.text for article in articles]) if articles else None
    lines = line_keys(
        [SitePage(site or "", page.segments if site else []) for site, page in zip(sites, pages, strict=True)]
    )
    columns = {
        "id": [int(article.id, 16) for article in articles],
        "page": [int(find_page_id(article.url) or "0", 16) for article in articles],
        "site": sites,
        "published": [article.published for article in articles],
        "language": [article.language for article in articles],
        "on_topic": [page.on_topic for page in pages],
        "gold": [article.annotation == "gold" for article in articles],
        "size": [*map(_size, pages)],
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
            "articles": article_table(pages),
            "segments": segment_table(pages),
            "mentions": mention_table(articles),
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


def _size(page: Page) -> int:
    """Return some bytes of the rows of a page: segments hold its text twice, and more beside it than words."""
    texts = 2 * len(page.capture.text) + len(page.article.text)
    return texts + 100 * len(page.segments) + 300 * len(page.article.mentions)


def _site(page: Page) -> str | None:
    return page.article.outlet or (urlsplit(page.article.url).hostname if page.article.url else None)
