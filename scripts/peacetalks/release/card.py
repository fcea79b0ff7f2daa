"""Render the dataset card: the YAML that `load_dataset` and the Hub read, and the prose for people."""

from collections.abc import Sequence
from pathlib import Path
from string import Template

from msgspec import UNSET, UnsetType

from peacetalks.release.citation import Citation, cite_bibtex, load_source
from peacetalks.release.data_files import ConfigSize
from peacetalks.release.figures import describe_figures
from peacetalks.release.known_figures import describe_known_figures
from peacetalks.release.manifest import Annotators
from peacetalks.release.quality import Quality
from peacetalks.release.schema import Edition, Json, fields, record_type, type_name, yaml_features
from peacetalks.release.statistics import Counts, Known, Statistics

_TEMPLATE = Path(__file__).with_name("card.md")
_EDITIONS: dict[Edition, str] = {
    "full": "It is the full edition, with the texts.",
    "standoff": (
        "It is the stand-off edition: it holds no words of the articles. `peacetalks rehydrate` puts them back from "
        "captures of your own, and says of each article whether it was recovered."
    ),
}
_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))


def render_card(
    citation: Citation,
    edition: Edition,
    configs: list[ConfigSize],
    statistics: Statistics,
    quality: Quality,
    changelog: str,
    annotators: Annotators | UnsetType,
    *,
    prefix: str,
) -> str:
    """Return README.md; `prefix` leads from the card's folder to the release's."""
    import yaml  # most commands write no card

    version = citation.version
    body = Template(_TEMPLATE.read_text("utf-8")).substitute(
        version=version,
        edition=_EDITIONS[edition],
        folder="corpus" if prefix else f"corpus/{version}",
        articles=sum(statistics.articles.values()),
        words=f"{statistics.words:,}",
        languages=_listed(statistics.languages),
        period=f"{statistics.first} to {statistics.last}" if statistics.first else "no day is known",
        splits=_table(("split", "articles"), [(s, str(n)) for s, n in statistics.articles.items()]),
        configs=_table(("config", "rows", "one row is"), [_config_row(config, edition) for config in configs]),
        fields="\n\n".join(_field_table(config, statistics.nulls.get(config.name, {}), edition) for config in configs),
        figures="\n\n".join(
            f"![{_plain(alt)}]({prefix}{file})\n\n{_table(header, rows)}"
            for file, alt, header, rows in [*describe_figures(statistics), *describe_known_figures(statistics)]
        ),
        quality=_quality(quality),
        outlets=_listed(statistics.outlets),
        agencies=_listed(statistics.agencies),
        labels=_listed(statistics.labels),
        rights=_listed(statistics.rights),
        excluded=_listed(statistics.excluded) or "none",
        gold=statistics.gold,
        annotators=_annotators(annotators),
        mentions=statistics.mentions,
        conferences=len(statistics.conferences),
        gazetteer=statistics.gazetteer,
        low_confidence=statistics.low_confidence,
        agreement=_agreement(statistics.known),
        records=sum(statistics.known.records.values()),
        hosts=statistics.known.hosts,
        changes=changelog.split("\n## ", 2)[1].partition("\n\n")[2].replace("\n### ", "\n#### ").strip(),
        bibtex=cite_bibtex(citation).strip(),
    )
    header = yaml.safe_dump(
        _header(version, edition, configs, statistics, prefix), sort_keys=False, allow_unicode=True, width=120
    )
    return f"---\n{header}---\n\n{body}"


def _header(
    version: str, edition: Edition, configs: list[ConfigSize], statistics: Statistics, prefix: str
) -> dict[str, Json]:
    loadable = [config for config in configs if config.splits]
    languages: list[Json] = [*sorted({tag.split("-")[0] for tag in statistics.languages} - {"und"})]
    return {
        "pretty_name": load_source().title,
        "language": languages,
        "license": "other",
        "license_name": "peacetalks-mixed",
        "license_link": f"{prefix}LICENSE.md",
        "annotations_creators": ["other", "machine-generated"],
        "language_creators": ["found"],
        "multilinguality": ["multilingual" if len(languages) > 1 else "monolingual"],
        "size_categories": [_size(sum(statistics.articles.values()))],
        "source_datasets": ["original"],
        "task_categories": ["token-classification", "text-classification", "text-retrieval"],
        "tags": ["news", "peace-negotiations", "entity-linking", "boilerplate-removal", "syria"],
        "configs": [_config(config, version, prefix) for config in loadable],
        "dataset_info": [_info(config, edition) for config in loadable],
    }


