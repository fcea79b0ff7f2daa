"""Refuse markup that is built to exhaust a parser, by bounds that no trick of writing gets round.

The parser takes quadratic time in the depth of a tree (`parsing`) and in the attributes of a tag, and builds every open
<b>, <i> and the like again in each block that follows (lexbor issue 340). What is counted here is never less than what
it will meet: tags are counted wherever they are written, closed or not, in comments and scripts too.
"""

import re
from collections import Counter
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from peacetalks.errors import CaptureError

_MOST_TAGS = 30_000  # the fullest of 258 news pages has 4,110
_MOST_PAIRS = 10_000_000  # of attributes of long tags, as each is compared with all before it: 60 ms
_MOST_READ = 20_000_000  # bytes of long tags, those that are written in one another counted for each
_MOST_REBUILT = 2_000_000  # elements, and
_MOST_COPIED = 400_000_000  # bytes, as each has attributes of its own; of those news pages, 174 million at most
_ATTRIBUTE_SIZE = 130  # bytes that one takes in the parser beside what is written
_ALIKE = 3  # equal tags that are opened again at most (HTML Standard, 13.2.4.3)
_WORDY = 128  # attributes that a tag has room for from which on it is long; those of others take linear time
_AT_ONCE = 1 << 17  # bytes that are looked through at a time: what is noted of each stays in a core's own memory
_COPIED = 1_000  # bytes of a tag; those of a longer one are not compared with others

_BLANK = b"\t\n\f\r "
_S = rb"\t\n\f\r "
_ATTRIBUTE = re.compile(rb"[%b/]*+=?[^%b/>=]++(?:[%b]*+=[%b]*+(?:\"[^\"]*+\"?|'[^']*+'?|[^%b>]*+))?+" % ((_S,) * 5))
_TAG = re.compile(rb"<[a-zA-Z][^%b/>]*+((?:%b)*+)" % (_S, _ATTRIBUTE.pattern))
_EMPHASIS = re.compile(rb"<(?:b|big|code|em|font|i|nobr|s|small|strike|strong|tt|u)(?=[%b/>])" % _S, re.IGNORECASE)
# The first letters of these, each with what may follow it.
_ENDS = _BLANK.decode() + "/>"
_PAIRS = {"b": f"i{_ENDS}", "c": "o", "e": "m", "f": "o", "i": _ENDS, "n": "o", "s": f"mt{_ENDS}", "t": "t", "u": _ENDS}
# Where in a row of signs a value may begin, in such quotes, that holds the end of a tag.
_HOLDING = {ord('"'): re.compile(rb'="[^">]*+>'), ord("'"): re.compile(rb"='[^'>]*+>")}

Places = npt.NDArray[np.int64]


class _Tags(NamedTuple):
    """Where tags may start; then, for those of them that none is around, where they start and are at their end.

    Whatever is quoted in a tag, it has ended there, and between two such places there is no more than one at a time.
    """

    starts: Places
    first: Places
    end: Places


def refuse_bombs(data: bytes) -> Places:
    """Return where the tags of a page in UTF-8 may start.

    CaptureError where it has more tags or attributes than a parser can be trusted with.
    """
    tags = _find_tags(data)
    count = len(tags.starts)
    if count > _MOST_TAGS:
        raise CaptureError("too-large", f"{count:,} tags; the limit is {_MOST_TAGS:,}")
    pairs = _count_pairs(data, tags)
    if pairs > _MOST_PAIRS:
        raise CaptureError("too-large", f"{pairs:,} pairs of attributes; the limit is {_MOST_PAIRS:,}")
    emphasis, size = _measure_emphasis(data, tags)
    rebuilt, copied = _ALIKE * emphasis * count, size * count
    if rebuilt > _MOST_REBUILT or copied > _MOST_COPIED:
        raise CaptureError("too-large", f"emphasis that may be opened again {rebuilt:,} times, with {copied:,} bytes")
    return tags.starts


def _find_tags(data: bytes) -> _Tags:
    codes = np.frombuffer(data, np.uint8)
    signs = np.concatenate(
        [_find_signs(codes[at : at + _AT_ONCE]) + at for at in range(0, max(len(codes), 1), _AT_ONCE)]
    )
    kinds = codes[signs]
    starts = signs[kinds == ord("<")]
    following = codes[np.minimum(starts + 1, max(len(codes) - 1, 0))] | 0x20
    starts = starts[(following >= ord("a")) & (following <= ord("z"))]
    ends = signs[kinds == ord(">")]
    row = kinds.tobytes()
    values = [_find_values(data, signs, kinds, quote) for quote, holding in _HOLDING.items() if holding.search(row)]
    if values:
        # An end that stands in what may be a value is none for certain.
        begun, over = np.searchsorted(ends, np.concatenate(values, axis=1))
        quoted = np.bincount(begun, minlength=len(ends) + 1) - np.bincount(over, minlength=len(ends) + 1)
        ends = ends[np.cumsum(quoted)[:-1] == 0]
    ends = np.append(ends, len(data))
    before = np.searchsorted(ends, starts)
    first = np.flatnonzero(np.diff(before, prepend=-1))
    return _Tags(starts, starts[first], ends[before[first]])


