"""Keep the quality figures of a release beside it, for programs and for every edition made from it."""

import json
from pathlib import Path

import msgspec

from peacetalks.errors import ReleaseError

NAME = "quality.json"

Quality = dict[str, dict[str, dict[str, int | float]]]  # task, item, then precision, recall, F1 and counts


def encode_quality(quality: Quality) -> bytes:
    """Return the bytes of quality.json."""
    return json.dumps(quality, indent=2, ensure_ascii=False).encode() + b"\n"


def read_quality(release: Path) -> Quality:
    """Return the quality figures of a release; ReleaseError where they are missing or broken."""
    try:
        return msgspec.json.decode((release / NAME).read_bytes(), type=Quality)
    except (OSError, msgspec.DecodeError) as error:
        raise ReleaseError(f"{release / NAME}: {error}") from None
