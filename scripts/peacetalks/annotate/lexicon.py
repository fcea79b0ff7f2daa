"""Find the words of the gazetteer and of the grammar in a text, in one pass of Aho-Corasick each."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import cache
from typing import NamedTuple

import ahocorasick_rs
from msgspec import Struct

from peacetalks.annotate.fold import fold
from peacetalks.registry.actors import Actors, Matter, Term
from peacetalks.registry.grammar import Grammar, Language

_WORD = re.compile(r"\w+")
_SEPARATORS = "-'\"./\n"
_JOINT = r"(?:[\s\-'\"./]{1,2}|\. )"
_LONGEST_PREFIX = 24
_SHORTEST_STEMMED = 6
_CLOSING = frozenset(' ,.;:!?)\n"')  # after one of these a name is over, whatever the language
_LONGEST_ACRONYM = 5
_LONGEST_REST = 24  # code points of a word beyond a pattern; what is longer is not kept
_REMEMBERED = 128  # rests of words after a pattern: the same ones are met on page after page
_PROPER_KINDS = frozenset({"place", "actor", "month", "weekday", "cue", "gate"})


class Item(Struct, frozen=True, gc=False):
    """A stretch of text that means something here: `kind` says what, `value` which."""

    start: int
    end: int
    kind: str
    value: str


Hit = tuple[int, int, int]  # the number of a pattern, and where it stands in a text with a blank before it


class Entry(Struct, frozen=True, gc=False):
    """A name of the vocabulary with what it stands for."""

    name: str
    kind: str
    value: str


class _Name(Struct, frozen=True, gc=False):
    """A name that starts with a pattern of the automaton; `rest` matches what follows the pattern, if anything may."""

    kind: str
    value: str
    plain: bool  # the pattern is all of the name, in small or capital letters alike
    rest: re.Pattern[str]
    dotted: bool
    capital: bool
    acronym: int  # its length, 0 for a word
    last_plain: bool
    second: str  # the first letter of its second word, where the pattern holds no more than the first


class _Going(NamedTuple):
    """What the names of one pattern may go on as, where a certain rest of the word follows the pattern.

    `over` are the names that end in this word: how far beyond the pattern, where the form is judged, what it is, and
    the name where capitals or accents matter. `more` are those of which the text itself must be asked; `seconds`, where
    only a blank parts this word from the next, are the same by the first letter of their second words.
    """

    over: list[tuple[int, int, str, str, _Name | None]]
    more: list[_Name]
    seconds: dict[str, list[_Name]] | None


_NO_WAY = _Going([], [], None)
_ANY_CAPITAL = _Name(  # where a capital is asked, whatever the name
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


class Lexicon:
    """The names of one language, ready to be found in a folded text."""

    def __init__(self, language: Language, entries: Iterable[Entry], *, few: bool = False) -> None:
        """Compile the entries; names that share their pattern share an entry of the automaton.

        Of a `few` names it is a DFA, which takes more memory and reads faster.
        """
        self._language = language
        self._before = re.compile(language.before) if language.before else None
        self._ending = re.compile(language.ending) if language.ending else None
        self._anchor = "" if self._before else " "  # a name that nothing is joined to starts a word
        self._inflects = bool(language.ending or language.before) or not language.fixed_phrases
        grouped: dict[str, list[Entry]] = defaultdict(list)
        for entry in dict.fromkeys(entries):
            grouped[self._anchor + self._pattern(entry.name)].append(entry)
        self._patterns = sorted(grouped)
        self.longest = max(map(len, self._patterns), default=0) + 2  # of a hit's end, from where its name starts
        self._entries = [grouped[pattern] for pattern in self._patterns]
        self._after = re.compile(language.after + _JOINT)
        self._spaced_endings = " " in language.after
        self._names: list[list[_Name] | None] = [None] * len(self._patterns)
        self._known: list[dict[str, _Going]] = [{} for _ in self._patterns]
        self._automaton = ahocorasick_rs.AhoCorasick(
            self._patterns, implementation=ahocorasick_rs.Implementation.DFA if few else None
        )

    def find(self, text: str, folded: str) -> list[Item]:
        """Return every name in the text, overlapping ones included, in order of start and then longest first."""
        return self.read(text, folded, self.search(folded))

    def search(self, folded: str) -> list[Hit]:
        """Return where patterns stand in a text, in order of their ends: a name may begin with each."""
        hits: list[Hit] = self._automaton.find_matches_as_indexes(f" {_spaced(folded)}", overlapping=True)
        return hits

    def beginning(self, wanted: Callable[[Entry], bool]) -> list[bool]:
        """Return for each pattern, by its number, whether some name that is wanted begins with it."""
        return [any(map(wanted, entries)) for entries in self._entries]

    def read(self, text: str, folded: str, hits: Iterable[Hit]) -> list[Item]:
        """Return the names that begin with patterns which were hit, in the order of `find`."""
        anchored, blanks, known, closed = bool(self._anchor), 1 - len(self._anchor), self._known, f"{folded} "
        found: set[tuple[int, int, str, str]] = set()  # the end counts down, so that longer names sort first
        for index, start, end in hits:
            end -= 1  # a blank stands before the text that is searched, and is the first sign of an anchored pattern
            stop = closed.find(" ", end, end + _LONGEST_REST)
            rest = closed[end:stop] if stop >= 0 else f"{closed[end]} "
            over, more, seconds = known[index].get(rest) or self._going_on(index, rest)
            if seconds is not None and (letter := folded[stop + 1 : stop + 2]).isalnum():
                more = seconds.get(letter, [])  # most of what Spanish "de" stands before is no "Mistura"
            if not over and not more:
                continue
            start -= blanks
            begin = start if anchored else self._begin(folded, start)
            if begin < 0:
                continue
            for length, formed, kind, value, name in over:
                if name is None or (
                    not text[start].islower() if name is _ANY_CAPITAL else _has_form(text, start, end + formed, name)
                ):
                    found.add((begin, -end - length, kind, value))
            for name in more:
                if (match := name.rest.match(folded, end)) and _has_form(text, start, match.end(), name):
                    found.add((begin, -match.end(), name.kind, name.value))
        return [Item(begin, -end, kind, value) for begin, end, kind, value in sorted(found)]

    def _going_on(self, index: int, rest: str) -> _Going:
        """Return how the names of a pattern go on before the rest of a word, and keep it: words come again.

        Of a rest with a blank in it no more is known than its first sign.
        """
        after, known = rest[:1] or " ", " " not in rest
        over: list[tuple[int, int, str, str, _Name | None]] = []
        more: list[_Name] = []
        for name in self._names[index] or self._compiled(index):
            if name.plain and after in _CLOSING:
                judged = name if name.last_plain else None
                over.append((int(name.dotted and after == "."), 0, name.kind, name.value, judged))
            elif not known or name.second or self._spaced_endings:
                more.append(name)
            elif match := name.rest.match(rest):
                judged = name if name.last_plain or name.acronym else _ANY_CAPITAL if name.capital else None
                over.append((match.end(), match.end(), name.kind, name.value, judged))
        seconds = None
        if more and known and not self._spaced_endings:
            if not self._after.match(f"{rest} "):
                more = []
            elif not rest or rest.isalnum():
                seconds = {letter: [n for n in more if n.second == letter] for letter in {n.second for n in more}}
        going = _Going(over, more, seconds) if over or more else _NO_WAY
        known_rests = self._known[index]
        if len(known_rests) >= _REMEMBERED:
            known_rests.clear()
        known_rests[rest] = going
        return going

    def _begin(self, folded: str, start: int) -> int:
        """Return where the word starts, clitics left out, or -1 where it starts inside another word."""
        if not start or not folded[start - 1].isalnum():
            return start
        begin = start
        while begin and folded[begin - 1].isalnum():
            begin -= 1
            if start - begin > _LONGEST_PREFIX:
                return -1
        match = self._before.fullmatch(folded, begin, start) if self._before else None
        if match is None:
            return -1
        return match.end("clitic") if "clitic" in match.re.groupindex else begin

    def _compiled(self, index: int) -> list[_Name]:
        """Return the names of a pattern, compiled when first met: most of thousands never are."""
        self._names[index] = names = [self._compile(entry) for entry in self._entries[index]]
        return names

    def _stems_after(self, entry: Entry) -> list[str]:
        """Return what matches each word after the first one, where the pattern is no more than that."""
        return [re.escape(self._stem(word)) for word in _words(entry.name)[1:]] if self._inflects else []

    def _compile(self, entry: Entry) -> _Name:
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
        return _Name(
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
            return _spaced(fold(name)).strip()
        return self._stem(words[0])

    def _stem(self, word: str) -> str:
        """Return the word without the ending that its inflected forms change, where enough of it remains."""
        if self._ending is None or len(word) < _SHORTEST_STEMMED:
            return word
        return self._ending.sub("", word)


def _spaced(folded: str) -> str:
    for separator in _SEPARATORS:
        folded = folded.replace(separator, " ")
    return folded


@cache
def _compile_once(expression: str) -> re.Pattern[str]:
    return re.compile(expression)


def grammar_entries(grammar: Grammar, actors: Actors, language: str) -> list[Entry]:
    """Return the words of a language: those of the grammar, and those of one process."""
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
    terms: list[Term | Matter] = [*grammar.terms, *actors.terms]
    entries += [Entry(name, term.kind, term.value) for term in terms for name in term.names.get(language, [])]
    entries += [Entry(name, "place", place.id) for place in actors.places for name in _names(place.names, language)]
    return entries + [
        Entry(name, "actor", actor.id) for actor in actors.actors for name in _names(actor.names, language)
    ]


def _names(names: dict[str, list[str]], language: str) -> list[str]:
    return names.get(language) or (names.get("en", []) if language in ("fr", "de", "es", "tr") else [])


def _words(name: str) -> list[str]:
    return _WORD.findall(fold(name)) or [fold(name)]


def _is_accented(letter: str) -> bool:
    """Say whether a letter is a Latin one with an accent."""
    return not letter.isascii() and letter.lower() != fold(letter) and fold(letter).isascii()


def _has_form(text: str, start: int, end: int, phrase: _Name) -> bool:
    """Say whether capitals are right, and no accent ends a noun that has none: French "rencontré" is no "rencontre"."""
    if phrase.last_plain and _is_accented(text[end - 1]):
        return False
    if phrase.acronym:
        own = text[start : start + phrase.acronym]
        return own.isupper() and not text[start + phrase.acronym : start + phrase.acronym + 1].isalpha()
    return not phrase.capital or not text[start].islower()
