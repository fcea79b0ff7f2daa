"""Find the near-duplicates of a corpus from the sketches in its shards."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from peacetalks.assemble.corpus import Corpus, Numbers
from peacetalks.curate.near_duplicates import cluster_sketches
from peacetalks.curate.shingles import BANDS, Sketches
from peacetalks.curate.sketches import Shingled, SketchFiles
from peacetalks.engine.finish import Finished
from peacetalks.engine.sections import read_array, read_section


def cluster_pages(corpus: Corpus, scratch: Path) -> Numbers:
    """Return for each kept page, in order, a page that stands for its cluster; `scratch` is a folder to work in."""
    kept = corpus.kept
    place = np.full(len(corpus.id), -1, np.int64)
    with _sketch_files(scratch) as files:
        rows: list[Numbers] = []
        for shard, pages in corpus.by_shard(kept):
            sketches = _read(shard)
            mask = np.zeros(len(sketches.words), np.bool_)
            mask[corpus.row[pages]] = True
            files.add(sketches, Shingled(shard.path, shard.footer.sections["shingles"][0]), mask)
            rows.append(pages)
        files.seal()
        order = np.concatenate([*rows, np.zeros(0, np.int64)])
        place[order] = order[cluster_sketches(files, corpus.id[order])] if len(order) else order
    return place[kept]


@contextmanager
def _sketch_files(scratch: Path) -> Iterator[SketchFiles]:
    with TemporaryDirectory(prefix="sketches-", dir=scratch) as folder:
        files = SketchFiles(Path(folder))
        try:
            yield files
        finally:
            files.close()


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
