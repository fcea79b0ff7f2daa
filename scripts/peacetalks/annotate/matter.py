"""Judge what an article is about before anything in it is linked: this process, or another matter."""

from collections.abc import Iterable
from typing import Literal

from peacetalks.annotate.fields import Field
from peacetalks.annotate.index import FOREIGN, Index, is_own

Matter = Literal["own", "passing", "foreign", "none"]

_SILENT = 400  # code points: a text that is longer names what it is about
_DENSITY = 900  # code points to one name of the matter, at the least, in an article about it
_FEW = 2


def names_none(fields: Iterable[tuple[str, str, str]], index: Index) -> bool:
    """Tell whether an article, by its fields as (field, text, folded), surely is long and never names the process.

    What `judge_matter` finds of it is `none`, and this costs a fraction: most pages of a crawl are such.
    """
    parts = [*fields]
    if sum(len(text) for _, text, _ in parts) <= _SILENT:
        return False
    if any(name in folded for _, _, folded in parts for name in index.matter):
        return False  # most likely it does, and then its names are asked for anyway
    return not any(index.own.find(text, folded) for _, text, folded in parts)


def judge_matter(fields: Iterable[Field]) -> Matter:
    """Return what an article is about by the names in its fields.

    `own`: the process. `passing`: it is named, but seldom, or once like another matter. `foreign`: another matter is
    named more often. `none`: the article never names the process, and is long enough to have done so, or names another
    matter.
    """
    own, foreign, length, titled = 0, 0, 0, False
    for field in fields:
        length += len(field.text)
        starts = {item.start for item in field.telling if is_own(item)}
        own += len(starts)
        titled = titled or (field.name == "title" and bool(starts))
        foreign += len({item.start for item in field.telling if item.kind in FOREIGN} - starts)
    if not own:
        return "none" if foreign or length > _SILENT else "own"
    if foreign > own and foreign >= _FEW:
        return "foreign"
    if foreign == own == 1 and not titled:  # each is named but once
        return "passing"
    return "own" if titled or own >= length / _DENSITY else "passing"
