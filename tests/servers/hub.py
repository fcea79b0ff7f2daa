"""The part of the Hub that publishing a dataset speaks to: repositories, refs, commits, tags and large files.

Paths, fields and order are those that huggingface_hub 2 asks for; what it asks for beyond them is answered with 501, so
that a test notices when a new version of the client speaks otherwise.
"""

import base64
import hashlib
import json
from typing import Any

from flask import Flask, Response, jsonify, request

LARGE = 1000  # bytes; Parquet and whatever is longer goes by large file storage


class Hub:
    """One Hub in memory: repositories by name, each with commits (files by path), tags, and a log of requests."""

    def __init__(self) -> None:
        self.repositories: dict[str, dict[str, Any]] = {}
        self.large: dict[str, bytes] = {}
        self.log: list[str] = []
        self.tokens: set[str] = set()
        self.app = Flask("hub")
        self.app.before_request(self._record)
        self._routes()

    def files(self, name: str, revision: str = "main") -> dict[str, bytes]:
        repository = self.repositories[name]
        commit = repository["tags"].get(revision) or (repository["head"] if revision == "main" else revision)
        found: dict[str, bytes] = repository["commits"][commit]
        return found

    def _record(self) -> None:
        self.log.append(f"{request.method} {request.path}")
        token = request.headers.get("Authorization")
        if token:
            self.tokens.add(token)

    def _routes(self) -> None:
        app = self.app

        @app.post("/api/repos/create")
        def create() -> Any:
            asked = request.get_json()
            name = f"{asked['organization']}/{asked['name']}" if asked.get("organization") else asked["name"]
            if name in self.repositories:
                return jsonify(error="exists", url=f"{request.host_url}datasets/{name}"), 409
            first = hashlib.sha1(name.encode()).hexdigest()  # noqa: S324  as git names a commit
            self.repositories[name] = {"head": first, "commits": {first: {".gitattributes": b""}}, "tags": {}}
            return jsonify(url=f"{request.host_url}datasets/{name}", id=name)

        @app.post("/api/validate-yaml")
        def validate() -> Any:
            assert request.get_json()["content"].startswith("---\n")
            return jsonify(errors=[], warnings=[])

        @app.get("/api/datasets/<owner>/<name>")
        @app.get("/api/datasets/<owner>/<name>/revision/<revision>")
        def info(owner: str, name: str, revision: str = "main") -> Any:
            repository = self.repositories.get(f"{owner}/{name}")
            if repository is None:
                return Response(status=404, headers={"X-Error-Code": "RepoNotFound"})
            files = self.files(f"{owner}/{name}", revision)
            siblings = [{"rfilename": path} for path in sorted(files)]
            return jsonify(id=f"{owner}/{name}", sha=repository["head"], siblings=siblings, private=False, tags=[])

        @app.get("/api/datasets/<owner>/<name>/refs")
        def refs(owner: str, name: str) -> Any:
            repository = self.repositories.get(f"{owner}/{name}")
            if repository is None:
                return Response(status=404, headers={"X-Error-Code": "RepoNotFound"})
            tags = [{"name": k, "ref": f"refs/tags/{k}", "targetCommit": v} for k, v in repository["tags"].items()]
            main = {"name": "main", "ref": "refs/heads/main", "targetCommit": repository["head"]}
            return jsonify(branches=[main], tags=tags, converts=[])

        @app.post("/api/datasets/<owner>/<name>/preupload/main")
        def preupload(owner: str, name: str) -> Any:
            files = request.get_json()["files"]
            answer = [
                {
                    "path": file["path"],
                    "uploadMode": "lfs" if file["path"].endswith(".parquet") else "regular",
                    "shouldIgnore": False,
                    "oid": None,
                }
                for file in files
            ]
            return jsonify(files=answer)

        @app.post("/datasets/<owner>/<name>.git/info/lfs/objects/batch")
        def batch(owner: str, name: str) -> Any:
            objects = []
            for wanted in request.get_json()["objects"]:
                entry: dict[str, Any] = {"oid": wanted["oid"], "size": wanted["size"]}
                if wanted["oid"] not in self.large:
                    entry["actions"] = {"upload": {"href": f"{request.host_url}large/{wanted['oid']}"}}
                objects.append(entry)
            return jsonify(transfer="basic", objects=objects)

        @app.put("/large/<oid>")
        def upload(oid: str) -> Any:
            data = request.get_data()
            assert hashlib.sha256(data).hexdigest() == oid
            self.large[oid] = data
            return Response(status=200)

        @app.post("/api/datasets/<owner>/<name>/commit/main")
        def commit(owner: str, name: str) -> Any:
            repository = self.repositories[f"{owner}/{name}"]
            lines = [json.loads(line) for line in request.get_data().splitlines()]
            header = lines[0]["value"]
            if header.get("parentCommit") not in (None, repository["head"]):
                return jsonify(error="the branch has moved"), 412
            files = dict(repository["commits"][repository["head"]])
            for line in lines[1:]:
                value = line["value"]
                if line["key"] == "file":
                    files[value["path"]] = base64.b64decode(value["content"])
                elif line["key"] == "lfsFile":
                    files[value["path"]] = self.large[value["oid"]]
                elif line["key"] == "deletedFile":
                    del files[value["path"]]
                else:
                    return jsonify(error=line["key"]), 501
            oid = hashlib.sha1(repr(sorted(files.items())).encode()).hexdigest()  # noqa: S324
            repository["commits"][oid] = files
            repository["head"] = oid
            return jsonify(commitUrl=f"{request.host_url}datasets/{owner}/{name}/commit/{oid}", commitOid=oid)

        @app.post("/api/datasets/<owner>/<name>/tag/<revision>")
        def tag(owner: str, name: str, revision: str) -> Any:
            repository = self.repositories[f"{owner}/{name}"]
            wanted = request.get_json()["tag"]
            if wanted in repository["tags"]:
                return jsonify(error="the tag exists"), 409
            repository["tags"][wanted] = repository["head"] if revision == "main" else revision
            return jsonify({})

        @app.route("/datasets/<owner>/<name>/resolve/<revision>/<path:path>", methods=["GET", "HEAD"])
        def resolve(owner: str, name: str, revision: str, path: str) -> Any:
            data = self.files(f"{owner}/{name}", revision).get(path)
            if data is None:
                return Response(status=404, headers={"X-Error-Code": "EntryNotFound"})
            sha = self.repositories[f"{owner}/{name}"]["tags"].get(revision, revision)
            headers = {"X-Repo-Commit": sha, "ETag": f'"{hashlib.sha256(data).hexdigest()}"'}
            return Response(data, headers=headers).make_conditional(
                request, accept_ranges=True, complete_length=len(data)
            )

        @app.get("/api/datasets/<owner>/<name>/tree/<revision>")
        @app.get("/api/datasets/<owner>/<name>/tree/<revision>/<path:folder>")
        def tree(owner: str, name: str, revision: str, folder: str = "") -> Any:
            entries = _entries(self.files(f"{owner}/{name}", revision))
            start = f"{folder}/" if folder else ""
            found = [entry for path, entry in entries.items() if path.startswith(start) and path != folder]
            if not request.args.get("recursive", "").lower().startswith("t"):
                found = [entry for entry in found if "/" not in entry["path"].removeprefix(start)]
            return jsonify(found) if found else Response(status=404, headers={"X-Error-Code": "EntryNotFound"})

        @app.post("/api/datasets/<owner>/<name>/paths-info/<revision>")
        def paths_info(owner: str, name: str, revision: str) -> Any:
            entries = _entries(self.files(f"{owner}/{name}", revision))
            return jsonify([entries[path] for path in request.form.getlist("paths") if path in entries])

        @app.errorhandler(404)
        def unknown(_: object) -> Any:
            return jsonify(error=f"{request.method} {request.path} is not part of this server"), 501


def _entries(files: dict[str, bytes]) -> dict[str, dict[str, Any]]:
    """Return what the server says of each file and folder, by path."""
    folders = {"/".join(path.split("/")[:n]) for path in files for n in range(1, path.count("/") + 1)}
    oid = {path: hashlib.sha1(data).hexdigest() for path, data in files.items()}  # noqa: S324  as git names a file
    found = {path: {"type": "file", "path": path, "oid": oid[path], "size": len(files[path])} for path in files}
    return found | {path: {"type": "directory", "path": path, "oid": "0" * 40, "size": 0} for path in folders}
