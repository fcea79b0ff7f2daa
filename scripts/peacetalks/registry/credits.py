"""The words by which pages credit sources and persons, from credits.toml."""

from functools import cache
from pathlib import Path

import msgspec
from msgspec import Struct

from peacetalks._files import schema_folder
from peacetalks.errors import VocabularyError
from peacetalks.registry.vocabulary import read_toml

Words = dict[str, list[str]]


class Credits(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole of credits.toml; each table is keyed by language."""

    source: Words
    desk: Words
    helped: Words
    photo: Words
    by: Words
    writers: Words
    agency_writers: Words
    helpers: Words
    joiners: Words
    ends: Words
    after_name: Words
    not_names: Words
    not_bare: Words
    particles: Words
    copyright: Words
    own: Words
    service: Words


@cache
def load_credits(path: Path | None = None) -> Credits:
    """Return the validated table; VocabularyError names file and rule. Default: the package's own."""
    path = path or schema_folder() / "credits.toml"
    try:
        return msgspec.convert(read_toml(path), Credits)
    except msgspec.ValidationError as error:
        raise VocabularyError(f"{path.name}: {error}") from None


def all_words(table: Words) -> list[str]:
    """Return the words of every language of a table, each once, in order."""
    return list(dict.fromkeys(word for words in table.values() for word in words))
