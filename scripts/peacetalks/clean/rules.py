"""The rules of rules/*.toml: lines whose label is certain, and furniture that sticks to kept text."""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

import numpy as np
from ahocorasick_rs import BytesAhoCorasick, Implementation
from msgspec import Meta, Struct

from peacetalks.clean.openings import FIGURE, LONGEST, SIGN, held_by, opening_of, openings
from peacetalks.errors import VocabularyError
from peacetalks.registry.vocabulary import convert_entries, read_toml, require_known_keys, require_unique

Id = Annotated[str, Meta(pattern="^[a-z0-9]+(-[a-z0-9]+)*$")]
Some = Annotated[list[str], Meta(min_length=1)]

OWN = Path(__file__).with_name("rules")
_FILES = ("chrome.toml", "credits.toml", "glue.toml")
# Furniture at the end of a line is looked for in so many characters.
_TAIL = 90
_REMEMBERED = 1 << 14  # starts of lines


class Rule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A rule for whole lines: one of its patterns matches all of the line in lower case.

    `longest` is the number of characters up to which a line is looked at. Where `needs` is given, a line that holds
    none of these strings is not looked at: for patterns that would search the line. Where `between` is true, such a
    line may stand between two paragraphs, and the lines around it are judged as if no rule knew it.
    """

    id: Id
    label: Literal["title", "meta", "caption", "chrome"]
    patterns: Some
    match: Some
    no_match: Some
    longest: Annotated[int, Meta(gt=0, le=2000)] = 120
    needs: list[str] = []
    between: bool = False


class Glue(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A rule for furniture at the head or the tail of a line of text; it becomes a segment of its own.

    Patterns match the furniture alone, case kept. `match` holds lines as the list of pieces that they are cut into.
    """

    id: Id
    side: Literal["before", "after"]
    patterns: Some
    match: Annotated[list[list[str]], Meta(min_length=1)]
    no_match: Some


class Trial(NamedTuple):
    """A pattern of rule number `rule` that a line may match, going by how it starts; its matches hold `holds`."""

    rule: int
    longest: int
    needs: tuple[str, ...]
    holds: str
    pattern: str

    def matches(self, folded: str) -> bool:
        """Return whether the pattern matches all of a line in lower case."""
        if len(folded) > self.longest or self.holds not in folded:
            return False
        return _compiled(self.pattern).fullmatch(folded) is not None


class Trials(NamedTuple):
    """What lines that start alike may match: trials of rules in their order, and those of rules that search."""

    plain: tuple[Trial, ...]
    searching: tuple[Trial, ...]


class TrialsByStart(dict[str, Trials]):
    """What lines may match by their first LONGEST characters; each start is looked for among the openings once.

    Lines that have none of the openings are under SIGN or, if they start with a letter or figure, under the empty one.
    """

    def __init__(self, by_opening: dict[str, Trials]) -> None:
        super().__init__()
        self._by_opening = by_opening

    def __missing__(self, start: str) -> Trials:
        """Find what lines with a start that was not met before may match."""
        known, opening = self._by_opening, opening_of(start)
        found = known.get(opening) or known.get(opening[:2]) or known.get(opening[:1])
        trials = found or known["" if opening[:1].isalnum() else SIGN]
        if len(self) == _REMEMBERED:
            self.clear()
        self[start] = trials
        return trials


