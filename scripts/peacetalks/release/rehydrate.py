"""Put the words back into a stand-off edition, from captures that its reader holds."""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct, structs

from peacetalks.clean.audit import body_text
from peacetalks.clean.encoding import repair_lines
from peacetalks.curate.takedowns import text_digest
from peacetalks.errors import ReleaseError
from peacetalks.record import (
    Article,
    Capture,
    CatalogueRow,
    Excluded,
    Mention,
    Segment,
    SegmentRow,
    Span,
    Split,
    StandoffArticle,
    StandoffMention,
    StandoffSegment,
)
from peacetalks.release.edition import write_edition
from peacetalks.release.manifest import read_manifest
from peacetalks.release.realign import Page, find_pages, realign
from peacetalks.release.standoff import read_rows, short_hash
from peacetalks.release.statistics import Counting
from peacetalks.release.tables import Rows, all_rows, make_tables, mention_rows


class Change(Struct, frozen=True, kw_only=True):
    """An article whose page was captured with other words: how many mentions could be found again, and how many not."""

    source: str
    why: str
    found: int
    lost: int


class Rehydrated(Struct, frozen=True, kw_only=True):
    """What came of it; `identical` says that the rows are those of the release that the edition was made from."""

    path: Path
    identical: bool
    recovered: list[str]
    changed: dict[str, Change]
    missing: list[str]


class _Bare(Struct, frozen=True, kw_only=True):
    """One article of the stand-off edition with all that belongs to it."""

    split: Split
    article: StandoffArticle
    mentions: list[StandoffMention]
    segments: list[StandoffSegment]


def rehydrate(standoff: Path, captures: Sequence[Capture], out: Path) -> Rehydrated:
    """Write the full edition to `out/version`, as far as the captures reach; ReleaseError if it can't be.

    A capture of the same words gives the article as it was. Of a page that has changed, labels and mentions are moved
    to where their words stand now, and those whose words are gone are left out. An article without a capture is set
    aside with the reason `missing-capture`.
    """
    manifest = read_manifest(standoff)
    if manifest.edition != "standoff":
        raise ReleaseError(f"{standoff}: is no stand-off edition; nothing is missing from it")
    target = out / manifest.version
    if target.exists():
        raise ReleaseError(f"{target}: exists, and a release is never overwritten; name another folder")
    bare = read_rows(standoff, "standoff")
    pages: dict[str, tuple[Article, list[Segment]]] = {}
    changed: dict[str, Change] = {}
    entries = _by_article(bare)
    found = find_pages({name: (e.article, e.segments) for name, e in entries.items()}, captures)
    for name, entry in entries.items():
        if name not in found:
            continue
        page = found[name]
        exact = _restore(entry, page.capture)
        if exact is not None:
            pages[name] = exact
        else:
            pages[name], changed[name] = _move(entry, page)
    if not pages:
        raise ReleaseError(f"{standoff}: none of the {len(captures)} captures is of any of its articles")
    missing = sorted(entries.keys() - pages.keys())
    rows = _full_rows(bare, entries, pages, missing)
    tables = make_tables(rows)
    counting = Counting()
    counting.add(tables)
    kept = manifest.inputs.kept - len(missing)
    digest = write_edition(
        standoff,
        target,
        [tables],
        edition="full",
        full_digest=manifest.full_digest,
        inputs=structs.replace(manifest.inputs, kept=kept, excluded=manifest.inputs.captures - kept),
        counting=counting,
    )
    return Rehydrated(
        path=target,
        identical=digest == manifest.full_digest,
        recovered=sorted(pages.keys() - changed.keys()),
        changed=changed,
        missing=missing,
    )


def _by_article(bare: Rows) -> dict[str, _Bare]:
    mentions: dict[str, list[StandoffMention]] = defaultdict(list)
    segments: dict[str, list[StandoffSegment]] = defaultdict(list)
    for mention in all_rows(bare, "mentions", StandoffMention):
        mentions[mention.article].append(mention)
    for segment in all_rows(bare, "segments", StandoffSegment):
        segments[segment.article].append(segment)
    return {
        row.id: _Bare(split=split, article=row, mentions=mentions[row.id], segments=segments[row.id])
        for split, rows in bare["articles"].items()
        for row in rows
        if isinstance(row, StandoffArticle)
    }


