"""Render the dataset card: the YAML that `load_dataset` and the Hub read, and the prose for people."""

from collections.abc import Sequence
from pathlib import Path
from string import Template

import yaml
from msgspec import Struct

from peacetalks.record import TABLES, Split
from peacetalks.release.schema import Json, fields, type_name, yaml_features
from peacetalks.release.statistics import Counts, Statistics

_TEMPLATE = Path(__file__).with_name("card.md")
_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))


class ConfigSize(Struct, frozen=True, kw_only=True):
    """One config: the digest of its rows, and rows and bytes in memory of each split that has any."""

    name: str
    digest: str
    splits: dict[Split, tuple[int, int]]


def render_card(version: str, configs: list[ConfigSize], statistics: Statistics, *, prefix: str) -> str:
    """Return README.md; `prefix` leads from the card's folder to the release's."""
    body = Template(_TEMPLATE.read_text("utf-8")).substitute(
        version=version,
        folder="corpus" if prefix else f"corpus/{version}",
        articles=sum(statistics.articles.values()),
        words=f"{statistics.words:,}",
        languages=_listed(statistics.languages),
        period=f"{statistics.first} to {statistics.last}" if statistics.first else "no day is known",
        splits=_table(("split", "articles"), [(s, str(n)) for s, n in statistics.articles.items()]),
        configs=_table(("config", "rows", "one row is"), [_config_row(config) for config in configs]),
        fields="\n\n".join(_field_table(config, statistics.nulls[config.name]) for config in configs),
        outlets=_listed(statistics.outlets),
        agencies=_listed(statistics.agencies),
        labels=_listed(statistics.labels),
        excluded=_listed(statistics.excluded) or "none",
        gold=statistics.gold,
        mentions=statistics.mentions,
        conferences=len(statistics.conferences),
        gazetteer=statistics.gazetteer,
        low_confidence=statistics.low_confidence,
    )
    header = yaml.safe_dump(
        _header(version, configs, statistics, prefix), sort_keys=False, allow_unicode=True, width=120
    )
    return f"---\n{header}---\n\n{body}"


def _header(version: str, configs: list[ConfigSize], statistics: Statistics, prefix: str) -> dict[str, Json]:
    loadable = [config for config in configs if config.splits]
    languages: list[Json] = [*sorted({tag.split("-")[0] for tag in statistics.languages} - {"und"})]
    return {
        "pretty_name": "peacetalks: annotated news on the Syrian peace process",
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
        "dataset_info": [_info(config) for config in loadable],
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


def _info(config: ConfigSize) -> Json:
    size = sum(size for _, size in config.splits.values())
    return {
        "config_name": config.name,
        "features": yaml_features(config.name),
        "splits": [
            {"name": split, "num_bytes": size, "num_examples": rows} for split, (rows, size) in config.splits.items()
        ],
        "dataset_size": size,
    }


def _config_row(config: ConfigSize) -> tuple[str, str, str]:
    rows = sum(rows for rows, _ in config.splits.values())
    meaning = (TABLES[config.name].__doc__ or "").strip().splitlines()[0]
    return f"`{config.name}`", str(rows), meaning


def _field_table(config: ConfigSize, nulls: Counts) -> str:
    rows = max(1, sum(rows for rows, _ in config.splits.values()))
    lines = [
        (
            f"`{field.name}`",
            type_name(field.type).replace("<", "&lt;"),
            f"{nulls.get(field.name, 0) / rows:.0%}" if field.nullable else "never",
            field.description,
        )
        for field in fields(config.name)
    ]
    return f"### {config.name}\n\n{_table(('field', 'type', 'null', 'meaning'), lines)}"


def _table(header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [header, tuple("---" for _ in header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _listed(counts: Counts) -> str:
    return ", ".join(f"{name} ({count})" for name, count in counts.items())


def _size(rows: int) -> str:
    return next((name for limit, name in _SIZES if rows < limit), "n>1M")
