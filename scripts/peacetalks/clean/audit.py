"""Replay the cleaning of a capture: nothing is lost, and the text is what the labels keep."""

from itertools import accumulate

from peacetalks.errors import AuditError
from peacetalks.record import Segment


def body_text(segments: list[Segment]) -> str:
    """Return the text of an article: its body segments, joined by one blank line."""
    return "\n\n".join(segment.clean for segment in segments if segment.label == "body")


def audit(capture: str, segments: list[Segment], text: str) -> None:
    """Raise AuditError unless the raws in order are the capture and the kept cleans are the text."""
    raws = [segment.raw for segment in segments]
    ends = list(accumulate(map(len, raws)))
    apart = [segment.n for segment in segments] != list(range(len(segments)))
    apart = apart or [segment.start for segment in segments] != [0, *ends][:-1]
    if apart or [segment.end for segment in segments] != ends or "".join(raws) != capture:
        _tell_first_loss(capture, segments)
    if body_text(segments) != text:
        raise AuditError("the text is not the body segments joined")


def _tell_first_loss(capture: str, segments: list[Segment]) -> None:
    position = 0
    for n, segment in enumerate(segments):
        if segment.n != n or segment.start != position or segment.end != position + len(segment.raw):
            raise AuditError(f"segment {n}: offsets {segment.start} to {segment.end} do not continue at {position}")
        if not capture.startswith(segment.raw, position):
            raise AuditError(f"segment {n}: its raw is not what the capture holds at {position}")
        position = segment.end
    raise AuditError(f"the segments end at {position}, the capture at {len(capture)}")
