"""Measure lines by themselves, with array operations over the characters of all of them at once.

A line is seen through its shape (lengths, capitals, digits, how it ends) and through the words of rules/vocabulary.toml
in many languages.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from peacetalks.clean.alphabet import Kind, tables
from peacetalks.clean.lexicon import (
    PREFIX,
    Lexicon,
    Words,
    find_words,
    hash_pairs,
    hash_prefixes,
    look_up,
)

Ints = npt.NDArray[np.int64]
Measure = npt.NDArray[np.float64] | npt.NDArray[np.int64] | npt.NDArray[np.bool_]

LONG = 110  # a line is full, as paragraphs are, when it is so long, or shorter and ends like a sentence
_SENTENCE = 48
_KINDS = 32
# Furniture shows at the head and the tail of a line, so that the middle of a long one is not read.
_HEAD, _TAIL = 110, 44
_GAP = "\x00"
_OPENING = 70
_LETTERS = (Kind.LOWER, Kind.UPPER, Kind.CASELESS, Kind.CJK)
_ENDS_OPEN = np.isin(np.arange(_KINDS), (Kind.DASH, Kind.PIPE, Kind.SLASH))
_SIGNS = np.isin(np.arange(_KINDS), (Kind.CODE, Kind.SYMBOL, Kind.AT, Kind.HASH, Kind.SLASH))


class Text(NamedTuple):
    """The characters of lines, and where lines and words stand among them."""

    kinds: npt.NDArray[np.uint8]
    folded: npt.NDArray[np.uint16]
    start: Ints
    end: Ints
    line_of: Ints
    counts: Ints
    words: Words
    scripts: npt.NDArray[np.uint8]
    word_line: Ints
    word_count: Ints
    ending: npt.NDArray[np.uint8]
    size: Ints
    full: npt.NDArray[np.bool_]


def read_lines(whole: list[str]) -> Text:
    """Return the lines as arrays; none holds a line feed."""
    lines = [line if len(line) <= _HEAD + _TAIL else line[:_HEAD] + _GAP + line[-_TAIL:] for line in whole]
    characters = tables()
    joined = "\n" + "\n".join(lines) + "\n"
    codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), np.uint32)
    # One look-up a character: what it folds to in the lower half, its kind above.
    packed = characters.packed.take(codes, mode="clip")
    halves = packed.view(np.uint16)
    folded = halves[0::2]
    kinds = halves[1::2].astype(np.uint8)
    lengths = np.fromiter(map(len, lines), np.int64, len(lines))
    end = np.cumsum(lengths + 1)
    start = end - lengths
    line_of = np.repeat(np.arange(len(lines)), lengths + 1)
    counts = _count_kinds(kinds, line_of, lengths)
    words = find_words(kinds, folded)
    word_line = line_of[words.start - 1]
    ending = _find_endings(kinds, start, end)
    size = np.fromiter(map(len, whole), np.int64, len(lines))
    size += size * counts[:, Kind.CJK] // np.maximum(lengths, 1)
    stops = (ending == Kind.PERIOD) | (ending == Kind.QUESTION) | (ending == Kind.ELLIPSIS)
    return Text(
        kinds=kinds,
        folded=folded,
        start=start,
        end=end,
        line_of=line_of,
        counts=counts,
        words=words,
        scripts=characters.script[codes[words.start]],
        word_line=word_line,
        word_count=np.bincount(word_line, minlength=len(lines)),
        ending=ending,
        size=size,
        full=(size >= LONG) | (stops & (size >= _SENTENCE)),
    )


def _count_kinds(kinds: npt.NDArray[np.uint8], line_of: Ints, lengths: Ints) -> Ints:
    """Return how often each kind stands in each line; small letters, the commonest, are what is left over."""
    other = np.flatnonzero(kinds[1:] != Kind.LOWER)
    cells = np.bincount(line_of[other] * _KINDS + kinds[1:][other], minlength=len(lengths) * _KINDS)
    counts = cells.reshape(-1, _KINDS)
    counts[:, Kind.SPACE] -= 1
    counts[:, Kind.LOWER] = lengths - counts.sum(axis=1)
    return counts


def _find_endings(kinds: npt.NDArray[np.uint8], start: Ints, end: Ints) -> npt.NDArray[np.uint8]:
    """Return the kind of each line's last character, quotes and brackets that close it aside."""
    close = end - 1
    for _ in range(3):
        wrapped = (kinds[close] == Kind.QUOTE) | (kinds[close] == Kind.CLOSER)
        close = np.where(wrapped & (close > start), close - 1, close)
    return kinds[close]


def look_up_words(text: Text, lexicon: Lexicon) -> Ints:
    """Return how many of a line's words, pairs and stems are in each column of the lexicon."""
    lines, hashes = text.word_line, text.words.hash
    pairs = np.flatnonzero(lines[1:] == lines[:-1])
    long = np.flatnonzero(text.words.end - text.words.start > PREFIX)
    every = np.concatenate([hashes, hash_pairs(hashes)[pairs], hash_prefixes(text.words, long)])
    row = look_up(lexicon, every)
    line = np.concatenate([lines, lines[pairs], lines[long]])
    hits = np.flatnonzero(row < len(lexicon.hashes))
    row, line = row[hits], line[hits]
    first, count = lexicon.first[row], lexicon.first[row + 1] - lexicon.first[row]
    # Each hit stands for as many cells as its entry has columns.
    places = np.arange(int(count.sum())) + np.repeat(first - (np.cumsum(count) - count), count)
    width = len(lexicon.languages) + len(lexicon.kinds)
    cells = np.repeat(line, count) * width + lexicon.columns[places]
    return np.bincount(cells, minlength=len(text.word_count) * width).reshape(-1, width)