def _find_signs(codes: npt.NDArray[np.uint8]) -> Places:
    """Return where quotes, <, = and > stand; the last three are codes in a row."""
    return np.flatnonzero((codes - np.uint8(ord("<")) <= 2) | (codes == ord('"')) | (codes == ord("'")))


def _find_values(data: bytes, signs: Places, kinds: npt.NDArray[np.uint8], quote: int) -> Places:
    """Return where values in such quotes begin and where they end that hold the end of a tag: shape (2, values)."""
    chosen = np.flatnonzero((kinds == quote) | (kinds == ord(">")))
    own = kinds[chosen] == quote
    opening = chosen[np.append(own[:-1] & ~own[1:], own[-1:])]
    opening = opening[(kinds[opening - 1] == ord("=")) & (opening > 0)]
    equals, places = signs[opening - 1], signs[opening]
    apart = np.flatnonzero(places - equals > 1)
    named = np.ones(len(places), np.bool_)
    named[apart] = [not data[equals[n] + 1 : places[n]].strip(_BLANK) for n in apart.tolist()]
    first = places[named]
    every = np.append(signs[chosen[own]], len(data))
    return np.stack([first, every[np.searchsorted(every, first, "right")]])


def _count_pairs(data: bytes, tags: _Tags) -> int:
    """Return how many pairs of attributes of long tags the parser compares at most."""
    codes = np.frombuffer(data, np.uint8)
    room = (tags.end - tags.first) // 2
    long = np.flatnonzero(room >= _WORDY)
    first, end, words = tags.first[long], tags.end[long], room[long]
    pairs = words * words // 2
    if int(pairs.sum()) <= _MOST_PAIRS:
        return int(pairs.sum())
    words[:] = [_count_words(codes[start:stop]) for start, stop in zip(first.tolist(), end.tolist(), strict=True)]
    pairs = words * words // 2
    if int(pairs.sum()) <= _MOST_PAIRS:
        return int(pairs.sum())
    read = 0
    for n in np.flatnonzero(words >= _WORDY).tolist():
        low, high = np.searchsorted(tags.starts, (first[n], end[n])).tolist()
        counts = []
        for start in tags.starts[low:high].tolist():
            attributes = _read_attributes(data, start)
            read += len(attributes)
            if read > _MOST_READ:
                raise CaptureError("too-large", f"{read:,} bytes of tags in tags; the limit is {_MOST_READ:,}")
            counts.append(len(_ATTRIBUTE.findall(attributes)))
        # Those that the parser meets do not overlap, so that they have no more words than there are.
        pairs[n] = max(counts) * min(sum(counts), int(words[n])) // 2
    return int(pairs.sum())


def _read_attributes(data: bytes, start: int) -> bytes:
    """Return what stands between the name and the end of a tag, as the parser takes it if it meets the tag."""
    tag = _TAG.match(data, start)
    return tag[1] if tag is not None else b""


def _count_words(tag: npt.NDArray[np.uint8]) -> int:
    """Return how many attributes a tag has at most: each follows what parts words, or a value in quotes."""
    parts = (tag <= ord(" ")) | (tag == ord("/"))
    return int(np.count_nonzero(parts[:-1] & ~parts[1:]) + np.count_nonzero(tag == ord("=")))


def _measure_emphasis(data: bytes, tags: _Tags) -> tuple[int, int]:
    """Return how many different tags of emphasis there are at most, and the memory of those that are open at once."""
    codes = np.frombuffer(data, np.uint8)
    starts = tags.starts[: np.searchsorted(tags.starts, len(data) - 2)]
    likely = starts[_emphatic()[codes[starts + 1].astype(np.uint16) << 8 | codes[starts + 2]]]
    places = np.array([place for place in likely.tolist() if _EMPHASIS.match(data, place)], np.int64)
    around = np.searchsorted(tags.first, places, "right") - 1
    stops = tags.end[around]
    apart = np.diff(around, prepend=-1) > 0  # tags that the parser meets do not overlap
    size = int((stops - places)[apart].sum()) * (1 + _ATTRIBUTE_SIZE // 2)
    count = len(tags.starts)
    if _ALIKE * len(places) * count <= _MOST_REBUILT and size * count <= _MOST_COPIED:
        return len(places), size
    written = [data[place:stop] for place, stop in zip(places[apart].tolist(), stops[apart].tolist(), strict=True)]
    short = stops - places <= _COPIED
    alike = {data[place:stop] for place, stop in zip(places[short].tolist(), stops[short].tolist(), strict=True)}
    times = Counter(written)
    open_at_once = sum(min(_ALIKE, times[tag]) * _memory(tag) for tag in times)
    return len(alike) + int(np.count_nonzero(~short)), open_at_once


def _memory(tag: bytes) -> int:
    """Return how many bytes the attributes of a tag take in the parser at most."""
    return len(tag) + _ATTRIBUTE_SIZE * _count_words(np.frombuffer(tag, np.uint8))


@cache
def _emphatic() -> npt.NDArray[np.bool_]:
    """Return for each pair of bytes whether a tag of emphasis may begin with it."""
    table = np.zeros(1 << 16, np.bool_)
    for first, following in _PAIRS.items():
        for one in (first, first.upper()):
            table[[ord(one) << 8 | second for second in (following.lower() + following.upper()).encode()]] = True
    return table
