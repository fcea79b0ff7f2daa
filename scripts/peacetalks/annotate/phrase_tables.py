"""Compile the grammar of a language into the rules by which words join into a phrase."""

import re
from functools import cache

from peacetalks.annotate.fold import fold
from peacetalks.annotate.numerals import ROMAN
from peacetalks.annotate.phrases import INNER, PhraseRules
from peacetalks.registry.grammar import Language, load_grammar

_DIGITS = r"(\d{1,2})"
_VERBAL = frozenset({"tense", "holding", "yield", "meet"})


def phrase_rules(language: Language) -> PhraseRules:
    """Return the compiled rules of a language."""
    return _compiled(language.id)


@cache
def _compiled(name: str) -> PhraseRules:
    language = load_grammar().language(name)
    months = [name for names in load_grammar().months.get(language.id, []) for name in names.split("|")]
    after = "|".join(re.escape(fold(word)) for word in (*months, *language.units))
    units = "|".join(re.escape(fold(word)) for word in language.units)
    spelt = [name for names in load_grammar().counts.get(language.id, []) for name in names.split("|")]
    counts = "|".join(re.escape(fold(word)) for word in (*spelt, *language.some))
    genitives = "|".join(re.escape(fold(word)) for word in language.genitives) or r"(?!)"
    numerals = "|".join(sorted(ROMAN, key=len, reverse=True))
    joints = "|".join(re.escape(fold(word)) for word in language.conjunctions)
    inflection = re.compile(language.inflection) if language.inflection else None
    nouns = [n for term in load_grammar().terms if term.kind == "noun" for n in term.names.get(language.id, [])]
    return PhraseRules(
        definite=_folded(language.definite),
        determiners=_folded(language.determiners),
        demonstratives=_folded(language.demonstratives),
        pronouns=_folded(language.pronouns),
        negatives=_folded(language.negatives),
        contracted=_folded(language.contracted),
        partitive=_folded(language.partitive),
        owners=_folded(language.owners),
        copulas=_folded(language.copulas),
        holding=_folded(
            [n for term in load_grammar().terms if term.kind == "holding" for n in term.names.get(language.id, [])]
        ),
        barriers=_folded(
            [
                *(*language.links, *language.stops, *language.companions, *language.conjunctions, *language.sequels),
                *(*language.units, *language.participle_links),
                *(*language.participles, *language.copulas, *language.negatives),
                *(n for term in load_grammar().terms if term.kind in _VERBAL for n in term.names.get(language.id, [])),
            ]
        ),
        countries=frozenset(),
        modified_after=bool(language.before_head),
        modified_before=language.articles or not language.before_head,
        modifiers=_folded(language.modifiers),
        links=_folded(language.links),
        genitives=_folded(language.genitives),
        of=tuple(f" {fold(word)} " for word in language.genitives),
        locatives=_folded(language.locatives),
        participles=_folded(language.participles),
        participle_links=_folded(language.participle_links),
        companions=_folded(language.companions),
        epithets=_folded(language.epithets),
        adjective=re.compile(language.adjective) if language.adjective else None,
        inflection=inflection,
        nominative=re.compile(language.nominative) if language.nominative else None,
        stems=frozenset(inflection.sub("", fold(word)) for word in language.modifiers) if inflection else frozenset(),
        sequels=_folded(language.sequels),
        verb_last=language.verb_last,
        late_verbs=_folded(language.late_verbs),
        persons=frozenset(),
        joints=_folded([*language.conjunctions, *language.links, *language.companions, *language.determiners]),
        stops=_folded(language.stops),
        endings=_folded(language.adjective_endings),
        articles=language.articles,
        compounds=language.compounds,
        open_party=language.open_party,
        before_head=frozenset(language.before_head) or INNER | {"weekday"},
        after_head=frozenset(language.after_head) or INNER - {"count", "ordinal", "relative"},
        ordinal=re.compile(_ordinal_in_digits(language.ordinal)),
        counted=re.compile(rf"\s?[-.,:]\d|\s?%|[.,]?\s(?:de )?(?:{after})" if after else r"\s?[-.,:]\d"),
        heads=re.compile("|".join(re.escape(fold(noun)) for noun in nouns) or r"(?!)"),
        more_numbers=re.compile(
            rf"\"?(?:,\s*|\s+(?:{joints})\s+|\s*-\s*)\"?(\d{{1,2}}|{numerals})(?!\w)(?!\s?[-.,:]\d)"
        ),
        article=fold(language.joined_article),
        sentence_end=_sentence_end(language),
        duration=re.compile(rf"(?<!\w)(?:\d+|{counts}) (?:{units}) (?:{genitives}) $"),
        conjunction=re.compile(rf"\s*(?:{joints}|nor|,)\s*"),
    )


def _ordinal_in_digits(ordinal: str) -> str:
    """Return what matches an ordinal in digits as a word; where it begins with its digits a search skips to these."""
    if ordinal.startswith(_DIGITS):
        return rf"(\d(?<!\w\d)\d?){ordinal.removeprefix(_DIGITS)}(?!\w)"
    return rf"(?<!\w){ordinal}(?!\w)"


def _sentence_end(language: Language) -> re.Pattern[str]:
    """Return what matches a mark with white space after it, or lines that end, with a group where no sentence ends.

    The group is there after an initial, an abbreviation, or a number whose dot makes it an ordinal.
    """
    by_length: dict[int, list[str]] = {}
    for word in sorted(filter(str.isalpha, _folded(language.abbreviations))):
        by_length.setdefault(len(word), []).append(word)
    shorts = [r"[^\W\d_]", *("(?:" + "|".join(words) + ")" for words in by_length.values())]
    behind = [rf"(?<=(?<![^\W\d_]){short}\.)" for short in shorts]
    if re.fullmatch(language.ordinal, "1."):
        behind += [rf"(?<=(?<!\w){digits}\.)" for digits in (r"\d", r"\d\d")]
    # One set of signs to begin with is what a search can skip by.
    return re.compile(rf"[.!?؟۔…\n](?:(?<=\n)\n*|(?<!\n)(?:(?<=\.)(?:{'|'.join(behind)})()|)[\"')\]]*\s+)")


def _folded(words: list[str]) -> frozenset[str]:
    return frozenset(fold(word) for word in words)
