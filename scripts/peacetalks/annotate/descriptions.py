"""What a span says of a conference: its words by kind, its times, and who meets."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from peacetalks.annotate.lexicon import Item
from peacetalks.annotate.sentences import Sentence
from peacetalks.annotate.when import When

_NEGOTIATIONS = frozenset({"talks", "round", "process"})
_TENSES = frozenset({"ahead", "held"})
_PLAIN = frozenset({"summit", "meeting", "round", "conference", "congress"})


Tense = Literal["ahead", "held"]


@dataclass(eq=False)
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
    elliptic: bool = False  # shares its noun with another, as "the fifth" in "the fifth and the sixth round"
    elsewhere: bool = False  # in a city that hosts none of these meetings
    city: bool = False  # a city alone, which stands for the meeting that it hosted
    party: frozenset[str] = field(default=frozenset())  # who meets, from "between ... and ..." or "with ..."

    @property
    def near(self) -> tuple[Item, ...]:
        """What else the sentence names, outside every description."""
        return self.sentence.free

    @cached_property
    def tense(self) -> Tense | None:
        """How the sentence sees the meeting, by the tense word nearest to it; None where it has none."""
        if "tense" not in self.sentence.kinds and "relative" not in self._values:
            return None
        for relative in self.values("relative"):
            if relative in ("next", "last"):
                return "ahead" if relative == "next" else "held"
        cues = [item for item in self.sentence.items if item.kind == "tense" and item.value in _TENSES]
        if not cues:
            return None
        cues = [*filter(self.covers, cues), *(item for item in self.near if item in cues)]
        if not cues:
            return None
        return "ahead" if min(cues, key=self.distance).value == "ahead" else "held"

    def distance(self, item: Item) -> int:
        """Return the code points between the description and an item, 0 where it holds it."""
        return max(0, item.start - self.end, self.start - item.end)

    def values(self, kind: str) -> list[str]:
        """Return the values of its items of a kind, in order."""
        return self._values.get(kind, [])

    @cached_property
    def _values(self) -> dict[str, list[str]]:
        table: dict[str, list[str]] = {}
        for item in self.items:
            table.setdefault(item.kind, []).append(item.value)
        return table

    @cached_property
    def series(self) -> frozenset[str]:
        """Return the series that it names, or that an adjective of its talks does where no place is told."""
        named = frozenset(self.values("series"))
        if named or self.noun not in _NEGOTIATIONS or self.values("place") or "consultations" in self.values("noun"):
            return named
        return frozenset(i.value for i in self.sentence.items if i.kind == "epithet" and self.covers(i))

    def covers(self, item: Item) -> bool:
        """Say whether an item stands inside the description."""
        return self.start <= item.start and item.end <= self.end

    @cached_property
    def noun(self) -> str | None:
        """Return the head noun: `round` where it counts rounds, otherwise the last one."""
        nouns = self.values("noun")
        if not _PLAIN.isdisjoint(nouns):
            nouns = [noun for noun in nouns if noun != "process"]  # "a summit in the Astana format"
        dated = any(when.month for when in self.times)  # "the February round"
        if not dated and not {"ordinal", "count", "relative"} & {item.kind for item in self.items}:
            nouns = [noun for noun in nouns if noun != "round"] or nouns
        if "parallel" in self.values("tag") and "talks" in nouns:
            return "talks"
        if self.values("ordinal"):
            nouns = [noun for noun in nouns if noun != "process"] or nouns
        for chosen in ("process", "round", "congress", "summit"):
            if chosen in nouns:
                return chosen
        if "leaders" in self.party and nouns:
            return "summit"
        return nouns[-1] if nouns else None
