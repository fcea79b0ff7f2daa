"""Publish a release to a dataset repository of the Hub: one commit, then a tag that never moves."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

from peacetalks.errors import InputError, ReleaseError
from peacetalks.release.manifest import NAME, SEAL, list_files, read_manifest

if TYPE_CHECKING:  # imported where it is used: it costs half a second
    from huggingface_hub import HfApi

HUB = "hf://datasets/"
_KIND = "dataset"
_NAME = re.compile(r"[\w.-]{1,96}/[\w.-]{1,96}", re.ASCII)
_OWN = {".gitattributes"}  # what the Hub itself keeps in a repository
_CUT = (OSError, RuntimeError, ValueError)  # what the library raises for a line that is cut or not there


def plan_hub(folder: Path, repository: str) -> tuple[list[str], bool]:
    """Return the files that would be sent, and whether the release is there already; nothing is changed."""
    from httpx2 import HTTPError
    from huggingface_hub import HfApi
    from huggingface_hub.errors import RepositoryNotFoundError

    _require_name(repository)
    api = HfApi()
    names = [*list_files(folder), SEAL, NAME]
    try:
        tagged = _tagged(api, repository, _tag(folder))
    except RepositoryNotFoundError:
        return names, False
    except (HTTPError, *_CUT) as error:
        raise _refused(repository, error) from None
    if tagged:
        _require_same(api, folder, repository, _tag(folder))
    return ([], True) if tagged else (names, False)


def publish_to_hub(folder: Path, repository: str) -> tuple[list[str], bool]:
    """Commit every file of a release at once and tag it vX.Y.Z; return the files, and whether all were there before.

    The commit names the one that it follows, so that of two who publish at once one is refused. After a cut between
    commit and tag the next run finds its commit and sets the tag. ReleaseError where the tag is on another release.
    """
    from httpx2 import HTTPError  # what the library's own errors are of, and those of the line below it
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi

    _require_name(repository)
    api, tag = HfApi(), _tag(folder)
    names = [*list_files(folder), SEAL, NAME]
    try:
        api.create_repo(repository, repo_type=_KIND, exist_ok=True)
        if _tagged(api, repository, tag):
            _require_same(api, folder, repository, tag)
            return [], True
        head = api.dataset_info(repository)
        there = {file.rfilename for file in head.siblings or []}
        if NAME in there and _remote_manifest(api, repository, str(head.sha)) == (folder / NAME).read_bytes():
            api.create_tag(repository, repo_type=_KIND, tag=tag, revision=head.sha)
            return [], False
        operations: list[CommitOperationAdd | CommitOperationDelete] = [
            CommitOperationAdd(path_in_repo=name, path_or_fileobj=folder / name) for name in names
        ]
        # Files of an older version would be read as shards of this one.
        operations += [CommitOperationDelete(path_in_repo=name) for name in sorted(there - set(names) - _OWN)]
        version = read_manifest(folder).version
        commit = api.create_commit(
            repository,
            operations,
            repo_type=_KIND,
            commit_message=f"Release {version}",
            commit_description=f"Digest of the content: sha256-{read_manifest(folder).digest}",
            parent_commit=head.sha,
        )
        api.create_tag(repository, repo_type=_KIND, tag=tag, revision=commit.oid)
    except (HTTPError, *_CUT) as error:
        raise _refused(repository, error) from None
    return names, False


def _tag(folder: Path) -> str:
    return f"v{read_manifest(folder).version}"


def _tagged(api: "HfApi", repository: str, tag: str) -> bool:
    return any(ref.name == tag for ref in api.list_repo_refs(repository, repo_type=_KIND).tags)


def _require_same(api: "HfApi", folder: Path, repository: str, tag: str) -> None:
    if _remote_manifest(api, repository, tag) != (folder / NAME).read_bytes():
        raise ReleaseError(f"{HUB}{repository}: tag {tag} is on another release, and none is ever overwritten")


def _remote_manifest(api: "HfApi", repository: str, revision: str) -> bytes:
    from tempfile import TemporaryDirectory

    with TemporaryDirectory(prefix="peacetalks-") as cache:
        path = api.hf_hub_download(repository, NAME, repo_type=_KIND, revision=revision, cache_dir=cache)
        return Path(path).read_bytes()


def _require_name(repository: str) -> None:
    if not _NAME.fullmatch(repository):
        raise InputError(f"{HUB}{repository}: expected {HUB}OWNER/NAME")


def _refused(repository: str, error: Exception) -> ReleaseError:
    # The library's message can quote a request, and a request has the token in its headers.
    status = getattr(getattr(error, "response", None), "status_code", None)
    if status is None:
        return ReleaseError(
            f"{HUB}{repository}: the Hub was not reached ({type(error).__name__}); "
            "check the connection, and HF_HUB_OFFLINE, and run the command again"
        )
    return ReleaseError(
        f"{HUB}{repository}: the Hub refused ({type(error).__name__}, {status}); "
        "check the name, and the token of `hf auth login` or HF_TOKEN, and run the command again"
    )
