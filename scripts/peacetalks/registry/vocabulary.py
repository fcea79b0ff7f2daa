"""Read a table of a vocabulary file, with an error that names the file, the entry and the rule."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Protocol, TypeVar

import msgspec
import tomli
from msgspec import Meta

from peacetalks.errors import VocabularyError

# A folder that somebody else made is read in bounded time and memory; the largest of ours takes a third of this.
_LARGEST = 1_000_000  # bytes of a table
_LONGEST_LINE = 5_000  # bytes: the parser takes time by the square of the parts of a dotted key
_MOST = 5_000  # entries of one kind

Name = Annotated[str, Meta(min_length=1, max_length=300, pattern=r"\w")]  # what can be found in a text
Names = dict[str, list[Name]]  # by language tag, or by what they mean


class HasId(Protocol):
    """Anything with an id: what every entry of a vocabulary is."""

    @property
    def id(self) -> str:
        """The entry's id."""
        ...


Entry = TypeVar("Entry", bound=HasId)


def read_toml(path: Path) -> dict[str, Any]:
    """Return the parsed file; VocabularyError where it is missing, too large for a vocabulary, or no TOML."""
    data = read_bounded(path, _LARGEST)
    if max(map(len, data.split(b"\n"))) > _LONGEST_LINE:
        raise VocabularyError(f"{path.name}: a line of more than {_LONGEST_LINE:,} bytes; break it")
    try:
        return tomli.loads(data.decode("utf-8"))
    except RecursionError:
        raise VocabularyError(f"{path.name}: not valid TOML: nested too deeply") from None
    except ValueError as error:  # of its syntax, its encoding, or a number of thousands of digits
        raise VocabularyError(f"{path.name}: not valid TOML: {error}") from None


def read_bounded(path: Path, largest: int) -> bytes:
    """Return the bytes of a vocabulary file; VocabularyError where it is missing, no plain file, or larger."""
    if not path.exists():
        raise VocabularyError(f"{path}: no such vocabulary file")
    if not path.is_file():
        raise VocabularyError(f"{path}: is no plain file")
    with path.open("rb") as file:
        data = file.read(largest + 1)
    if len(data) > largest:
        raise VocabularyError(f"{path.name}: more than {largest:,} bytes; a vocabulary is smaller")
    return data


def convert_entries(path: Path, document: dict[str, Any], key: str, kind: type[Entry]) -> list[Entry]:
    """Return the entries of the array of tables `key`, each checked against `kind`, ids unique."""
    entries: list[Entry] = []
    tables = document.get(key, [])
    if not isinstance(tables, list) or not all(isinstance(raw, dict) for raw in tables):
        raise VocabularyError(f"{path.name}: {key} is no array of tables; write each as [[{key}]]")
    if len(tables) > _MOST:
        raise VocabularyError(f"{path.name}: {len(tables):,} tables {key}; at most {_MOST:,} are read")
    for position, raw in enumerate(tables, start=1):
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
