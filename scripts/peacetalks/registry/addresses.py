"""Tell one page from another by address: two spellings that any site answers alike are one key.

The rule is ours and not a library's, for ids rest on it: it may never change.
"""

import hashlib
import re
from functools import lru_cache
from urllib.parse import quote, unquote_to_bytes, urlsplit

from peacetalks.errors import InputError

_DEFAULT_PORTS = {"http": 80, "https": 443}
_TRACKING = re.compile(r"(utm_\w+|fbclid|gclid|dclid|yclid|msclkid|mc_[ce]id|igshid|_ga|ocid|cmpid)(=|$)")
_SAFE = "!$&'()*+,;=:@-._~"
_PLAIN = re.compile(rf"[A-Za-z0-9_{re.escape(_SAFE)}]*")
_REMEMBERED = 1 << 13  # ids: those of a catalogue are asked for again and again
_HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*\.?|\[[0-9a-f:.]+\]")


def page_host(url: str) -> str:
    """Return the host of a page, lower case, in ASCII and without `www.`; InputError where it is no web address."""
    try:
        parts = urlsplit(url.strip())
        host, _ = parts.hostname or "", parts.port
        host = host if host.isascii() else host.encode("idna").decode("ascii")
    except (ValueError, UnicodeError) as error:
        raise InputError(f"{url[:200]!r}: no web address: {error}") from None
    if parts.scheme.lower() not in _DEFAULT_PORTS or not _HOST.fullmatch(f"[{host}]" if ":" in host else host):
        raise InputError(f"{url[:200]!r}: no web address; expected http:// or https:// and a host")
    return host.rstrip(".").removeprefix("www.")


def page_key(url: str) -> str:
    """Return what an address has in common with every other spelling of it; InputError where it is no web address.

    Left out are scheme, `www.`, default port, fragment, a slash at the end, and parameters that track readers; the
    other parameters are sorted, and escapes have one form.
    """
    host = page_host(url)
    parts = urlsplit(url.strip())
    port = f":{parts.port}" if parts.port not in (None, *_DEFAULT_PORTS.values()) else ""
    path = "/".join(_escape(step) for step in parts.path.split("/")).rstrip("/")
    query = "&".join(sorted(_escape(pair) for pair in parts.query.split("&") if pair and not _TRACKING.match(pair)))
    return f"{host}{port}{path}{f'?{query}' if query else ''}"


@lru_cache(_REMEMBERED)
def page_id(url: str) -> str:
    """Return the id of a page: the first 16 hex digits of the SHA-256 of its key."""
    return hashlib.sha256(page_key(url).encode()).hexdigest()[:16]


def _escape(part: str) -> str:
    return part if _PLAIN.fullmatch(part) else quote(unquote_to_bytes(part), safe=_SAFE)


def find_page_id(url: str | None) -> str | None:
    """Return the id of a page, or None where there is no address or what stands for one is none."""
    try:
        return None if url is None else page_id(url)
    except InputError:
        return None
