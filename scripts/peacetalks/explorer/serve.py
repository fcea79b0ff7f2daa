"""Serve one release on this machine alone, with byte ranges, which reading a part of a Parquet file takes."""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BufferedIOBase, BytesIO
from pathlib import Path
from threading import Thread
from typing import BinaryIO
from urllib.parse import unquote, urlsplit

from peacetalks.errors import InputError
from peacetalks.explorer.bundle import MISSING, load_page
from peacetalks.release.manifest import NAME, SEAL, read_manifest
from peacetalks.release.page import FOLDER, Page, read_page

HOST = "127.0.0.1"
_BLOCK = 1 << 18  # bytes read at a time
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
}
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; "
    "object-src 'none'; style-src 'self' 'unsafe-inline'",  # the page's own policy narrows this one
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class Server(ThreadingHTTPServer):
    """The files of a release by path: those that its manifest names, and the page, which is the installed one."""

    daemon_threads = True

    def __init__(self, release: Path, port: int) -> None:
        manifest = read_manifest(release)
        self.root = release.resolve()
        self.names = {NAME, SEAL, *(name for name in manifest.files if name.isprintable())}
        # The installed page goes first: what shows a stranger's release should not be the stranger's program.
        self.page: Page = load_page() or read_page(release / FOLDER)
        if not self.page:
            raise InputError(f"{release} holds no page, and {MISSING}")
        try:
            super().__init__((HOST, port), _Handler)
        except (OSError, OverflowError) as error:
            raise InputError(f"port {port}: {error}; name another one with --port") from None

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a browser that hung up, which it does whenever its reader goes on to another page."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]

    @property
    def address(self) -> str:
        """The address of the page."""
        return f"http://{HOST}:{self.server_address[1]}/{FOLDER}/"

    def open_file(self, name: str) -> tuple[BinaryIO, int] | None:
        """Return a file of the release or of the page and its size in bytes; None where there is none of that name."""
        folder, _, rest = name.rpartition("/")
        if folder == FOLDER:
            data = self.page.get(rest)
            return None if data is None else (BytesIO(data), len(data))
        if name not in self.names:
            return None
        path = (self.root / name).resolve()
        # A manifest is untrusted too: neither dots nor links in it lead out of the release.
        if not path.is_relative_to(self.root) or not path.is_file():
            return None
        return path.open("rb"), path.stat().st_size


@contextmanager
def serve_release(release: Path, port: int = 0) -> Iterator[str]:
    """Serve a release until the block ends, and yield the page's address; port 0 takes any that is free."""
    with Server(release, port) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server.address
        finally:
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"
    timeout = 60

    def do_GET(self) -> None:
        self._answer()

    def do_HEAD(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the name is the base class's
        pass

    def _answer(self) -> None:
        # A page of the web that gives its own name this address is not to read the release.
        if urlsplit(f"//{self.headers.get('Host', '')}").hostname not in (HOST, "localhost"):
            self._refuse(HTTPStatus.FORBIDDEN)
            return
        path = unquote(urlsplit(self.path).path)
        if path in ("/", f"/{FOLDER}"):
            self._start(HTTPStatus.FOUND, {"Location": f"/{FOLDER}/", "Content-Length": "0"})
            return
        name = f"{path}index.html" if path == f"/{FOLDER}/" else path
        found = self.server.open_file(name.removeprefix("/"))
        if found is None:
            self._refuse(HTTPStatus.NOT_FOUND)
            return
        file, size = found
        with file:
            self._send(file, size, Path(name).suffix)

    def _send(self, file: BinaryIO, size: int, suffix: str) -> None:
        span = parse_range(self.headers.get("Range"), size)
        headers = {"Content-Type": _TYPES.get(suffix, "application/octet-stream"), "Accept-Ranges": "bytes"}
        if span is None:
            self._refuse(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, {"Content-Range": f"bytes */{size}"})
            return
        start, end, part = span
        if part:
            headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
        headers["Content-Length"] = str(end - start)
        self._start(HTTPStatus.PARTIAL_CONTENT if part else HTTPStatus.OK, headers)
        if self.command == "GET":
            file.seek(start)
            try:
                _copy(file, self.wfile, end - start)
            except ConnectionError:  # the reader went on to another page
                self.close_connection = True

    def _refuse(self, status: HTTPStatus, headers: dict[str, str] | None = None) -> None:
        self._start(status, {"Content-Length": "0", **(headers or {})})

    def _start(self, status: HTTPStatus, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**_HEADERS, **headers}.items():
            self.send_header(name, value)
        self.end_headers()


def parse_range(header: str | None, size: int) -> tuple[int, int, bool] | None:
    """Return start and end of the bytes that a Range header asks for, and whether it asks for a part.

    None where a file of that size has no such bytes. Without a header, or with one of several ranges or another form,
    it is the whole file (RFC 9110, 14.2).
    """
    match = _RANGE.fullmatch((header or "").strip())
    if not match or match.groups() == ("", ""):
        return 0, size, False
    first, last = match.groups()
    if not first:
        return (max(0, size - int(last)), size, True) if int(last) and size else None
    start, end = int(first), min(size, int(last) + 1) if last else size
    if last and int(last) < start:
        return 0, size, False
    return (start, end, True) if start < size else None


def _copy(source: BinaryIO, target: BufferedIOBase, length: int) -> None:
    while length:
        data = source.read(min(length, _BLOCK))
        if not data:
            return
        target.write(data)
        length -= len(data)
