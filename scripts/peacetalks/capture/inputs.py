"""Turn what is named on a command line into pages: files, folders, patterns and addresses, whatever they hold."""

import glob
import io
import os
import re
import stat
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from msgspec import Struct, structs

from peacetalks.capture.cutter import Lost, Record
from peacetalks.capture.formats import HEAD, READABLE, Format, find_format
from peacetalks.capture.members import Packed
from peacetalks.capture.names import visible
from peacetalks.capture.packed import claim_page, name_packed
from peacetalks.capture.pages import PageFile, RawPage
from peacetalks.capture.records import sort_record
from peacetalks.capture.stores import fetch_object, find_objects, is_address, open_object, reading, show
from peacetalks.capture.streams import look_ahead, read_up_to, seekable
from peacetalks.capture.tables import Columns, read_lines
from peacetalks.capture.text import MAX_BYTES, exclude
from peacetalks.capture.warc import read_records
from peacetalks.errors import CaptureError, InputError
from peacetalks.record import Excluded

_SMALL = 1 << 20  # bytes of an object that is fetched at once
_SMALL_TEXT = 100_000  # bytes of a plain-text page that needs no worker of its own
_FETCHERS = 16
_PATTERN = re.compile(r"[*?\[]")


class InputFile(Struct, frozen=True):
    """One file to read: its path or address, the name that it goes by, and the folder that it may not lead out of."""

    address: str
    source: str
    root: str | None = None
    columns: Columns = Columns()
    size: int | None = None


class Place(Struct):
    """How far the files are read: the bytes of those that are done, and of the one under way, packed as they are."""

    done: int = 0
    here: int = 0

    @property
    def bytes(self) -> int:
        """The bytes that are read so far."""
        return self.done + self.here


def total_size(files: Sequence[InputFile]) -> int | None:
    """Return the bytes of all files, packed as they are; None where a store tells no size, or a file is gone."""
    try:
        sizes = [file.size if file.root is None else Path(file.address).stat().st_size for file in files]
    except OSError:
        return None
    return None if None in sizes else sum(size for size in sizes if size is not None)


def find_files(inputs: Sequence[str | Path], columns: Columns | None = None) -> list[InputFile]:
    """Return the files that paths, patterns and addresses name, each folder in sorted order.

    Hidden files (a leading dot) are no captures: operating systems leave them behind. InputError where there is none.
    """
    files: list[InputFile] = []
    for name in map(str, inputs):
        if is_address(name) and not name.startswith("file:///"):
            stored = [item for item in find_objects(name) if not _is_hidden(item.name)]
            found = [InputFile(item.address, item.name, size=item.size) for item in stored]
        else:
            found = _find_local(name.removeprefix("file://"))
        if not found:
            raise InputError(f"{show(name)}: the folder holds no captures; expected {READABLE} files")
        files += [structs.replace(f, source=visible(f.source), columns=columns or Columns()) for f in found]
    return files


def read_files(
    files: Sequence[InputFile],
    passed: Counter[str] | None = None,
    place: Place | None = None,
    *,
    at_once: frozenset[str] | None = None,
) -> Iterator[tuple[InputFile, Iterator[RawPage | Excluded]]]:
    """Yield each file with the bytes of its pages, which are read in bounded memory whatever its size.

    A file that can't be opened, or no longer read, gives an Excluded for what is lost of it. `passed` counts those
    records of crawls that hold no page, and `place` is moved on with each page. Pages of crawls are unpacked
    by who reads them, which can find some to be MISCUT, but for those of the files that are to be unpacked `at_once`,
    by their sources; None is all of them.
    """
    counts: Counter[str] = Counter() if passed is None else passed
    at = place or Place()
    small = deque(file.address for file in files if _is_small(file))
    # A store takes long to answer and no longer to answer many: small objects are asked for before their turn.
    with ThreadPoolExecutor(_FETCHERS) as pool:
        ahead: deque[Future[bytes]] = deque()
        try:
            for file in files:
                while small and len(ahead) < _FETCHERS:
                    ahead.append(pool.submit(fetch_object, small.popleft()))
                fetched = ahead.popleft() if _is_small(file) else None
                packed = at_once is not None and file.source not in at_once
                yield file, _read_file(file, fetched, counts, at, packed=packed)
                at.done, at.here = at.bytes, 0
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def is_small_text(files: Sequence[InputFile]) -> bool:
    """Return whether the files are one, of this machine, that holds plain text and not much of it."""
    if len(files) != 1 or files[0].root is None:
        return False
    (file,) = files
    path = Path(file.address)
    if not path.is_file() or path.stat().st_size > _SMALL_TEXT:
        return False
    try:
        with path.open("rb") as stream:
            return find_format(file.source, stream.read(HEAD), file.columns) == Format("text")
    except OSError:
        return False


