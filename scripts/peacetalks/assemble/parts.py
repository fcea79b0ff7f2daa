"""Turn a corpus into the parts of a release: its tables, split and sorted, a stretch of the ids at a time."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from peacetalks._ahead import made_ahead
from peacetalks._arrow import pa
from peacetalks.assemble.corpus import KEPT, Corpus, Numbers
from peacetalks.assemble.excluded import Details, excluded_rows, tombstones
from peacetalks.assemble.placing import Placed
from peacetalks.assemble.runs import Block, Runs
from peacetalks.curate.ids import id_names
from peacetalks.curate.ledger import SPLITS
from peacetalks.engine.finish import Finished
from peacetalks.engine.sections import read_section
from peacetalks.engine.tables import EXTRA
from peacetalks.record import Split
from peacetalks.release.batches import ID_COLUMNS
from peacetalks.release.schema import arrow_schema
from peacetalks.release.tables import Tables

_STRETCH = 8_000_000  # characters of the pages that are written at a time; their rows take some four times that
_SET_ASIDE = 32  # that a page which was set aside counts as
_SPLIT, _TEMPORAL = "split", "temporal"  # columns of a run that say where a row goes
_KEYS = {name: ID_COLUMNS[name] for name in ("articles", "mentions", "segments", "excluded")}


def release_parts(
    corpus: Corpus, placed: Placed, gone: Sequence[str], known: Tables, scratch: Path
) -> Iterator[Tables]:
    """Yield the parts of the release in the order of the ids; `known` are tables that stand in the first as they are.

    `gone` are the ids of what was taken down, `scratch` is a folder to work in.
    """
    kept = corpus.kept
    set_aside = len(corpus.id) - len(kept) + sum(sum(shard.facts.excluded.values()) for shard in corpus.shards)
    size = int(corpus.size[kept].sum()) + _SET_ASIDE * set_aside
    stretches = 1 << max(0, (size // _STRETCH).bit_length())
    runs = Runs(scratch, _KEYS, stretches if size > _STRETCH else 1)
    missing = pa.array(gone, pa.string())
    pages_of = dict(corpus.by_number(np.arange(len(corpus.id))))
    none = np.zeros(0, np.int64)
    details = Details(corpus, placed)
    blocks = (
        _block(corpus, placed, shard, pages_of.pop(number, none), details, missing)
        for number, shard in enumerate(corpus.shards)
    )
    for block in made_ahead(blocks):
        runs.add(block)
    runs.add({"excluded": tombstones(gone)})
    first: Mapping[str, Mapping[Split, pa.Table]] = known
    for block in runs.read():
        yield {**_split_up(block), **first}
        first = {}


def _block(corpus: Corpus, placed: Placed, shard: Finished, pages: Numbers, details: Details, gone: pa.Array) -> Block:
    articles = read_section(shard.path, shard.footer, "articles")
    kept = pages[corpus.fate[pages] == KEPT]
    rows = corpus.row[kept]
    counts = read_section(shard.path, shard.footer, "pages").select(["segments", "mentions"])
    chosen = articles.drop_columns(EXTRA).take(pa.array(rows))
    own = {
        "articles": _patched(chosen, placed, kept),
        **{
            name: read_section(shard.path, shard.footer, name).take(
                pa.array(_rows_of(counts[name].to_numpy().astype(np.int64), rows))
            )
            for name in ("segments", "mentions")
        },
    }
    for name in ("segments", "mentions"):
        splits = np.repeat(placed.split[kept], counts[name].to_numpy()[rows])
        own[name] = own[name].append_column(_SPLIT, pa.array(splits))
    return {**own, "excluded": excluded_rows(corpus, details, shard, pages, articles, gone)}


def _patched(articles: pa.Table, placed: Placed, pages: Numbers) -> pa.Table:
    """Return the articles with what is known of them by now: cluster and record, and where they go."""
    records = placed.record[pages]
    columns = {
        "cluster": id_names(placed.cluster[pages]),
        "record": pa.array(np.where(records == 0, None, id_names(records).to_numpy(zero_copy_only=False)), pa.string()),
    }
    for name, values in columns.items():
        at = articles.schema.get_field_index(name)
        articles = articles.set_column(at, articles.schema.field(at), values)
    return articles.append_column(_SPLIT, pa.array(placed.split[pages])).append_column(
        _TEMPORAL, pa.array(placed.temporal[pages])
    )


def _rows_of(counts: Numbers, owners: "np.ndarray[tuple[int], np.dtype[np.int32]]") -> Numbers:
    """Return the rows that belong to some owners, whose rows stand one after the other."""
    starts = np.cumsum(counts) - counts
    lengths = counts[owners]
    offsets = np.cumsum(lengths) - lengths
    found: Numbers = np.repeat(starts[owners] - offsets, lengths) + np.arange(int(lengths.sum()))
    return found


def _split_up(block: Block) -> dict[str, dict[Split, pa.Table]]:
    tables: dict[str, dict[Split, pa.Table]] = {name: {} for name in block}
    tables["temporal"] = {}
    for name in ("articles", "mentions", "segments"):
        schema = arrow_schema(name)
        bare = block[name].select(schema.names).cast(schema)
        for number, split in enumerate(SPLITS):
            tables[name][split] = _where(bare, block[name][_SPLIT], number)
            if name == "articles":
                tables["temporal"][split] = _where(bare, block[name][_TEMPORAL], number)
    by_source = [("id", "ascending"), ("source", "ascending")]
    tables["excluded"] = {"train": block["excluded"].sort_by(by_source)}
    return tables


def _where(table: pa.Table, column: pa.ChunkedArray, number: int) -> pa.Table:
    return table.take(pa.array(np.flatnonzero(column.to_numpy() == number)))
