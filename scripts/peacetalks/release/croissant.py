"""Render croissant.json: the release as Croissant 1.1, with the vocabulary for responsible AI."""

import json
from collections.abc import Iterable
from typing import Any

from msgspec import UNSET, UnsetType

from peacetalks._arrow import pa
from peacetalks.release.citation import Citation, cite_bibtex, load_source
from peacetalks.release.data_files import ConfigSize
from peacetalks.release.manifest import Annotators, FileEntry
from peacetalks.release.schema import Edition, Field, fields
from peacetalks.release.statistics import Statistics

Node = dict[str, Any]

_CONTEXT: Node = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "arrayShape": "cr:arrayShape",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "containedIn": "cr:containedIn",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isArray": "cr:isArray",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
_TYPES = {pa.string(): "sc:Text", pa.int32(): "sc:Integer", pa.float64(): "sc:Float", pa.date32(): "sc:Date"}
_SPLITS = {"train": "cr:TrainingSplit", "validation": "cr:ValidationSplit", "test": "cr:TestSplit"}


def render_croissant(
    citation: Citation,
    edition: Edition,
    configs: list[ConfigSize],
    statistics: Statistics,
    annotators: Annotators | UnsetType,
    files: dict[str, FileEntry],
) -> str:
    """Return croissant.json of a release; `files` are those written so far, with their checksums."""
    source = load_source()
    loadable = [config for config in configs if config.splits]
    document = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": ["http://mlcommons.org/croissant/1.1", "http://mlcommons.org/croissant/RAI/1.0"],
        "name": "peacetalks",
        "alternateName": source.title,
        "description": source.abstract,
        "version": citation.version,
        "datePublished": citation.released.isoformat(),
        "license": source.license_url,
        "creator": [{"@type": "sc:Organization", "name": author} for author in source.authors],
        "url": source.url or f"urn:sha256:{citation.digest}",
        "keywords": source.keywords,
        "inLanguage": sorted({tag for tag in statistics.languages if tag != "und"}),
        "isLiveDataset": False,
        "citeAs": cite_bibtex(citation),
        "identifier": f"sha256:{citation.digest}",
        **_responsible(statistics, annotators, edition),
        "distribution": [
            *(_file_object(name, entry) for name, entry in files.items() if name.startswith("data/")),
            *(_file_set(config, files) for config in loadable),
        ],
        "recordSet": [_split_set(), *(_record_set(config, edition) for config in loadable)],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _file_object(name: str, entry: FileEntry) -> Node:
    return {
        "@type": "cr:FileObject",
        "@id": name,
        "name": name,
        "contentUrl": name,
        "contentSize": f"{entry.bytes} B",
        "encodingFormat": "application/x-parquet",
        "sha256": entry.sha256,
    }


def _file_set(config: ConfigSize, files: Iterable[str]) -> Node:
    several = any(name.startswith(f"data/{config.name}/") and "-of-00001." not in name for name in files)
    extent = "the files of each split in order" if several else "a file a split"
    # Without containedIn: a set of Parquet files inside file objects can't be read by mlcroissant 1.1.
    return {
        "@type": "cr:FileSet",
        "@id": f"{config.name}-files",
        "name": f"{config.name}-files",
        "description": f"The Parquet files of the config {config.name}, {extent}.",
        "encodingFormat": "application/x-parquet",
        "includes": f"data/{config.name}/*.parquet",
    }


def _split_set() -> Node:
    return {
        "@type": "cr:RecordSet",
        "@id": "splits",
        "name": "splits",
        "description": "The names of the splits.",
        "dataType": "cr:Split",
        "key": {"@id": "splits/name"},
        "field": [
            {
                "@type": "cr:Field",
                "@id": f"splits/{name}",
                "name": name,
                "description": meaning,
                "dataType": "sc:Text",
            }
            for name, meaning in (("name", "Name of the split."), ("url", "What it is for."))
        ],
        "data": [{"splits/name": name, "splits/url": kind} for name, kind in _SPLITS.items()],
    }


