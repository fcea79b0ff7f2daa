"""Refuse markup that is built to exhaust a parser, by bounds that no trick of writing gets round.

The parser takes quadratic time in the depth of a tree and in the attributes of a tag, and builds every open <b>, <i>
and the like again in each block that follows (lexbor issue 340). What is counted here is never less than what it will
meet: tags are counted wherever they are written, closed or not, in comments and scripts too.
"""

import re

import numpy as np

from peacetalks.errors import CaptureError

_MOST_TAGS = 30_000  # as deep as that takes two seconds; the fullest of 258 news pages has 4,110
_MOST_ATTRIBUTES = 1_000
_MOST_REBUILT = 2_000_000  # elements
_MOST_READ = 50_000_000  # bytes of tags, those that are written in one another counted for each

_OPEN = re.compile(b"<[a-zA-Z]")
_S = rb"\t\n\f\r "
_ATTRIBUTE = rb"(?:[%b/]*+=?[^%b/>=]++(?:[%b]*+=[%b]*+(?:\"[^\"]*+\"?|'[^']*+'?|[^%b>]*+))?+)" % ((_S,) * 5)
_TAG = re.compile(rb"<[a-zA-Z][^%b/>]*+%b{0,%d}+(%b)?+" % (_S, _ATTRIBUTE, _MOST_ATTRIBUTES - 1, _ATTRIBUTE))
# Most tags are written so plainly that there is no doubt where they end; the others are read as the parser will.
_PLAIN = rb"[\w-]*+(?:[%b]++[\w:-]++(?:=(?:\"[^\"]*+\"|'[^']*+'|[^%b\"'<=>`]++))?+){0,50}+[%b/]*+>" % ((_S,) * 3)
_EMPHASIS = (
    rb"(?:(?<=[bisuBISU])|(?i:(?<=b)ig|(?<=c)ode|(?<=e)m|(?<=f)ont|(?<=n)obr|(?<=s)(?:mall|trike|trong)|(?<=t)t))"
)
_WATCHED = re.compile(rb"<[a-zA-Z](?:(?!%b)|(?<=[bcefinstuBCEFINSTU])%b(?=[%b/>]))" % (_PLAIN, _EMPHASIS, _S))
_REOPENED = re.compile(rb"<(?:b|big|code|em|font|i|nobr|s|small|strike|strong|tt|u)(?=[%b/>])" % _S, re.IGNORECASE)
_ALIKE = 3  # equal tags that are opened again at most (HTML Standard, 13.2.4.3)


def refuse_bombs(data: bytes) -> None:
    """Raise CaptureError where a page, in UTF-8, has more tags or attributes than a parser can be trusted with."""
    tags = int(np.count_nonzero(np.frombuffer(data, np.uint8) == ord("<")))
    if tags > _MOST_TAGS:
        tags = sum(1 for _ in _OPEN.finditer(data))
    if tags > _MOST_TAGS:
        raise CaptureError("too-large", f"{tags:,} tags; the limit is {_MOST_TAGS:,}")
    read = 0
    reopened: set[bytes] = set()
    for watched in _WATCHED.finditer(data):
        tag = _TAG.match(data, watched.start())
        if tag is None:  # never: what is watched begins like a tag
            continue
        if tag[1] is not None:
            raise CaptureError("too-large", f"a tag of {_MOST_ATTRIBUTES:,} attributes or more")
        read += tag.end() - tag.start()
        if read > _MOST_READ:
            raise CaptureError("too-large", f"{read:,} bytes of tags in tags; the limit is {_MOST_READ:,}")
        if _REOPENED.match(data, tag.start()):
            reopened.add(tag[0])
    rebuilt = _ALIKE * len(reopened) * tags
    if rebuilt > _MOST_REBUILT:
        raise CaptureError("too-large", f"emphasis that may be opened again {rebuilt:,} times")
