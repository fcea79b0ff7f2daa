"""The names that make an article one about the peace process, from topic.toml."""

from functools import cache
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from peacetalks._files import schema_folder
from peacetalks.errors import VocabularyError
from peacetalks.registry.vocabulary import Names, read_toml, require_unique

Points = Annotated[float, Meta(gt=0)]


class Group(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Names that give their points once, by language."""

    id: str
    points: Points
    names: Names


class Topic(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole of topic.toml: what gives points, and how many are enough."""

    enough: Points
    event: Points
    series: Points
    groups: list[Group] = msgspec.field(name="group", default_factory=list)


@cache
def load_topic(path: Path | None = None) -> Topic:
    """Return the validated table of a folder or file; VocabularyError names file and rule. Default: the package's own.

    A folder without one judges by mentions alone: one of an event or a series is enough.
    """
    if path is not None and path.is_dir() and not (path / "topic.toml").exists():
        return Topic(enough=1.0, event=1.0, series=1.0)
    path = path or schema_folder()
    path = path / "topic.toml" if path.is_dir() else path
    try:
        topic = msgspec.convert(read_toml(path), Topic)
    except msgspec.ValidationError as error:
        raise VocabularyError(f"{path.name}: {error}") from None
    require_unique(path, "group", (group.id for group in topic.groups))
    return topic
