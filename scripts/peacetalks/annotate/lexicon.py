"""Find the words of the gazetteer and of the grammar in a text, in one pass of Aho-Corasick each."""

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

import ahocorasick_rs

from peacetalks.annotate.fold import fold
from peacetalks.registry.grammar import Grammar, Language

_WORD = re.compile(r"\w+")
_SEPARATOR = r"(?:[\s\-'\"./]{1,2}|\. )"
_LONGEST_PREFIX = 24
_SHORTEST_STEMMED = 6
_LONGEST_ACRONYM = 3
_PROPER_KINDS = frozenset({"place", "actor", "month", "weekday"})


class Item(NamedTuple):
    """A stretch of text that means something here: `kind` says what, `value` which."""

    start: int
    end: int
    kind: str
    value: str


class Entry(NamedTuple):
    """A name of the vocabulary with what it stands for."""

    name: str
    kind: str
    value: str


class _Phrase(NamedTuple):
    expression: re.Pattern[str]
    kind: str
    value: str
    capital: bool
    acronym: bool
    last_plain: bool


class Lexicon:
    """The names of one language, ready to be found in a folded text."""

    def __init__(self, language: Language, entries: Iterable[Entry]) -> None:
        """Compile the entries; names that share their first word share a pattern of the automaton."""
        self._language = language
        self._before = re.compile(language.before) if language.before else None
        self._ending = re.compile(language.ending) if language.ending else None
        grouped: dict[str, list[Entry]] = defaultdict(list)
        for entry in entries:
            grouped[self._stem(_words(entry.name)[0])].append(entry)
        self._patterns = sorted(grouped)
        self._entries = [grouped[pattern] for pattern in self._patterns]
        self._phrases: list[list[_Phrase] | None] = [None] * len(self._patterns)
        self._automaton = ahocorasick_rs.AhoCorasick(self._patterns)

    def find(self, text: str, folded: str) -> list[Item]:
        """Return every name in the text, overlapping ones included, in order of start and then longest first."""
        items: set[Item] = set()
        for index, start, end in self._automaton.find_matches_as_indexes(folded, overlapping=True):
            if start and folded[start - 1].isalnum() and self._before is None:
                continue
            begin = self._begin(folded, start)
            if begin is None:
                continue
            if end < len(folded) and folded[end].isalpha() and not self._language.after:
                continue
            for phrase in self._compiled(index):
                match = phrase.expression.match(folded, start)
                if match and _has_form(text, folded, start, match.end(), phrase):
                    items.add(Item(begin, match.end(), phrase.kind, phrase.value))
        return sorted(items, key=lambda item: (item.start, -item.end, item.kind, item.value))

    def _begin(self, folded: str, start: int) -> int | None:
        """Return where the word starts, clitics left out, or None where it starts inside another word."""
        if not start or not folded[start - 1].isalnum():
            return start
        if self._before is None:
            return None
        begin = start
        while begin and folded[begin - 1].isalnum():
            begin -= 1
            if start - begin > _LONGEST_PREFIX:
                return None
        match = self._before.fullmatch(folded, begin, start)
        if match is None:
            return None
        return match.end("clitic") if "clitic" in self._before.groupindex else begin

    def _compiled(self, index: int) -> list[_Phrase]:
        """Return the phrases of a pattern, compiled when first met: most of thousands never are."""
        phrases = self._phrases[index]
        if phrases is None:
            phrases = self._phrases[index] = [self._compile(entry) for entry in self._entries[index]]
        return phrases

    def _compile(self, entry: Entry) -> _Phrase:
        joint = self._language.after + _SEPARATOR
        words = _words(entry.name)
        stems = [re.escape(self._stem(word)) for word in words]
        last_digit = words[-1].isdigit()
        after = r"(?!\w)" if last_digit else f"{self._language.after}(?![^\\W\\d_])"
        if entry.name.endswith("."):
            after += r"\.?"
        proper = entry.kind in _PROPER_KINDS
        return _Phrase(
            expression=re.compile(joint.join(stems) + after),
            kind=entry.kind,
            value=entry.value,
            capital=proper and entry.name[0].isupper(),
            acronym=proper and len(entry.name) <= _LONGEST_ACRONYM and entry.name.isupper(),
            last_plain=entry.name[-1].lower() == fold(entry.name[-1]),
        )

    def _stem(self, word: str) -> str:
        """Return the word without the ending that its inflected forms change, where enough of it remains."""
        if self._ending is None or len(word) < _SHORTEST_STEMMED:
            return word
        return self._ending.sub("", word)


def grammar_entries(grammar: Grammar, language: str, kinds: Iterable[str] | None = None) -> list[Entry]:
    """Return the grammar's words of a language, all kinds or those named."""
    tables = {
        "ordinal": grammar.ordinals,
        "count": grammar.counts,
        "month": grammar.months,
        "weekday": grammar.weekdays,
    }
    entries = [
        Entry(name, kind, str(position))
        for kind, table in tables.items()
        for position, names in enumerate(table.get(language, []), start=1)
        for name in names.split("|")
    ]
    entries += [Entry(name, term.kind, term.value) for term in grammar.terms for name in term.names.get(language, [])]
    entries += [Entry(name, "place", place.id) for place in grammar.places for name in _names(place.names, language)]
    entries += [Entry(name, "actor", actor.id) for actor in grammar.actors for name in _names(actor.names, language)]
    wanted = None if kinds is None else frozenset(kinds)
    return [entry for entry in entries if wanted is None or entry.kind in wanted]


def _names(names: dict[str, list[str]], language: str) -> list[str]:
    return names.get(language) or (names.get("en", []) if language in ("fr", "de", "es", "tr") else [])


def _words(name: str) -> list[str]:
    return _WORD.findall(fold(name)) or [fold(name)]


def _is_accented(letter: str) -> bool:
    """Say whether a letter is a Latin one with an accent."""
    return letter.lower() != fold(letter) and fold(letter).isascii()


def _has_form(text: str, folded: str, start: int, end: int, phrase: _Phrase) -> bool:
    """Say whether capitals are right, and no accent ends a noun that has none: French "rencontré" is no "rencontre"."""
    if phrase.kind == "noun" and phrase.last_plain and _is_accented(text[end - 1]):
        return False
    if phrase.acronym:
        return text[start:end].rstrip("'’s").isupper()
    return not phrase.capital or not text[start].islower()
