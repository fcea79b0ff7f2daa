"""Keep the captures of one page together: whatever its site changed, no two splits may share a page."""

from collections.abc import Mapping, Sequence


def join_pages(clusters: Sequence[Sequence[str]], page_of: Mapping[str, str]) -> list[list[str]]:
    """Return the clusters, those joined that hold captures of one page; `page_of` is by article, where it is known."""
    home: dict[str, int] = {}  # of a page: the group that has it
    groups: dict[int, list[str]] = {}
    for number, members in enumerate(clusters):
        pages = {page_of[name] for name in members if name in page_of}
        groups[number] = list(members)
        for other in {home[page] for page in pages if page in home}:
            groups[number] += groups.pop(other)
        home |= {page_of[name]: number for name in groups[number] if name in page_of}
    return sorted(sorted(group) for group in groups.values())
