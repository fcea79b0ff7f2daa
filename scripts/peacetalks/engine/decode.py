"""Take the pages of a finished shard apart again, for the few that are annotated once more."""

import json
from itertools import islice

import msgspec

from peacetalks.engine.finish import Finished
from peacetalks.engine.page import Page
from peacetalks.engine.sections import read_section
from peacetalks.record import Article, Capture, Excluded, Segment


def read_outcomes(shard: Finished) -> tuple[list[Page], list[Excluded]]:
    """Return the pages of a shard and what it set aside."""
    articles = read_section(shard.path, shard.footer, "articles").to_pylist()
    rows = iter(read_section(shard.path, shard.footer, "segments").drop_columns("article").to_pylist())
    small = read_section(shard.path, shard.footer, "pages").select(["on_topic", "segments"]).to_pylist()
    pages = []
    for row, own in zip(articles, small, strict=True):
        segments = [Segment(**one) for one in islice(rows, own["segments"])]
        page = Page(
            capture=_capture(row, segments),
            article=msgspec.convert({n: row[n] for n in Article.__struct_fields__}, Article),
            segments=segments,
            on_topic=own["on_topic"],
            evidence=row["evidence"],
            alone=msgspec.json.decode(row["alone"], type=tuple[Article | None, list[Segment]])
            if row["alone"]
            else None,
        )
        pages.append(page)
    excluded = [Excluded(**row) for row in read_section(shard.path, shard.footer, "excluded").to_pylist()]
    return pages, excluded


def _capture(row: dict[str, object], segments: list[Segment]) -> Capture:
    kept = json.loads(str(row["capture"]))
    return msgspec.convert(
        {**kept, "id": row["id"], "source": row["source"], "text": "".join(segment.raw for segment in segments)},
        Capture,
    )
