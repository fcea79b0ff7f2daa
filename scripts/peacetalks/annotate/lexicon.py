"""Find the words of the gazetteer and of the grammar in a text, in one pass of Aho-Corasick each."""

import re
from collections.abc import Iterable

import ahocorasick_rs
from msgspec import Struct

from peacetalks.annotate.entries import Entry
from peacetalks.annotate.name_patterns import ANY_CAPITAL, NO_WAY, NamePatterns, spaced
from peacetalks.registry.grammar import Language

_LONGEST_PREFIX = 24
_LONGEST_REST = 24  # code points of a word beyond a pattern; what is longer is not kept


class Item(Struct, frozen=True, gc=False):
    """A stretch of text that means something here: `kind` says what, `value` which."""

    start: int
    end: int
    kind: str
    value: str


Hit = tuple[int, int, int]  # the number of a pattern, and where it stands in a text with a blank before it


class Lexicon:
    """The names of one language, ready to be found in a folded text."""

    def __init__(self, language: Language, entries: Iterable[Entry], *, few: bool = False) -> None:
        """Compile the entries; names that share their pattern share an entry of the automaton.

        Of a `few` names it is a DFA, which takes more memory and reads faster.
        """
        self._before = re.compile(language.before) if language.before else None
        self.patterns = NamePatterns(language, entries)
        self._automaton = ahocorasick_rs.AhoCorasick(
            self.patterns.patterns, implementation=ahocorasick_rs.Implementation.DFA if few else None
        )

    def find(self, text: str, folded: str) -> list[Item]:
        """Return every name in the text, overlapping ones included, in order of start and then longest first."""
        return self.read(text, folded, self.search(folded))

    def search(self, folded: str, low: int = 0, high: int | None = None) -> list[Hit]:
        """Return where patterns stand in a text, in order of their ends: a name may begin with each.

        Of a stretch between two offsets are all with which a name in it may begin.
        """
        end = None if high is None else high + self.patterns.longest
        piece = folded[low - 1 : end] if low else f" {folded[:end]}"
        hits: list[Hit] = self._automaton.find_matches_as_indexes(spaced(piece), overlapping=True)
        return [(number, start + low, stop + low) for number, start, stop in hits] if low else hits

    def read(self, text: str, folded: str, hits: Iterable[Hit]) -> list[Item]:
        """Return the names that begin with patterns which were hit, in the order of `find`."""
        known, anchor, closed = self.patterns.known, self.patterns.anchor, f"{folded} "
        anchored, blanks = bool(anchor), 1 - len(anchor)
        found: set[tuple[int, int, str, str]] = set()  # the end counts down, so that longer names sort first
        for index, start, end in hits:
            end -= 1  # a blank stands before the text that is searched, and is the first sign of an anchored pattern
            stop = closed.find(" ", end, end + _LONGEST_REST)
            rest = closed[end:stop] if stop >= 0 else f"{closed[end]} "
            going = known[index].get(rest) or self.patterns.learn(index, rest)
            if going is NO_WAY:
                continue
            over, more, seconds = going
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
                    not text[start].islower() if name is ANY_CAPITAL else name.has_form(text, start, end + formed)
                ):
                    found.add((begin, -end - length, kind, value))
            for name in more:
                if (match := name.rest.match(folded, end)) and name.has_form(text, start, match.end()):
                    found.add((begin, -match.end(), name.kind, name.value))
        return [Item(begin, -end, kind, value) for begin, end, kind, value in sorted(found)]

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
