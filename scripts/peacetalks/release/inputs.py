"""Count what came into a release, and name it by a digest of all ids and sources."""

import hashlib

import pyarrow.compute as pc
from msgspec import Struct

from peacetalks._arrow import pa
from peacetalks.release.tables import Tables


class Captures(Struct, frozen=True, kw_only=True):
    """What came in: how many captures became articles and how many did not, and the digest of ids and sources."""

    kept: int
    excluded: int
    sha256: str


class InputCount:
    """What came in: each capture's id and source, sorted; parts are added in the order of their ids."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256()
        self._kept = self._excluded = 0

    def add(self, tables: Tables) -> None:
        """Count a part."""
        articles, excluded = ([*tables.get(name, {}).values()] for name in ("articles", "excluded"))
        self._kept += sum(table.num_rows for table in articles)
        self._excluded += sum(table.num_rows for table in excluded)
        both = pa.concat_tables(
            [table.select(["id", "source"]).replace_schema_metadata() for table in (*articles, *excluded)]
        )
        lines = pc.binary_join_element_wise(both["id"], " ", both["source"], "\n", "")
        self._digest.update("".join(sorted(lines.to_pylist())).encode())

    def finish(self) -> Captures:
        """Return the counts and the digest."""
        return Captures(kept=self._kept, excluded=self._excluded, sha256=self._digest.hexdigest())


def input_digest(captures: list[tuple[str, str]]) -> str:
    """Return the digest of what came in: each capture's id and source, sorted."""
    lines = "".join(f"{name} {source}\n" for name, source in sorted(captures))
    return hashlib.sha256(lines.encode()).hexdigest()
