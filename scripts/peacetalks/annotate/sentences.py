"""Cut a text into sentences, and say what each names: items that do not overlap, numbers, times."""

import re
from bisect import bisect_left
from collections.abc import Iterator
from operator import attrgetter

from msgspec import Struct

from peacetalks.annotate.fields import Field, names_in
from peacetalks.annotate.index import PROMISING, Index
from peacetalks.annotate.lexicon import Item
from peacetalks.annotate.numerals import NUMBER_AFTER, ROMAN, number_value
from peacetalks.annotate.phrase_tables import phrase_rules
from peacetalks.annotate.when import Days, When, read_times
from peacetalks.registry.grammar import Language

_LONGEST_SENTENCE = 1500  # code points: no one writes longer ones, and hostile pages must not cost more
_HIGHEST_NUMBER = 30
_DIGIT = re.compile(r"\d")
_ROMAN_ENDS = ("i", "v", "x")
_DIGITS_AFTER = re.compile(r" (?:رقم |no\. ?|nr\. ?)?(\d{1,2})(?!\w)")
_ROMAN_BEFORE = re.compile(rf"(?<!\w)({'|'.join(sorted(ROMAN, key=len, reverse=True))})[ -]$")
_TIMELY = frozenset({"ago", "count", "part", "day", "span", "month", "weekday", "relative"})
_start = attrgetter("start")
_OF_DAYS = frozenset({"weekday", "month"})
_KEPT = frozenset({"epithet", "tense", "cue", "meet", "gate", "holding", "yield", "plural"})
_APART = frozenset(
    {
        "ago",
        "epithet",
        "tense",
        "cue",
        "gate",
        "holding",
        "yield",
        "plural",
        "part",
        "day",
        "span",
        "month",
        "weekday",
        "meet",
    }
)


class Sentence(Struct, eq=False):
    """One sentence: its items, those that a phrase may hold, and the times that it names.

    `kinds` are those of its items. `free` are the items outside every description, once those are found.
    """

    start: int
    end: int
    items: tuple[Item, ...]
    core: tuple[Item, ...]
    times: tuple[When, ...]
    kinds: frozenset[str]
    free: tuple[Item, ...] = ()


class Named(Struct, frozen=True, gc=False):
    """A sentence by its offsets, the names that start in it, in order, and their kinds."""

    start: int
    end: int
    names: list[Item]
    kinds: set[str]


def find_sentences(field: Field, index: Index) -> Iterator[Named]:
    """Yield the sentences of a field in which a promising name starts."""
    spans = _promising_spans(field, index.language)
    named = names_in(field, spans, index) if spans else []
    first = 0
    for start, end in spans:
        while named[first].start < start:
            first += 1
        last = bisect_left(named, end, first, key=_start)
        inside = named[first:last]
        yield Named(start, end, inside, {item.kind for item in inside})
        first = last


def _promising_spans(field: Field, language: Language) -> list[tuple[int, int]]:
    """Return the sentences in which a promising name starts."""
    starts = [item.start for item in field.telling if item.kind in PROMISING]
    if not starts:
        return []
    spans, position = [], 0
    for start, end in split_sentences(field.folded, language):
        if starts[position] < end:
            spans.append((start, end))
            position = bisect_left(starts, end, position)
            if position == len(starts):
                break
    return spans


def read_sentence(field: Field, sentence: Named, index: Index, published: Days | None) -> Sentence:
    """Return what a sentence says: its names that do not overlap, its numbers, its times."""
    text, folded, start, end, inside = field.text, field.folded, sentence.start, sentence.end, sentence.names
    kinds = sentence.kinds
    timely = [] if kinds.isdisjoint(_TIMELY) else [item for item in inside if item.kind in _TIMELY]
    dated = timely or folded.find("20", start, end) >= 0
    times = tuple(read_times(folded, (start, end), timely, published)) if dated else ()
    core = _longest(_outside_others(sentence))
    found = [*_numbers(text, folded, core, index)]
    found += _ordinals(text, folded, [*core, *found], index, start, end)
    if found:
        core = sorted([*core, *found], key=_by_place)
    kept = tuple(core)
    if not kinds.isdisjoint(_KEPT):
        kept += tuple([item for item in inside if item.kind in _KEPT and not _is_month(item, times)])
    return Sentence(start, end, kept, tuple(core), times, frozenset([item.kind for item in kept]))


def _outside_others(sentence: Named) -> list[Item]:
    """Return the items of a sentence that a phrase may hold, apart from those that are part of another word.

    Russian "second" stands in "Tuesday", and in Arabic "first" and "second" in names of months; Persian "meeting" does
    in "they meet".
    """
    inside, end, kinds = sentence.names, sentence.end, sentence.kinds
    parts = [item for item in inside if item.kind not in _APART and item.end <= end]
    if "ordinal" in kinds and not kinds.isdisjoint(_OF_DAYS):
        dated = [(item.start, item.end) for item in inside if item.kind in _OF_DAYS]
        parts = [
            item for item in parts if item.kind != "ordinal" or not any(low <= item.start < high for low, high in dated)
        ]
    if "meet" in kinds:
        verbs = {item.start: item.end for item in reversed(inside) if item.kind == "meet"}  # of each start the longest
        parts = [item for item in parts if item.kind != "noun" or item.end >= verbs.get(item.start, 0)]
    return parts


