"""Read the pages of a JSONL table: one object a line, with `text` and optionally `id`, `url` and `captured`."""

import datetime
from collections.abc import Iterator

import msgspec

from peacetalks.capture.text import MAX_BYTES, capture_id, check_text, exclude
from peacetalks.errors import CaptureError
from peacetalks.record import Capture, Excluded


class _Row(msgspec.Struct):
    id: str | int | None = None
    text: str | None = None
    html: str | None = None
    url: str | None = None
    captured: str | None = None


_decoder = msgspec.json.Decoder(_Row)


def read_jsonl(data: bytes, source: str) -> Iterator[Capture | Excluded]:
    """Yield a capture a row; a broken row is an Excluded of its own and costs no other row.

    A capture's id is the digest of its text as UTF-8, its source the row's `id`, or file name and line number.
    """
    if not data.strip():
        yield exclude(data, source, CaptureError("empty", "no rows"))
    # Bytes are split on the line feed alone: U+2028 and U+0085 may stand inside a JSON string.
    for number, line in enumerate(data.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
        if not line.strip():
            continue
        where = f"{source}#{number}"
        try:
            yield _read_row(line, where)
        except CaptureError as error:
            yield exclude(line, where, error)


def _read_row(line: bytes, where: str) -> Capture:
    if len(line) > MAX_BYTES:
        raise CaptureError("too-large", f"a row of {len(line):,} bytes; the limit is {MAX_BYTES:,}")
    try:
        row = _decoder.decode(line)
        captured = datetime.date.fromisoformat(row.captured[:10]) if row.captured else None
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise CaptureError("broken-row", str(error)) from None
    if row.text is None:
        what = "only `html`, which is not read yet" if row.html is not None else "no `text`"
        raise CaptureError("broken-row", f"the row has {what}")
    check_text(row.text)
    return Capture(
        id=capture_id(row.text.encode()),
        source=where if row.id in (None, "") else str(row.id),
        text=row.text,
        encoding="utf-8",
        url=row.url,
        captured=captured,
    )
