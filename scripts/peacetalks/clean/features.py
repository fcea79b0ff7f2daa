"""Measure the lines of a batch of pages as one matrix, with array operations over all characters at once.

A line is seen through its shape (lengths, capitals, digits, how it ends), through the words of rules/vocabulary.toml
in many languages, and through its place among the other lines of its page. No column knows a language or an outlet.
"""

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
_HEAD, _TAIL = 14, 6
# A line is full, as paragraphs are, when it is this long, or shorter and ends like a sentence.
_LONG, _SENTENCE = 110, 48
_OPENING = 70
# Years of the Gregorian and of the Persian calendar that stand on news pages.
_FIRST_YEAR, _LAST_YEAR = 1380, 2035
_PAGE_KEY = np.uint64(0x9FB21C651E98DF25)
_LETTERS = (Kind.LOWER, Kind.UPPER, Kind.CASELESS, Kind.CJK)


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
    return np.stack(list(_measure(pages).values()), axis=1, dtype=np.float32)


def names() -> tuple[str, ...]:
    """Return the names of the columns of `measure_lines`."""
    return tuple(_measure([Page(["A line."], [0, 0])]))


def _measure(pages: list[Page]) -> dict[str, Measure]:
    text = _read_text(pages)
    lexicon = load_lexicon()
    chosen = _choose_words(text)
    found = _look_up_words(text, lexicon, chosen)
    columns = _shape(text)
    columns |= _vocabulary(text, lexicon, found, np.bincount(text.word_line[chosen], minlength=len(text.size)))
    columns |= _place(text, pages)
    columns |= _likeness(text, chosen)
    columns |= _years(text)
    return columns


def _read_text(pages: list[Page]) -> _Text:
    lines = [line for page in pages for line in page.lines]
    characters = tables()
    joined = "\n" + "\n".join(lines) + "\n"
    codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), np.uint32)
    codes = np.minimum(codes, 0xFFFF)
    kinds = characters.kind[codes]
    lengths = np.fromiter(map(len, lines), np.int64, len(lines))
    end = np.cumsum(lengths + 1)
    start = end - lengths
    line_of = np.repeat(np.arange(len(lines)), lengths + 1)
    counts = np.bincount(line_of * _KINDS + kinds[1:], minlength=len(lines) * _KINDS).reshape(-1, _KINDS)
    counts[:, Kind.SPACE] -= 1
    folded = characters.fold[codes]
    words = find_words(kinds, folded)
    word_line = line_of[words.start - 1]
    ending = _find_endings(kinds, start, end)
    size = lengths + counts[:, Kind.CJK]
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


def _find_endings(kinds: npt.NDArray[np.uint8], start: Ints, end: Ints) -> npt.NDArray[np.uint8]:
    """Return the kind of each line's last character, quotes and brackets that close it aside."""
    close = end - 1
    for _ in range(3):
        wrapped = (kinds[close] == Kind.QUOTE) | (kinds[close] == Kind.CLOSER)
        close = np.where(wrapped & (close > start), close - 1, close)
    return kinds[close]


def _choose_words(text: _Text) -> Ints:
    """Return the words at the head and the tail of each line: furniture shows there, and the cost stays low."""
    first = np.cumsum(text.word_count) - text.word_count
    rank = np.arange(len(text.word_line)) - first[text.word_line]
    left = text.word_count[text.word_line] - rank
    return np.flatnonzero((rank < _HEAD) | (left <= _TAIL))


def _look_up_words(text: _Text, lexicon: Lexicon, chosen: Ints) -> Ints:
    """Return how many of a line's chosen words, pairs and stems are in each column of the lexicon."""
    lines = text.word_line[chosen]
    rows = [look_up(lexicon, text.words.hash[chosen])]
    at = [lines]
    pairs = np.flatnonzero((np.diff(chosen) == 1) & (np.diff(lines) == 0))
    following = text.words.hash[chosen]
    if len(pairs):
        rows.append(look_up(lexicon, hash_pairs(following)[pairs]))
        at.append(lines[pairs])
    long = np.flatnonzero(text.words.end[chosen] - text.words.start[chosen] > PREFIX)
    rows.append(look_up(lexicon, hash_prefixes(text.words, chosen[long])))
    at.append(lines[long])
    row, line = np.concatenate(rows), np.concatenate(at)
    hits = np.flatnonzero(row < len(lexicon.hashes))
    width = lexicon.rows.shape[1]
    hit, column = np.nonzero(lexicon.rows[row[hits]])
    cells = line[hits][hit] * width + column
    return np.bincount(cells, minlength=len(text.word_count) * width).reshape(-1, width)


