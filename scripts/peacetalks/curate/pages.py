"""Keep the captures of one page together: whatever its site changed, no two splits may share a page."""

from collections.abc import Mapping, Sequence


def join_pages(clusters: Sequence[Sequence[str]], page_of: Mapping[str, str]) -> list[list[str]]:
    """Return the clusters, those joined that hold captures of one page; `page_of` is by article, where it is known."""
    group_of: dict[str, list[str]] = {}
    groups: list[list[str]] = []
    for members in clusters:
        group = list(members)
        for page in sorted({page_of[name] for name in members if name in page_of}):
            other = group_of.get(page)
            if other is not None and other is not group:
                groups.remove(other)
                group += other
        for name in group:
            if name in page_of:
                group_of[page_of[name]] = group
        groups.append(group)
    return sorted(sorted(group) for group in groups)
