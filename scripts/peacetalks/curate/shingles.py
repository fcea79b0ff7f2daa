"""Turn texts into what near-duplicates are found by: shingles, MinHash bands and winnowed fingerprints.

The hashing is our own (xxh3 and fixed constants): library digests change between versions, clusters must not.
"""

import re
from collections.abc import Iterator, Sequence

import numpy as np
import xxhash
from msgspec import Struct
from numpy.typing import NDArray

from peacetalks._arrow import pa

Hashes = NDArray[np.uint64]
Counts = NDArray[np.int64]

NGRAM = 5
WINDOW = 16  # shingles; two texts that share a run of WINDOW + NGRAM - 1 words share a fingerprint for certain
BANDS, _ROWS = 40, 3  # a pair of likeness 0.5 meets in a band with probability 0.995, of 0.1 with 0.04

# Scripts that put no space between words count by the character: a sentence as one word would match nothing.
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_MARKS = re.compile(rf"[^\w \n{_UNSPACED}]+")
_WORD_ALONE = re.compile(f"([{_UNSPACED}])")
_MIX = np.uint64(0x9E3779B97F4A7C15)
_SHIFT = np.uint64(29)
_BLANK = 32  # bytes up to this one are blanks and control characters: no word reaches across one
_BREAKS = bytes(10 if byte <= _BLANK else byte for byte in range(256))
_MARKS_OF_ASCII = bytes(32 if 10 < byte < 128 and not re.match(r"\w", chr(byte)) else byte for byte in range(256))
_AT_ONCE = 1 << 17  # bytes of pieces whose words are objects at the same time: of scripts without blanks, letters are
_PART = 128  # texts worked out together: their shingles fit the processor's cache


class Sketches(Struct, frozen=True, kw_only=True):
    """What is kept of a batch of n texts; counts say how many rows of a flat array belong to each text.

    `bands` is n by BANDS. `words` names the sequence of words: equal where two texts differ in case and marks alone.
    """

    words: Hashes
    shingles: Hashes
    shingle_counts: Counts
    bands: Hashes
    fingerprints: Hashes
    fingerprint_counts: Counts


_ARRAYS = Sketches.__struct_fields__


def sketch_texts(texts: Sequence[str]) -> Sketches:
    """Return the sketches of the texts, in their order; there has to be one."""
    words, lengths = _hash_words(texts)
    by_part = np.split(words, np.cumsum(lengths)[_PART - 1 : -1 : _PART])
    parts = [*map(_sketch, by_part, np.split(lengths, range(_PART, len(lengths), _PART)))]
    if len(parts) == 1:
        return parts[0]
    return Sketches(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in _ARRAYS})


def _sketch(words: Hashes, lengths: Counts) -> Sketches:
    """Return the sketches of some texts by the hashes of their words and how many each has."""
    ends = np.cumsum(lengths)
    names = [xxhash.xxh3_64_intdigest(part.tobytes()) for part in np.split(words, ends[:-1])]
    words = np.insert(words, ends[lengths == 0], 0)  # of no word, one zero
    shingles, counts = _shingle(words, np.maximum(1, lengths))
    fingerprints, owners = _winnow(shingles, counts)
    return Sketches(
        words=np.array(names, np.uint64),
        shingles=shingles,
        shingle_counts=counts,
        bands=_bands(shingles, counts),
        fingerprints=fingerprints,
        fingerprint_counts=np.bincount(owners, minlength=len(lengths)),
    )


def _hash_words(texts: Sequence[str]) -> tuple[Hashes, Counts]:
    """Return the hashes of the words of the texts, one after another, and how many each has.

    Arrow numbers the pieces between blanks, so that the words of one are hashed once, however often it is there.
    """
    encoded = [f" {text}".encode("utf-8", "surrogatepass") for text in texts]
    data = b"".join(encoded)
    places = np.flatnonzero(np.frombuffer(data, np.uint8) <= _BLANK)
    firsts = np.searchsorted(places, np.cumsum([0, *map(len, encoded)])[:-1])
    buffers = [None, pa.py_buffer(np.append(places, len(data))), pa.py_buffer(data)]
    pieces = pa.LargeBinaryArray.from_buffers(pa.large_binary(), len(places), buffers).dictionary_encode()
    hashed = [*map(_hash_pieces, _some_at_once(pieces.dictionary.buffers()[-1].to_pybytes().translate(_BREAKS)))]
    hashes, counts = (np.concatenate(parts) for parts in zip(*hashed, strict=True))
    numbers = pieces.indices.to_numpy()
    found = counts[numbers]
    words = hashes[_runs((np.cumsum(counts) - counts)[numbers], found)]
    return words, np.add.reduceat(found, firsts)


def _some_at_once(pieces: bytes) -> Iterator[bytes]:
    start = 0
    while start < len(pieces):
        stop = pieces.find(b"\n", start + _AT_ONCE)
        yield pieces[start : stop if stop > 0 else None]
        start = stop if stop > 0 else len(pieces)


