"""Draw the figures of the card as SVG: the same bytes for the same numbers, whatever the clock, locale or screen."""

import datetime
import io
from collections import Counter
from collections.abc import Callable, Collection
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from msgspec import Struct, json

from peacetalks.release.statistics import Counts, Statistics
from peacetalks.release.timeline import LABEL, WIDTH, bar_width, mark_days, room, short_name, stagger

if TYPE_CHECKING:  # imported where it is used: it costs a second, and few commands draw
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure as Canvas

_STYLE: dict[Any, Any] = {
    "svg.hashsalt": "peacetalks",
    "svg.fonttype": "path",
    "font.family": "DejaVu Sans",  # the font that the library ships
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "text.parse_math": False,  # a dollar sign in a name is a dollar sign
}
_COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442", "#7f7f7f")  # Okabe and Ito
_OUTLETS = len(_COLOURS) - 1  # drawn by name; the rest is summed as "other"
_EVENTS = 12  # conferences that the time line names
_BARS = 20
_REMEMBERED = 32  # figures: four times those of a release


class Figure(Struct, frozen=True, kw_only=True):
    """One figure: its file below the release, its bytes, and what it shows in words."""

    file: str
    svg: bytes
    alt: str


def draw_figures(statistics: Statistics) -> list[Figure]:
    """Return the figures that there are numbers for."""
    draw = {
        "figures/articles-by-month.svg": draw_months,
        "figures/mentions-by-conference.svg": draw_mentions,
        "figures/chrome-by-outlet.svg": draw_chrome,
        "figures/languages.svg": draw_languages,
    }
    return [
        Figure(file=file, svg=render(draw[file], statistics, alt), alt=alt)
        for file, alt, _, _ in describe_figures(statistics)
    ]


def describe_figures(statistics: Statistics) -> list[tuple[str, str, tuple[str, ...], list[tuple[str, ...]]]]:
    """Return file, alternative text, and the same numbers as a table (header and rows) of each figure."""
    months = [(month, str(sum(counts.values())), _counted(counts)) for month, counts in statistics.months.items()]
    mentions = [(event.name, event.start.isoformat(), str(event.mentions)) for event in statistics.events]
    chrome = [
        (outlet, str(statistics.outlets.get(outlet, 0)), f"{100 * part / max(1, whole):.1f} %")
        for outlet, (part, whole) in statistics.chrome.items()
    ]
    languages = [(tag, str(count)) for tag, count in statistics.languages.items()]
    described = (
        ("articles-by-month", _months_alt(statistics), ("month", "articles", "by outlet"), months),
        ("mentions-by-conference", _mentions_alt(statistics), ("conference", "first day", "mentions"), mentions),
        ("chrome-by-outlet", _chrome_alt(statistics), ("outlet", "articles", "chrome"), chrome),
        ("languages", _languages_alt(statistics), ("language", "articles"), languages),
    )
    return [(f"figures/{name}.svg", alt, header, [*rows]) for name, alt, header, rows in described if rows]


