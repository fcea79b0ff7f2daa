"""Find outlet, agency, authors, dateline and date of pages together, from one reading of their lines."""

import datetime
from collections.abc import Sequence
from typing import NamedTuple

from msgspec import Struct

from peacetalks.annotate.authors import find_authors
from peacetalks.annotate.dateline import find_dateline
from peacetalks.annotate.dates import Publication, find_publication
from peacetalks.annotate.fold import fold
from peacetalks.annotate.frame import read_frames
from peacetalks.annotate.outlet_names import outlet_names
from peacetalks.annotate.places import dateline_places
from peacetalks.annotate.sources import Source, find_source
from peacetalks.record import PageFacts, Segment
from peacetalks.registry.gazetteer import Gazetteer
from peacetalks.registry.outlets import Outlets


class Metadata(Struct, frozen=True):
    """What a page says of itself, apart from its title and its language."""

    source: Source
    publication: Publication
    authors: list[str]
    dateline: str | None


class LabelledPage(NamedTuple):
    """What metadata are found in: labelled lines, the language of their text, the address, what the markup states.

    No date after `captured` is believed.
    """

    segments: list[Segment]
    language: str
    url: str | None = None
    captured: datetime.date | None = None
    facts: PageFacts | None = None


def find_metadata(pages: Sequence[LabelledPage], outlets: Outlets, gazetteer: Gazetteer) -> list[Metadata]:
    """Return the metadata of each page; the lines of all are read together, and a step goes through all pages."""
    names, known = outlet_names(outlets), _known(gazetteer)
    framed = [*zip(pages, read_frames([page.segments for page in pages], names), strict=True)]
    datelines = [find_dateline(frame, names, page.language, known.cities) for page, frame in framed]
    sources = [
        find_source(frame, dateline, outlets, language=page.language, url=page.url, facts=page.facts)
        for (page, frame), dateline in zip(framed, datelines, strict=True)
    ]
    publications = [
        find_publication(
            frame,
            page.segments,
            dateline,
            gazetteer,
            language=page.language,
            country=outlet.country if (outlet := outlets.get(source.outlet)) is not None else None,
            url=page.url,
            captured=page.captured,
            facts=page.facts,
        )
        for (page, frame), dateline, source in zip(framed, datelines, sources, strict=True)
    ]
    authors = [
        find_authors(frame, outlets, language=page.language, subjects=known.persons, facts=page.facts)
        for page, frame in framed
    ]
    texts = [dateline.text if dateline is not None else None for dateline in datelines]
    return [*map(Metadata, sources, publications, authors, texts)]


class _Known(NamedTuple):
    """Folded names from a gazetteer: the persons who took part in its meetings, and the cities of datelines."""

    gazetteer: Gazetteer
    persons: frozenset[str]
    cities: frozenset[str]


_KNOWN: dict[int, _Known] = {}  # each holds its gazetteer, so that the id stays its own


def _known(gazetteer: Gazetteer) -> _Known:
    if id(gazetteer) not in _KNOWN:
        events = gazetteer.events.values()
        persons = frozenset(fold(name) for event in events for name in event.participants)
        cities = frozenset(fold(city) for event in events for city in event.cities) | dateline_places()
        _KNOWN[id(gazetteer)] = _Known(gazetteer, persons, cities)
    return _KNOWN[id(gazetteer)]
