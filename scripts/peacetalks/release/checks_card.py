"""Checks of the card of a release: that it names every data file as it is, and that they load by it."""

import os
import re
import tempfile
from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec
import yaml
from msgspec import Struct

from peacetalks._arrow import give_back
from peacetalks.release.batches import data_size
from peacetalks.release.opened import Opened
from peacetalks.release.schema import yaml_features

if TYPE_CHECKING:  # loading it takes memory, which only the last check needs
    from pyarrow.dataset import ParquetFragmentScanOptions

_BATCH = 1 << 19  # bytes of the rows that a loader takes at a time
_BATCHES = 1_000  # of a table, at most
_BUFFER = 1 << 16  # bytes of a column that it reads from a file at a time
_GLOB = re.compile(r"data/[a-z]+/(train|validation|test)-\*\.parquet")

_Found = tuple[int, str | None, str | None]  # rows, and the ids of the first and the last


class _File(Struct):
    split: str
    path: str


class _Config(Struct):
    config_name: str
    data_files: list[_File]
    version: str | None = None
    description: str | None = None


class _Split(Struct):
    name: str
    num_examples: int


class _Info(Struct):
    config_name: str
    features: list[object]
    splits: list[_Split]


class _Header(Struct):
    """What the checks ask of the YAML that the card starts with."""

    configs: list[_Config]
    dataset_info: list[_Info]


def loadable(release: Opened) -> Iterator[str]:
    """Require that the card's configs name every data file, and that load_dataset gives their rows, streamed too."""
    faults = list(_card_faults(release))
    yield from faults
    if faults:
        return
    os.environ.setdefault("HF_HUB_OFFLINE", "1")  # it is a folder: nothing is to be asked of anyone
    import datasets
    from datasets.exceptions import DatasetsError

    datasets.disable_progress_bars()
    give_back()  # what the checks before took, and Arrow keeps for a while
    folder = str(release.folder.resolve())
    for name, entry in release.manifest.tables.items():
        counted = {split: rows for split, rows in entry.rows.items() if rows}
        if not counted:
            continue
        key = "article" if name in ("mentions", "segments") else "id"
        batch = _batch_rows(release, name)
        try:
            found, streamed = _load(folder, name, key, batch), _stream(folder, name, key, batch)
        except (ValueError, TypeError, LookupError, AttributeError, OSError, yaml.YAMLError, DatasetsError) as error:
            yield f"{name}: load_dataset fails: {str(error).splitlines()[0] if str(error) else type(error).__name__}"
            continue
        for split, rows in counted.items():
            expected = (rows, *_ends(release, name, split, key))
            if found.get(split) != expected or streamed.get(split) != expected:
                yield f"{name}/{split}: load_dataset gives other rows than the file"


def _load(folder: str, name: str, key: str, batch: int) -> dict[str, _Found]:
    """Return what load_dataset finds in each split of a table, by the copy that it makes of it."""
    import datasets

    with tempfile.TemporaryDirectory(prefix="peacetalks-") as cache:
        loaded = datasets.load_dataset(
            folder, name, cache_dir=cache, batch_size=batch, writer_batch_size=batch, fragment_scan_options=_scan()
        )
        found = {split: (len(rows), rows[0][key], rows[-1][key]) for split, rows in loaded.items()}
        del loaded
    return found


def _stream(folder: str, name: str, key: str, batch: int) -> dict[str, _Found]:
    """Return the same of what load_dataset streams.

    It is read to its end: what goes on reading a file behind a stream that nobody reads any more may keep the process
    from ending.
    """
    import datasets

    found: dict[str, _Found] = {}
    streamed = datasets.load_dataset(folder, name, streaming=True, batch_size=batch, fragment_scan_options=_scan())
    for split, rows in streamed.items():
        for part in rows.with_format("arrow").iter(batch):
            if part.num_rows:
                before, first, _ = found.get(split, (0, part[key][0].as_py(), None))
                found[split] = before + part.num_rows, first, part[key][-1].as_py()
    return found


def _batch_rows(release: Opened, table: str) -> int:
    """Return how many rows of a table its loader is to take at a time.

    By its own choice it takes a row group, and reads on while it writes, until a gigabyte waits: it counts the whole
    group for each batch of it, so that many batches of a group are few that wait. Each costs a stretch of the copy as
    well, which is in memory once the copy is opened: so their number has a bound.
    """
    stored = [stored for (name, _), stored in release.tables.items() if name == table]
    rows = sum(split.rows for split in stored)
    size = sum(data_size(path) for split in stored for path in split.paths)
    return max(1, rows * _BATCH // max(1, size), rows // _BATCHES)


def _scan() -> "ParquetFragmentScanOptions":
    """Return the options to read a file by: some pages of a column at a time, and not all of a row group."""
    from pyarrow.dataset import ParquetFragmentScanOptions

    return ParquetFragmentScanOptions(use_buffered_stream=True, buffer_size=_BUFFER, pre_buffer=False)


def _ends(release: Opened, table: str, split: str, column: str) -> tuple[str, str]:
    """Return the first and the last value of a column that is a text."""
    ends = [
        (batch[column][0].as_py(), batch[column][-1].as_py())
        for _, batch in release.batches(table, column, split=split)
    ]
    return ends[0][0], ends[-1][1]


def _card_faults(release: Opened) -> Iterator[str]:
    path = release.folder / "README.md"
    try:
        header = msgspec.convert(yaml.safe_load(path.read_text("utf-8").split("---\n")[1]), _Header)
    except (OSError, ValueError, LookupError, RecursionError, yaml.YAMLError, msgspec.ValidationError) as error:
        yield f"README.md: its header can't be read: {type(error).__name__}"
        return
    yield from _odd_files(release, header)
    yield from _odd_configs(release, header)
    for info in header.dataset_info:
        name = info.config_name
        if release.is_current(name) and info.features != yaml_features(name, release.manifest.edition):
            yield f"{name}: dataset_info has other features than the files"
        for split in info.splits:
            table = release.tables.get((name, split.name))
            if table is None or table.rows != split.num_examples:
                yield f"{name}/{split.name}: dataset_info counts {split.num_examples} rows"


def _odd_files(release: Opened, header: _Header) -> Iterator[str]:
    named = {(config.config_name, file.split) for config in header.configs for file in config.data_files}
    for name in sorted({file.path for config in header.configs for file in config.data_files}):
        if not _GLOB.fullmatch(name):
            yield f"README.md: {name!r} is not data/<table>/<split>-*.parquet"
        elif not any(release.folder.glob(name)):
            yield f"README.md: {name} matches no file"
    with_rows = {key for key, table in release.tables.items() if table.rows}
    yield from (f"{'/'.join(key)}: has rows, but no config names it" for key in sorted(with_rows - named))
    yield from (f"{'/'.join(key)}: a config names it, but it has no rows" for key in sorted(named - with_rows))


def _odd_configs(release: Opened, header: _Header) -> Iterator[str]:
    for config in header.configs:
        entry = release.manifest.tables.get(config.config_name)
        if config.version != release.manifest.version:
            yield f"config {config.config_name}: version {config.version}, not {release.manifest.version}"
        if entry is None or config.description != f"sha256-{entry.digest}":
            yield f"config {config.config_name}: its description is not the digest of its rows"
