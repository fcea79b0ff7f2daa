"""Find the descriptions of meetings in a text: noun phrases around a head noun, a number or a name."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from peacetalks.annotate.fold import fold
from peacetalks.annotate.index import NUMBER_AFTER, ROMAN, Index, number_value
from peacetalks.annotate.lexicon import Item
from peacetalks.annotate.phrases import PhraseRules, phrase_rules
from peacetalks.annotate.when import Days, When, read_times
from peacetalks.registry.grammar import Language

_SENTENCE_END = re.compile(r"[.!?؟۔…][\"')\]]*\s+|\n+")
_LAST_WORD = re.compile(r"[^\W\d_]+$")
_LONGEST_GAP = 60
_ROMAN_BEFORE = re.compile(rf"(?<!\w)({'|'.join(sorted(ROMAN, key=len, reverse=True))})[ -]$")
_HEADS = frozenset({"noun", "event", "series"})
_KEPT = frozenset({"tense", "cue", "meet"})
_APART = frozenset({"tense", "cue", "part", "day", "span", "month", "weekday", "meet"})


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence: its items, and the times that it names."""

    start: int
    end: int
    items: tuple[Item, ...]
    times: tuple[When, ...]


@dataclass(frozen=True, slots=True)
class Description:
    """A span that may speak of a conference, with what it says of it."""

    start: int
    end: int
    items: tuple[Item, ...]
    times: tuple[When, ...]
    sentence: Sentence
    definite: bool
    bare: bool  # without any article, as in a headline
    verbal: bool = False
    party: frozenset[str] = field(default=frozenset())  # who meets, from "between ... and ..." or "with ..."
    near: tuple[Item, ...] = ()  # what else the sentence names, outside every description

    def distance(self, item: Item) -> int:
        """Return the code points between the description and an item, 0 where it holds it."""
        return max(0, item.start - self.end, self.start - item.end)

    def values(self, kind: str) -> list[str]:
        """Return the values of its items of a kind, in order."""
        return [item.value for item in self.items if item.kind == kind]

    @property
    def noun(self) -> str | None:
        """The head noun: `round` where it counts rounds, otherwise the last one."""
        nouns = self.values("noun")
        if "parallel" in self.values("tag") and "talks" in nouns:
            return "talks"
        counted = self.values("ordinal")
        for chosen in ("process", "round", "congress", "summit"):
            if chosen in nouns and not (chosen == "process" and counted):
                return chosen
        return nouns[-1] if nouns else None


def split_sentences(folded: str, language: Language) -> list[tuple[int, int]]:
    """Return the sentences of a folded text as start and end offsets; abbreviations and initials end none."""
    spans, start = [], 0
    dotted = re.compile(rf"(?<!\w){language.ordinal}$") if "\\." in language.ordinal else None
    short = frozenset(map(fold, language.abbreviations))
    for match in _SENTENCE_END.finditer(folded):
        if match[0][0] == ".":
            if dotted and dotted.search(folded, max(start, match.start() - 3), match.start() + 1):
                continue
            word = _LAST_WORD.search(folded, max(start, match.start() - 20), match.start())
            if word and (len(word[0]) == 1 or word[0] in short):
                continue
        spans.append((start, match.end()))
        start = match.end()
    if start < len(folded):
        spans.append((start, len(folded)))
    return spans


def find_descriptions(
    text: str, folded: str, items: list[Item], index: Index, published: Days | None
) -> list[Description]:
    """Return the descriptions of a text in order; `items` are all names found in it, sorted."""
    rules = phrase_rules(index.language)
    found: list[Description] = []
    position = 0
    for start, end in split_sentences(folded, index.language):
        inside = []
        while position < len(items) and items[position].start < end:
            inside.append(items[position])
            position += 1
        if not any(item.kind in _HEADS or item.kind in ("place", "meet") for item in inside):
            continue
        times = tuple(read_times(folded, [item for item in inside if item.kind in _APART], published))
        core = _longest([item for item in inside if item.kind not in _APART])
        core = _with_numbers(text, folded, core, index, start, end)
        sentence = Sentence(start, end, tuple(core) + tuple(i for i in inside if i.kind in _KEPT), times)
        found += _in_sentence(folded, core, sentence, rules)
    return found


def _longest(items: list[Item]) -> list[Item]:
    """Drop what stands inside a longer name; names of equal span stay side by side."""
    kept: list[Item] = []
    reach = (0, 0)
    for item in items:
        if item.end <= reach[1] and (item.start, item.end) != reach:
            continue
        if item.start < reach[1] and item.end > reach[1]:
            continue
        kept.append(item)
        reach = (item.start, item.end)
    return kept


