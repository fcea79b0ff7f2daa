"""Judge whether an event is what a verb of meeting tells, such as "met Kerry in Washington on Friday"."""

from peacetalks.annotate.clues import told_days
from peacetalks.annotate.descriptions import Description
from peacetalks.annotate.profiles import Profile
from peacetalks.annotate.vantage import Article, touches

_RUNNING = 3  # days about a meeting in which its city alone tells it
_TWO_PARTIES = 2


class VerbEvidence:
    """A verb of meeting with who and where or when, to which all of an event must fit."""

    def __init__(self, one: Description, article: Article) -> None:
        """Read what the verb tells."""
        self._article = article
        self._places, self._actors = set(one.values("place")), set(one.values("actor"))
        self._told = told_days(one.times, one.tense)
        self._days = told_days(one.sentence.times, one.tense)
        self._over = "met" in one.values("meet")
        self._near = {item.value for item in one.sentence.items if item.kind in ("actor", "subject")}
        days = (when.days for when in one.times if when.month)
        self._dated = any(day and day[0] == day[1] for day in days)

    def fits(self, profile: Profile) -> bool:
        """Say whether the verb is told with who and where or when, all of them right."""
        article, event = self._article, profile.event
        if not self._places <= profile.places or (self._over and article.stage(event) == "ahead"):
            return False
        if self._told and not any(touches(event, days, article.published) for days in self._told):
            return False
        near = self._near & profile.actors
        if near & self._actors or len(near) >= _TWO_PARTIES:
            return True
        if self._dated and event.series in article.series:
            return True
        if not self._places:
            return False
        if self._told or near or article.away(event) <= _RUNNING:
            return True
        return any(touches(event, days, article.published) for days in self._days)
