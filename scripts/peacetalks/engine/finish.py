"""Finish every shard of the files: take up those that are there, run the others, and keep them on disk."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Executor
from functools import partial
from pathlib import Path

from msgspec import Struct

from peacetalks.capture.inputs import InputFile
from peacetalks.capture.packed import MISCUT
from peacetalks.engine.columns import Facts, gold_digests, join_shards
from peacetalks.engine.progress import Restart, ShardDone, Tell
from peacetalks.engine.run import run
from peacetalks.engine.sections import Footer, read_footer, read_section
from peacetalks.engine.shards import Named, Shard, cut_shards, digest_circumstances, name_shard
from peacetalks.engine.store import Store
from peacetalks.engine.tasks import PerPage, join_lists
from peacetalks.engine.work import work_shard
from peacetalks.record import Gold

# Reasons that another time, another machine or another way to read may not give.
_NOT_FINAL = frozenset({"timeout", "crashed", MISCUT})
_RESTARTS = 3  # for files that mislead; then no more are trusted


class Finished(Struct, frozen=True):
    """A finished shard on disk."""

    path: Path
    footer: Footer
    facts: Facts


class Task(Struct, frozen=True, kw_only=True):
    """What decides the outcome of a page besides the page and the code.

    `gold` are annotations by id, `vocabularies` is the folder of another process, and `known` says that the dates that
    the catalogue has of a page count as evidence. With `drop_contacts` contacts are masked.
    """

    gold: dict[str, Gold] = {}
    vocabularies: Path | None = None
    known: bool = False
    drop_contacts: bool = False

    @property
    def circumstances(self) -> str:
        """A digest of all that decides the outcome of a page besides the page and its gold."""
        return digest_circumstances(self.vocabularies, known=self.known, drop_contacts=self.drop_contacts)


def finish_shards(
    files: list[InputFile],
    store: Store,
    executor: Executor | None,
    tell: Tell,
    *,
    task: Task,
    passed: Counter[str] | None = None,
) -> list[str]:
    """Return the names of the finished shards, in order, whatever the executor and whatever was there before.

    This process reads, and the executor's parse what was read: files are as large as they like, and workers need
    neither the files nor the keys to a store. `passed` counts the records of crawls that hold no page, by kind.
    """
    counts: Counter[str] = Counter() if passed is None else passed
    before = counts.copy()
    at_once: frozenset[str] = frozenset()
    for _ in range(_RESTARTS):
        try:
            # Workers unpack the pages of crawls: one process that does it for all feeds no more than ten of them.
            return _finish(files, store, executor, tell, task, counts, at_once)
        except _MiscutError as error:
            at_once |= error.files
            counts.clear()
            counts.update(before)
            tell(Restart())
    return _finish(files, store, executor, tell, task, counts, None)


class _MiscutError(Exception):
    """A page that was left packed is none: no page behind it in these files can be trusted to be one."""

    def __init__(self, files: set[str]) -> None:
        super().__init__(files)
        self.files = files


def _finish(
    files: list[InputFile],
    store: Store,
    executor: Executor | None,
    tell: Tell,
    task: Task,
    passed: Counter[str],
    at_once: frozenset[str] | None,
) -> list[str]:
    names: list[str] = []

    def missing() -> Iterator[Shard[Named]]:
        for shard in cut_shards(files, passed, at_once=at_once):
            if not shard.pages and names:  # the end of the input, and no work
                continue
            shard.name = name_shard(shard.digests, task.circumstances)
            names.append(shard.name)
            there = _take_up(store, shard.name, task.gold)
            if there is None:
                yield shard
            else:
                tell(_told(there, shard, taken_up=True))

    work = PerPage(
        partial(
            work_shard,
            gold=task.gold,
            vocabularies=task.vocabularies,
            known=task.known,
            drop_contacts=task.drop_contacts,
        ),
        join_lists,
    )
    for shard, parts in run(work, missing(), executor):
        finished = open_shard(store.put(shard.name, join_shards(parts)))
        if MISCUT in finished.facts.excluded:
            raise _MiscutError(shard.files)
        tell(_told(finished, shard, taken_up=False))
    return names


def _take_up(store: Store, name: str, gold: dict[str, Gold]) -> Finished | None:
    path = store.find(name)
    if path is None:
        return None
    found, ids = open_shard(path), []
    if not _NOT_FINAL.isdisjoint(found.facts.excluded):
        return None
    for section in ("articles", "excluded") if gold else ():
        ids += read_section(path, found.footer, section)["id"].to_pylist()
    return found if gold_digests(ids, gold) == found.facts.gold else None


def open_shard(path: Path) -> Finished:
    """Return a finished shard that is whole."""
    footer, facts = read_footer(path, Facts)
    return Finished(path, footer, facts)


def _told(finished: Finished, shard: Shard[Named], *, taken_up: bool) -> ShardDone:
    facts = finished.facts
    return ShardDone(
        pages=facts.pages + sum(facts.excluded.values()),
        excluded=facts.excluded,
        off_topic=facts.pages - facts.on_topic,
        read=shard.read,
        taken_up=taken_up,
    )
