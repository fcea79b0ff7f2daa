"""Write crawls as crawlers do: WARC and WET files from pages, packed or plain, sound or damaged."""

import base64
import gzip
import hashlib
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from hypothesis import strategies as st

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

ROOT = Path(__file__).parent
_CHECKED = {zstd.CompressionParameter.checksum_flag: 1}
DATE = "2018-02-01T10:11:12Z"


class CrawlPage(NamedTuple):
    name: str
    url: str
    charset: str
    html: bytes


def crawl_pages() -> list[CrawlPage]:
    """Return the pages of tests/cases/crawl-pages.jsonl, each in its own encoding."""
    lines = (ROOT / "cases" / "crawl-pages.jsonl").read_text("utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    return [CrawlPage(row["id"], row["url"], row["charset"], _page(row).encode(row["charset"])) for row in rows]


def _page(row: dict[str, str]) -> str:
    menu = "".join(f"<li><a href='/{word}'>{word}</a></li>" for word in row["menu"].split())
    body = "\n".join(f"<p>{paragraph}</p>" for paragraph in row["body"].split("\n"))
    return (
        f'<!DOCTYPE html>\n<html lang="{row["language"]}"><head><meta charset="{row["charset"]}">'
        f"<title>{row['title']}</title></head>\n<body><nav><ul>{menu}</ul></nav>\n"
        f"<article><h1>{row['title']}</h1>\n<p class='date'>{row['date']}</p>\n{body}\n</article>\n"
        f"<footer><p>{row['footer']}</p></footer></body></html>\n"
    )


def digest(data: bytes) -> str:
    return "sha1:" + base64.b32encode(hashlib.sha1(data).digest()).decode()  # noqa: S324  as crawlers do


def record(kind: str, block: bytes, fields: dict[str, str] | None = None, *, number: int = 0) -> bytes:
    """Return one record; a field given as an empty string is left out."""
    known = {
        "WARC-Type": kind,
        "WARC-Record-ID": f"<urn:uuid:00000000-0000-4000-8000-{number:012}>",
        "WARC-Date": DATE,
        "WARC-Block-Digest": digest(block),
        "Content-Length": str(len(block)),
        **(fields or {}),
    }
    header = "".join(f"{name}: {value}\r\n" for name, value in known.items() if value)
    return b"WARC/1.0\r\n" + header.encode() + b"\r\n" + block + b"\r\n\r\n"


def http(body: bytes, headers: dict[str, str] | None = None, status: str = "200 OK") -> bytes:
    lines = "".join(f"{name}: {value}\r\n" for name, value in (headers or {}).items())
    return f"HTTP/1.1 {status}\r\n{lines}\r\n".encode() + body


def response(page: CrawlPage, number: int, headers: dict[str, str] | None = None, body: bytes | None = None) -> bytes:
    stated = {"Content-Type": f"text/html; charset={page.charset}", **(headers or {})}
    block = http(page.html if body is None else body, stated)
    target = {"WARC-Target-URI": page.url, "Content-Type": "application/http; msgtype=response"}
    return record("response", block, target, number=number)


def crawl(pages: Iterable[CrawlPage]) -> list[bytes]:
    """Return the records of a crawl: for each page its request, its response and what the crawler noted."""
    found = [record("warcinfo", b"software: a test\r\n", {"Content-Type": "application/warc-fields"}, number=999)]
    for number, page in enumerate(pages):
        found.append(record("request", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", number=1000 + number))
        found.append(response(page, number))
        found.append(record("metadata", b"fetchTimeMs: 12\r\n", number=2000 + number))
    return found


def pack(records: list[bytes], coding: str) -> bytes:
    """Return the file of the records, each compressed on its own as the standards ask."""
    if coding == "gzip":
        return b"".join(gzip.compress(one, mtime=0) for one in records)
    if coding == "zstd":
        return b"".join(zstd.compress(one, options=_CHECKED) for one in records)
    return b"".join(records)


class Damage(NamedTuple):
    """What was done to the bytes from start to stop, and what became of all."""

    kind: str
    start: int
    stop: int
    data: bytes


def draw_damage(draw: st.DataObject, sound: bytes, longest: int) -> Damage:
    """Flip a bit, or cut, drop, double or overwrite up to so many bytes, wherever a property wants it."""
    raw = bytearray(sound)
    kind = draw.draw(st.sampled_from(["flip", "cut", "drop", "double", "noise"]))
    start = draw.draw(st.integers(0, len(raw) - 1))
    stop = draw.draw(st.integers(start, min(len(raw), start + longest)))
    if kind == "flip":
        raw[start] ^= 1 << draw.draw(st.integers(0, 7))
    elif kind == "cut":
        del raw[start:]
    elif kind == "drop":
        del raw[start:stop]
    elif kind == "double":
        raw[start:start] = raw[start:stop]
    else:
        raw[start:stop] = draw.draw(st.binary(min_size=stop - start, max_size=stop - start))
    return Damage(kind, start, stop, bytes(raw))
