"""How words join into one noun phrase in a language: the rules of the grammar as compiled expressions."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache

from peacetalks.annotate.lexicon import Item

_TOKEN = re.compile(r"[^\W_](?:[\w.'-]*\w)?")
_BEFORE = re.compile(r"((?:\d+-)?[^\W\d_](?:[\w'-]*\w)?'?)[ \-\"']{1,2}$")
_NEXT = re.compile(r" ([^\W\d_][\w'-]*)")
_BREAK = re.compile(r"[,;:.!?\n()]|\s-\s|\s-$")
_RELATIVE = re.compile(r",? ([^\W\d_]+)(?= )")
_CLAUSE = re.compile(r"[,;:!?\n]|\s\"")
INNER = frozenset(
    {"noun", "place", "series", "event", "tag", "subject", "ordinal", "count", "relative", "number", "actor"}
)
_FARTHEST_DETERMINER = 4
_WINDOW = 40  # code points
_SPACES = " -\"'"
_LONGEST_PARTY = 16
_CLAUSE_REACH = 90  # code points
_FEW = 2
_REMEMBERED = 8192  # words
_REMEMBERED_GAPS = 2048  # what stands between two names: mostly a short word or two
_CLOSE = 16  # code points


@dataclass(frozen=True, slots=True)
class PhraseRules:
    """The compiled rules of one language; every string that they see is folded."""

    definite: frozenset[str]
    determiners: frozenset[str]
    demonstratives: frozenset[str]  # such as "that", which only before a noun that needs an article is one
    pronouns: frozenset[str]  # with which a relative clause begins
    negatives: frozenset[str]  # determiners of what there is not: "no", "any"
    contracted: frozenset[str]  # a preposition and an article in one word, after a noun that it belongs to
    partitive: frozenset[str]  # those of them that may be an article alone: French "des"
    owners: frozenset[str]
    copulas: frozenset[str]
    holding: frozenset[str]  # verbs of holding and ending
    barriers: frozenset[str]  # words that no noun phrase goes beyond
    countries: frozenset[str]  # ids of places that are no city
    modified_after: bool
    modified_before: bool  # adjectives may stand before their noun
    modifiers: frozenset[str]
    links: frozenset[str]
    genitives: frozenset[str]
    of: tuple[str, ...]  # the genitives, each with the space after it
    locatives: frozenset[str]
    participles: frozenset[str]
    participle_links: frozenset[str]
    companions: frozenset[str]
    epithets: frozenset[str]  # between a preposition and a city: "Black Sea resort of"
    adjective: re.Pattern[str] | None  # what an adjective looks like, in a language where that can be told
    inflection: re.Pattern[str] | None  # the endings of an adjective
    nominative: re.Pattern[str] | None  # how the name of a person ends who is the subject of the sentence
    stems: frozenset[str]  # the modifiers without these endings
    sequels: frozenset[str]  # "after", before a city that stands for its meeting
    verb_last: bool
    late_verbs: frozenset[str]  # which may stand behind their place and day all the same
    persons: frozenset[str]  # ids of those who speak for a side: they own no noun that follows them
    stops: frozenset[str]
    joints: frozenset[str]
    endings: frozenset[str]
    articles: bool
    open_party: bool  # "between ..." may go on beyond the last name that is known
    compounds: bool  # a noun that follows at once is the real head
    before_head: frozenset[str]
    after_head: frozenset[str]
    ordinal: re.Pattern[str]
    counted: re.Pattern[str]  # after a number: a month, a unit, a range or more digits
    heads: re.Pattern[str]
    more_numbers: re.Pattern[str]
    conjunction: re.Pattern[str]
    article: str  # written as part of the noun
    sentence_end: re.Pattern[str]  # with a group where none ends
    duration: re.Pattern[str]  # before a phrase: "three hours of"
    modifies: Callable[[str], bool] = field(init=False, compare=False, repr=False)
    joins_before: Callable[[str], bool] = field(init=False, compare=False, repr=False)
    joins_after: Callable[[str, str], bool] = field(init=False, compare=False, repr=False)
    dates: Callable[[str], bool] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Judge each word and each gap once: the same ones come again in every text."""
        for name, judge, most in (
            ("modifies", self._modifies, _REMEMBERED),
            ("joins_before", self._joins_before, _REMEMBERED_GAPS),
            ("joins_after", self._joins_after, _REMEMBERED_GAPS),
            ("dates", self._dates, _REMEMBERED_GAPS),
        ):
            object.__setattr__(self, name, lru_cache(most)(judge))

    def _joins_before(self, gap: str) -> bool:
        """Say whether a word before the head belongs to it: nothing but modifiers stands between."""
        return gap == " " or (not _BREAK.search(gap) and all(self.modifies(token) for token in _TOKEN.findall(gap)))

    def ends_with_participle(self, gap: str) -> bool:
        """Say whether "held", as in Turkish, ties a place before the noun to it."""
        tokens = _TOKEN.findall(gap)
        return not _BREAK.search(gap) and bool(tokens) and all(token in self.participles for token in tokens)

    def _joins_after(self, gap: str, kind: str) -> bool:
        """Say whether a word of a kind after the phrase belongs to it, by the words between."""
        if gap == " ":
            return kind != "actor"
        tokens = _TOKEN.findall(gap)
        if any(token in self.participles for token in tokens):
            return kind in ("place", "actor") and self._is_participle(gap, tokens)
        if _BREAK.search(gap):
            return False
        if kind == "actor":
            return not tokens and bool(gap.strip())  # only inside a compound
        if kind == "noun":
            return all(token in self.genitives or token in self.definite or self.modifies(token) for token in tokens)
        if kind == "process":
            return all(token in self.genitives or token in self.definite or token in self.links for token in tokens)
        if kind in ("number", "ordinal", "relative"):
            return all(self.modifies(token) or token in self.genitives for token in tokens)
        if tokens and tokens[0] in self.definite and tokens[0] not in self.genitives:
            return False
        if kind == "place" and not all(token not in self.epithets for token in tokens):
            return all(token in self.links or token in self.genitives or token in self.epithets for token in tokens)
        return all(token in self.links or token in self.genitives or self.modifies(token) for token in tokens)

    def _dates(self, gap: str) -> bool:
        """Say whether a time after the phrase may identify the meeting, rather than the act of the sentence."""
        if self.ties(gap):
            return True
        tokens = _TOKEN.findall(gap)
        if not self.participles.isdisjoint(tokens):
            return False
        short = len(tokens) <= 1 or (len(tokens) == _FEW and tokens[1] in self.definite)  # "at the end of May"
        return not _BREAK.search(gap) and short and all(token in self.links for token in tokens)

    def ties(self, gap: str) -> bool:
        """Say whether a participle or "of" ties a time to the phrase, so that it identifies the meeting for sure."""
        tokens = _TOKEN.findall(gap)
        if not self.participles.isdisjoint(tokens):
            return self._is_participle(gap, tokens)
        # "la réunion du 14 novembre"
        return len(tokens) == 1 and tokens[0] in self.genitives and not _BREAK.search(gap)

    def places_in(self, gap: str) -> bool:
        """Say whether a gap is no more than "in", so that a country after it is where the meeting is."""
        return gap.strip() in self.locatives

    def introduces(self, gap: str) -> bool:
        """Say whether a gap holds the title of a person: "U.N. envoy Staffan de Mistura", "UN-Vermittler"."""
        tokens = _TOKEN.findall(gap)
        return 0 < len(tokens) <= _FEW and not _BREAK.search(gap) and self.barriers.isdisjoint(tokens)

    def is_nominative(self, folded: str, start: int, end: int) -> bool:
        """Say whether the name of a person is in a case that no noun before it asks for."""
        return self.nominative is not None and self.nominative.search(folded, start, end) is not None

    def joined_article(self, folded: str, start: int) -> bool:
        """Say whether the phrase starts with an article that is written as part of the word."""
        return bool(self.article) and folded.startswith(self.article, start)

    def has_participle(self, phrase: str) -> bool:
        """Say whether a participle such as "due" ties places and days to the noun."""
        return not self.participles.isdisjoint(_TOKEN.findall(phrase))

    def _is_participle(self, gap: str, tokens: list[str]) -> bool:
        words = self.participles | self.participle_links
        return not _BREAK.search(gap.removeprefix(",")) and all(token in words for token in tokens)

    def _modifies(self, token: str) -> bool:
        """Say whether a word is an adjective that a noun of meeting may have."""
        if token in self.modifiers or (self.inflection and self.inflection.sub("", token) in self.stems):
            return True
        if self.adjective and token not in self.barriers and self.adjective.search(token):
            return True
        if self.open_party and token.count("-") and len(token) > _CLOSE // 2:
            return True  # "all-night", "Saudi-hosted"
        return "-" in token and token.rpartition("-")[2] in self.endings

    def _before(self, folded: str, reach: int, edge: int) -> re.Match[str] | None:
        """Return the word right before an offset; no space but the last two signs can stand in the match."""
        low = max(reach, edge - _WINDOW)
        if edge <= low or folded[edge - 1] not in _SPACES:
            return None
        return _BEFORE.search(folded, max(low, folded.rfind(" ", low, max(low, edge - 2)) + 1), edge)

    def determine(
        self, folded: str, start: int, reach: int, *, needs: bool = False, strange: int = 0
    ) -> tuple[int, bool, bool]:
        """Return where the phrase starts with its adjectives and article, whether that is definite, or missing.

        At most `strange` adjectives may be none that a table knows, and then an article stands before them. A noun
        that `needs` an article has a demonstrative too.
        """
        begin = edge = start
        unknown = 0
        for _ in range(_FARTHEST_DETERMINER):
            match = self._before(folded, reach, edge)
            if match is None:
                break
            word, at = self._unelided(match)
            if word in self.definite or (needs and word in self.demonstratives):
                return at, True, False
            if word in self.contracted:
                owned = word not in self.partitive or self._is_owned(folded, match.start(1), reach)
                return (begin, True, False) if owned else (match.start(1), False, False)
            if word in self.determiners:
                outer = self._before(folded, reach, match.start(1))
                both = outer is not None and outer[1] in self.determiners  # "such a"
                return outer.start(1) if outer and both else at, False, False
            if word.endswith("'s") and self.open_party:
                begin = edge = match.start(1)
                continue
            if not self.modified_before or (
                word in self.holding and not self._is_adjective(folded, match.start(1), reach)
            ):
                break
            if not self.modifies(word):
                if not self.articles or word in self.barriers or unknown >= strange:
                    break
                unknown += 1
                edge = match.start(1)
                continue
            edge = match.start(1)
            begin = begin if unknown else edge
        counted = folded.endswith(self.of, 0, begin)
        duration = self.duration.search(folded, max(reach, begin - 40), begin) if counted else None
        return (duration.start(), False, False) if duration else (begin, False, True)

    def _unelided(self, match: re.Match[str]) -> tuple[str, int]:
        """Return the word of a match and its start; of French "d'une" the article alone."""
        article = match[1].rpartition("'")[2]
        if article in self.definite or article in self.determiners:
            return article, match.end(1) - len(article)
        return match[1], match.start(1)

    def _is_adjective(self, folded: str, start: int, reach: int) -> bool:
        """Say whether a form such as "suspended" is no verb here: an article or nothing stands before it."""
        match = self._before(folded, reach, start)
        return match is None or match[1] in self.definite or match[1] in self.determiners or self.modifies(match[1])

    def denies(self, folded: str, start: int, reach: int) -> bool:
        """Say whether "no" or "any" stands right before a phrase, which then is of no meeting that was."""
        match = self._before(folded, reach, start)
        return match is not None and match[1] in self.negatives

    def _is_owned(self, folded: str, start: int, reach: int) -> bool:
        """Say whether French "des" is "de" with an article, after a noun such as "fin" or "reprise"."""
        token = None
        for match in _TOKEN.finditer(folded, max(reach, start - 30), start):
            token = match[0]
        return token in self.owners

    def _leads_to_actor(self, folded: str, start: int, actors: dict[int, Item]) -> bool:
        """Say whether a companion such as "with" is followed by one who meets, articles aside."""
        first = min((actor for actor in actors if actor >= start), default=None)
        if first is None or first - start > _CLAUSE_REACH:
            return False
        tokens = _TOKEN.findall(folded[start:first])
        return all(t in self.joints or t in self.definite or t in self.genitives or self.modifies(t) for t in tokens)

    def party_end(self, folded: str, start: int, limit: int, actors: dict[int, Item]) -> int | None:
        """Return where "between ..." or "with ..." after a phrase ends, or None where none follows.

        `actors` are those who may meet, by their starts.
        """
        stop = min(limit, start + 200)
        first = _TOKEN.search(folded, start, stop)
        if first is None or first[0] not in self.companions or folded[start : first.start()].strip(" \"'"):
            return None
        tokens = list(_TOKEN.finditer(folded, start, stop))
        if not self.open_party and not self._leads_to_actor(folded, tokens[0].end(), actors):
            return None
        end = closed = tokens[0].end()
        for token in tokens[1:_LONGEST_PARTY]:
            between = folded[end : token.start()]
            member = actors.get(token.start()) if between.strip() == "," else None
            listed = member is not None and self._lists_member(folded, member, actors, end)
            if token[0] in self.stops or (_CLAUSE.search(between) and not listed):
                break
            end = token.end() + (folded[token.end() : token.end() + 1] == ")")
            if token[0] not in self.joints:
                closed = end
        return closed if closed > tokens[0].end() else None

    def _lists_member(self, folded: str, member: Item, actors: dict[int, Item], end: int) -> bool:
        """Say whether one after a comma is a member of a list that goes on: no name after its title."""
        titled = member.value in self.persons and any(a.kind == "people" and a.end == end for a in actors.values())
        return not titled and self._continues(folded, member.end)

    def _continues(self, folded: str, end: int) -> bool:
        """Say whether a list goes on after one of its members."""
        rest = _TOKEN.search(folded, end)
        return folded.startswith(",", end) or bool(rest and rest[0] in self.joints and rest.start() == end + 1)

    def clause(self, folded: str, start: int, end: int, first: int, limit: int) -> tuple[int, int]:
        """Return the clause around a verb, no more than some words long, inside the sentence."""
        match = _CLAUSE.search(folded, end, min(limit, end + _CLAUSE_REACH))
        begin = max(first, start - _CLAUSE_REACH)
        for before in _CLAUSE.finditer(folded, begin, start):
            begin = before.end()
        return begin, match.start() if match else min(limit, end + _CLAUSE_REACH)

    def relative_clause(self, folded: str, end: int, limit: int) -> tuple[int, int] | None:
        """Return the relative clause right after a phrase, such as "that begin in Geneva", or None without one."""
        match = _RELATIVE.match(folded, end, limit)
        if match is None or match[1] not in self.pronouns:
            return None
        return match.end(), self.clause(folded, match.end(), match.end(), match.end(), limit)[1]

    def is_close(self, gap: str) -> bool:
        """Say whether a word stands right beside another, or one short word or sign away from it."""
        return not _BREAK.search(gap) and len(_TOKEN.findall(gap)) <= 1 and len(gap) <= _CLOSE

    def stands_alone(self, folded: str, end: int) -> bool:
        """Say whether no noun can follow here: a sign, the end, or a short word comes next."""
        rest = folded[end : end + 2]
        if not rest.strip() or rest[0] in '.,;:)"' or rest == " -":
            return True
        token = _TOKEN.match(folded, end + 1)
        return token is not None and (token[0] in self.links or token[0] in self.joints or token[0] in self.stops)

    def adjectives_end(self, folded: str, end: int) -> int:
        """Return where a noun ends with the adjectives that follow it, in a language where they do."""
        while self.modified_after and (match := _NEXT.match(folded, end)) and self.modifies(match[1]):
            end = match.end()
        return end

    def follows_copula(self, folded: str, start: int, reach: int) -> bool:
        """Say whether "was" or the like stands right before, as in "it was the first"."""
        match = self._before(folded, reach, start)
        return match is not None and match[1] in self.copulas

    def continues(self, gap: str) -> bool:
        """Say whether a place or a day goes on after another: "in Tehran on Tuesday and Wednesday"."""
        tokens = _TOKEN.findall(gap)
        return (
            not _BREAK.search(gap.replace(",", " ")) and len(tokens) <= _FEW and all(t in self._short for t in tokens)
        )

    @property
    def _short(self) -> frozenset[str]:
        return self.links | self.joints | self.genitives

    def is_subject(self, folded: str, start: int, first: int) -> bool:
        """Say whether a name opens its sentence or clause, so that what follows is its verb."""
        before = folded[max(first, start - 3) : start].rstrip(" \"'(")
        return not before or before[-1] in ",;:-.\n"

    def comes_after(self, folded: str, start: int, first: int) -> bool:
        """Say whether a word such as "after" stands right before a name."""
        return self._word_before(folded, start, first) in self.sequels

    def belongs_to(self, gap: str) -> bool:
        """Say whether a gap is no more than "of the"."""
        tokens = _TOKEN.findall(gap)
        return (
            bool(tokens)
            and not _BREAK.search(gap)
            and tokens[0] in self.genitives
            and len(tokens) <= _FEW
            and all(token in self.genitives or token in self.definite for token in tokens)
        )

    def unknown_words(self, gap: str) -> int:
        """Return how many words of a gap are none that join."""
        return sum(
            token not in self.joints and token not in self.definite and not self.modifies(token)
            for token in _TOKEN.findall(gap)
        )

    def _word_before(self, folded: str, start: int, first: int) -> str:
        low = max(first, start - _WINDOW)
        low = max(low, folded.rfind(" ", low, max(low, start - 1)) + 1) if folded.endswith(" ", 0, start) else low
        word = folded[low:start].rstrip(" ")
        if word.isalpha():
            return word
        tokens = _TOKEN.findall(word)
        return tokens[-1] if tokens else ""

    def is_adverbial(self, folded: str, start: int, end: int, told: list[tuple[int, int]]) -> bool:
        """Say whether nothing but places, days and short words stands before a verb that comes last."""
        rest = [*folded[start:end]]
        for low, high in told:
            rest[max(0, low - start) : max(0, high - start)] = " " * (max(0, high - start) - max(0, low - start))
        return all(token in self.links for token in _TOKEN.findall("".join(rest)))

    def lists(self, gap: str, *, first: bool) -> bool:
        """Say whether a gap before a member of "of the ministers of Egypt and Iraq" goes on with it."""
        tokens = _TOKEN.findall(gap)
        if any(sign in gap for sign in "\n.;:()!?") or " - " in gap:
            return False
        if not all(
            token in self.genitives
            or token in self.definite
            or token in self.joints
            or token.isdigit()
            or self.modifies(token)
            for token in tokens
        ):
            return False
        if first and len(tokens) > _FEW and not any(map(str.isdigit, tokens)):
            return False
        return not first or ("," not in gap and (not self.articles or (bool(tokens) and tokens[0] in self.genitives)))

    def quoted(self, folded: str, start: int, end: int) -> tuple[int, int]:
        """Return the phrase with the quotation mark right outside it that belongs to one inside."""
        if folded.count('"', start, end) % 2:
            if start and folded.startswith('"', start - 1):
                return start - 1, end
            for closing in ('"', ' "'):
                if folded.startswith(closing, end):
                    return start, end + len(closing)
        return start, end

    def trim(self, folded: str, start: int, end: int) -> int:
        """Return the end without a possessive and trailing space."""
        while end > start + 1 and folded[end - 1].isspace():
            end -= 1
        return end - 2 if folded.endswith("'s", start, end) else end
