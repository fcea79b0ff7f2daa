"""Find the near-duplicates of a corpus from the sketches in its shards."""

from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from peacetalks.assemble.corpus import Corpus
from peacetalks.curate.candidates import Numbers
from peacetalks.curate.column_files import ColumnFile, slices
from peacetalks.curate.near_duplicates import cluster_sketches
from peacetalks.curate.shingles import BANDS, Sketches
from peacetalks.curate.sketches import Shingled, SketchFiles
from peacetalks.engine.finish import Finished
from peacetalks.engine.sections import read_array, read_section


def cluster_pages(corpus: Corpus) -> Numbers:
    """Return for each page one that stands for its cluster; a page that is not kept stands for itself."""
    with TemporaryDirectory(prefix="sketches-", dir=corpus.folder) as place, ExitStack() as stack:
        folder = Path(place)
        sketched = stack.enter_context(SketchFiles(folder, len(corpus)))
        ids = stack.enter_context(ColumnFile(folder / "ids", np.uint64))
        pages_of = stack.enter_context(ColumnFile(folder / "pages", np.uint32))
        for shard, pages, rows in corpus.by_shard(corpus.kept):
            sketches = _read(shard)
            mask = np.zeros(len(sketches.words), np.bool_)
            mask[rows] = True
            sketched.add(sketches, Shingled(str(shard.path), shard.footer.sections["shingles"][0]), mask)
            ids.add(corpus.id.take(pages))
            pages_of.add(pages)
        roots = cluster_sketches(sketched, ids)
        pages = pages_of.read()
    clusters = np.arange(len(corpus), dtype=np.uint32)
    for some in slices(len(roots)):
        clusters[pages[some]] = pages[roots[some]]
    return clusters


def _read(shard: Finished) -> Sketches:
    pages = read_section(shard.path, shard.footer, "pages")
    return Sketches(
        words=pages["words"].to_numpy(),
        shingles=np.zeros(0, np.uint64),  # read one text at a time, where they stand
        shingle_counts=pages["shingles"].to_numpy().astype(np.int64),
        bands=read_array(shard.path, shard.footer, "bands").reshape(-1, BANDS),
        fingerprints=read_array(shard.path, shard.footer, "fingerprints"),
        fingerprint_counts=pages["fingerprints"].to_numpy().astype(np.int64),
    )
