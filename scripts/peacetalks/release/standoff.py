"""Write an edition without the words: offsets, labels, links and digests, from which no text can be read."""

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from peacetalks._arrow import pa
from peacetalks.curate.takedowns import text_digest
from peacetalks.errors import ReleaseError
from peacetalks.record import (
    Article,
    MentionRow,
    Segment,
    SegmentRow,
    Span,
    StandoffArticle,
    StandoffMention,
    StandoffSegment,
)
from peacetalks.release.batches import read_parts
from peacetalks.release.edition import write_edition
from peacetalks.release.manifest import read_manifest
from peacetalks.release.schema import TABLE_NAMES, Edition, record_type
from peacetalks.release.statistics import Counting
from peacetalks.release.tables import Row, Rows, Tables, all_rows, as_records, as_split, make_tables
from peacetalks.release.versions import read_tables

_SHORT = 8


def write_standoff(release: Path, out: Path) -> Path:
    """Write the stand-off edition of a full release to `out/version` and return that; ReleaseError if it can't be."""
    manifest = read_manifest(release)
    if manifest.edition != "full":
        raise ReleaseError(f"{release}: is a stand-off edition already")
    target = out / manifest.version
    if target.exists():
        raise ReleaseError(f"{target}: exists, and a release is never overwritten; name another folder")
    counting = Counting()
    write_edition(
        release,
        target,
        _standoff_parts(release, counting),
        edition="standoff",
        full_digest=manifest.digest,
        inputs=manifest.inputs,
        counting=counting,
    )
    return target


def _standoff_parts(release: Path, counting: Counting) -> Iterator[Tables]:
    for part in read_parts(release):
        counting.add(part)
        yield make_tables(standoff_rows(as_rows(part, release)), "standoff")


def read_rows(release: Path) -> Rows:
    """Return the rows of a full release as records, by table and split."""
    return as_rows(read_tables(release), release)


def as_rows(tables: Tables, release: Path, edition: Edition = "full") -> Rows:
    """Return the rows of tables that were read as records; ReleaseError names the release that they are of."""
    rows: Rows = {}
    for name, by_split in tables.items():
        if name not in TABLE_NAMES:
            raise ReleaseError(f"{release}: table {name!r} is not known to this program")
        kind = record_type(name, edition)
        rows[name] = {as_split(split): convert_rows(table, kind, name, release) for split, table in by_split.items()}
    return rows


def convert_rows(table: pa.Table, kind: type[Row], name: str, release: Path) -> list[Row]:
    """Return the rows of a table as records of a kind; ReleaseError names the table, and the release that it is of."""
    try:
        return as_records(table, kind)
    except msgspec.ValidationError as error:
        raise ReleaseError(f"{release}: {name}: {error}; check it with `peacetalks validate`") from None


def standoff_rows(full: Rows) -> Rows:
    """Return the rows of the stand-off edition."""
    segments: dict[str, list[SegmentRow]] = defaultdict(list)
    for row in all_rows(full, "segments", SegmentRow):
        segments[row.article].append(row)
    bare: Rows = {**full}
    for name in ("articles", "temporal"):
        bare[name] = {
            split: [standoff_article(row, segments[row.id]) for row in rows if isinstance(row, Article)]
            for split, rows in full[name].items()
        }
    bare["mentions"] = {
        split: [standoff_mention(row) for row in rows if isinstance(row, MentionRow)]
        for split, rows in full["mentions"].items()
    }
    bare["segments"] = {
        split: [standoff_segment(row) for row in rows if isinstance(row, SegmentRow)]
        for split, rows in full["segments"].items()
    }
    return bare


def standoff_article(article: Article, segments: Sequence[Segment]) -> StandoffArticle:
    """Return an article without its words; title, captions and dateline are told by where they stand."""
    capture = "".join(segment.raw for segment in segments)
    given = {name: getattr(article, name) for name in StandoffArticle.__struct_fields__ if hasattr(article, name)}
    return StandoffArticle(
        **given
        | {
            "capture_sha256": text_digest(capture),
            "text_sha256": text_digest(article.text),
            "text_length": len(article.text),
            "title": _locate(article.title, segments, "title"),
            "captions": [span for caption in article.captions for span in _locate(caption, segments, "caption")],
            "dateline": _locate(article.dateline, segments, "body"),
        }
    )


def standoff_mention(row: MentionRow) -> StandoffMention:
    """Return a mention without its words."""
    given = {name: getattr(row, name) for name in StandoffMention.__struct_fields__ if name != "surface_hash"}
    return StandoffMention(**given, surface_hash=short_hash(row.article, row.surface))


def standoff_segment(row: SegmentRow) -> StandoffSegment:
    """Return a segment without its words."""
    given = {name: getattr(row, name) for name in StandoffSegment.__struct_fields__ if hasattr(row, name)}
    return StandoffSegment(**given, clean_length=len(row.clean), clean_hash=short_hash(row.article, row.clean))


def short_hash(article: str, text: str) -> str:
    """Return 32 bits of the SHA-256 of article and text: enough to recognise the words, too little to tell them.

    The id of the article goes in, so that one table of hashes does not serve for all articles.
    """
    return hashlib.sha256(f"{article}\n{text}".encode()).hexdigest()[:_SHORT]


def _locate(value: str | None, segments: Sequence[Segment], label: str) -> list[Span]:
    """Return where a value stands: the first segment of that label that holds it, or else the first of all.

    A value that an annotator wrote otherwise than the page has it can't be told by place: it is left out.
    """
    if value is None:
        return []
    ranked = sorted(segments, key=lambda segment: (segment.label != label, segment.n))
    for segment in ranked:
        start = segment.clean.find(value)
        if start >= 0:
            return [Span(segment=segment.n, start=start, end=start + len(value))]
    return []
