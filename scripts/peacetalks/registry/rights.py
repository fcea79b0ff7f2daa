"""The closed list of terms that a text can be under, from rights.toml."""

from functools import cache
from pathlib import Path

from msgspec import Struct

from peacetalks._files import schema_folder
from peacetalks.registry.vocabulary import convert_entries, read_toml, require_known_keys


class Right(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One set of terms: whether texts under it may be passed on, what it means, and where it stands."""

    id: str
    redistributable: bool
    meaning: str
    source: str | None = None


@cache
def load_rights(path: Path | None = None) -> dict[str, Right]:
    """Return the terms by id; VocabularyError names file, entry and rule."""
    path = path or schema_folder() / "rights.toml"
    document = read_toml(path)
    require_known_keys(path, document, {"right"})
    return {right.id: right for right in convert_entries(path, document, "right", Right)}