def _config(config: ConfigSize, version: str, prefix: str) -> Json:
    entry: dict[str, Json] = {"config_name": config.name}
    if config.name == "articles":
        entry["default"] = True
    # Version and digest enter the key of the reader's cache: without them a rebuilt corpus loads the old rows.
    entry["version"] = version
    entry["description"] = f"sha256-{config.digest}"
    entry["data_files"] = [
        {"split": split, "path": f"{prefix}data/{config.name}/{split}-*.parquet"} for split in config.splits
    ]
    return entry


def _info(config: ConfigSize, edition: Edition) -> Json:
    size = sum(size for _, size in config.splits.values())
    return {
        "config_name": config.name,
        "features": yaml_features(config.name, edition),
        "splits": [
            {"name": split, "num_bytes": size, "num_examples": rows} for split, (rows, size) in config.splits.items()
        ],
        "dataset_size": size,
    }


def _config_row(config: ConfigSize, edition: Edition) -> tuple[str, str, str]:
    rows = sum(rows for rows, _ in config.splits.values())
    meaning = (record_type(config.name, edition).__doc__ or "").strip().splitlines()[0]
    if config.name == "temporal":
        meaning = "An article again: train before a day, test from it on."
    return f"`{config.name}`", str(rows), meaning


def _field_table(config: ConfigSize, nulls: Counts, edition: Edition) -> str:
    rows = max(1, sum(rows for rows, _ in config.splits.values()))
    if config.name == "temporal":
        return "### temporal\n\nThe fields of `articles`."
    lines = [
        (
            f"`{field.name}`",
            type_name(field.type).replace("<", "&lt;"),
            f"{nulls.get(field.name, 0) / rows:.0%}" if field.nullable else "never",
            field.description,
        )
        for field in fields(config.name, edition)
    ]
    return f"### {config.name}\n\n{_table(('field', 'type', 'null', 'meaning'), lines)}"


def _agreement(known: Known) -> str:
    if not known.texts:
        return "No article of this release is a page of the catalogue, so that nothing was compared with it."
    rows = [(*what.split(" "), str(count)) for what, count in known.agreement.items()]
    return (
        f"{known.texts} articles are pages of the catalogue. What was read off them beside what it has of them "
        f"(`peacetalks agreement` lists what differs):\n\n{_table(('fact', 'verdict', 'count'), rows)}"
    )


def _annotators(annotators: Annotators | UnsetType) -> str:
    if annotators is UNSET:
        return "Gold is the work of one annotator; there is no agreement figure."
    pages = f"{annotators.read_twice} of its pages were read by several of them before one decided"
    return f"Gold is the work of {annotators.people} annotators; {pages}."


def _quality(quality: Quality) -> str:
    if not quality:
        return "No gold was given to this build, so nothing was measured."
    columns = ("precision", "recall", "F1")
    rows = [
        (task, item, *(f"{numbers[column]:.3f}" for column in columns))
        for task, scores in quality.items()
        for item, numbers in scores.items()
    ]
    return _table(("task", "item", *columns), rows)


def _table(header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [header, tuple("---" for _ in header), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '&#124;') for cell in line)} |" for line in lines)


def _plain(text: str) -> str:
    return text.translate({ord("["): "(", ord("]"): ")"})  # brackets would end the words of a picture


def _listed(counts: Counts) -> str:
    return ", ".join(f"{name} ({count})" for name, count in counts.items())


def _size(rows: int) -> str:
    return next((name for limit, name in _SIZES if rows < limit), "n>1M")
