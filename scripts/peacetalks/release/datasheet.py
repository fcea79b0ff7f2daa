"""Render the datasheet: every question of Datasheets for Datasets, its numbers filled in from the release."""

from pathlib import Path
from string import Template

from peacetalks.release.statistics import Counts, Statistics

_TEMPLATE = Path(__file__).with_name("datasheet.md")


def render_datasheet(version: str, statistics: Statistics) -> str:
    """Return DATASHEET.md of a release."""
    return Template(_TEMPLATE.read_text("utf-8")).substitute(numbers(version, statistics))


def numbers(version: str, statistics: Statistics) -> dict[str, str]:
    """Return the value of each placeholder that the template may hold."""
    articles = sum(statistics.articles.values())
    return {
        "version": version,
        "articles": f"{articles:,}",
        "splits": ", ".join(f"{split} {count:,}" for split, count in statistics.articles.items()),
        "words": f"{statistics.words:,}",
        "mean_words": f"{statistics.words / articles:.0f}",
        "first": str(statistics.first or "unknown"),
        "last": str(statistics.last or "unknown"),
        "undated": f"{statistics.undated:,}",
        "gold": f"{statistics.gold:,}",
        "automatic": f"{articles - statistics.gold:,}",
        "clusters": f"{statistics.clusters:,}",
        "languages": _listed(statistics.languages),
        "outlets": _listed(statistics.outlets),
        "agencies": _listed(statistics.agencies),
        "labels": _listed(statistics.labels),
        "segments": f"{sum(statistics.labels.values()):,}",
        "mentions": f"{statistics.mentions:,}",
        "conferences": f"{len(statistics.conferences):,}",
        "records": f"{sum(statistics.known.records.values()):,}",
        "hosts": f"{statistics.known.hosts:,}",
        "unplaced": f"{statistics.known.unplaced:,}",
        "records_undated": f"{statistics.known.undated:,}",
        "records_texts": f"{statistics.known.texts:,}",
        "gazetteer": f"{statistics.gazetteer:,}",
        "low_confidence": f"{statistics.low_confidence:,}",
        "excluded": _listed(statistics.excluded) or "none",
        "excluded_total": f"{sum(statistics.excluded.values()):,}",
    }


def _listed(counts: Counts) -> str:
    return ", ".join(f"{name} ({count:,})" for name, count in counts.items())