def _with_numbers(text: str, folded: str, items: list[Item], index: Index, start: int, end: int) -> list[Item]:
    """Add the number that follows a place, as in Geneva II, and ordinals in digits."""
    numbered = list(items)
    covered = [(item.start, item.end) for item in items]
    for item in items:
        if item.kind != "place":
            continue
        match = NUMBER_AFTER.match(folded, item.end)
        if match and _is_number(text, folded, match, index):
            numbered.append(Item(match.start(1), match.end(1), "number", str(number_value(match[1]))))
            continue
        spelt = next(
            (n for n in items if n.kind in ("count", "ordinal") and folded[item.end : n.start] in (" ", "-")), None
        )
        if spelt and spelt.start >= item.end and _ends_name(folded, spelt.end, index):
            numbered.append(Item(spelt.start, spelt.end, "number", spelt.value))
    low, high = (items[0].start, items[-1].end) if items else (0, 0)
    for match in phrase_rules(index.language).ordinal.finditer(folded, max(start, low - 60), min(end, high + 12)):
        if not any(first < match.end() and match.start() < last for first, last in covered):
            numbered.append(Item(match.start(), match.end(), "ordinal", match[1]))
    for item in items:
        roman = _ROMAN_BEFORE.search(folded, max(start, item.start - 8), item.start) if item.kind == "noun" else None
        if roman and text[roman.start(1) : roman.end(1)].isupper():
            numbered.append(Item(roman.start(1), roman.end(1), "ordinal", str(number_value(roman[1]))))
    return sorted(numbered, key=lambda item: (item.start, -item.end))


def _is_number(text: str, folded: str, match: re.Match[str], index: Index) -> bool:
    """Say whether digits or a numeral after a place number a conference, rather than count days or begin a date."""
    value = number_value(match[1])
    if value is None or not 1 <= value <= 30:  # noqa: PLR2004
        return False
    if not match[1].isdigit():
        return text[match.start(1) : match.end(1)].isupper()
    return not phrase_rules(index.language).counted.match(folded, match.end())


def _ends_name(folded: str, end: int, index: Index) -> bool:
    rest = folded[end : end + 24].lstrip(" \"')")
    return not rest or not rest[0].isalpha() or bool(phrase_rules(index.language).heads.match(rest))


def _in_sentence(folded: str, core: list[Item], sentence: Sentence, rules: PhraseRules) -> list[Description]:
    found: list[Description] = []
    reach = sentence.start
    for position, item in enumerate(core):
        if item.start < reach or not _is_head(core, position, folded) or _is_verb(folded, item, sentence):
            continue
        description = _grow(folded, core, position, sentence, rules, reach)
        if description is None:
            continue
        found += [*_elliptic_before(folded, description, rules, reach), description]
        found += _elliptic_after(folded, description, rules)
        reach = max(one.end for one in found)
    verbal = [
        one
        for one in _verbal(folded, sentence, rules)
        if not any(o.start < one.end and one.start < o.end for o in found)
    ]
    everything = sorted([*found, *verbal], key=lambda one: one.start)
    free = tuple(i for i in sentence.items if not any(one.start < i.end and i.start < one.end for one in everything))
    return [replace(one, near=free) for one in everything]


def _is_verb(folded: str, item: Item, sentence: Sentence) -> bool:
    """Say whether a word that may be noun or verb is a verb: a person follows at once, as in "meeting Kerry"."""
    return any(
        meet.kind == "meet" and (meet.start, meet.end) == (item.start, item.end) for meet in sentence.items
    ) and any(actor.kind == "actor" and folded[item.end : actor.start] == " " for actor in sentence.items)


def _is_head(core: list[Item], position: int, folded: str) -> bool:
    item = core[position]
    if item.kind in _HEADS:
        return True
    if item.kind != "number":
        return False
    following = next((other for other in core[position + 1 :] if other.start >= item.end), None)
    return following is None or following.kind != "noun" or folded[item.end : following.start].strip(" -\"'") != ""


def _grow(
    folded: str, core: list[Item], position: int, sentence: Sentence, rules: PhraseRules, reach: int
) -> Description | None:
    """Return the noun phrase around the head at a position, or None where the head belongs to a text or a body."""
    head = core[position]
    taken = [head]
    start, end = head.start, head.end
    for item in reversed(core[:position]):
        if item.start < reach:
            break
        if item.end > start:
            continue
        numbered = head.kind == "number" and item.kind == "place" and item.end >= start - 2
        if not (numbered or item.kind in rules.before_head) or not rules.joins_before(folded[item.end : start]):
            if item.kind == "not-meeting" and not folded[item.end : start].strip(" -"):
                return None
            break
        taken.insert(0, item)
        start = item.start
    for item in core[position + 1 :]:
        if item.start < end or item.end > sentence.end:
            continue
        gap = folded[end : item.start]
        if len(gap) > _LONGEST_GAP:
            break
        if item.kind == "not-meeting":
            if not gap.strip(" -\"'"):
                return None
            break
        kind = "noun" if _leads_to_noun(folded, core, item, rules) else item.kind
        if item.kind not in rules.after_head or not rules.joins_after(gap, kind):
            break
        taken.append(item)
        end = item.end
    start = _possessive_day(folded, sentence, start, reach)
    start, definite, bare = rules.determine(folded, start, reach)
    definite = definite or rules.joined_article(folded, start)
    tied = rules.has_participle(folded[start:end])
    end, times = _attach_times(folded, sentence, rules, start, end, tied=tied, indefinite=not definite and not bare)
    party_end, party = _attach_party(folded, core, sentence, rules, end)
    if party:
        end = party_end
        for item in core:
            if item.kind == "place" and item.start >= end and rules.joins_after(folded[end : item.start], "place"):
                taken.append(item)
                end = item.end
    end = rules.trim(folded, start, end)
    return Description(start, end, tuple(taken), times, sentence, definite, bare, party=party)


