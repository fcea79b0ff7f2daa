"""The record types: the one source of the JSON Schemas, the Arrow schemas and every field table.

Offsets are Unicode code points, end exclusive. A field's description stands beside its type, in `Meta`.
"""

import datetime
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

Label = Literal["title", "meta", "body", "caption", "chrome", "blank"]
Basis = Literal["alias", "ordinal", "date", "anaphora", "series"]
Stage = Literal["held", "under-way", "ahead"]
DateBasis = Literal["explicit", "dateline", "inferred", "none"]
PublishedBasis = Literal["explicit", "dateline", "inferred", "catalogue", "none"]
Split = Literal["train", "validation", "test"]
RecordKind = Literal["news", "wire-copy", "official", "analysis", "aggregator"]
DateEvidence = Literal["address", "text", "none"]
RecordBasis = Literal["named", "date", "both"]
RecordConfidence = Literal["high", "medium"]

ArticleId = Annotated[
    str,
    Meta(
        pattern="^[0-9a-f]{16}$",
        description="First 16 hex digits of the SHA-256 of the capture's bytes (of the record's payload, in a WARC).",
    ),
]
SourceName = Annotated[
    str, Meta(min_length=1, description="Path relative to the input root, WARC record id, or the JSONL row's id.")
]
Offset = Annotated[int, Meta(ge=0)]


Digest = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
ShortHash = Annotated[str, Meta(pattern="^[0-9a-f]{8}$")]


class PageFacts(Struct, frozen=True, kw_only=True):
    """What a page's markup states about itself (JSON-LD, meta tags, canonical link), as it stands there, unjudged.

    `site_name` and `agency` are names, not ids; `published` and `modified` are ISO 8601 dates or times.
    """

    url: str | None = None
    site_name: str | None = None
    title: str | None = None
    published: str | None = None
    modified: str | None = None
    authors: list[str] = []
    language: str | None = None
    agency: str | None = None


class Markup(Struct, frozen=True, kw_only=True):
    """The elements of an HTML page that hold its text, in document order, and how each line of its text stands in them.

    An element is its tag, its parent's number (-1 for the root) and `marks`: class, id and the like, joined by blanks.
    Of a line: `element` is the innermost that holds all of it, `linked` and `strong` are its characters in links and
    in bold or emphasis, `echoes` the bits of the facts that it repeats (see capture/echoes.py). `headline` says that
    the first line is no line of the page but the headline that its head states.
    """

    tag: list[str]
    parent: list[int]
    marks: list[str]
    element: list[int]
    linked: list[int]
    strong: list[int]
    echoes: list[int]
    headline: bool = False


class Capture(Struct, frozen=True, kw_only=True):
    """One page as it was captured, decoded and otherwise untouched; of an HTML page, its visible text by lines.

    `facts` and `markup` are what an HTML page says beside its text; other captures have none.
    """

    id: str
    source: str
    text: str
    encoding: str
    url: str | None = None
    captured: datetime.date | None = None
    facts: PageFacts | None = None
    markup: Markup | None = None


class Segment(Struct, frozen=True, gc=False):
    """One piece of a capture; the pieces tile it, so that nothing is lost."""

    n: Annotated[int, Meta(ge=0, description="Position among the segments of the capture, from 0.")]
    start: Annotated[Offset, Meta(description="Where `raw` starts in the decoded capture.")]
    end: Annotated[Offset, Meta(description="Where `raw` ends in the decoded capture.")]
    raw: Annotated[str, Meta(description="The decoded capture from start to end, untouched, its line ending included.")]
    clean: Annotated[str, Meta(description="`raw` with its encoding repaired and outer white space removed.")]
    label: Annotated[Label, Meta(description="What the segment is: title, meta, body, caption, chrome or blank.")]
    reason: Annotated[
        str,
        Meta(
            description="What gave the label: a rule's id, `model`, `recurring` for a line that its outlet repeats, "
            "`gold` for an annotator, or `blank`."
        ),
    ]
    score: Annotated[
        float, Meta(ge=0, le=1, description="How sure the label is, from 0 to 1; rules and people give 1.")
    ]


