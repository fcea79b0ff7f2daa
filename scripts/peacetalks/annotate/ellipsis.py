"""Find phrases that share the noun of another: "II", "the fifth", "an eighth"."""

from collections.abc import Iterator
from dataclasses import replace

from peacetalks.annotate.descriptions import Description
from peacetalks.annotate.lexicon import Item
from peacetalks.annotate.numerals import number_value
from peacetalks.annotate.phrases import PhraseRules
from peacetalks.annotate.sentences import Sentence

_BESIDE = 24
COUNTING = frozenset({"ordinal", "relative"})
_ACTS = frozenset({"holding", "yield", "tense"})


def elliptic_before(folded: str, description: Description, rules: PhraseRules, reach: int) -> Iterator[Description]:
    """Yield "the fifth" of "the fifth and the sixth round": an ordinal that shares the noun of the next."""
    if len(description.values("ordinal")) != 1:
        return
    for item in description.sentence.items:
        if item.kind == "ordinal" and reach <= item.start and item.end <= description.start:
            if not rules.conjunction.fullmatch(folded[item.end : description.start]):
                continue
            others = tuple(other for other in description.items if other.kind != "ordinal")
            start, definite, bare = rules.determine(folded, item.start, reach)
            yield replace(
                description,
                start=start,
                end=item.end,
                items=(item, *others),
                times=(),
                definite=definite,
                bare=bare,
                elliptic=True,
            )


def elliptic_after(folded: str, description: Description, rules: PhraseRules) -> Iterator[Description]:
    """Yield "II" of "Geneva I and II": a bare number after a description that holds one."""
    numbers = [item for item in description.items if item.kind == "number"]
    end = numbers[-1].end
    while match := rules.more_numbers.match(folded, end):
        value = number_value(match[1])
        if value is None:
            return
        others = tuple(item for item in description.items if item.kind != "number")
        item = Item(match.start(1), match.end(1), "number", str(value))
        yield replace(description, start=item.start, end=item.end, items=(*others, item), times=(), elliptic=True)
        end = match.end()


def _acts(folded: str, sentence: Sentence, item: Item) -> bool:
    """Say whether a verb of holding, failing or lasting follows at once."""
    return any(
        other.kind in _ACTS and other.start >= item.end and not folded[item.end : other.start].strip()
        for other in sentence.items
    )


def _is_acted_on(folded: str, sentence: Sentence, item: Item, rules: PhraseRules) -> bool:
    """Say whether such a verb stands right before an ordinal with its article joined, as in Arabic."""
    return rules.joined_article(folded, item.start) and any(
        other.kind in _ACTS and other.end <= item.start and not folded[other.end : item.start].strip()
        for other in sentence.items
    )


def counted_after(
    folded: str, sentence: Sentence, description: Description, rules: PhraseRules
) -> Iterator[Description]:
    """Yield "an eighth" of "the seventh round closed; he expects an eighth": an ordinal without a noun."""
    if description.noun is None:
        return
    begin = max(sentence.start, description.end)
    for item in sentence.core:
        if item.kind != "ordinal" and not (item.kind == "relative" and item.value in ("next", "previous")):
            continue
        if item.start < description.end:
            continue
        if not rules.stands_alone(folded, item.end) and not _acts(folded, sentence, item):
            continue
        start, definite, bare = rules.determine(folded, item.start, begin)
        if (bare and rules.articles) or rules.follows_copula(folded, start, begin):
            continue
        apart = folded[description.end : start].strip(" ") == "," or (
            rules.articles and item.value == "1" and folded.endswith(", ", 0, start)
        )  # "the talks, the first in years"
        subject = rules.is_subject(folded, start, sentence.start) or _is_acted_on(folded, sentence, item, rules)
        if apart or (not rules.articles and not subject):
            continue
        kept = tuple(other for other in description.items if other.kind in ("noun", "series", "tag"))
        if any(other.kind == "noun" and item.end <= other.start <= item.end + _BESIDE for other in sentence.core):
            continue
        told = (item, *kept)
        yield Description(
            start, item.end, told, (), sentence, definite=definite, bare=bare, elliptic=True, counted=description
        )
