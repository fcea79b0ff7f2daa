"""The closed list of reasons for which a capture does not become an article, from reasons.toml."""

from functools import cache
from pathlib import Path

from msgspec import Struct

from peacetalks._files import schema_folder
from peacetalks.registry.vocabulary import convert_entries, read_toml, require_known_keys


class Reason(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One reason: its id, the stage that gives it, and what it means to a reader."""

    id: str
    stage: str
    meaning: str


@cache
def load_reasons(path: Path | None = None) -> dict[str, Reason]:
    """Return the reasons by id; VocabularyError names file, entry and rule."""
    path = path or schema_folder() / "reasons.toml"
    document = read_toml(path)
    require_known_keys(path, document, {"reason"})
    return {reason.id: reason for reason in convert_entries(path, document, "reason", Reason)}
