"""Find the names and marks of outlets and agencies in a line: one compiled matcher for all of them."""

from functools import cache

from ahocorasick_rs import AhoCorasick, MatchKind
from msgspec import Struct

from peacetalks.annotate.fold import fold
from peacetalks.registry.outlets import Mark, Outlet, Outlets

_CJK = range(0x3040, 0xA000)


class Found(Struct, frozen=True):
    """A name, or a mark, of an outlet between two offsets of a folded line."""

    start: int
    end: int
    outlet: Outlet
    mark: Mark | None


class OutletNames:
    """The compiled names and marks of a vocabulary."""

    def __init__(self, outlets: Outlets) -> None:
        """Compile every name, and every mark without placeholders."""
        self.outlets = outlets
        self.hosts = {host: entry for entry in outlets.entries for host in entry.hosts}
        self.shapes = [(entry, mark) for entry in outlets.entries for mark in entry.marks if "{" in mark.text]
        owners: dict[str, list[tuple[Outlet, Mark | None]]] = {}
        for entry in outlets.entries:
            for name in entry.all_names:
                _add(owners.setdefault(fold(name), []), entry, None)
            for mark in entry.marks:
                if "{" not in mark.text:
                    _add(owners.setdefault(fold(mark.text), []), entry, mark)
        self._owners = list(owners.values())
        self._patterns = list(owners)
        self._matcher = AhoCorasick(self._patterns, matchkind=MatchKind.Standard)

    def find(self, folded: str) -> list[Found]:
        """Return the names and marks that stand in a folded line as whole words; a longer name hides those in it."""
        hits = [
            hit
            for hit in self._matcher.find_matches_as_indexes(folded, overlapping=True)
            if _is_whole(folded, hit[1], hit[2])
        ]
        found: list[Found] = []
        for number, start, end in hits:
            hidden = any(s <= start and end <= e and e - s > end - start for _, s, e in hits)
            owners = self._owners[number]
            found += [Found(start, end, outlet, mark) for outlet, mark in owners if mark or not hidden]
        return found

    def named(self, text: str) -> Outlet | None:
        """Return the outlet whose name a text is, or None where it is no name or that of several."""
        folded = fold(text).strip(" .,:;|-*\"'[](){}/")
        owners = {
            hit.outlet.id: hit.outlet
            for hit in self.find(folded)
            if hit.mark is None and hit.end - hit.start == len(folded)
        }
        return next(iter(owners.values())) if len(owners) == 1 else None


def outlet_names(outlets: Outlets) -> OutletNames:
    """Return the compiled names of a vocabulary, compiled once for as long as it is the same object."""
    return _by_identity(_Identity(outlets))


class _Identity:
    """A vocabulary as a key: two are the same if they are one object."""

    def __init__(self, outlets: Outlets) -> None:
        self.outlets = outlets

    def __hash__(self) -> int:
        return id(self.outlets)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Identity) and other.outlets is self.outlets


@cache
def _by_identity(key: _Identity) -> OutletNames:
    return OutletNames(key.outlets)


def _add(owners: list[tuple[Outlet, Mark | None]], entry: Outlet, mark: Mark | None) -> None:
    if all(owner.id != entry.id or known is not mark for owner, known in owners):
        owners.append((entry, mark))


def _is_whole(folded: str, start: int, end: int) -> bool:
    before, after = folded[start - 1 : start], folded[end : end + 1]
    return not (_joins(before, folded[start]) or _joins(folded[end - 1], after))


def _joins(left: str, right: str) -> bool:
    """Tell whether two neighbouring characters are of one word; Chinese and Japanese do not part words."""
    if not left or not right or not (left.isalnum() and right.isalnum()):
        return False
    return not (ord(left) in _CJK and ord(right) in _CJK)
