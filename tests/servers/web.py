"""A web server of a few files, which knows ranges or, as many do, does not."""

import io
from typing import Any

from flask import Flask, Response, send_file

_KIND = "application/octet-stream"


def web_app(files: dict[str, bytes], *, ranges: bool) -> Any:
    app = Flask("web")

    @app.get("/<name>")
    def get(name: str) -> Any:
        if name not in files:
            return Response(status=404)
        if ranges:
            return send_file(io.BytesIO(files[name]), mimetype=_KIND, conditional=True, etag=False)
        return Response(iter([files[name]]), mimetype=_KIND)

    return app
