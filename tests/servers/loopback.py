"""Serve a WSGI application on a loopback port of its own, for as long as a test needs it."""

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from werkzeug.serving import WSGIRequestHandler, make_server


class _Quiet(WSGIRequestHandler):
    def log(self, *_: object) -> None:
        """Say nothing: a test's output is its own."""


class Cut:
    """Let so many requests of a kind through, then answer every further one with an error, as a cut line would."""

    def __init__(self, app: Any, matches: Callable[[dict[str, Any]], bool]) -> None:
        self.app = app
        self.matches = matches
        self.left: int | None = None
        self.seen = 0

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        if self.matches(environ):
            if self.left == 0:
                environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
                start_response("403 Forbidden", [("Content-Type", "application/json")])
                return [b'{"error": "the line was cut"}']
            self.seen += 1
            self.left = None if self.left is None else self.left - 1
        return self.app(environ, start_response)


class Flaky:
    """Answer a share of the requests of a kind with 503, or with half of what was asked for and a cut line."""

    def __init__(self, app: Any, matches: Callable[[dict[str, Any]], bool], share: float, seed: int) -> None:
        self.app = app
        self.matches = matches
        self.share = share
        self.refused = self.cut = 0
        self._chooser = random.Random(seed)  # noqa: S311  when it fails, not a secret

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        chance = self._chooser.random() if self.matches(environ) else 1.0
        if chance < self.share / 2:
            self.refused += 1
            start_response("503 Slow Down", [("Content-Type", "text/plain"), ("Content-Length", "0")])
            return []
        answer = self.app(environ, start_response)
        if chance < self.share:
            self.cut += 1
            whole = b"".join(answer)
            return [whole[: len(whole) // 2]]
        return answer


@contextmanager
def serve(app: Any) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
