"""Put the words back into a stand-off edition, from captures that its reader holds."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
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
from peacetalks.release.batches import BARE_PART, read_parts
from peacetalks.release.edition import write_edition
from peacetalks.release.find_pages import Page, Pages, find_pages
from peacetalks.release.folder import staged
from peacetalks.release.kept_captures import keep_captures
from peacetalks.release.manifest import read_manifest
from peacetalks.release.realign import realign
from peacetalks.release.standoff import as_rows, short_hash
from peacetalks.release.statistics import Counting
from peacetalks.release.tables import Rows, Tables, all_rows, make_tables, mention_rows


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


class _Report:
    """What came of the articles so far; changes by split, in the order of the ids."""

    def __init__(self) -> None:
        self.recovered: list[str] = []
        self.missing: list[str] = []
        self.changed: dict[Split, dict[str, Change]] = defaultdict(dict)


class _Bare(Struct, frozen=True, kw_only=True):
    """One article of the stand-off edition with all that belongs to it."""

    split: Split
    article: StandoffArticle
    mentions: list[StandoffMention]
    segments: list[StandoffSegment]


_Full = tuple[Article, list[Segment]]


def rehydrate(standoff: Path, captures: Iterable[Capture], out: Path) -> Rehydrated:
    """Write the full edition to `out/version`, as far as the captures reach; ReleaseError if it can't be.

    A capture of the same words gives the article as it was. Of a page that has changed, labels and mentions are moved
    to where their words stand now, and those whose words are gone are left out. An article without a capture is set
    aside with the reason `missing-capture`.

    Captures are gone through once and wait on disk, beside what is written; the edition is read in parts.
    """
    manifest = read_manifest(standoff)
    if manifest.edition != "standoff":
        raise ReleaseError(f"{standoff}: is no stand-off edition; nothing is missing from it")
    target = out / manifest.version
    if target.exists():
        raise ReleaseError(f"{target}: exists, and a release is never overwritten; name another folder")
    report, counting = _Report(), Counting()
    with staged(target.with_name("captures")) as scratch:
        scratch.mkdir(parents=True)
        with keep_captures(captures, scratch) as kept_captures:
            pages = find_pages(standoff, kept_captures)
            kept = manifest.inputs.kept - pages.missing
            if pages.missing == len(pages.ids):
                raise ReleaseError(
                    f"{standoff}: none of the {len(kept_captures.ids)} captures is of any of its articles"
                )
            digest = write_edition(
                standoff,
                target,
                _full_parts(standoff, pages, report, counting),
                edition="full",
                full_digest=manifest.full_digest,
                inputs=structs.replace(manifest.inputs, kept=kept, excluded=manifest.inputs.captures - kept),
                counting=counting,
            )
    return Rehydrated(
        path=target,
        identical=digest == manifest.full_digest,
        recovered=report.recovered,
        changed={name: change for split in sorted(report.changed) for name, change in report.changed[split].items()},
        missing=report.missing,
    )


def _full_parts(standoff: Path, pages: Pages, report: _Report, counting: Counting) -> Iterator[Tables]:
    for part in read_parts(standoff, BARE_PART):
        tables = make_tables(_put_back(as_rows(part, standoff, "standoff"), pages, report))
        counting.add(tables)
        yield tables


def _put_back(bare: Rows, pages: Pages, report: _Report) -> Rows:
    """Return the full rows of a part of the edition, and report what came of its articles."""
    entries = _by_article(bare)
    full: dict[str, _Full] = {}
    for (name, entry), page in zip(entries.items(), pages.read([*entries]), strict=True):
        if page is None:
            continue
        exact = _restore(entry, page.capture)
        if exact is not None:
            full[name] = exact
        else:
            full[name], report.changed[entry.split][name] = _move(entry, page)
    missing = sorted(entries.keys() - full.keys())
    report.recovered += sorted(name for name in full if name not in report.changed[entries[name].split])
    report.missing += missing
    return _full_rows(bare, entries, full, missing, pages)


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


def _restore(entry: _Bare, capture: Capture) -> _Full | None:
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


def _move(entry: _Bare, page: Page) -> tuple[_Full, Change]:
    moved = realign(entry.article, entry.segments, entry.mentions, page.capture)
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


def _full_rows(bare: Rows, entries: dict[str, _Bare], full: dict[str, _Full], missing: list[str], pages: Pages) -> Rows:
    rows: Rows = {
        **bare,
        **{name: {split: [] for split in bare["articles"]} for name in ("articles", "mentions", "segments")},
    }
    for name in sorted(full):
        split, (article, segments) = entries[name].split, full[name]
        rows["articles"][split].append(article)
        rows["mentions"][split].extend(mention_rows(article))
        rows["segments"][split].extend(SegmentRow(article=name, **structs.asdict(segment)) for segment in segments)
    rows["catalogue"] = {split: [*_records(found, pages)] for split, found in bare.get("catalogue", {}).items()}
    rows["temporal"] = {
        split: [full[row.id][0] for row in found if isinstance(row, StandoffArticle) and row.id in full]
        for split, found in bare["temporal"].items()
    }
    set_aside = [
        Excluded(id=name, source=entries[name].article.source, reason="missing-capture", detail="no capture was given")
        for name in missing
    ]
    excluded = [*all_rows(bare, "excluded", Excluded), *set_aside]
    rows["excluded"] = {"train": [*sorted(excluded, key=lambda row: (row.id, row.source))]}
    return rows


def _records(rows: Sequence[Struct], pages: Pages) -> Iterator[CatalogueRow]:
    """Yield records of the catalogue; one whose article is missing is a page without text again."""
    found = [row for row in rows if isinstance(row, CatalogueRow)]
    for row, is_there in zip(found, pages.are_found([row.article or "" for row in found]), strict=True):
        yield row if row.article is None or is_there else structs.replace(row, article=None, cluster=row.id)


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
