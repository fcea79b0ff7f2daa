"""Read from the sentences of a text what they say of when it was written: weekdays, days, events ahead and past."""

import datetime
import re
from collections.abc import Iterator
from functools import cache

from msgspec import Struct

from peacetalks.annotate.fold import fold
from peacetalks.annotate.linking import link_mentions
from peacetalks.annotate.written_dates import find_dates
from peacetalks.record import Segment
from peacetalks.registry.date_words import load_date_words, weekday_names
from peacetalks.registry.gazetteer import Gazetteer

_SENTENCE = re.compile(r"[.!?؟。]\s+")
_WORD = re.compile(r"\w+")
_BESIDE = 3  # words between a weekday and what qualifies it
_NAMED = frozenset({"alias", "ordinal"})  # what links without a day of publication


class PastWeekday(Struct, frozen=True):
    """A weekday that a sentence names as past; `late` says that it was the evening or the night."""

    day: int
    late: bool


class Sentence(Struct, frozen=True):
    """A sentence of the text: what it says of when it was written. `days` are whole dates, `events` are ids."""

    n: int
    folded: str
    weekdays: tuple[PastWeekday, ...]
    days: tuple[datetime.date, ...]
    events: frozenset[str]
    ahead: bool
    past: bool


def read_time_clues(segments: list[Segment], language: str, gazetteer: Gazetteer) -> list[Sentence]:
    """Return the sentences of the title and the text, in order."""
    title = next((segment.clean for segment in segments if segment.label == "title"), None)
    body = [segment for segment in segments if segment.label == "body"]
    text = "\n\n".join(segment.clean for segment in body)
    mentions = link_mentions(title, text, language=language, published=None, gazetteer=gazetteer)
    named = [
        (mention.start, mention.conference)
        for mention in mentions
        if mention.field == "text" and mention.conference is not None and mention.basis in _NAMED
    ]
    sentences = []
    offset = 0
    for segment in body:
        for start, end in _spans(segment.clean):
            first, last = offset + start, offset + end
            events = frozenset(event for at, event in named if first <= at < last)
            sentences.append(_read(segment.n, segment.clean[start:end], language, events))
        offset += len(segment.clean) + 2
    return sentences


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


def _read(n: int, text: str, language: str, events: frozenset[str]) -> Sentence:
    folded = fold(text)
    days = tuple(written.date for written in find_dates(text, language) if written.date is not None)
    bare = Sentence(n, folded, tuple(past_weekdays(folded, language)), days, events, ahead=False, past=False)
    return Sentence(
        n,
        folded,
        bare.weekdays,
        days,
        events,
        ahead=says(bare, "ahead", language),
        past=says(bare, "past", language),
    )


def _spans(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for match in _SENTENCE.finditer(text):
        yield start, match.start()
        start = match.end()
    if start < len(text):
        yield start, len(text)


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
