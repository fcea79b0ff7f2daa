"""Write captures to disk in the forms that crawls come in, a shard at a time, each the same bytes whoever writes it."""

import base64
import gzip
import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Literal

from bench.pages import Made, make_html, make_text

Form = Literal["txt", "jsonl", "html", "warc"]
FORMS: tuple[Form, ...] = ("txt", "jsonl", "html", "warc")
SHARD: dict[Form, int] = {"txt": 1_000, "jsonl": 10_000, "html": 1_000, "warc": 2_000}  # pages of one file or folder
_LEVEL = 6
_CRAWLED = "2024-12-31T00:00:00Z"


def make_pages(form: Form, seed: int, start: int, stop: int) -> Iterator[Made]:
    """Yield the pages of these numbers, one at a time."""
    make = make_text if form in ("txt", "jsonl") else make_html
    return (make(seed, number) for number in range(start, stop))


def write_captures(folder: Path, form: Form, pages: int, *, seed: int, workers: int = 1) -> list[Path]:
    """Write so many pages to a folder, and return its shards: files, or folders of files, in the order of the pages.

    A shard that is there already is taken as it is: a run of a million shares its first shards with one of a thousand.
    """
    starts = range(0, pages, SHARD[form])
    work = partial(_write_shard, folder, form, seed, pages)
    folder.mkdir(parents=True, exist_ok=True)
    if workers == 1 or len(starts) == 1:
        return list(map(work, starts))
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        return list(pool.map(work, starts))


def _write_shard(folder: Path, form: Form, seed: int, pages: int, start: int) -> Path:
    stop = min(start + SHARD[form], pages)
    path = folder / f"{seed}-{start:08}-{stop:08}{_ENDINGS[form]}"
    part = path.with_suffix(".part")
    if not path.exists():
        _WRITERS[form](part, make_pages(form, seed, start, stop))
        part.replace(path)
    return path


def _write_files(path: Path, made: Iterator[Made], *, ending: str) -> None:
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir()
    for page in made:
        (path / f"{page.plan.number:08}{ending}").write_bytes(page.content.encode())


def _write_rows(path: Path, made: Iterator[Made]) -> None:
    with path.open("wb") as file, gzip.GzipFile("", "wb", _LEVEL, file, mtime=0) as packed:
        for page in made:
            row = {"id": f"{page.plan.number:08}", "url": page.url, "text": page.content}
            packed.write(json.dumps(row, ensure_ascii=False).encode() + b"\n")


def _write_records(path: Path, made: Iterator[Made]) -> None:
    """Write a crawl: each record in a gzip member of its own, as the standard asks."""
    with path.open("wb") as file:
        for page in made:
            body = page.content.encode()
            head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {len(body)}\r\n\r\n"
            file.write(gzip.compress(_record(page, head.encode() + body, body), _LEVEL, mtime=0))


def _record(page: Made, block: bytes, body: bytes) -> bytes:
    fields = {
        "WARC-Type": "response",
        "WARC-Record-ID": f"<urn:uuid:00000000-0000-4000-8000-{page.plan.number:012}>",
        "WARC-Date": _CRAWLED,
        "WARC-Target-URI": page.url,
        "WARC-Block-Digest": _digest(block),
        "WARC-Payload-Digest": _digest(body),
        "Content-Type": "application/http; msgtype=response",
        "Content-Length": str(len(block)),
    }
    header = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return b"WARC/1.0\r\n" + header.encode() + b"\r\n" + block + b"\r\n\r\n"


def _digest(data: bytes) -> str:
    return "sha1:" + base64.b32encode(hashlib.sha1(data).digest()).decode()  # noqa: S324  as crawlers do


_ENDINGS: dict[Form, str] = {"txt": "", "jsonl": ".jsonl.gz", "html": "", "warc": ".warc.gz"}
_WRITERS: dict[Form, Callable[[Path, Iterator[Made]], None]] = {
    "txt": partial(_write_files, ending=".txt"),
    "jsonl": _write_rows,
    "html": partial(_write_files, ending=".html"),
    "warc": _write_records,
}
