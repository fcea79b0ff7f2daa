"""Take what annotators gave back: gold of every page that fits, and for every other one the reason."""

from collections.abc import Iterable, Mapping

from msgspec import Struct, structs

from peacetalks.annotation.documents import Document, Refused
from peacetalks.annotation.files import require_annotator
from peacetalks.annotation.pages import is_program, take_page
from peacetalks.errors import AnnotationError
from peacetalks.record import Gold
from peacetalks.registry.gazetteer import Gazetteer
from peacetalks.registry.outlets import Outlets


class Taken(Struct, frozen=True, kw_only=True):
    """The gold, the pages that were refused, and how many nobody has annotated yet."""

    gold: list[Gold]
    refused: list[Refused]
    open: int


def take(
    read: Iterable[Document | Refused],
    handed: Mapping[str, Gold],
    gazetteer: Gazetteer,
    outlets: Outlets,
    *,
    annotator: str | None = None,
) -> Taken:
    """Return what documents make of the pages that were handed out; `annotator`, where given, is everybody's mark."""
    gold: dict[tuple[str, str], Gold] = {}
    refused: list[Refused] = []
    proposals = 0
    for item in read:
        if isinstance(item, Refused):
            refused.append(item)
        elif not item.annotated:
            proposals += 1
        else:
            try:
                page = _take(item, handed, gazetteer, outlets, annotator or item.annotator)
            except AnnotationError as error:
                refused.append(Refused(item.task, str(error)))
            else:
                if gold.setdefault((page.annotator, page.id), page) is not page:
                    refused.append(Refused(item.task, f"{page.annotator} has annotated {page.source} twice"))
    return Taken(gold=list(gold.values()), refused=refused, open=proposals)


def _take(
    document: Document, handed: Mapping[str, Gold], gazetteer: Gazetteer, outlets: Outlets, annotator: str
) -> Gold:
    if is_program(annotator):
        raise AnnotationError("the file does not say who annotated it; name the annotator with --annotator")
    page = handed.get(document.id)
    if page is None:
        raise AnnotationError(f"article {document.id} is not among the pages that were handed out")
    return take_page(structs.replace(document, annotator=require_annotator(annotator)), page, gazetteer, outlets)
