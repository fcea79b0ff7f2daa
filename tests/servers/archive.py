"""A web archive on loopback: pywb with a collection of our own, and between it and the program a line that breaks."""

import gzip
import re
import shutil
import socket
import subprocess
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from typing import Any

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

ROOT = Path(__file__).parent.parent.parent
PYWB = ROOT / ".venv-pywb" / "bin"
SITE = "https://news.example.org"
STORY = "<html><head><title>Talks open</title></head><body><p>{}</p></body></html>"
TALKS = f"{SITE}/2016/02/03/talks"


LETTERS = (
    "Astana talks end with a memorandum on four zones",
    "The fourth meeting on Syria in Astana ended with a memorandum that Russia, Iran and Turkey signed.",
    "It names four areas in which the fighting is to stop, among them Idlib and Eastern Ghouta.",
    "Part of the Syrian opposition left the hall when the delegate of Tehran took the pen.",
    "De Mistura, the envoy of the United Nations, called the memorandum a step in the right direction.",
)
REPLY = (
    "Opposition will go to Geneva, it says",
    "The Syrian opposition said that it would come to the Geneva peace talks, whatever Damascus did.",
    "Its negotiators in Riyadh asked for aid to besieged towns before the talks on Syria begin.",
    "The envoy of the United Nations, de Mistura, had sent his invitations two days before.",
)


def article(paragraphs: tuple[str, ...], day: str = "") -> bytes:
    title, *body = paragraphs
    text = "".join(f"<p>{paragraph}</p>" for paragraph in body)
    when = f"<p class='date'>{day}</p>" if day else ""
    head = f"<html lang='en'><head><title>{title}</title></head>"
    return f"{head}<body><article><h1>{title}</h1>{when}{text}</article></body></html>".encode()


def collection() -> list[dict[str, Any]]:
    """The captures of the collection: address, moment, status, headers, body; `damaged` ones are broken on the disk."""
    html = {
        day: STORY.format(f"Envoys met in Geneva; this is the page of {day}.").encode()
        for day in ("2016-02-01", "2016-02-05", "2016-02-09", "2019-07-01")
    }
    at = "{}T12:00:00Z".format
    return [
        *({"url": TALKS, "at": at(day), "body": body} for day, body in html.items()),
        {
            "url": f"{SITE}/packed",
            "at": at("2016-02-05"),
            "headers": [("Content-Encoding", "gzip")],
            "body": gzip.compress(html["2016-02-05"], mtime=0),
        },
        {"url": f"{SITE}/moved", "at": at("2016-02-05"), "status": "301 Moved", "headers": [("Location", TALKS)]},
        {
            "url": f"{SITE}/moved-here",
            "at": at("2016-02-05"),
            "status": "302 Found",
            "headers": [("Location", "/2016/02/03/talks")],
        },
        {"url": f"{SITE}/to-front", "at": at("2016-02-05"), "status": "301 Moved",
         "headers": [("Location", f"{SITE}/")]},
        {"url": f"{SITE}/", "at": at("2016-02-05"), "body": b"<html>the front page</html>"},
        {"url": f"{SITE}/in-circles", "at": at("2016-02-05"), "status": "302 Found",
         "headers": [("Location", f"{SITE}/in-circles?again")]},
        {"url": f"{SITE}/in-circles?again", "at": at("2016-02-05"), "status": "302 Found",
         "headers": [("Location", f"{SITE}/in-circles")]},
        {"url": f"{SITE}/zones", "at": at("2017-05-04"), "body": article(LETTERS)},
        {"url": f"{SITE}/reply", "at": at("2016-01-30"), "body": article(REPLY, "January 29, 2016")},
        {"url": f"{SITE}/gone", "at": at("2016-02-05"), "status": "404 Not Found", "body": b"<html>gone</html>"},
        {"url": f"{SITE}/early", "at": at("2015-12-01"), "body": html["2016-02-01"]},
        {"url": f"{SITE}/empty", "at": at("2016-02-05"), "body": b""},
        {"url": f"{SITE}/large", "at": at("2016-02-05"), "body": b"<html>" + b"x" * 300_000},
        {"url": f"{SITE}/damaged-once", "at": at("2016-02-05"), "body": html["2016-02-05"] * 9, "damaged": True},
        {"url": f"{SITE}/damaged-once", "at": at("2016-02-09"), "body": html["2016-02-09"] * 9},
        {"url": f"{SITE}/damaged", "at": at("2016-02-05"), "body": html["2016-02-05"] * 9, "damaged": True},
        {"url": f"{SITE}/%D8%B3%D9%88%D8%B1%D9%8A%D8%A7?id=7&lang=ar", "at": at("2016-02-05"),
         "body": html["2016-02-05"]},
    ]  # fmt: skip


def write_warc(path: Path) -> list[tuple[int, int]]:
    """Write the collection, and return where its damaged records stand."""
    damaged = []
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=True)
        for entry in collection():
            body = entry.get("body", b"")
            headers = [("Content-Type", "text/html; charset=utf-8"), *entry.get("headers", [])]
            http = StatusAndHeaders(
                entry.get("status", "200 OK"), [*headers, ("Content-Length", str(len(body)))], protocol="HTTP/1.1"
            )
            start = file.tell()
            writer.write_record(
                writer.create_warc_record(
                    entry["url"],
                    "response",
                    payload=BytesIO(body),
                    length=len(body),
                    http_headers=http,
                    warc_headers_dict={"WARC-Date": entry["at"]},
                )
            )
            if entry.get("damaged"):
                damaged.append((start, file.tell()))
    return damaged


