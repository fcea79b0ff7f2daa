"""What a span says of a conference: its words by kind, its times, and who meets."""

from dataclasses import dataclass, field
from typing import Literal

from peacetalks.annotate.lexicon import Item
from peacetalks.annotate.sentences import Sentence
from peacetalks.annotate.when import When

_NOBODY = frozenset[str]()
_COUNTING = frozenset({"ordinal", "count", "relative"})
_NEGOTIATIONS = frozenset({"talks", "round", "process"})
_TENSES = frozenset({"ahead", "held"})
_PLAIN = frozenset({"summit", "meeting", "round", "conference", "congress"})


Tense = Literal["ahead", "held"]


@dataclass(eq=False, slots=True)
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
    clause: tuple[int, int] | None = None  # the relative clause after it
    counted: "Description | None" = None  # the one before whose noun its number shares
    party: frozenset[str] = _NOBODY  # who meets, from "between ... and ..." or "with ..."
    told: dict[str, list[str]] = field(init=False)  # the values of its items by kind, in order
    noun: str | None = field(init=False)  # the head noun: `round` where it counts rounds, otherwise the last one
    _tense: Tense | Literal["unread"] | None = field(default="unread", init=False)

    def __post_init__(self) -> None:
        """Sort the items by kind and choose the head noun: both are asked for many times."""
        told: dict[str, list[str]] = {}
        for item in self.items:
            if item.kind in told:
                told[item.kind].append(item.value)
            else:
                told[item.kind] = [item.value]
        self.told = told
        self.noun = self._choose_noun(told["noun"]) if "noun" in told else None

    @property
    def near(self) -> tuple[Item, ...]:
        """What else the sentence names, outside every description."""
        return self.sentence.free

    @property
    def tense(self) -> Tense | None:
        """How the sentence sees the meeting, by the tense word nearest to it; None where it has none."""
        if self._tense == "unread":
            self._tense = self._read_tense()
        return self._tense

    def _read_tense(self) -> Tense | None:
        for relative in self.values("relative"):
            if relative in ("next", "last"):
                return "ahead" if relative == "next" else "held"
        if "tense" not in self.sentence.kinds:
            return None
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
        return self.told.get(kind, [])

    def tells(self, kinds: frozenset[str]) -> bool:
        """Say whether some item is of one of these kinds."""
        return not kinds.isdisjoint(self.told)

    @property
    def series(self) -> frozenset[str]:
        """Return the series that it names, or that an adjective of its talks does where no place is told."""
        if named := self.values("series"):
            return frozenset(named)
        if self.noun not in _NEGOTIATIONS or "place" in self.told or "epithet" not in self.sentence.kinds:
            return _NOBODY
        if "consultations" in self.values("noun"):
            return _NOBODY
        return frozenset(i.value for i in self.sentence.items if i.kind == "epithet" and self.covers(i))

    def covers(self, item: Item) -> bool:
        """Say whether an item stands inside the description."""
        return self.start <= item.start and item.end <= self.end

    def _choose_noun(self, nouns: list[str]) -> str | None:
        if not _PLAIN.isdisjoint(nouns):
            nouns = [noun for noun in nouns if noun != "process"]  # "a summit in the Astana format"
        if len(nouns) > 1 and not self.tells(_COUNTING) and not any(when.month for when in self.times):
            nouns = [noun for noun in nouns if noun != "round"] or nouns  # which "the February round" keeps
        if "parallel" in self.values("tag") and "talks" in nouns:
            return "talks"
        if "ordinal" in self.told:
            nouns = [noun for noun in nouns if noun != "process"] or nouns
        for chosen in ("process", "round", "congress", "summit"):
            if chosen in nouns:
                return chosen
        if "leaders" in self.party and nouns:
            return "summit"
        return nouns[-1] if nouns else None
