"""The build on one page: captures in, an article or a reason for each, then the corpus as a whole, then a release."""

import hashlib
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from urllib.parse import urlsplit

from msgspec import Struct, json, structs, to_builtins

from peacetalks.annotate.edtf import interval
from peacetalks.annotate.known_dates import with_record
from peacetalks.annotate.language import detect_language
from peacetalks.annotate.linking import link_mentions
from peacetalks.annotate.metadata import find_metadata
from peacetalks.capture.gold import check_gold
from peacetalks.capture.inputs import InputFile, read_files
from peacetalks.capture.pages import RawPage, read_page, size_of
from peacetalks.clean.audit import audit, body_text
from peacetalks.clean.chrome import label_sheets
from peacetalks.clean.recurrence import SitePage, find_recurring
from peacetalks.clean.segments import tile_gold, tile_texts
from peacetalks.curate.ledger import Assignment
from peacetalks.curate.near_duplicates import cluster_texts
from peacetalks.curate.pages import join_pages
from peacetalks.curate.records import place_records
from peacetalks.curate.splits import Leak, Splits, assign_splits
from peacetalks.curate.takedowns import find_taken_down, read_takedowns, takedown_bytes
from peacetalks.curate.topic import judge_topic
from peacetalks.errors import InputError
from peacetalks.record import Article, Capture, Excluded, Gold, Segment
from peacetalks.registry.addresses import find_page_id
from peacetalks.registry.catalogue import Record, load_catalogue, records_by_page
from peacetalks.registry.gazetteer import load_gazetteer
from peacetalks.registry.outlets import load_outlets
from peacetalks.registry.topic import load_topic
from peacetalks.release import page as explorer_page
from peacetalks.release.history import known_assignments
from peacetalks.release.quality import Quality
from peacetalks.release.write import Built, Order, write_release

_SHARD = 64  # pages of one task
_SHARD_BYTES = 4_000_000  # and how many bytes they take at most, but for one page that is larger
_AHEAD = 32  # tasks that are under way or wait to be taken up
_AHEAD_BYTES = _AHEAD * _SHARD_BYTES  # and what their pages take, but for one that is larger

Progress = Callable[[int], None]
Passed = Counter[str]
Score = Callable[[list[tuple[Gold, Article | None, list[Segment]]]], Quality]


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


def build(
    files: list[InputFile],
    out: Path,
    order: Order,
    *,
    gold: dict[str, Gold],
    score: Score,
    executor: Executor | None,
    progress: Progress,
    page: explorer_page.Page,
    vocabularies: Path | None = None,
    passed: Passed | None = None,
) -> Built:
    """Write the release of that version to `out` and return what it holds; nothing is written if anything fails.

    `vocabularies` is the folder of another process's conferences.toml, actors.toml and topic.toml; `score` turns what
    the program made of the captures that have gold into the quality figures of the card; `passed` counts the records of
    crawls that hold no page, by kind. `page` is the explorer's.
    """
    known = order.options.catalogue
    pages, excluded = _first_of_each(process_files(files, gold, executor, progress, vocabularies, passed, known=known))
    pages, emptied = _drop_recurring(pages, vocabularies, known=known)
    excluded += emptied
    quality = score([(gold[page.article.id], *page.alone) for page in pages if page.alone])
    if not order.options.keep_off_topic:
        excluded += [_off_topic(page) for page in pages if not page.on_topic]
        pages = [page for page in pages if page.on_topic]
    clusters = cluster_texts(((page.article.id, page.article.text) for page in pages), executor)
    clusters = join_pages(clusters, _page_ids(pages))
    takedowns = read_takedowns(out / "takedowns.csv")
    taken = find_taken_down(((page.article.id, page.article.text) for page in pages), clusters, takedowns)
    listed = {row.digest for row in takedowns}
    named = {row.digest for row in takedowns if row.kind == "article"}  # their tombstones stay when the capture is gone
    taken |= named - records_by_page(vocabularies).keys()
    taken |= {article for article, page in _page_ids(pages).items() if page in listed}
    excluded = [row for row in excluded if row.id not in taken] + [_tombstone(name) for name in sorted(taken)]
    pages = [page for page in pages if page.article.id not in taken]
    clusters = [kept for members in clusters if (kept := [name for name in members if name not in taken])]
    if not pages:
        reasons = "; ".join(f"{row.source}: {row.reason}, {row.detail}" for row in excluded[:5])
        raise InputError(
            f"none of the {len(excluded)} captures became an article, so there is nothing to release: {reasons}"
        )
    ledger = known_assignments(out, order.version)
    catalogue = [record for record in load_catalogue(vocabularies) if record.id not in listed]
    splits, records, record_of = _place(pages, clusters, catalogue, ledger, order.version)
    excluded += [_withheld(page, splits.leaks) for page in pages if page.article.id not in splits.split_of]
    return write_release(
        out,
        order,
        articles=[_placed(page.article, splits, record_of) for page in pages if page.article.id in splits.split_of],
        segments={page.article.id: page.segments for page in pages},
        excluded=excluded,
        splits=splits,
        catalogue=catalogue,
        records=records,
        gold=gold_digest(gold),
        takedowns=hashlib.sha256(takedown_bytes(takedowns)).hexdigest() if takedowns else None,
        quality=quality,
        gazetteer=load_gazetteer(vocabularies),
        vocabularies=vocabularies,
        page=page,
    )


