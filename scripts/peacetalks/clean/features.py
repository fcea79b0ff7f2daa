"""Measure the lines of a batch of pages as one matrix, with array operations over all characters at once.

A line is seen through its shape (lengths, capitals, digits, how it ends), through the words of rules/vocabulary.toml
in many languages, and through its place among the other lines of its page. No column knows a language or an outlet.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from peacetalks.clean.alphabet import Kind, Script, tables
from peacetalks.clean.lexicon import (
    PREFIX,
    Lexicon,
    Words,
    find_words,
    hash_pairs,
    hash_prefixes,
    hash_spans,
    load_lexicon,
    look_up,
)

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]
Measure = npt.NDArray[np.float64] | npt.NDArray[np.int64] | npt.NDArray[np.bool_]

_KINDS = 32
# Furniture shows at the head and the tail of a line, so that the middle of a long one is not read.
_HEAD, _TAIL = 110, 44
_GAP = "\x00"
# A line is full, as paragraphs are, when it is this long, or shorter and ends like a sentence.
_LONG, _SENTENCE = 110, 48
_OPENING = 70
# Years of the Gregorian and of the Persian calendar that stand on news pages.
_FIRST_YEAR, _LAST_YEAR = 1380, 2035
_PAGE_KEY = np.uint64(0x9FB21C651E98DF25)
_LETTERS = (Kind.LOWER, Kind.UPPER, Kind.CASELESS, Kind.CJK)
# What such a short line announces reaches far: related stories, comments, the small print.
_SIGNPOSTS = ("related", "comment", "legal", "share", "newsletter", "tag")
_SHORT, _FAR = 60, 99
_ENDS_OPEN = np.isin(np.arange(_KINDS), (Kind.DASH, Kind.PIPE, Kind.SLASH))
_SIGNS = np.isin(np.arange(_KINDS), (Kind.CODE, Kind.SYMBOL, Kind.AT, Kind.HASH, Kind.SLASH))


class Page(NamedTuple):
    """The lines of a page that are not blank, and the number of blank lines before each; one more for the end."""

    lines: list[str]
    blanks: list[int]


class _Text(NamedTuple):
    """The characters of all lines, and where lines and words stand among them."""

    kinds: npt.NDArray[np.uint8]
    folded: npt.NDArray[np.uint16]
    start: Ints
    end: Ints
    line_of: Ints
    page_of: Ints
    counts: Ints
    words: Words
    scripts: npt.NDArray[np.uint8]
    word_line: Ints
    word_count: Ints
    ending: npt.NDArray[np.uint8]
    size: Ints
    full: npt.NDArray[np.bool_]


def measure_lines(pages: list[Page]) -> Floats:
    """Return the measures of every line of every page, stacked: shape (lines, len(names()))."""
    return stack_columns(_measure(pages))


def stack_columns(columns: Mapping[str, Measure]) -> Floats:
    """Return columns side by side: shape (rows, columns)."""
    # Columns are written whole and the matrix is turned: np.stack would write it cell by cell.
    rows = np.empty((len(columns), len(next(iter(columns.values())))), np.float32)
    for row, column in zip(rows, columns.values(), strict=True):
        row[:] = column
    return rows.T


def names() -> tuple[str, ...]:
    """Return the names of the columns of `measure_lines`."""
    return tuple(_measure([Page(["A line."], [0, 0])]))


def _measure(pages: list[Page]) -> dict[str, Measure]:
    text = _read_text(pages)
    lexicon = load_lexicon()
    found = _look_up_words(text, lexicon)
    columns = _shape(text)
    columns |= _vocabulary(text, lexicon, found)
    columns |= _signposts(text, lexicon, found)
    columns |= _place(text, pages)
    columns |= _likeness(text)
    columns |= _years(text)
    return columns


def _read_text(pages: list[Page]) -> _Text:
    whole = [line for page in pages for line in page.lines]
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
    return _Text(
        kinds=kinds,
        folded=folded,
        start=start,
        end=end,
        line_of=line_of,
        page_of=np.repeat(np.arange(len(pages)), [len(page.lines) for page in pages]),
        counts=counts,
        words=words,
        scripts=characters.script[codes[words.start]],
        word_line=word_line,
        word_count=np.bincount(word_line, minlength=len(lines)),
        ending=ending,
        size=size,
        full=(size >= _LONG) | (stops & (size >= _SENTENCE)),
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


def _look_up_words(text: _Text, lexicon: Lexicon) -> Ints:
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


def _shape(text: _Text) -> dict[str, Measure]:
    counts, kinds, size, lines = text.counts, text.kinds, text.size, len(text.size)
    length = np.maximum(text.end - text.start, 1)
    letters = np.maximum(counts[:, list(_LETTERS)].sum(axis=1), 1)
    words = np.maximum(text.word_count, 1)
    first, last = kinds[text.start], kinds[text.end - 1]
    ending = text.ending
    capitals = np.bincount(text.word_line[kinds[text.words.start] == Kind.UPPER], minlength=lines)
    stops = np.flatnonzero((kinds[:-1] == Kind.PERIOD) | (kinds[:-1] == Kind.QUESTION))
    pause = stops[(kinds[stops + 1] == Kind.SPACE) & (stops + 1 < text.end[text.line_of[stops - 1]])]
    dashes = np.flatnonzero(kinds == Kind.DASH)
    spaced = dashes[(kinds[dashes - 1] == Kind.SPACE) & (kinds[dashes + 1] == Kind.SPACE)]
    spaced = spaced[spaced - text.start[text.line_of[spaced - 1]] < _OPENING]
    bracket = np.flatnonzero(kinds == Kind.CLOSER)
    bracket = bracket[bracket - text.start[text.line_of[bracket - 1]] < _OPENING]
    opening = np.minimum(text.start[:, None] + np.arange(4), text.end[:, None])
    colons = np.flatnonzero(kinds == Kind.COLON)
    clock = colons[(kinds[colons - 1] == Kind.DIGIT) & (kinds[colons + 1] == Kind.DIGIT)]
    marks = np.concatenate([stops[kinds[stops] == Kind.PERIOD], np.flatnonzero(kinds == Kind.SLASH), dashes])
    dotted = marks[(kinds[marks - 1] == Kind.DIGIT) & (kinds[marks + 1] == Kind.DIGIT)]
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


def _vocabulary(text: _Text, lexicon: Lexicon, found: Ints) -> dict[str, Measure]:
    split = len(lexicon.languages)
    share = 1 / np.maximum(text.word_count, 1)
    columns: dict[str, Measure] = {}
    shares = found[:, split:] * share[:, None]
    for column, kind in enumerate(lexicon.kinds):
        columns[f"has-{kind}"] = found[:, split + column]
        columns[f"share-{kind}"] = shares[:, column]
    languages = found[:, :split]
    best = languages.max(axis=1)
    own = languages[np.arange(len(languages)), _sum_pages(text, languages).argmax(axis=1)[text.page_of]]
    columns["function-words"] = best
    columns["function-word-share"] = best * share
    columns["foreign-words"] = best - own
    columns["foreign-script"] = _foreign_script(text)
    return columns


def _signposts(text: _Text, lexicon: Lexicon, found: Ints) -> dict[str, Measure]:
    """Measure how far above and below the next short line with furniture's words is, a kind at a time."""
    here, split = np.arange(len(text.size)), len(lexicon.languages)
    firsts = np.searchsorted(text.page_of, text.page_of)
    lasts = np.searchsorted(text.page_of, text.page_of, "right") - 1
    columns: dict[str, Measure] = {}
    for kind in _SIGNPOSTS:
        column = split + lexicon.kinds.index(kind)
        short = (text.size < _SHORT) & (found[:, column] > 0)
        above = np.maximum.accumulate(np.where(short, here, -1))
        above = np.concatenate([[-1], above[:-1]])[: len(here)]
        below = np.minimum.accumulate(np.where(short, here, len(here))[::-1])[::-1]
        below = np.concatenate([below[1:], [len(here)]])[-len(here) :] if len(here) else below
        columns[f"since-{kind}"] = np.where(above >= firsts, here - above, _FAR)
        columns[f"until-{kind}"] = np.where(below <= lasts, below - here, _FAR)
    return columns


