"""Captures that were written for training, in our own words: read them, and render them in a few ways."""

import json
import random
from dataclasses import dataclass, field
from pathlib import Path

from pages import Page
from render import Capture, Row, add_foreign, lay_out


@dataclass(slots=True)
class Written:
    """One capture: its rows, and the blank lines before each and after the last."""

    name: str
    language: str
    rows: list[Row] = field(default_factory=list)
    blanks: list[int] = field(default_factory=list)


def read_written(path: Path | None = None) -> list[Written]:
    """Return the captures of a file of one JSON object a line: id, language, and segments of raw and label."""
    path = path or Path(__file__).with_name("captures.jsonl")
    return [_read(json.loads(line)) for line in path.read_text("utf-8").splitlines()]


def render_written(page: Written, donors: list[Page], chance: random.Random) -> Capture:
    """Return the capture as it was written, or with furniture left out, moved in from elsewhere, and laid out anew."""
    if chance.random() < 0.4:
        lines, labels = [row[0] for row in page.rows], [row[1] for row in page.rows]
        return Capture(page.name, page.language, lines, list(page.blanks), labels)
    keep = chance.choice([0.3, 0.6, 0.85, 1.0])
    rows = [row for row in page.rows if row[1] not in ("chrome", "caption") or chance.random() < keep]
    if chance.random() < 0.3:
        rows = add_foreign(rows, chance.choice(donors), chance)
    return lay_out(page.name, page.language, rows, chance)


def _read(entry: dict[str, object]) -> Written:
    written = Written(str(entry["id"]), str(entry["language"]))
    blank = 0
    segments = entry["segments"]
    assert isinstance(segments, list)
    for segment in segments:
        text = " ".join(segment["raw"].split())
        if not text:
            blank += 1
            continue
        written.rows.append((text, segment["label"], "p"))
        written.blanks.append(blank)
        blank = 0
    written.blanks.append(blank)
    return written
