"""Attach to a noun phrase those who meet: "between ...", "with ..." or "of the ministers of ..."."""

from peacetalks.annotate.lexicon import Item
from peacetalks.annotate.phrases import PhraseRules
from peacetalks.annotate.profiles import MATTER
from peacetalks.annotate.sentences import Sentence

PEOPLE = frozenset({"actor", "subject", "people"})
_ACTS = frozenset({"holding", "yield"})
_PARTIES = frozenset({"actor", "subject", "tag", "series", "people"})
_MEMBERS = PEOPLE | {"tag", "count", "series"}


def attach_party(
    folded: str, sentence: Sentence, rules: PhraseRules, end: int, *, article: bool, placed: bool
) -> tuple[int, frozenset[str]]:
    """Return the end of "between ...", "with ..." or "of the ministers of ..." after a head, and who stands in it."""
    if not any(item.start >= end and item.kind in _PARTIES for item in sentence.core):
        return end, frozenset()
    actors = {item.start: item for item in sentence.core if item.kind in PEOPLE}
    verbs = (item.start for item in sentence.items if item.kind in _ACTS and item.start > end)
    limit = min((start for start in verbs if folded[end:start].strip()), default=sentence.end)
    stop = rules.party_end(folded, end, limit, actors)
    if stop is None:
        stop = _members_end(folded, sentence, rules, end, article=article, placed=placed)
    elif not rules.open_party:
        stop = _parties_end(folded, sentence, rules, end, stop)
    if stop is None or stop <= end:
        return end, frozenset()
    told = [i for i in sentence.core if end <= i.start < stop and i.kind in _PARTIES and i.value != "peace"]
    party = {item.value for item in told}
    if "opposition" in party and "government" not in party:
        party -= {MATTER}
    if not party:
        return end, frozenset()
    return end if _is_subject(folded, told[0], rules, end) else stop, frozenset(party)


def _is_subject(folded: str, first: Item, rules: PhraseRules, end: int) -> bool:
    """Say whether a person right after the head is no part of the phrase: "after the talks Lavrov said", in Russian."""
    beside = first.value in rules.persons and folded[end : first.start] == " "
    return beside and rules.is_nominative(folded, first.start, first.end)


def _members_end(
    folded: str, sentence: Sentence, rules: PhraseRules, start: int, *, article: bool, placed: bool
) -> int | None:
    """Return where "of American and Russian officials" after a head ends, or None where none follows."""
    end, stop = start, None
    if "place" not in rules.after_head:
        return None  # what belongs to a noun stands before it
    for item in sentence.core:
        if item.start < end or item.end > sentence.end:
            continue
        gap = folded[end : item.start]
        if item.kind not in _MEMBERS or not rules.lists(gap, first=end == start):
            break
        if placed and stop is None and not gap.strip():
            break  # what stands beside a place without a preposition is the next part of the sentence
        if stop is None and article and not gap.strip():
            break  # a noun with its article joined takes no other noun without a preposition
        end = item.end
        if item.kind in PEOPLE or item.value == "opposition":
            stop = end
    return stop


def _parties_end(folded: str, sentence: Sentence, rules: PhraseRules, start: int, stop: int) -> int:
    """Return where the last party in a row ends; a word or two between them may be unknown, no more."""
    end = start
    for item in sentence.core:
        if item.start < end or item.start >= stop or item.kind not in _PARTIES or item.value == "peace":
            continue
        if end > start and rules.unknown_words(folded[end : item.start]) > 1:
            break
        end = item.end
    return end
