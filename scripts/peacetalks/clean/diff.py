"""Show a capture line by line with its labels: what was kept, what was removed, and why."""

import re

from rich.markup import escape
from rich.text import Text

from peacetalks.record import Label, Segment

_STYLES: dict[Label, str] = {
    "title": "bold",
    "meta": "cyan",
    "body": "",
    "caption": "magenta",
    "chrome": "red strike",
    "blank": "dim",
}
_SIGNS: dict[Label, str] = {"chrome": "-", "blank": " "}
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")


def render_diff(segments: list[Segment]) -> Text:
    """Return a line a segment: `-` removed or `+` kept, its label, reason and score, its words."""
    text = Text()
    for segment in segments:
        if segment.label == "blank":
            text.append("\n")
            continue
        why = f"model {segment.score:.2f}" if segment.reason == "model" else segment.reason
        text.append(f"{_SIGNS.get(segment.label, '+')} {segment.label:<8}{why:<28} ", style="dim")
        text.append(visible(segment.raw.strip()), style=_STYLES[segment.label])
        text.append("\n")
    return text


def visible(text: str) -> str:
    """Return text with each control and direction mark spelt out, so that it can't steer a terminal."""
    return _UNSEEN.sub(lambda match: f"\\u{ord(match.group()):04x}", text)


def markup(text: str) -> str:
    """Return text that may stand inside rich's markup: visible, and taken literally."""
    return escape(visible(text))
