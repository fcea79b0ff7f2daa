"""The build on one page: captures in, an article or a reason for each, then the corpus as a whole, then a release."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from pathlib import Path
from urllib.parse import urlsplit

from msgspec import UNSET, UnsetType, json, structs

from peacetalks.capture.inputs import InputFile
from peacetalks.clean.recurrence import SitePage, find_recurring
from peacetalks.curate.ledger import Assignment
from peacetalks.curate.near_duplicates import cluster_texts
from peacetalks.curate.pages import join_pages
from peacetalks.curate.records import place_records
from peacetalks.curate.splits import Leak, Splits, assign_splits
from peacetalks.curate.takedowns import find_taken_down, read_takedowns, takedown_bytes
from peacetalks.engine.decode import read_outcomes
from peacetalks.engine.finish import Task, finish_shards
from peacetalks.engine.page import Page, annotate_capture
from peacetalks.engine.progress import Step, Tell
from peacetalks.engine.shards import code_digest
from peacetalks.engine.store import Store, open_store
from peacetalks.errors import InputError
from peacetalks.record import Article, Excluded, Gold, Segment
from peacetalks.registry.addresses import find_page_id
from peacetalks.registry.catalogue import Record, load_catalogue, records_by_page
from peacetalks.registry.gazetteer import load_gazetteer
from peacetalks.release import page as explorer_page
from peacetalks.release.history import known_assignments
from peacetalks.release.manifest import Annotators
from peacetalks.release.quality import Quality
from peacetalks.release.write import Built, Order, write_release

Passed = Counter[str]
Score = Callable[[list[tuple[Gold, Article | None, list[Segment]]]], Quality]


def build(
    files: list[InputFile],
    out: Path,
    order: Order,
    *,
    gold: dict[str, Gold],
    score: Score,
    executor: Executor | None,
    tell: Tell,
    page: explorer_page.Page,
    vocabularies: Path | None = None,
    passed: Passed | None = None,
) -> Built:
    """Write the release of that version to `out` and return what it holds; nothing is written if anything fails.

    `vocabularies` is the folder of another process's conferences.toml, actors.toml and topic.toml; `score` turns what
    the program made of the captures that have gold into the quality figures of the card; `passed` counts the records of
    crawls that hold no page, by kind. `page` is the explorer's.
    """
    task = Task(gold=gold, vocabularies=vocabularies, known=order.options.catalogue)
    with open_store(out, code_digest()) as store:
        return _build(files, out, order, store, executor, tell, score, page, task, passed)


def _build(
    files: list[InputFile],
    out: Path,
    order: Order,
    store: Store,
    executor: Executor | None,
    tell: Tell,
    score: Score,
    page: explorer_page.Page,
    task: Task,
    passed: Passed | None,
) -> Built:
    gold, vocabularies, known = task.gold, task.vocabularies, task.known
    shards = finish_shards(files, store, executor, tell, task=task, passed=passed)
    pages, excluded = _first_of_each(item for shard in shards for part in read_outcomes(shard) for item in part)
    tell(Step("lines that an outlet repeats"))
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
        annotators=count_annotators([gold[page.article.id] for page in pages if page.article.id in gold]),
        takedowns=hashlib.sha256(takedown_bytes(takedowns)).hexdigest() if takedowns else None,
        quality=quality,
        gazetteer=load_gazetteer(vocabularies),
        vocabularies=vocabularies,
        page=page,
    )


def gold_digest(gold: dict[str, Gold]) -> str | None:
    """Return the digest of the annotations that a build takes; None where there are none."""
    encoded = json.encode([gold[name] for name in sorted(gold)])
    return hashlib.sha256(encoded).hexdigest() if gold else None


def count_annotators(gold: list[Gold]) -> Annotators | UnsetType:
    """Return how many people the annotations are the work of; unset for one, or none."""
    readers = [[entry.annotator] if entry.annotators is UNSET else entry.annotators for entry in gold]
    people = {entry.annotator for entry in gold}.union(*readers)
    twice = sum(len(names) > 1 for names in readers)
    return Annotators(people=len(people), read_twice=twice) if len(people) > 1 else UNSET


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
        outcome = annotate_capture(page.capture, segments, vocabularies, known=known) if changed else page
        if isinstance(outcome, Excluded):
            excluded.append(outcome)
        else:
            kept.append(outcome)
    return kept, excluded


def _site(page: Page) -> str | None:
    return page.article.outlet or (urlsplit(page.article.url).hostname if page.article.url else None)


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