def _hash_pieces(pieces: bytes) -> tuple[Hashes, Counts]:
    """Return the hashes of the words of pieces of text, each behind a line feed, and how many words each has."""
    # No letter's lower case depends on what stands beyond a blank; on a mark beside it, it may.
    lowered = pieces.decode("utf-8", "surrogatepass").lower().encode("utf-8", "surrogatepass")
    text = _MARKS.sub(" ", lowered.translate(_MARKS_OF_ASCII).decode("utf-8", "surrogatepass"))
    spaced = " ".join(_WORD_ALONE.split(text)).encode("utf-8", "surrogatepass")
    digests = b"".join(map(xxhash.xxh3_64_digest, spaced.split()))
    letters = np.frombuffer(spaced, np.uint8)
    starts = np.flatnonzero((letters[1:] > _BLANK) & (letters[:-1] <= _BLANK))
    firsts = np.searchsorted(starts, np.flatnonzero(letters == ord("\n")))
    return np.frombuffer(digests, ">u8").astype(np.uint64), np.diff(firsts, append=len(starts))


def _shingle(words: Hashes, lengths: Counts) -> tuple[Hashes, Counts]:
    """Return the hashes of each run of NGRAM words, in text order, and how many each text has.

    `lengths` are the words of each text, 1 at the least; a text of fewer than NGRAM is one shingle.
    """
    starts = np.cumsum(lengths) - lengths
    counts = np.maximum(1, lengths - NGRAM + 1)
    padded = np.concatenate([words, np.zeros(NGRAM - 1, np.uint64)])
    mixed = np.zeros(len(words), np.uint64)
    short: Hashes = np.zeros(len(lengths), np.uint64)
    for i in range(NGRAM):
        mixed *= _MIX
        mixed += padded[i : i + len(words)]
        mixed ^= mixed >> _SHIFT
        ends = lengths == i + 1
        short[ends] = mixed[starts[ends]]
    mixed[starts[lengths < NGRAM]] = short[lengths < NGRAM]
    return mixed[_runs(starts, counts)], counts


def _winnow(shingles: Hashes, counts: Counts) -> tuple[Hashes, Counts]:
    """Return the smallest shingle of each window (winnowing; Schleimer, Wilkerson, Aiken 2003), each once a text.

    They are sorted, text by text; the number of its text stands beside each. A text no longer than a window is one.
    """
    starts = np.cumsum(counts) - counts
    smallest, reach = shingles, 1
    while reach < WINDOW and len(smallest) > reach:  # the windows double in length until it is WINDOW
        smallest, reach = np.minimum(smallest[:-reach], smallest[reach:]), 2 * reach
    long = counts > WINDOW
    windows = counts[long] - WINDOW + 1
    owners = np.concatenate([np.flatnonzero(~long), np.repeat(np.flatnonzero(long), windows)])
    least = np.minimum.reduceat(shingles, starts)
    values = np.concatenate([least[~long], smallest[_runs(starts[long], windows)]])
    changes = differ(values, owners)  # neighbouring windows mostly share their smallest, so few are left to sort
    values, owners = values[changes], owners[changes]
    order = np.lexsort((values, owners))
    values, owners = values[order], owners[order]
    once = differ(values, owners)
    return values[once], owners[once]


def _runs(starts: Counts, lengths: Counts) -> Counts:
    """Return the positions of runs, one after another, by where each starts and how long it is."""
    return np.repeat(starts - (np.cumsum(lengths) - lengths), lengths) + np.arange(lengths.sum())


def differ(*columns: Hashes | Counts) -> NDArray[np.bool_]:
    """Tell of each row whether it is another than the one before it."""
    changes = np.zeros(len(columns[0]), np.bool_)
    changes[:1] = True
    for column in columns:
        changes[1:] |= column[1:] != column[:-1]
    return changes


def _bands(shingles: Hashes, counts: Counts) -> Hashes:
    starts = np.cumsum(counts) - counts
    least: Hashes = np.empty((BANDS * _ROWS, len(counts)), np.uint64)
    hashed = np.empty_like(shingles)
    for row, multiplier, addend in zip(least, _MULTIPLIERS, _ADDENDS, strict=True):
        np.multiply(shingles, multiplier, out=hashed)
        np.add(hashed, addend, out=hashed)
        np.minimum.reduceat(hashed, starts, out=row)
    bands: Hashes = np.zeros((BANDS, len(counts)), np.uint64)
    for n in range(_ROWS):
        bands ^= least[n::_ROWS]
        bands *= _MIX
        bands ^= bands >> _SHIFT
    return np.ascontiguousarray(bands.T)


def _constants(purpose: str) -> Hashes:
    values = [xxhash.xxh3_64_intdigest(f"{purpose} {i}".encode()) | 1 for i in range(BANDS * _ROWS)]
    return np.array(values, np.uint64)


_MULTIPLIERS = _constants("multiplier")
_ADDENDS = _constants("addend")
