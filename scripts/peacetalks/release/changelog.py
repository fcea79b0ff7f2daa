"""Render the changelog of a release from what differs from the release before."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from peacetalks.curate.splits import Leak
from peacetalks.release.versions import Diff, TableDiff

_MOST = 50  # rows that are named one by one before the rest is counted

_RULE = (
    "PATCH: the same data. MINOR: additions that leave the old data as it was. MAJOR: rows edited, removed or moved.\n"
)


def render_changelog(version: str, parent: Path | None, diff: Diff, leaks: Sequence[Leak]) -> str:
    """Return CHANGELOG.md of a release: this version first, then what the parent's said of the versions before."""
    if parent is None:
        return f"# Changelog\n\n{_RULE}\n## {version}\n\nThe first of its line: there is nothing to compare it with.\n"
    lines = [f"A {diff.bump} change since {parent.name}."]
    for name, table in diff.tables.items():
        lines += [f"\n### {name}\n", *_table_lines(table)]
    if not diff.tables:
        lines.append("No row differs.")
    lines += [
        f"- cluster {leak.cluster} grew together over splits ({_sizes(leak)}): {len(leak.withheld)} withheld"
        for leak in leaks
    ]
    old = (parent / "CHANGELOG.md").read_text("utf-8").split("\n## ", 1)[-1]
    return f"# Changelog\n\n{_RULE}\n## {version}\n\n" + "\n".join(lines) + f"\n\n## {old}"


def _table_lines(table: TableDiff) -> list[str]:
    fields = Counter(correction.field for found in table.corrected.values() for correction in found)
    lines = [
        *_named("added", table.added, table.count("added")),
        *_named("removed", table.removed, table.count("removed")),
        *_named("moved", [f"{key} ({old} to {new})" for key, (old, new) in table.moved.items()], table.count("moved")),
        *_named(
            "corrected",
            [f"{key} ({', '.join(found.field for found in table.corrected[key])})" for key in table.corrected],
            table.count("corrected"),
        ),
    ]
    if fields:
        lines.append(f"- fields corrected: {', '.join(f'{name} ({n})' for name, n in sorted(fields.items()))}")
    if table.columns:
        lines.append(f"- columns: {', '.join(table.columns)}")
    return lines


def _named(word: str, keys: Sequence[str], count: int) -> list[str]:
    if not count:
        return []
    more = f" and {count - _MOST} more" if count > _MOST else ""
    return [f"- {word} {count}: {', '.join(keys[:_MOST])}{more}"]


def _sizes(leak: Leak) -> str:
    return ", ".join(f"{split} {count}" for split, count in leak.sizes.items())
