"""The words by which news describe a conference without its name, per language, from mentions.toml."""

import re
from functools import cache
from pathlib import Path

import msgspec
from msgspec import Struct

from peacetalks._files import schema_folder
from peacetalks.errors import VocabularyError
from peacetalks.registry.actors import Term
from peacetalks.registry.vocabulary import Names, read_toml, require_unique


class Language(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How descriptions are built in one language: what joins words, and which words stand around a head noun.

    `before` and `after` are regular expressions for what may be joined to a word; a group named `clitic` in `before`
    marks what is no part of the noun. `ordinal` holds the number in its first group, and `nominative` tells how the
    name of a person ends who is no genitive after a noun. `pronouns` begin a relative clause.
    `late_verbs` are verbs of meeting that may stand behind their place and day where others stand before them.
    """

    id: str
    after: str
    ordinal: str
    before: str = ""
    ending: str = ""
    nominative: str = ""
    definite: list[str] = []
    determiners: list[str] = []
    demonstratives: list[str] = []
    pronouns: list[str] = []
    negatives: list[str] = []
    contracted: list[str] = []
    partitive: list[str] = []
    copulas: list[str] = []
    owners: list[str] = []
    links: list[str] = []
    genitives: list[str] = []
    locatives: list[str] = []
    participles: list[str] = []
    participle_links: list[str] = []
    companions: list[str] = []
    sequels: list[str] = []
    epithets: list[str] = []
    inflection: str = ""
    adjective: str = ""
    conjunctions: list[str] = []
    modifiers: list[str] = []
    adjective_endings: list[str] = []
    stops: list[str] = []
    units: list[str] = []
    some: list[str] = []
    abbreviations: list[str] = []
    articles: bool = True
    compounds: bool = False
    fixed_phrases: bool = False
    verb_last: bool = False
    late_verbs: list[str] = []
    open_party: bool = False
    joined_article: str = ""
    before_head: list[str] = []
    after_head: list[str] = []


class Grammar(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole of mentions.toml."""

    languages: list[Language] = msgspec.field(name="language")
    terms: list[Term] = msgspec.field(name="term")
    ordinals: Names
    counts: Names
    months: Names
    weekdays: Names
    fits: dict[str, dict[str, float]]
    priors: dict[str, float]
    tags: dict[str, str]
    weights: dict[str, float]

    def language(self, name: str) -> Language:
        """Return the language of a BCP 47 tag by its first subtag, or English where it has no grammar."""
        primary = name.split("-")[0].lower()
        return next((entry for entry in self.languages if entry.id == primary), self.languages[0])


@cache
def load_grammar(path: Path | None = None) -> Grammar:
    """Return the validated grammar; VocabularyError names file, entry and rule. Default: the package's own."""
    path = path or schema_folder() / "mentions.toml"
    try:
        grammar = msgspec.convert(read_toml(path), Grammar)
    except msgspec.ValidationError as error:
        raise VocabularyError(f"{path.name}: {error}") from None
    require_unique(path, "language", (entry.id for entry in grammar.languages))
    for language in grammar.languages:
        for key in ("before", "after", "ending", "ordinal", "inflection", "adjective"):
            _require_expression(path, language.id, key, getattr(language, key))
    return grammar


def _require_expression(path: Path, language: str, key: str, expression: str) -> None:
    try:
        re.compile(expression)
    except re.error as error:
        raise VocabularyError(f"{path.name}: language {language!r}: {key}: {error}") from None
