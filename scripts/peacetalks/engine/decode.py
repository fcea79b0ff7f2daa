"""Take pages of a finished shard apart again, for the few that are annotated once more or scored."""

import json
from collections.abc import Iterator, Sequence
from itertools import islice

import msgspec

from peacetalks._arrow import pa
from peacetalks.record import Article, Capture, Segment

Alone = tuple[Article | None, list[Segment]]  # what the program would have made of a page that has gold


def read_pages(
    articles: pa.Table, segments: pa.Table, counts: Sequence[int]
) -> Iterator[tuple[Capture, list[Segment]]]:
    """Yield capture and segments of each row of a shard's articles; `counts` says how many of the segments it has."""
    rows = iter(segments.drop_columns("article").to_pylist())
    for row, count in zip(articles.to_pylist(), counts, strict=True):
        own = [Segment(**segment) for segment in islice(rows, count)]
        kept = json.loads(row["capture"])
        text = "".join(segment.raw for segment in own)
        yield msgspec.convert({**kept, "id": row["id"], "source": row["source"], "text": text}, Capture), own


def read_alone(packed: bytes) -> Alone:
    """Return what the program made of a page that has gold."""
    found: Alone = msgspec.json.decode(packed, type=Alone)
    return found
