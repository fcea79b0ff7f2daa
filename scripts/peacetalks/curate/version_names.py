"""What a release may be called: MAJOR.MINOR.PATCH, and how such names sort."""

import re

from peacetalks.errors import ReleaseError

VERSION = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)", re.ASCII)


def is_version(name: str) -> bool:
    """Return whether a name is MAJOR.MINOR.PATCH."""
    return VERSION.fullmatch(name) is not None


def version_key(version: str) -> tuple[int, int, int]:
    """Return what versions sort by; ReleaseError where it is not MAJOR.MINOR.PATCH."""
    match = VERSION.fullmatch(version)
    if match is None:
        raise ReleaseError(f"version {version!r}: expected MAJOR.MINOR.PATCH, such as 0.2.0")
    return int(match[1]), int(match[2]), int(match[3])