def process_files(
    files: list[InputFile],
    gold: dict[str, Gold],
    executor: Executor | None,
    progress: Progress,
    vocabularies: Path | None = None,
    passed: Passed | None = None,
    *,
    known: bool = False,
) -> Iterator[Page | Excluded]:
    """Yield an outcome for each capture of the files, in order, whatever the executor.

    This process reads, and the executor's parse what was read: files are as large as they like, and workers need
    neither the files nor the keys to a store. `progress` is told of each file that is done; with `known` the dates
    that the catalogue has of a page count as evidence.
    """
    work = partial(_process_shard, gold=gold, vocabularies=vocabularies, known=known)
    for shard, outcomes in _in_order(work, _cut(files, passed), executor):
        yield from outcomes
        if shard.ended:
            progress(shard.ended)


def process_captures(
    captures: list[Capture], gold: dict[str, Gold], vocabularies: Path | None = None, *, known: bool = False
) -> Iterator[Page | Excluded]:
    """Yield an outcome for each capture: labelled, annotated and audited, or the reason why not."""
    tiled = tile_texts([capture.text for capture in captures])
    labelled = label_sheets(tiled, [capture.markup for capture in captures])
    for capture, sheet in zip(captures, labelled, strict=True):
        entry = gold.get(capture.id)
        found = _annotate(capture, sheet.segments(), vocabularies, known=known)
        yield found if entry is None else _take_gold(capture, entry, found)


def gold_digest(gold: dict[str, Gold]) -> str | None:
    """Return the digest of the annotations that a build takes; None where there are none."""
    encoded = json.encode([gold[name] for name in sorted(gold)])
    return hashlib.sha256(encoded).hexdigest() if gold else None


def page_row(page: Page) -> dict[str, object]:
    """Return what `clean` writes of a page: its article, the judgement of its topic, the names behind the ids."""
    outlets = load_outlets()
    names = {
        f"{field}_name": entry.name if (entry := outlets.get(name)) else None
        for field, name in (("outlet", page.article.outlet), ("agency", page.article.agency))
    }
    row: dict[str, object] = to_builtins(page.article)
    return {**row, "on_topic": page.on_topic, **names}


@contextmanager
def make_executor(engine: str, workers: int, scheduler: str | None) -> Iterator[Executor | None]:
    """Yield what runs the shards: None for this process, a spawn pool, or a Dask cluster's executor."""
    if engine == "dask":
        try:
            from distributed import Client
        except ModuleNotFoundError:
            raise InputError("--engine dask needs the extra: pip install 'peacetalks[dask]'") from None
        local = {"n_workers": workers, "threads_per_worker": 1, "dashboard_address": None}
        with Client(scheduler) if scheduler else Client(**local) as client:
            yield client.get_executor()
    elif workers == 1:
        yield None
    else:
        with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
            yield pool


