"""Find the descriptions of meetings in a text: noun phrases around a head noun, a number or a name."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from peacetalks.annotate.descriptions import Description
from peacetalks.annotate.ellipsis import COUNTING, counted_after, elliptic_after, elliptic_before
from peacetalks.annotate.fields import Field
from peacetalks.annotate.index import Index
from peacetalks.annotate.lexicon import Item
from peacetalks.annotate.noun_phrases import grow_phrase
from peacetalks.annotate.numerals import NUMBER_AFTER
from peacetalks.annotate.phrase_tables import phrase_rules
from peacetalks.annotate.phrases import PhraseRules
from peacetalks.annotate.sentences import Named, Sentence, read_sentence
from peacetalks.annotate.verbs import city_descriptions, verbal_descriptions
from peacetalks.annotate.when import Days

_BESIDE = 24
_NEXT_NAME = re.compile(r" (\w+) ([^\W\d_])(?<=[A-ZÀ-ÞА-ЯЁ])")
_MOST = 2000  # a page with more is no article, and must not cost more
_HEADS = frozenset({"noun", "event", "series"})
_HEADS_AND_NUMBERS = _HEADS | {"number"}
_PLACED = frozenset({"place", "event", "series", "number"})
_HEADING = _HEADS | {"meet"}


def read_promising(
    field: Field, sentences: Iterable[Named], index: Index, published: Days | None
) -> Iterator[tuple[Named, Sentence | None]]:
    """Yield the sentences of a field, those read that may describe a meeting by themselves."""
    rules = _rules_for(index)
    for named in sentences:
        may_describe = _may_describe(field.folded, named, rules)
        yield named, read_sentence(field, named, index, published) if may_describe else None


def find_descriptions(
    field: Field, sentences: Iterable[tuple[Named, Sentence | None]], index: Index, published: Days | None
) -> list[Description]:
    """Return the descriptions of a field in order, from its sentences as `read_promising` gives them."""
    rules = _rules_for(index)
    found: list[Description] = []
    counted: Description | None = None
    for named, read in sentences:
        if counted is None and read is None:
            continue
        sentence = read or read_sentence(field, named, index, published)
        found += _in_sentence(field.text, field.folded, sentence, rules, index.governments, counted)
        counted = next((one for one in reversed(found) if one.sentence is sentence and _counts(one)), None)
        if len(found) >= _MOST:
            break
    return found


_RULES: dict[int, tuple[Index, PhraseRules]] = {}


def _rules_for(index: Index) -> PhraseRules:
    """Return the rules of an index's language with its own persons and countries, made when first asked for."""
    if id(index) not in _RULES:  # the entry holds the index, so that its id stays its own
        rules = replace(phrase_rules(index.language), persons=index.persons, countries=index.countries)
        _RULES[id(index)] = (index, rules)
    return _RULES[id(index)][1]


def _counts(one: Description) -> bool:
    """Say whether a description numbers a meeting, so that the next sentence may number another without a noun."""
    return "ordinal" in one.told or "relative" in one.told


def _may_describe(folded: str, named: Named, rules: PhraseRules) -> bool:
    """Say whether a sentence may hold a description: it has a head, or a city that may stand for what met there."""
    start, names, kinds = named.start, named.names, named.kinds
    if not kinds.isdisjoint(_HEADING):
        return True
    if "place" not in kinds:
        return False
    if "yield" in kinds or ("tense" in kinds and any(item.kind == "tense" and item.value == "track" for item in names)):
        return True
    counting = {item.start for item in names if item.kind in ("count", "ordinal")}
    return any(
        item.end + 1 in counting or NUMBER_AFTER.match(folded, item.end) or rules.comes_after(folded, item.start, start)
        for item in names
        if item.kind == "place"
    )


