"""Measure the lines of a batch of pages as one matrix: each by itself (`wording`), and by its place on its page.

What lines are by themselves is measured once for all that are equal, as the menus of a site are on every page of it.
No column knows a language or an outlet.
"""

from collections import defaultdict
from collections.abc import Mapping
from itertools import chain, count
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from peacetalks.clean.alphabet import Kind, Script
from peacetalks.clean.lexicon import Lexicon, hash_spans, load_lexicon
from peacetalks.clean.wording import LONG, Ints, Measure, Text, look_up_words, measure_shape, measure_words, read_lines

Floats = npt.NDArray[np.float32]

# Years of the Gregorian and of the Persian calendar that stand on news pages.
_FIRST_YEAR, _LAST_YEAR = 1380, 2035
_PAGE_KEY = np.uint64(0x9FB21C651E98DF25)
# What such a short line announces reaches far: related stories, comments, the small print.
_SIGNPOSTS = ("related", "comment", "legal", "share", "newsletter", "tag")
_SHORT, _FAR = 60, 99


class Page(NamedTuple):
    """The lines of a page that are not blank, and the number of blank lines before each; one more for the end."""

    lines: list[str]
    blanks: list[int]


class _Lines(NamedTuple):
    """The lines of all pages in order: which of the different ones each is, its page, and what is read off it."""

    of: Ints
    page_of: Ints
    size: Ints
    full: npt.NDArray[np.bool_]
    word_count: Ints


def measure_lines(pages: list[Page], room: int = 0) -> Floats:
    """Return the measures of every line of every page, stacked: shape (lines, len(names()) + room).

    The last columns, as many as there is to be room for, are left to be filled in.
    """
    alone, of, placed = _measure(pages)
    # Columns are written whole and the matrix is turned: np.stack would write it cell by cell.
    matrix = np.empty((len(alone) + len(placed) + room, len(of)), np.float32)
    different = np.empty((len(alone), len(next(iter(alone.values())))), np.float32)
    fill_rows(different, alone)
    different.take(of, axis=1, out=matrix[: len(alone)], mode="clip")  # which, unlike "raise", needs no copy
    fill_rows(matrix[len(alone) : len(matrix) - room], placed)
    return matrix.T


def fill_rows(rows: Floats, columns: Mapping[str, Measure]) -> None:
    """Write each column into a row."""
    for row, column in zip(rows, columns.values(), strict=True):
        row[:] = column


def names() -> tuple[str, ...]:
    """Return the names of the columns of `measure_lines`."""
    alone, _, placed = _measure([Page(["A line."], [0, 0])])
    return (*alone, *placed)


def _measure(pages: list[Page]) -> tuple[dict[str, Measure], Ints, dict[str, Measure]]:
    """Return the columns of different lines, which of these each line of the pages is, and the columns of all lines."""
    numbers: dict[str, int] = defaultdict(count().__next__)
    every = chain.from_iterable(page.lines for page in pages)
    of = np.fromiter(map(numbers.__getitem__, every), np.int64)
    text = read_lines(list(numbers))
    page_of = np.repeat(np.arange(len(pages)), [len(page.lines) for page in pages])
    lines = _Lines(of, page_of, text.size[of], text.full[of], text.word_count[of])
    lexicon = load_lexicon()
    found = look_up_words(text, lexicon)
    placed = _foreign(text, lines, found[:, : len(lexicon.languages)])
    placed |= _signposts(lines, lexicon, found)
    placed |= _place(lines, pages)
    placed |= _likeness(text, lines)
    placed |= _years(text, lines)
    return {**measure_shape(text), **measure_words(text, lexicon, found)}, of, placed


def _foreign(text: Text, lines: _Lines, languages: Ints) -> dict[str, Measure]:
    """Measure what of a line is not in the language, or not in the script, that most of its page is in."""
    known = languages[lines.of]
    own = known[np.arange(len(known)), _sum_pages(lines, known).argmax(axis=1)[lines.page_of]]
    width = len(Script)
    cells = np.bincount(text.word_line * width + text.scripts, minlength=len(text.size) * width).reshape(-1, width)
    cells[:, Script.DIGIT] = 0
    scripts = cells[lines.of]
    main = _sum_pages(lines, scripts).argmax(axis=1)[lines.page_of]
    total = scripts.sum(axis=1)
    return {
        "foreign-words": languages.max(axis=1, initial=0)[lines.of] - own,
        "foreign-script": (total - scripts[np.arange(len(scripts)), main]) / np.maximum(total, 1),
    }


