"""Cut a raw line where its repaired form is cut: its halves, each repaired by itself, are the halves of that form."""

from collections.abc import Iterable, Iterator
from itertools import islice

from peacetalks.clean.encoding import repair_lines

_TRIES = 16  # places that are tried at a time: all of one batch of lines


def find_cut(raw: str, left: str, right: str, *, early: bool, most: int) -> int | None:
    """Return where to cut a raw line into halves that are these when they are repaired, as early as can be, or as late.

    None where no place is one, of the `most` that are tried: a line may only be repaired as a whole.
    """
    at = raw.find(left)
    exact = at + len(left) if early else len(raw.rstrip()) - len(right)
    others = range(1, len(raw)) if early else range(len(raw) - 1, 0, -1)
    likely = (place for place in others if _may_begin(raw[place], right))
    if (found := _first([exact], raw, left, right)) is not None:
        return found
    tries = islice(likely, most)
    while batch := [*islice(tries, _TRIES)]:
        if (found := _first(batch, raw, left, right)) is not None:
            return found
    return None


def _may_begin(raw: str, right: str) -> bool:
    """Say whether a half that begins so may be this one when it is repaired: only what is damaged changes."""
    return raw == right[0] or not raw.isascii() or not raw.isprintable() or raw in "& "


def _first(places: Iterable[int], raw: str, left: str, right: str) -> int | None:
    inside = [place for place in places if 0 < place < len(raw)]
    repaired = iter(repair_lines([*_halves(inside, raw)]))
    for place, pair in zip(inside, zip(repaired, repaired, strict=True), strict=True):
        if pair == (left, right):
            return place
    return None


def _halves(places: Iterable[int], raw: str) -> Iterator[str]:
    for place in places:
        yield raw[:place]
        yield raw[place:]
