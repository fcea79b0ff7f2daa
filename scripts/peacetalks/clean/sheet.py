"""The lines of a page as columns, on their way from what was captured to labelled segments."""

from itertools import accumulate, count

from msgspec import Struct

from peacetalks.record import Label, Segment


class Sheet(Struct, gc=False):
    """The segments of one page as columns of equal length; where each starts follows from the raws before it."""

    raw: list[str]
    clean: list[str]
    label: list[Label]
    reason: list[str]
    score: list[float]

    def ends(self) -> list[int]:
        """Return where the raw of each segment ends in the capture."""
        return list(accumulate(map(len, self.raw)))

    def segments(self) -> list[Segment]:
        """Return the segments as objects."""
        ends = self.ends()
        columns = (self.raw, self.clean, self.label, self.reason, self.score)
        return [*map(Segment, count(), [0, *ends], ends, *columns)]


def as_sheet(segments: list[Segment]) -> Sheet:
    """Return segments as columns."""
    return Sheet(
        raw=[segment.raw for segment in segments],
        clean=[segment.clean for segment in segments],
        label=[segment.label for segment in segments],
        reason=[segment.reason for segment in segments],
        score=[segment.score for segment in segments],
    )
