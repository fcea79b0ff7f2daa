"""Read a table of a vocabulary file, with an error that names the file, the entry and the rule."""

import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Protocol, TypeVar

import msgspec

from peacetalks.errors import VocabularyError


class HasId(Protocol):
    """Anything with an id: what every entry of a vocabulary is."""

    @property
    def id(self) -> str:
        """The entry's id."""
        ...


Entry = TypeVar("Entry", bound=HasId)


def read_toml(path: Path) -> dict[str, Any]:
    """Return the parsed file; VocabularyError where it is missing or is no TOML."""
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise VocabularyError(f"{path}: no such vocabulary file") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise VocabularyError(f"{path.name}: not valid TOML: {error}") from None


def convert_entries(path: Path, document: dict[str, Any], key: str, kind: type[Entry]) -> list[Entry]:
    """Return the entries of the array of tables `key`, each checked against `kind`, ids unique."""
    entries: list[Entry] = []
    for position, raw in enumerate(document.get(key, []), start=1):
        name = raw.get("id", f"number {position}")
        try:
            entries.append(msgspec.convert(raw, kind))
        except msgspec.ValidationError as error:
            raise VocabularyError(f"{path.name}: {key} {name!r}: {error}") from None
    require_unique(path, key, (entry.id for entry in entries))
    return entries


def require_unique(path: Path, key: str, ids: Iterable[str]) -> None:
    """Raise VocabularyError for the first id that appears twice."""
    seen: set[str] = set()
    for name in ids:
        if name in seen:
            raise VocabularyError(f"{path.name}: {key} {name!r} appears twice; ids are unique")
        seen.add(name)


def require_known_keys(path: Path, document: dict[str, Any], known: set[str]) -> None:
    """Raise VocabularyError for a top-level table that no one reads: a misspelt one would be lost silently."""
    for key in document:
        if key not in known:
            raise VocabularyError(f"{path.name}: unknown table {key!r}; known are {', '.join(sorted(known))}")
