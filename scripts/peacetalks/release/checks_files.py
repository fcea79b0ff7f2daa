"""Checks of a release's files: that they are those of the manifest, open, and have the schema that they declare."""

import re
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

import jsonschema

from peacetalks._arrow import pa
from peacetalks.curate.version_names import is_version, version_key
from peacetalks.errors import ReleaseError
from peacetalks.release.batches import read_stretches
from peacetalks.release.folder import release_digest
from peacetalks.release.lines import RowsDigest
from peacetalks.release.manifest import FORMAT, NAME, SEAL, seal
from peacetalks.release.opened import Opened, Row
from peacetalks.release.schema import TABLE_NAMES, arrow_schema

_PLAIN = r"[A-Za-z0-9][A-Za-z0-9._-]*"
_NAME = re.compile(rf"{_PLAIN}(/{_PLAIN})*|\.zenodo\.json")
_DATA = re.compile(r"data/([a-z]+)/(train|validation|test)-(\d{5})-of-(\d{5})\.parquet")
_LEFTOVER = re.compile(r".*\.(tmp|partial|incomplete)|.*\.lock")
_STRETCH = 1_000_000  # bytes of the files of a table that are made into lines at a time
_SHA256 = re.compile(r"[0-9a-f]{64}")


def files_exact(release: Opened) -> Iterator[str]:
    """Require that the manifest lists exactly the files that are there, none of them empty or a leftover."""
    there, listed = release.files, release.manifest.files
    yield from (f"{name}: is listed, but missing" for name in sorted(listed.keys() - there.keys()))
    yield from (f"{name}: is there, but not listed" for name in sorted(there.keys() - listed.keys()))
    yield from (f"{name}: has no bytes" for name, entry in there.items() if not entry.bytes)
    yield from (f"{name}: is what an interrupted writer left" for name in there if _LEFTOVER.fullmatch(name))


def file_hash(release: Opened) -> Iterator[str]:
    """Require that files and tables have the digests of the manifest, and the manifest that of its seal."""
    sealed = release.folder / SEAL
    if not sealed.exists() or sealed.read_bytes() != seal((release.folder / NAME).read_bytes()):
        yield f"{SEAL}: is not the digest of {NAME}"
    there = release.files
    for name, entry in release.manifest.files.items():
        found = there.get(name, entry)
        if found != entry:
            yield f"{name}: is {found.sha256[:16]}, {found.bytes} bytes; listed {entry.sha256[:16]}, {entry.bytes}"
    for name, table in release.manifest.tables.items():
        if not _has_digest(release, name, table.digest):
            yield f"{name}: the digest of its rows is not the manifest's"
    if release.manifest.digest != release_digest(release.manifest.tables):
        yield "the release's digest is not that of its tables' digests"


def parquet_open(release: Opened) -> Iterator[str]:
    """Require that every Parquet file opens, its page checksums hold, and its values decode."""
    yield from (f"{name}: {reason}" for name, reason in release.unreadable.items())


def manifest_schema(release: Opened) -> Iterator[str]:
    """Require that the manifest's version is that of its folder and above its parent's, and its digests are such."""
    manifest = release.manifest
    name = release.folder.resolve().name
    if manifest.format > FORMAT:
        yield f"format {manifest.format} is newer than this program knows ({FORMAT}): use a newer one"
    try:
        version = version_key(manifest.version)
    except ReleaseError as error:
        yield str(error)
        return
    if is_version(name) and name != manifest.version:  # a published copy stands in a folder of any name
        yield f"the folder is {name!r}, the version {manifest.version!r}"
    if manifest.parent is not None and not is_version(manifest.parent.version):
        yield f"parent {manifest.parent.version!r}: expected MAJOR.MINOR.PATCH"
    elif manifest.parent is not None and version_key(manifest.parent.version) >= version:
        yield f"version {manifest.version} is not above that of its parent, {manifest.parent.version}"
    digests = {
        "inputs": manifest.inputs.sha256,
        "gold": manifest.inputs.gold,
        "takedowns": manifest.inputs.takedowns,
        "lock": manifest.provenance.lock,
        **manifest.provenance.vocabularies,
    }
    yield from (f"{key}: {value!r} is no SHA-256" for key, value in digests.items() if value and not _is_digest(value))
    for library in ("peacetalks", "pyarrow", "unicode"):
        if library not in manifest.provenance.made_with:
            yield f"made_with does not name {library}"