def _leads_to_noun(folded: str, core: list[Item], item: Item, rules: PhraseRules) -> bool:
    """Say whether a word stands before a head noun of its own, as "UN" does in "the next round of the UN talks"."""
    end = item.end
    for other in core:
        if other.start < end or other.kind not in rules.before_head | {"noun"}:
            continue
        if not rules.joins_before(folded[end : other.start]):
            return False
        if other.kind == "noun":
            return item.kind != "noun"
        end = other.end
    return False


def _possessive_day(folded: str, sentence: Sentence, start: int, reach: int) -> int:
    """Return where "Saturday's" or "last year's" starts in front of a phrase, or the phrase's own start."""
    for when in sentence.times:
        if reach <= when.start and folded[when.start : start].endswith("'s ") and when.end >= start - len("'s "):
            return when.start
    return start


def _attach_times(
    folded: str, sentence: Sentence, rules: PhraseRules, start: int, end: int, *, tied: bool, indefinite: bool
) -> tuple[int, tuple[When, ...]]:
    """Return the end of the phrase with the times that identify the meeting, and those times."""
    inside = [when for when in sentence.times if start <= when.start and when.end <= end]
    for when in sentence.times:
        free = when.exact or tied or (when.calendar and indefinite)
        if when.start >= end and rules.dates(folded[end : when.start], free=free):
            inside.append(when)
            end = when.end
    return end, tuple(inside)


def _attach_party(
    folded: str, core: list[Item], sentence: Sentence, rules: PhraseRules, end: int
) -> tuple[int, frozenset[str]]:
    """Return the end of "between ... and ..." or "with ..." after a head, and who stands in it."""
    actors = frozenset(item.start for item in core if item.kind in ("actor", "subject"))
    stop = rules.party_end(folded, end, sentence.end, actors)
    if stop is None:
        return end, frozenset()
    party = {i.value for i in core if end <= i.start < stop and i.kind in ("actor", "subject", "tag", "series")}
    party -= {"peace"}
    if "opposition" in party and "government" not in party:
        party -= {"syria"}
    return (stop, frozenset(party)) if party else (end, frozenset())


def _elliptic_after(folded: str, description: Description, rules: PhraseRules) -> Iterator[Description]:
    """Yield "II" of "Geneva I and II": a bare number after a description that ends with one."""
    numbers = [item for item in description.items if item.kind == "number"]
    if not numbers:
        return
    end = numbers[-1].end
    while match := rules.more_numbers.match(folded, end):
        value = number_value(match[1])
        if value is None:
            return
        others = tuple(item for item in description.items if item.kind != "number")
        item = Item(match.start(1), match.end(1), "number", str(value))
        yield replace(description, start=item.start, end=item.end, items=(*others, item), times=())
        end = match.end()


def _elliptic_before(folded: str, description: Description, rules: PhraseRules, reach: int) -> Iterator[Description]:
    """Yield "the fifth" of "the fifth and the sixth round": an ordinal that shares the noun of the next."""
    ordinals = description.values("ordinal")
    if len(ordinals) != 1:
        return
    for item in description.sentence.items:
        if item.kind == "ordinal" and reach <= item.start and item.end <= description.start:
            if not rules.conjunction.fullmatch(folded[item.end : description.start]):
                continue
            others = tuple(other for other in description.items if other.kind != "ordinal")
            start, definite, bare = rules.determine(folded, item.start, reach)
            yield replace(
                description, start=start, end=item.end, items=(item, *others), times=(), definite=definite, bare=bare
            )


def _verbal(folded: str, sentence: Sentence, rules: PhraseRules) -> Iterator[Description]:
    """Yield "meeting Kerry in Washington on Friday": a verb of meeting with a place or a day."""
    for meet in sentence.items:
        if meet.kind != "meet":
            continue
        stop = rules.clause_end(folded, meet.end, sentence.end)
        inside = tuple(
            i for i in sentence.items if meet.end <= i.start and i.end <= stop and i.kind in ("actor", "place")
        )
        times = tuple(when for when in sentence.times if meet.end <= when.start and when.end <= stop)
        ends = [item.end for item in inside if item.kind == "place"] + [when.end for when in times]
        if ends and not any(i.kind == "noun" and meet.end <= i.start < max(ends) for i in sentence.items):
            inside = tuple(item for item in inside if item.end <= max(ends))
            yield Description(meet.start, max(ends), inside, times, sentence, definite=False, bare=False, verbal=True)
