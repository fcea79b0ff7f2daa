"""Tell places from other words that stand at the head of a text."""

from functools import cache

from peacetalks.annotate.fold import fold
from peacetalks.registry.credits import all_words
from peacetalks.registry.date_words import load_date_words

LONGEST_PLACE = 50
_MOST_WORDS = 6
_SMALL_WORDS = frozenset({"of", "de", "da", "al", "la", "am", "an", "der", "on", "the", "sur", "di", "del", "na", "и"})


def is_place(place: str) -> bool:
    """Tell whether a text is built as the name of a place is: a few words with capitals, and none that announces."""
    words = place.replace("/", " ").split()
    if not 2 <= len(place) <= LONGEST_PLACE or not 1 <= len(words) <= _MOST_WORDS:
        return False
    if any(character.isdigit() or character in '"“”«»?!:;()[]{}' for character in place):
        return False
    folded = [fold(word).strip(".,'") for word in words]
    if " ".join(folded) in _not_places() or folded[0] in _not_places():
        return False
    return all(_is_name(word) for word in words)


def _is_name(word: str) -> bool:
    first = next((character for character in word if character.isalpha()), "")
    return not first.islower() or fold(word) in _SMALL_WORDS or word.startswith(("al-", "el-", "ad-", "as-", "ar-"))


def is_capital(text: str) -> bool:
    """Tell whether a text begins with a word in capitals, of three letters or more."""
    first = text.split(",")[0]
    return first.isupper() and sum(map(str.isalpha, first)) > 2


def is_known(place: str, cities: frozenset[str]) -> bool:
    """Tell whether what stands before the first comma is one of the folded names."""
    return fold(place.split(",")[0]).strip() in cities


@cache
def dateline_places() -> frozenset[str]:
    """Return the folded names of the cities of dates.toml in which datelines are written."""
    return frozenset(fold(city) for city in all_words(load_date_words().cities))


@cache
def _not_places() -> frozenset[str]:
    return frozenset(fold(word) for word in all_words(load_date_words().not_places))
