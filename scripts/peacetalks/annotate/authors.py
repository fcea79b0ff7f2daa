"""Find the persons who wrote a text, in the order in which the page names them."""

import re
from collections.abc import Iterator
from functools import cache

from peacetalks.annotate.fold import fold
from peacetalks.annotate.outlet_names import OutletNames, outlet_names
from peacetalks.record import Segment
from peacetalks.registry.credits import all_words, load_credits
from peacetalks.registry.outlets import Outlets

_LONGEST_BYLINE = 200
_MOST_WORDS = 5
_CUT = re.compile(r"[|•·@\t<>\d]|\s[-–—]\s|\s*[—–]\s*|\.\s*$")
_SEPARATOR = re.compile(r"[,;/&،、]|\s+-\s+")
_ROLE_END = re.compile(r"[;.]\s|[;)]|$")
_NAME_ZH = re.compile(r"[\u4e00-\u9fff]{2,4}|[\u4e00-\u9fff·]{3,12}")
_LETTER_DOT = re.compile(r"^[^\W\d_]\.(?:-?[^\W\d_]\.)?$")


def find_authors(segments: list[Segment], outlets: Outlets) -> list[str]:
    """Return the authors' names as the page writes them; agencies, desks, editors and photographers are none."""
    names = outlet_names(outlets)
    last_body = max((segment.n for segment in segments if segment.label == "body"), default=-1)
    by_line: list[str] = []
    signed: list[str] = []
    for segment in segments:
        if segment.label in ("caption", "blank", "title") or (segment.label == "body" and segment.n < last_body - 1):
            continue
        line = " ".join(segment.clean.split())
        if not line or (segment.label != "body" and len(line) > 2 * _LONGEST_BYLINE):
            continue
        signed += _in_sign_off(line if len(line) < _LONGEST_BYLINE else line[-_LONGEST_BYLINE:], names)
        if segment.label != "body" and len(line) <= _LONGEST_BYLINE and not _roles("photo").search(fold(line)):
            by_line += _in_byline(line, names, led=segment.label == "chrome")
    return list(dict.fromkeys(by_line or signed))


def _in_byline(line: str, names: OutletNames, *, led: bool) -> list[str]:
    """Read "By A B and C D, Agency" and "A B, Agency"; where `led`, only with a word such as "By"."""
    folded = fold(line).lstrip()
    if _roles("helpers").match(folded) or _roles("writers").match(folded):
        return []
    lead = _roles("by").match(folded)
    if lead is not None:
        return _persons(line[lead.end() :].lstrip(" :：-"), names)
    if led:
        return []
    people = _persons(line, names)
    return people if people and _names_outlet(line, names) else []


def _in_sign_off(line: str, names: OutletNames) -> Iterator[str]:
    """Yield the writers of "(Reporting by A B; writing by C D; editing by E F)" and of an agency's list of writers."""
    folded = fold(line)
    others = [(match.start(), match.end()) for match in _roles("helpers").finditer(folded)]
    for match in _roles("writers").finditer(folded):
        if any(start <= match.start() < end for start, end in others):
            continue
        if match.start() and folded[match.start() - 1] not in " ([":
            continue
        end = min([start for start, _ in others if start >= match.end()] + [_role_end(line, match.end())])
        following = _roles("writers").search(folded, match.end())
        end = min(end, following.start()) if following else end
        yield from _persons(line[match.end() : end], names)
    for mark in names.find(folded):
        if mark.mark is not None and mark.mark.place == "credit" and mark.outlet.kind == "agency":
            plural = mark.mark.text.lower().endswith(("writer", "writers")) and mark.start <= 1
            if plural and not any(start > mark.end for start, _ in others):
                yield from _persons(line[mark.end :], names)


def _role_end(line: str, start: int) -> int:
    end = _ROLE_END.search(line, start)
    return end.start() if end is not None else len(line)


def _persons(text: str, names: OutletNames) -> list[str]:
    """Return the names of persons that a list begins with; it ends at the first part that is none."""
    cut = _CUT.search(text)
    head = text[: cut.start()] if cut is not None and cut.start() else text
    people: list[str] = []
    for part in _split_list(head):
        name = _name_before_place(part)
        if _is_person(name, names):
            people.append(_in_usual_case(name))
        elif people or name:
            if not people:
                return []
            if not _ends_with_place(part):
                continue
    return people


def _split_list(text: str) -> list[str]:
    parts: list[str] = []
    for piece in _SEPARATOR.split(text):
        words: list[str] = []
        for word in piece.split():
            if fold(word) in _folded("joiners") and words and len(words) > 1:
                parts.append(" ".join(words))
                words = []
            elif not words and fold(word) in _folded("joiners"):
                continue
            else:
                words.append(word)
        if words:
            parts.append(" ".join(words))
    return parts


def _name_before_place(part: str) -> str:
    words = part.split()
    for position, word in enumerate(words):
        if position and word.islower() and fold(word) in _folded("ends"):
            return " ".join(words[:position])
    return " ".join(words).strip(" .:()[]\"'")


def _ends_with_place(part: str) -> bool:
    return bool(part)


def _is_person(name: str, names: OutletNames) -> bool:
    words = name.split()
    if _NAME_ZH.fullmatch(name):
        return names.named(name) is None
    if not 2 <= len(words) <= _MOST_WORDS or any(character.isdigit() for character in name):
        return False
    if any(fold(word).strip(".,'") in _folded("not_names") for word in words) or names.named(name) is not None:
        return False
    return all(_is_name_word(word) for word in words) and not words[0].islower()


def _is_name_word(word: str) -> bool:
    if fold(word) in _folded("particles") or _LETTER_DOT.match(word):
        return True
    bare = (
        word.replace("-", "").replace("'", "").replace("’", "").replace(".", "").replace("ʿ", "").replace("\u200c", "")
    )
    if not bare.isalpha():
        return False
    first = next(character for character in word if character.isalpha())
    return not first.islower() or fold(word).startswith(("al-", "el-", "as-", "ad-", "ash-", "d'"))


def _in_usual_case(name: str) -> str:
    return " ".join(word.title() if word.isupper() and len(word) > 2 else word for word in name.split())


def _names_outlet(line: str, names: OutletNames) -> bool:
    parts = _SEPARATOR.split(line)[1:]
    return any(names.named(part) is not None for part in parts)


@cache
def _roles(table: str) -> re.Pattern[str]:
    words = sorted((fold(word) for word in all_words(getattr(load_credits(), table))), key=len, reverse=True)
    return re.compile(rf"(?<![\w])(?:{'|'.join(map(re.escape, words))})(?!\w)")


@cache
def _folded(table: str) -> frozenset[str]:
    return frozenset(fold(word) for word in all_words(getattr(load_credits(), table)))