def draw_months(statistics: Statistics) -> "Canvas":
    """Return articles per month, stacked by outlet, with the first days of the conferences that they mention."""
    events = sorted(statistics.events, key=lambda event: (-event.mentions, event.start))[:_EVENTS]
    months = [_month(name) for name in statistics.months]
    days = [*months, *(event.start for event in events)]
    first = min(days) - datetime.timedelta(60)
    last = max(max(days) + datetime.timedelta(60), *(room(event, first) for event in events), first)
    rows = stagger(events, first, last)
    figure, axes = _axes(3.0 + 0.2 * (max(rows.values(), default=0) + 1))
    floor = Counter[str]()
    for colour, (outlet, counts) in zip(_COLOURS, _top_outlets(statistics).items(), strict=False):
        bars = [counts.get(name, 0) for name in statistics.months]
        drawn = axes.bar(
            [_number(day) for day in months],
            bars,
            width=bar_width(first, last),
            bottom=[floor[name] for name in statistics.months],
            align="edge",
            color=colour,
            label=_outlet_name(statistics, outlet),
        )
        for bar in drawn:
            bar.set_in_layout(False)  # they are inside the axes, and hundreds: to ask each for its place takes a second
        floor.update(counts)
    highest = max(sum(counts.values()) for counts in statistics.months.values())
    axes.set_ylim(0, highest * 1.1)
    for event in events:
        axes.axvline(_number(event.start), color="#444444", linewidth=0.7, linestyle=":")
        axes.annotate(
            f" {short_name(event.name)}",  # a space from its line, which leads straight down
            (_number(event.start), 1.0),
            (0, 4 + 13 * rows[event]),
            xycoords=("data", "axes fraction"),
            textcoords="offset points",
            fontsize=LABEL,
            annotation_clip=False,
            arrowprops={"arrowstyle": "-", "linewidth": 0.7, "linestyle": ":", "color": "#444444", "relpos": (0, 0)},
        )
    axes.set_xlim(_number(first), _number(last))
    axes.set_xticks(*zip(*((_number(day), label) for day, label in mark_days(first, last)), strict=True))
    count_on(axes.yaxis)
    axes.set_ylabel("articles a month")
    undated = f"; articles without a known day: {statistics.undated}" if statistics.undated else ""
    axes.set_xlabel(f"month of publication; dotted: first day of a conference that articles mention{undated}")
    write_title(figure, "Articles by month and outlet")
    figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=3, frameon=False, fontsize=LABEL)
    return figure


def draw_mentions(statistics: Statistics) -> "Canvas":
    """Return the mentions of each conference, in the order of their days."""
    events = sorted(sorted(statistics.events, key=lambda e: (-e.mentions, e.start))[:_BARS], key=lambda e: e.start)
    labels = [f"{short_name(event.name)} ({event.start.year})" for event in events]
    figure, axes = bar_chart(labels, [event.mentions for event in events], "{:.0f}")
    count_on(axes.xaxis)
    axes.set_xlabel("mentions")
    write_title(figure, f"Mentions by conference, in the order of their days{_share(events, statistics.events)}")
    return figure


def draw_chrome(statistics: Statistics) -> "Canvas":
    """Return the share of the captured text that was labelled chrome, by outlet."""
    shown = sorted(statistics.chrome, key=lambda outlet: (-statistics.outlets.get(outlet, 0), outlet))[:_BARS]
    labels = [f"{_outlet_name(statistics, outlet)} ({statistics.outlets.get(outlet, 0)})" for outlet in shown]
    shares = [100 * statistics.chrome[outlet][0] / max(1, statistics.chrome[outlet][1]) for outlet in shown]
    figure, axes = bar_chart(labels, shares, "{:.1f} %")
    axes.set_xlim(0, 1.2 * max([*shares, 1.0]))
    axes.set_xlabel("per cent of the characters of a capture; in brackets: articles")
    write_title(figure, f"Chrome removed, by outlet{_share(shown, statistics.chrome)}")
    return figure


def draw_languages(statistics: Statistics) -> "Canvas":
    """Return the articles of each language."""
    shown = list(statistics.languages.items())[:_BARS]
    figure, axes = bar_chart([tag for tag, _ in shown], [count for _, count in shown], "{:.0f}")
    count_on(axes.xaxis)
    axes.set_xlabel("articles; languages as BCP 47 tags")
    write_title(figure, f"Articles by language{_share(shown, statistics.languages)}")
    return figure


def render(draw: Callable[[Statistics], "Canvas"], statistics: Statistics, alt: str) -> bytes:
    """Return a figure as SVG, with the words for those who can't see it; a process draws the same numbers once."""
    return _rendered(draw, json.encode(statistics), alt)


