"""The figures: the same bytes every time, with titles and words for those who can't see them, and legible."""

import datetime
import hashlib
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from msgspec import structs

from conftest import ROOT
from peacetalks.release.figures import (
    _STYLE,
    describe_figures,
    draw_chrome,
    draw_figures,
    draw_languages,
    draw_mentions,
    draw_months,
)
from peacetalks.release.known_figures import (
    describe_known_figures,
    draw_known_conferences,
    draw_known_countries,
    draw_known_figures,
    draw_known_languages,
    draw_known_years,
)
from peacetalks.release.opened import open_release
from peacetalks.release.statistics import Event, Known, Statistics
from release_rows import describe

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DRAWN = [
    draw_months,
    draw_mentions,
    draw_chrome,
    draw_languages,
    draw_known_years,
    draw_known_languages,
    draw_known_countries,
    draw_known_conferences,
]


def crowded() -> Statistics:
    """More outlets, months, conferences and languages than fit: long names, and events day upon day."""
    outlets = {f"outlet-{n}": 90 - n for n in range(40)}
    months = [f"{year}-{month:02d}" for year in range(2015, 2019) for month in range(1, 13)]
    events = [
        Event(
            name=f"Round {n} of a long series of consultations on the $ of the constitution",
            start=datetime.date(2016, 1, 1) + datetime.timedelta(3 * n * n),
            mentions=200 - n,
        )
        for n in range(30)
    ]
    return Statistics(
        articles={"train": 3000},
        words=1,
        first=datetime.date(2012, 1, 1),
        last=datetime.date(2023, 12, 31),
        undated=0,
        gold=0,
        clusters=1,
        languages={f"l{n}": 1000 - n for n in range(25)},
        outlets=outlets,
        agencies={},
        labels={},
        mentions=1,
        conferences={},
        gazetteer=1,
        low_confidence=0,
        excluded={},
        nulls={},
        months={month: {f"outlet-{(n + k) % 40}": 1 + k for k in range(12)} for n, month in enumerate(months)},
        events=events,
        chrome={name: (n, 100) for n, name in enumerate(outlets)},
        outlet_names={name: f"The {name} of a city with a name that is long" for name in outlets},
        known=Known(
            records={"train": 4000},
            undated=17,
            years={str(year): 10 * (year - 2000) for year in range(2011, 2027)},
            languages={f"l{n}": 1000 - n for n in range(45)},
            countries={f"C{n}": 900 - n for n in range(60)},
            conferences={f"e{n}": 200 - n for n in range(30)},
            events=events,
        ),
    )


def spread(months: list[str]) -> Statistics:
    """The same, in these months, with an event in the first of them."""
    event = Event(name="Talks", start=datetime.date.fromisoformat(f"{months[0]}-15"), mentions=1)
    return structs.replace(crowded(), months={name: {"outlet-1": 3} for name in months}, events=[event], undated=1234)


@pytest.fixture(scope="module", params=["the seeds", "a crowd", "one month", "a year", "sixty years"])
def statistics(request: pytest.FixtureRequest, release: Path) -> Statistics:
    from peacetalks.release.versions import read_tables

    return {
        "the seeds": lambda: describe(read_tables(release)),
        "a crowd": crowded,
        "one month": lambda: spread(["2016-06"]),
        "a year": lambda: spread(["2016-02", "2017-01"]),
        "sixty years": lambda: spread(["1964-03", "2024-03"]),
    }[request.param]()


@pytest.mark.parametrize("draw", DRAWN, ids=lambda draw: draw.__name__)
def test_no_label_meets_another_or_leaves_the_figure(
    draw: Callable[[Statistics], "Figure"], statistics: Statistics
) -> None:
    from matplotlib import rc_context
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.text import Text
    from matplotlib.transforms import Bbox

    with rc_context(_STYLE):
        figure = draw(statistics)
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        renderer = canvas.get_renderer()
        # The library keeps ticks beyond the end of an axis, and draws none of them.
        (axes,) = figure.axes
        beyond = {
            label
            for axis in (axes.xaxis, axes.yaxis)
            for tick in axis.get_major_ticks()
            for label in (tick.label1, tick.label2)
            if not min(axis.get_view_interval()) <= tick.get_loc() <= max(axis.get_view_interval())
        }
        drawn = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]
        texts = [text for text in drawn if text not in beyond]
        boxes = [(text.get_text(), Text.get_window_extent(text, renderer)) for text in texts]
    assert figure.get_suptitle()
    assert axes.get_xlabel()
    assert any(label.get_text() for label in axes.get_xticklabels())
    page = figure.bbox
    assert len(boxes) >= 4
    for text, box in boxes:
        inside = Bbox.intersection(page.padded(1), box)
        assert inside is not None, text
        assert inside.bounds == pytest.approx(box.bounds), text
    met = [
        (first, second)
        for n, (first, one) in enumerate(boxes)
        for second, other in boxes[n + 1 :]
        if one.x0 < other.x1 - 0.5 and other.x0 < one.x1 - 0.5 and one.y0 < other.y1 - 0.5 and other.y0 < one.y1 - 0.5
    ]
    assert met == []


def test_every_figure_has_words_and_its_numbers_as_a_table(statistics: Statistics) -> None:
    figures = draw_figures(statistics) + draw_known_figures(statistics)
    described = [*describe_figures(statistics), *describe_known_figures(statistics)]
    assert [figure.file for figure in figures] == [file for file, *_ in described]
    assert len(figures) == 8
    assert all(rows and all(len(row) == len(header) for row in rows) for _, _, header, rows in described)
    for figure in figures:
        svg = figure.svg.decode()
        assert svg.startswith("<?xml")
        assert len(figure.alt) > 30
        assert f"<dc:title>{figure.alt.partition('.')[0]}" in svg


def test_a_corpus_without_a_catalogue_has_no_figures_of_it() -> None:
    assert draw_known_figures(structs.replace(crowded(), known=Known())) == []


def test_another_process_zone_and_locale_draw_the_same_bytes() -> None:
    program = (
        "import hashlib, sys; sys.path.insert(0, 'tests');"
        "from test_figures import crowded; from peacetalks.release.figures import draw_figures;"
        "print([hashlib.sha256(figure.svg).hexdigest() for figure in draw_figures(crowded())])"
    )
    here = f"{[hashlib.sha256(figure.svg).hexdigest() for figure in draw_figures(crowded())]}\n"
    environment = {**os.environ, "TZ": "Asia/Damascus", "LC_ALL": "tr_TR.UTF-8", "PYTHONHASHSEED": "99"}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout == here


def test_the_card_shows_every_figure_with_its_words(release: Path) -> None:
    for card, prefix in ((release / "README.md", ""), (release.parent / "README.md", f"{release.name}/")):
        text = card.read_text("utf-8")
        for path in sorted((release / "figures").iterdir()):
            assert f"]({prefix}figures/{path.name})" in text
            assert "![](" not in text
    assert set(open_release(release).manifest.files) >= {f"figures/{p.name}" for p in (release / "figures").iterdir()}