def names_safe(release: Opened) -> Iterator[str]:
    """Require that paths are relative and plain, data files named by table and split."""
    numbers: dict[tuple[str, str, int], set[int]] = defaultdict(set)
    for name in release.manifest.files:
        if not _NAME.fullmatch(name):
            yield f"{name!r}: not a plain relative path"
        elif name.startswith("data/"):
            match = _DATA.fullmatch(name)
            if match is None or match[1] not in TABLE_NAMES:
                yield f"{name}: expected data/<table>/<split>-NNNNN-of-NNNNN.parquet"
            else:
                numbers[match[1], match[2], int(match[4])].add(int(match[3]))
    for (table, split, of), found in numbers.items():
        if found != set(range(of)) or sum(key[:2] == (table, split) for key in numbers) > 1:
            yield f"data/{table}: the files of {split} are not those from 0 to {of - 1} of {of}"


def schema_exact(release: Opened) -> Iterator[str]:
    """Require that every file has the columns of its own release's schema, and every table of the manifest a file.

    Where that schema is the program's own, types, nullability and metadata have to be the same as well. An older one
    may lack what came later, if that may be empty, and has to mean the same by what it shares.
    """
    edition = release.manifest.edition
    for (name, split), table in release.tables.items():
        declared = release.columns(name)
        if name not in TABLE_NAMES:
            yield f"{name}: is no table that this program knows"
        elif declared is None or not _is_schema(release.schemas[name]):
            yield f"schema/{name}.schema.json: is missing or no JSON Schema"
        elif set(table.schema.names) != set(declared):
            odd = sorted(set(table.schema.names) ^ set(declared))
            yield f"{name}/{split}: columns are not those of schema/{name}.schema.json: {', '.join(odd)}"
        elif release.is_current(name) and not table.schema.equals(arrow_schema(name, edition), check_metadata=True):
            yield f"{name}/{split}: its schema is not the declared one"
        elif not release.is_current(name):
            yield from (
                f"{name}/{split}: {column} is not what it is in format {FORMAT}"
                for column in _unlike(arrow_schema(name, edition), table.schema)
            )
        yield from (
            f"{name}/{split}: {field.name} has no type" for field in table.schema if pa.types.is_null(field.type)
        )
    for name in release.manifest.tables:
        if not any(table == name for table, _ in release.tables):
            yield f"{name}: has no file"


def row_counts(release: Opened) -> Iterator[str]:
    """Require that files have the rows that the manifest counts."""
    counted = {(n, s): rows for n, entry in release.manifest.tables.items() for s, rows in entry.rows.items()}
    found = {key: table.rows for key, table in release.tables.items()}
    for key in sorted(counted.keys() | found.keys()):
        if counted.get(key) != found.get(key):
            yield f"{'/'.join(key)}: {found.get(key)} rows, the manifest counts {counted.get(key)}"


def _has_digest(release: Opened, name: str, digest: str) -> bool:
    """Return whether the rows of a table have a digest: read in order if that gives it, or sorted on disk.

    The digest of lines as they come is that of the sorted ones only where they come in order.
    """
    sources = release.sources(name)
    for in_order in (True, False):
        with tempfile.TemporaryDirectory(prefix="peacetalks-") as scratch:
            found = RowsDigest(Path(scratch), name, in_order=in_order)
            for part in read_stretches(sources, _STRETCH):
                found.add([*part[name].values()])
            if found.finish() == digest:
                return True
    return False


def _is_schema(schema: Row) -> bool:
    try:
        jsonschema.Draft202012Validator.check_schema(schema)
    except jsonschema.SchemaError:
        return False
    return True


def _unlike(known: Iterable[pa.Field], older: pa.Schema | pa.StructType) -> Iterator[str]:
    """Yield the fields that an older table has not as they are known, or that it lacks though they can't be empty."""
    there = {field.name: field for field in older}
    for field in known:
        old = there.get(field.name)
        if old is None:
            alike = field.nullable or pa.types.is_list(field.type)
        else:
            alike = _means_the_same(field.type, old.type) and (field.nullable or not old.nullable)
        if not alike:
            yield field.name


def _means_the_same(known: pa.DataType, older: pa.DataType) -> bool:
    if pa.types.is_list(known):
        return pa.types.is_list(older) and _means_the_same(known.value_type, older.value_type)
    if pa.types.is_struct(known):
        return pa.types.is_struct(older) and not [*_unlike(known, older)]
    return bool(known == older)


def _is_digest(value: str) -> bool:
    return _SHA256.fullmatch(value) is not None