@contextmanager
def serve_collection(folder: Path) -> Iterator[int]:
    """Run pywb over the collection, damaged after it was indexed, and give its port."""
    warc = folder / "crawl.warc.gz"
    damaged = write_warc(warc)
    for command in (["init", "news"], ["add", "news", str(warc)]):
        subprocess.run([PYWB / "wb-manager", *command], cwd=folder, check=True, capture_output=True)
    stored = folder / "collections" / "news" / "archive" / "crawl.warc.gz"
    data = bytearray(stored.read_bytes())
    for start, end in damaged:
        data[start + (end - start) // 2 : end] = bytes(end - start - (end - start) // 2)
    stored.write_bytes(data)
    port = _free_port()
    log = (folder / "pywb.log").open("wb")
    server = subprocess.Popen(
        [PYWB / "wayback", "-p", str(port), "-b", "127.0.0.1"], cwd=folder, stdout=log, stderr=subprocess.STDOUT
    )
    try:
        _wait_for(f"http://127.0.0.1:{port}/news/cdx?url={TALKS}&output=json", server)
        yield port
    finally:
        server.terminate()
        server.wait(20)
        log.close()


Fault = Callable[["_Handler"], bool]


class Line:
    """The line to the archive: what was asked for and when, and the faults that happen to requests, by address."""

    def __init__(self, port: int, data: Path) -> None:
        self.port = port
        self.data = data
        self.address = ""
        self.asked: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.busy = 0
        self.most_at_once = 0
        self.files: dict[str, bytes] = {}
        self.faults: list[tuple[re.Pattern[str], list[Fault]]] = []

    def break_(self, pattern: str, *faults: Fault, times: int = 1) -> None:
        """Let each fault happen so many times to requests whose address matches, then let them through."""
        self.faults.append((re.compile(pattern), [fault for fault in faults for _ in range(times)]))

    def count(self, pattern: str) -> int:
        return sum(re.search(pattern, path) is not None for path in self.asked)


def status(code: int, **headers: str) -> Fault:
    def fault(handler: "_Handler") -> bool:
        handler.reply(code, {key.replace("_", "-"): value for key, value in headers.items()}, b"trouble\n")
        return True

    return fault


def cut(handler: "_Handler") -> bool:
    """Promise more than is sent, then hang up."""
    handler.send_response(200)
    handler.send_header("Content-Type", "text/html")
    handler.send_header("Content-Length", "5000")
    handler.end_headers()
    handler.wfile.write(b"<html>half of a")
    handler.close_connection = True
    return True


def hang_up(handler: "_Handler") -> bool:
    handler.connection.shutdown(socket.SHUT_RDWR)
    handler.close_connection = True
    return True


def trickle(seconds: float) -> Fault:
    """Send a byte now and then, for as long as the other side bears it."""

    def fault(handler: "_Handler") -> bool:
        handler.send_response(200)
        handler.send_header("Content-Length", "100000")
        handler.end_headers()
        ends = time.monotonic() + seconds
        try:
            while time.monotonic() < ends:
                handler.wfile.write(b"x")
                time.sleep(0.02)
        except OSError:
            pass
        handler.close_connection = True
        return True

    return fault


def answer(body: bytes, **headers: str) -> Fault:
    def fault(handler: "_Handler") -> bool:
        handler.reply(200, {key.replace("_", "-"): value for key, value in headers.items()}, body)
        return True

    return fault


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    line: Line

    def do_GET(self) -> None:
        line = self.line
        line.asked.append(self.path)
        line.headers.append(dict(self.headers))
        line.busy += 1
        line.most_at_once = max(line.most_at_once, line.busy)
        try:
            self._answer(line)
        except OSError:
            self.close_connection = True
        finally:
            line.busy -= 1

    def _answer(self, line: Line) -> None:
        for pattern, faults in line.faults:
            if faults and pattern.search(self.path) and faults.pop(0)(self):
                return
        if self.path in line.files:
            self.reply(200, {}, line.files[self.path])
        elif self.path.startswith("/data/"):
            self._send_part((line.data / Path(self.path).name).read_bytes())
        elif self.path == "/robots.txt":
            self.reply(404, {}, b"")
        else:
            upstream = HTTPConnection("127.0.0.1", line.port, timeout=30)
            upstream.request("GET", self.path, headers=dict(self.headers))
            response = upstream.getresponse()
            body = response.read()
            kept = [
                (k, v) for k, v in response.getheaders() if k.lower() not in ("transfer-encoding", "content-length")
            ]
            self.reply(response.status, dict(kept), body)
            upstream.close()

    def _send_part(self, data: bytes) -> None:
        match = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        if match is None:
            self.reply(200, {}, data)
        else:
            first, last = int(match[1]), int(match[2])
            span = f"bytes {first}-{last}/{len(data)}"
            self.reply(206, {"Content-Range": span}, data[first : last + 1])

    def reply(self, code: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(code)
        for key, value in headers.items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing: a test's output is its own."""


@contextmanager
def lay_line(port: int, data: Path) -> Iterator[Line]:
    """Serve a line to the archive at `port`; below /data/ it gives parts of the files of a folder."""
    line = Line(port, data)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"line": line}))
    line.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield line
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def missing_archive() -> str | None:
    """Say why there is no archive to test against, or nothing where there is one."""
    if (PYWB / "wayback").exists() and shutil.which(str(PYWB / "wayback")):
        return None
    return "pywb is not installed: `make .venv-pywb` installs it, in an environment of its own"


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _wait_for(url: str, server: "subprocess.Popen[bytes]") -> None:
    for _ in range(200):
        if server.poll() is not None:
            break
        try:
            with urllib.request.urlopen(url, timeout=5):  # noqa: S310
                return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError("pywb did not start; its words are in pywb.log")