def _is_small(file: InputFile) -> bool:
    return file.root is None and file.size is not None and file.size <= _SMALL


def _read_file(
    file: InputFile, fetched: Future[bytes] | None, passed: Counter[str], place: Place, *, packed: bool
) -> Iterator[RawPage | Excluded]:
    given = 0
    try:
        with _open(file, fetched) as stream:
            for page in _read_stream(file, stream, passed, packed=packed):
                given += 1
                place.here = _position(stream, place.here)
                yield page
    except CaptureError as error:
        after = f"; whatever follows its first {given} pages is lost" if given else ""
        yield exclude(b"", file.source, CaptureError(error.reason, f"{error.detail}{after}"))


def _position(stream: BinaryIO, before: int) -> int:
    try:
        return max(before, stream.tell())
    except (OSError, ValueError):  # a stream that can't be asked
        return before


def _read_stream(
    file: InputFile, stream: BinaryIO, passed: Counter[str], *, packed: bool
) -> Iterator[RawPage | Excluded]:
    head, stream = look_ahead(stream)
    found = find_format(file.source, head, file.columns)
    if not head:
        yield exclude(head, file.source, CaptureError("empty", "no bytes"))
    elif found is None:
        ending = Path(file.source).suffix or "no ending"
        error = CaptureError("unknown-format", f"{ending[:40]!r}; expected {READABLE}")
        yield exclude(stream.read(MAX_BYTES), file.source, error)
    elif found.form == "warc":
        for record in read_records(stream, found.coding, claim_page if packed else None):
            page = _sort(record, file.source)
            if isinstance(page, str):
                passed[page] += 1
            else:
                yield page
    elif found.form == "jsonl":
        yield from read_lines(stream, found.coding, file.source, file.columns)
    elif found.form == "parquet":
        from peacetalks.capture.parquet import read_rows  # Arrow takes a quarter of a second, and other forms need none

        with seekable(stream) as whole:
            yield from read_rows(whole, file.source, file.columns)
    else:
        yield PageFile(
            data=read_up_to(stream, MAX_BYTES + 1), source=file.source, format=Format(found.form, found.coding)
        )


def _sort(record: Record | Lost | Packed, file: str) -> RawPage | Excluded | str:
    return name_packed(record, file) if isinstance(record, Packed) else sort_record(record, file)


def _find_local(name: str) -> list[InputFile]:
    path = Path(name)
    if path.is_dir():
        return _walk(path, path)
    if path.exists():
        return [InputFile(str(path), path.name, str(path.resolve().parent))]
    pattern = _PATTERN.search(name)
    matches = sorted(glob.glob(name, recursive=True)) if pattern else []  # noqa: PTH207  it takes absolute patterns too
    if pattern is None or not matches:
        raise InputError(f"{name}: no such file or folder")
    root = Path(name[: pattern.start()].rpartition("/")[0] or ("/" if name.startswith("/") else "."))
    found = {file.source: file for match in matches for file in _below(Path(match), root)}
    return [found[source] for source in sorted(found)]


def _below(path: Path, root: Path) -> list[InputFile]:
    if path.is_dir():
        return _walk(path, root)
    return [InputFile(str(path), path.relative_to(root).as_posix(), str(root.resolve()))]


def _walk(folder: Path, root: Path) -> list[InputFile]:
    found = []
    own = str(root.resolve())
    closed: list[OSError] = []
    for place, folders, names in os.walk(folder, onerror=closed.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in names:
            if not name.startswith("."):
                path = Path(place, name)
                found.append(InputFile(str(path), path.relative_to(root).as_posix(), own))
    for error in closed:  # a folder that can't be looked into is told as a file that can't be read
        path = Path(error.filename)
        if path == folder:
            raise InputError(f"{folder}: {error.strerror}")
        found.append(InputFile(str(path), path.relative_to(root).as_posix(), own))
    return sorted(found, key=lambda file: file.source)


def _is_hidden(source: str) -> bool:
    return any(part.startswith(".") for part in source.split("/"))


@contextmanager
def _open(file: InputFile, fetched: Future[bytes] | None) -> Iterator[BinaryIO]:
    if fetched is not None:
        yield io.BytesIO(fetched.result())
        return
    if file.root is None:
        with open_object(file.address) as stream:
            yield stream
        return
    with reading():
        path = Path(file.address)
        # A page that links out of its folder could publish any file of the reader's machine.
        if not path.resolve(strict=True).is_relative_to(file.root):
            raise CaptureError("unreadable", "a symbolic link that leads out of its folder")
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            os.scandir(path).close()  # which tells why the files in it were not found
        if not stat.S_ISREG(mode):
            raise CaptureError("unreadable", "not a regular file")
        with path.open("rb") as stream:
            yield stream
