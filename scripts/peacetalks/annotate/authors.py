"""Find the persons who wrote a text, in the order in which the page names them."""

import re
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache

from peacetalks.annotate.fold import fold
from peacetalks.annotate.frame import Frame, Line
from peacetalks.annotate.outlet_names import OutletNames, outlet_names
from peacetalks.annotate.places import dateline_places
from peacetalks.annotate.written_dates import find_dates
from peacetalks.record import PageFacts
from peacetalks.registry.credits import all_words, load_credits
from peacetalks.registry.outlets import Outlets

_LONGEST_BYLINE = 200
_LONGEST_BARE = 60
_MOST_WORDS = 5
_RIGHT_BELOW = 3
_REMEMBERED = 4096  # bylines: most are met again, on the page or on another of their site
_FARTHEST = 8  # lines between a byline and the headline or the text
_NEAR = 4  # lines between a bare name and the headline or the text
_CUT = re.compile(r"[|•·@\t<>\d]|\s[-–—]\s|\s*[—–]\s*|\.\s*$")
_SEPARATOR = re.compile(r"[,;/&،、]|\s+-\s+")
_ROLE_END = re.compile(r"[;.]\s|[;)]|$")
_NAME_CJK = re.compile(r"[\u4e00-\u9fff]{2,4}|[\u4e00-\u9fff·]{3,12}|[\uac00-\ud7a3]{2,4}")
_LETTER_DOT = re.compile(r"^[^\W\d_]\.(?:-?[^\W\d_]\.)?$")
_GLUED = re.compile(r"(?<=[^\W\d_A-ZÀ-Þ]{4})(?=[A-ZÀ-Þ][^\W\d_A-ZÀ-Þ])")  # "Anna KleinEditor"
_IN_BRACKETS = re.compile(r"\s*\([^()\d]{2,40}\)")  # the name in other letters, or a paper
_JOINS = re.compile(r"[-'’.ʿ\u200c]")
_CASED = re.compile(r"[A-Za-zÀ-žА-я]")
_OF_DATES = frozenset({"published", "updated", "other"})
_OF_SIGN_OFF = frozenset({"writers", "agency_writers"})
_CITY_COLON = re.compile(r"([^\W\d_][\w -]{2,20}): ?(\S+(?: \S+){1,3})$")


def find_authors(
    frame: Frame,
    outlets: Outlets,
    *,
    language: str = "und",
    subjects: frozenset[str] = frozenset(),
    facts: PageFacts | None = None,
) -> list[str]:
    """Return the authors' names as the page writes them; agencies, desks, editors and photographers are none.

    `subjects` are folded names of persons whom texts speak of: a line of nothing but such a name is a topic.
    """
    names = outlet_names(outlets)
    if facts is not None and (stated := [person for author in facts.authors for person in _persons(author, names)]):
        return list(dict.fromkeys(stated))
    led: list[str] = []
    bare: list[str] = []
    signed: list[str] = []
    for line in [*frame.around, *frame.paragraphs[-2:]]:
        if line.place == "title" or not line.text:
            continue
        if not _OF_SIGN_OFF.isdisjoint(line.tables):
            signed += _in_sign_off(line, names)
        if not _may_be_byline(line):
            continue
        found, has_lead = _in_byline(line, names, language)
        if has_lead:
            led += found
        else:
            bare += [name for name in found if fold(name) not in subjects]
    return list(dict.fromkeys(led or bare or signed))


def _may_be_byline(line: Line) -> bool:
    """Tell whether a line stands where a byline does: far below the text stand those of other articles.

    Furniture is a byline only with a word such as "By", and what is too long for a bare name only with that word or an
    outlet beside the name: most lines have neither.
    """
    if line.place == "text" or len(line.text) > _LONGEST_BYLINE or "photo" in line.tables:
        return False
    if "by" not in line.tables and (line.label == "chrome" or (len(line.text) > _LONGEST_BARE and not _may_name(line))):
        return False
    return line.distance <= (_RIGHT_BELOW if line.place == "below" else _FARTHEST)


def _in_byline(line: Line, names: OutletNames, language: str) -> tuple[Sequence[str], bool]:
    """Read "By A and B, Agency", "A, Agency" and, near the text, "A in City"; say whether a word like "By" leads."""
    lead = line.lead("by") or _lead_after_outlet(line)
    if (
        (lead is None and line.label == "chrome")
        or line.lead("helpers") is not None
        or line.lead("writers") is not None
    ):
        return (), False
    text = _without_dates(line.text, language)
    if lead is not None and (line.text[lead : lead + 1] or "x") in " :：/":
        return _persons(_without_lead(text[lead:].lstrip(" :：/-")), names), True
    people = () if _is_of_date(line) or line.says("own") else _persons(text, names)
    if people and _names_outlet(line.text, names):
        return people, False
    return (_bare(line, text, names, people), False) if line.distance <= _NEAR else ((), False)


def _lead_after_outlet(line: Line) -> int | None:
    """Return where "By" ends in "Site / By A B, the 20th": an outlet and a bar stand before it."""
    for word in line.said if line.found else ():
        before = line.text[: word.start].rstrip()
        if word.table == "by" and before.endswith(("/", "|")) and line.found[0].start < len(before):
            return word.end
    return None


def _is_of_date(line: Line) -> bool:
    return not _OF_DATES.isdisjoint(line.tables) and any(line.lead(table) is not None for table in _OF_DATES)


def _without_lead(text: str) -> str:
    """Return a byline without a second word such as "By": "Author: by A B"."""
    first, _, rest = text.partition(" ")
    return rest if fold(first).strip(":") in _folded("by") else text


