"""Take the lines out of a corpus that its outlets repeat; only pages that have some are annotated again, by workers."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Executor
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from msgspec import Struct

from peacetalks._arrow import pa
from peacetalks.assemble.corpus import Corpus, Numbers, add_shard
from peacetalks.clean.recurrence import Keys, Lines, Recurring, SitePage, find_recurring_keys
from peacetalks.curate.column_files import Mask, slices
from peacetalks.curate.shares import Clusters
from peacetalks.engine.columns import encode_shard
from peacetalks.engine.decode import read_pages
from peacetalks.engine.finish import Task
from peacetalks.engine.page import annotate_captures
from peacetalks.engine.run import run
from peacetalks.engine.sections import read_array, read_section
from peacetalks.engine.shards import Shard

_TOGETHER = 8  # shards whose pages are annotated again by one task, on average
_PAGES = 128  # and no more once there are so many of them


class Again(Struct, frozen=True, kw_only=True):
    """Pages of one shard that have recurring lines: their rows, packed, their sites, and the keys of these lines."""

    articles: bytes
    segments: bytes
    counts: list[int]
    sites: list[str]
    keys: list[int]


def find_recurring(corpus: Corpus, clusters: Clusters) -> Keys:
    """Return the keys of the lines that an outlet repeats.

    Copies of a story repeat all of its lines, so each story is counted once for a site: of the pages of each of the
    `clusters` the one of the smallest id.
    """
    stories = _stories(corpus, _sited(corpus), clusters)
    with TemporaryDirectory(prefix="lines-", dir=corpus.store.folder) as folder:
        return find_recurring_keys(_lines(corpus, stories), Path(folder))


def drop_recurring(corpus: Corpus, keys: Keys, executor: Executor | None, task: Task) -> None:
    """Annotate the pages again that have lines of these keys, but for gold; those of which nothing is left go."""
    if not len(keys):
        return
    made: list[tuple[str, Numbers]] = []

    def missing() -> Iterator[Shard[Again]]:
        for pages, again in _gathered(_affected(corpus, _sited(corpus) & ~corpus.gold, keys)):
            name = _name(again, task)
            made.append((name, pages))
            if corpus.store.find(name) is None:
                yield Shard(again, bytes=sum(len(one.segments) for one in again), name=name)

    for shard, parts in run(partial(work_again, task=task), missing(), executor):
        corpus.store.put(shard.name, parts[0])
    for name, pages in made:
        add_shard(corpus, name, pages)


def work_again(pages: Sequence[Again], task: Task) -> list[bytes]:
    """Return the finished shard of pages whose recurring lines are chrome now."""
    captures, labelled = [], []
    for again in pages:
        recurring = Recurring(frozenset(again.keys))
        rows = read_pages(_unpack(again.articles), _unpack(again.segments), again.counts)
        for (capture, segments), site in zip(rows, again.sites, strict=True):
            captures.append(capture)
            labelled.append(recurring.relabel(SitePage(site, segments)))
    return [encode_shard(annotate_captures(captures, labelled, task.vocabularies, known=task.known), {})]


def _sited(corpus: Corpus) -> Mask:
    """Return which kept pages are of a site that is known."""
    return corpus.kept & corpus.site.where(lambda block: block >= 0)


def _stories(corpus: Corpus, sited: Mask, clusters: Clusters) -> Mask:
    """Return which pages stand for their cluster on their site."""
    chosen = np.zeros(len(corpus), np.bool_)
    for some in slices(len(corpus)):
        pages = np.flatnonzero(sited & (clusters >= some.start) & (clusters < some.stop))
        sites, groups = corpus.site.take(pages), clusters[pages]
        order = np.lexsort((corpus.id.take(pages), groups, sites))
        sites, groups = sites[order], groups[order]
        first = np.concatenate([[True], (sites[1:] != sites[:-1]) | (groups[1:] != groups[:-1])])[: len(pages)]
        chosen[pages[order[first]]] = True
    return chosen


def _lines(corpus: Corpus, chosen: Mask) -> Iterator[Lines]:
    for shard, pages, rows in corpus.by_shard(chosen):
        counts = read_section(shard.path, shard.footer, "pages")["lines"].to_numpy().astype(np.int64)
        mask = np.zeros(len(counts), np.bool_)
        mask[rows] = True
        keys = read_array(shard.path, shard.footer, "lines")[np.repeat(mask, counts)]
        yield Lines(corpus.site.take(pages).astype(np.int64), counts[mask], keys)


def _affected(corpus: Corpus, chosen: Mask, keys: Keys) -> Iterator[tuple[Numbers, Again]]:
    for shard, own, places in corpus.by_shard(chosen):
        pages = read_section(shard.path, shard.footer, "pages")
        lines = read_array(shard.path, shard.footer, "lines")
        owners = np.repeat(np.arange(pages.num_rows), pages["lines"].to_numpy())
        recurs = np.isin(lines, keys)
        hit = np.isin(places, owners[recurs])
        if not hit.any():
            continue
        affected, rows = own[hit], places[hit]
        counts = pages["segments"].to_numpy().astype(np.int64)
        segments = np.flatnonzero(np.isin(np.repeat(np.arange(pages.num_rows), counts), rows))
        articles = read_section(shard.path, shard.footer, "articles").select(["id", "source", "capture"])
        yield (
            affected,
            Again(
                articles=_pack(articles.take(pa.array(rows))),
                segments=_pack(read_section(shard.path, shard.footer, "segments").take(pa.array(segments))),
                counts=counts[rows].tolist(),
                sites=[corpus.names[site] for site in corpus.site.take(affected).tolist()],
                keys=np.unique(lines[recurs & np.isin(owners, rows)]).tolist(),
            ),
        )


def _gathered(found: Iterable[tuple[Numbers, Again]]) -> Iterator[tuple[Numbers, list[Again]]]:
    """Yield pages of shards together: few of one have such lines, and a task with its file costs more than these.

    Where one ends is decided by what it holds, so that behind a shard that came or went they are the same again.
    """
    pages: list[Numbers] = []
    waiting: list[Again] = []
    for own, again in found:
        pages.append(own)
        waiting.append(again)
        ends = hashlib.sha256(again.articles).digest()[0] % _TOGETHER == 0
        if ends or sum(map(len, pages)) >= _PAGES:
            yield np.concatenate(pages), waiting
            pages, waiting = [], []
    if waiting:
        yield np.concatenate(pages), waiting


def _name(pages: Sequence[Again], task: Task) -> str:
    digest = hashlib.sha256(f"again {task.circumstances}\n".encode())
    for again in pages:
        digest.update(f"{again.counts}\n{again.sites}\n{again.keys}\n".encode())
        digest.update(hashlib.sha256(again.articles).digest())
        digest.update(hashlib.sha256(again.segments).digest())
    return digest.hexdigest()[:32]


def _pack(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    packed: bytes = sink.getvalue().to_pybytes()
    return packed


def _unpack(data: bytes) -> pa.Table:
    with pa.ipc.open_stream(data) as reader:
        return reader.read_all()