def _sum_pages(text: _Text, values: Ints) -> Ints:
    """Return the sums of the rows of each page that has lines; a page without any has zeros."""
    pages = int(text.page_of[-1]) + 1 if len(text.page_of) else 0
    sums = np.zeros((pages, values.shape[1]), np.int64)
    if pages:
        firsts = np.flatnonzero(np.diff(text.page_of, prepend=-1))
        sums[text.page_of[firsts]] = np.add.reduceat(values, firsts, axis=0)
    return sums


def _foreign_script(text: _Text) -> npt.NDArray[np.float64]:
    """Return the share of a line's words that are not in the script that most of its page is in."""
    width = len(Script)
    cells = np.bincount(text.word_line * width + text.scripts, minlength=len(text.page_of) * width)
    lines = cells.reshape(-1, width)
    lines[:, Script.DIGIT] = 0
    own = _sum_pages(text, lines).argmax(axis=1)
    total = lines.sum(axis=1)
    foreign: npt.NDArray[np.float64] = (total - lines[np.arange(len(lines)), own[text.page_of]]) / np.maximum(total, 1)
    return foreign


def _place(text: _Text, pages: list[Page]) -> dict[str, Measure]:
    size, long = text.size, text.full
    counts = np.array([len(page.lines) for page in pages], np.int64)
    last = np.cumsum(counts)[text.page_of] - 1
    first = last + 1 - counts[text.page_of]
    here = np.arange(len(size))
    blanks = np.array([blank for page in pages for blank in page.blanks], np.int64)
    before, after = blanks[here + text.page_of], blanks[here + text.page_of + 1]
    mass = np.concatenate([[0], np.cumsum(np.where(long, size, 0))])
    total = np.maximum(mass[last + 1] - mass[first], 1)
    tally = np.concatenate([[0], np.cumsum(long)])
    gaps = np.concatenate([[0], np.cumsum(before)])
    previous = np.maximum(np.maximum.accumulate(np.where(long, here, -1)), first - 1)
    following = np.minimum(np.minimum.accumulate(np.where(long, here, len(size))[::-1])[::-1], last + 1)
    lead = np.minimum.reduceat(np.where(long, here, len(size)), first[first == here]) if len(size) else here
    tail = np.maximum.reduceat(np.where(long, here, -1), first[first == here]) if len(size) else here
    columns: dict[str, Measure] = {
        "from-top": here - first,
        "from-bottom": last - here,
        "page-lines": counts[text.page_of],
        "page-long": (tally[last + 1] - tally[first]) / counts[text.page_of],
        "page-long-count": tally[last + 1] - tally[first],
        "mass-above": (mass[here] - mass[first]) / total,
        "mass-below": (mass[last + 1] - mass[here + 1]) / total,
        "blanks-before": before,
        "blanks-after": after,
        "page-blanks": (gaps[last + 1] - gaps[first]) / counts[text.page_of],
        "blanks-apart": before - (gaps[last + 1] - gaps[first]) / counts[text.page_of],
        "since-long": np.where(long, 0, here - previous),
        "until-long": np.where(long, 0, following - here),
        "before-first-long": np.minimum(lead[text.page_of], last + 1) - here,
        "after-last-long": here - np.maximum(tail[text.page_of], first - 1),
    }
    for reach in (1, 2, 4, 8):
        low, high = np.maximum(here - reach, first), np.minimum(here + reach, last)
        columns[f"long-within-{reach}"] = (tally[high + 1] - tally[low] - long) / (2 * reach)
    below = np.minimum(here + 3, last)
    above = np.maximum(here - 3, first)
    columns["long-next-3"] = tally[below + 1] - tally[here + 1]
    columns["long-last-3"] = tally[here] - tally[above]
    return columns


