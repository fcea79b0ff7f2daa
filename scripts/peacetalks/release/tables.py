"""Turn what a build found into the rows of the release's tables, sorted and complete."""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import takewhile
from typing import TypeVar

import msgspec
from msgspec import Struct, structs

from peacetalks._arrow import pa
from peacetalks.curate.ledger import SPLITS
from peacetalks.errors import ReleaseError
from peacetalks.record import (
    Article,
    ConferenceRow,
    Mention,
    MentionRow,
    Name,
    OutletRow,
    Split,
)
from peacetalks.registry.gazetteer import Aliases, Gazetteer
from peacetalks.registry.outlets import Outlets
from peacetalks.release.parquet import to_table
from peacetalks.release.schema import Edition, TableName

Row = TypeVar("Row", bound=Struct)
Rows = dict[TableName, dict[Split, list[Struct]]]
Tables = Mapping[str, Mapping[Split, pa.Table]]

# A sentence ends at a terminal mark, with the quotes or brackets behind it, before white space; or at a line's end.
# Both begin with a character of one set, so that a text is searched for that alone.
_SENTENCE_END = re.compile(r"[.!?؟。！？…\n](?:(?<=\n)\n*|(?<!\n)([\"'”’»)\]]*\s+))")
_ABBREVIATED = re.compile(
    r"(?:\b[A-ZА-Я]|\b(?:Mr|Mrs|Ms|Dr|St|Gen|Sen|Gov|Jan|Feb|Aug|Sept|Oct|Nov|Dec|No|Nr|M|vs|г|им))\.$"
)


def all_rows(rows: Rows, table: TableName, kind: type[Row]) -> Iterator[Row]:
    """Yield the rows of a table that are of a kind, all splits together."""
    return (row for found in rows[table].values() for row in found if isinstance(row, kind))


def make_tables(rows: Rows, edition: Edition = "full") -> Tables:
    """Return the Arrow tables of rows."""
    return {
        name: {split: to_table(name, found, edition) for split, found in by_split.items()}
        for name, by_split in rows.items()
    }


def vocabulary_rows(gazetteer: Gazetteer, outlets: Outlets) -> Rows:
    """Return the rows of conferences and of outlets, in one split as all that is about the whole corpus."""
    return {
        "conferences": {"train": [*_conference_rows(gazetteer)]},
        "outlets": {"train": [*_outlet_rows(outlets)]},
    }


def vocabulary_tables(gazetteer: Gazetteer, outlets: Outlets) -> Tables:
    """Return the tables of conferences and of outlets."""
    return make_tables(vocabulary_rows(gazetteer, outlets))


def as_records(table: pa.Table, kind: type[Row]) -> list[Row]:
    """Return the rows of a table as records."""
    return [msgspec.convert(row, kind) for row in table.to_pylist()]


def records_of(tables: Tables, name: str, kind: type[Row]) -> list[Row]:
    """Return the rows of a table as records, all splits together."""
    return [row for table in tables.get(name, {}).values() for row in as_records(table, kind)]


def as_split(name: str) -> Split:
    """Return a split by its name; ReleaseError where there is none of that name."""
    for split in SPLITS:
        if split == name:
            return split
    raise ReleaseError(f"split {name!r}: expected one of {', '.join(SPLITS)}")


def sentence_spans(text: str, start: int = 0) -> Iterator[tuple[int, int]]:
    """Yield the start and end of each sentence, in order; initials and common abbreviations end none."""
    for match in _SENTENCE_END.finditer(text, start):
        end, gap = match.start(), match[1]
        if gap is not None:
            end = match.start(1)  # behind the mark
            if text[end - 1] == "." and "\n" not in gap and _ABBREVIATED.search(text, max(start, end - 8), end):
                continue
            end += len(gap.rstrip())
        yield start, end
        start = match.end()
    if start < len(text):
        yield start, len(text)


def mention_sentences(article: Article) -> list[str]:
    """Return the sentence of each mention of an article, or the sentences that it reaches over."""
    return [
        _sentence_of(article.text, mention) if mention.field == "text" else article.title or ""
        for mention in article.mentions
    ]


def _sentence_of(text: str, mention: Mention) -> str:
    spans = sentence_spans(text, _line_start(text, mention.start))
    first, last = next(spans)
    for start, end in takewhile(lambda span: span[0] < mention.end, spans):
        first, last = start if start <= mention.start else first, end
    return text[first:last]


def _line_start(text: str, place: int) -> int:
    """Return the start of the line of a place, or of one above where blanks at its start are the end of that."""
    start = text.rfind("\n", 0, place) + 1
    while start and text[start].isspace():
        start = text.rfind("\n", 0, start - 1) + 1
    return start


def mention_rows(article: Article) -> Iterator[MentionRow]:
    """Yield a row for each mention of an article, in order."""
    for mention, sentence in zip(article.mentions, mention_sentences(article), strict=True):
        yield MentionRow(
            article=article.id,
            sentence=sentence,
            published=article.published,
            outlet=article.outlet,
            language=article.language,
            **structs.asdict(mention),
        )


def _conference_rows(gazetteer: Gazetteer) -> Iterable[ConferenceRow]:
    for event in sorted(gazetteer.events.values(), key=lambda event: event.id):
        yield ConferenceRow(
            id=event.id,
            series=event.series,
            kind=event.kind,
            status=event.status,
            name=event.name,
            city=event.city,
            other_cities=event.other_cities,
            country=event.country,
            venue=event.venue,
            start=event.start,
            end=event.end,
            start_confidence=event.start_confidence,
            end_confidence=event.end_confidence,
            round=event.round,
            part_of=event.part_of,
            convener=event.convener,
            participants=event.participants,
            outcome=event.outcome,
            aliases=_names(event.aliases),
            sources=event.sources,
        )


def _names(aliases: Aliases) -> list[Name]:
    return [Name(language=language, name=name) for language in sorted(aliases) for name in aliases[language]]


def _outlet_rows(outlets: Outlets) -> Iterable[OutletRow]:
    for role, table in (("agency", outlets.agencies), ("outlet", outlets.outlets)):
        for entry in sorted(table.values(), key=lambda entry: entry.id):
            yield OutletRow(
                id=entry.id,
                role="agency" if role == "agency" else "outlet",
                name=entry.name,
                kind=entry.kind,
                country=entry.country,
                languages=entry.languages,
                hosts=entry.hosts,
                rights=entry.rights,
            )
