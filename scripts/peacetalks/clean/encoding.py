"""Repair the encoding of lines: mojibake, entities, controls, invisible characters, odd spaces; then NFC.

Most lines need nothing, so two patterns, matched over a column of lines at once, decide which are looked at.
They are derived from ftfy's own tables, hence its pinned version; a test compares the gate with plain ftfy.
"""

import re
import unicodedata
from html import unescape

import ftfy
from ftfy.badness import BADNESS_RE
from ftfy.chardata import LIGATURES

from peacetalks.clean.columns import matches

_CONFIG = ftfy.TextFixerConfig(
    unescape_html=False,  # done here, to a fixpoint, so that repairing twice changes nothing
    uncurl_quotes=False,  # typographic quotes are the author's
    fix_character_width=False,  # full-width punctuation is how Chinese and Japanese are written
    explain=False,
)
_MAX_ROUNDS = 8
_MAX_MARKS = 30  # the Stream-Safe Text Format of UAX 15; normalising longer runs takes quadratic time
_FEW_MARKS = 5  # so many in a row need no look; the pattern for more would be slow to compile

_SPACES = "\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000\t\x0b\x0c\x85"
_INVISIBLE = (
    "\u00ad\u034f\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffc\ufdd0-\ufdef\ufffe\uffff"
)
_JOINERS = "\u200c\u200d"
_CONTROLS = "\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f"

_BLANK_RUN = re.compile(rf"[ {_SPACES}\r\n\u2028\u2029]+")
_INVISIBLE_ONE = re.compile(f"[{_INVISIBLE}]")
_CONTROL_ONE = re.compile(f"[{_CONTROLS}]")
_AMPERSANDS = re.compile(r"&(?:(?:amp|AMP|#0{0,6}38|#[xX]0{0,6}26);)+")
# A joiner shapes the letters of these scripts and ties emoji together; elsewhere it is residue.
_JOINED = re.compile(
    "(?<![\u0600-\u06ff\u0750-\u077f\u08a0-\u08ff\u0900-\u0dff\u1000-\u109f\u1780-\u17ff\u1800-\u18af"
    "\ufb50-\ufdfc\ufe70-\ufefc\ufe0f\u2600-\u27bf\U0001f000-\U0001faff])"
    f"[{_JOINERS}]|[{_JOINERS}](?=[{_JOINERS} ]|$)"
)


def repair_lines(lines: list[str]) -> list[str]:
    """Return each line repaired, in NFC, with inner white space single and outer white space removed.

    Idempotent. U+FFFD stays, for what was lost can't be guessed. Lines hold no surrogates.
    """
    hurt = matches(lines, _HURT)
    untidy = matches(lines, _UNTIDY)
    clean = [
        _repair(line)
        if hurt[i]
        else _tidy(line)
        if untidy[i]
        else line
        if unicodedata.is_normalized("NFC", line)
        else unicodedata.normalize("NFC", line)
        for i, line in enumerate(lines)
    ]
    # What a joiner, an odd space or a mark of its own kept apart may be mojibake once they are gone.
    tidied = [i for i, line in enumerate(lines) if not hurt[i] and clean[i] != line]
    for i, again in zip(tidied, matches([clean[i] for i in tidied], _HURT), strict=True):
        if again:
            clean[i] = _repair(clean[i])
    return clean


def repair_line(line: str) -> str:
    """Return one line repaired, as `repair_lines` does."""
    return repair_lines([line])[0]


def _repair(line: str) -> str:
    for _ in range(_MAX_ROUNDS):
        before = line
        if "&" in line:
            line = unescape(_AMPERSANDS.sub("&", line))
        # What can't be seen goes last: in mojibake a soft hyphen or a control is half of a letter.
        # Marks are capped on both sides: ftfy normalises too, and may bring new ones to light.
        line = _tidy(_CONTROL_ONE.sub("", ftfy.fix_text(_cap_marks(line), _CONFIG)))
        if line == before:
            break
    return line


def _tidy(line: str) -> str:
    line = _JOINED.sub("", _BLANK_RUN.sub(" ", _INVISIBLE_ONE.sub("", line))).strip(" ")
    return unicodedata.normalize("NFC", _cap_marks(line))


def _cap_marks(line: str) -> str:
    run = 0
    kept: list[str] = []
    for character in line:
        run = run + 1 if unicodedata.combining(character) else 0
        if run <= _MAX_MARKS:
            kept.append(character)
    return "".join(kept)


def _plain_pattern(verbose: str) -> str:
    """Return a verbose pattern without its layout, the classes of white space and word characters spelt out."""
    classes = {"s": "\\t-\\r\\x1c-\\x20\\x85" + _SPACES, "w": "\\pL\\pN_"}
    out: list[str] = []
    inside = escaped = comment = False
    for character in verbose:
        if comment:
            comment = character != "\n"
        elif escaped:
            spelt = classes.get(character)
            out.append("\\" + character if spelt is None else spelt if inside else f"[{spelt}]")
            escaped = False
        elif character == "\\":
            escaped = True
        elif not inside and (character.isspace() or character == "#"):
            comment = character == "#"
        else:
            inside = character == "[" or (inside and character != "]")
            out.append(character)
    return "".join(out)


_HURT = f"[&{_CONTROLS}{_INVISIBLE}{''.join(map(chr, LIGATURES))}]|(?m:{_plain_pattern(BADNESS_RE.pattern)})"
_UNTIDY = f"[{_SPACES}{_JOINERS}\r\n\u2028\u2029]|  |^ | $|\\pM{{{_FEW_MARKS + 1}}}"