def _in_sentence(
    text: str,
    folded: str,
    sentence: Sentence,
    rules: PhraseRules,
    governments: frozenset[str],
    counted: Description | None,
) -> list[Description]:
    found = _around_heads(text, folded, sentence, rules)
    if counted is not None and not COUNTING.isdisjoint(sentence.kinds):
        taken = [(one.start, one.end) for one in found]
        found += [
            one
            for one in counted_after(folded, sentence, counted, rules)
            if all(one.end <= start or end <= one.start for start, end in taken)
        ]
    for one in [
        *verbal_descriptions(folded, sentence, rules),
        *city_descriptions(folded, sentence, rules, governments),
    ]:
        over = [o for o in found if o.start < one.end and one.start < o.end]
        if all(o.noun is None and "series" in o.told for o in over):  # a body, which is no meeting: it is who meets
            found = [*(o for o in found if o not in over), one]
    if len(found) > 1:
        found = _apart(sorted(found, key=lambda one: (one.start, one.elliptic)))
    free: Iterable[Item] = sentence.items
    for one in found:
        free = [item for item in free if item.end <= one.start or one.end <= item.start]
    sentence.free = tuple(free)
    return found


def _around_heads(text: str, folded: str, sentence: Sentence, rules: PhraseRules) -> list[Description]:
    """Return the noun phrases of a sentence, and those that share a noun with one."""
    found: list[Description] = []
    reach = sentence.start
    meets = {(i.start, i.end) for i in sentence.items if i.kind == "meet"} if "meet" in sentence.kinds else set()
    counting = not COUNTING.isdisjoint(sentence.kinds)
    for position, item in enumerate(sentence.core):
        if item.kind not in _HEADS_AND_NUMBERS or item.start < reach:
            continue
        if item.kind == "number" and not _is_bare(sentence.core, position, folded):
            continue
        if (item.start, item.end) in meets and _is_followed_by_one(folded, item, sentence):
            continue  # "meeting Kerry"
        description = grow_phrase(folded, sentence, position, rules, reach)
        if description is None:
            continue
        if _is_elsewhere(text, folded, description, sentence, rules):
            description = replace(description, elsewhere=True)
        if description.definite and not description.times and not description.tells(_PLACED):
            clause = rules.relative_clause(folded, description.end, sentence.end)
            description = replace(description, clause=clause) if clause else description
        before = elliptic_before(folded, description, rules, reach) if counting else ()
        after = elliptic_after(folded, description, rules) if "number" in description.told else ()
        later = counted_after(folded, sentence, description, rules) if counting else ()
        found += [*before, description, *after, *later]
        reach = max([one.end for one in found if not one.elliptic or one.end <= description.end + _BESIDE])
    return found


def _apart(described: list[Description]) -> list[Description]:
    """Drop an elliptic phrase that stands inside another or is told twice."""
    kept: list[Description] = []
    for one in described:
        if one.elliptic:
            inside = any(o is not one and o.start < one.end and one.start < o.end for o in (*described, *kept))
            if inside and (one.bare or any(o.start < one.end and one.start < o.end for o in kept)):
                continue
        kept.append(one)
    return kept


def _is_elsewhere(text: str, folded: str, one: Description, sentence: Sentence, rules: PhraseRules) -> bool:
    """Say whether "in" and a capital that no name of ours begins with follow a phrase without a place."""
    match = _NEXT_NAME.match(text, one.end)
    if match is None or folded[match.start(1) : match.end(1)] not in rules.locatives or one.values("place"):
        return False
    start = match.start(2)
    named = any(item.start <= start < item.end for item in sentence.items)
    return not (named or any(when.start <= start < when.end for when in sentence.times))


def _is_followed_by_one(folded: str, item: Item, sentence: Sentence) -> bool:
    """Say whether a person follows at once, so that a word that may be noun or verb is a verb."""
    return any(actor.kind == "actor" and folded[item.end : actor.start] == " " for actor in sentence.items)


def _is_bare(core: tuple[Item, ...], position: int, folded: str) -> bool:
    """Say whether a number is a head: no noun follows it."""
    item = core[position]
    following = next((other for other in core[position + 1 :] if other.start >= item.end), None)
    return following is None or following.kind != "noun" or folded[item.end : following.start].strip(" -\"'") != ""
