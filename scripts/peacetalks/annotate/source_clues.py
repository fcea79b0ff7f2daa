"""What a line says of a page's publisher and of the source of its text, and how much."""

from msgspec import Struct

from peacetalks.registry.outlets import Outlet


class Clue(Struct, frozen=True, gc=False):
    """What a line says of an outlet: how much it speaks for it as publisher of the page, and as source of the text."""

    outlet: Outlet
    publisher: float
    source: float
    text: str


def of_agency(outlet: Outlet) -> float:
    """Return how much an agency's credit says of the publisher: little, and nothing where others publish its texts."""
    return 0.0 if outlet.wholesale else 0.15
