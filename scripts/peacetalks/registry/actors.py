"""What is particular to one peace process: its matter, its places and who meets there, from actors.toml."""

from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from peacetalks.errors import VocabularyError
from peacetalks.registry.vocabulary import Names, read_toml, require_unique


class Term(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Words of one meaning: a head noun, a tag, a tense, a time word."""

    kind: str
    value: str
    names: Names


class Matter(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Names of what the meetings are about (`subject`), or that alone tell an article of the process (`gate`)."""

    kind: Literal["subject", "gate"]
    value: Literal["matter"]
    names: Names


class Place(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A city that hosts conferences, with its demonyms and epithets; `city` is its name in conferences.toml.

    A country that hosts them has its code in `country` instead. `government` marks a place whose name also means a
    government, so that it alone stands for no meeting.
    """

    id: str
    city: str = ""
    country: Annotated[str, Meta(pattern="^([A-Z]{2})?$")] = ""
    government: bool = False
    cities: list[str] = []
    names: Names


class Actor(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A side or a person that takes part.

    `states` are the sides that a person speaks for; `organisation` marks a body that convenes.
    """

    id: str
    states: list[str] = []
    organisation: bool = False
    names: Names


class Actors(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole of actors.toml."""

    terms: list[Matter] = msgspec.field(name="term", default_factory=list)
    places: list[Place] = msgspec.field(name="place", default_factory=list)
    actors: list[Actor] = msgspec.field(name="actor", default_factory=list)


def load_actors(path: Path) -> Actors:
    """Return the validated file, or nothing where there is none; VocabularyError names file, entry and rule."""
    if not path.exists():
        return Actors()
    try:
        actors = msgspec.convert(read_toml(path), Actors)
    except msgspec.ValidationError as error:
        raise VocabularyError(f"{path.name}: {error}") from None
    require_unique(path, "place", (entry.id for entry in actors.places))
    require_unique(path, "actor", (entry.id for entry in actors.actors))
    for place in actors.places:
        if bool(place.city) == bool(place.country):
            raise VocabularyError(f"{path.name}: place {place.id!r}: has either a city or a country")
    return actors