def _likeness(text: _Text) -> dict[str, Measure]:
    """Measure how a line's words recur in the page's long lines and in its likely title, and whether it recurs."""
    words, long, lines = text.words, text.full, len(text.size)
    kinds = text.kinds[words.start]
    content = words.end - words.start >= np.where(kinds == Kind.CASELESS, 3, 4)
    content &= kinds != Kind.DIGIT
    line = text.word_line[content]
    word = _number(words.hash[content] ^ (text.page_of[line].astype(np.uint64) * _PAGE_KEY))
    times = np.bincount(word[long[line]], minlength=len(word))
    known = times[word] > long[line]
    total = np.bincount(line, minlength=lines)
    shared = np.bincount(line[known], minlength=lines)
    share = shared / np.maximum(total, 1)
    title = _likely_titles(text, shared, share)
    heads = np.zeros(len(word), np.bool_)
    heads[word[title[line]]] = True
    alike = np.bincount(line[heads[word]], minlength=lines)
    whole = hash_spans(words.sums, text.start, text.end) ^ (text.page_of.astype(np.uint64) * _PAGE_KEY)
    _, firsts, place, times = np.unique(whole, return_index=True, return_inverse=True, return_counts=True)
    at = np.full(text.page_of[-1] + 1 if lines else 0, -1, np.int64)
    at[text.page_of[title]] = np.flatnonzero(title)
    apart = np.where(at[text.page_of] >= 0, np.arange(lines) - at[text.page_of], -99)
    return {
        "content-words": total,
        "body-words": shared,
        "body-share": share,
        "title": title,
        "title-words": np.where(title, 0, alike),
        "title-share": np.where(title, 0, alike / np.maximum(total, 1)),
        "from-title": apart,
        "repeats": times[place] - 1,
        "repeated-above": firsts[place] < np.arange(lines),
    }


