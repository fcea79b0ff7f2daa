"""Repair the encoding of lines: mojibake, entities, controls, invisible characters, odd spaces; then NFC.

Most lines need nothing, so all lines of a batch are looked over at once for those that do (`damage`). What that goes by
is derived from ftfy's own tables, hence its pinned version; a test compares the outcome with plain ftfy.
"""

import re
import unicodedata
from html import unescape

import ftfy

from peacetalks.clean.damage import BREAKS, CONTROLS, INVISIBLE, JOINERS, SPACES, find_damage

_CONFIG = ftfy.TextFixerConfig(
    unescape_html=False,  # done here, to a fixpoint, so that repairing twice changes nothing
    uncurl_quotes=False,  # typographic quotes are the author's
    fix_character_width=False,  # full-width punctuation is how Chinese and Japanese are written
    explain=False,
)
_MAX_ROUNDS = 8
_MAX_MARKS = 30  # the Stream-Safe Text Format of UAX 15; normalising longer runs takes quadratic time
_RUN_OF_LETTERS = re.compile(f"[^\0-\u02ff]{{{_MAX_MARKS + 1}}}")  # marks come behind the letters that are left out
_ODD_BLANK = re.compile(f"[{SPACES}{BREAKS}]")
_INVISIBLE_ONE = re.compile(f"[{INVISIBLE}]")
_CONTROL_ONE = re.compile(f"[{CONTROLS}]")
_AMPERSANDS = re.compile(r"&(?:(?:amp|AMP|#0{0,6}38|#[xX]0{0,6}26);)+")
# A joiner shapes the letters of these scripts and ties emoji together; elsewhere it is residue.
_JOINED = re.compile(
    "(?<![\u0600-\u06ff\u0750-\u077f\u08a0-\u08ff\u0900-\u0dff\u1000-\u109f\u1780-\u17ff\u1800-\u18af"
    "\ufb50-\ufdfc\ufe70-\ufefc\ufe0f\u2600-\u27bf\U0001f000-\U0001faff])"
    f"[{JOINERS}]|[{JOINERS}](?=[{JOINERS} ]|$)"
)


def repair_lines(lines: list[str]) -> list[str]:
    """Return each line repaired, in NFC, with inner white space single and outer white space removed.

    Idempotent. U+FFFD stays, for what was lost can't be guessed. Lines hold no surrogates.
    """
    different = list(dict.fromkeys(lines))
    if len(different) == len(lines):
        return _repair_each(lines)
    return [*map(dict(zip(different, _repair_each(different), strict=True)).__getitem__, lines)]


def _repair_each(lines: list[str]) -> list[str]:
    damage = find_damage(lines)
    clean = list(lines)
    # Marks in a row make a line untidy, and are capped there: composing many of them takes the square of their number.
    for i in {*damage.decomposed}.difference(damage.untidy, damage.hurt):
        clean[i] = unicodedata.normalize("NFC", lines[i])
    for i in {*damage.untidy}.difference(damage.hurt):
        clean[i] = _tidy(lines[i])
    # What a joiner, an odd space or a mark of its own kept apart may be mojibake once they are gone, and so may what
    # mojibake or an entity stood for: what has changed is looked over again, which costs less than to repair it again.
    changed = [i for i in sorted({*damage.decomposed, *damage.untidy}) if clean[i] != lines[i]]
    hurt = damage.hurt
    for _ in range(_MAX_ROUNDS):
        for i in hurt:
            repaired = _repair(clean[i])
            if repaired != clean[i]:
                clean[i] = repaired
                changed.append(i)
        hurt = [changed[n] for n in find_damage([clean[i] for i in changed]).hurt] if changed else []
        changed = []
    return clean


def repair_line(line: str) -> str:
    """Return one line repaired, as `repair_lines` does."""
    return repair_lines([line])[0]


def _repair(line: str) -> str:
    if "&" in line:
        line = unescape(_AMPERSANDS.sub("&", line))
    # What can't be seen goes last: in mojibake a soft hyphen or a control is half of a letter.
    # Marks are capped on both sides: ftfy normalises too, and may bring new ones to light.
    return _tidy(_CONTROL_ONE.sub("", ftfy.fix_text(_cap_marks(line), _CONFIG)))


def _tidy(line: str) -> str:
    line = _single_spaced(_INVISIBLE_ONE.sub("", line))
    if any(joiner in line for joiner in JOINERS):  # the pattern is tried at each character
        line = _single_spaced(_JOINED.sub("", line))  # one may have kept two spaces apart
    return unicodedata.normalize("NFC", _cap_marks(line.strip(" ")))


def _single_spaced(line: str) -> str:
    line = _ODD_BLANK.sub(" ", line)
    while "  " in line:  # a pattern would match at every space
        line = line.replace("  ", " ")
    return line


def _cap_marks(line: str) -> str:
    if _RUN_OF_LETTERS.search(line) is None or not any(map(unicodedata.combining, {*line})):
        return line
    run = 0
    kept: list[str] = []
    for character in line:
        run = run + 1 if unicodedata.combining(character) else 0
        if run <= _MAX_MARKS:
            kept.append(character)
    return "".join(kept)
