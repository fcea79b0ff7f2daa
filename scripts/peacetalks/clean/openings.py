"""Tell how the matches of a pattern begin and what they hold, so that few patterns need to be tried on a line.

Only the syntax that the rules are written in is read: letters, escapes, classes, `(?:...)`, `.` and counts. An opening
ends before what the pattern leaves open: a shorter one stands for more lines, and the empty one for all of them.
"""

import re

LONGEST = 3
_MOST = 40  # characters of a class that are told apart
FIGURE = "0"  # stands for every figure
SIGN = "\0"  # stands at the start for every character that is neither letter nor figure
_SPACE = "".join(one for one in map(chr, range(0x3001)) if one.isspace())
_COUNT = re.compile(r"([?*+]|\{\d*,?\d*\})\??")
_ITEM = re.compile(
    r"(?P<class>\[\^?\]?(?:\\.|[^]\\])*\])|(?P<escape>\\.)|(?P<open>\(\?:)"
    r"|(?P<letters>[^]\\[()|?*+{}^$.]+(?![?*+{])|[^\\\[(|)?*+{^$])",
    re.S,
)
_RANGE = re.compile(r"(\\.|[^\\])-(\\.|[^\\])|(\\.|[^\\])", re.S)

_Openings = set[tuple[str, bool]]  # each with whether what comes next in the pattern continues it


def openings(pattern: str) -> frozenset[str]:
    """Return strings of up to LONGEST characters such that every match, as `opening_of` reads it, starts with one."""
    found, end = _alternatives(pattern, 0)
    if end != len(pattern):
        return frozenset([""])
    return frozenset(text for text, _ in found)


def opening_of(line: str) -> str:
    """Return the beginning of a line in the form of openings: its figures are all the same."""
    start = line[:LONGEST]
    return start if start.isalpha() else "".join([FIGURE if one.isdecimal() else one for one in start])


def held_by(pattern: str) -> str:
    """Return the longest string that the pattern spells out and that all of its matches hold; it may be empty."""
    best = run = ""
    at = 0
    while at < len(pattern):
        item = _ITEM.match(pattern, at)
        if item is None:  # another alternative, or no syntax that is known
            return ""
        at = item.end()
        if item["open"]:
            at = _end_of_group(pattern, item.end())
            own = held_by(pattern[item.end() : at])
            at += 1
        else:
            own = _spelt(item)
        count, at = _count(pattern, at)
        if own and count is None and not item["open"]:
            run += own
            continue
        best = max(best, run, "" if count is not None and _may_be_none(count) else own, key=len)
        run = ""
    return max(best, run, key=len)


def _alternatives(pattern: str, at: int) -> tuple[_Openings, int]:
    """Return the openings of the alternatives from a place up to the end of their group, and where that is."""
    every: _Openings = set()
    while True:
        found, at = _sequence(pattern, at)
        every |= found
        if pattern[at : at + 1] != "|":
            return every, at
        at += 1


def _sequence(pattern: str, at: int) -> tuple[_Openings, int]:
    found: _Openings = {("", True)}
    while at < len(pattern) and pattern[at] not in "|)":
        item = _ITEM.match(pattern, at)
        if item is None:
            # No syntax that is known: nothing is said of what follows, nor where the pattern ends.
            return {("", False)}, len(pattern) + 1
        if item["open"]:
            own, at = _alternatives(pattern, item.end())
            at += 1
        else:
            own, at = _single(item), item.end()
        count, at = _count(pattern, at)
        if count is not None:
            own = {(text, goes_on and count == "?") for text, goes_on in own}
            if _may_be_none(count):
                own.add(("", True))
        if any(goes_on for _, goes_on in found):
            found = _joined(found, own)
    return found, at


def _end_of_group(pattern: str, at: int) -> int:
    while at < len(pattern) and pattern[at] != ")":
        item = _ITEM.match(pattern, at)
        if item is not None:
            at = _end_of_group(pattern, item.end()) + 1 if item["open"] else item.end()
            _, at = _count(pattern, at)
        elif pattern[at] == "|":
            at += 1
        else:  # no syntax that is known
            return len(pattern) + 1
    return at


def _count(pattern: str, at: int) -> tuple[str | None, int]:
    """Return how often the item that ends at a place may come, as it is written there, and where that ends."""
    count = _COUNT.match(pattern, at)
    return (None, at) if count is None else (count[1], count.end())


def _may_be_none(count: str) -> bool:
    return count in ("?", "*") or count.startswith(("{0", "{,"))


def _spelt(item: re.Match[str]) -> str:
    """Return the letters that an item is, or nothing where it is none."""
    if item["escape"]:
        return "" if item["escape"][1].isalnum() else item["escape"][1]
    return "" if item["class"] or item["letters"] == "." else item["letters"]


def _single(item: re.Match[str]) -> _Openings:
    if item["class"] == r"[\W_]":
        return {(SIGN, False)}
    if item["letters"]:
        letters = opening_of(item["letters"])
        return {("", False) if letters == "." else (letters, len(letters) < LONGEST)}
    members = _members(item["class"]) if item["class"] else _meant(item["escape"])
    if members is None:
        return {("", False)}
    folded = {FIGURE if one.isdecimal() else one for one in members}
    return {(one, True) for one in folded} if len(folded) <= _MOST else {("", False)}


def _members(of: str) -> set[str] | None:
    """Return the characters of a class, or None where they are too many to list."""
    members: set[str] = set()
    if of.startswith("[^"):
        return None
    for first, last, one in _RANGE.findall(of[1:-1]):
        own = {*map(chr, range(ord(first[-1]), ord(last[-1]) + 1))} if last else _meant(one)
        if own is None:
            return None
        members |= own
    return members


def _meant(one: str) -> set[str] | None:
    """Return the characters that a letter, or one with a backslash, stands for; None where they are too many."""
    if len(one) == 1 or not one[1].isalnum():
        return {one[-1]}
    return {FIGURE} if one[1] == "d" else {*_SPACE} if one[1] == "s" else None


def _joined(before: _Openings, after: _Openings) -> _Openings:
    if before == {("", True)}:
        return after
    found = {opening for opening in before if not opening[1]}
    for text in [text for text, goes_on in before if goes_on]:
        for more, on in after:
            whole = text + more
            if text and more == SIGN:
                found.add((text, False))
            else:
                found.add((whole[:LONGEST], on and len(whole) < LONGEST))
    return found