def _number(keys: npt.NDArray[np.uint64]) -> Ints:
    """Return a number for each key, the same for equal keys."""
    order = np.argsort(keys)
    ordered = keys[order]
    numbers = np.zeros(len(keys), np.int64)
    numbers[order] = np.cumsum(np.concatenate([[False], ordered[1:] != ordered[:-1]]))[: len(keys)]
    return numbers


def _years(text: _Text) -> dict[str, Measure]:
    """Measure how a short line's year stands to the others of its page: a page's clock is later than its article."""
    words, lines = text.words, len(text.size)
    pages = int(text.page_of[-1]) + 1 if lines else 0
    four = (words.end - words.start == 4) & (text.kinds[words.start] == Kind.DIGIT)
    four &= text.size[text.word_line] < _LONG
    places = words.start[four]
    digits = text.folded[places[:, None] + np.arange(4)].astype(np.int64) - ord("0")
    values = digits @ np.array([1000, 100, 10, 1])
    line = text.word_line[four]
    fits = (values >= _FIRST_YEAR) & (values <= _LAST_YEAR)
    values, line = values[fits], line[fits]
    year = np.zeros(lines, np.int64)
    np.maximum.at(year, line, values)
    early, late = np.full(pages, _LAST_YEAR), np.zeros(pages, np.int64)
    np.minimum.at(early, text.page_of[line], values)
    np.maximum.at(late, text.page_of[line], values)
    return {
        "years-after-first": np.where(year > 0, year - early[text.page_of], 0),
        "years-before-last": np.where(year > 0, late[text.page_of] - year, 0),
        "dated-lines": np.bincount(text.page_of[year > 0], minlength=pages)[text.page_of] * (year > 0),
    }


def _likely_titles(text: _Text, shared: Ints, share: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Mark on each page the line above its first long lines that shares most with them."""
    size, long = text.size, text.full
    here = np.arange(len(size))
    pages = int(text.page_of[-1]) + 1 if len(size) else 0
    second = np.full(pages, len(size), np.int64)
    ranks: Ints = np.cumsum(long) - long
    base = np.concatenate([[0], np.cumsum(np.bincount(text.page_of[long], minlength=pages))])[:-1]
    limit = np.flatnonzero(long & (ranks - base[text.page_of] == 1))
    second[text.page_of[limit]] = limit
    fits = (here < second[text.page_of]) & (size >= 15) & (size < 220) & (text.word_count >= 3)
    score = np.where(fits, shared * (0.25 + share) * np.where(long, 0.3, 1.0), 0.0)
    best = np.zeros(pages)
    np.maximum.at(best, text.page_of, score)
    title: npt.NDArray[np.bool_] = (score == best[text.page_of]) & (score > 0)
    repeated = np.concatenate([[False], title[1:] & (np.cumsum(title)[:-1] > 0)])
    if repeated.any():
        _, firsts = np.unique(text.page_of[title], return_index=True)
        chosen = np.zeros(len(size), np.bool_)
        chosen[np.flatnonzero(title)[firsts]] = True
        title = chosen
    return title
