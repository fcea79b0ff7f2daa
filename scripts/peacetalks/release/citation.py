"""Say how to cite a release: CITATION.cff, .zenodo.json, BibTeX and a line of prose, from one source."""

import datetime
import json
from functools import cache
from pathlib import Path

import msgspec
import tomli
from msgspec import Struct

from peacetalks.release.schema import Edition

_MONTHS = (  # by hand: the library's names follow the reader's locale
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_CONDITIONS = (
    "The texts stay their publishers', all rights reserved: LICENSE.md says what holds for which part. The stand-off "
    "edition, which has no words of theirs, is open."
)
_SOURCE = Path(__file__).with_name("citation.toml")


class Source(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is the same for every version, and the day and DOI of each."""

    title: str
    authors: list[str]
    keywords: list[str]
    license: str
    license_url: str
    url: str
    abstract: str
    released: dict[str, datetime.date]
    doi: dict[str, str]


class Citation(Struct, frozen=True, kw_only=True):
    """One release to be cited: `digest` is that of its content, by which a reader can tell that it is the same."""

    version: str
    released: datetime.date
    digest: str


@cache
def load_source() -> Source:
    """Return the citation's source, its abstract as one line."""
    source = msgspec.convert(tomli.loads(_SOURCE.read_text("utf-8")), Source)
    return msgspec.structs.replace(source, abstract=" ".join(source.abstract.split()))


def cite_bibtex(citation: Citation) -> str:
    """Return the BibTeX entry; the key is the same in all formats."""
    source = load_source()
    fields = {
        "title": f"{{{source.title}}}",
        "author": " and ".join(f"{{{author}}}" for author in source.authors),
        "year": str(citation.released.year),
        "month": str(citation.released.month),
        "day": str(citation.released.day),
        "version": citation.version,
        "doi": source.doi.get(citation.version, ""),
        "url": source.url,
        "note": f"Data set, version {citation.version}, SHA-256 of the content {citation.digest}",
    }
    lines = [f"  {name:<7} = {{{value}}}," for name, value in fields.items() if value]
    return "\n".join([f"@misc{{peacetalks-{citation.version},", *lines, "}"]) + "\n"


def cite_apa(citation: Citation) -> str:
    """Return the reference as a line of prose, in APA style."""
    source, day = load_source(), citation.released
    where = source.doi.get(citation.version)
    place = f" https://doi.org/{where}" if where else (f" {source.url}" if source.url else "")
    return (
        f"{' & '.join(source.authors)}. ({day.year}, {_MONTHS[day.month - 1]} {day.day}). {source.title} "
        f"(Version {citation.version}) [Data set].{place} Digest: sha256-{citation.digest}\n"
    )


def cite_cff(citation: Citation) -> str:
    """Return CITATION.cff, version 1.2 of the Citation File Format."""
    source = load_source()
    entry = {
        "cff-version": "1.2.0",
        "type": "dataset",
        "title": source.title,
        "version": citation.version,
        "date-released": citation.released,
        "message": "Please cite the corpus with its version and with the digest of its content.",
        "authors": [{"name": author} for author in source.authors],
        "abstract": source.abstract,
        "keywords": source.keywords,
        "license": source.license,
        "identifiers": [
            {"type": "other", "value": f"sha256:{citation.digest}", "description": "Digest of the release's content"},
            *(
                {"type": "doi", "value": doi, "description": "This version"}
                for doi in [source.doi.get(citation.version)]
                if doi
            ),
        ],
        **({"url": source.url} if source.url else {}),
    }
    import yaml  # most commands cite nothing

    text: str = yaml.safe_dump(entry, sort_keys=False, allow_unicode=True, width=120)
    return text


def zenodo_metadata(citation: Citation, edition: Edition) -> str:
    """Return .zenodo.json: where it is, Zenodo reads it and not CITATION.cff.

    An edition that holds the texts is not open, and no licence of ours covers it as a whole.
    """
    source = load_source()
    if edition == "full":
        terms = {"access_right": "restricted", "access_conditions": _CONDITIONS}
    else:
        terms = {"access_right": "open", "license": source.license}
    entry = {
        "upload_type": "dataset",
        "title": source.title,
        "version": citation.version,
        "publication_date": citation.released.isoformat(),
        "creators": [{"name": author} for author in source.authors],
        "description": source.abstract,
        "keywords": source.keywords,
        **terms,
        "notes": f"SHA-256 of the content: {citation.digest}",
    }
    return json.dumps(entry, indent=2, ensure_ascii=False) + "\n"
