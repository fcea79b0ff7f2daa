"""The words by which lines credit, date and reserve, of the tables of credits and dates."""

from functools import cache

from msgspec import Struct

from peacetalks.annotate.fold import fold
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


@cache
def credit_words() -> dict[str, list[str]]:
    """Return the folded words of these tables, each with the tables that it stands in."""
    words: dict[str, list[str]] = {}
    for vocabulary, names in ((load_credits(), _OF_CREDITS), (load_date_words(), _OF_DATES)):
        for table in names:
            for word in all_words(getattr(vocabulary, table)):
                owners = words.setdefault(fold(word), [])
                if table not in owners:
                    owners.append(table)
    return words