def _restore(entry: _Bare, capture: Capture) -> tuple[Article, list[Segment]] | None:
    """Return the article and segments as they were; None where a digest says that the words are other ones."""
    if text_digest(capture.text) != entry.article.capture_sha256:
        return None
    raws = [capture.text[row.start : row.end] for row in entry.segments]
    segments = [
        _segment(row, raw, clean) for row, raw, clean in zip(entry.segments, raws, repair_lines(raws), strict=True)
    ]
    if any(
        short_hash(entry.article.id, s.clean) != r.clean_hash for s, r in zip(segments, entry.segments, strict=True)
    ):
        return None
    text = body_text(segments)
    if text_digest(text) != entry.article.text_sha256:
        return None
    title = next(iter(_words(entry.article.title, segments)), None)
    mentions = [_mention(row, text if row.field == "text" else title or "") for row in entry.mentions]
    if any(
        short_hash(entry.article.id, m.surface) != r.surface_hash for m, r in zip(mentions, entry.mentions, strict=True)
    ):
        return None
    return _article(entry.article, segments, mentions), segments


def _move(entry: _Bare, page: Page) -> tuple[tuple[Article, list[Segment]], Change]:
    moved = realign(entry.article, entry.segments, entry.mentions, page)
    article = _article(
        structs.replace(entry.article, title=[], captions=[], dateline=[]), moved.segments, moved.mentions
    )
    title = next((segment.clean for segment in moved.segments if segment.label == "title"), None)
    captions = [segment.clean for segment in moved.segments if segment.label == "caption"]
    conferences = sorted({mention.conference for mention in moved.mentions if mention.conference})
    article = structs.replace(
        article,
        title=title,
        captions=captions,
        published_evidence=moved.evidence,
        conferences=conferences,
        words=len(article.text.split()),
    )
    change = Change(
        source=page.capture.source,
        why=page.why,
        found=len(moved.mentions),
        lost=len(entry.mentions) - len(moved.mentions),
    )
    return (article, moved.segments), change


def _full_rows(
    bare: Rows, entries: dict[str, _Bare], pages: dict[str, tuple[Article, list[Segment]]], missing: list[str]
) -> Rows:
    rows: Rows = {**bare, "articles": {}, "mentions": {}, "segments": {}, "temporal": {}}
    for name in sorted(pages):
        split, (article, segments) = entries[name].split, pages[name]
        rows["articles"].setdefault(split, []).append(article)
        rows["mentions"].setdefault(split, []).extend(mention_rows(article))
        rows["segments"].setdefault(split, []).extend(
            SegmentRow(article=name, **structs.asdict(segment)) for segment in segments
        )
    rows["catalogue"] = {
        split: [row if row.article is None or row.article in pages else _alone(row) for row in found]
        for split, found in _records(bare).items()
    }
    for split, found in bare["temporal"].items():
        kept = [pages[row.id][0] for row in found if isinstance(row, StandoffArticle) and row.id in pages]
        rows["temporal"][split] = [*kept]
    set_aside = [
        Excluded(id=name, source=entries[name].article.source, reason="missing-capture", detail="no capture was given")
        for name in missing
    ]
    excluded = [*all_rows(bare, "excluded", Excluded), *set_aside]
    rows["excluded"] = {"train": [*sorted(excluded, key=lambda row: (row.id, row.source))]}
    return rows


def _records(bare: Rows) -> dict[Split, list[CatalogueRow]]:
    known = bare.get("catalogue", {})
    return {split: [row for row in rows if isinstance(row, CatalogueRow)] for split, rows in known.items()}


def _alone(row: CatalogueRow) -> CatalogueRow:
    """Return a record whose article is missing: it is a page without text again."""
    return structs.replace(row, article=None, cluster=row.id)


def _article(bare: StandoffArticle, segments: list[Segment], mentions: list[Mention]) -> Article:
    shared = {name: getattr(bare, name) for name in Article.__struct_fields__ if hasattr(bare, name)}
    return Article(
        **shared
        | {
            "title": next(iter(_words(bare.title, segments)), None),
            "captions": _words(bare.captions, segments),
            "dateline": next(iter(_words(bare.dateline, segments)), None),
            "text": body_text(segments),
            "mentions": mentions,
        }
    )


def _words(spans: list[Span], segments: list[Segment]) -> list[str]:
    return [segments[span.segment].clean[span.start : span.end] for span in spans]


def _segment(row: StandoffSegment, raw: str, clean: str) -> Segment:
    return Segment(
        n=row.n,
        start=row.start,
        end=row.end,
        raw=raw,
        clean=clean,
        label=row.label,
        reason=row.reason,
        score=row.score,
    )


def _mention(row: StandoffMention, field: str) -> Mention:
    shared = {name: getattr(row, name) for name in Mention.__struct_fields__ if name != "surface"}
    return Mention(**shared, surface=field[row.start : row.end])
