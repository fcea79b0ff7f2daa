"""Say what each page of a run is: a report of its own, a copy of an earlier one, or none for a corpus."""

from typing import Literal, NamedTuple

from bench.sites import others, sites

Kind = Literal["report", "same", "edited", "cut", "off-topic", "mojibake", "no-body"]

# Of a hundred pages. `same` is an earlier page byte for byte; `edited` and `cut` are its story on another site.
SHARES: dict[Kind, int] = {"report": 81, "same": 3, "edited": 4, "cut": 3, "off-topic": 5, "mojibake": 3, "no-body": 1}
_OF_HUNDRED: list[Kind] = [kind for kind, share in SHARES.items() for _ in range(share)]
_MASK = (1 << 64) - 1


class Plan(NamedTuple):
    """What the page of a number is; `story` is the number of the page that told its story first."""

    number: int
    kind: Kind
    story: int
    language: str
    site: int
    key: int  # seeds what the page draws for itself
    told: int  # seeds its story


def plan_page(seed: int, number: int) -> Plan:
    """Return what a page is, from the seed and its number alone: no page before it has to be made."""
    kind = _kind(seed, number)
    if kind not in ("same", "edited", "cut"):
        return _own(seed, number, kind)
    first = _find_report(seed, number)
    if first is None:
        return _own(seed, number, "report")
    original = _own(seed, first, "report")
    if kind == "same":
        return original._replace(number=number, kind=kind)
    elsewhere = others(original.site)
    site = elsewhere[mix(seed, number, 5) % len(elsewhere)]
    return Plan(number, kind, first, original.language, site, mix(seed, number, 3), original.told)


def mix(*numbers: int) -> int:
    """Return 64 bits that hang on all the numbers (splitmix64; Steele, Lea, Flood 2014): the same everywhere."""
    state = 0
    for number in numbers:
        state = (state + number + 0x9E3779B97F4A7C15) & _MASK
        state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) & _MASK
        state ^= state >> 31
    return state


def _kind(seed: int, number: int) -> Kind:
    return _OF_HUNDRED[mix(seed, number, 1) % 100]


def _own(seed: int, number: int, kind: Kind) -> Plan:
    site = mix(seed, number, 2) % len(sites())
    return Plan(number, kind, number, sites()[site].language, site, mix(seed, number, 3), mix(seed, number, 4))


def _find_report(seed: int, number: int) -> int | None:
    """Return an earlier page that is a report of its own: any of them, so that copies stand far apart."""
    for attempt in range(16):
        if not number:
            break
        found = mix(seed, number, 6 + attempt) % number
        if _kind(seed, found) == "report":
            return found
    return None
