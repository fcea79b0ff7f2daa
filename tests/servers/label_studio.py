"""A Label Studio on loopback that tells nobody of itself, and as much of its API as an annotator's work takes."""

import json
import os
import secrets
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
PROGRAM = ROOT / ".venv-label-studio" / "bin" / "label-studio"
USER = "annotator@example.org"
_PATIENCE = 900  # seconds until it is given up: it sets up its database first, a minute of a free processor
_QUIET = {
    "COLLECT_ANALYTICS": "false",
    "LATEST_VERSION_CHECK": "false",
    "SENTRY_DSN": "",
    "FRONTEND_SENTRY_DSN": "",
    # Whatever it would still send ends at a port where nobody listens.
    "HTTP_PROXY": "http://127.0.0.1:9",
    "HTTPS_PROXY": "http://127.0.0.1:9",
    "NO_PROXY": "127.0.0.1,localhost",
}


def missing_label_studio() -> str | None:
    """Say why there is no Label Studio to test against, or nothing where there is one."""
    if os.access(PROGRAM, os.X_OK):
        return None
    return "Label Studio is not installed: `make .venv-label-studio` installs it, in an environment of its own"


class LabelStudio:
    """A running Label Studio and one user of it."""

    def __init__(self, address: str, token: str) -> None:
        self.address = address
        self.token = token

    def ask(self, method: str, path: str, body: bytes | dict[str, Any] | None = None) -> Any:
        """Return what the API answers; an AssertionError with its words where it refuses."""
        data = json.dumps(body).encode() if isinstance(body, dict) else body
        headers = {"Authorization": f"Token {self.token}", "Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.address}{path}", data, headers, method=method)  # noqa: S310  loopback
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:  # noqa: S310
                return json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{method} {path}: {error.code} {error.read().decode()[:1000]}") from None

    def make_project(self, config: bytes, tasks: bytes) -> int:
        """Return the number of a new project with this configuration and these tasks."""
        project = self.ask("POST", "/api/projects/", {"title": "Syria talks", "label_config": config.decode()})
        self.ask("POST", f"/api/projects/{project['id']}/import", tasks)
        return int(project["id"])

    def tasks(self, project: int) -> list[Any]:
        """Return the tasks of a project with all that is in them, in order."""
        found = self.ask("GET", f"/api/tasks/?project={project}&fields=all&page_size=100")["tasks"]
        return sorted(found, key=lambda task: task["id"])

    def export(self, project: int) -> bytes:
        """Return the project as JSON, as its export gives it."""
        path = f"/api/projects/{project}/export?exportType=JSON&download_all_tasks=true"
        return json.dumps(self.ask("GET", path)).encode()


@contextmanager
def run_label_studio(folder: Path) -> Iterator[LabelStudio]:
    """Run Label Studio with its data in the folder and one user."""
    token = secrets.token_hex(20)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    secret = {"SECRET_KEY": secrets.token_hex(), "LABEL_STUDIO_BASE_DATA_DIR": str(folder)}
    environment = {**os.environ, **_QUIET, **secret, "LABEL_STUDIO_ENABLE_LEGACY_API_TOKEN": "true"}
    user = ["--username", USER, "--password", secrets.token_hex(), "--user-token", token]
    where = ["--internal-host", "127.0.0.1", "--port", str(port), "--data-dir", str(folder)]
    with (folder / "label-studio.log").open("wb") as log:
        server = subprocess.Popen(
            [PROGRAM, "start", "--no-browser", *where, *user],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait_for(f"http://127.0.0.1:{port}/health", server, folder / "label-studio.log")
            yield LabelStudio(f"http://127.0.0.1:{port}", token)
        finally:
            server.terminate()
            server.wait(30)


def _wait_for(address: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end and server.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=5):  # noqa: S310  loopback
                return
        except OSError:
            time.sleep(0.5)
    raise AssertionError(f"Label Studio did not start: {log.read_text('utf-8', 'replace')[-1000:]}")
