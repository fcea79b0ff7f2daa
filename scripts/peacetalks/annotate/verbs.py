"""Find meetings told without a noun: by a verb of meeting, or by a city that stands for what met there."""

from collections.abc import Iterator

from peacetalks.annotate.descriptions import Description
from peacetalks.annotate.lexicon import Item
from peacetalks.annotate.phrases import PhraseRules
from peacetalks.annotate.sentences import Sentence
from peacetalks.annotate.when import Span

_COMING_TOGETHER = frozenset({"actor", "place", "people", "subject"})


def verbal_descriptions(folded: str, sentence: Sentence, rules: PhraseRules) -> Iterator[Description]:
    """Yield "meeting Kerry in Washington on Friday": a verb of meeting with a place or a day."""
    if "meet" not in sentence.kinds:
        return
    for meet in sentence.items:
        if meet.kind != "meet":
            continue
        first, stop = rules.clause(folded, meet.start, meet.end, sentence.start, sentence.end)
        late = rules.verb_last or folded[meet.start : meet.end] in rules.late_verbs
        if not late:
            first = meet.start
        inside = tuple(i for i in sentence.items if first <= i.start and i.end <= stop and i.kind in _COMING_TOGETHER)
        told = sorted(
            [(i.start, i.end) for i in inside if i.kind == "place"]
            + [(when.start, when.end) for when in sentence.times if first <= when.start and when.end <= stop]
        )
        if late:
            cities = {item.start for item in inside if item.kind == "place"}
            topics = [(item.start, item.end) for item in inside if item.kind == "subject"]
            told = _around(folded, told, meet, rules, cities, topics)
        told = _adjacent(folded, told, meet, rules)
        if not told:
            continue
        start, end = min(meet.start, *(a for a, _ in told)), max(meet.end, *(b for _, b in told))
        if any(i.kind == "noun" and start <= i.start < end and i.start != meet.start for i in sentence.items):
            continue
        places = [item.value for item in inside if item.kind == "place" and start <= item.start < end]
        if places and all(place in rules.countries for place in places):
            continue
        inside = (meet, *(item for item in inside if start <= item.start and item.end <= end))
        times = tuple(when for when in sentence.times if start <= when.start and when.end <= end)
        yield Description(start, end, inside, times, sentence, definite=False, bare=False, verbal=True)


def _around(
    folded: str, told: list[Span], meet: Item, rules: PhraseRules, cities: set[int], topics: list[Span]
) -> list[Span]:
    """Return the places and days right before a verb, or where they hold no city those after it as well."""
    before = [span for span in told if span[1] <= meet.start]
    while before and not rules.is_adverbial(folded, before[0][0], meet.start, before + topics):
        del before[0]
    if any(start in cities for start, _ in before):
        return before
    return before + [span for span in told if span[0] >= meet.end]


def _adjacent(folded: str, told: list[Span], meet: Item, rules: PhraseRules) -> list[Span]:
    """Keep the places and days that follow one another, the first of them anywhere in the verb's clause."""
    kept: list[Span] = []
    for span in told:
        if kept and span[0] >= meet.end and not rules.continues(folded[max(kept[-1][1], meet.end) : span[0]]):
            break
        kept.append(span)
    return kept


def city_descriptions(
    folded: str, sentence: Sentence, rules: PhraseRules, governments: frozenset[str]
) -> Iterator[Description]:
    """Yield "Lausanne" where it stands for what met there: it fails or yields, or something comes after it."""
    if "place" not in sentence.kinds:
        return
    chained = -1
    for item in sentence.core:
        if item.kind != "place" or " " in folded[item.start : item.end]:
            continue
        joined = chained >= 0 and bool(rules.conjunction.fullmatch(folded[chained : item.start]))
        acts = (
            item.value not in governments
            and "yield" in sentence.kinds
            and any(
                other.kind == "yield" and item.end <= other.start and rules.is_close(folded[item.end : other.start])
                for other in sentence.items
            )
        )
        after = joined or rules.comes_after(folded, item.start, sentence.start) or _is_replaced(folded, item, sentence)
        if after or (acts and rules.is_subject(folded, item.start, sentence.start)):
            chained = item.end if after else -1
            end = rules.trim(folded, item.start, item.end)
            if not acts and not rules.stands_alone(folded, item.end) and not joined:
                continue
            yield Description(item.start, end, (item,), (), sentence, definite=False, bare=True, city=True)


def _is_replaced(folded: str, city: Item, sentence: Sentence) -> bool:
    """Say whether a word such as "replace" stands right before a city, which then means its series."""
    return "tense" in sentence.kinds and any(
        item.kind == "tense" and item.value == "track" and folded[item.end : city.start] == " "
        for item in sentence.items
    )
