"""The names that make an article one about the peace process, from topic.toml."""

from functools import cache
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from peacetalks._files import schema_folder
from peacetalks.errors import VocabularyError
from peacetalks.registry.vocabulary import read_toml, require_unique

Points = Annotated[float, Meta(gt=0)]


class Group(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Names that give their points once, by language."""

    id: str
    points: Points
    names: dict[str, list[str]]


class Topic(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole of topic.toml: what gives points, and how many are enough."""

    enough: Points
    event: Points
    series: Points
    groups: list[Group] = msgspec.field(name="group")


@cache
def load_topic(path: Path | None = None) -> Topic:
    """Return the validated table; VocabularyError names file and rule. Default: the package's own."""
    path = path or schema_folder() / "topic.toml"
    try:
        topic = msgspec.convert(read_toml(path), Topic)
    except msgspec.ValidationError as error:
        raise VocabularyError(f"{path.name}: {error}") from None
    require_unique(path, "group", (group.id for group in topic.groups))
    return topic
