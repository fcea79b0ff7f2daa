"""Grow a noun phrase around a head noun, a number or a name."""

import re

from msgspec.structs import replace

from peacetalks.annotate.descriptions import Description
from peacetalks.annotate.lexicon import Item
from peacetalks.annotate.phrase_parties import PEOPLE, attach_party
from peacetalks.annotate.phrases import PhraseRules
from peacetalks.annotate.sentences import Sentence
from peacetalks.annotate.when import When

_LONGEST_GAP = 60
_PLURAL = re.compile(r"(?<!s)s$")
_MOST_STRANGE = 2
_NAMES = frozenset({"noun", "event", "series"})
_SINGLE = frozenset({"meeting", "conference", "summit", "congress", "round", "forum"})


def grow_phrase(folded: str, sentence: Sentence, position: int, rules: PhraseRules, reach: int) -> Description | None:
    """Return the noun phrase around the head at a position, or None where the head belongs to a text or a body."""
    head = sentence.core[position]
    left = _before(folded, sentence, position, rules, reach)
    right = _after(folded, sentence, position, rules)
    if left is None or right is None:
        return None
    if head.kind == "number" and not any(item.kind == "noun" for item in (*left, *right)):
        left, right = [item for item in left[-1:] if item.kind == "place"], []  # a bare name is the name alone
    beside = {item.kind for item in (*left, *right)}
    start = left[0].start if left else head.start
    end = right[-1].end if right else head.end
    if head.kind != "number":
        end = rules.adjectives_end(folded, end)
    start = _day_before(folded, sentence, rules, start, reach)
    single = rules.compounds and head.value in _SINGLE and not _PLURAL.search(folded, head.start, head.end)
    strange = _MOST_STRANGE if single else int(head.kind == "noun")
    start, definite, bare = rules.determine(folded, start, reach, needs=single, strange=strange)
    definite = definite or rules.joined_article(folded, start)
    if single and rules.denies(folded, start, reach):
        return None
    times: tuple[When, ...] = ()
    if sentence.times:
        governed = rules.verb_last or _is_governed(folded, sentence, rules, start)
        ordered = "relative" in beside  # "the previous meeting in January"
        facts = {
            "tied": not rules.verb_last and rules.has_participle(folded[start:end]),
            "definite": definite,
            "dated": not governed and (not definite or ordered),
            "dates": head.value != "process" or any(item.kind == "noun" and item.value != "process" for item in right),
        }
        placed = head.kind == "place" or "place" in beside
        end, times = _attach_times(folded, sentence, rules, start, end, placed=placed, **facts)
    joined = rules.joined_article(folded, start)
    party = frozenset[str]()
    if head.kind in _NAMES or not _NAMES.isdisjoint(beside):
        last = bool(right) and right[-1].kind == "place" and right[-1].end == end
        end, party = attach_party(folded, sentence, rules, end, article=joined, placed=last)
    late = _places_after(folded, sentence, rules, end) if party else []
    if times and not party and (subject := _subject_after(folded, sentence, rules, end)):
        right.append(subject)
        end = subject.end
    if party:
        end = late[-1].end if late else end
        if sentence.times:
            end, more = _attach_times(folded, sentence, rules, start, end, placed=bool(late), **facts)
            times = tuple(dict.fromkeys((*times, *more)))
    end = rules.trim(folded, start, end)
    start, end = rules.quoted(folded, start, end)
    within = _within(sentence.core, head, right)
    return Description(start, end, (*left, *within, *right, *late), times, sentence, definite, bare, party=party)


def _before(folded: str, sentence: Sentence, position: int, rules: PhraseRules, reach: int) -> list[Item] | None:
    """Return the words before the head that belong to it, in order; None where it is the name of a text or a body."""
    head = sentence.core[position]
    taken: list[Item] = []
    start = head.start
    for item in reversed(sentence.core[:position]):
        if item.start < reach:
            break
        if item.end > start:
            continue
        if item.kind == "count" and folded[item.start : item.end] in rules.determiners:
            continue  # French "un"
        gap = folded[item.end : start]
        named = head.kind == "number" and item.kind == "place"
        if head.kind == "number" and taken and item.kind in ("tag", "actor", "subject") and not rules.verb_last:
            break
        if item.kind in PEOPLE and not rules.holding.isdisjoint(gap.split()):
            break  # "the UN suspended talks"
        if item.value in rules.persons and not gap.endswith("-") and not folded.endswith("'s", item.start, item.end):
            break
        held = rules.verb_last and item.kind == "place" and rules.ends_with_participle(gap)
        if not held and (not (named or item.kind in rules.before_head) or not rules.joins_before(gap)):
            owns = folded.endswith("'s", item.start, item.end)
            if item.kind == "not-meeting" and rules.compounds and not owns and not gap.strip(" -"):
                return None
            break
        taken.insert(0, item)
        start = item.start
    return taken