def _bare(line: Line, text: str, names: OutletNames, people: Sequence[str]) -> Sequence[str]:
    """Return the names of a line that is nothing but them, a city and a date."""
    if len(line.text) > _LONGEST_BARE or (line.place == "below" and line.distance > _RIGHT_BELOW):
        return ()
    city = _CITY_COLON.match(line.text)
    if city is not None:
        return _persons(city[2], names) if fold(city[1]) in dateline_places() else ()
    in_capitals = len(people) > 1 and line.text.isupper()  # "A B AND C D" is no headline
    if line.label == "title" and not in_capitals and fold(line.text).rpartition(" ")[2] not in dateline_places():
        return ()
    if not _CASED.search(text) and (line.label != "meta" or line.place != "between" or line.found or line.said):
        return ()
    places = dateline_places()
    return [name for name in people if fold(name) not in places and not _folded("not_bare") & {*fold(name).split()}]


def _without_dates(text: str, language: str) -> str:
    for date in reversed(find_dates(text, language)):
        text = f"{text[: date.start]}|{text[date.end :]}"
    return text


def _in_sign_off(line: Line, names: OutletNames) -> Iterator[str]:
    """Yield the writers of "(Reporting by A B; writing by C D; editing by E F)" and of an agency's list of writers."""
    helpers = [word for word in line.said if word.table == "helpers"]
    writers = [
        word
        for word in line.said
        if word.table == "writers" and not any(other.start <= word.start < other.end for other in helpers)
    ]
    for word in writers:
        if word.start and line.folded[word.start - 1] not in " ([\r":
            continue
        stops = [other.start for other in (*helpers, *writers) if other.start >= word.end]
        end = min([*stops, _role_end(line.text, word.end)])
        yield from _persons(line.text[word.end : end].lstrip(" :：-"), names)
    for word in line.said:
        if word.table == "agency_writers" and word.start <= 1 and not any(other.start > word.end for other in helpers):
            yield from _persons(line.text[word.end :], names)


def _role_end(line: str, start: int) -> int:
    end = _ROLE_END.search(line, start)
    return end.start() if end is not None else len(line)


@lru_cache(_REMEMBERED)
def _persons(text: str, names: OutletNames) -> tuple[str, ...]:
    """Return the names of persons that a list begins with; it ends at the first part that is none."""
    text = _IN_BRACKETS.sub(" ", text) if "(" in text else text
    cut = _CUT.search(text)
    head = text[: cut.start()] if cut is not None and cut.start() else text
    people: list[str] = []
    for part in _split_list(head):
        name = _name_before_place(part)
        if _is_person(name, names):
            people.append(_in_usual_case(name))
        elif name and not people:
            return ()
    return (*people[:1], *(name for name in people[1:] if fold(name.split()[-1]) not in dateline_places()))


def _split_list(text: str) -> Iterator[str]:
    joiners = _folded("joiners")
    for piece in _SEPARATOR.split(text):
        words: list[str] = []
        for word in piece.split():
            if fold(word) in joiners and (not words or len(words) > 1):
                if words:
                    yield " ".join(words)
                words = []
            else:
                words.append(word)
        if words:
            yield " ".join(words)


def _name_before_place(part: str) -> str:
    words = _GLUED.sub(" ", part).split()
    for position, word in enumerate(words):
        ends = word == word.lower() and fold(word) in _folded("ends")
        if position and (ends or (position > 1 and fold(word) in _folded("after_name"))):
            return " ".join(words[:position])
    return " ".join(words).strip(" .:()[]\"'")


def _is_person(name: str, names: OutletNames) -> bool:
    words = name.split()
    if _NAME_CJK.fullmatch(name):
        return names.named(name) is None
    if not 2 <= len(words) <= _MOST_WORDS or any(character.isdigit() for character in name):
        return False
    if words[0].islower() or fold(words[0]) in _folded("ends") or not all(_is_name_word(word) for word in words):
        return False
    return not any(fold(word).strip(".,'") in _folded("not_names") for word in words) and not _holds_outlet(
        words, names
    )


def _holds_outlet(words: list[str], names: OutletNames) -> bool:
    """Tell whether a name is an outlet's, begins or ends with one of several words, or holds an agency's letters."""
    if any(names.named(" ".join(words[:length])) is not None for length in range(2, len(words) + 1)):
        return True
    if any(names.named(" ".join(words[start:])) is not None for start in range(1, len(words) - 1)):
        return True
    letters = [word for word in words if word.isupper()]
    return len(letters) < len(words) and any(
        (found := names.named(word)) is not None and found.outlet.kind == "agency" for word in letters
    )


def _is_name_word(word: str) -> bool:
    if fold(word) in _folded("particles") or _LETTER_DOT.match(word):
        return True
    bare = _JOINS.sub("", word)
    if not bare.isalpha():
        return False
    first = next(character for character in word if character.isalpha())
    return not first.islower() or fold(word).startswith(("al-", "el-", "as-", "ad-", "ash-", "d'"))


def _in_usual_case(name: str) -> str:
    return " ".join(word.title() if word.isupper() and len(word) > 2 else word for word in name.split())


def _may_name(line: Line) -> bool:
    """Tell whether a part of a line can be an outlet's name or host: one must stand in it with its letters."""
    return line.named or "." in line.text


def _names_outlet(line: str, names: OutletNames) -> bool:
    return any(names.named(part) is not None for part in _SEPARATOR.split(line)[1:])


@cache
def _folded(table: str) -> frozenset[str]:
    return frozenset(fold(word) for word in all_words(getattr(load_credits(), table)))
