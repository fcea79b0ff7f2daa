"""What is fuzzed: each target takes any bytes, and fails where one of the promises of docs/reliability.md is broken.

Errors that are declared are no failure: CaptureError sets one capture aside, BuildError stops with a message.
"""

import io
import tempfile
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from peacetalks.capture.html import read_html
from peacetalks.capture.members import Packed
from peacetalks.capture.packed import MISCUT, claim_page, name_packed
from peacetalks.capture.pages import read_page
from peacetalks.capture.records import sort_record
from peacetalks.capture.tables import Columns, read_lines
from peacetalks.capture.text import capture_id, decode
from peacetalks.capture.warc import read_records
from peacetalks.clean.audit import audit, body_text
from peacetalks.clean.chrome import label_segments
from peacetalks.clean.encoding import repair_lines
from peacetalks.clean.segments import tile
from peacetalks.engine.page import process_captures
from peacetalks.errors import CaptureError, ReleaseError, VocabularyError
from peacetalks.record import Capture, Excluded
from peacetalks.registry.actors import load_actors
from peacetalks.registry.gazetteer import load_gazetteer
from peacetalks.registry.reasons import load_reasons
from peacetalks.registry.topic import load_topic
from peacetalks.release.manifest import NAME, read_manifest, write_manifest

CODINGS = ("", "gzip", "zstd")
_FOLDER = Path(tempfile.mkdtemp(prefix="peacetalks-fuzz-"))


def read_text(data: bytes) -> None:
    """Decode, tile, label and repair a page of text."""
    try:
        text, _ = decode(data)
    except CaptureError as error:
        require_reason(error.reason)
    else:
        require_page(Capture(id=capture_id(data), source="x.txt", text=text, encoding="utf-8"), annotate=False)


def read_page_of_html(data: bytes) -> None:
    """Read a page of HTML, and take it through every stage."""
    require_outcome(read_html(data, "x.html"), annotate=True)


def read_crawl(data: bytes) -> None:
    """Read a crawl, packed or not as its first byte says, and every page in it."""
    coding = CODINGS[data[0] % 3] if data else ""
    at_once = [*_outcomes_of_crawl(data[1:], coding, leave=False)]
    for outcome in at_once:
        require_outcome(outcome)
    left = [*_outcomes_of_crawl(data[1:], coding, leave=True)]
    assert left == at_once or any(isinstance(one, Excluded) and one.reason == MISCUT for one in left)


def _outcomes_of_crawl(data: bytes, coding: str, *, leave: bool) -> Iterator[Capture | Excluded]:
    for record in read_records(io.BytesIO(data), coding, claim_page if leave else None):  # type: ignore[arg-type]
        page = name_packed(record, "x.warc") if isinstance(record, Packed) else sort_record(record, "x.warc")
        if not isinstance(page, str):
            yield page if isinstance(page, Excluded) else read_page(page)


def read_table_of_lines(data: bytes) -> None:
    """Read JSON lines, and every page in them."""
    coding = CODINGS[data[0] % 3] if data else ""
    for line in read_lines(io.BytesIO(data[1:]), coding, "x.jsonl", Columns()):  # type: ignore[arg-type]
        require_outcome(line if isinstance(line, Excluded) else read_page(line))


def read_vocabularies(data: bytes) -> None:
    """Read the same file as each table that a folder of vocabularies may hold."""
    for name in ("conferences.toml", "topic.toml", "actors.toml"):
        (_FOLDER / name).write_bytes(data)
    readers: tuple[Callable[[Path], object], ...] = (load_gazetteer.__wrapped__, load_topic.__wrapped__)
    for read in (*readers, lambda folder: load_actors(folder / "actors.toml")):
        with suppress(VocabularyError):
            read(_FOLDER)


def read_release_manifest(data: bytes) -> None:
    """Read a manifest, and what is written of it once more."""
    (_FOLDER / NAME).write_bytes(data)
    try:
        manifest = read_manifest(_FOLDER)
    except ReleaseError:
        return
    write_manifest(_FOLDER, manifest)
    assert read_manifest(_FOLDER) == manifest


def require_outcome(outcome: Capture | Excluded, *, annotate: bool = False) -> None:
    """Require of an outcome that it is a page that keeps its promises, or a row with a known reason."""
    if isinstance(outcome, Excluded):
        require_reason(outcome.reason)
        assert outcome.detail
    else:
        require_page(outcome, annotate=annotate)


def require_reason(reason: str) -> None:
    """Require that a reason is in the closed list."""
    assert reason in load_reasons(), reason


def require_page(capture: Capture, *, annotate: bool) -> None:
    """Require of a page that nothing of it is lost and that its lines are clean, and that its offsets fit."""
    capture.text.encode("utf-8")
    tiled = tile(capture.text)
    segments = label_segments(tiled, capture.markup)
    audit(capture.text, segments, body_text(segments))
    lines = [segment.clean for segment in segments if segment.label != "blank"]
    for line in lines:
        assert unicodedata.is_normalized("NFC", line), line
        assert not any(unicodedata.category(c) in ("Cc", "Cs") or c in "\u202e\u2066\ufeff\ufffe" for c in line), line
    # Of a line that is cut into segments the line was repaired, and a part of it alone may read like mojibake.
    whole = [segment.clean for segment in tiled]
    assert repair_lines(whole) == whole
    for outcome in process_captures([capture], {}) if annotate else ():
        if isinstance(outcome, Excluded):
            require_reason(outcome.reason)
            continue
        for mention in outcome.article.mentions:
            text = outcome.article.title if mention.field == "title" else outcome.article.text
            assert text is not None
            assert text[mention.start : mention.end] == mention.surface


TARGETS: dict[str, Callable[[bytes], None]] = {
    "text": read_text,
    "html": read_page_of_html,
    "warc": read_crawl,
    "jsonl": read_table_of_lines,
    "toml": read_vocabularies,
    "manifest": read_release_manifest,
}