def _after(folded: str, sentence: Sentence, position: int, rules: PhraseRules) -> list[Item] | None:
    """Return the words after the head that belong to it, in order; None where a text or a body follows at once."""
    taken: list[Item] = []
    head = sentence.core[position]
    end = head.end
    for item in sentence.core[position + 1 :]:
        if item.start < end or item.end > sentence.end:
            continue
        gap = folded[end : item.start]
        grouped = bool(taken) and taken[-1].kind == "series" and head.kind == "noun"
        if item.kind == "not-meeting" and rules.compounds and not grouped and not gap.strip(" -\"'"):
            return None
        place = _place_with_epithets(folded, sentence.core, end, rules) if item.kind == "actor" else None
        if item.kind == "actor" and not place and head.kind == "noun" and rules.places_in(gap):
            taken.append(replace(item, kind="land"))
            end = item.end
            continue
        if place is None and not _joins(folded, sentence.core, head, taken, item, gap, rules):
            if item.kind == "relative" and rules.modifies(folded[item.start : item.end]):
                continue  # "talks on a new constitution"
            break
        taken.append(place or item)
        end = taken[-1].end
    return taken


def _joins(
    folded: str, core: tuple[Item, ...], head: Item, taken: list[Item], item: Item, gap: str, rules: PhraseRules
) -> bool:
    """Say whether an item after a head, and after what was taken already, belongs to the phrase."""
    last = taken[-1].kind if taken else ""
    if item.kind == "not-meeting":  # "the next meeting of the group", "a gathering of the Friends of Syria group"
        of_body = item.value == "body" and head.kind == "noun" and rules.belongs_to(gap)
        return of_body or (last == "series" and not gap.strip(" \"'"))
    if item.kind == "actor" and last == "actor" and rules.lists(gap, first=False):
        return True  # "proposed by Russia and the United States"
    if item.kind == "actor" and last == "actor" and item.value in rules.persons and rules.introduces(gap):
        return True
    if item.kind in ("tag", "subject") and _is_of_people(folded, core, item):
        return False
    if item.kind == "series" and ("series" in (head.kind, last) or (head.value == "process" and last == "place")):
        return False  # one process is not of another
    if len(gap) > _LONGEST_GAP:
        return False
    leads = _leads_to_noun(folded, core, item, rules)
    if not (leads or item.kind in rules.after_head):
        return False
    return rules.joins_after(gap, leads or (item.value if item.value == "process" else item.kind))


def _within(core: tuple[Item, ...], head: Item, right: list[Item]) -> list[Item]:
    """Return the head, what shares its span, and the nouns inside it and inside the names after it."""
    start, end = head.start, head.end
    names = [item for item in right if item.kind in ("series", "event")]
    twins, nouns = [], []
    for item in core:
        if item.start == start and item.end == end:
            twins.append(item)
        elif item.kind == "noun" and (
            (start <= item.start and item.end <= end)
            or any(name.start <= item.start and item.end <= name.end for name in names)
        ):
            nouns.append(item)
    return [*twins, *nouns]


def _place_with_epithets(folded: str, core: tuple[Item, ...], end: int, rules: PhraseRules) -> Item | None:
    """Return the place that "in the Russian resort of Sochi" names, where it follows at once."""
    for item in core:
        if item.kind == "place" and item.start >= end:
            gap = folded[end : item.start]
            return item if len(gap) <= _LONGEST_GAP and rules.joins_after(gap, "place") else None
    return None


