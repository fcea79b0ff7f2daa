"""Draw the figures of the catalogue: its records by year, language, country and conference."""

from typing import TYPE_CHECKING

from peacetalks.release.figures import Figure, bar_chart, count_on, draw_figures, render, write_title
from peacetalks.release.statistics import Event, Known, Statistics
from peacetalks.release.timeline import short_name

if TYPE_CHECKING:  # imported where it is used: it costs a second, and few commands draw
    from matplotlib.figure import Figure as Canvas

_BARS = 20

Described = tuple[str, str, tuple[str, ...], list[tuple[str, ...]]]


def draw_all(statistics: Statistics) -> list[Figure]:
    """Return the figures of a card: those of the articles, then those of the catalogue."""
    return draw_figures(statistics) + draw_known_figures(statistics)


def draw_known_figures(statistics: Statistics) -> list[Figure]:
    """Return the figures of the catalogue, none where it is empty."""
    draw = {
        "figures/catalogue-by-year.svg": draw_known_years,
        "figures/catalogue-by-language.svg": draw_known_languages,
        "figures/catalogue-by-country.svg": draw_known_countries,
        "figures/catalogue-by-conference.svg": draw_known_conferences,
    }
    return [
        Figure(file=file, svg=render(draw[file], statistics, alt), alt=alt)
        for file, alt, _, _ in describe_known_figures(statistics)
    ]


def describe_known_figures(statistics: Statistics) -> list[Described]:
    """Return file, alternative text, and the same numbers as a table of each figure of the catalogue."""
    known = statistics.known
    total = sum(known.records.values())
    if not total:
        return []
    of = f"of {total} pages in the catalogue"
    events = [(event.name, event.start.isoformat(), str(event.mentions)) for event in _most(known)]
    return [
        (
            "figures/catalogue-by-year.svg",
            f"Bar chart {of} by year. {known.undated} have no date",
            ("year", "pages"),
            _rows(known.years),
        ),
        (
            "figures/catalogue-by-language.svg",
            f"Bar chart {of} by language. {_first(known.languages)}",
            ("language", "pages"),
            _rows(known.languages),
        ),
        (
            "figures/catalogue-by-country.svg",
            f"Bar chart {of} by the country of the outlet. {_first(known.countries)}",
            ("country of the outlet", "pages"),
            _rows(known.countries),
        ),
        (
            "figures/catalogue-by-conference.svg",
            f"Bar chart {of} by conference. {len(known.conferences)} conferences have a page",
            ("conference", "first day", "pages"),
            [*events],
        ),
    ]


def draw_known_years(statistics: Statistics) -> "Canvas":
    """Return the dated records of each year."""
    years = statistics.known.years
    return _chart(list(years), list(years.values()), f"Pages by year ({statistics.known.undated} more are undated)")


def draw_known_languages(statistics: Statistics) -> "Canvas":
    """Return the records of each language."""
    return _chart_most(statistics.known.languages, "Pages by language")


def draw_known_countries(statistics: Statistics) -> "Canvas":
    """Return the records by the country of their outlet."""
    return _chart_most(statistics.known.countries, "Pages by the country of the outlet")


def draw_known_conferences(statistics: Statistics) -> "Canvas":
    """Return the records of the conferences that most pages speak of, in the order of their days."""
    events = _most(statistics.known)
    labels = [f"{short_name(event.name)} ({event.start.year})" for event in events]
    more = len(statistics.known.events) - len(events)
    title = "Pages by conference, in the order of their days" + (f" (and {more} more)" if more else "")
    return _chart(labels, [event.mentions for event in events], title)


def _chart_most(counts: dict[str, int], title: str) -> "Canvas":
    shown = list(counts.items())[:_BARS]
    more = len(counts) - len(shown)
    title += f" (and {more} more)" if more else ""
    return _chart([name for name, _ in shown], [count for _, count in shown], title)


def _chart(labels: list[str], values: list[int], title: str) -> "Canvas":
    figure, axes = bar_chart(labels, values, "{:.0f}")
    count_on(axes.xaxis)
    axes.set_xlabel("pages in the catalogue")
    write_title(figure, title)
    return figure


def _most(known: Known) -> list[Event]:
    most = sorted(known.events, key=lambda event: (-event.mentions, event.start, event.name))[:_BARS]
    return sorted(most, key=lambda event: (event.start, event.name))


def _rows(counts: dict[str, int]) -> list[tuple[str, ...]]:
    return [(name, str(count)) for name, count in list(counts.items())[:_BARS]]


def _first(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in list(counts.items())[:5])