def _shape(text: _Text) -> dict[str, Measure]:
    counts, kinds, size, lines = text.counts, text.kinds, text.size, len(text.size)
    length = np.maximum(text.end - text.start, 1)
    letters = np.maximum(counts[:, list(_LETTERS)].sum(axis=1), 1)
    words = np.maximum(text.word_count, 1)
    first, last = kinds[text.start], kinds[text.end - 1]
    ending = text.ending
    capitals = np.bincount(text.word_line[kinds[text.words.start] == Kind.UPPER], minlength=lines)
    pause = np.flatnonzero((kinds[2:-1] == Kind.SPACE) & np.isin(kinds[1:-2], (Kind.PERIOD, Kind.QUESTION))) + 1
    spaced = np.flatnonzero((kinds[1:-1] == Kind.DASH) & (kinds[:-2] == Kind.SPACE) & (kinds[2:] == Kind.SPACE)) + 1
    spaced = spaced[spaced - text.start[text.line_of[spaced - 1]] < _OPENING]
    bracket = np.flatnonzero(kinds == Kind.CLOSER)
    bracket = bracket[bracket - text.start[text.line_of[bracket - 1]] < _OPENING]
    upper = np.concatenate([[0], np.cumsum(kinds == Kind.UPPER)])
    opening = np.minimum(text.start + 4, text.end)
    digit = kinds == Kind.DIGIT
    between = digit[:-2] & digit[2:]
    clock = np.flatnonzero(between & (kinds[1:-1] == Kind.COLON)) + 1
    dotted = np.flatnonzero(between & np.isin(kinds[1:-1], (Kind.PERIOD, Kind.SLASH, Kind.DASH))) + 1
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
        "starts-capitals": upper[opening] - upper[text.start],
        "ends-period": ending == Kind.PERIOD,
        "ends-question": ending == Kind.QUESTION,
        "ends-ellipsis": ending == Kind.ELLIPSIS,
        "ends-comma": ending == Kind.COMMA,
        "ends-colon": ending == Kind.COLON,
        "ends-letter": (ending >= Kind.LOWER) & (ending <= Kind.CJK),
        "ends-digit": ending == Kind.DIGIT,
        "ends-dash": np.isin(ending, (Kind.DASH, Kind.PIPE, Kind.SLASH)),
        "ends-quote": last == Kind.QUOTE,
        "ends-closer": last == Kind.CLOSER,
        "starts-lower": first == Kind.LOWER,
        "starts-upper": first == Kind.UPPER,
        "starts-digit": first == Kind.DIGIT,
        "starts-quote": first == Kind.QUOTE,
        "starts-dash": first == Kind.DASH,
        "starts-bullet": np.isin(first, (Kind.BULLET, Kind.PIPE)),
        "starts-opener": first == Kind.OPENER,
        "starts-sign": np.isin(first, (Kind.CODE, Kind.SYMBOL, Kind.AT, Kind.HASH, Kind.SLASH)),
    }
    for kind in Kind:
        if kind >= Kind.PERIOD:
            columns[f"count-{kind.name.lower()}"] = counts[:, kind]
    return columns


def _vocabulary(text: _Text, lexicon: Lexicon, found: Ints, chosen: Ints) -> dict[str, Measure]:
    split = len(lexicon.languages)
    share = 1 / np.maximum(chosen, 1)
    columns: dict[str, Measure] = {}
    for column, kind in enumerate(lexicon.kinds, start=split):
        columns[f"has-{kind}"] = found[:, column]
        columns[f"share-{kind}"] = found[:, column] * share
    languages = found[:, :split]
    best = languages.max(axis=1)
    pages = text.page_of[-1] + 1 if len(text.page_of) else 0
    totals = np.zeros((pages, split), np.int64)
    np.add.at(totals, text.page_of, languages)
    own = languages[np.arange(len(languages)), totals.argmax(axis=1)[text.page_of]]
    columns["function-words"] = best
    columns["function-word-share"] = best * share
    columns["foreign-words"] = best - own
    columns["foreign-script"] = _foreign_script(text)
    return columns


def _foreign_script(text: _Text) -> npt.NDArray[np.float64]:
    """Return the share of a line's words that are not in the script that most of its page is in."""
    width = len(Script)
    letters = text.scripts != Script.DIGIT
    line, script = text.word_line[letters], text.scripts[letters].astype(np.int64)
    lines = np.bincount(line * width + script, minlength=len(text.page_of) * width).reshape(-1, width)
    page = text.page_of[line]
    pages = np.bincount(page * width + script, minlength=(page.max(initial=0) + 1) * width).reshape(-1, width)
    own = np.zeros(text.page_of.max(initial=0) + 1, np.int64)
    own[: len(pages)] = pages.argmax(axis=1)
    total = lines.sum(axis=1)
    foreign: npt.NDArray[np.float64] = (total - lines[np.arange(len(lines)), own[text.page_of]]) / np.maximum(total, 1)
    return foreign


def _place(text: _Text, pages: list[Page]) -> dict[str, Measure]:
    size, long = text.size, text.full
    counts = np.array([len(page.lines) for page in pages], np.int64)
    last = np.cumsum(counts)[text.page_of] - 1
    first = last + 1 - counts[text.page_of]
    here = np.arange(len(size))
    before = np.array([blank for page in pages for blank in page.blanks[:-1]], np.int64)
    after = np.array([blank for page in pages for blank in page.blanks[1:]], np.int64)
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


def _likeness(text: _Text, chosen: Ints) -> dict[str, Measure]:
    """Measure how a line's words recur in the page's long lines and in its likely title, and whether it recurs."""
    words, long, lines = text.words, text.full, len(text.size)
    kinds = text.kinds[words.start]
    content = words.end - words.start >= np.where(kinds == Kind.CASELESS, 3, 4)
    content &= kinds != Kind.DIGIT
    keys = words.hash ^ (text.page_of[text.word_line].astype(np.uint64) * _PAGE_KEY)
    body = np.sort(keys[content & long[text.word_line]])
    asked = chosen[content[chosen]]
    line = text.word_line[asked]
    times = np.searchsorted(body, keys[asked], "right") - np.searchsorted(body, keys[asked], "left")
    known = times > long[line]
    total = np.bincount(line, minlength=lines)
    shared = np.bincount(line[known], minlength=lines)
    share = shared / np.maximum(total, 1)
    title = _likely_titles(text, shared, share)
    heads = np.sort(keys[content & title[text.word_line]])
    if len(heads):
        places = np.minimum(np.searchsorted(heads, keys[asked]), len(heads) - 1)
        alike = np.bincount(line[heads[places] == keys[asked]], minlength=lines)
    else:
        alike = np.zeros(lines, np.int64)
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