def _signposts(lines: _Lines, lexicon: Lexicon, found: Ints) -> dict[str, Measure]:
    """Measure how far above and below the next short line with furniture's words is, a kind at a time."""
    here, split = np.arange(len(lines.size)), len(lexicon.languages)
    firsts = np.searchsorted(lines.page_of, lines.page_of)
    lasts = np.searchsorted(lines.page_of, lines.page_of, "right") - 1
    columns: dict[str, Measure] = {}
    for kind in _SIGNPOSTS:
        column = split + lexicon.kinds.index(kind)
        short = (lines.size < _SHORT) & (found[:, column] > 0)[lines.of]
        posts = np.concatenate([[-1], np.flatnonzero(short), [len(here)]])
        passed = np.cumsum(short)
        above, below = posts[passed - short], posts[passed + 1]
        columns[f"since-{kind}"] = np.where(above >= firsts, here - above, _FAR)
        columns[f"until-{kind}"] = np.where(below <= lasts, below - here, _FAR)
    return columns


def _sum_pages(lines: _Lines, values: Ints) -> Ints:
    """Return the sums of the rows of each page that has lines; a page without any has zeros."""
    pages = int(lines.page_of[-1]) + 1 if len(lines.page_of) else 0
    sums = np.zeros((pages, values.shape[1]), np.int64)
    if pages:
        firsts = np.flatnonzero(np.diff(lines.page_of, prepend=-1))
        sums[lines.page_of[firsts]] = np.add.reduceat(values, firsts, axis=0)
    return sums


def _place(lines: _Lines, pages: list[Page]) -> dict[str, Measure]:
    size, long = lines.size, lines.full
    counts = np.array([len(page.lines) for page in pages], np.int64)
    last = np.cumsum(counts)[lines.page_of] - 1
    first = last + 1 - counts[lines.page_of]
    here = np.arange(len(size))
    blanks = np.array([blank for page in pages for blank in page.blanks], np.int64)
    before, after = blanks[here + lines.page_of], blanks[here + lines.page_of + 1]
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
        "page-lines": counts[lines.page_of],
        "page-long": (tally[last + 1] - tally[first]) / counts[lines.page_of],
        "page-long-count": tally[last + 1] - tally[first],
        "mass-above": (mass[here] - mass[first]) / total,
        "mass-below": (mass[last + 1] - mass[here + 1]) / total,
        "blanks-before": before,
        "blanks-after": after,
        "page-blanks": (gaps[last + 1] - gaps[first]) / counts[lines.page_of],
        "blanks-apart": before - (gaps[last + 1] - gaps[first]) / counts[lines.page_of],
        "since-long": np.where(long, 0, here - previous),
        "until-long": np.where(long, 0, following - here),
        "before-first-long": np.minimum(lead[lines.page_of], last + 1) - here,
        "after-last-long": here - np.maximum(tail[lines.page_of], first - 1),
    }
    for reach in (1, 2, 4, 8):
        low, high = np.maximum(here - reach, first), np.minimum(here + reach, last)
        columns[f"long-within-{reach}"] = (tally[high + 1] - tally[low] - long) / (2 * reach)
    below = np.minimum(here + 3, last)
    above = np.maximum(here - 3, first)
    columns["long-next-3"] = tally[below + 1] - tally[here + 1]
    columns["long-last-3"] = tally[here] - tally[above]
    return columns


def _likeness(text: Text, lines: _Lines) -> dict[str, Measure]:
    """Measure how a line's words recur in the page's long lines and in its likely title, and whether it recurs."""
    count, long = len(lines.of), lines.full
    hashes, line = _content_words(text, lines)
    word = _number(hashes ^ (lines.page_of[line].astype(np.uint64) * _PAGE_KEY))
    times = np.bincount(word[long[line]], minlength=len(word))
    known = times[word] > long[line]
    total = np.bincount(line, minlength=count)
    shared = np.bincount(line[known], minlength=count)
    share = shared / np.maximum(total, 1)
    title = _likely_titles(lines, shared, share)
    heads = np.zeros(len(word), np.bool_)
    heads[word[title[line]]] = True
    alike = np.bincount(line[heads[word]], minlength=count)
    whole = hash_spans(text.words.sums, text.start, text.end)[lines.of]
    whole ^= lines.page_of.astype(np.uint64) * _PAGE_KEY
    same, here = _number(whole), np.arange(count)
    times = np.bincount(same)
    firsts = np.zeros(len(times), np.int64)
    firsts[same[::-1]] = here[::-1]
    at = np.full(lines.page_of[-1] + 1 if count else 0, -1, np.int64)
    at[lines.page_of[title]] = np.flatnonzero(title)
    apart = np.where(at[lines.page_of] >= 0, here - at[lines.page_of], -99)
    return {
        "content-words": total,
        "body-words": shared,
        "body-share": share,
        "title": title,
        "title-words": np.where(title, 0, alike),
        "title-share": np.where(title, 0, alike / np.maximum(total, 1)),
        "from-title": apart,
        "repeats": times[same] - 1,
        "repeated-above": firsts[same] < here,
    }


