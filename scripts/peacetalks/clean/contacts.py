"""Find e-mail addresses and telephone numbers in a page, and put them out of sight where that is asked for."""

import re
from typing import Literal, NamedTuple

from msgspec import structs

from peacetalks.record import Capture

Kind = Literal["e-mail", "telephone"]
_MASK = "\u2588"  # for each character, so that every offset into the page stays as it is
_HOST = r"[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}"
_EMAIL = re.compile(rf"[\w.+-]{{1,64}}(?:@|\s?[\[(]at[\])]\s?){_HOST}", re.IGNORECASE)
_GROUPS = r"(?:[ .\u00a0-]?\(?\d{1,4}\)?){2,6}"
_TELEPHONE = re.compile(
    rf"(?<![\w+])(?:\+\d{{1,3}}|00[1-9]\d{{0,2}}(?=[ .-])){_GROUPS}(?!\d)"  # with the code of a country
    r"|(?<![\w(])\(\d{2,5}\)[ .-]?\d{3,4}[ .-]\d{3,4}(?!\d)"  # (0212) 555 0100
    r"|(?<![\w.-])[2-9]\d{2}[.-]\d{3}[.-]\d{4}(?![\w.-])"  # 212-555-0100
    r"|(?:\b(?:tel|t[eé]l[eé]phone|telephone|telefono|tel[eé]fono|telefon|phone|mobile|cell|fax|whatsapp|тел|телефон)"
    rf"|هاتف|تلفون|تلفن)[\w.]{{0,4}}[ :.]{{1,3}}(?P<told>\(?\d{{1,5}}\)?{_GROUPS})(?!\d)",
    re.IGNORECASE,
)
_FEWEST_DIGITS, _MOST_DIGITS = 7, 15  # of a number; ITU-T E.164


class Contact(NamedTuple):
    """Where one stands in a text, in code points, and what it is."""

    start: int
    end: int
    kind: Kind


def find_contacts(text: str) -> list[Contact]:
    """Return each e-mail address and telephone number in a text, in order; none overlaps another."""
    found = [Contact(*match.span(), "e-mail") for match in _EMAIL.finditer(text)]
    taken = found[:]
    for match in _TELEPHONE.finditer(text):
        start, end = match.span("told") if match["told"] else match.span()
        digits = sum(character.isdigit() for character in text[start:end])
        if _FEWEST_DIGITS <= digits <= _MOST_DIGITS and all(end <= c.start or c.end <= start for c in taken):
            found.append(Contact(start, end, "telephone"))
    return sorted(found)


def mask_contacts(text: str) -> str:
    """Return the text with a block for each character of a contact."""
    pieces, end = [], 0
    for contact in find_contacts(text):
        pieces += [text[end : contact.start], _MASK * (contact.end - contact.start)]
        end = contact.end
    return "".join([*pieces, text[end:]])


def without_contacts(capture: Capture) -> Capture:
    """Return the capture with the contacts in its words masked, those in the facts of its markup included."""
    facts = capture.facts
    if facts is not None:
        title = None if facts.title is None else mask_contacts(facts.title)
        facts = structs.replace(facts, title=title, authors=[mask_contacts(name) for name in facts.authors])
    return structs.replace(capture, text=mask_contacts(capture.text), facts=facts)