class _Shard(Struct):
    """The pages of one task, and how many files end with it."""

    pages: list[RawPage | Excluded]
    bytes: int = 0
    ended: int = 0


def _cut(files: list[InputFile], passed: Passed | None) -> Iterator[_Shard]:
    shard = _Shard([])
    for _, pages in read_files(files, passed):
        for page in pages:
            size = 0 if isinstance(page, Excluded) else size_of(page)
            if len(shard.pages) == _SHARD or (shard.pages and shard.bytes + size > _SHARD_BYTES):
                yield shard
                shard = _Shard([])
            shard.pages.append(page)
            shard.bytes += size
        shard.ended += 1
    yield shard


def _in_order(
    work: Callable[[Sequence[RawPage | Excluded]], list[Page | Excluded]],
    shards: Iterator[_Shard],
    executor: Executor | None,
) -> Iterator[tuple[_Shard, list[Page | Excluded]]]:
    """Yield each shard with what came of it, and read no further ahead than is needed to keep the workers busy."""
    if executor is None:
        yield from ((shard, work(shard.pages)) for shard in shards)
        return
    waiting: deque[tuple[_Shard, Future[list[Page | Excluded]]]] = deque()
    size = 0
    try:
        for shard in shards:
            waiting.append((shard, executor.submit(work, shard.pages)))
            size += shard.bytes
            shard.pages = []
            while len(waiting) == _AHEAD or size > _AHEAD_BYTES:
                done, future = waiting.popleft()
                size -= done.bytes
                yield done, future.result()
        while waiting:
            done, future = waiting.popleft()
            yield done, future.result()
    finally:
        for _, future in waiting:
            future.cancel()


def _process_shard(
    pages: Iterable[RawPage | Excluded], gold: dict[str, Gold], vocabularies: Path | None, *, known: bool
) -> list[Page | Excluded]:
    read = [page if isinstance(page, Excluded) else read_page(page) for page in pages]
    captures = [capture for capture in read if isinstance(capture, Capture)]
    done = process_captures(captures, gold, vocabularies, known=known)
    return [item if isinstance(item, Excluded) else _without_markup(next(done)) for item in read]


def _without_markup(outcome: Page | Excluded) -> Page | Excluded:
    """Return a page without what only the labels needed: the pages of a whole corpus are held at once."""
    if isinstance(outcome, Excluded) or outcome.capture.markup is None:
        return outcome
    return structs.replace(outcome, capture=structs.replace(outcome.capture, markup=None))


def _annotate(capture: Capture, segments: list[Segment], vocabularies: Path | None, *, known: bool) -> Page | Excluded:
    text = body_text(segments)
    audit(capture.text, segments, text)
    if not text:
        return Excluded(
            id=capture.id, source=capture.source, reason="no-body", detail=f"{len(segments)} lines, none of them body"
        )
    gazetteer, outlets = load_gazetteer(vocabularies), load_outlets()
    language = detect_language(text)
    metadata = find_metadata(
        segments,
        outlets,
        gazetteer,
        language=language,
        url=capture.url,
        captured=capture.captured,
        facts=capture.facts,
    )
    source = metadata.source
    record = records_by_page(vocabularies).get(find_page_id(capture.url) or "") if known else None
    publication, basis = with_record(metadata.publication, record)
    title = next((segment.clean for segment in segments if segment.label == "title"), None)
    mentions = publication.undated
    if mentions is None:
        days = interval(publication.edtf)
        mentions = link_mentions(title, text, language=language, published=days, gazetteer=gazetteer)
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
        words=len(text.split()),
    )
    on_topic, evidence = judge_topic(text, title, mentions, load_topic(vocabularies))
    return Page(capture=capture, article=article, segments=segments, on_topic=on_topic, evidence=evidence)


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