@lru_cache(_REMEMBERED)
def _rendered(draw: Callable[[Statistics], "Canvas"], encoded: bytes, alt: str) -> bytes:
    from matplotlib import rc_context

    statistics = json.decode(encoded, type=Statistics)
    with rc_context(_STYLE):
        buffer = io.BytesIO()
        metadata = {"Date": None, "Creator": None, "Title": alt.partition(".")[0], "Description": alt}
        draw(statistics).savefig(buffer, format="svg", metadata=metadata)
    return buffer.getvalue()


def _axes(height: float) -> "tuple[Canvas, Axes]":
    from matplotlib.figure import Figure as Canvas

    figure = Canvas(figsize=(WIDTH, height), layout="constrained")
    axes = figure.add_subplot()
    return figure, axes


def bar_chart(labels: list[str], values: list[int] | list[float], form: str) -> "tuple[Canvas, Axes]":
    """Return horizontal bars, the first on top, each with its value written as `form` says."""
    figure, axes = _axes(1.1 + 0.28 * len(labels))
    bars = axes.barh(range(len(labels)), values, height=0.7, color=_COLOURS[0])
    axes.bar_label(bars, [form.format(value) for value in values], padding=3, fontsize=LABEL)
    axes.set_yticks(range(len(labels)), labels)
    axes.set_ylim(len(labels) - 0.4, -0.6)
    axes.margins(x=0.12)
    return figure, axes


def count_on(axis: "Axis") -> None:
    """Let an axis count in whole numbers."""
    from matplotlib.ticker import MaxNLocator

    axis.set_major_locator(MaxNLocator("auto", integer=True))  # half an article there is not


def write_title(figure: "Canvas", text: str) -> None:
    """Write the title of a figure."""
    figure.suptitle(text, x=0.01, ha="left", fontsize=11, fontweight="bold")


def _share(shown: Collection[object], of: Collection[object]) -> str:
    return f" ({len(shown)} of {len(of)})" if len(shown) < len(of) else ""


def _top_outlets(statistics: Statistics) -> dict[str, Counts]:
    named = [outlet for outlet in statistics.outlets if outlet != "other"][:_OUTLETS]
    found: dict[str, Counts] = {outlet: {} for outlet in named}
    for month, counts in statistics.months.items():
        for outlet, count in counts.items():
            of = found.setdefault(outlet if outlet in named else "other", {})
            of[month] = of.get(month, 0) + count
    return {outlet: counts for outlet, counts in found.items() if counts}


def _month(name: str) -> datetime.date:
    return datetime.date.fromisoformat(f"{name}-01")


def _number(day: datetime.date) -> float:
    return float(day.toordinal())


def _outlet_name(statistics: Statistics, outlet: str) -> str:
    return short_name(statistics.outlet_names.get(outlet, outlet))


def _counted(counts: Counts) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.items())


def _months_alt(statistics: Statistics) -> str:
    months = {month: sum(counts.values()) for month, counts in statistics.months.items()}
    if not months:
        return ""
    most = max(months, key=lambda month: (months[month], month))
    return (
        f"Bar chart of articles by month and outlet. {sum(months.values())} dated articles, "
        f"{min(months)} to {max(months)}; most in {most} ({months[most]})"
    )


def _mentions_alt(statistics: Statistics) -> str:
    most = sorted(statistics.events, key=lambda event: (-event.mentions, event.start))[:3]
    return "Bar chart of mentions by conference. Most: " + "; ".join(f"{e.name} ({e.mentions})" for e in most)


def _chrome_alt(statistics: Statistics) -> str:
    chrome, total = (sum(pair[side] for pair in statistics.chrome.values()) for side in (0, 1))
    return (
        f"Bar chart of the share of captured characters that are chrome, by outlet. "
        f"{100 * chrome / max(1, total):.1f} per cent over all"
    )


def _languages_alt(statistics: Statistics) -> str:
    listed = ", ".join(f"{tag} {count}" for tag, count in list(statistics.languages.items())[:5])
    return f"Bar chart of articles by language. {listed}"
