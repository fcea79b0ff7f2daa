"""Write captures as WARC: the bytes as they were served, and a record that says where they come from."""

import base64
import datetime
import gzip
import hashlib
import zlib
from http.client import responses as phrases
from io import BytesIO

from msgspec import Struct
from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from peacetalks import __version__
from peacetalks.capture.http import Response as Stored
from peacetalks.capture.http import body_forms
from peacetalks.capture.text import capture_id
from peacetalks.errors import CaptureError, PageError
from peacetalks.fetch.captures import Holding
from peacetalks.fetch.retrieve import Member, Response

_MOMENT = "%Y-%m-%dT%H:%M:%SZ"


class Packed(Struct, frozen=True, kw_only=True):
    """A WARC file of one page: its bytes, and of its last response address, moment, status, digest and size of payload.

    `ids` are those that a capture of it may go by: of the payload as it is, and of the page without its codings.
    `as_listed` says whether the payload has the digest that the archive's index names; None where that can't be told.
    """

    warc: bytes
    url: str
    taken: str
    status: int
    sha256: str
    size: int
    memento: str
    as_listed: bool | None
    ids: list[str] = []


def pack(found: list[Response] | Member, holding: Holding, page: str, archive: str, now: datetime.datetime) -> Packed:
    """Return the WARC file of a capture; PageError where what came is damaged."""
    stream = BytesIO()
    writer = WARCWriter(stream, gzip=True)
    description = {"software": f"peacetalks/{__version__}", "format": "WARC File Format 1.0", "isPartOf": archive}
    writer.write_record(writer.create_warcinfo_record(f"{page}.warc.gz", description))
    if isinstance(found, Member):
        stream.write(found.data)
        memento, decoded = found.memento, False
    else:
        for response in found:
            _write_response(writer, response)
        memento, decoded = found[-1].memento, found[-1].decoded
    packed = _read_back(stream.getvalue(), holding, memento, decoded=decoded)
    origin = {"archive": archive, "memento": memento, "fetched": now.strftime(_MOMENT), "page": page}
    origin |= {"index-digest": holding.digest} if holding.digest else {}
    fields = "".join(f"{name}: {value}\r\n" for name, value in origin.items()).encode()
    headers = {"WARC-Refers-To-Target-URI": packed.url, "WARC-Refers-To-Date": packed.taken}
    writer.write_record(
        writer.create_warc_record(
            packed.url,
            "metadata",
            payload=BytesIO(fields),
            length=len(fields),
            warc_content_type="application/warc-fields",
            warc_headers_dict=headers,
        )
    )
    return Packed(
        warc=stream.getvalue(),
        url=packed.url,
        taken=packed.taken,
        status=packed.status,
        sha256=packed.sha256,
        size=packed.size,
        memento=memento,
        as_listed=packed.as_listed,
        ids=packed.ids,
    )


def _write_response(writer: WARCWriter, response: Response) -> None:
    line = f"{response.status} {phrases.get(response.status, '')}".strip()
    status = StatusAndHeaders(line, response.headers, protocol="HTTP/1.1")
    record = writer.create_warc_record(
        response.url,
        "response",
        payload=BytesIO(response.body),
        length=len(response.body),
        http_headers=status,
        warc_headers_dict={"WARC-Date": response.taken.strftime(_MOMENT), "WARC-Source-URI": response.memento},
    )
    writer.write_record(record)


def _read_back(warc: bytes, holding: Holding, memento: str, *, decoded: bool) -> Packed:
    """Return what a reader will find; a file that can't be read back whole is not written."""
    last: Packed | None = None
    moment = holding.taken.strftime(_MOMENT)  # an archive that can't give this one gives another, of other bytes
    try:
        for record in ArchiveIterator(BytesIO(warc), check_digests=True):
            payload = record.raw_stream.read()
            if record.rec_type == "response" and record.http_headers is not None:
                if record.digest_checker.passed is False:
                    raise PageError("failed", f"damaged: {'; '.join(record.digest_checker.problems)}")
                taken = record.rec_headers.get_header("WARC-Date")
                last = Packed(
                    warc=b"",
                    url=record.rec_headers.get_header("WARC-Target-URI"),
                    taken=taken,
                    status=int(record.http_headers.get_statuscode()),
                    sha256=hashlib.sha256(payload).hexdigest(),
                    size=len(payload),
                    memento=memento,
                    ids=_ids(int(record.http_headers.get_statuscode()), record.http_headers.headers, payload),
                    as_listed=_as_listed(payload, holding.digest) if taken == moment and not decoded else None,
                )
    except (ArchiveLoadFailed, EOFError, zlib.error, gzip.BadGzipFile, ValueError) as error:
        raise PageError("failed", f"damaged: {error}") from None
    if last is None or last.url is None or last.taken is None:
        raise PageError("failed", "damaged: what came holds no response of a site")
    return last


def _ids(status: int, headers: list[tuple[str, str]], payload: bytes) -> list[str]:
    try:
        forms = body_forms(Stored(status, {name.lower(): value for name, value in headers}, payload))
    except CaptureError:
        forms = [payload]
    return [capture_id(form) for form in forms]


def _as_listed(payload: bytes, digest: str | None) -> bool | None:
    if digest is None:
        return None
    sha1 = hashlib.sha1(payload, usedforsecurity=False).digest()
    return base64.b32encode(sha1).decode("ascii") == digest.removeprefix("sha1:").upper()
