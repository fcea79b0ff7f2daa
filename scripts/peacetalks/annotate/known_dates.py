"""Weigh the date that the catalogue has of a page beside what the page says of itself."""

from peacetalks.annotate.dates import Publication
from peacetalks.annotate.edtf import interval
from peacetalks.record import PublishedBasis
from peacetalks.registry.catalogue import Record


def with_record(found: Publication, record: Record | None) -> tuple[Publication, PublishedBasis]:
    """Return the date of a page and what fixed it: the record's where the page tells none, or a span that holds it.

    A day that the page tells is never overruled, and neither is a span that the record's date lies outside of.
    """
    if record is None or record.days is None:
        return found, found.basis
    own = interval(found.edtf)
    is_narrower = own is not None and own != record.days and own[0] <= record.days[0] and record.days[1] <= own[1]
    if own is None or (found.published is None and is_narrower):
        return Publication(record.day, record.published, "none", ()), "catalogue"
    return found, found.basis