class Rules(NamedTuple):
    """All rules, and what to try on a line.

    `needed` finds what searching rules need, `heads` are what furniture at the head of a line may begin with.
    """

    rules: tuple[Rule, ...]
    glue: tuple[Glue, ...]
    trials: TrialsByStart
    needed: BytesAhoCorasick
    heads: frozenset[str]
    before: re.Pattern[str]
    after: re.Pattern[str]

    def find(self, lines: list[str]) -> list[Rule | None]:
        """Return for each line the first rule that matches all of it, or None. Lines hold no line breaks."""
        text = _fold("\n".join(lines))
        folded = text.split("\n")[: len(lines)]
        data = text.encode("utf-8", "surrogatepass")  # in a string each place would be counted in characters
        ends = np.flatnonzero(np.frombuffer(data, np.uint8) == ord("\n"))
        places = [place for _, place, _ in self.needed.find_matches_as_indexes(data)]
        needed = {*np.searchsorted(ends, places).tolist()}
        return [self._line_rule(line, needed=n in needed) for n, line in enumerate(folded)]

    def _line_rule(self, folded: str, *, needed: bool = False) -> Rule | None:
        rule = self._first(folded, needed)
        if rule is None and len(folded) <= _TAIL and (folded[:1] in _ORNAMENTS or folded[-1] in _ORNAMENTS):
            bare = folded.strip(_ORNAMENTS)
            rule = self._first(bare, needed=False) if bare else None
            return rule if rule is not None and rule.label == "chrome" else None
        return rule

    def _first(self, folded: str, needed: bool) -> Rule | None:  # noqa: FBT001  a keyword costs time at every line
        """Return the first rule that matches, if one does that does not search, or whose needs are in the line."""
        plain, searching = self.trials[folded[:LONGEST]]
        size = len(folded)
        for rule, longest, _, holds, pattern in plain:
            if size <= longest and holds in folded and _compiled(pattern).fullmatch(folded):
                earlier = (trial.rule for trial in searching if trial.rule < rule and trial.matches(folded))
                return self.rules[next(earlier, rule)]
        if not needed:
            return None
        found = [trial for trial in searching if trial.matches(folded)]
        if any(word in folded for trial in found for word in trial.needs):
            return self.rules[found[0].rule]
        return None

    def cut(self, line: str) -> list[tuple[int, int, str]]:
        """Return the pieces of a line as (start, end, id of the rule that cut it off, or nothing for the text).

        What follows the last sentence is cut off by a rule for furniture that sticks, or by one for whole lines.
        """
        start, end = 0, len(line)
        head = self.before.match(line) if line[:1] in self.heads else None
        pieces = []
        if head is not None and head.lastgroup is not None and not line[head.end()].islower():
            start = head.end()
            pieces.append((0, start, self._name(head.lastgroup)))
        closed = line.endswith(_SENTENCE_ENDS) and not line.endswith("...")
        last = max(start, end - _TAIL)
        if closed or _STOP.search(line, max(0, last - 1)) is None:
            return [*pieces, (start, end, "")]
        tail = self.after.search(line, last)
        if tail is not None and tail.lastgroup is not None and tail.start() > start:
            end = tail.start()
            return [*pieces, (start, end, ""), (end, len(line), self._name(tail.lastgroup))]
        if tail is None:
            for stop in _STOP.finditer(line, last):
                rule = self._line_rule(_fold(line[stop.end() :]))
                if rule is not None and rule.label == "chrome":
                    return [*pieces, (start, stop.end(), ""), (stop.end(), end, rule.id)]
        return [*pieces, (start, end, "")]

    def _name(self, group: str) -> str:
        return self.glue[int(group.removeprefix("g"))].id


# Where a sentence ends; capitals may follow at once, as crawlers lose the space before a label in capitals.
_STOP = re.compile(r"[.!?…”\"’»。؟](?:\s+|(?=[A-ZÀ-ÞА-Я]{4}))")
# Arrows, bullets and brackets around furniture ("[Read more →]").
_ORNAMENTS = " \t→←»«›‹>•·|[](){}*▸►▶–—-+…:"
_SENTENCE_ENDS = (".", "!", "?", ",", ";")