def _by_place(item: Item) -> tuple[int, int]:
    return item.start, -item.end


def _is_month(item: Item, times: tuple[When, ...]) -> bool:
    """Say whether a word of tense is the month of May."""
    return (
        item.kind == "tense"
        and item.value == "ahead"
        and any(when.start <= item.start and item.end <= when.end for when in times)
    )


def split_sentences(folded: str, language: Language) -> Iterator[tuple[int, int]]:
    """Yield the sentences of a folded text as start and end offsets; abbreviations and initials end none."""
    start = 0
    for match in phrase_rules(language).sentence_end.finditer(folded):
        if match.lastindex is None:
            end = match.end()
            if end - start > _LONGEST_SENTENCE:
                yield from _bounded(folded, start, end)
            else:
                yield start, end
            start = end
    yield from _bounded(folded, start, len(folded))


def _bounded(folded: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while end - start > _LONGEST_SENTENCE:
        space = folded.rfind(" ", start + 1, start + _LONGEST_SENTENCE)
        stop = space if space > 0 else start + _LONGEST_SENTENCE
        yield start, stop
        start = stop
    if start < end:
        yield start, end


def _longest(items: list[Item]) -> list[Item]:
    """Drop what stands inside a longer name, its head noun aside; names of equal span stay side by side."""
    kept: list[Item] = []
    nested: list[Item] = []
    reach = (0, 0)
    for item in items:
        if item.end <= reach[1] and (item.start, item.end) != reach:
            if item.kind == "noun" and kept[-1].kind in ("series", "event", "noun"):
                nested.append(item)
            continue
        if item.start < reach[1] and item.end > reach[1]:
            continue
        if kept and (item.start, item.end) == reach and "count" in (item.kind, kept[-1].kind):
            if kept[-1].kind == "count":
                kept[-1] = item  # Arabic "trilateral" is no "three"
            continue
        kept.append(item)
        reach = (item.start, item.end)
    return sorted([*kept, *nested], key=_by_place) if nested else kept


def _numbers(text: str, folded: str, items: list[Item], index: Index) -> list[Item]:
    """Return the numbers that follow a place, as in Geneva II or Geneva two."""
    found: list[Item] = []
    places = [item for item in items if item.kind == "place"]
    if not places:
        return found
    spelt = {item.start: item for item in items if item.kind in ("count", "ordinal")}
    determiners = phrase_rules(index.language).determiners
    for item in places:
        match = NUMBER_AFTER.match(folded, item.end)
        if match and _is_number(text, folded, match, index):
            found.append(Item(match.start(1), match.end(1), "number", str(number_value(match[1]))))
            continue
        word = spelt.get(item.end + 1)
        if word is None or folded[item.end] not in " -" or folded[word.start : word.end] in determiners:
            continue
        if _ends_name(folded, word.end, index):
            found.append(Item(word.start, word.end, "number", word.value))
    return found


def _ordinals(text: str, folded: str, items: list[Item], index: Index, start: int, end: int) -> list[Item]:
    """Return the ordinals in digits, as in 6th, and in Roman numerals before a noun, as in VI Conferencia."""
    found = []
    if _DIGIT.search(folded, start, end):
        found = [
            Item(match.start(), match.end(), "ordinal", match[1])
            for match in phrase_rules(index.language).ordinal.finditer(folded, start, end)
            if not any(item.start < match.end() and match.start() < item.end for item in items)
        ]
    for item in items:
        if item.kind != "noun":
            continue
        before = folded[max(start, item.start - 2) : item.start - 1]
        roman = _ROMAN_BEFORE.search(folded, max(start, item.start - 8), item.start) if before in _ROMAN_ENDS else None
        numbered = roman and any(other.start == roman.start(1) for other in items)  # "the Geneva II talks"
        if roman and not numbered and text[roman.start(1) : roman.end(1)].isupper():
            found.append(Item(roman.start(1), roman.end(1), "ordinal", str(number_value(roman[1]))))
        digits = _DIGITS_AFTER.match(folded, item.end) if item.value == "round" else None
        if digits and _is_number(text, folded, digits, index):
            found.append(Item(digits.start(1), digits.end(1), "ordinal", digits[1]))
    return found


def _is_number(text: str, folded: str, match: re.Match[str], index: Index) -> bool:
    """Say whether digits or a numeral after a place number a conference, rather than count days or begin a date."""
    value = number_value(match[1])
    if value is None or not 1 <= value <= _HIGHEST_NUMBER:
        return False
    if not match[1].isdigit():
        return text[match.start(1) : match.end(1)].isupper()
    return not phrase_rules(index.language).counted.match(folded, match.end())


def _ends_name(folded: str, end: int, index: Index) -> bool:
    rest = folded[end : end + 24].lstrip(" \"')")
    return not rest or not rest[0].isalpha() or bool(phrase_rules(index.language).heads.match(rest))
