"""Outlets and agencies, from outlets.toml and agencies.toml."""

from functools import cache, cached_property
from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta, Struct

from peacetalks._files import schema_folder
from peacetalks.errors import VocabularyError
from peacetalks.registry.vocabulary import convert_entries, read_toml, require_known_keys

Id = Annotated[str, Meta(pattern="^[a-z0-9]+(-[a-z0-9]+)*$")]
Place = Literal["copyright", "byline", "dateline", "source-line", "furniture", "credit"]


class Mark(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A trace by which a page is known in plain text.

    `text` is matched as a whole phrase, case folded, or, where it has placeholders such as {date}, as a whole line;
    `place` says where it counts; `weight` is its evidence, 0 to 1.
    """

    text: str
    place: Place
    weight: Annotated[float, Meta(gt=0, le=1)]


class Outlet(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A publisher of pages, or an agency whose texts others carry.

    `common_word` says that the name is also a word of running text: a line that merely holds it is no evidence.
    `agency` is the one that an outlet is or usually carries: where a page's credit is in doubt, it tips the scale.
    `wholesale` says that its texts are read on the pages of others: a copyright line of it credits, and names no page.
    """

    id: Id
    name: str
    kind: Literal[
        "agency", "broadcaster", "daily", "weekly", "magazine", "portal", "aggregator", "official", "think-tank", "blog"
    ]
    country: Annotated[str, Meta(pattern="^[A-Z]{2}$")] | None = None
    languages: list[str] = []
    names: dict[str, list[str]] = {}
    hosts: list[Annotated[str, Meta(pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+)+$")]] = []
    marks: list[Mark] = []
    agency: str | None = None
    rights: str = "all-rights-reserved"
    common_word: bool = False
    wholesale: bool = False

    @property
    def all_names(self) -> list[str]:
        """Every name that a page may use, the English one first."""
        return [self.name, *(name for names in self.names.values() for name in names)]


class Outlets(Struct, frozen=True, kw_only=True, dict=True):
    """All outlets and agencies by id; an agency may publish pages of its own, and an id stands in one table only."""

    outlets: dict[str, Outlet]
    agencies: dict[str, Outlet]

    @property
    def entries(self) -> list[Outlet]:
        """Every outlet and agency, the agencies first."""
        return [*self.agencies.values(), *self.outlets.values()]

    def get(self, name: str | None) -> Outlet | None:
        """Return the outlet or agency of that id, or None."""
        if name is None:
            return None
        return self.outlets.get(name) or self.agencies.get(name)

    def of_host(self, host: str) -> Outlet | None:
        """Return the outlet or agency that has a host or a domain above it, or None."""
        while host:
            if host in self._owners:
                return self._owners[host]
            host = host.partition(".")[2]
        return None

    @cached_property
    def _owners(self) -> dict[str, Outlet]:
        return {host: entry for entry in self.entries for host in entry.hosts}


@cache
def load_outlets(folder: Path | None = None) -> Outlets:
    """Return the validated vocabularies of a folder; VocabularyError names file, entry and rule."""
    folder = folder or schema_folder()
    outlets = _load(folder / "outlets.toml", "outlet")
    agencies = _load(folder / "agencies.toml", "agency")
    for entry in outlets.values():
        if entry.id in agencies:
            raise VocabularyError(f"outlets.toml: id {entry.id!r} is already that of an agency; ids are unique")
    owners: dict[str, str] = {}
    for path, table in ((folder / "outlets.toml", outlets), (folder / "agencies.toml", agencies)):
        for entry in table.values():
            for host in entry.hosts:
                if host in owners:
                    raise VocabularyError(
                        f"{path.name}: host {host!r} of {entry.id!r} is already that of {owners[host]!r}"
                    )
                owners[host] = entry.id
    for entry in outlets.values():
        if entry.agency is not None and entry.agency not in agencies:
            raise VocabularyError(f"outlets.toml: outlet {entry.id!r}: agency {entry.agency!r} is no agency")
    return Outlets(outlets=outlets, agencies=agencies)


def _load(path: Path, key: str) -> dict[str, Outlet]:
    document = read_toml(path)
    require_known_keys(path, document, {key})
    return {entry.id: entry for entry in convert_entries(path, document, key, Outlet)}