@cache
def load_rules(folder: Path | None = None) -> Rules:
    """Return the rules of a folder; VocabularyError names file, rule and what is wrong.

    The package's own, read without a folder, are taken as their test left them: compiling each pattern takes time.
    """
    check = folder is not None
    folder = folder or OWN
    rules: list[Rule] = []
    glue: list[Glue] = []
    for name in _FILES:
        path = folder / name
        document = read_toml(path)
        require_known_keys(path, document, {"rule", "glue"})
        for rule in convert_entries(path, document, "rule", Rule):
            if check:
                _check_patterns(path, rule.id, rule.patterns)
            if any(pattern != pattern.lower() for pattern in map(_without_escapes, rule.patterns)):
                raise VocabularyError(
                    f"{path.name}: rule {rule.id!r}: patterns are matched in lower case; write them so"
                )
            rules.append(rule)
        for entry in convert_entries(path, document, "glue", Glue):
            if check:
                _check_patterns(path, entry.id, entry.patterns)
            if not {*_heads([entry])}.isdisjoint(("", FIGURE, SIGN)):
                raise VocabularyError(f"{path.name}: rule {entry.id!r}: patterns for a head begin with certain letters")
            glue.append(entry)
        require_unique(path, "rule", [*(rule.id for rule in rules), *(entry.id for entry in glue)])
    return Rules(
        rules=tuple(rules),
        glue=tuple(glue),
        trials=TrialsByStart(_sort_by_opening(rules)),
        needed=BytesAhoCorasick(
            [word.encode() for rule in rules for word in rule.needs], implementation=Implementation.DFA
        ),
        heads=frozenset(_heads(glue)),
        before=re.compile(_stuck(glue, "before") + r"[\s:]\s*(?=[^\W\d_]|[\"“«„'‘(])"),
        after=re.compile(r"(?<=[.!?…”\"’»。؟])\s+" + _stuck(glue, "after") + r"\s*\Z"),
    )


def _sort_by_opening(rules: list[Rule]) -> dict[str, Trials]:
    trials = sorted(
        {
            Trial(n, rule.longest, tuple(rule.needs), held_by(pattern), pattern)
            for n, rule in enumerate(rules)
            for pattern in rule.patterns
        }
    )
    found: dict[str, set[int]] = {"": set(), SIGN: set()}  # the places of trials, which sort as they do
    for n, trial in enumerate(trials):
        for start in openings(trial.pattern):
            found.setdefault(start, set()).add(n)
    every = {start: tuple(sorted(_of_shorter(start, found))) for start in found}
    made = {numbers: _parted([trials[n] for n in numbers]) for numbers in {*every.values()}}
    return {start: made[numbers] for start, numbers in every.items()}


def _of_shorter(start: str, found: dict[str, set[int]]) -> set[int]:
    """Return what lines with an opening may match: all that those with a shorter one may, and what is its own."""
    shorter = [start[:length] for length in range(len(start) + 1)]
    if start and not start[0].isalnum():
        shorter.append(SIGN)
    return set[int]().union(*[found[opening] for opening in shorter if opening in found])


def _parted(trials: list[Trial]) -> Trials:
    return Trials(
        plain=tuple([trial for trial in trials if not trial.needs]),
        searching=tuple([trial for trial in trials if trial.needs]),
    )


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _check_patterns(path: Path, name: str, patterns: list[str]) -> None:
    for pattern in patterns:
        try:
            compiled = re.compile(pattern)
        except re.error as error:
            raise VocabularyError(f"{path.name}: rule {name!r}: pattern {pattern!r}: {error}") from None
        if compiled.groups:
            raise VocabularyError(f"{path.name}: rule {name!r}: pattern {pattern!r}: write groups as (?:...)")
        if compiled.fullmatch(""):
            raise VocabularyError(f"{path.name}: rule {name!r}: pattern {pattern!r} matches an empty line")


def _without_escapes(pattern: str) -> str:
    return re.sub(r"\\.", "", pattern)


def _either(patterns: Iterable[str]) -> str:
    return "|".join(patterns)


def _stuck(glue: list[Glue], side: str) -> str:
    groups = [f"(?P<g{n}>{_either(entry.patterns)})" for n, entry in enumerate(glue) if entry.side == side]
    return "(?:" + "|".join(groups or ["(?!)"]) + ")"


def _heads(glue: list[Glue]) -> Iterator[str]:
    """Yield the characters that furniture at the head of a line begins with."""
    for entry in glue:
        if entry.side == "before":
            yield from (start[:1] for pattern in entry.patterns for start in openings(pattern))


def _fold(line: str) -> str:
    # The Turkish capital dotted I becomes two characters otherwise.
    return line.replace("İ", "i").lower()
