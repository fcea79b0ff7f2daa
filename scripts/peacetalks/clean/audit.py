"""Replay the cleaning of a capture: nothing is lost, and the text is what the labels keep."""

from peacetalks.errors import AuditError
from peacetalks.record import Segment


def body_text(segments: list[Segment]) -> str:
    """Return the text of an article: its body segments, joined by one blank line."""
    return "\n\n".join(segment.clean for segment in segments if segment.label == "body")


def audit(capture: str, segments: list[Segment], text: str) -> None:
    """Raise AuditError unless the raws in order are the capture and the kept cleans are the text."""
    check_tiling(capture, segments)
    if body_text(segments) != text:
        raise AuditError("the text is not the body segments joined")


def check_tiling(capture: str, segments: list[Segment]) -> None:
    """Raise AuditError unless the raws in order are the capture, and each segment tells where its own stands."""
    position = 0
    for n, segment in enumerate(segments):
        end = position + len(segment.raw)
        if segment.n != n or segment.start != position or segment.end != end:
            raise AuditError(f"segment {n}: offsets {segment.start} to {segment.end} do not continue at {position}")
        position = end
    if "".join([segment.raw for segment in segments]) != capture:
        _tell_first_loss(capture, segments)


def _tell_first_loss(capture: str, segments: list[Segment]) -> None:
    for segment in segments:
        if not capture.startswith(segment.raw, segment.start):
            raise AuditError(f"segment {segment.n}: its raw is not what the capture holds at {segment.start}")
    raise AuditError(f"the segments end at {segments[-1].end if segments else 0}, the capture at {len(capture)}")
