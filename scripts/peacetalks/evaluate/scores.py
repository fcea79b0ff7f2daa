"""Score predicted annotations against gold: labels, fields and mentions, each as counts that add up."""

from collections.abc import Hashable, Iterable

from msgspec import Struct

from peacetalks.annotate.edtf import interval
from peacetalks.clean.audit import body_text
from peacetalks.clean.segments import tile_gold
from peacetalks.record import Article, Gold, Mention, Segment

_FIELDS = ("title", "outlet", "agency", "dateline", "published", "published_edtf", "published_basis", "language")
_LISTS = ("captions", "authors")
_LABELS = ("title", "meta", "body", "caption", "chrome")


class Score(Struct, frozen=True, kw_only=True):
    """Counts of one task: right, wrong (another value), missing (gold alone has one) and invented (gold has none)."""

    right: int = 0
    wrong: int = 0
    missing: int = 0
    invented: int = 0

    def __add__(self, other: "Score") -> "Score":
        return Score(
            right=self.right + other.right,
            wrong=self.wrong + other.wrong,
            missing=self.missing + other.missing,
            invented=self.invented + other.invented,
        )

    @property
    def precision(self) -> float:
        """The share of what was predicted that is right; 1 where nothing was predicted."""
        return _share(self.right, self.right + self.wrong + self.invented)

    @property
    def recall(self) -> float:
        """The share of what gold holds that was found; 1 where gold holds nothing."""
        return _share(self.right, self.right + self.wrong + self.missing)

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        return _share(2 * self.right, 2 * self.right + 2 * self.wrong + self.missing + self.invented)


class Case(Struct, frozen=True, kw_only=True):
    """One capture: its gold, and what the pipeline made of it; no article where it was excluded."""

    gold: Gold
    article: Article | None
    segments: list[Segment]


Report = dict[str, dict[str, Score]]


def score_cases(cases: list[Case]) -> Report:
    """Return the scores by task and item, summed over the cases."""
    report: Report = {"labels": {}, "fields": {}, "dates": {}, "mentions": {}, "mentions by language": {}}
    for case in cases:
        mentions = _mentions(case)
        by_language = {f"{case.gold.language}: {item}": mentions[item] for item in ("conferences", "surfaces")}
        tasks = {"labels": _labels(case), "fields": _fields(case), "dates": _dates(case), "mentions": mentions}
        for task, scores in {**tasks, "mentions by language": by_language}.items():
            for item, score in scores.items():
                report[task][item] = report[task].get(item, Score()) + score
    return report


def _labels(case: Case) -> dict[str, Score]:
    gold = {(s.start, s.end): s.label for s in tile_gold(case.gold.segments)}
    found = {(s.start, s.end): s.label for s in case.segments}
    scores = {}
    for label in _LABELS:
        scores[label] = compare_sets(
            (span for span, name in found.items() if name == label),
            (span for span, name in gold.items() if name == label),
        )
    return {**scores, "all": sum(scores.values(), Score())}


def _fields(case: Case) -> dict[str, Score]:
    scores = {name: compare_values(getattr(case.article, name, None), getattr(case.gold, name)) for name in _FIELDS}
    gold_text = body_text(tile_gold(case.gold.segments))
    scores["text"] = compare_values(case.article.text if case.article else None, gold_text)
    for name in _LISTS:
        scores[name] = compare_sets(getattr(case.article, name, []), getattr(case.gold, name))
    return scores


def _dates(case: Case) -> dict[str, Score]:
    """Return the scores of the day of publication, and of the interval that shall hold it, by the basis in gold."""
    article, gold = case.article, case.gold
    day = compare_values(article.published if article else None, gold.published)
    held = compare_intervals(article.published_edtf if article else None, gold.published_edtf)
    return {f"day, {gold.published_basis}": day, f"interval, {gold.published_basis}": held}


def _mentions(case: Case) -> dict[str, Score]:
    gold = case.gold.mentions
    found = case.article.mentions if case.article else []
    return {
        "spans": compare_sets(((m.field, m.start, m.end) for m in found), ((m.field, m.start, m.end) for m in gold)),
        "surfaces": compare_sets((m.surface for m in found), (m.surface for m in gold)),
        "spans with link": compare_sets(
            ((m.field, m.start, m.end, m.conference, m.series) for m in found),
            ((m.field, m.start, m.end, m.conference, m.series) for m in gold),
        ),
        "conferences": compare_sets(
            (m.conference for m in found if m.conference), (m.conference for m in gold if m.conference)
        ),
    }


def mention_errors(case: Case) -> list[str]:
    """Return a line for each mention of gold that was missed, and for each that gold does not have."""
    found = {_told(m) for m in (case.article.mentions if case.article else [])}
    gold = {_told(m) for m in case.gold.mentions}
    lines = [("missing", told) for told in gold - found] + [("invented", told) for told in found - gold]
    return [
        f"{case.gold.source}: {kind}: {field} {start}-{end} {surface!r} -> {meaning}"
        for kind, (field, start, end, surface, meaning) in sorted(lines, key=lambda line: (*line[1][:3], line[0]))
    ]


def _told(mention: Mention) -> tuple[str, int, int, str, str]:
    meaning = mention.conference or mention.series or ""
    return (mention.field, mention.start, mention.end, mention.surface, meaning)


def compare_values(found: object, gold: object) -> Score:
    """Return the score of one value against gold; None is no value."""
    if found == gold:
        return Score(right=int(gold is not None))
    if gold is None:
        return Score(invented=1)
    return Score(missing=1) if found is None else Score(wrong=1)


def compare_intervals(found: str | None, gold: str | None) -> Score:
    """Return the score of an EDTF date that is right if it holds every day that gold leaves possible."""
    ours, theirs = interval(found), interval(gold)
    if ours is None or theirs is None:
        return Score(missing=int(theirs is not None), invented=int(ours is not None))
    holds = ours[0] <= theirs[0] and theirs[1] <= ours[1]
    return Score(right=int(holds), wrong=int(not holds))


def compare_sets(found: Iterable[Hashable], gold: Iterable[Hashable]) -> Score:
    """Return the score of a set of items against gold's."""
    ours, theirs = set(found), set(gold)
    return Score(right=len(ours & theirs), missing=len(theirs - ours), invented=len(ours - theirs))


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 1.0