class Mention(Struct, frozen=True, kw_only=True):
    """One span of a title or a text that speaks of a conference or of a series of them."""

    field: Annotated[Literal["title", "text"], Meta(description="The field that the span stands in: title or text.")]
    start: Annotated[Offset, Meta(description="Where the span starts in that field.")]
    end: Annotated[Offset, Meta(description="Where the span ends in that field.")]
    surface: Annotated[str, Meta(min_length=1, description="The words of the span.")]
    conference: Annotated[
        str | None, Meta(description="Id of the event in `conferences`; null where only the series is known.")
    ]
    series: Annotated[str | None, Meta(description="Id of the series that the event or the span belongs to.")]
    basis: Annotated[
        Basis, Meta(description="How the span was linked: by alias, ordinal, date, anaphora, or to a series as such.")
    ]
    stage: Annotated[
        Stage | None,
        Meta(description="What the event was on the publication day: held, under-way or ahead; null for a series."),
    ]
    score: Annotated[
        Annotated[float, Meta(ge=0, le=1)] | None,
        Meta(description="How far the evidence for the link is ahead of the next best, from 0 to 1; null in gold."),
    ] = None


class Article(Struct, frozen=True, kw_only=True):
    """One article: a row of the corpus."""

    id: ArticleId
    source: SourceName
    url: Annotated[str | None, Meta(description="Address of the page, where the capture tells it.")] = None
    title: Annotated[str | None, Meta(description="Headline, without the site's name.")] = None
    text: Annotated[
        str,
        Meta(
            min_length=1,
            description="Body paragraphs joined by one blank line; NFC; typographic quotes and dateline kept.",
        ),
    ]
    captions: Annotated[
        list[str], Meta(description="Picture captions and credits, in page order, kept apart from the text.")
    ] = []
    outlet: Annotated[str | None, Meta(description="Id of the outlet that published this page.")] = None
    agency: Annotated[str | None, Meta(description="Id of the agency or outlet that it credits for the text.")] = None
    authors: Annotated[list[str], Meta(description="The persons who wrote it, in byline order.")] = []
    dateline: Annotated[str | None, Meta(description="Place and day before the first sentence, as in the text.")] = None
    published: Annotated[
        datetime.date | None, Meta(description="Publication day; null where the evidence does not fix one.")
    ] = None
    published_edtf: Annotated[
        str | None, Meta(description="The same as EDTF (ISO 8601-2): a day, a month, or an interval.")
    ] = None
    published_basis: Annotated[
        PublishedBasis,
        Meta(description="What fixed the publication date: explicit, dateline, inferred, catalogue or none."),
    ] = "none"
    published_evidence: Annotated[
        list[int],
        Meta(
            description="The segments, by `n`, that give the publication date; empty where the address or markup does."
        ),
    ] = []
    language: Annotated[str, Meta(min_length=2, description="Language of the text as a BCP 47 tag; `und` if unknown.")]
    conferences: Annotated[list[str], Meta(description="Ids of the events that are mentioned, sorted.")] = []
    mentions: Annotated[list[Mention], Meta(description="The mentions of conferences, in order.")] = []
    cluster: Annotated[
        str,
        Meta(description="Its near-duplicate cluster, named by its oldest member."),
    ]
    annotation: Annotated[
        Literal["gold", "automatic"],
        Meta(description="How it was annotated: gold (read under the guideline) or automatic."),
    ]
    rights: Annotated[str, Meta(description="Terms of the text, from the outlet's row; `unknown` without one.")]
    record: Annotated[
        str | None, Meta(description="Id of its page's record in `catalogue`; null where there is none.")
    ] = None
    words: Annotated[int, Meta(ge=0, description="Number of white-space separated words in `text`.")]


