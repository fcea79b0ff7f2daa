"""The corpus as it stands between its steps: a few numbers a page; everything else stays in the shards."""

from collections.abc import Iterator, Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from peacetalks.curate.ids import Ids, id_name, id_names
from peacetalks.curate.splits import NO_DAY
from peacetalks.engine.finish import Finished
from peacetalks.engine.sections import read_section

Numbers = NDArray[np.int64]

# What became of a page: it is kept, or set aside for a reason.
KEPT, DUPLICATE, EMPTIED, OFF_TOPIC, TAKEN_DOWN, LEAK = range(6)


class Corpus(Struct, kw_only=True):
    """The pages that became articles, in the order of the input; steps change `fate` and where a page stands.

    `shard` and `row` say where a page stands, `first` of a duplicate which page it is a copy of. `site` and `language`
    are places in `names`; `published` is the days since 1970; `address` is the id of the page's address, or 0.
    """

    shards: list[Finished]
    names: list[str]
    id: Ids
    address: Ids
    shard: NDArray[np.int32]
    row: NDArray[np.int32]
    site: NDArray[np.int32]
    language: NDArray[np.int32]
    published: NDArray[np.int32]
    size: NDArray[np.uint32]
    on_topic: NDArray[np.bool_]
    gold: NDArray[np.bool_]
    fate: NDArray[np.uint8]
    first: NDArray[np.int32]

    @property
    def kept(self) -> Numbers:
        """The pages that are kept so far, in order."""
        return np.flatnonzero(self.fate == KEPT)

    def name(self, page: int) -> str:
        """Return the id of a page as it is written."""
        return id_name(int(self.id[page]))

    def ids(self, pages: Numbers) -> list[str]:
        """Return the ids of pages as they are written."""
        names: list[str] = id_names(self.id[pages]).to_pylist()
        return names

    def by_shard(self, pages: Numbers) -> Iterator[tuple[Finished, Numbers]]:
        """Yield each shard that has some of these pages with them, in the order that they stand there."""
        yield from ((self.shards[number], found) for number, found in self.by_number(pages))

    def by_number(self, pages: Numbers) -> Iterator[tuple[int, Numbers]]:
        """Yield the number of each shard that has some of these pages with them, in the order that they stand there."""
        ordered = pages[np.lexsort((self.row[pages], self.shard[pages]))]
        numbers, starts = np.unique(self.shard[ordered], return_index=True)
        if len(ordered):
            yield from zip(numbers.tolist(), np.split(ordered, starts[1:]), strict=True)


def read_corpus(shards: Sequence[Finished]) -> Corpus:
    """Return the pages of finished shards, all of them kept."""
    places: dict[str, int] = {}
    parts = [_read(shard, number, places) for number, shard in enumerate(shards)]
    columns = {name: np.concatenate([part.pop(name) for part in parts]) for name in [*parts[0]]}
    pages = len(columns["id"])
    return Corpus(
        **columns,
        shards=[*shards],
        names=list(places),
        fate=np.zeros(pages, np.uint8),
        first=np.full(pages, -1, np.int32),
    )


def add_shard(corpus: Corpus, shard: Finished, pages: Numbers) -> None:
    """Let pages stand in another shard from now on, by their ids; those that it has not as articles are emptied."""
    places = {name: place for place, name in enumerate(corpus.names)}
    columns = _read(shard, len(corpus.shards), places)
    corpus.names = list(places)
    corpus.shards.append(shard)
    place = {int(name): page for name, page in zip(corpus.id[pages].tolist(), pages.tolist(), strict=True)}
    found = np.array([place[name] for name in columns["id"].tolist()], np.int64)
    corpus.fate[np.setdiff1d(pages, found)] = EMPTIED
    for name in ("shard", "row", "site", "language", "published", "size", "on_topic"):
        getattr(corpus, name)[found] = columns[name]


def set_aside_copies(corpus: Corpus) -> None:
    """Set aside the pages whose bytes came before: of each id the first is kept."""
    order = np.argsort(corpus.id, kind="stable")
    ids = corpus.id[order]
    starts = np.flatnonzero(np.concatenate([[True], ids[1:] != ids[:-1]]))[: len(ids)]
    first = np.repeat(order[starts], np.diff(np.append(starts, len(ids))))
    copies = order != first
    corpus.fate[order[copies]] = DUPLICATE
    corpus.first[order[copies]] = first[copies]


def set_aside_off_topic(corpus: Corpus) -> None:
    """Set aside the kept pages that do not speak of the process."""
    corpus.fate[(corpus.fate == KEPT) & ~corpus.on_topic] = OFF_TOPIC


def _read(shard: Finished, number: int, places: dict[str, int]) -> dict[str, NDArray[np.generic]]:
    pages = read_section(shard.path, shard.footer, "pages")

    def codes(name: str) -> NDArray[np.int32]:
        values = [None if v is None else places.setdefault(v, len(places)) for v in pages[name].to_pylist()]
        return np.array([-1 if value is None else value for value in values], np.int32)

    days = pages["published"].combine_chunks().view("int32").fill_null(int(NO_DAY)) if pages.num_rows else []
    found = {
        "id": pages["id"].to_numpy(),
        "address": pages["page"].to_numpy(),
        "shard": np.full(pages.num_rows, number, np.int32),
        "row": np.arange(pages.num_rows, dtype=np.int32),
        "site": codes("site"),
        "language": codes("language"),
        "published": np.array(days, np.int32),
        "size": pages["size"].to_numpy(),
        "on_topic": pages["on_topic"].to_numpy(),
        "gold": pages["gold"].to_numpy(),
    }
    return {name: column.copy() for name, column in found.items()}  # a view would keep the whole of the section
