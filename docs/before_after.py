"""Draw docs/before-after.svg: one capture as it came, and what the corpus holds of it.

Run as `python docs/before_after.py`; the picture is made by the pipeline, so it shows what the code does today.
"""

import textwrap
from io import StringIO
from pathlib import Path

from rich.console import Console, Group
from rich.panel import Panel
from rich.table import Table
from rich.terminal_theme import DEFAULT_TERMINAL_THEME
from rich.text import Text

from peacetalks.capture.inputs import find_files
from peacetalks.engine.page import Page, process_captures
from peacetalks.engine.work import read_captures
from peacetalks.record import Article, Capture, Segment

_ROOT = Path(__file__).parent.parent
_CAPTURE = _ROOT / "seeds" / "captures" / "004_7d283dcaf14dbb0c.txt"
_PARAGRAPHS = 5
_COLUMN = 62
_STYLES = {"chrome": "red strike", "meta": "cyan", "title": "bold", "caption": "magenta"}

# rich's own template loads a font from the web; a picture in a README should load nothing.
_SVG = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img"
 aria-label="One capture before and after: chrome struck out on the left, the annotated article on the right">
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace;
 font-size: {char_height}px; line-height: {line_height}px; font-variant-east-asian: full-width; }}
{styles}
</style>
<defs><clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/></clipPath>{lines}</defs>
<rect fill="#ffffff" width="{width}" height="{height}"/>
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}<g class="{unique_id}-matrix">{matrix}</g></g></svg>
"""


def main() -> None:
    """Write the picture."""
    captures = [item for item in read_captures(find_files([_CAPTURE])) if isinstance(item, Capture)]
    (page,) = (item for item in process_captures(captures, {}) if isinstance(item, Page))
    console = Console(width=2 * _COLUMN + 4, record=True, file=StringIO(), color_system="truecolor")
    grid = Table.grid(padding=(0, 1))
    grid.add_row(
        Panel(_before(page.segments), title="a capture", width=_COLUMN + 2, border_style="dim"),
        Panel(_after(page.article), title="its row in the corpus", width=_COLUMN + 2, border_style="dim"),
    )
    console.print(grid)
    svg = console.export_svg(title="", code_format=_SVG, theme=DEFAULT_TERMINAL_THEME, unique_id="peacetalks")
    (_ROOT / "docs" / "before-after.svg").write_text(svg, "utf-8")


def _before(segments: list[Segment]) -> Text:
    text = Text()
    bodies = 0
    for segment in segments:
        if segment.label == "blank":
            continue
        bodies += segment.label == "body"
        if segment.label == "body" and bodies > _PARAGRAPHS:
            continue
        words = textwrap.shorten(segment.raw.strip(), 2 * _COLUMN - 10, placeholder=" ...")
        text.append(f"{words}\n\n", style=_STYLES.get(segment.label, ""))
    return text


def _after(article: Article) -> Group:
    fields = Table.grid(padding=(0, 1))
    for name in ("title", "outlet", "agency", "authors", "published", "published_basis", "language", "conferences"):
        value = getattr(article, name)
        fields.add_row(Text(name, style="dim"), Text(", ".join(value) if isinstance(value, list) else str(value)))
    text = Text(article.text)
    for mention in article.mentions:
        if mention.field == "text":
            text.stylize("black on bright_yellow", mention.start, mention.end)
    paragraphs = text.split("\n\n", allow_blank=False)[:_PARAGRAPHS]
    for paragraph in paragraphs:
        paragraph.truncate(4 * _COLUMN, overflow="ellipsis")
    shown = Text("\n\n").join(paragraphs)
    return Group(fields, Text("text", style="dim"), shown)


if __name__ == "__main__":
    main()
