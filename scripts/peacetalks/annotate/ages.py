"""Read the age of an article, such as "3 days ago", as a day."""

import datetime
import re
from functools import cache

from peacetalks.annotate.fold import fold
from peacetalks.registry.credits import all_words
from peacetalks.registry.date_words import load_date_words

_OLDEST_AGE = 31  # days; a page that says "2 months ago" counts months as it likes


def day_of_age(folded: str, captured: datetime.date | None) -> datetime.date | None:
    """Return the day that an age such as "3 days ago" gives, where the day of capture is known."""
    if captured is None or not _ago().search(folded):
        return None
    pattern, units = _age_pattern()
    match = pattern.search(folded)
    if match is None or int(match[1]) * units[match[2]] > _OLDEST_AGE:
        return None
    return captured - datetime.timedelta(int(match[1]) * units[match[2]])


@cache
def _ago() -> re.Pattern[str]:
    words = sorted((fold(word) for word in all_words(load_date_words().ago)), key=len, reverse=True)
    return re.compile(rf"(?:(?<!\w)|(?<=\d)|(?<=[\u4e00-\u9fff]))(?:{'|'.join(map(re.escape, words))})(?!\w)")


@cache
def _age_pattern() -> tuple[re.Pattern[str], dict[str, int]]:
    units = {fold(unit): days for table in load_date_words().ages.values() for unit, days in table.items()}
    names = "|".join(sorted(map(re.escape, units), key=len, reverse=True))
    return re.compile(rf"(?<!\d)(\d{{1,3}}) ({names})(?!\w)"), units
