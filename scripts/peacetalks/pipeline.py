"""The build on one page: captures in, an article or a reason for each, then the corpus as a whole, then a release."""

import hashlib
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Executor
from pathlib import Path

import numpy as np
from msgspec import UNSET, UnsetType, json

from peacetalks._arrow import give_back
from peacetalks._heap import keep_no_large_blocks
from peacetalks.assemble.cases import count_set_aside, first_reasons, gold_cases
from peacetalks.assemble.clusters import cluster_pages
from peacetalks.assemble.corpus import Corpus, open_corpus, set_aside_copies, set_aside_off_topic
from peacetalks.assemble.parts import Parts
from peacetalks.assemble.placing import place_in_time, place_pages, published_days, take_down
from peacetalks.assemble.recurring import drop_recurring, find_recurring
from peacetalks.capture.inputs import InputFile
from peacetalks.curate.pages import join_pages
from peacetalks.curate.takedowns import read_takedowns, takedown_bytes
from peacetalks.engine.executors import SandboxExecutor
from peacetalks.engine.finish import Task, finish_shards
from peacetalks.engine.progress import Step, Tell
from peacetalks.engine.shards import code_digest
from peacetalks.engine.store import open_store
from peacetalks.errors import InputError
from peacetalks.record import Article, Gold, Segment
from peacetalks.registry.catalogue import load_catalogue, records_by_page
from peacetalks.registry.gazetteer import load_gazetteer
from peacetalks.registry.outlets import load_outlets
from peacetalks.release.history import known_assignments
from peacetalks.release.manifest import Annotators
from peacetalks.release.page import Page
from peacetalks.release.quality import Quality
from peacetalks.release.records import catalogue_tables
from peacetalks.release.tables import vocabulary_tables
from peacetalks.release.write import Built, Order, find_cut, write_release

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
    page: Page,
    writers: Executor | None = None,
    vocabularies: Path | None = None,
    passed: Counter[str] | None = None,
) -> Built:
    """Write the release of that version to `out` and return what it holds; nothing is written if anything fails.

    What a cut build finished is taken up again. `vocabularies` is the folder of another process's conferences.toml,
    actors.toml and topic.toml; `score` turns what the program made of the captures that have gold into the quality
    figures of the card; `passed` counts the records of crawls that hold no page, by kind. `page` is the explorer's.
    `executor` works on pages and `writers` on files, of a large corpus; where there is none it is done by this process.
    """
    task = Task(
        gold=gold,
        vocabularies=vocabularies,
        known=order.options.catalogue,
        drop_contacts=order.options.drop_contacts is True,
    )
    with open_store(out, code_digest()) as store:
        shards = finish_shards(files, store, executor, tell, task=task, passed=passed)
        give_back()  # what the reading of captures took
        keep_no_large_blocks()
        with open_corpus(shards, store) as corpus:
            return release_corpus(
                corpus,
                out,
                order,
                task=task,
                score=score,
                executor=executor,
                writers=writers,
                tell=tell,
                page=page,
            )


def release_corpus(
    corpus: Corpus,
    out: Path,
    order: Order,
    *,
    task: Task,
    score: Score,
    executor: Executor | None,
    tell: Tell,
    page: Page,
    writers: Executor | None = None,
) -> Built:
    """Write the release of a corpus that was just opened: the steps that it takes as a whole."""

    def step(name: str) -> None:
        give_back()
        tell(Step(name))

    set_aside_copies(corpus)
    step("stories")
    stories = cluster_pages(corpus)
    step("lines that outlets repeat")
    keys = find_recurring(corpus, stories)
    del stories  # some bytes a page, as what is let go of below
    drop_recurring(corpus, keys, executor, task)
    if isinstance(executor, SandboxExecutor):
        executor.rest()  # no page is worked on any more, and what writes the release can use the memory
    quality = score(gold_cases(corpus, task.gold))
    if not order.options.keep_off_topic:
        set_aside_off_topic(corpus)
    step("near-duplicates")
    clusters = cluster_pages(corpus)
    join_pages(clusters, corpus.address, corpus.kept)
    step("takedowns and splits")
    takedowns = read_takedowns(out / "takedowns.csv")
    gone = take_down(corpus, clusters, takedowns, frozenset(records_by_page(task.vocabularies)))
    if not corpus.kept.any():
        raise InputError(
            f"none of the {count_set_aside(corpus)} captures became an article, so there is nothing to release: "
            f"{first_reasons(corpus)}"
        )
    listed = {row.digest for row in takedowns}
    catalogue = [record for record in load_catalogue(task.vocabularies) if record.id not in listed]
    placed = place_pages(corpus, clusters, catalogue, known_assignments(out, order.version), order.version)
    del clusters
    give_back()
    cut = find_cut(out, order, published_days(corpus))
    place_in_time(corpus, placed, cut)
    step("writing the release")
    known = {
        **vocabulary_tables(load_gazetteer(task.vocabularies), load_outlets()),
        **catalogue_tables(catalogue, placed.article_of, placed.records, load_outlets()),
    }
    with_gold = np.flatnonzero(corpus.kept & corpus.gold)
    parts = Parts(corpus, placed, gone, known)
    return write_release(
        out,
        order,
        data=lambda folder: parts.write(folder, corpus.store.folder, writers),
        cut=cut,
        ledger=placed.ledger,
        leaks=placed.leaks,
        gold=gold_digest(task.gold),
        annotators=count_annotators([task.gold[name] for name in corpus.ids(with_gold)]),
        takedowns=hashlib.sha256(takedown_bytes(takedowns)).hexdigest() if takedowns else None,
        quality=quality,
        vocabularies=task.vocabularies,
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
