"""The form of a finished shard: tables and arrays one after the other, a footer that finds them, and a checksum.

Each part is read by itself: a step of the corpus that asks for sketches reads no text.
"""

import hashlib
import io
import os
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO, TypeVar

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from peacetalks._arrow import pa
from peacetalks.errors import ReleaseError

_MAGIC = b"ptshard2"
_DIGEST = hashlib.sha256().digest_size
_LENGTH = 8
_CHUNK = 1 << 20
_LARGEST = 4_000_000_000  # bytes of a table that are taken off its packing
# A table is packed as a whole: by Arrow each of its sixty buffers would be a frame, at ten microseconds apiece.
_PACKING = pa.Codec("zstd", compression_level=1)
_ONE_THREAD = pa.ipc.IpcReadOptions(use_threads=False)

T = TypeVar("T")


class Footer(Struct, frozen=True, kw_only=True):
    """Where each section starts and how long it is, and `facts` as JSON, for whoever wrote them."""

    sections: dict[str, tuple[int, int]]
    facts: msgspec.Raw


def encode_sections(tables: Mapping[str, pa.Table], arrays: Mapping[str, NDArray[np.uint64]], facts: Struct) -> bytes:
    """Return the bytes of a shard: tables packed, arrays as they stand in memory so that a part of one can be read."""
    parts, places, position = [_MAGIC], {}, len(_MAGIC)
    for name, data in ({n: _pack(t) for n, t in tables.items()} | {n: a.tobytes() for n, a in arrays.items()}).items():
        places[name] = (position, len(data))
        position += len(data)
        parts.append(data)
    footer = msgspec.json.encode(Footer(sections=places, facts=msgspec.Raw(msgspec.json.encode(facts))))
    parts += [footer, len(footer).to_bytes(_LENGTH, "little")]
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return b"".join([*parts, digest.digest()])


def is_whole(path: Path) -> bool:
    """Return whether a file is a shard as it was written: its checksum holds."""
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            left = os.fstat(file.fileno()).st_size - _DIGEST
            while left > 0 and (chunk := file.read(min(_CHUNK, left))):
                digest.update(chunk)
                left -= len(chunk)
            return left == 0 and file.read() == digest.digest()
    except OSError:
        return False


def read_footer(shard: Path | bytes, facts: type[T]) -> tuple[Footer, T]:
    """Return the footer of a whole shard, on disk or in memory, and its facts."""
    with _open(shard) as file:
        end = file.seek(-_DIGEST - _LENGTH, os.SEEK_END)
        length = int.from_bytes(file.read(_LENGTH), "little")
        file.seek(max(0, end - length))
        try:
            footer = msgspec.json.decode(file.read(length), type=Footer)
            return footer, msgspec.json.decode(footer.facts, type=facts)
        except msgspec.DecodeError as error:
            raise _unreadable(str(error)) from None


def read_section(shard: Path | bytes, footer: Footer, name: str) -> pa.Table:
    """Return a table of a shard; ReleaseError where it is none.

    Whoever wrote it has parsed bytes from anywhere, so that nothing is taken from it before every offset is known to
    lead to a place inside.
    """
    part = _part(shard, footer, name)
    size = int.from_bytes(part[:_LENGTH], "little")
    if size > _LARGEST:
        raise _unreadable(f"{name}: {size:,} bytes in {len(part):,}")
    try:
        with pa.ipc.open_stream(_PACKING.decompress(part[_LENGTH:], size), options=_ONE_THREAD) as reader:
            table = reader.read_all()
        table.validate(full=True)
    except (pa.ArrowException, OSError) as error:
        raise _unreadable(f"{name}: {error}") from None
    return table


def read_array(shard: Path | bytes, footer: Footer, name: str) -> NDArray[np.uint64]:
    """Return an array of a shard; ReleaseError where it is none."""
    part = _part(shard, footer, name)
    if len(part) % np.dtype(np.uint64).itemsize:
        raise _unreadable(f"{name}: {len(part)} bytes are no array")
    return np.frombuffer(part, np.uint64)


def _open(shard: Path | bytes) -> BinaryIO:
    return io.BytesIO(shard) if isinstance(shard, bytes) else shard.open("rb")


def _part(shard: Path | bytes, footer: Footer, name: str) -> bytes:
    start, length = footer.sections.get(name, (-1, 0))
    with _open(shard) as file:
        if start < 0 or not 0 <= length <= file.seek(0, os.SEEK_END) - start:
            raise _unreadable(f"{name}: is not in it")
        file.seek(start)
        return file.read(length)


def _unreadable(why: str) -> ReleaseError:
    return ReleaseError(f"a finished shard can't be read: {why}; remove the work folder")


def _pack(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table.combine_chunks())
    plain = sink.getvalue()
    packed: bytes = _PACKING.compress(plain, asbytes=True)
    size: int = plain.size
    return size.to_bytes(_LENGTH, "little") + packed
