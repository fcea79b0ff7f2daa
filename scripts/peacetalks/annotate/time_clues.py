"""Read from the sentences of a text what they say of when it was written: weekdays, days, events ahead and past."""

import datetime
import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import cache
from itertools import accumulate

from ahocorasick_rs import AhoCorasick, Implementation
from msgspec import Struct
from msgspec.structs import replace

from peacetalks.annotate.fold import fold
from peacetalks.annotate.linking import link_mentions
from peacetalks.annotate.written_dates import find_dates
from peacetalks.record import Mention, Segment
from peacetalks.registry.date_words import load_date_words, weekday_names
from peacetalks.registry.gazetteer import Gazetteer

_SENTENCE = re.compile(r"[.!?؟。]\s+")
_WORD = re.compile(r"\w+")
_OF_YEAR = re.compile(r"\d{4}|\d ?[-/.] ?\d{1,2} ?[-/.] ?\d\d")
_BESIDE = 3  # words between a weekday and what qualifies it
_NAMED = frozenset({"alias", "ordinal"})  # what links without a day of publication


class PastWeekday(Struct, frozen=True):
    """A weekday that a sentence names as past; `late` says that it was the evening or the night."""

    day: int
    late: bool


class Sentence(Struct, frozen=True):
    """A sentence of the text: what it says of when it was written. `days` are whole dates, `events` are ids.

    `start` is its offset in the text.
    """

    n: int
    start: int
    folded: str
    weekdays: tuple[PastWeekday, ...]
    days: tuple[datetime.date, ...]
    ahead: bool
    past: bool
    events: frozenset[str] = frozenset()


def read_time_clues(segments: list[Segment], language: str) -> list[Sentence]:
    """Return the sentences of the text, in order, as yet without the events that they name."""
    found: list[tuple[int, int, str]] = []
    offset = 0
    for segment in segments:
        if segment.label == "body":
            text = segment.clean
            found += [(segment.n, offset + start, text[start:end]) for start, end in _spans(text)]
            offset += len(text) + 2
    texts = [text for _, _, text in found]
    folded = _fold_sentences(texts)
    return [
        Sentence(
            n,
            start,
            folded[k],
            tuple(past_weekdays(folded[k], language)) if "weekday" in said else (),
            _days(text, language),
            ahead="ahead" in said,
            past="past" in said,
        )
        for k, ((n, start, text), said) in enumerate(zip(found, _find_clues(folded, language), strict=True))
    ]


def link_undated(segments: list[Segment], language: str, gazetteer: Gazetteer) -> list[Mention]:
    """Return the mentions of the title and the text, linked without a day of publication."""
    title = next((segment.clean for segment in segments if segment.label == "title"), None)
    text = "\n\n".join(segment.clean for segment in segments if segment.label == "body")
    return link_mentions(title, text, language=language, published=None, gazetteer=gazetteer)


def with_events(sentences: list[Sentence], mentions: list[Mention]) -> list[Sentence]:
    """Return the sentences with the events that their mentions name, whatever the day of publication."""
    named = [
        (mention.start, mention.conference)
        for mention in mentions
        if mention.field == "text" and mention.conference is not None and mention.basis in _NAMED
    ]
    return [
        replace(s, events=frozenset(event for at, event in named if s.start <= at < s.start + len(s.folded)))
        for s in sentences
    ]


def says(sentence: Sentence, table: str, language: str) -> bool:
    """Tell whether a sentence holds a word of a table of dates.toml."""
    return _pattern(table, language.partition("-")[0]).search(sentence.folded) is not None


def past_weekdays(folded: str, language: str) -> Iterator[PastWeekday]:
    """Yield the weekdays that a folded sentence names as past."""
    names, coming, late = _weekday_words(language.partition("-")[0])
    words = _WORD.findall(folded)
    for place, word in enumerate(words):
        if word in names:
            beside = {*words[max(0, place - _BESIDE) : place + 2]}
            if not coming & beside:
                yield PastWeekday(names[word], bool(late & beside))


def _fold_sentences(texts: list[str]) -> list[str]:
    """Return the folded sentences; all are folded at once, but for the sign that is folded by what stands beside it."""
    whole = "\n".join(texts)
    if "`" in whole:
        return [fold(text) for text in texts]
    folded = fold(whole)
    ends = accumulate((len(text) + 1 for text in texts), initial=0)
    return [folded[start : start + len(text)] for start, text in zip(ends, texts, strict=False)]


def _find_clues(folded: list[str], language: str) -> list[set[str]]:
    """Return which of `ahead`, `past` and `weekday` each sentence says, from one search over all of them."""
    matcher, tables = _clue_words(language.partition("-")[0])
    whole = "\n".join(folded)
    starts = [*accumulate((len(sentence) + 1 for sentence in folded), initial=0)]
    said: list[set[str]] = [set() for _ in folded]
    for number, start, end in matcher.find_matches_as_indexes(whole, overlapping=True):
        if not (_is_of_word(whole[start - 1 : start]) or _is_of_word(whole[end : end + 1])):
            said[bisect_right(starts, start) - 1].update(tables[number])
    return said


def _is_of_word(character: str) -> bool:
    return character.isalnum() or character == "_"


def _days(text: str, language: str) -> tuple[datetime.date, ...]:
    """Return the whole dates that a sentence names: most name no year."""
    if _OF_YEAR.search(text) is None:
        return ()
    return tuple(written.date for written in find_dates(text, language) if written.date is not None)


def _spans(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for match in _SENTENCE.finditer(text):
        yield start, match.start()
        start = match.end()
    if start < len(text):
        yield start, len(text)


@cache
def _clue_words(language: str) -> tuple[AhoCorasick, list[list[str]]]:
    """Return a matcher of the words that any page may hold, and the tables that each of them stands in."""
    words = load_date_words()
    owners: dict[str, list[str]] = {}
    for table, names in (
        ("ahead", words.ahead.get(language, [])),
        ("past", words.past.get(language, [])),
        ("weekday", weekday_names(language, short=False)),
    ):
        for name in names:
            owners.setdefault(fold(name), []).append(table)
    return AhoCorasick(list(owners), implementation=Implementation.DFA), list(owners.values())


@cache
def _pattern(table: str, language: str) -> re.Pattern[str]:
    words = getattr(load_date_words(), table).get(language, [])
    folded = sorted(map(fold, words), key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, folded))})(?!\w)" if folded else r"(?!)")


@cache
def _weekday_words(language: str) -> tuple[dict[str, int], frozenset[str], frozenset[str]]:
    words = load_date_words()
    names = {fold(name): day for name, day in weekday_names(language, short=False).items()}
    coming, late = (frozenset(map(fold, table.get(language, []))) for table in (words.not_last, words.late))
    return names, coming, late
