"""Read lines for the outlets that they name and the words that they hold; a line that a site repeats is read once."""

import re
from bisect import bisect_right
from functools import cache
from itertools import accumulate, repeat
from typing import Any, TypeVar

from msgspec import Struct

from peacetalks.annotate.credit_words import Said, credit_words
from peacetalks.annotate.fold import fold
from peacetalks.annotate.outlet_names import Found, OutletNames
from peacetalks.annotate.source_marks import find_shapes
from peacetalks.annotate.whole_words import WholeWords
from peacetalks.registry.outlets import Mark, Outlet

LONGEST = 400  # characters of a line outside the text; what is longer is no furniture
_REMEMBERED = 8192  # lines: those of some hundred sites, in ten megabytes
_DIGIT = re.compile(r"\d")
_DOT_INSIDE = re.compile(r"\.(?<=\w\.)[a-z]{2}")  # said so, it is looked for at dots alone
_NONE: list[Any] = []
_NO_TABLES: frozenset[str] = frozenset()
# Tables of words after which persons or outlets stand.
_LEADS = frozenset({"by", "source", "writers", "agency_writers"})


class Reading(Struct, frozen=True, gc=False):
    """What a line says by itself, wherever it stands: `text` with single spaces, `folded` with the same offsets.

    `tables` are those of its words `said`; `named` tells whether the letters of any outlet's name or mark stand in it,
    even where they are not `found` to be one; `serves` whether it is a date or a service such as "Skip to content".
    `shapes` are the marks whose shape it has; `dotted` tells whether a host may stand in it; `tells` whether it may
    date, name or credit anything, or serves.
    """

    text: str
    folded: str
    found: list[Found]
    said: list[Said]
    tables: frozenset[str]
    digits: bool
    named: bool
    serves: bool
    shapes: list[tuple[Outlet, Mark]]
    dotted: bool
    tells: bool


EMPTY = Reading(
    "", "", _NONE, _NONE, _NO_TABLES, digits=False, named=False, serves=False, shapes=_NONE, dotted=False, tells=False
)


class LineReader:
    """Reads lines by the names of one vocabulary, and remembers those of furniture: most of it was met before."""

    def __init__(self, names: OutletNames) -> None:
        """Compile the names and the words of credits and dates into one matcher; start with nothing read."""
        self._names = names
        words = credit_words()
        self._tables = list(words.values())
        self._words = WholeWords([*names.folded, *words])
        self._known: dict[str, Reading] = {}

    def recall(self, lines: list[str]) -> list[Reading]:
        """Return the readings of lines, as they were found, that are remembered; EMPTY for the others."""
        return [*map(self._known.get, lines, repeat(EMPTY))]

    def remember(self, line: str, reading: Reading) -> None:
        """Keep the reading of a line that is short; where there is no room left, all are forgotten at once."""
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        if len(line) <= LONGEST:
            self._known[line] = reading

    def read(self, texts: list[str]) -> list[Reading]:
        """Return the readings of lines with single spaces; all are folded and searched at once, which costs less."""
        if not texts:
            return []
        whole = "\n".join(texts)
        folded = fold(whole)
        starts = [*accumulate((len(text) + 1 for text in texts), initial=0)]
        hits = self._words.find(folded)
        first = len(self._names.folded)  # the number of the first word
        names = [hit for hit in hits if hit[0] < first]
        said = [Said(start, end, table) for n, start, end in hits if n >= first for table in self._tables[n - first]]
        named = {bisect_right(starts, start) - 1 for _, start, _ in names}
        found_by, said_by = _by_line(self._names.found(names, whole), starts), _by_line(said, starts)
        return [
            self._reading(text, line, found_by.get(n, _NONE), said_by.get(n, _NONE), named=n in named)
            for n, (text, line) in enumerate(zip(texts, folded.split("\n"), strict=True))
        ]

    def _reading(self, text: str, folded: str, found: list[Found], said: list[Said], *, named: bool) -> Reading:
        digits = _DIGIT.search(folded) is not None
        tables = frozenset([word.table for word in said]) if said else _NO_TABLES
        dotted = _DOT_INSIDE.search(folded) is not None
        serves = "service" in tables and any(word.table == "service" and word.start == 0 for word in said)
        return Reading(
            text,
            folded,
            found,
            said,
            tables,
            digits,
            named,
            (digits and not found) or serves,
            find_shapes(folded, self._names) if digits else _NONE,
            dotted,
            digits or dotted or serves or bool(found) or not _LEADS.isdisjoint(tables),
        )


@cache
def line_reader(names: OutletNames) -> LineReader:
    """Return the reader of lines for a vocabulary, always the same."""
    return LineReader(names)


Hit = TypeVar("Hit", Found, Said)


def _by_line(hits: list[Hit], starts: list[int]) -> dict[int, list[Hit]]:
    """Return hits of a search over all lines by line, their offsets counted from its start."""
    by_line: dict[int, list[Hit]] = {}
    for hit in hits:
        rank = bisect_right(starts, hit.start) - 1
        by_line.setdefault(rank, []).append(hit.moved(-starts[rank]))
    return by_line
