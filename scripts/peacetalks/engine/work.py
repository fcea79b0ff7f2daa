"""What a worker does with a shard: read its pages, annotate them, and hand back outcomes, or a shard as bytes."""

from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from functools import partial
from pathlib import Path

from peacetalks._collector import without_collector
from peacetalks.capture.inputs import InputFile
from peacetalks.capture.pages import RawPage, read_page
from peacetalks.clean.contacts import without_contacts
from peacetalks.engine.page import Page, process_captures
from peacetalks.engine.run import run
from peacetalks.engine.shards import cut_shards
from peacetalks.engine.tasks import PerPage, join_lists
from peacetalks.record import Capture, Excluded, Gold


def work_shard(
    pages: Sequence[RawPage | Excluded],
    gold: dict[str, Gold],
    vocabularies: Path | None,
    *,
    known: bool,
    drop_contacts: bool = False,
) -> list[bytes]:
    """Return the finished shard of the pages, one or many, as a list of one; the same bytes wherever it is made.

    Lists of parts of the pages, one after the other, are what `join_shards` makes a shard of.
    `vocabularies` is the folder of another process; with `known` the dates that the catalogue has of a page count,
    with `drop_contacts` e-mail addresses and telephone numbers are masked before anything else is done.
    """
    from peacetalks.engine.columns import encode_shard  # Arrow takes a quarter of a second, and `clean` needs none

    with without_collector():
        done = process_pages(pages, gold, vocabularies, known=known, drop_contacts=drop_contacts)
        return [encode_shard(done, gold)]


def process_pages(
    pages: Sequence[RawPage | Excluded],
    gold: dict[str, Gold],
    vocabularies: Path | None = None,
    *,
    known: bool = False,
    drop_contacts: bool = False,
) -> list[Page | Excluded]:
    """Return an outcome for each page, in order."""
    with without_collector():
        read = read_pages(pages)
        captures = [capture for capture in read if isinstance(capture, Capture)]
        captures = [*map(without_contacts, captures)] if drop_contacts else captures
        done = process_captures(captures, gold, vocabularies, known=known)
        return [item if isinstance(item, Excluded) else next(done) for item in read]


def read_pages(pages: Sequence[RawPage | Excluded]) -> list[Capture | Excluded]:
    """Return each page as a capture, or an Excluded with the reason why it is none."""
    return [page if isinstance(page, Excluded) else read_page(page) for page in pages]


def read_captures(
    files: Sequence[InputFile], passed: Counter[str] | None = None, *, executor: Executor | None = None
) -> Iterator[Capture | Excluded]:
    """Yield each page of each file, in order; without an executor all is read in this process."""
    for _, found in run(PerPage(read_pages, join_lists), cut_shards(files, passed), executor):
        yield from found


def process_files(
    files: list[InputFile],
    gold: dict[str, Gold],
    vocabularies: Path | None = None,
    passed: Counter[str] | None = None,
    *,
    known: bool = False,
    executor: Executor | None = None,
) -> Iterator[Page | Excluded]:
    """Yield an outcome for each capture of the files, in order; without an executor all is done in this process."""
    work = PerPage(partial(process_pages, gold=gold, vocabularies=vocabularies, known=known), join_lists)
    for _, found in run(work, cut_shards(files, passed), executor):
        yield from found
