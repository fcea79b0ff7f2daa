"""Tell the names and marks of outlets and agencies in a line."""

from msgspec import Struct

from peacetalks.annotate.fold import fold
from peacetalks.annotate.whole_words import Hit
from peacetalks.registry.outlets import Mark, Outlet, Outlets

_SHORT = 2  # letters: "AP", "MK", "TN" stand for much else
_LONG_NAME = 2  # blanks of a name too long to be words of running text
_ACRONYM = 4  # letters of a name that counts only in capitals
_REMEMBERED = 8192  # texts that were asked for: parts of furniture, which a site repeats, and of bylines
_LONGEST = 120  # letters of a text that is remembered
_AROUND = " .,:;|-*\"'[](){}/\u060c\u061b、。：；（）【】·•_»«>"


class Found(Struct, frozen=True, gc=False):
    """A name, or a mark, of an outlet between two offsets of a folded line.

    `weak` says that the name may mean something else where nothing but its letters speaks for it, `word` that it is a
    word of running text, `capitals` that it stands in capitals.
    """

    start: int
    end: int
    outlet: Outlet
    mark: Mark | None
    weak: bool
    word: bool = False
    capitals: bool = False

    def moved(self, by: int) -> "Found":
        """Return the same with its offsets moved."""
        return Found(self.start + by, self.end + by, self.outlet, self.mark, self.weak, self.word, self.capitals)


class _Owner(Struct, frozen=True):
    outlet: Outlet
    mark: Mark | None
    weak: bool
    word: bool
    lower: bool  # it is written without a capital, as agencies' letters and some papers' names are
    acronym: bool

    def is_miswritten(self, text: str) -> bool:
        """Tell whether a text lacks the capitals that the name has."""
        return not self.lower and (text[0].islower() or (self.acronym and text.upper() != text))


class OutletNames:
    """The compiled names, hosts and marks of a vocabulary."""

    def __init__(self, outlets: Outlets) -> None:
        """Compile every name, and every mark without placeholders."""
        self.outlets = outlets
        self.shapes = [(entry, mark) for entry in outlets.entries for mark in entry.marks if "{" in mark.text]
        self._owners: dict[str, list[_Owner]] = {}
        for entry in outlets.entries:
            for name in entry.all_names:
                self._add(name, entry, None)
            for mark in entry.marks:
                if "{" not in mark.text:
                    self._add(mark.text, entry, mark)
        self.folded = tuple(self._owners)
        self._by_number = tuple(self._owners.values())
        self._named: dict[tuple[str, str | None], Found | None] = {}

    def found(self, hits: list[Hit], text: str) -> list[Found]:
        """Return the names and marks that hits in a text are, in order; a longer name hides those in it.

        Each hit is the number of a name in `folded` and two offsets, of whole words.
        """
        found: list[Found] = []
        reach = 0
        for number, start, end in sorted(hits, key=lambda hit: (hit[1], -hit[2], hit[0])):
            hidden, reach = end <= reach, max(reach, end)
            piece = text[start:end]
            capitals = piece.isupper()
            found += [
                Found(start, end, owner.outlet, owner.mark, owner.weak, owner.word, capitals)
                for owner in self._by_number[number]
                if owner.mark is not None or not (hidden or owner.is_miswritten(piece))
            ]
        return found

    def named(self, text: str, language: str | None = None) -> Found | None:
        """Return the outlet whose name, or whose host, a text is; None where it is neither, or that of several.

        Of several with the same name, the one that publishes in `language` is meant.
        """
        if len(text) > _LONGEST:
            return self._find_named(text, language)
        asked = text, language
        if asked not in self._named:
            if len(self._named) == _REMEMBERED:
                self._named.clear()
            self._named[asked] = self._find_named(text, language)
        return self._named[asked]

    def host_owner(self, host: str) -> Outlet | None:
        """Return the outlet that owns a host or a domain above it."""
        return self.outlets.of_host(host)

    def _find_named(self, text: str, language: str | None) -> Found | None:
        bare = text.strip(_AROUND)
        if not bare:
            return None
        folded = fold(bare)
        owners = [
            owner for owner in self._owners.get(folded, []) if owner.mark is None and not owner.is_miswritten(bare)
        ]
        if len(owners) > 1 and language is not None:
            owners = [owner for owner in owners if language.partition("-")[0] in owner.outlet.languages]
        if len(owners) == 1:
            return Found(0, len(bare), owners[0].outlet, None, owners[0].weak, owners[0].word, bare.isupper())
        host = self.host_owner(folded) if "." in folded and " " not in folded else None
        return None if host is None else Found(0, len(bare), host, None, weak=False)

    def _add(self, name: str, entry: Outlet, mark: Mark | None) -> None:
        owners = self._owners.setdefault(fold(name), [])
        known = next((owner for owner in owners if owner.outlet.id == entry.id and owner.mark is mark), None)
        if known is not None:
            owners.remove(known)
        short = name.isascii() and len(name) <= _SHORT
        acronym = len(name) <= _ACRONYM and name.isupper()
        lower = (known is not None and known.lower) or name[0].islower() or (entry.wholesale and acronym) or "." in name
        word = entry.common_word and name.isalpha() and not acronym
        weak = short or (entry.common_word and name.count(" ") < _LONG_NAME)
        owners.append(_Owner(entry, mark, weak, word, lower, acronym))


def outlet_names(outlets: Outlets) -> OutletNames:
    """Return the compiled names of a vocabulary, compiled once for as long as it is the same object."""
    names = _COMPILED.get(id(outlets))
    if names is None:
        names = _COMPILED[id(outlets)] = OutletNames(outlets)
    return names


_COMPILED: dict[int, OutletNames] = {}  # each holds its vocabulary, so that the id stays its own