def _is_of_people(folded: str, core: tuple[Item, ...], item: Item) -> bool:
    """Say whether an adjective belongs to those who meet, as in "of Arab ministers"."""
    return any(other.kind == "people" and folded[item.end : other.start] == " " for other in core)


def _leads_to_noun(folded: str, core: tuple[Item, ...], item: Item, rules: PhraseRules) -> str:
    """Return "noun" or "process" where a word stands before such a head of its own, as "UN" in "round of UN talks"."""
    end = item.end
    for other in core:
        if other.start < end or not (other.kind == "noun" or other.kind in rules.before_head):
            continue
        if not rules.joins_before(folded[end : other.start]):
            return ""
        if other.kind == "noun":
            return "" if item.kind == "noun" else "process" if other.value == "process" else "noun"
        end = other.end
    return ""


def _subject_after(folded: str, sentence: Sentence, rules: PhraseRules, end: int) -> Item | None:
    """Return what the meeting is about, where it follows the day: "talks planned for May on Syria"."""
    for item in sentence.core:
        if item.start >= end:
            gap = folded[end : item.start]
            return item if item.kind == "subject" and gap.strip() and rules.joins_after(gap, "subject") else None
    return None


def _places_after(folded: str, sentence: Sentence, rules: PhraseRules, end: int) -> list[Item]:
    taken: list[Item] = []
    for item in sentence.core:
        if item.kind == "place" and item.start >= end and rules.joins_after(folded[end : item.start], "place"):
            taken.append(item)
            end = item.end
    return taken


def _day_before(folded: str, sentence: Sentence, rules: PhraseRules, start: int, reach: int) -> int:
    """Return where "Saturday's", "last year's" or "June" starts in front of a phrase, or the phrase's own start."""
    for when in sentence.times:
        if not reach <= when.start < start or when.end > start:
            continue
        gap = folded[when.end : start]
        if (
            gap == "'s "
            or folded[when.start : start].endswith("'s ")
            or (when.month and gap == " " and rules.compounds)
        ):
            first = _first_of_months(folded, sentence, rules, when)
            before = (i.start for i in sentence.items if i.kind == "relative" and folded[i.end : first] == " ")
            return max(reach, min(before, default=first))
    return start


def _first_of_months(folded: str, sentence: Sentence, rules: PhraseRules, last: When) -> int:
    """Return where "February and March" starts, of which the last is known."""
    first = last
    for when in reversed(sentence.times):
        if _go_on(folded, when, first, rules):
            first = when
    return first.start


def _go_on(folded: str, when: When, other: When, rules: PhraseRules) -> bool:
    """Say whether a month or a year goes on after one: "of February and March"."""
    if not (when.month and other.month and when.end <= other.start):
        return False
    return rules.conjunction.fullmatch(folded, when.end, other.start) is not None


def _is_governed(folded: str, sentence: Sentence, rules: PhraseRules, start: int) -> bool:
    """Say whether a verb of holding or planning stands right before the phrase, so that a day after it is the news."""
    return "holding" in sentence.kinds and any(
        item.kind == "holding" and item.end <= start and rules.is_close(folded[item.end : start])
        for item in sentence.items
    )


def _attach_times(
    folded: str,
    sentence: Sentence,
    rules: PhraseRules,
    start: int,
    end: int,
    *,
    tied: bool,
    dated: bool,
    placed: bool,
    definite: bool,
    dates: bool,
) -> tuple[int, tuple[When, ...]]:
    """Return the end of the phrase with the times that identify the meeting, and those times.

    A day follows a noun freely where the phrase is new to the reader (`dated`) and, if it is no month, has a place.
    """
    inside = [when for when in sentence.times if start <= when.start and when.end <= end]
    loose = False
    for when in sentence.times if dates else ():
        if inside and _go_on(folded, inside[-1], when, rules):
            end = when.end if inside[-1].end == end else end
            inside.append(when)
            continue
        if loose:
            break
        free = when.exact or tied or (dated and when.free and (when.month or (placed and rules.articles)))
        if rules.article and when.free and not definite and not placed and folded[end : when.start] == " ":
            free = True  # Arabic "conference of last year"
        gap = folded[end : when.start]
        if when.start >= end and rules.dates(gap):
            inside.append(when)
            loose = not (free or rules.ties(gap))
            end = end if loose else when.end
    return end, tuple(inside)