def _record_set(config: ConfigSize, edition: Edition) -> Node:
    rows = ", ".join(f"{split} {rows}" for split, (rows, _) in config.splits.items())
    split: Node = {
        "@type": "cr:Field",
        "@id": f"{config.name}/split",
        "name": "split",
        "description": "The split that the row is of, from the name of its file.",
        "dataType": "sc:Text",
        "references": {"field": {"@id": "splits/name"}},
        "source": {
            "fileSet": {"@id": f"{config.name}-files"},
            "extract": {"fileProperty": "filename"},
            "transform": {"regex": "^(train|validation|test)-"},
        },
    }
    return {
        "@type": "cr:RecordSet",
        "@id": config.name,
        "name": config.name,
        "description": f"The config {config.name}: {rows} rows. SHA-256 of its rows: {config.digest}",
        "field": [split, *(_field(config.name, field) for field in fields(config.name, edition))],
    }


def _field(config: str, field: Field) -> Node:
    name = f"{config}/{field.name}"
    source: Node = {"fileSet": {"@id": f"{config}-files"}, "extract": {"column": field.name}}
    node: Node = {"@type": "cr:Field", "@id": name, "name": field.name, "description": field.description}
    if not pa.types.is_list(field.type):
        return {**node, "dataType": _TYPES[field.type], "source": source}
    node |= {"isArray": True, "arrayShape": "-1"}
    inner = field.type.value_type
    if not pa.types.is_struct(inner):
        return {**node, "dataType": _TYPES[inner], "source": source}
    return {
        **node,
        "subField": [
            {
                "@type": "cr:Field",
                "@id": f"{name}/{part.name}",
                "name": part.name,
                "description": f"{part.name} of each of {field.name}.",
                "dataType": _TYPES[part.type],
                "source": {**source, "transform": {"jsonPath": part.name}},
            }
            for part in inner
        ],
    }


def _responsible(statistics: Statistics, annotators: Annotators | UnsetType, edition: Edition) -> Node:
    people = "one annotator" if annotators is UNSET else f"{annotators.people} annotators"
    articles = sum(statistics.articles.values())
    first, last = statistics.first, statistics.last
    return {
        "rai:dataCollection": (
            "Captures of public news pages, given as files. Each is kept byte for byte; its id is the start of its "
            "SHA-256. How the captures were drawn is told in DATASHEET.md (P1 to P5)."
        ),
        "rai:dataCollectionType": ["Others"],
        **(
            {"rai:dataCollectionTimeframe": [f"{first}T00:00:00Z", f"{last}T00:00:00Z"]}
            if first is not None and last is not None
            else {}
        ),
        "rai:dataCollectionMissingData": (
            f"What a page does not tell is null. {statistics.undated} of {articles} articles have no single day."
        ),
        "rai:dataCollectionRawData": (
            "The decoded captures, in `segments`."
            if edition == "full"
            else "None in this edition: captures are named by digest, and their pieces by offset."
        ),
        "rai:dataPreprocessingProtocol": [
            "Bytes are decoded; what fits no encoding becomes U+FFFD.",
            "Every line gets one label (title, meta, body, caption, chrome, blank) with its reason; none is deleted.",
            "Near-duplicates are clustered by word 5-grams (Jaccard 0.5, or 0.8 of the shorter), one split a cluster.",
        ],
        "rai:dataManipulationProtocol": "Broken encoding, entities and invisible characters are repaired in a copy.",
        "rai:dataAnnotationProtocol": (
            f"{statistics.gold} of {articles} articles were annotated by {people} under a written guideline; the "
            "others by program. `annotation` says which, `basis` and `published_basis` how."
        ),
        "rai:annotationsPerItem": "1" if annotators is UNSET or not annotators.read_twice else "1 or more",
        "rai:machineAnnotationTools": ["peacetalks"],
        "rai:personalSensitiveInformation": (
            "Politicians, diplomats and journalists are named in their public roles; articles tell political "
            "allegiance. No private addresses are known of. Removal is on request (DATASHEET.md, T5)."
        ),
        "rai:dataSocialImpact": (
            "It may serve to study how diplomacy is reported, not to watch persons or to decide about them."
        ),
        "rai:dataBiases": (
            "No sample of the press: outlets are those of the captures given, and the wording is theirs. "
            "Results over it are results about these outlets."
        ),
        "rai:dataLimitations": (
            f"{articles} articles. Automatic annotation makes errors; the card gives the scores. The days of "
            f"{statistics.low_confidence} of {statistics.gazetteer} conferences are not checked."
        ),
        "rai:dataUseCases": (
            "Linking mentions to events; removal of site chrome; dating of news; study of how wire stories travel. "
            "Not for claims about the coverage of the talks as a whole."
        ),
        "rai:dataReleaseMaintenancePlan": (
            "Versions follow the rule of Croissant 1.1; a release is never changed. Corrections are new versions."
        ),
    }
