"""Write captures to disk in the forms that crawls come in, a shard at a time, each the same bytes whoever writes it."""

import base64
import gzip
import hashlib
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import BinaryIO, Literal

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


def write_captures(folder: Path, form: Form, pages: int, *, seed: int, workers: int = 1) -> int:
    """Write so many pages to a folder and return how many bytes they have before packing."""
    starts = range(0, pages, SHARD[form])
    work = partial(_write_shard, folder, form, seed, pages)
    folder.mkdir(parents=True, exist_ok=True)
    if workers == 1:
        return sum(map(work, starts))
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        return sum(pool.map(work, starts))


def _write_shard(folder: Path, form: Form, seed: int, pages: int, start: int) -> int:
    stop = min(start + SHARD[form], pages)
    name = f"{seed}-{start:08}-{stop:08}"
    made = make_pages(form, seed, start, stop)
    if form in ("txt", "html"):
        return _write_files(folder / name, form, made)
    if form == "jsonl":
        return _write_packed(folder / f"{name}.jsonl.gz", made, _write_rows)
    return _write_packed(folder / f"{name}.warc.gz", made, _write_records)


def _write_files(folder: Path, form: Form, made: Iterator[Made]) -> int:
    size = 0
    folder.mkdir(exist_ok=True)
    for page in made:
        data = page.content.encode()
        (folder / f"{page.plan.number:08}.{form}").write_bytes(data)
        size += len(data)
    return size


def _write_packed(path: Path, made: Iterator[Made], write: Callable[[BinaryIO, Iterator[Made]], int]) -> int:
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        size = write(file, made)
    part.replace(path)
    return size


def _write_rows(file: BinaryIO, made: Iterator[Made]) -> int:
    size = 0
    with closing(gzip.GzipFile(filename="", mode="wb", compresslevel=_LEVEL, fileobj=file, mtime=0)) as packed:
        for page in made:
            row = {"id": f"{page.plan.number:08}", "url": page.url, "text": page.content}
            packed.write(json.dumps(row, ensure_ascii=False).encode() + b"\n")
            size += len(page.content.encode())
    return size


def _write_records(file: BinaryIO, made: Iterator[Made]) -> int:
    """Write a crawl: each record in a gzip member of its own, as the standard asks."""
    size = 0
    for page in made:
        body = page.content.encode()
        block = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: %d\r\n\r\n" % len(body)
        file.write(gzip.compress(_record(page, block + body, body), _LEVEL, mtime=0))
        size += len(body)
    return size


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
