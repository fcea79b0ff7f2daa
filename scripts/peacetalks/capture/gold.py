"""Read gold annotations: one JSON file a capture, checked against the rules that need no capture."""

from pathlib import Path

import msgspec

from peacetalks.errors import GoldError
from peacetalks.record import Capture, Gold

_decoder = msgspec.json.Decoder(Gold)


def read_gold(folder: Path) -> dict[str, Gold]:
    """Return the annotations of a folder's JSON files by capture id; GoldError names file and rule."""
    if not folder.is_dir():
        raise GoldError(f"{folder}: no such folder; gold annotations are JSON files, one a capture")
    gold: dict[str, Gold] = {}
    for path in sorted(folder.glob("*.json")):
        try:
            entry = _decoder.decode(path.read_bytes())
        except msgspec.DecodeError as error:
            raise GoldError(f"{path}: {error}") from None
        if entry.id in gold:
            raise GoldError(f"{path}: capture {entry.id} is annotated twice, here and for {gold[entry.id].source}")
        gold[entry.id] = entry
    if not gold:
        raise GoldError(f"{folder}: holds no JSON files; gold annotations are JSON files, one a capture")
    return gold


def check_gold(entry: Gold, capture: Capture, text: str) -> None:
    """Raise GoldError unless the segments tile the capture and every mention stands where it says."""
    where = f"gold of {entry.source}"
    if "".join(segment.raw for segment in entry.segments) != capture.text:
        raise GoldError(f"{where}: its segments joined are not the capture, character for character")
    for mention in entry.mentions:
        field = text if mention.field == "text" else entry.title or ""
        found = field[mention.start : mention.end]
        if found != mention.surface:
            raise GoldError(
                f"{where}: mention {mention.surface!r} at {mention.start} to {mention.end} of the {mention.field}"
                f" is {found!r} there"
            )
