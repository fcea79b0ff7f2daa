"""Find the words by which lines credit, date and reserve: one compiled matcher for tables of credits and dates."""

from functools import cache

from ahocorasick_rs import AhoCorasick, Implementation, MatchKind
from msgspec import Struct

from peacetalks.annotate.fold import fold
from peacetalks.annotate.outlet_names import whole_words
from peacetalks.registry.credits import all_words, load_credits
from peacetalks.registry.date_words import load_date_words

_OF_DATES = ("published", "updated", "other")
_OF_CREDITS = ("source", "photo", "by", "writers", "helpers", "agency_writers", "helped", "copyright", "own", "service")


class Said(Struct, frozen=True, gc=False):
    """A word of a table between two offsets of a folded line."""

    start: int
    end: int
    table: str

    def moved(self, by: int) -> "Said":
        """Return the same with its offsets moved."""
        return Said(self.start + by, self.end + by, self.table)


def find_words(folded: str) -> list[Said]:
    """Return the words of these tables that stand in a folded text as whole words, in order of their ends."""
    matcher, tables = _compiled()
    hits = whole_words(folded, matcher.find_matches_as_indexes(folded, overlapping=True))
    return [Said(start, end, table) for number, start, end in hits for table in tables[number]]


@cache
def _compiled() -> tuple[AhoCorasick, list[list[str]]]:
    tables: dict[str, list[str]] = {}
    for vocabulary, names in ((load_credits(), _OF_CREDITS), (load_date_words(), _OF_DATES)):
        for table in names:
            for word in all_words(getattr(vocabulary, table)):
                owners = tables.setdefault(fold(word), [])
                if table not in owners:
                    owners.append(table)
    # A DFA reads twice as fast, and of so few words it takes no more than a megabyte.
    matcher = AhoCorasick(list(tables), matchkind=MatchKind.Standard, implementation=Implementation.DFA)
    return matcher, list(tables.values())