class MentionRow(Mention, frozen=True, kw_only=True):
    """One mention, with what an analyst groups by."""

    article: ArticleId
    sentence: Annotated[str, Meta(description="The sentence that holds the span.")]
    published: Annotated[datetime.date | None, Meta(description="Publication day of the article.")]
    outlet: Annotated[str | None, Meta(description="Id of the outlet that published the page.")]
    language: Annotated[str, Meta(description="Language of the article as a BCP 47 tag.")]


class SegmentRow(Segment, frozen=True, kw_only=True):
    """One segment of a capture that became an article: the audit, and training data for chrome removal."""

    article: ArticleId


class Name(Struct, frozen=True, kw_only=True):
    """A name in a language."""

    language: Annotated[str, Meta(description="BCP 47 tag.")]
    name: Annotated[str, Meta(min_length=1, description="The name.")]


class CatalogueRow(Struct, frozen=True, kw_only=True):
    """One page that is known of: facts without its text, from which it can be found in a web archive."""

    id: Annotated[
        str,
        Meta(pattern="^[0-9a-f]{16}$", description="First 16 hex digits of the SHA-256 of the address in normal form."),
    ]
    url: Annotated[str, Meta(description="Address of the page, as it was met; it may have moved since.")]
    host: Annotated[str, Meta(description="Its host, without `www.`.")]
    outlet: Annotated[str | None, Meta(description="Id of the outlet that has the host; null where that is open.")]
    language: Annotated[str, Meta(min_length=2, description="Language of the page as a BCP 47 tag.")]
    published: Annotated[datetime.date | None, Meta(description="Publication day; null where no day is known.")]
    published_edtf: Annotated[str | None, Meta(description="The same as EDTF (ISO 8601-2): a day, a month or a year.")]
    date_evidence: Annotated[
        DateEvidence,
        Meta(description="What holds the date: the address, the text (which may be a crawler's stamp), or none."),
    ]
    kind: Annotated[RecordKind, Meta(description="news, wire-copy, official, analysis or aggregator.")]
    agency: Annotated[str | None, Meta(description="Id of the agency or outlet that its beginning credits first.")]
    credit: Annotated[str | None, Meta(description="The credit as it was met; null says only that none was met.")]
    conferences: Annotated[list[str], Meta(description="Ids of the events that its beginning speaks of, sorted.")]
    series: Annotated[list[str], Meta(description="Ids of the series that its beginning speaks of, sorted.")]
    basis: Annotated[
        RecordBasis, Meta(description="What these rest on: a conference was named, or its date and place, or both.")
    ]
    confidence: Annotated[RecordConfidence, Meta(description="How sure the reader was of them: high or medium.")]
    article: Annotated[str | None, Meta(description="Id of its article in `articles`; null where it has none.")]
    cluster: Annotated[str, Meta(description="The cluster of its article, or its own id where it has none.")]


class ConferenceRow(Struct, frozen=True, kw_only=True):
    """One conference, round or meeting of the gazetteer."""

    id: Annotated[str, Meta(description="Id of the event.")]
    series: Annotated[str, Meta(description="Id of the series that it belongs to.")]
    kind: Annotated[str, Meta(description="Kind of meeting, such as negotiation-round or donor-conference.")]
    status: Annotated[str, Meta(description="held, cancelled, planned, or proposed-never-held.")]
    name: Annotated[str, Meta(description="Name in English.")]
    city: Annotated[str | None, Meta(description="City that hosted it, or was to.")]
    other_cities: Annotated[list[str], Meta(description="Further cities, where it moved.")]
    country: Annotated[str | None, Meta(description="ISO 3166-1 alpha-2 code of the host country.")]
    venue: Annotated[str | None, Meta(description="Building, where known.")]
    start: Annotated[datetime.date, Meta(description="First day; for one never held, the day of the plan.")]
    end: Annotated[datetime.date, Meta(description="Last day.")]
    start_confidence: Annotated[str, Meta(description="How well the first day is sourced: high, medium or low.")]
    end_confidence: Annotated[str, Meta(description="How well the last day is sourced: high, medium or low.")]
    round: Annotated[int | None, Meta(description="Number in its series.")]
    part_of: Annotated[str | None, Meta(description="Id of the conference that it was a part of.")]
    convener: Annotated[str | None, Meta(description="Who convened it.")]
    participants: Annotated[list[str], Meta(description="Who took part, or was to.")]
    outcome: Annotated[str | None, Meta(description="What came of it, in a few words.")]
    aliases: Annotated[list[Name], Meta(description="Names that news use for it, by language.")]
    sources: Annotated[list[str], Meta(description="Where its facts were read.")]