def _content_words(text: Text, lines: _Lines) -> tuple[npt.NDArray[np.uint64], Ints]:
    """Return the hashes of the words of all lines that tell what they are about, and the line of each."""
    words = text.words
    kinds = text.kinds[words.start]
    content = (words.end - words.start >= np.where(kinds == Kind.CASELESS, 3, 4)) & (kinds != Kind.DIGIT)
    own = np.bincount(text.word_line[content], minlength=len(text.size))
    first = np.cumsum(own) - own
    counts = own[lines.of]
    places = np.arange(int(counts.sum())) + np.repeat(first[lines.of] - (np.cumsum(counts) - counts), counts)
    return words.hash[content][places], np.repeat(np.arange(len(lines.of)), counts)


def _number(keys: npt.NDArray[np.uint64]) -> Ints:
    """Return a number for each key, the same for equal keys."""
    order = np.argsort(keys)
    ordered = keys[order]
    numbers = np.zeros(len(keys), np.int64)
    numbers[order] = np.cumsum(np.concatenate([[False], ordered[1:] != ordered[:-1]]))[: len(keys)]
    return numbers


def _years(text: Text, lines: _Lines) -> dict[str, Measure]:
    """Measure how a short line's year stands to the others of its page: a page's clock is later than its article."""
    words, pages = text.words, int(lines.page_of[-1]) + 1 if len(lines.page_of) else 0
    four = (words.end - words.start == 4) & (text.kinds[words.start] == Kind.DIGIT)
    four &= text.size[text.word_line] < LONG
    places = words.start[four]
    digits = text.folded[places[:, None] + np.arange(4)].astype(np.int64) - ord("0")
    values = digits @ np.array([1000, 100, 10, 1])
    line = text.word_line[four]
    fits = (values >= _FIRST_YEAR) & (values <= _LAST_YEAR)
    values, line = values[fits], line[fits]
    first, last = np.full(len(text.size), _LAST_YEAR), np.zeros(len(text.size), np.int64)
    np.minimum.at(first, line, values)
    np.maximum.at(last, line, values)
    early, late = np.full(pages, _LAST_YEAR), np.zeros(pages, np.int64)
    np.minimum.at(early, lines.page_of, first[lines.of])
    np.maximum.at(late, lines.page_of, last[lines.of])
    year = last[lines.of]
    return {
        "years-after-first": np.where(year > 0, year - early[lines.page_of], 0),
        "years-before-last": np.where(year > 0, late[lines.page_of] - year, 0),
        "dated-lines": np.bincount(lines.page_of[year > 0], minlength=pages)[lines.page_of] * (year > 0),
    }


def _likely_titles(lines: _Lines, shared: Ints, share: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Mark on each page the line above its first long lines that shares most with them."""
    size, long = lines.size, lines.full
    here = np.arange(len(size))
    pages = int(lines.page_of[-1]) + 1 if len(size) else 0
    second = np.full(pages, len(size), np.int64)
    ranks: Ints = np.cumsum(long) - long
    base = np.concatenate([[0], np.cumsum(np.bincount(lines.page_of[long], minlength=pages))])[:-1]
    limit = np.flatnonzero(long & (ranks - base[lines.page_of] == 1))
    second[lines.page_of[limit]] = limit
    fits = (here < second[lines.page_of]) & (size >= 15) & (size < 220) & (lines.word_count >= 3)
    score = np.where(fits, shared * (0.25 + share) * np.where(long, 0.3, 1.0), 0.0)
    best = np.zeros(pages)
    np.maximum.at(best, lines.page_of, score)
    title: npt.NDArray[np.bool_] = (score == best[lines.page_of]) & (score > 0)
    repeated = np.concatenate([[False], title[1:] & (np.cumsum(title)[:-1] > 0)])
    if repeated.any():
        _, firsts = np.unique(lines.page_of[title], return_index=True)
        chosen = np.zeros(len(size), np.bool_)
        chosen[np.flatnonzero(title)[firsts]] = True
        title = chosen
    return title
