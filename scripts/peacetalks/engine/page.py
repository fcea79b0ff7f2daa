"""Pages, each from its capture to an article with its audit, or to the reason why it is none."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from msgspec import Struct, to_builtins

from peacetalks.annotate.dates import Publication
from peacetalks.annotate.edtf import interval
from peacetalks.annotate.known_dates import with_record
from peacetalks.annotate.language import detect_language
from peacetalks.annotate.linking import Story, link_stories
from peacetalks.annotate.metadata import LabelledPage, Metadata, find_metadata
from peacetalks.capture.gold import check_gold
from peacetalks.clean.audit import audit, body_text, check_tiling
from peacetalks.clean.chrome import label_sheets
from peacetalks.clean.segments import tile_gold, tile_texts
from peacetalks.curate.topic import judge_topic
from peacetalks.record import Article, Capture, Excluded, Gold, Mention, PublishedBasis, Segment
from peacetalks.registry.addresses import find_page_id
from peacetalks.registry.catalogue import records_by_page
from peacetalks.registry.gazetteer import Gazetteer, load_gazetteer
from peacetalks.registry.outlets import load_outlets
from peacetalks.registry.topic import load_topic

AT_ONCE = 64  # pages that are annotated together: what is made of them on the way stays in a core's own memory
_TEXT_AT_ONCE = 500_000  # characters of them, after which no other is begun: those of a report are some thousands


class Page(Struct, frozen=True, kw_only=True):
    """A capture that became an article, with its audit and what was judged of its topic.

    `alone` is, where gold was taken, what the program would have made of it: it is scored, never published.
    """

    capture: Capture
    article: Article
    segments: list[Segment]
    on_topic: bool
    evidence: str
    alone: tuple[Article | None, list[Segment]] | None = None


def process_captures(
    captures: list[Capture], gold: dict[str, Gold], vocabularies: Path | None = None, *, known: bool = False
) -> Iterator[Page | Excluded]:
    """Yield an outcome for each capture: labelled, annotated and audited, or the reason why not."""
    tiled = tile_texts([capture.text for capture in captures])
    sheets = label_sheets(tiled, [capture.markup for capture in captures])
    outcomes = annotate_captures(captures, [sheet.segments() for sheet in sheets], vocabularies, known=known)
    for capture, found in zip(captures, outcomes, strict=True):
        entry = gold.get(capture.id)
        yield found if entry is None else _take_gold(capture, entry, found)


def page_row(page: Page) -> dict[str, object]:
    """Return what `clean` writes of a page: its article, the judgement of its topic, the names behind the ids."""
    outlets = load_outlets()
    names = {
        f"{field}_name": entry.name if (entry := outlets.get(name)) else None
        for field, name in (("outlet", page.article.outlet), ("agency", page.article.agency))
    }
    row: dict[str, object] = to_builtins(page.article)
    return {**row, "on_topic": page.on_topic, **names}


def annotate_captures(
    captures: Sequence[Capture], labelled: Sequence[list[Segment]], vocabularies: Path | None, *, known: bool
) -> list[Page | Excluded]:
    """Return the article that each capture's labelled segments make, or Excluded where they hold no body.

    AuditError for a fault.
    """
    bodies = [_Body.of(capture, segments) for capture, segments in zip(captures, labelled, strict=True)]
    spoken = sorted((detect_language(body.text), n) for n, body in enumerate(bodies) if body.text)
    pages: dict[int, Page] = {}
    for some in _few_at_once(spoken, bodies):
        languages, numbers = zip(*some, strict=True)
        made = _annotate([bodies[n] for n in numbers], languages, vocabularies, known=known)
        pages.update(zip(numbers, made, strict=True))
    return [pages[n] if body.text else body.excluded() for n, body in enumerate(bodies)]


class _Body(NamedTuple):
    """A capture with its labelled segments, and the title and the text that they hold."""

    capture: Capture
    segments: list[Segment]
    title: str | None
    text: str

    @classmethod
    def of(cls, capture: Capture, segments: list[Segment]) -> "_Body":
        check_tiling(capture.text, segments)
        text = body_text(segments)
        title = next((segment.clean for segment in segments if segment.label == "title"), None)
        return cls(capture, segments, title, text)

    def for_metadata(self, language: str) -> LabelledPage:
        capture = self.capture
        return LabelledPage(self.segments, language, capture.url, capture.captured, capture.facts)

    def excluded(self) -> Excluded:
        detail = f"{len(self.segments)} lines, none of them body"
        return Excluded(id=self.capture.id, source=self.capture.source, reason="no-body", detail=detail)


def _few_at_once(spoken: Sequence[tuple[str, int]], bodies: Sequence[_Body]) -> Iterator[list[tuple[str, int]]]:
    """Yield the languages and numbers of bodies, of so many or of so much text at once."""
    some: list[tuple[str, int]] = []
    size = 0
    for one in spoken:
        if len(some) == AT_ONCE or size > _TEXT_AT_ONCE:
            yield some
            some, size = [], 0
        some.append(one)
        size += len(bodies[one[1]].text)
    if some:
        yield some


def _annotate(
    bodies: Sequence[_Body], languages: Sequence[str], vocabularies: Path | None, *, known: bool
) -> Iterator[Page]:
    """Return the page of each body.

    A stage, and a step of one, goes through all of them before the next does, and those of one language stand together,
    so that code and tables stay at hand.
    """
    labelled_pages = [body.for_metadata(language) for body, language in zip(bodies, languages, strict=True)]
    gazetteer = load_gazetteer(vocabularies)
    metadata = find_metadata(labelled_pages, load_outlets(), gazetteer)
    records = records_by_page(vocabularies) if known else {}
    dates = [
        with_record(found.publication, records.get(find_page_id(body.capture.url) or "") if records else None)
        for body, found in zip(bodies, metadata, strict=True)
    ]
    mentions = _link_mentions(bodies, languages, [publication for publication, _ in dates], gazetteer)
    topic = load_topic(vocabularies)
    topics = [judge_topic(body.text, body.title, found, topic) for body, found in zip(bodies, mentions, strict=True)]
    return map(_make_page, bodies, languages, metadata, dates, mentions, topics)


def _link_mentions(
    bodies: Sequence[_Body], languages: Sequence[str], publications: Sequence[Publication], gazetteer: Gazetteer
) -> list[list[Mention]]:
    """Return the mentions of each text; those of a page without a date may have been linked in search of one."""
    stories = [
        Story(body.title, body.text, language, interval(publication.edtf))
        for body, language, publication in zip(bodies, languages, publications, strict=True)
        if publication.undated is None
    ]
    linked = iter(link_stories(stories, gazetteer))
    return [next(linked) if undated is None else undated for undated in (one.undated for one in publications)]


def _make_page(
    body: _Body,
    language: str,
    metadata: Metadata,
    date: tuple[Publication, PublishedBasis],
    mentions: list[Mention],
    judged: tuple[bool, str],
) -> Page:
    capture, segments, title, text = body
    source, (publication, basis) = metadata.source, date
    article = Article(
        id=capture.id,
        source=capture.source,
        url=capture.url,
        title=title,
        text=text,
        captions=[segment.clean for segment in segments if segment.label == "caption"],
        outlet=source.outlet,
        agency=source.agency,
        authors=metadata.authors,
        dateline=metadata.dateline,
        published=publication.published,
        published_edtf=publication.edtf,
        published_basis=basis,
        published_evidence=list(publication.evidence),
        language=language,
        conferences=sorted({mention.conference for mention in mentions if mention.conference}),
        mentions=mentions,
        cluster=capture.id,
        annotation="automatic",
        rights=_rights(source.outlet),
        words=_count_words(text),
    )
    on_topic, evidence = judged
    return Page(capture=capture, article=article, segments=segments, on_topic=on_topic, evidence=evidence)


def _count_words(text: str) -> int:
    """Return the words of a text of cleaned lines: between two of them stands one space, or one blank line."""
    return text.count(" ") + text.count("\n\n") + 1


def _take_gold(capture: Capture, gold: Gold, found: Page | Excluded) -> Page:
    segments = tile_gold(gold.segments)
    text = body_text(segments)
    check_gold(gold, capture, text)
    audit(capture.text, segments, text)
    article = Article(
        id=capture.id,
        source=capture.source,
        url=gold.url,
        title=gold.title,
        text=text,
        captions=gold.captions,
        outlet=gold.outlet,
        agency=gold.agency,
        authors=gold.authors,
        dateline=gold.dateline,
        published=gold.published,
        published_edtf=gold.published_edtf,
        published_basis=gold.published_basis,
        published_evidence=gold.published_evidence,
        language=gold.language,
        conferences=sorted({mention.conference for mention in gold.mentions if mention.conference}),
        mentions=gold.mentions,
        cluster=capture.id,
        annotation="gold",
        rights=_rights(gold.outlet),
        words=len(text.split()),
    )
    return Page(
        capture=capture,
        article=article,
        segments=segments,
        on_topic=gold.on_topic,
        evidence=f"judged by {gold.annotator}",
        alone=(None, []) if isinstance(found, Excluded) else (found.article, found.segments),
    )


def _rights(outlet: str | None) -> str:
    entry = load_outlets().get(outlet)
    return entry.rights if entry else "unknown"