class OutletRow(Struct, frozen=True, kw_only=True):
    """One outlet or agency of the vocabulary."""

    id: Annotated[str, Meta(description="Id of the outlet or agency.")]
    role: Annotated[Literal["outlet", "agency"], Meta(description="outlet, or agency for a wire that outlets credit.")]
    name: Annotated[str, Meta(description="Name in English.")]
    kind: Annotated[str, Meta(description="Kind, such as daily, broadcaster or news-agency.")]
    country: Annotated[str | None, Meta(description="ISO 3166-1 alpha-2 code of its seat.")]
    languages: Annotated[list[str], Meta(description="BCP 47 tags of the languages that it publishes in.")]
    hosts: Annotated[list[str], Meta(description="Host names of its sites.")]
    rights: Annotated[str, Meta(description="Terms of its texts.")]


class Excluded(Struct, frozen=True, kw_only=True):
    """One capture that did not become an article."""

    id: ArticleId
    source: SourceName
    reason: Annotated[str, Meta(description="Why, as an id of schema/reasons.toml.")]
    detail: Annotated[str, Meta(description="What was found, in words.")]


class Span(Struct, frozen=True, kw_only=True):
    """A stretch of one segment, as repaired."""

    segment: Annotated[int, Meta(ge=0, description="Number of the segment.")]
    start: Annotated[Offset, Meta(description="Where it starts in the repaired segment.")]
    end: Annotated[Offset, Meta(description="Where it ends in the repaired segment.")]


class StandoffArticle(Struct, frozen=True, kw_only=True):
    """One article without its words: what there is to know of it, and the digests that say which text is meant."""

    id: ArticleId
    source: SourceName
    url: Annotated[str | None, Meta(description="Address of the page, where the capture tells it.")]
    capture_sha256: Annotated[Digest, Meta(description="SHA-256 of the decoded capture, in UTF-8.")]
    text_sha256: Annotated[Digest, Meta(description="SHA-256 of the text, in UTF-8.")]
    text_length: Annotated[int, Meta(ge=0, description="Length of the text in code points.")]
    title: Annotated[list[Span], Meta(description="Where the title stands; empty where there is none.")]
    captions: Annotated[list[Span], Meta(description="Where each caption stands.")]
    dateline: Annotated[list[Span], Meta(description="Where the dateline stands; empty where there is none.")]
    outlet: Annotated[str | None, Meta(description="Id of the outlet that published this page.")]
    agency: Annotated[str | None, Meta(description="Id of the agency or outlet that it credits for the text.")]
    authors: Annotated[list[str], Meta(description="The persons who wrote it, in byline order.")]
    published: Annotated[datetime.date | None, Meta(description="Publication day.")]
    published_edtf: Annotated[str | None, Meta(description="The same as EDTF (ISO 8601-2).")]
    published_basis: Annotated[PublishedBasis, Meta(description="What fixed the publication date.")]
    published_evidence: Annotated[list[int], Meta(description="Numbers of the segments that give the date.")]
    language: Annotated[str, Meta(min_length=2, description="Language of the text as a BCP 47 tag.")]
    conferences: Annotated[list[str], Meta(description="Ids of the events that are mentioned, sorted.")]
    cluster: Annotated[str, Meta(description="Its near-duplicate cluster, named by the oldest member.")]
    annotation: Annotated[Literal["gold", "automatic"], Meta(description="How it was annotated: gold or automatic.")]
    rights: Annotated[str, Meta(description="Terms of the text, as an id of schema/rights.toml.")]
    record: Annotated[str | None, Meta(description="Id of its page's record in `catalogue`.")] = None
    words: Annotated[int, Meta(ge=0, description="Number of white-space separated words in the text.")]


