"""Read an HTTP response as a crawler stored it: its status, its headers, and its body without transport."""

import re
from typing import NamedTuple

from peacetalks.capture.codings import GZIP, ZSTD, Coding
from peacetalks.capture.members import decompress
from peacetalks.capture.text import MAX_BYTES
from peacetalks.errors import CaptureError

_HEAD_LIMIT = 1 << 16
_STATUS = re.compile(rb"HTTP/\d(?:\.\d)? (\d{3})\b")
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_FIELD = re.compile(rb"^([!-9;-~]+)[ \t]*:[ \t]*(.*?)[ \t]*\r?$", re.MULTILINE)
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]{0,200})?\r?\n")
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([A-Za-z0-9_:.-]{2,40})", re.IGNORECASE)
_CODINGS: dict[str, Coding] = {
    "gzip": "gzip",
    "x-gzip": "gzip",
    "deflate": "deflate",
    "br": "br",
    "zstd": "zstd",
    "identity": "",
}
_LAYERS = 3  # codings one over the other; servers use one


class Response(NamedTuple):
    """A response: its status, its headers by lower-case name, and its body as it was stored."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def media_type(self) -> str:
        """The media type without parameters, in lower case; empty where none is stated."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def charset(self) -> str | None:
        """The encoding that the server states."""
        found = _CHARSET.search(self.headers.get("content-type", ""))
        return found[1] if found else None

    @property
    def is_cut(self) -> bool:
        """Whether the server meant to send more; a crawler that undid a coding has more bytes than were sent."""
        stated = self.headers.get("content-length", "").strip()
        return stated.isascii() and stated.isdigit() and len(stated) < 19 and int(stated) > len(self.body)


def read_response(block: bytes) -> Response | None:
    """Return the response of a record's block, or None where it is none."""
    status = _STATUS.match(block)
    end = _HEAD_END.search(block, 0, _HEAD_LIMIT)
    if status is None or end is None:
        return None
    headers: dict[str, str] = {}
    for name, value in _FIELD.findall(block, 0, end.start()):
        headers.setdefault(name.decode("ascii").lower(), value.decode("latin-1"))
    return Response(int(status[1]), headers, block[end.end() :])


def body_forms(response: Response) -> list[bytes]:
    """Return the body as stored, then without chunks, then without its content codings; the last is the page.

    Crawlers that undo a coding often leave its header, so a coding that the bytes do not have is passed over.
    CaptureError where what they have is cut, damaged, or larger than a page can be.
    """
    forms = [response.body]
    if "chunked" in response.headers.get("transfer-encoding", "").lower():
        forms.append(_join_chunks(response.body))
    elif response.is_cut:
        raise CaptureError("truncated", f"{len(response.body):,} bytes came of {response.headers['content-length']}")
    stated = [word.strip().lower() for word in response.headers.get("content-encoding", "").split(",")]
    codings = [word for word in reversed(stated) if word and word != "identity"]
    if len(codings) > _LAYERS:
        raise CaptureError("damaged", f"{len(codings)} content codings, one over the other")
    for word in codings:
        coding = _CODINGS.get(word)
        if coding is None:
            if not _is_markup(forms[-1]):
                raise CaptureError("unknown-format", f"the content coding {word[:40]!r}")
        elif _has_coding(forms[-1], coding):
            forms.append(decompress(forms[-1], coding, MAX_BYTES))
    return forms


def _has_coding(body: bytes, coding: Coding) -> bool:
    if coding in ("gzip", "zstd"):
        return body.startswith(GZIP if coding == "gzip" else ZSTD)
    return bool(body) and not _is_markup(body)


def _is_markup(body: bytes) -> bool:
    return body.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<")


def _join_chunks(body: bytes) -> bytes:
    """Return the body without the lines that say how long each chunk is; as it is where it has none of them."""
    parts: list[bytes] = []
    at = 0
    while found := _CHUNK.match(body, at):
        size = int(found[1], 16)
        if size == 0:
            return b"".join(parts)
        start, stop = found.end(), found.end() + size
        if stop > len(body) or body[stop : stop + 1] not in (b"\r", b"\n"):
            break
        parts.append(body[start:stop])
        at = stop + (2 if body[stop : stop + 2] == b"\r\n" else 1)
    if not parts:
        return body
    raise CaptureError("truncated", f"the chunks of the response end early, after {len(parts)}")