def _drop_recurring(pages: list[Page], vocabularies: Path | None, *, known: bool) -> tuple[list[Page], list[Excluded]]:
    """Return the pages without the lines that their outlets repeat, and those of which nothing is left.

    Copies of a story repeat all of its lines, so each story is counted once for a site. Gold stays as it is.
    """
    page_of = {page.article.id: page for page in pages}
    stories: dict[tuple[str, str], SitePage] = {}
    for members in cluster_texts((page.article.id, page.article.text) for page in pages):
        for page in (page_of[member] for member in members):
            if site := _site(page):
                stories.setdefault((site, members[0]), SitePage(site, page.segments))
    recurring = find_recurring(list(stories.values()))
    kept: list[Page] = []
    excluded: list[Excluded] = []
    for page in pages:
        site = _site(page)
        segments = recurring.relabel(SitePage(site, page.segments)) if site else page.segments
        changed = segments != page.segments and page.article.annotation != "gold"
        outcome = _annotate(page.capture, segments, vocabularies, known=known) if changed else page
        if isinstance(outcome, Excluded):
            excluded.append(outcome)
        else:
            kept.append(outcome)
    return kept, excluded


def _site(page: Page) -> str | None:
    return page.article.outlet or (urlsplit(page.article.url).hostname if page.article.url else None)


def _rights(outlet: str | None) -> str:
    entry = load_outlets().get(outlet)
    return entry.rights if entry else "unknown"


def _off_topic(page: Page) -> Excluded:
    return Excluded(id=page.article.id, source=page.article.source, reason="off-topic", detail=page.evidence)


def _tombstone(article: str) -> Excluded:
    return Excluded(id=article, source="-", reason="taken-down", detail="taken down on request, with its copies")


def _withheld(page: Page, leaks: list[Leak]) -> Excluded:
    leak = next(leak for leak in leaks if page.article.id in leak.withheld)
    detail = f"a copy of articles in {leak.kept}, as cluster {leak.cluster} has grown"
    return Excluded(id=page.article.id, source=page.article.source, reason="split-leak", detail=detail)


def _page_ids(pages: list[Page]) -> dict[str, str]:
    found = {page.article.id: find_page_id(page.article.url) for page in pages}
    return {article: name for article, name in found.items() if name is not None}


def _place(
    pages: list[Page], clusters: list[list[str]], catalogue: list[Record], ledger: list[Assignment], version: str
) -> tuple[Splits, Splits, dict[str, str]]:
    """Return how articles and how records are placed, and the record of each article that has one."""
    known = {record.id for record in catalogue}
    record_of = {article: name for article, name in _page_ids(pages).items() if name in known}
    strata = {page.article.id: _stratum(page.article) for page in pages}
    splits = assign_splits(clusters, strata, ledger, version, record_of)
    of_records = {r.id: (r.days[0].year if r.days else None, r.language) for r in catalogue}
    article_of = {record: article for article, record in sorted(record_of.items(), reverse=True)}
    records = place_records(of_records, article_of, splits, version)
    return splits, records, {article: name for article, name in record_of.items() if name in records.split_of}


def _placed(article: Article, splits: Splits, record_of: dict[str, str]) -> Article:
    return structs.replace(article, cluster=splits.cluster_of[article.id], record=record_of.get(article.id))


def _stratum(article: Article) -> tuple[int | None, str]:
    return article.published.year if article.published else None, article.language


def _first_of_each(outcomes: Iterable[Page | Excluded]) -> tuple[list[Page], list[Excluded]]:
    pages: dict[str, Page] = {}
    excluded: list[Excluded] = []
    for outcome in outcomes:
        if isinstance(outcome, Excluded):
            excluded.append(outcome)
        elif outcome.article.id in pages:
            kept = pages[outcome.article.id].article.source
            detail = f"the same bytes as {kept}"
            row = Excluded(
                id=outcome.article.id, source=outcome.article.source, reason="duplicate-capture", detail=detail
            )
            excluded.append(row)
        else:
            pages[outcome.article.id] = outcome
    return list(pages.values()), excluded
