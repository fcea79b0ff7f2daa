"""Check bytes against the digests that a WARC record states."""

import base64
import hashlib

_ALGORITHMS = {
    "sha1": "sha1",
    "sha-1": "sha1",
    "sha256": "sha256",
    "sha-256": "sha256",
    "sha512": "sha512",
    "md5": "md5",
}


def matches_digest(stated: str | None, data: bytes, *, default: bool = False) -> bool:
    """Tell whether bytes have a digest such as `sha1:BASE32` or `sha256:hex`; `default` where none can be read."""
    algorithm, _, value = (stated or "").strip().partition(":")
    name = _ALGORITHMS.get(algorithm.lower())
    if name is None or not value:
        return default
    found = hashlib.new(name, data, usedforsecurity=False).digest()
    if len(value) == 2 * len(found):
        return value.lower() == found.hex()
    try:
        wanted = base64.b32decode(value.upper() + "=" * (-len(value) % 8))
    except ValueError:  # it is no Base32, or holds letters beyond ASCII
        return default
    return wanted == found if len(wanted) == len(found) else default
