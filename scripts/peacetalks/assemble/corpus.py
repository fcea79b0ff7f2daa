"""The corpus as it stands between its steps: a few bytes a page, numbers on disk, and all else in the shards."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from peacetalks.curate.column_files import ColumnFile, Mask
from peacetalks.curate.ids import id_names
from peacetalks.curate.splits import NO_DAY
from peacetalks.engine.finish import Finished, open_shard
from peacetalks.engine.sections import read_section
from peacetalks.engine.store import Store

Numbers = NDArray[np.int64]

# What became of a page: it is kept, or set aside for a reason.
KEPT, DUPLICATE, EMPTIED, OFF_TOPIC, TAKEN_DOWN, LEAK = range(6)


class Corpus(Struct, kw_only=True):
    """The pages that became articles, in the order of the input; steps change `fate` and where a page stands.

    `site` and `language` are places in `names`; `published` is the days since 1970; `address` is the id of the page's
    address, or 0. Of a duplicate `first` is the page that it is a copy of; `cluster` is the id of its cluster once
    that is known. `starts` are the first page of each shard of the input and the end of the last; `again` are the
    pages of the shards behind these, which were `moved` there. `set_aside` is how many captures of each shard did not
    become articles. `shards` are names in the `store`, `folder` is there to work in.
    """

    folder: Path
    store: Store
    shards: list[str]
    names: list[str]
    starts: list[int]
    again: list[Numbers]
    set_aside: list[int]
    moved: Mask
    on_topic: Mask
    gold: Mask
    fate: NDArray[np.uint8]
    id: ColumnFile
    address: ColumnFile
    site: ColumnFile
    language: ColumnFile
    published: ColumnFile
    size: ColumnFile
    first: ColumnFile
    cluster: ColumnFile

    def __len__(self) -> int:
        return len(self.fate)

    @property
    def kept(self) -> Mask:
        """Which pages are kept so far."""
        kept: Mask = self.fate == KEPT
        return kept

    def ids(self, pages: Numbers) -> list[str]:
        """Return the ids of pages, which are given in order, as they are written."""
        names: list[str] = id_names(self.id.take(pages)).to_pylist()
        return names

    def open(self, shard: str) -> Finished:
        """Return a shard by its name."""
        return open_shard(self.store.path(shard))

    def by_shard(self, chosen: Mask) -> Iterator[tuple[Finished, Numbers, Numbers]]:
        """Yield each shard that has some of the chosen pages with these, in their order there, and their rows in it."""
        for number, pages, rows in self.by_number(chosen):
            if len(pages):
                yield self.open(self.shards[number]), pages, rows

    def by_number(self, chosen: Mask) -> Iterator[tuple[int, Numbers, Numbers]]:
        """Yield the number of each shard with the chosen pages that it has, in their order there, and their rows."""
        for number, (start, end) in enumerate(pairwise(self.starts)):
            rows = np.flatnonzero(chosen[start:end] & ~self.moved[start:end])
            yield number, start + rows, rows
        for number, pages in enumerate(self.again, len(self.starts) - 1):
            rows = np.flatnonzero(chosen[pages])
            yield number, pages[rows], rows


@contextmanager
def open_corpus(shards: Sequence[str], store: Store) -> Iterator[Corpus]:
    """Yield the pages of finished shards of a store, by their names, all of them kept."""
    with TemporaryDirectory(prefix="corpus-", dir=store.folder) as place, ExitStack() as stack:
        folder = Path(place)

        def column(name: str, kind: type[np.generic], rows: int = 0) -> ColumnFile:
            return stack.enter_context(ColumnFile(folder / name, kind, rows))

        columns = {
            "id": column("id", np.uint64),
            "address": column("address", np.uint64),
            "site": column("site", np.int32),
            "language": column("language", np.int32),
            "published": column("published", np.int32),
            "size": column("size", np.uint32),
        }
        on_topic, gold = bytearray(), bytearray()
        places: dict[str, int] = {}
        starts, set_aside = [0], []
        for shard in (open_shard(store.path(name)) for name in shards):
            found = _read(shard, places)
            for name, file in columns.items():
                file.add(found[name])
            on_topic += found["on_topic"].tobytes()
            gold += found["gold"].tobytes()
            starts.append(starts[-1] + len(found["id"]))
            set_aside.append(sum(shard.facts.excluded.values()))
        pages = starts[-1]
        yield Corpus(
            id=columns["id"],
            address=columns["address"],
            site=columns["site"],
            language=columns["language"],
            published=columns["published"],
            size=columns["size"],
            first=column("first", np.uint32, pages),
            cluster=column("cluster", np.uint64, pages),
            on_topic=np.frombuffer(on_topic, np.bool_),
            gold=np.frombuffer(gold, np.bool_),
            folder=folder,
            store=store,
            shards=[*shards],
            names=list(places),
            starts=starts,
            again=[],
            set_aside=set_aside,
            moved=np.zeros(pages, np.bool_),
            fate=np.zeros(pages, np.uint8),
        )


def add_shard(corpus: Corpus, name: str, pages: Numbers) -> None:
    """Let pages stand in another shard from now on, by their ids; those that it has not as articles are emptied."""
    places = {name: place for place, name in enumerate(corpus.names)}
    shard = corpus.open(name)
    columns = _read(shard, places)
    corpus.names = list(places)
    place = {int(name): page for name, page in zip(corpus.id.take(pages).tolist(), pages.tolist(), strict=True)}
    found = np.array([place[name] for name in columns["id"].tolist()], np.int64)
    corpus.fate[np.setdiff1d(pages, found)] = EMPTIED
    corpus.shards.append(name)
    corpus.set_aside.append(sum(shard.facts.excluded.values()))
    corpus.again.append(found)
    corpus.moved[found] = True
    corpus.on_topic[found] = columns["on_topic"]
    for name in ("site", "language", "published", "size"):
        getattr(corpus, name).put(found, columns[name])


def set_aside_copies(corpus: Corpus) -> None:
    """Set aside the pages whose bytes came before: of each id the first is kept."""
    for pages, ids in corpus.id.by_hash():
        order = np.argsort(ids, kind="stable")
        starts = np.flatnonzero(np.concatenate([[True], ids[order][1:] != ids[order][:-1]]))[: len(ids)]
        first = np.empty_like(order)
        first[order] = np.repeat(order[starts], np.diff(np.append(starts, len(ids))))
        copies = first != np.arange(len(ids))
        corpus.fate[pages[copies]] = DUPLICATE
        corpus.first.put(pages[copies], pages[first[copies]])


def set_aside_off_topic(corpus: Corpus) -> None:
    """Set aside the kept pages that do not speak of the process."""
    corpus.fate[corpus.kept & ~corpus.on_topic] = OFF_TOPIC


def _read(shard: Finished, places: dict[str, int]) -> dict[str, NDArray[np.generic]]:
    pages = read_section(shard.path, shard.footer, "pages")

    def codes(name: str) -> NDArray[np.int32]:
        values = [None if v is None else places.setdefault(v, len(places)) for v in pages[name].to_pylist()]
        return np.array([-1 if value is None else value for value in values], np.int32)

    days = pages["published"].combine_chunks().view("int32").fill_null(int(NO_DAY)) if pages.num_rows else []
    return {
        "id": pages["id"].to_numpy(),
        "address": pages["page"].to_numpy(),
        "site": codes("site"),
        "language": codes("language"),
        "published": np.array(days, np.int32),
        "size": pages["size"].to_numpy(),
        "on_topic": pages["on_topic"].to_numpy(),
        "gold": pages["gold"].to_numpy(),
    }