def measure_shape(text: Text) -> dict[str, Measure]:
    """Return how each line is written."""
    counts, kinds, size, lines = text.counts, text.kinds, text.size, len(text.size)
    length = np.maximum(text.end - text.start, 1)
    letters = np.maximum(counts[:, list(_LETTERS)].sum(axis=1), 1)
    words = np.maximum(text.word_count, 1)
    first, last = kinds[text.start], kinds[text.end - 1]
    ending = text.ending
    capitals = np.bincount(text.word_line[kinds[text.words.start] == Kind.UPPER], minlength=lines)
    marks = np.flatnonzero(kinds >= Kind.PERIOD)  # few: all that is sought by its kind is sought among them
    kind_of = kinds[marks]
    stops = marks[(kind_of == Kind.PERIOD) | (kind_of == Kind.QUESTION)]
    pause = stops[(kinds[stops + 1] == Kind.SPACE) & (stops + 1 < text.end[text.line_of[stops - 1]])]
    dashes = marks[kind_of == Kind.DASH]
    spaced = dashes[(kinds[dashes - 1] == Kind.SPACE) & (kinds[dashes + 1] == Kind.SPACE)]
    spaced = spaced[spaced - text.start[text.line_of[spaced - 1]] < _OPENING]
    bracket = marks[kind_of == Kind.CLOSER]
    bracket = bracket[bracket - text.start[text.line_of[bracket - 1]] < _OPENING]
    opening = np.minimum(text.start[:, None] + np.arange(4), text.end[:, None])
    colons = marks[kind_of == Kind.COLON]
    clock = colons[(kinds[colons - 1] == Kind.DIGIT) & (kinds[colons + 1] == Kind.DIGIT)]
    dots = marks[(kind_of == Kind.PERIOD) | (kind_of == Kind.SLASH) | (kind_of == Kind.DASH)]
    dotted = dots[(kinds[dots - 1] == Kind.DIGIT) & (kinds[dots + 1] == Kind.DIGIT)]
    columns: dict[str, Measure] = {
        "size": size,
        "words": text.word_count,
        "word-length": letters / words,
        "digits": counts[:, Kind.DIGIT] / length,
        "digit-count": counts[:, Kind.DIGIT],
        "capital-letters": counts[:, Kind.UPPER] / letters,
        "capital-words": capitals / words,
        "letters": letters / length,
        "sentences": np.bincount(text.line_of[pause - 1], minlength=lines),
        "clock": np.bincount(text.line_of[clock - 1], minlength=lines),
        "dotted-number": np.bincount(text.line_of[dotted - 1], minlength=lines),
        "early-dash": np.bincount(text.line_of[spaced - 1], minlength=lines),
        "early-bracket": np.bincount(text.line_of[bracket - 1], minlength=lines),
        "starts-capitals": (kinds[opening] == Kind.UPPER).sum(axis=1),
        "ends-period": ending == Kind.PERIOD,
        "ends-question": ending == Kind.QUESTION,
        "ends-ellipsis": ending == Kind.ELLIPSIS,
        "ends-comma": ending == Kind.COMMA,
        "ends-colon": ending == Kind.COLON,
        "ends-letter": (ending >= Kind.LOWER) & (ending <= Kind.CJK),
        "ends-digit": ending == Kind.DIGIT,
        "ends-dash": _ENDS_OPEN[ending],
        "ends-quote": last == Kind.QUOTE,
        "ends-closer": last == Kind.CLOSER,
        "starts-lower": first == Kind.LOWER,
        "starts-upper": first == Kind.UPPER,
        "starts-digit": first == Kind.DIGIT,
        "starts-quote": first == Kind.QUOTE,
        "starts-dash": first == Kind.DASH,
        "starts-bullet": (first == Kind.BULLET) | (first == Kind.PIPE),
        "starts-opener": first == Kind.OPENER,
        "starts-sign": _SIGNS[first],
    }
    for kind in Kind:
        if kind >= Kind.PERIOD:
            columns[f"count-{kind.name.lower()}"] = counts[:, kind]
    return columns


def measure_words(text: Text, lexicon: Lexicon, found: Ints) -> dict[str, Measure]:
    """Return how many of each line's words are of each kind, and are function words of the language that has most."""
    split = len(lexicon.languages)
    share = 1 / np.maximum(text.word_count, 1)
    columns: dict[str, Measure] = {}
    shares = found[:, split:] * share[:, None]
    for column, kind in enumerate(lexicon.kinds):
        columns[f"has-{kind}"] = found[:, split + column]
        columns[f"share-{kind}"] = shares[:, column]
    best = found[:, :split].max(axis=1, initial=0)
    columns["function-words"] = best
    columns["function-word-share"] = best * share
    return columns
