"""Do with another tool what peacetalks does with captures: `python run_peers.py TOOL FOLDER [MODEL]`, with peers.lock.

It prints one JSON object: pages, how many came out, CPU and wall seconds without start-up, and peak memory. Text goes
through the pipeline that datatrove's own filters make (ftfy, language, C4's quality rules); pages of HTML come from
WARC files, read by fastwarc, and one page in a process and thread at a time.
"""

import importlib.metadata
import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

LANGUAGES = ["en", "ar", "fr", "de", "es", "ru", "tr", "fa"]


def by_trafilatura() -> Callable[[str, str], bool]:
    """Return trafilatura as it comes, with its metadata."""
    import trafilatura

    return lambda html, url: bool(trafilatura.extract(html, url=url, with_metadata=True, output_format="json"))


def by_trafilatura_fast() -> Callable[[str, str], bool]:
    """Return trafilatura without its second opinions and without metadata."""
    import trafilatura

    return lambda html, url: bool(trafilatura.extract(html, url=url, fast=True))


def by_resiliparse() -> Callable[[str, str], bool]:
    """Return resiliparse's main content: text alone, no metadata."""
    from resiliparse.extract.html2text import extract_plain_text

    return lambda html, _: bool(extract_plain_text(html, main_content=True))


def by_newspaper() -> Callable[[str, str], bool]:
    """Return newspaper4k: text, title, authors and day."""
    import newspaper

    def extract(html: str, url: str) -> bool:
        article = newspaper.Article(url, fetch_images=False)
        article.download(input_html=html)
        article.parse()
        return bool(article.text)

    return extract


HTML = {
    "trafilatura": by_trafilatura,
    "trafilatura-fast": by_trafilatura_fast,
    "resiliparse": by_resiliparse,
    "newspaper4k": by_newspaper,
}


def run_html(tool: str, folder: Path) -> dict[str, float]:
    """Extract every page of the WARC files of a folder."""
    extract = HTML[tool]()
    for html, url in _read(folder):
        extract(html, url)  # what a tool loads on its first page is start-up
        break
    cpu, wall = time.process_time(), time.perf_counter()
    pages = kept = 0
    for html, url in _read(folder):
        pages += 1
        kept += extract(html, url)
    return {"pages": pages, "kept": kept, "cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall}


def _read(folder: Path) -> Iterator[tuple[str, str]]:
    from fastwarc.warc import ArchiveIterator, WarcRecordType

    for path in sorted(folder.glob("*.warc.gz")):
        with path.open("rb") as file:
            for record in ArchiveIterator(file, record_types=WarcRecordType.response):
                yield record.reader.read().decode("utf-8"), record.headers["WARC-Target-URI"]


def run_text(folder: Path, model: str) -> dict[str, float]:
    """Run datatrove's pipeline over the JSONL files of a folder, in one process."""
    from datatrove.executor import LocalPipelineExecutor
    from datatrove.pipeline.filters import C4QualityFilter, LanguageFilter
    from datatrove.pipeline.formatters import FTFYFormatter
    from datatrove.pipeline.readers import JsonlReader
    from datatrove.pipeline.writers import JsonlWriter
    from datatrove.utils.lid import FT176LID
    from fasttext.FastText import _FastText
    from loguru import logger

    class ShippedModel(FT176LID):
        """Its model in the compressed form that is here, so that nothing is downloaded."""

        @property
        def model(self) -> _FastText:
            if self._model is None:
                self._model = _FastText(model)
            return self._model

    logger.remove()
    language = LanguageFilter(LANGUAGES)
    language.model = ShippedModel(LANGUAGES)
    with tempfile.TemporaryDirectory() as out:
        pipeline = [
            JsonlReader(str(folder)),
            FTFYFormatter(),
            language,
            C4QualityFilter(),
            JsonlWriter(f"{out}/text"),
        ]
        executor = LocalPipelineExecutor(pipeline, tasks=1, workers=1, logging_dir=f"{out}/logs")
        cpu, wall = time.process_time(), time.perf_counter()
        stats = executor.run()
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    counts = [step.stats for step in stats.stats]
    return {"pages": counts[0]["documents"].total, "kept": counts[-1]["total"].total, "cpu": cpu, "wall": wall}


def main() -> None:
    """Run one tool over one folder."""
    tool, folder = sys.argv[1], Path(sys.argv[2])
    row = run_text(folder, sys.argv[3]) if tool == "datatrove" else run_html(tool, folder)
    version = importlib.metadata.version(tool.partition("-")[0])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10
    sys.stdout.write(json.dumps({"tool": tool, "version": version, **row, "peak": peak}) + "\n")


if __name__ == "__main__":
    main()
