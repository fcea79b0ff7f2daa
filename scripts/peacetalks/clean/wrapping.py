"""Find the paragraphs of a page whose lines were broken at a fixed width, as mail, wires and text browsers do."""

from collections.abc import Sequence
from itertools import accumulate, pairwise

# Columns that text is set in. Where lines are longer, they end where paragraphs do.
_FEWEST_COLUMNS, _MOST_COLUMNS = 50, 100
_SHORTEST = 40  # characters of a broken line: hardly a word is too long for all the room that is left then
_LONGEST_WORD = 30  # what is longer is no word but writing without spaces, which can be broken anywhere
_ENDING = 2  # characters of the longest end of a line
_LEAST = 4  # breaks inside paragraphs
_SENTENCE_ENDS = (".", "!", "?", "…", "؟", "۔", ":", '"', "”", "»")


def find_continuations(lines: Sequence[str]) -> list[bool] | None:
    """Return for each line whether it goes on with the paragraph of the line before; None where no line was broken.

    Lines are those of one page, blank ones among them, with or without their ends. A line was broken at a width if the
    first word of the next one had no more room in it.
    """
    sizes, longest = [*map(len, lines)], _MOST_COLUMNS + _ENDING
    maybe = [n for n, (size, below) in enumerate(pairwise(sizes)) if _SHORTEST <= size <= longest and below > _ENDING]
    if len(maybe) < _LEAST:  # as on most pages
        return None
    # On other pages lines are longer, or are followed by another where they had room for its first word.
    others = len(maybe) + sum(size > longest for size in sizes)
    if others > 2 * len(maybe):
        return None
    spans = [_widths(lines[n].strip(), lines[n + 1].strip()) for n in maybe]
    width, breaks = _commonest(spans)
    if breaks < _LEAST or others > 2 * breaks:
        return None
    broken = [n for n, (low, high) in zip(maybe, spans, strict=True) if low <= width < high]
    # Lines that are as long as each other by chance may be sentences; one that was broken hardly ever ends as they do.
    if 3 * sum(lines[n].rstrip().endswith(_SENTENCE_ENDS) for n in broken) > len(broken):
        return None
    goes_on = [False] * len(lines)
    for n in broken:
        goes_on[n + 1] = True
    return goes_on


def _widths(line: str, following: str) -> tuple[int, int]:
    """Return the widths, the last exclusive, that a line may have been broken at: too small for the next word too."""
    word = len(following.partition(" ")[0])
    return len(line), len(line) + 1 + (word if word <= _LONGEST_WORD else 1) if word else len(line)


def _commonest(spans: list[tuple[int, int]]) -> tuple[int, int]:
    """Return the smallest of the widths that most spans hold, and how many these are."""
    steps = [0] * (_MOST_COLUMNS + 2)
    for low, high in spans:
        if low < high and high > _FEWEST_COLUMNS:
            steps[min(max(low, _FEWEST_COLUMNS), _MOST_COLUMNS + 1)] += 1
            steps[min(high, _MOST_COLUMNS + 1)] -= 1
    counts = [*accumulate(steps)]
    most = max(counts)
    return counts.index(most), most
