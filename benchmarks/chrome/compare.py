"""Set the model's cross-validated scores beside those of other ways of cleaning, on the same renderings."""

from collections.abc import Iterator

from render import Capture
from rivals import RIVALS
from scoring import Outcome, Tally

STYLES = {"main": "article with some furniture", "whole": "whole page with all of its menus"}


def score_rivals(captures: list[Capture]) -> dict[str, Tally]:
    """Return what each rival makes of the captures."""
    tallies = {}
    for name, keep in RIVALS.items():
        tallies[name] = Tally()
        for capture in captures:
            found = ["body" if kept else "chrome" for kept in keep(capture)]
            tallies[name].add([Outcome(capture.name, capture.language, capture.labels, found)])
    return tallies


def comparison(heading: str, tallies: dict[str, Tally]) -> Iterator[str]:
    """Yield the lines of a Markdown table of body lines, a row a way of cleaning."""
    yield f"| {heading} | precision | recall | F1 | pages that lose a body line |"
    yield "|---|---|---|---|---|"
    for name, tally in tallies.items():
        row = tally.figures()
        cells = " | ".join(f"{row[key]:.3f}" for key in ("precision", "recall", "f1", "pages-with-loss"))
        yield f"| {name} | {cells} |"


def by_language(ours: Tally, rival: Tally) -> Iterator[str]:
    """Yield the lines of a Markdown table, a row a language, commonest first."""
    pages = {language: ours.figures(language)["pages"] for language in ours.languages()}
    yield "| language | pages | F1 | C4's line rule |"
    yield "|---|---|---|---|"
    for language, count in sorted(pages.items(), key=lambda pair: (-pair[1], pair[0])):
        scores = ours.figures(language)["f1"], rival.figures(language)["f1"]
        yield f"| {language} | {count:.0f} | {scores[0]:.3f} | {scores[1]:.3f} |"
