"""Link what an article says of conferences to the gazetteer: names, numbers, descriptions and anaphora."""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import chain, islice
from typing import NamedTuple, TypeVar

from peacetalks.annotate.descriptions import Description
from peacetalks.annotate.fields import Field, read_field
from peacetalks.annotate.fold import fold
from peacetalks.annotate.index import Index, index_for
from peacetalks.annotate.matter import judge_matter, names_none
from peacetalks.annotate.meanings import link_descriptions
from peacetalks.annotate.mentions import find_descriptions, read_promising
from peacetalks.annotate.rounds import Link
from peacetalks.annotate.sentences import find_sentences
from peacetalks.annotate.vantage import Article
from peacetalks.record import Mention
from peacetalks.registry.gazetteer import Gazetteer

_SENTENCES_AHEAD = 100  # more than a report has

T = TypeVar("T")


class Story(NamedTuple):
    """What an article tells; `published` is the earliest and the latest possible publication day."""

    title: str | None
    text: str
    language: str
    published: tuple[date, date] | None


def link_mentions(
    title: str | None, text: str, *, language: str, published: tuple[date, date] | None, gazetteer: Gazetteer
) -> list[Mention]:
    """Return the mentions of conferences in title and text, sorted by field (title first), start, end, conference.

    `published` is the earliest and the latest possible publication day. Offsets are code points of the text as given.
    """
    return link_stories([Story(title, text, language, published)], gazetteer)[0]


def link_stories(stories: Sequence[Story], gazetteer: Gazetteer) -> list[list[Mention]]:
    """Return the mentions of each story, as `link_mentions` does; a step goes through all of them."""
    indexes = [index_for(gazetteer, story.language) for story in stories]
    parts = [*map(_parts_to_read, stories, indexes)]
    fields = [[read_field(*part, index) for part in own] for own, index in zip(parts, indexes, strict=True)]
    articles = [
        Article(index, story.published, judge_matter(own))
        for story, own, index in zip(stories, fields, indexes, strict=True)
    ]
    told = [
        (n, field, article)
        for n, (own, article) in enumerate(zip(fields, articles, strict=True))
        for field in own
        if article.matter != "none"
    ]
    named = [_ahead(find_sentences(field, article.index)) for _, field, article in told]
    read = [
        _ahead(read_promising(field, sentences, article.index, article.published))
        for (_, field, article), sentences in zip(told, named, strict=True)
    ]
    described: list[list[tuple[Field, Description]]] = [[] for _ in stories]
    for (n, field, article), sentences in zip(told, read, strict=True):
        described[n] += [(field, one) for one in find_descriptions(field, sentences, article.index, article.published)]
    links = [
        link_descriptions([one for _, one in found], article)
        for found, article in zip(described, articles, strict=True)
    ]
    return [*map(_mentions, described, links, articles)]


def _ahead(found: Iterator[T]) -> Iterator[T]:
    """Return what an iterator yields, the first of it found at once: all of a report, and little of an endless text."""
    return chain([*islice(found, _SENTENCES_AHEAD)], found)


def _parts_to_read(story: Story, index: Index) -> list[tuple[str, str, str]]:
    """Return the fields of a story as (field, text, folded), or nothing where they surely tell of none."""
    told = (("title", story.title or ""), ("text", story.text))
    parts = [(name, body, fold(body)) for name, body in told if body]
    return [] if names_none(parts, index) else parts


def _mentions(described: list[tuple[Field, Description]], links: list[list[Link]], article: Article) -> list[Mention]:
    mentions = [
        _mention(field, one, link, article)
        for (field, one), linked in zip(described, links, strict=True)
        for link in linked
    ]
    return sorted(mentions, key=lambda m: (m.field != "title", m.start, m.end, m.conference or "", m.series or ""))


def _mention(field: Field, one: Description, link: Link, article: Article) -> Mention:
    return Mention(
        field="title" if field.name == "title" else "text",
        start=one.start,
        end=one.end,
        surface=field.text[one.start : one.end],
        conference=link.event,
        series=link.series,
        basis=link.basis,
        stage=article.stage(article.index.gazetteer.events[link.event]) if link.event else None,
        score=_certainty(link.margin),
    )


def _certainty(margin: float) -> float:
    """Return a lead in points as a score from 0.5, where the next best is as good, to 1."""
    return round(1 - float(0.5 ** (1 + max(0.0, margin))), 2)
