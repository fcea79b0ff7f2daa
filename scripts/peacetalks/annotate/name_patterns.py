"""Compile names into the patterns that a search looks for, and say which names go on as a text does after one."""

import re
from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

from msgspec import Struct

from peacetalks.annotate.entries import Entry
from peacetalks.annotate.fold import fold
from peacetalks.registry.grammar import Language

_SEPARATORS = "-'\"./\n"
_WORD = re.compile(r"\w+")
_JOINT = r"(?:[\s\-'\"./]{1,2}|\. )"
_SHORTEST_STEMMED = 6
_CLOSING = frozenset(' ,.;:!?)\n"')  # after one of these a name is over, whatever the language
_LONGEST_ACRONYM = 5
_REMEMBERED = 128  # rests of words after a pattern: the same ones are met on page after page
_PROPER_KINDS = frozenset({"place", "actor", "month", "weekday", "cue", "gate"})


class Name(Struct, frozen=True, gc=False):
    """A name that starts with a pattern; `rest` matches what follows the pattern, if anything may."""

    kind: str
    value: str
    plain: bool  # the pattern is all of the name, in small or capital letters alike
    rest: re.Pattern[str]
    dotted: bool
    capital: bool
    acronym: int  # its length, 0 for a word
    last_plain: bool
    second: str  # the first letter of its second word, where the pattern holds no more than the first

    def has_form(self, text: str, start: int, end: int) -> bool:
        """Say whether capitals are right, and no accent ends a noun without one: "rencontré" is no "rencontre"."""
        if self.last_plain and _is_accented(text[end - 1]):
            return False
        if self.acronym:
            own = text[start : start + self.acronym]
            return own.isupper() and not text[start + self.acronym : start + self.acronym + 1].isalpha()
        return not self.capital or not text[start].islower()


class Going(NamedTuple):
    """What the names of one pattern may go on as, where a certain rest of the word follows the pattern.

    `over` are the names that end in this word: how far beyond the pattern, where the form is judged, what it is, and
    the name where capitals or accents matter. `more` are those of which the text itself must be asked; `seconds`, where
    only a blank parts this word from the next, are the same by the first letter of their second words.
    """

    over: list[tuple[int, int, str, str, Name | None]]
    more: list[Name]
    seconds: dict[str, list[Name]] | None


NO_WAY = Going([], [], None)
ANY_CAPITAL = Name(  # where a capital is asked, whatever the name
    kind="",
    value="",
    plain=False,
    rest=re.compile(""),
    dotted=False,
    capital=True,
    acronym=0,
    last_plain=False,
    second="",
)


class NamePatterns:
    """The names of one language by their patterns, which stand in `patterns` in order."""

    def __init__(self, language: Language, entries: Iterable[Entry]) -> None:
        """Group the entries: names that share their pattern are asked for together."""
        self._language = language
        self._ending = re.compile(language.ending) if language.ending else None
        self.anchor = "" if language.before else " "  # a name that nothing is joined to starts a word
        self._inflects = bool(language.ending or language.before) or not language.fixed_phrases
        grouped: dict[str, list[Entry]] = defaultdict(list)
        for entry in dict.fromkeys(entries):
            grouped[self.anchor + self._pattern(entry.name)].append(entry)
        self.patterns = sorted(grouped)
        self.longest = max(map(len, self.patterns), default=0) + 2  # of a hit's end, from where its name starts
        self._entries = [grouped[pattern] for pattern in self.patterns]
        self._after = re.compile(language.after + _JOINT)
        self._spaced_endings = " " in language.after
        self._names: list[list[Name] | None] = [None] * len(self.patterns)
        self.known: list[dict[str, Going]] = [{} for _ in self.patterns]

    def learn(self, index: int, rest: str) -> Going:
        """Return how the names of a pattern go on before the rest of a word, and keep it in `known`: words come again.

        Of a rest with a blank in it no more is known than its first sign.
        """
        after, known = rest[:1] or " ", " " not in rest
        over: list[tuple[int, int, str, str, Name | None]] = []
        more: list[Name] = []
        for name in self._names[index] or self._compiled(index):
            if name.plain and after in _CLOSING:
                judged = name if name.last_plain else None
                over.append((int(name.dotted and after == "."), 0, name.kind, name.value, judged))
            elif not known or name.second or self._spaced_endings:
                more.append(name)
            elif match := name.rest.match(rest):
                judged = name if name.last_plain or name.acronym else ANY_CAPITAL if name.capital else None
                over.append((match.end(), match.end(), name.kind, name.value, judged))
        seconds = None
        if more and known and not self._spaced_endings:
            if not self._after.match(f"{rest} "):
                more = []
            elif not rest or rest.isalnum():
                seconds = {letter: [n for n in more if n.second == letter] for letter in {n.second for n in more}}
        going = Going(over, more, seconds) if over or more else NO_WAY
        known_rests = self.known[index]
        if len(known_rests) >= _REMEMBERED:
            known_rests.clear()
        known_rests[rest] = going
        return going

    def _compiled(self, index: int) -> list[Name]:
        """Return the names of a pattern, compiled when first met: most of thousands never are."""
        self._names[index] = names = [self._compile(entry) for entry in self._entries[index]]
        return names

    def _stems_after(self, entry: Entry) -> list[str]:
        """Return what matches each word after the first one, where the pattern is no more than that."""
        return [re.escape(self._stem(word)) for word in _words(entry.name)[1:]] if self._inflects else []

    def _compile(self, entry: Entry) -> Name:
        words = _words(entry.name)
        whole = len(words) == 1 or not self._inflects
        after = r"(?!\w)" if words[-1].isdigit() else f"{self._language.after}(?![^\\W\\d_])"
        if entry.name.endswith("."):
            after += r"\.?"
        joint = self._language.after + _JOINT
        proper = entry.kind in _PROPER_KINDS
        capital = proper and entry.name[0].isupper()
        acronym = len(entry.name) * (len(entry.name) <= _LONGEST_ACRONYM and entry.name.isupper())
        last_plain = entry.kind == "noun" and entry.name[-1].lower() == fold(entry.name[-1])
        return Name(
            kind=entry.kind,
            value=entry.value,
            plain=whole and not capital and not acronym,
            rest=_compile_once("".join(joint + stem for stem in self._stems_after(entry)) + after),
            dotted=entry.name.endswith("."),
            capital=capital,
            acronym=acronym,
            last_plain=last_plain,
            second=_words(entry.name)[1][0] if self._stems_after(entry) else "",
        )

    def _pattern(self, name: str) -> str:
        """Return what the automaton looks for: the whole name, or the stem of its first word where words inflect."""
        words = _words(name)
        if len(words) > 1 and not self._inflects:
            return spaced(fold(name)).strip()
        return self._stem(words[0])

    def _stem(self, word: str) -> str:
        """Return the word without the ending that its inflected forms change, where enough of it remains."""
        if self._ending is None or len(word) < _SHORTEST_STEMMED:
            return word
        return self._ending.sub("", word)


def spaced(folded: str) -> str:
    """Return a folded text with a blank for each sign that may part words."""
    for separator in _SEPARATORS:
        folded = folded.replace(separator, " ")
    return folded


@cache
def _compile_once(expression: str) -> re.Pattern[str]:
    return re.compile(expression)


def _words(name: str) -> list[str]:
    return _WORD.findall(fold(name)) or [fold(name)]


def _is_accented(letter: str) -> bool:
    """Say whether a letter is a Latin one with an accent."""
    return not letter.isascii() and letter.lower() != fold(letter) and fold(letter).isascii()
