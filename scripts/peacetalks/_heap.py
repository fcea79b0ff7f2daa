"""Tell the C library what to keep of the memory that was freed: glibc, which alone can be told."""

import ctypes
import sys
from functools import cache

_M_MMAP_THRESHOLD = -3  # of mallopt(3)
_LARGE = 1 << 20  # bytes: a fourth of that costs twice as much and saves no more


def keep_no_large_blocks() -> None:
    """Let what is large go back to the system as it is freed, for as long as this process runs.

    By its own rule the library keeps blocks of up to 32 MB once one of that size was freed: of arrays that come and go
    as much again as is in use, for what is small stands between them. A large block costs a call of the system and its
    pages anew, some 100 microseconds: it is not for what is done page by page.
    """
    if (library := _library()) is not None:
        library.mallopt(_M_MMAP_THRESHOLD, _LARGE)


def trim() -> None:
    """Give back what the library keeps."""
    if (library := _library()) is not None:
        library.malloc_trim(0)


@cache
def _library() -> ctypes.CDLL | None:
    if sys.platform != "linux":
        return None
    library = ctypes.CDLL(None)
    return library if hasattr(library, "malloc_trim") and hasattr(library, "mallopt") else None
