"""Refuse markup that is built to exhaust a parser, by bounds that no trick of writing gets round.

The parser takes quadratic time in the depth of a tree and in the attributes of a tag, and builds every open <b>, <i>
and the like again in each block that follows (lexbor issue 340). What is counted here is never less than what it will
meet: tags are counted wherever they are written, closed or not, in comments and scripts too.
"""

import re

from peacetalks.errors import CaptureError

_MOST_TAGS = 30_000  # as deep as that takes two seconds; the fullest of 258 news pages has 4,110
_MOST_ATTRIBUTES = 1_000
_MOST_REBUILT = 2_000_000  # elements

_OPEN = re.compile("<[a-zA-Z]")
_ATTRIBUTE = r"(?:[\s/]*+=?[^\s/>=]++(?:\s*+=\s*+(?:\"[^\"]*+\"?|'[^']*+'?|[^\s>]*+))?+)"
_FLOOD = re.compile(rf"<[a-zA-Z][^\s/>]*+{_ATTRIBUTE}{{{_MOST_ATTRIBUTES}}}+")
_REOPENED = re.compile(
    rf"<(?:b|big|code|em|font|i|nobr|s|small|strike|strong|tt|u)(?:>|(?=[\s/]){_ATTRIBUTE}*+)", re.IGNORECASE
)
_ALIKE = 3  # equal tags that are opened again at most (HTML Standard, 13.2.4.3)


def refuse_bombs(markup: str) -> None:
    """Raise CaptureError where a page has more tags or attributes than a parser can be trusted with."""
    tags = markup.count("<")
    if tags > _MOST_TAGS:
        tags = len(_OPEN.findall(markup))
    if tags > _MOST_TAGS:
        raise CaptureError("too-large", f"{tags:,} tags; the limit is {_MOST_TAGS:,}")
    if _FLOOD.search(markup):
        raise CaptureError("too-large", f"a tag of {_MOST_ATTRIBUTES:,} attributes or more")
    rebuilt = _ALIKE * len(set(_REOPENED.findall(markup))) * tags
    if rebuilt > _MOST_REBUILT:
        raise CaptureError("too-large", f"emphasis that may be opened again {rebuilt:,} times")