class StandoffMention(Struct, frozen=True, kw_only=True):
    """One mention without its words."""

    article: ArticleId
    field: Annotated[Literal["title", "text"], Meta(description="The field that the span stands in: title or text.")]
    start: Annotated[Offset, Meta(description="Where the span starts in that field.")]
    end: Annotated[Offset, Meta(description="Where the span ends in that field.")]
    surface_hash: Annotated[ShortHash, Meta(description="First 8 hex digits of the SHA-256 of article id and surface.")]
    conference: Annotated[str | None, Meta(description="Id of the event; null where only the series is known.")]
    series: Annotated[str | None, Meta(description="Id of the series that the event or the span belongs to.")]
    basis: Annotated[Basis, Meta(description="How the span was linked.")]
    stage: Annotated[Stage | None, Meta(description="What the event was on the publication day.")]
    score: Annotated[
        Annotated[float, Meta(ge=0, le=1)] | None, Meta(description="How far the evidence is ahead of the next best.")
    ]
    published: Annotated[datetime.date | None, Meta(description="Publication day of the article.")]
    outlet: Annotated[str | None, Meta(description="Id of the outlet that published the page.")]
    language: Annotated[str, Meta(description="Language of the article as a BCP 47 tag.")]


class StandoffSegment(Struct, frozen=True, kw_only=True):
    """One segment of a capture without its words."""

    article: ArticleId
    n: Annotated[int, Meta(ge=0, description="Position among the segments of the capture, from 0.")]
    start: Annotated[Offset, Meta(description="Where it starts in the decoded capture.")]
    end: Annotated[Offset, Meta(description="Where it ends in the decoded capture.")]
    clean_length: Annotated[int, Meta(ge=0, description="Length of the repaired segment in code points.")]
    clean_hash: Annotated[
        ShortHash, Meta(description="First 8 hex digits of the SHA-256 of article id and repaired segment.")
    ]
    label: Annotated[Label, Meta(description="What the segment is.")]
    reason: Annotated[str, Meta(description="What gave the label.")]
    score: Annotated[float, Meta(ge=0, le=1, description="How sure the label is, from 0 to 1.")]


class GoldSegment(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One segment as an annotator labelled it."""

    raw: str
    label: Label


class Gold(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An annotator's reading of one capture; its keys mean what they mean in `articles` and `segments`.

    `annotators` are those who read it on their own before `annotator` decided between them.
    """

    id: ArticleId
    source: SourceName
    annotator: str
    annotators: list[str] | UnsetType = UNSET  # unset and not empty: what was digested before has no such key
    url: str | None
    title: str | None
    captions: list[str]
    outlet: str | None
    agency: str | None
    authors: list[str]
    dateline: str | None
    published: datetime.date | None
    published_edtf: str | None
    published_basis: DateBasis
    published_evidence: list[int] = []
    language: str
    on_topic: bool
    mentions: list[Mention]
    segments: list[GoldSegment]


TABLES: dict[str, type[Struct]] = {
    "articles": Article,
    "mentions": MentionRow,
    "segments": SegmentRow,
    "temporal": Article,
    "catalogue": CatalogueRow,
    "conferences": ConferenceRow,
    "outlets": OutletRow,
    "excluded": Excluded,
}
STANDOFF_TABLES: dict[str, type[Struct]] = {
    **TABLES,
    "articles": StandoffArticle,
    "mentions": StandoffMention,
    "segments": StandoffSegment,
    "temporal": StandoffArticle,
}
